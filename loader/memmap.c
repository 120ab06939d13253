/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Receives ranges as firmware gives them (unsorted, overlapping, empty,
 * wrapping, more than a thousand); afterwards `ranges` is what bootinfo.h
 * promises: page aligned, ascending, disjoint, neighbours of one type merged.
 *
 * Every range is two edges. Sorted by address, they are walked once, counting
 * how many ranges of each type cover the place: between two edges the covering
 * type of the highest rank holds. [UEFI 2.10 7.2.3]
 */
#include "memmap.h"

#include <string.h>

enum { PAGE_SIZE = 4096 };

/* No x86-64 CPU has physical addresses beyond. */
#define PHYSICAL_END (1ull << 52)

/* The more a kernel must keep its hands off, the higher. */
unsigned memmap_rank(uint32_t type)
{
    switch (type) {
    case BOOTLINK_MEMORY_USABLE:
        return 1;
    case BOOTLINK_MEMORY_RECLAIMABLE: /* the loader's, within free memory */
        return 2;
    case BOOTLINK_MEMORY_KERNEL: /* the image, within the loader's memory */
        return 3;
    case BOOTLINK_MEMORY_ACPI_TABLES:
        return 4;
    case BOOTLINK_MEMORY_ACPI_NVS:
        return 5;
    case BOOTLINK_MEMORY_RUNTIME:
        return 6;
    default: /* what we do not know is reserved */
        return 7;
    case BOOTLINK_MEMORY_FRAMEBUFFER: /* the exact name of reserved memory */
        return 8;
    }
}

enum { RANKS = 9 }; /* 0: nothing is there */

static const uint8_t type_of_rank[RANKS] = {
    [1] = BOOTLINK_MEMORY_USABLE,   [2] = BOOTLINK_MEMORY_RECLAIMABLE,
    [3] = BOOTLINK_MEMORY_KERNEL,   [4] = BOOTLINK_MEMORY_ACPI_TABLES,
    [5] = BOOTLINK_MEMORY_ACPI_NVS, [6] = BOOTLINK_MEMORY_RUNTIME,
    [7] = BOOTLINK_MEMORY_RESERVED, [8] = BOOTLINK_MEMORY_FRAMEBUFFER,
};

bool memmap_is_ram(uint32_t type)
{
    return memmap_rank(type) <= memmap_rank(BOOTLINK_MEMORY_RUNTIME);
}

/* ---- Filling ------------------------------------------------------------ */

/* n ranges have 2n edges, and at most 2n - 1 stretches lie between those. */
bool memmap_sizes(uint64_t count, uint64_t *work, uint64_t *result)
{
    uint64_t edges;
    return !__builtin_mul_overflow(count, 2, &edges) &&
           !__builtin_mul_overflow(edges, sizeof(struct memmap_edge), work) &&
           !__builtin_mul_overflow(edges, sizeof(struct bootlink_memory_range),
                                   result);
}

struct memmap memmap_open(void *work, void *result, uint64_t count)
{
    return (struct memmap){
        .edges = work, .edge_capacity = 2 * count, .ranges = result};
}

/* Adds [start, end), whatever these are. */
static bool add(struct memmap *map, uint64_t start, uint64_t end, uint32_t type)
{
    if (end > PHYSICAL_END)
        end = PHYSICAL_END;
    if (start >= end)
        return true;
    if (type == BOOTLINK_MEMORY_USABLE) {
        start = align_up(start, PAGE_SIZE);
        end = align_down(end, PAGE_SIZE);
    } else {
        start = align_down(start, PAGE_SIZE);
        end = align_up(end, PAGE_SIZE);
    }
    if (start >= end)
        return true;
    if (map->edge_capacity - map->edge_count < 2)
        return false;
    map->edges[map->edge_count++] = (struct memmap_edge){start, type, +1};
    map->edges[map->edge_count++] = (struct memmap_edge){end, type, -1};
    return true;
}

bool memmap_add_bytes(struct memmap *map, uint64_t start, uint64_t size,
                      enum bootlink_memory_type type)
{
    uint64_t end;
    if (__builtin_add_overflow(start, size, &end))
        end = PHYSICAL_END;
    return size == 0 || add(map, start, end, type);
}

bool memmap_add(struct memmap *map, struct memmap_range range)
{
    uint64_t size;
    if (__builtin_mul_overflow(range.pages, PAGE_SIZE, &size))
        size = UINT64_MAX;
    return memmap_add_bytes(map, range.start, size, range.type);
}

/* ---- Sorting ------------------------------------------------------------ */

static void swap(struct memmap_edge *a, struct memmap_edge *b)
{
    struct memmap_edge other = *a;
    *a = *b;
    *b = other;
}

/* Lets edges[at] sink to where both edges below it are no higher. Those below
 * i are 2i + 1 and 2i + 2. */
static void sink(struct memmap_edge *edges, uint64_t at, uint64_t count)
{
    while (2 * at + 1 < count) {
        uint64_t below = 2 * at + 1;
        if (below + 1 < count &&
            edges[below + 1].address > edges[below].address)
            below++;
        if (edges[at].address >= edges[below].address)
            return;
        swap(&edges[at], &edges[below]);
        at = below;
    }
}

/* Heap sort: in place, and O(n log n) whatever the order was. */
static void sort(struct memmap_edge *edges, uint64_t count)
{
    for (uint64_t at = count / 2; at > 0; at--)
        sink(edges, at - 1, count);
    for (uint64_t last = count; last > 1; last--) {
        swap(&edges[0], &edges[last - 1]);
        sink(edges, 0, last - 1);
    }
}

/* ---- Merging ------------------------------------------------------------ */

static void append(struct memmap *map, uint64_t start, uint64_t end,
                   uint32_t type)
{
    struct bootlink_memory_range *next = map->ranges + map->range_count;
    if (map->range_count && next[-1].type == type &&
        next[-1].start + next[-1].size == start) {
        next[-1].size += end - start;
        return;
    }
    *next = (struct bootlink_memory_range){start, end - start, type, 0};
    map->range_count++;
}

static unsigned highest_rank(const uint64_t covering[RANKS])
{
    unsigned rank = RANKS - 1;
    while (rank > 0 && !covering[rank])
        rank--;
    return rank;
}

void memmap_finish(struct memmap *map)
{
    uint64_t covering[RANKS] = {0}; /* ranges of each rank, at this place */
    sort(map->edges, map->edge_count);
    map->range_count = 0;
    for (uint64_t i = 0; i < map->edge_count; i++) {
        const struct memmap_edge *edge = &map->edges[i];
        uint64_t from = i ? edge[-1].address : edge->address;
        unsigned rank = highest_rank(covering);
        if (rank && from < edge->address)
            append(map, from, edge->address, type_of_rank[rank]);
        covering[memmap_rank(edge->type)] += edge->step;
    }
}
