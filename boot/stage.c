/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An image that wants a physical address which the firmware still uses. Many
 * kernels want 1 MiB or 16 MiB, and there boot services often have their data.
 * Such a block is built elsewhere, and the trampoline moves it when boot
 * services have ended. For that,
 *
 *   - its destination must be RAM that is free by then,
 *   - nothing that is needed until then may lie in a destination: not the other
 *     staged blocks, not the trampoline, page tables, boot info or log.
 */
#include "boot.h"

#include <string.h>

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b ? b - a < a_size : a - b < b_size;
}

bool stage_is_destination(const struct boot *boot, uint64_t start,
                          uint64_t size)
{
    const struct block *block = boot->memory.blocks;
    for (; block; block = block->next)
        if (block->is_staged &&
            overlaps(start, size, block->destination, block->pages * PAGE))
            return true;
    return false;
}

/* ---- Is the destination free RAM, once boot services have ended? --------- */

static const char *type_name(enum bootlink_memory_type type)
{
    switch (type) {
    case BOOTLINK_MEMORY_ACPI_TABLES:
        return "ACPI tables";
    case BOOTLINK_MEMORY_ACPI_NVS:
        return "ACPI NVS memory";
    case BOOTLINK_MEMORY_RUNTIME:
        return "UEFI runtime services";
    default:
        return "reserved memory";
    }
}

static bool refuse(struct boot *boot, uint64_t size, uint64_t wanted,
                   uint64_t at, const char *what)
{
    return report_error(
        &boot->world, BOOTLINK_LAYOUT,
        "the image is to be loaded at physical 0x%llx-0x%llx, but at 0x%llx "
        "there is %s; link it for another address, or say `phys: any` in the "
        "config file",
        (unsigned long long)wanted, (unsigned long long)(wanted + size),
        (unsigned long long)at, what);
}

/* The size of a descriptor's range; 0 for one that wraps. */
static uint64_t bytes_of(struct memmap_range range)
{
    uint64_t size;
    return __builtin_mul_overflow(range.pages, (uint64_t)PAGE, &size) ? 0
                                                                      : size;
}

static bool is_free(struct memmap_range range)
{
    return range.type == BOOTLINK_MEMORY_USABLE ||
           range.type == BOOTLINK_MEMORY_RECLAIMABLE;
}

/* How far free RAM goes from `at` on, or `at` itself. */
static uint64_t free_until(const struct firmware_map *map, uint64_t at)
{
    uint64_t end = at;
    for (UINTN i = 0; i < map_count(map); i++) {
        struct memmap_range range = map_range(map_at(map, i));
        uint64_t size = bytes_of(range);
        if (is_free(range) && in_bounds(size, at - range.start, 1) &&
            size - (at - range.start) > end - at)
            end = range.start + size;
    }
    return end;
}

/* Nothing but free RAM in it, and no hole. Descriptors may be unsorted and may
 * overlap; one that is not free counts. */
static bool check_map(struct boot *boot, const struct firmware_map *map,
                      uint64_t size, uint64_t wanted)
{
    for (UINTN i = 0; i < map_count(map); i++) {
        struct memmap_range range = map_range(map_at(map, i));
        if (!is_free(range) && bytes_of(range) &&
            overlaps(range.start, bytes_of(range), wanted, size))
            return refuse(boot, size, wanted, range.start,
                          type_name(range.type));
    }
    for (uint64_t at = wanted; at - wanted < size;) {
        uint64_t end = free_until(map, at);
        if (end == at)
            return refuse(boot, size, wanted, at, "no memory");
        at = end;
    }
    return true;
}

static bool check_range(struct boot *boot, uint64_t size, uint64_t wanted)
{
    struct firmware_map map;
    EFI_STATUS status = map_read(boot, 0, &map);
    bool free = status == EFI_SUCCESS
                    ? check_map(boot, &map, size, wanted)
                    : report_error(&boot->world, BOOTLINK_NO_MEMORY,
                                   "cannot read the memory map: %s",
                                   status_text(status));
    map_free(boot, &map);
    return free;
}

/* Two images, or two segments of one, in the same place. */
static bool check_images(struct boot *boot, uint64_t size, uint64_t wanted)
{
    const struct block *block = boot->memory.blocks;
    for (; block; block = block->next)
        if (block->is_image &&
            overlaps(wanted, size, block->destination, block->pages * PAGE))
            return refuse(boot, size, wanted, block->destination,
                          "another part of the kernel or a module");
    return true;
}

bool stage_take(struct boot *boot, uint64_t size, uint64_t wanted,
                struct bootlink_memory *memory)
{
    uint64_t end;
    if (wanted % PAGE || size > INT64_MAX ||
        __builtin_add_overflow(wanted, align_up(size, PAGE), &end))
        return report_error(&boot->world, BOOTLINK_LAYOUT,
                            "the load address 0x%llx is not page aligned, or "
                            "the image ends beyond 2^64",
                            (unsigned long long)wanted);
    if (memory_take_at(boot, size, wanted, memory))
        return true;
    if (!check_images(boot, size, wanted) || !check_range(boot, size, wanted) ||
        !memory_take(boot, size, PAGE, memory))
        return false;
    struct block *block = memory_block(boot, memory->data);
    block->is_staged = true;
    block->destination = memory->physical = wanted;
    boot->memory.staged_count++;
    log_print(boot,
              "memory: the firmware still uses 0x%llx-0x%llx; the image waits "
              "at 0x%llx",
              (unsigned long long)wanted, (unsigned long long)end,
              (unsigned long long)block->start);
    return true;
}

/* ---- Keep out of the way ------------------------------------------------- */

bool stage_avoid(struct boot *boot, struct bootlink_memory *memory)
{
    struct bootlink_memory copy;
    if (!stage_is_destination(boot, (uint64_t)memory->data, memory->size))
        return true;
    if (!memory_take(boot, memory->size, PAGE, &copy))
        return report_error(&boot->world, BOOTLINK_NO_MEMORY,
                            "out of memory: %llu bytes lie where the image "
                            "will be moved to, and there is no other place",
                            (unsigned long long)memory->size);
    memcpy(copy.data, memory->data, memory->size);
    *memory = copy;
    return true;
}

bool stage_settle(struct boot *boot)
{
    struct block *block = boot->memory.blocks;
    for (; block; block = block->next) {
        struct bootlink_memory memory = {(void *)block->start, block->start,
                                         block->pages * PAGE, false};
        if (!block->is_staged)
            continue;
        if (!stage_avoid(boot, &memory))
            return false;
        /* The block that was taken for the copy gets our old pages. */
        struct block *fresh = memory_block(boot, memory.data);
        fresh->start = block->start;
        block->start = memory.physical;
    }
    return true;
}

void stage_list(const struct boot *boot, struct move *moves)
{
    const struct block *block = boot->memory.blocks;
    for (; block; block = block->next)
        if (block->is_staged)
            *moves++ = (struct move){block->destination, block->start,
                                     block->pages * PAGE};
}
