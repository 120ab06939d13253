/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages from the firmware. What the kernel gets is of type EfiLoaderData:
 * memory types of one's own make some machines fail to boot. The rest, files
 * and the linker's own, is EfiBootServicesData and so free when boot services
 * end, without the time that it takes to give it back. What is taken is
 * remembered, so that an error leaves nothing behind.
 *
 * Until boot services end memory is identity-mapped: pointer = physical
 * address.
 */
#include "boot.h"

enum { POOL = 512 * 1024, LARGEST_PART = 64 * 1024 };

/* [start, start + size) as whole pages; 0 if there are too many to count. */
static uint64_t page_count(uint64_t size)
{
    return size > INT64_MAX ? 0 : align_up(size, PAGE) / PAGE;
}

static bool remember(struct boot *boot, uint64_t start, uint64_t pages)
{
    struct block *block;
    if (boot->services->AllocatePool(EfiBootServicesData, sizeof(*block),
                                     (void **)&block) != EFI_SUCCESS) {
        boot->services->FreePages(start, pages);
        return false;
    }
    *block = (struct block){.next = boot->memory.blocks,
                            .start = start,
                            .pages = pages,
                            .destination = start};
    boot->memory.blocks = block;
    boot->memory.pages += pages;
    if (boot->memory.most_pages < boot->memory.pages)
        boot->memory.most_pages = boot->memory.pages;
    return true;
}

/* Where its memory map has room. Some firmware fills what it gets back, byte by
 * byte: nothing is taken only to be given back, which for a kernel and two
 * modules of the sample's size is half of all that a boot executes. */
static bool take_room(struct boot *boot, EFI_MEMORY_TYPE type, uint64_t pages,
                      uint64_t align, uint64_t *start)
{
    struct firmware_map map;
    EFI_PHYSICAL_ADDRESS room = 0;
    if (map_read(boot, 0, &map) == EFI_SUCCESS)
        room = map_room(&map, pages, align);
    map_free(boot, &map);
    *start = room;
    return room && boot->services->AllocatePages(AllocateAddress, type, pages,
                                                 &room) == EFI_SUCCESS;
}

/* Without a map to trust: take more, and give back both ends. */
static bool take_more(struct boot *boot, EFI_MEMORY_TYPE type, uint64_t pages,
                      uint64_t align, uint64_t *start)
{
    EFI_BOOT_SERVICES *services = boot->services;
    uint64_t extra = align / PAGE - 1;
    EFI_PHYSICAL_ADDRESS first;
    if (services->AllocatePages(AllocateAnyPages, type, pages + extra,
                                &first) != EFI_SUCCESS)
        return false;
    *start = align_up(first, align);
    uint64_t before = (*start - first) / PAGE;
    if (before)
        services->FreePages(first, before);
    if (extra - before)
        services->FreePages(*start + pages * PAGE, extra - before);
    return true;
}

/* The firmware aligns to 4 KiB only. */
static bool take_aligned(struct boot *boot, EFI_MEMORY_TYPE type,
                         uint64_t pages, uint64_t align, uint64_t *start)
{
    if (align <= PAGE)
        return boot->services->AllocatePages(AllocateAnyPages, type, pages,
                                             start) == EFI_SUCCESS;
    return take_room(boot, type, pages, align, start) ||
           take_more(boot, type, pages, align, start);
}

/* Says so if there is no memory: what it is for, the caller knows. */
static bool take(struct boot *boot, EFI_MEMORY_TYPE type, uint64_t size,
                 uint64_t align, struct bootlink_memory *memory)
{
    enum task before = clock_enter(boot, TASK_FIRMWARE);
    uint64_t pages = page_count(size);
    uint64_t start;
    bool taken;
    *memory = (struct bootlink_memory){0};
    do {
        taken = pages && align <= INT64_MAX &&
                take_aligned(boot, type, pages, align, &start) &&
                remember(boot, start, pages);
        /* Page 0 looks like NULL, and pages that a move will overwrite are no
         * place to keep anything: both stay taken, and unused. */
    } while (taken &&
             (start == 0 || stage_is_destination(boot, start, pages * PAGE)));
    if (taken)
        *memory = (struct bootlink_memory){(void *)start, start, size, false};
    else
        map_explain(boot, size);
    clock_enter(boot, before);
    return taken;
}

