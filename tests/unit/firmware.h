/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Firmware for unit tests of boot/: pages come from a pool whose pages are
 * counted, the memory map is an array, what is logged is collected. UEFI's
 * functions have no argument for a context, so this one is global.
 *
 *     struct boot boot;
 *     firmware_open(&boot);
 *     firmware.map[0] = (EFI_MEMORY_DESCRIPTOR){...}; firmware.map_count = 1;
 *     ...
 *     firmware_close(&boot);     every page was given back
 */
#ifndef BOOTLINK_TEST_FIRMWARE_H
#define BOOTLINK_TEST_FIRMWARE_H

#include "../../boot/boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

enum {
    FIRMWARE_POOL = 16 * 1024 * 1024,
    FIRMWARE_DESCRIPTORS = 400,
    FIRMWARE_STEP = 48, /* OVMF's: 8 bytes more than the struct that we know */
};

static struct {
    EFI_BOOT_SERVICES services;
    char *pool, *next;
    uint64_t pages;      /* given out and not given back */
    uint64_t pools;      /* AllocatePool's blocks, likewise */
    uint64_t given_back; /* pages */
    uint64_t limit;      /* most pages to give out at once; 0: no limit */

    EFI_MEMORY_DESCRIPTOR map[FIRMWARE_DESCRIPTORS];
    size_t map_count;
    uint64_t growth; /* descriptors that appear at every AllocatePool */

    bool gives_addresses; /* AllocateAddress succeeds */
    EFI_PHYSICAL_ADDRESS
    below_4_gib; /* what AllocateMaxAddress gives; 0: none */

    uint64_t microseconds; /* that anything takes */

    char log[16384];
} firmware;

static EFI_STATUS EFIAPI firmware_allocate_pages(EFI_ALLOCATE_TYPE how,
                                                 EFI_MEMORY_TYPE type,
                                                 UINTN pages,
                                                 EFI_PHYSICAL_ADDRESS *start)
{
    (void)type;
    if (how == AllocateAddress && !firmware.gives_addresses)
        return EFI_NOT_FOUND;
    if (firmware.limit && pages > firmware.limit - firmware.pages)
        return EFI_OUT_OF_RESOURCES;
    if (how == AllocateMaxAddress) {
        if (!firmware.below_4_gib)
            return EFI_OUT_OF_RESOURCES;
        *start = firmware.below_4_gib;
    } else if (how == AllocateAnyPages) {
        size_t room = firmware.pool + FIRMWARE_POOL - firmware.next;
        if (pages > room / PAGE)
            return EFI_OUT_OF_RESOURCES;
        *start = (EFI_PHYSICAL_ADDRESS)firmware.next;
        firmware.next += pages * PAGE;
    }
    firmware.pages += pages;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI firmware_free_pages(EFI_PHYSICAL_ADDRESS start,
                                             UINTN pages)
{
    (void)start;
    assert_true(pages <= firmware.pages);
    firmware.pages -= pages;
    firmware.given_back += pages;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI firmware_allocate_pool(EFI_MEMORY_TYPE type,
                                                UINTN size, VOID **block)
{
    (void)type;
    firmware.map_count += firmware.growth;
    firmware.pools++;
    *block = malloc(size);
    return *block ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI firmware_free_pool(VOID *block)
{
    firmware.pools--;
    free(block);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI firmware_get_map(UINTN *size,
                                          EFI_MEMORY_DESCRIPTOR *map,
                                          UINTN *key, UINTN *step,
                                          UINT32 *version)
{
    UINTN needed = firmware.map_count * FIRMWARE_STEP;
    bool fits = *size >= needed;
    *size = needed;
    *step = FIRMWARE_STEP;
    *version = 1;
    *key = firmware.map_count;
    if (!fits)
        return EFI_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < firmware.map_count; i++)
        memcpy((char *)map + i * FIRMWARE_STEP, &firmware.map[i],
               sizeof(firmware.map[i]));
    return EFI_SUCCESS;
}

/* ---- What boot/ says ---------------------------------------------------- */

static void firmware_say(const char *format, va_list arguments)
{
    size_t used = strlen(firmware.log);
    vsnprintf(firmware.log + used, sizeof(firmware.log) - used, format,
              arguments);
    strncat(firmware.log, "\n",
            sizeof(firmware.log) - strlen(firmware.log) - 1);
}

void log_print(struct boot *boot, const char *format, ...)
{
    (void)boot;
    va_list arguments;
    va_start(arguments, format);
    firmware_say(format, arguments);
    va_end(arguments);
}

void log_show(struct boot *boot, const char *format, ...)
{
    (void)boot;
    va_list arguments;
    va_start(arguments, format);
    firmware_say(format, arguments);
    va_end(arguments);
}

void log_status(struct boot *boot, const char *format, ...)
{
    (void)boot;
    (void)format;
}

enum task clock_enter(struct boot *boot, enum task task)
{
    (void)boot;
    return task;
}

uint64_t cpu_stamp(void)
{
    return 0;
}

uint64_t cpu_microseconds(const struct boot *boot, uint64_t stamp)
{
    (void)boot;
    (void)stamp;
    return firmware.microseconds;
}

const char *status_text(EFI_STATUS status)
{
    (void)status;
    return "a status";
}

static void firmware_report(void *host,
                            const struct bootlink_diagnostic *diagnostic)
{
    log_print(host, "%.*s", SPAN_ARGS(diagnostic->text));
}

static bool firmware_said(const char *text)
{
    bool said = strstr(firmware.log, text) != NULL;
    if (!said)
        print_error("not said: %s\nsaid: %s\n", text, firmware.log);
    return said;
}

/* ---- Open and close ----------------------------------------------------- */

static void firmware_open(struct boot *boot)
{
    memset(&firmware, 0, sizeof(firmware));
    firmware.services.AllocatePages = firmware_allocate_pages;
    firmware.services.FreePages = firmware_free_pages;
    firmware.services.AllocatePool = firmware_allocate_pool;
    firmware.services.FreePool = firmware_free_pool;
    firmware.services.GetMemoryMap = firmware_get_map;
    void *pool;
    assert_int_equal(posix_memalign(&pool, 1 << 21, FIRMWARE_POOL), 0);
    firmware.pool = firmware.next = pool;
    memset(boot, 0, sizeof(*boot));
    boot->services = &firmware.services;
    boot->world.host = boot;
    boot->world.report = firmware_report;
}

static void firmware_close(void)
{
    assert_int_equal(firmware.pages, 0);
    assert_int_equal(firmware.pools, 0);
    free(firmware.pool);
}

#endif
