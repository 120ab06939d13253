/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The story of a boot, from the firmware's StartImage to the kernel's _start.
 */
#include "boot.h"

/* What every later step uses: the log, the world, the processor. */
static void boot_open(struct boot *boot, EFI_HANDLE image,
                      EFI_SYSTEM_TABLE *firmware, uint64_t entered)
{
    *boot = (struct boot){.image = image,
                          .firmware = firmware,
                          .services = firmware->BootServices,
                          .world = world_open(boot)};
    boot->last_file = &boot->files;
    boot->stamps[BOOTLINK_STAGE_START] = entered;
    boot->clock.since = entered;
    boot->clock.task = TASK_UNPACKING;
    clock_enter(boot, TASK_FIRMWARE);
    /* The firmware would reset a boot that takes five minutes, such as one that
     * waits for a key. [UEFI 2.10 7.5.1] */
    boot->services->SetWatchdogTimer(0, 0, 0, NULL);
    log_open(boot);
    cpu_open(boot);
    clock_enter(boot, TASK_REST);
}

/* unpack.c calls this when it has brought us into memory: Microsoft x64 calling
 * convention, the firmware's stack and page tables. It ends in trampoline.asm,
 * or here with the way back to the firmware. */
EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *firmware,
                           uint64_t entered)
{
    struct boot boot;
    boot_open(&boot, image, firmware, entered);

    if (cpu_check(&boot) && volume_open(&boot) && /* where are we? */
        config_open(&boot) &&                     /* what is to be booted? */
        request_open(&boot) &&                    /* files -> memory */
        kernel_link(&boot) &&                     /* objects -> image */
        depart_prepare(&boot))                    /* image -> address space */
        leave(&boot);                             /* the kernel has it */

    return fail(&boot);
}