bool memory_take(struct boot *boot, uint64_t size, uint64_t align,
                 struct bootlink_memory *memory)
{
    return take(boot, EfiLoaderData, size, align, memory);
}

/* Images of modules lie side by side: each for itself between the linker's own
 * pages would leave the firmware with a memory map as long as there are
 * modules, and it walks along that for every page. */
bool memory_take_part(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory)
{
    struct memory *m = &boot->memory;
    uint64_t whole = page_count(size) * PAGE;
    if (!whole || whole > LARGEST_PART)
        return memory_take(boot, size, PAGE, memory);
    if (m->pool_end - m->pool < whole) {
        if (!memory_take(boot, POOL, PAGE, memory))
            return false;
        memory_block(boot, memory->data)->is_pool = true;
        m->pool = memory->physical;
        m->pool_end = m->pool + POOL;
    }
    *memory = (struct bootlink_memory){(void *)m->pool, m->pool, size, false};
    m->pool += whole;
    return true;
}

/* What was taken last can be taken again; the rest stays as it is. */
static void give_part(struct boot *boot, struct bootlink_memory memory)
{
    uint64_t start = (uint64_t)memory.data;
    if (start + align_up(memory.size, PAGE) == boot->memory.pool)
        boot->memory.pool = start;
}

bool memory_take_for_boot(struct boot *boot, uint64_t size,
                          struct bootlink_memory *memory)
{
    return take(boot, EfiBootServicesData, size, PAGE, memory);
}

bool memory_take_code(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory)
{
    return take(boot, EfiLoaderCode, size, PAGE, memory);
}

bool memory_take_at(struct boot *boot, uint64_t size, uint64_t wanted,
                    struct bootlink_memory *memory)
{
    uint64_t pages = page_count(size);
    EFI_PHYSICAL_ADDRESS start = wanted;
    if (pages == 0 || stage_is_destination(boot, wanted, size) ||
        boot->services->AllocatePages(AllocateAddress, EfiLoaderData, pages,
                                      &start) != EFI_SUCCESS ||
        !remember(boot, start, pages))
        return false;
    *memory = (struct bootlink_memory){(void *)start, start, size, false};
    return true;
}

static bool holds(const struct block *block, const void *data)
{
    return in_bounds(block->pages * PAGE, (uint64_t)data - block->start, 1);
}

struct block *memory_block(const struct boot *boot, const void *data)
{
    struct block *block = boot->memory.blocks;
    while (block && !holds(block, data))
        block = block->next;
    return block;
}

static void forget(struct boot *boot, struct block **link)
{
    struct block *block = *link;
    *link = block->next;
    if (block->is_staged)
        boot->memory.staged_count--;
    boot->memory.pages -= block->pages;
    boot->services->FreePages(block->start, block->pages);
    boot->services->FreePool(block);
}

void memory_give(struct boot *boot, struct bootlink_memory memory)
{
    struct block **link = &boot->memory.blocks;
    enum task before = clock_enter(boot, TASK_FIRMWARE);
    while (*link && !holds(*link, memory.data))
        link = &(*link)->next;
    if (*link && (*link)->is_pool)
        give_part(boot, memory);
    else if (*link)
        forget(boot, link);
    clock_enter(boot, before);
}

void memory_log(struct boot *boot)
{
    uint64_t files = 0, images = 0;
    for (const struct block *b = boot->memory.blocks; b; b = b->next) {
        files += b->is_file ? b->pages : 0;
        images += b->is_image ? b->pages : 0;
    }
    log_print(boot,
              "memory: %llu KiB at the peak, files %llu KiB, images %llu KiB",
              (unsigned long long)boot->memory.most_pages * (PAGE / 1024),
              (unsigned long long)files * (PAGE / 1024),
              (unsigned long long)images * (PAGE / 1024));
}

void memory_close(struct boot *boot)
{
    while (boot->memory.blocks)
        forget(boot, &boot->memory.blocks);
}
