/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of boot services. The firmware lets go only of a caller that knows
 * its memory map: a key proves it, and any timer may have made the key stale.
 * After a failed try nothing but GetMemoryMap and ExitBootServices may be
 * called, so the buffer has room to spare. [UEFI 2.10 7.4.6]
 */
#include "boot.h"

#include <string.h>

enum {
    TRIES = 8,
    SPARE_DESCRIPTORS = 64,
};

/* trampoline.asm knows these by number. */
_Static_assert(offsetof(struct passage, root) == 0, "trampoline.asm");
_Static_assert(offsetof(struct passage, direct_map) == 8, "trampoline.asm");
_Static_assert(offsetof(struct passage, moves) == 16, "trampoline.asm");
_Static_assert(offsetof(struct passage, move_count) == 24, "trampoline.asm");
_Static_assert(offsetof(struct passage, stack) == 32, "trampoline.asm");
_Static_assert(offsetof(struct passage, info) == 40, "trampoline.asm");
_Static_assert(offsetof(struct passage, entry) == 48, "trampoline.asm");
_Static_assert(offsetof(struct passage, gdt_pointer) == 56, "trampoline.asm");
_Static_assert(offsetof(struct passage, idt_pointer) == 72, "trampoline.asm");
_Static_assert(sizeof(struct move) == 24, "trampoline.asm");
_Static_assert(sizeof(struct gate) == 16, "[Intel SDM 3A 6.14.1]");

/* The key for the n-th try. The test build's first key is stale. */
static UINTN key_for(const struct firmware_map *map, unsigned n)
{
#ifdef BOOTLINK_TEST_STALE_KEY
    return n == 0 ? map->key - 1 : map->key;
#else
    (void)n;
    return map->key;
#endif
}

static EFI_STATUS end_boot_services(struct boot *boot, struct firmware_map *map)
{
    EFI_STATUS status = EFI_INVALID_PARAMETER;
    for (unsigned n = 0; status == EFI_INVALID_PARAMETER && n < TRIES; n++) {
        if (n > 0) {
            log_print(boot, "exit: the memory map changed, once more");
            status = map_update(boot, map);
            if (status != EFI_SUCCESS)
                return status;
        }
        status = boot->services->ExitBootServices(boot->image, key_for(map, n));
    }
    return status;
}

/* The final memory map into the boot info. False if it is too long. */
static bool hand_over_map(struct boot *boot, const struct firmware_map *map)
{
    for (UINTN i = 0; i < map_count(map); i++)
        if (!handoff_memory(&boot->handoff, map_range(map_at(map, i))))
            return false;
    return memory_hand_over(boot);
}

static void hand_over_log(struct boot *boot)
{
    log_print(boot,
              "exit: boot services have ended; entering the kernel at "
              "0x%llx",
              (unsigned long long)boot->handoff.entry);
    memcpy(boot->handoff.info->stamps, boot->stamps, sizeof(boot->stamps));
    handoff_finish(&boot->handoff, boot->log.size);
}

/* Calls the trampoline: System V ABI, interrupts off, rdi = struct passage. It
 * ends in the kernel. */
static void enter(const struct boot *boot)
{
    void (*go)(struct passage *) = (void (*)(struct passage *))boot->trampoline;
    go(boot->passage.data);
    __builtin_unreachable();
}

void leave(struct boot *boot)
{
    struct firmware_map map;
    clock_enter(boot, TASK_LEAVING);
    log_detach(boot);
    EFI_STATUS status = map_read(boot, SPARE_DESCRIPTORS, &map);
    if (status == EFI_SUCCESS)
        status = end_boot_services(boot, &map);
    if (status != EFI_SUCCESS) {
        report_error(&boot->world, BOOTLINK_NO_MEMORY,
                     "the firmware does not end its boot services: %s",
                     status_text(status));
        return;
    }
    __asm__ volatile("cli"); /* timers still tick, for nobody */
    boot->stamps[BOOTLINK_STAGE_EXITED] = cpu_stamp();
    cpu_enable_write_combining();
    if (!hand_over_map(boot, &map)) {
        report_error(&boot->world, BOOTLINK_NO_MEMORY,
                     "the memory map grew beyond all expectation");
        return;
    }
    clock_log(boot);
    hand_over_log(boot);
    enter(boot);
}
