/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map, as a kernel's allocator would read it first.
 */
#include "kernel.h"

/* clang-format off */
static const char *const type_names[] = {
    [BOOTLINK_MEMORY_USABLE]      = "usable",
    [BOOTLINK_MEMORY_RECLAIMABLE] = "reclaimable",
    [BOOTLINK_MEMORY_KERNEL]      = "kernel",
    [BOOTLINK_MEMORY_ACPI_TABLES] = "ACPI tables",
    [BOOTLINK_MEMORY_ACPI_NVS]    = "ACPI NVS",
    [BOOTLINK_MEMORY_RUNTIME]     = "UEFI runtime",
    [BOOTLINK_MEMORY_FRAMEBUFFER] = "framebuffer",
    [BOOTLINK_MEMORY_RESERVED]    = "reserved",
};
/* clang-format on */
#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

const char *memory_type_name(uint32_t type)
{
    return type > 0 && type < TYPE_COUNT ? type_names[type] : "unknown";
}

/* Whole pages of a known type, behind the range before them. */
static bool range_is_sound(const struct bootlink_memory_range *range,
                           uint64_t end_before)
{
    return range->start >= end_before && range->size > 0 &&
           range->start + range->size > range->start &&
           (range->start | range->size) % PAGE_SIZE == 0 && range->type > 0 &&
           range->type < TYPE_COUNT;
}

static void print_sums(const uint64_t *sums)
{
    for (size_t type = 1; type < TYPE_COUNT; type++)
        if (sums[type] > 0)
            print("     %-12s %10lu KiB\n", type_names[type],
                  sums[type] / 1024);
}

/* The range that holds a physical address, or NULL. */
static const struct bootlink_memory_range *
range_of(const struct bootlink_info *info, uint64_t physical)
{
    for (uint64_t i = 0; i < info->memory_map_count; i++)
        if (physical - info->memory_map[i].start < info->memory_map[i].size)
            return &info->memory_map[i];
    return NULL;
}

bool memory_map_is_sound(struct kernel *kernel)
{
    const struct bootlink_info *info = &kernel->info;
    uint64_t sums[TYPE_COUNT] = {0}, end = 0, total = 0;

#ifdef BREAK_MEMORY_MAP
    /* the second range begins where the first one does */
    struct bootlink_memory_range *ranges = (void *)info->memory_map;
    ranges[1].start = ranges[0].start;
#endif
    for (uint64_t i = 0; i < info->memory_map_count; i++) {
        const struct bootlink_memory_range *range = &info->memory_map[i];
        if (!range_is_sound(range, end)) {
            detail(kernel, "entry %lu: 0x%lx, 0x%lx bytes, type %u", i,
                   range->start, range->size, range->type);
            return false;
        }
        end = range->start + range->size;
        sums[range->type] += range->size;
        if (range->type <= BOOTLINK_MEMORY_ACPI_NVS)
            total += range->size;
    }
    print_sums(sums);
    detail(kernel, "%lu ranges, %lu KiB of RAM", info->memory_map_count,
           total / 1024);
    const struct bootlink_memory_range *own =
        range_of(info, info->kernel_physical);
    return own && own->type == BOOTLINK_MEMORY_KERNEL &&
           sums[BOOTLINK_MEMORY_USABLE] > 0;
}
