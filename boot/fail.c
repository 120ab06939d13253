/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The way back after an error. What went wrong is on the console and on COM1
 * already; a key returns to the firmware. A machine without a keyboard, or
 * without a person, goes on by itself: an emulator ends, others return.
 */
#include "boot.h"

#include <string.h>

enum {
    /* QEMU's isa-debug-exit: the emulator's status is value * 2 + 1. */
    DEBUG_EXIT = 0xf4,
    FAILED = 3,

    /* QEMU's fw_cfg device: item 0 is a signature. */
    FW_CFG_SELECTOR = 0x510,
    FW_CFG_DATA = 0x511,

    TICK = 10, /* ms */
    WAIT_IN_EMULATOR = 500,
    WAIT_FOR_KEY = 60 * 1000,
};

static void port_write_16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

/* Ports are touched only where a hypervisor owns up to being one. */
static bool in_qemu(const struct boot *boot)
{
    char signature[4];
    if (!boot->cpu.is_emulated)
        return false;
    port_write_16(FW_CFG_SELECTOR, 0);
    for (size_t i = 0; i < sizeof(signature); i++)
        signature[i] = (char)port_read(FW_CFG_DATA);
    return memcmp(signature, "QEMU", sizeof(signature)) == 0;
}

/* True as soon as a key is pressed, false when time is over. */
static bool wait_for_key(struct boot *boot, unsigned milliseconds)
{
    SIMPLE_INPUT_INTERFACE *keyboard = boot->firmware->ConIn;
    EFI_INPUT_KEY key;
    if (keyboard)
        keyboard->Reset(keyboard, false);
    for (unsigned waited = 0; waited < milliseconds; waited += TICK) {
        if (keyboard && keyboard->ReadKeyStroke(keyboard, &key) == EFI_SUCCESS)
            return true;
        boot->services->Stall(TICK * 1000);
    }
    return false;
}

/* Ends an emulator with a status that says so, or else switches it off. */
static void end_machine(struct boot *boot, bool emulated)
{
    if (emulated)
        port_write(DEBUG_EXIT, FAILED);
    boot->firmware->RuntimeServices->ResetSystem(EfiResetShutdown,
                                                 EFI_LOAD_ERROR, 0, NULL);
}

static EFI_STATUS give_back(struct boot *boot)
{
    files_close(boot);
    log_detach(boot);
    boot->log.port = 0;
    memory_close(boot);
    return EFI_LOAD_ERROR;
}

EFI_STATUS fail(struct boot *boot)
{
    bool emulated = in_qemu(boot);
    unsigned patience = emulated ? WAIT_IN_EMULATOR : WAIT_FOR_KEY;
    log_show(boot, "Nothing was booted: %u error%s.%s", boot->log.error_count,
             boot->log.error_count == 1 ? "" : "s",
             boot->log.is_detached ? "" : " A key returns to the firmware.");
    /* When boot services have ended there is nobody to return to. */
    while (boot->log.is_detached)
        end_machine(boot, emulated);
    if (!wait_for_key(boot, patience) && emulated)
        end_machine(boot, emulated);
    return give_back(boot);
}
