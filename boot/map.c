/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The firmware's memory map. Descriptors may be larger than the struct that we
 * know, so they are stepped over by the size that the firmware says.
 * [UEFI 2.10 7.2.3]
 */
#include "boot.h"

enum {
    TRIES = 8,
    /* Half the price, if it is enough: firmware makes up the whole map only to
     * say how large it is. */
    USUAL_COUNT = 256,
    USUAL_STEP = 48,
};

EFI_STATUS map_update(const struct boot *boot, struct firmware_map *map)
{
    UINT32 version;
    map->size = map->capacity;
    return boot->services->GetMemoryMap(&map->size,
                                        (EFI_MEMORY_DESCRIPTOR *)map->bytes,
                                        &map->key, &map->step, &version);
}

/* Allocating changes the map, so the first answer about its size may be too
 * small by the time there is memory. */
EFI_STATUS map_read(const struct boot *boot, UINTN spare,
                    struct firmware_map *map)
{
    *map = (struct firmware_map){.size = (USUAL_COUNT + spare) * USUAL_STEP};
    EFI_STATUS status = EFI_BUFFER_TOO_SMALL;
    for (unsigned i = 0; i < TRIES && status == EFI_BUFFER_TOO_SMALL; i++) {
        map_free(boot, map);
        map->capacity = map->size + (spare + 4) * map->step;
        status = boot->services->AllocatePool(EfiLoaderData, map->capacity,
                                              (void **)&map->bytes);
        if (status == EFI_SUCCESS)
            status = map_update(boot, map);
        if (status == EFI_SUCCESS &&
            map->capacity - map->size < spare * map->step)
            status = EFI_BUFFER_TOO_SMALL;
    }
    return status;
}

void map_free(const struct boot *boot, struct firmware_map *map)
{
    if (map->bytes)
        boot->services->FreePool(map->bytes);
    map->bytes = NULL;
}

UINTN map_count(const struct firmware_map *map)
{
    return map->step ? map->size / map->step : 0;
}

const EFI_MEMORY_DESCRIPTOR *map_at(const struct firmware_map *map, UINTN i)
{
    return (const EFI_MEMORY_DESCRIPTOR *)(map->bytes + i * map->step);
}

/* What memory of a kind is for once boot services have ended. [UEFI 2.10,
 * table 7-10] */
static enum bootlink_memory_type type_after(UINT32 type)
{
    switch (type) {
    case EfiConventionalMemory:
    case EfiBootServicesCode:
    case EfiBootServicesData:
        return BOOTLINK_MEMORY_USABLE;
    case EfiLoaderCode: /* Bootlink, and what it hands over */
    case EfiLoaderData:
        return BOOTLINK_MEMORY_RECLAIMABLE;
    case EfiRuntimeServicesCode:
    case EfiRuntimeServicesData:
        return BOOTLINK_MEMORY_RUNTIME;
    case EfiACPIReclaimMemory:
        return BOOTLINK_MEMORY_ACPI_TABLES;
    case EfiACPIMemoryNVS:
        return BOOTLINK_MEMORY_ACPI_NVS;
    default:
        return BOOTLINK_MEMORY_RESERVED;
    }
}

struct memmap_range map_range(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
    return (struct memmap_range){.start = descriptor->PhysicalStart,
                                 .pages = descriptor->NumberOfPages,
                                 .type = type_after(descriptor->Type)};
}

/* The highest place for an aligned block in a free range; 0 if there is none.
 */
static uint64_t room_in(const EFI_MEMORY_DESCRIPTOR *range, uint64_t size,
                        uint64_t align)
{
    uint64_t start = range->PhysicalStart, length, end;
    if (range->Type != EfiConventionalMemory ||
        __builtin_mul_overflow(range->NumberOfPages, (uint64_t)PAGE, &length) ||
        __builtin_add_overflow(start, length, &end) || size > length)
        return 0;
    uint64_t place = align_down(end - size, align);
    return place >= start ? place : 0;
}

uint64_t map_room(const struct firmware_map *map, uint64_t pages,
                  uint64_t align)
{
    uint64_t highest = 0;
    for (UINTN i = 0; i < map_count(map); i++) {
        uint64_t place = room_in(map_at(map, i), pages * PAGE, align);
        highest = place > highest ? place : highest;
    }
    return highest;
}

/* Sizes in KiB. */
struct summary {
    uint64_t usable;  /* when boot services have ended */
    uint64_t free;    /* now */
    uint64_t largest; /* in one piece */
};

static void add(struct summary *sum, const EFI_MEMORY_DESCRIPTOR *descriptor)
{
    enum bootlink_memory_type type = type_after(descriptor->Type);
    uint64_t kib = descriptor->NumberOfPages * (PAGE / 1024);
    if (type == BOOTLINK_MEMORY_USABLE || type == BOOTLINK_MEMORY_RECLAIMABLE)
        sum->usable += kib;
    if (descriptor->Type != EfiConventionalMemory)
        return;
    sum->free += kib;
    sum->largest = kib > sum->largest ? kib : sum->largest;
}

static struct summary summarise(const struct firmware_map *map)
{
    struct summary sum = {0, 0, 0};
    for (UINTN i = 0; i < map_count(map); i++)
        add(&sum, map_at(map, i));
    return sum;
}

void map_log(struct boot *boot, const struct firmware_map *map)
{
    struct summary sum = summarise(map);
    log_print(boot,
              "memory: %llu KiB for the kernel, %llu KiB free now, %llu KiB in "
              "one piece",
              (unsigned long long)sum.usable, (unsigned long long)sum.free,
              (unsigned long long)sum.largest);
}

void map_explain(struct boot *boot, uint64_t wanted)
{
    struct firmware_map map;
    if (map_read(boot, 0, &map) != EFI_SUCCESS)
        map.size = 0;
    struct summary sum = summarise(&map);
    map_free(boot, &map);
    log_show(
        boot,
        "memory: %llu KiB were wanted, %llu KiB are free, %llu KiB of them "
        "in one piece",
        (unsigned long long)wanted / 1024, (unsigned long long)sum.free,
        (unsigned long long)sum.largest);
}
