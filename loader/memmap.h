/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map: any number of ranges in any order, overlapping and wrapping,
 * become ascending, page-aligned, disjoint ones.
 *
 * The final map is made when boot services have ended and nothing can be
 * allocated any more, so all memory is given when a map is opened.
 */
#ifndef BOOTLINK_MEMMAP_H
#define BOOTLINK_MEMMAP_H

#include "base.h"
#include <bootlink/bootinfo.h>

/* A range as the firmware gives it: nothing about it is trusted. */
struct memmap_range {
    uint64_t start; /* physical */
    uint64_t pages; /* 4 KiB each */
    enum bootlink_memory_type type;
};

/* Where a range begins or ends. */
struct memmap_edge {
    uint64_t address;
    uint32_t type;
    int32_t step; /* +1: begins, -1: ends */
};

struct memmap {
    struct memmap_edge *edges;
    uint64_t edge_count, edge_capacity;
    struct bootlink_memory_range *ranges; /* the result of memmap_finish */
    uint64_t range_count;                 /* at most edge_count */
};

/* How many bytes the two arrays of a map of up to `count` added ranges take:
 * `work` is needed until memmap_finish has returned, `result` after it. False
 * if that overflows. */
bool memmap_sizes(uint64_t count, uint64_t *work, uint64_t *result);

/* An empty map in memory of those sizes, aligned to 8. */
struct memmap memmap_open(void *work, void *result, uint64_t count);

/* Adds a range; a length of zero adds nothing. What ends beyond 2^52 is cut
 * there. Free memory that is not page aligned shrinks to whole pages, anything
 * else grows. False if there is no room for one more. */
bool memmap_add(struct memmap *map, struct memmap_range range);

/* The same for `size` bytes at `start`. */
bool memmap_add_bytes(struct memmap *map, uint64_t start, uint64_t size,
                      enum bootlink_memory_type type);

/* Sorts and merges, in O(n log n): where ranges overlap, the type with the
 * highest memmap_rank wins. */
void memmap_finish(struct memmap *map);

/* Which type wins an overlap: the numbered list is in memmap.c. */
unsigned memmap_rank(uint32_t type);

/* True for what is RAM, in use or not, and so in the direct map. */
bool memmap_is_ram(uint32_t type);

#endif
