/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Physical memory in pages of 4 KiB: what the memory map calls usable. It is
 * written through the direct map.
 */
#include "world.h"

/* Below are what PCs have always kept there, and where other processors
 * start. */
#define FIRST_MIB 0x100000

void *direct(const struct world *world, uint64_t physical)
{
    return (void *)(world->kernel->info.direct_map + physical);
}

static uint64_t whole_pages(uint64_t size)
{
    return (size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

void pages_init(struct world *world)
{
    const struct bootlink_info *info = &world->kernel->info;
    world->pages = (struct free_list){0};
    for (uint64_t i = info->memory_map_count; i-- > 0;) {
        const struct bootlink_memory_range *range = &info->memory_map[i];
        if (range->type == BOOTLINK_MEMORY_USABLE && range->start >= FIRST_MIB)
            pages_give(world, range->start, range->size);
    }
}

bool pages_take(struct world *world, uint64_t size, uint64_t align,
                uint64_t *physical)
{
    uint64_t whole = whole_pages(size);
    if (whole < size || whole == 0)
        return false;
    if (align < PAGE_SIZE)
        align = PAGE_SIZE;
    uint64_t address = free_take(&world->pages, whole, align);
    *physical = address - world->kernel->info.direct_map;
    return address != 0;
}

void pages_give(struct world *world, uint64_t physical, uint64_t size)
{
    free_give(&world->pages, (uint64_t)direct(world, physical),
              whole_pages(size));
}

uint64_t pages_left(const struct world *world)
{
    return world->pages.size / PAGE_SIZE;
}
