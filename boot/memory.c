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

enum {
    POOL = 512 * 1024,
    LARGEST_PART = 64 * 1024,
    SPARE = 256 * 1024,
    LEAST_SPARE = 64 * 1024, /* what an arena takes at a time */
};

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

/* What was given back goes to the firmware after all. False if there was
 * nothing. */
static bool give_spares(struct boot *boot)
{
    bool any = boot->memory.spares;
    while (boot->memory.spares)
        forget(boot, &boot->memory.spares);
    return any;
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

/* Page 0 looks like NULL, and pages that a move will overwrite are no place to
 * keep anything: both stay taken, and unused. */
static bool take_usable(struct boot *boot, EFI_MEMORY_TYPE type, uint64_t pages,
                        uint64_t align, uint64_t *start)
{
    bool taken;
    do {
        taken = take_aligned(boot, type, pages, align, start) &&
                remember(boot, *start, pages);
    } while (taken &&
             (*start == 0 || stage_is_destination(boot, *start, pages * PAGE)));
    return taken;
}

/* Says so if there is no memory: what it is for, the caller knows. */
static bool take(struct boot *boot, EFI_MEMORY_TYPE type, uint64_t size,
                 uint64_t align, struct bootlink_memory *memory)
{
    enum task before = clock_enter(boot, TASK_FIRMWARE);
    uint64_t pages = page_count(size);
    uint64_t start;
    bool taken =
        pages && align <= INT64_MAX &&
        (take_usable(boot, type, pages, align, &start) ||
         (give_spares(boot) && take_usable(boot, type, pages, align, &start)));
    *memory = (struct bootlink_memory){0};
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

/* ---- What only the boot uses --------------------------------------------- */

/* It is not given back to the firmware, which ends anyway and may fill it, byte
 * by byte: 3.0 of 74 million instructions for a link of 4 MiB. Instead it is
 * spare, for whoever wants that much next. */
static void make_spare(struct boot *boot, struct block **at)
{
    struct block *block = *at, *other;
    *at = block->next;
    block->is_for_boot = true;
    block->is_kept = false;
    for (struct block **link = &boot->memory.spares; *link;) {
        other = *link;
        bool is_below = other->start + other->pages * PAGE == block->start;
        bool is_above = block->start + block->pages * PAGE == other->start;
        if (!is_below && !is_above) {
            link = &other->next;
            continue;
        }
        block->start = is_below ? other->start : block->start;
        block->pages += other->pages;
        *link = other->next;
        boot->services->FreePool(other);
    }
    block->next = boot->memory.spares;
    boot->memory.spares = block;
}

/* What a kernel gets may not lie where an image will be moved to. */
static bool may_take(const struct boot *boot, const struct block *block,
                     uint64_t pages, bool is_kept)
{
    return block->pages >= pages &&
           !(is_kept && stage_is_destination(boot, block->start, pages * PAGE));
}

/* Where the smallest one of so many pages is in the list, or NULL. */
static struct block **find_spare(struct boot *boot, uint64_t pages,
                                 bool is_kept)
{
    struct block **found = NULL, **link = &boot->memory.spares;
    for (; *link; link = &(*link)->next)
        if (may_take(boot, *link, pages, is_kept) &&
            (!found || (*link)->pages < (*found)->pages))
            found = link;
    return found;
}

/* Its last pages. What is more than was wanted stays spare, side by side with
 * what the firmware will give next; or goes along, if nobody else would want so
 * little. */
static bool take_spare(struct boot *boot, uint64_t size, bool is_kept,
                       struct bootlink_memory *memory)
{
    uint64_t pages = page_count(size);
    struct block **link = find_spare(boot, pages, is_kept);
    if (!pages || !link)
        return false;
    struct block *block = *link;
    uint64_t first = block->start, rest = block->pages - pages;
    if (!is_kept && rest < pages && rest < LEAST_SPARE / PAGE) {
        size = block->pages * PAGE;
        pages = block->pages;
        rest = 0;
    }
    *link = block->next;
    block->next = boot->memory.blocks;
    boot->memory.blocks = block;
    block->is_kept = is_kept;
    block->start = first + rest * PAGE;
    block->pages = pages;
    boot->memory.pages -= rest;
    *memory = (struct bootlink_memory){(void *)block->start, block->start, size,
                                       false};
    if (rest && remember(boot, first, rest))
        make_spare(boot, &boot->memory.blocks);
    return true;
}

/* So much at once, for all that is smaller: the firmware takes 6,600
 * instructions each time. */
static bool add_spare(struct boot *boot, uint64_t size)
{
    enum task before = clock_enter(boot, TASK_FIRMWARE);
    uint64_t start;
    bool taken = size < SPARE && take_usable(boot, EfiBootServicesData,
                                             SPARE / PAGE, PAGE, &start);
    clock_enter(boot, before);
    if (taken)
        make_spare(boot, &boot->memory.blocks);
    return taken;
}

bool memory_take_for_boot(struct boot *boot, uint64_t size,
                          struct bootlink_memory *memory)
{
    if (take_spare(boot, size, false, memory) ||
        (add_spare(boot, size) && take_spare(boot, size, false, memory)))
        return true;
    if (!take(boot, EfiBootServicesData, size, PAGE, memory))
        return false;
    boot->memory.blocks->is_for_boot = true;
    return true;
}

bool memory_take_kept(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory)
{
    return take_spare(boot, size, true, memory) ||
           memory_take(boot, size, PAGE, memory);
}

bool memory_hand_over(struct boot *boot)
{
    bool fits = true;
    for (struct block *b = boot->memory.blocks; fits && b; b = b->next)
        if (b->is_kept)
            fits = handoff_memory(
                &boot->handoff,
                (struct memmap_range){b->start, b->pages,
                                      BOOTLINK_MEMORY_RECLAIMABLE});
    return fits;
}

/* ---- Other kinds --------------------------------------------------------- */

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
    if (pages == 0 || stage_is_destination(boot, wanted, size))
        return false;
    EFI_STATUS status;
    do {
        status = boot->services->AllocatePages(AllocateAddress, EfiLoaderData,
                                               pages, &start);
    } while (status != EFI_SUCCESS && give_spares(boot));
    if (status != EFI_SUCCESS || !remember(boot, start, pages))
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

void memory_give(struct boot *boot, struct bootlink_memory memory)
{
    struct block **link = &boot->memory.blocks;
    enum task before = clock_enter(boot, TASK_FIRMWARE);
    while (*link && !holds(*link, memory.data))
        link = &(*link)->next;
    if (*link && (*link)->is_pool)
        give_part(boot, memory);
    else if (*link && (*link)->is_for_boot)
        make_spare(boot, link);
    else if (*link)
        forget(boot, link);
    clock_enter(boot, before);
}

void memory_cut(struct boot *boot, struct bootlink_memory *memory,
                uint64_t size)
{
    struct block *block = memory_block(boot, memory->data);
    if (!block || !block->is_for_boot ||
        block->start != (uint64_t)memory->data || block->pages <= size / PAGE)
        return;
    uint64_t start = block->start;
    block->start += size;
    block->pages -= size / PAGE;
    boot->memory.pages -= size / PAGE;
    memory->data = (char *)memory->data + size;
    memory->physical += size;
    memory->size -= size;
    if (remember(boot, start, size / PAGE))
        make_spare(boot, &boot->memory.blocks);
}

void memory_log(struct boot *boot)
{
    uint64_t images = 0;
    for (const struct block *b = boot->memory.blocks; b; b = b->next)
        images += b->is_image ? b->pages : 0;
    log_print(boot,
              "memory: %llu KiB at the peak, files %llu KiB, images %llu KiB",
              (unsigned long long)boot->memory.most_pages * (PAGE / 1024),
              (unsigned long long)boot->memory.file_size / 1024,
              (unsigned long long)images * (PAGE / 1024));
}

void memory_close(struct boot *boot)
{
    give_spares(boot);
    while (boot->memory.blocks)
        forget(boot, &boot->memory.blocks);
}
