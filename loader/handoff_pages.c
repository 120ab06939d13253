/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The page tables of the native handoff. Receives linked images with their
 * segments and the memory map of the moment; afterwards every address that
 * bootinfo.h promises is mapped, with these rules kept:
 *
 *   - no page is writable and executable (paging_map refuses that);
 *   - the direct map is never executable, and what is read-only at its own
 *     address is read-only there too;
 *   - below and above the stack nothing is mapped.
 */
#include "handoff.h"

#include <string.h>

enum { PAGE_SIZE = 4096 };

#define SLOT             (1ull << 39) /* what one entry of the PML4 maps */
#define FIRST_DIRECT_MAP 0xffff888000000000ull
#define PHYSICAL_END     (1ull << 52)

struct mapping {
    const struct bootlink_world *world;
    const struct handoff_input *input;
    struct memmap ram; /* the memory map of the moment, sorted */
    struct paging *paging;
    uint64_t direct_map;
};

/* ---- Where the direct map goes ------------------------------------------ */

/* The end of the highest physical address to be mapped. */
static uint64_t physical_top(const struct mapping *m)
{
    const struct bootlink_framebuffer *f = m->input->framebuffer;
    uint64_t ends[] = {f ? f->physical + f->size : 0,
                       m->input->rsdp + PAGE_SIZE,
                       m->input->smbios + PAGE_SIZE};
    uint64_t top = 0;
    for (uint64_t i = 0; i < m->ram.range_count; i++)
        if (memmap_is_ram(m->ram.ranges[i].type))
            top = m->ram.ranges[i].start + m->ram.ranges[i].size;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i] > top)
            top = ends[i];
    return top;
}

/* An image may end at 2^64, which is 0, so last addresses are compared. */
static bool overlaps(uint64_t start, uint64_t size,
                     const struct bootlink_image *image)
{
    return image->low != image->high && image->high - 1 >= start &&
           image->low <= start + (size - 1);
}

static bool is_clear(const struct handoff_input *input, uint64_t start,
                     uint64_t size)
{
    if (overlaps(start, size, input->kernel))
        return false;
    for (uint64_t i = 0; i < input->module_count; i++)
        if (overlaps(start, size, input->modules[i].image))
            return false;
    return true;
}

/* Finds room for `size` bytes of direct map and one slot for the stack. */
static bool choose_direct_map(struct mapping *m, uint64_t size)
{
    uint64_t wanted = size + SLOT;
    for (uint64_t at = FIRST_DIRECT_MAP; wanted <= -at; at += SLOT) {
        m->direct_map = at;
        if (is_clear(m->input, at, wanted))
            return true;
    }
    return report_error(m->world, BOOTLINK_LAYOUT,
                        "no room for a direct map of %llu GiB beside the "
                        "image at 0x%llx; link it into the top 2 GiB",
                        (unsigned long long)(size >> 30),
                        (unsigned long long)m->input->kernel->low);
}

/* ---- The direct map ----------------------------------------------------- */

static bool map_direct(struct mapping *m, uint64_t start, uint64_t end,
                       unsigned permissions, enum paging_cache cache)
{
    return paging_map(m->paging, m->direct_map + start, start, end - start,
                      permissions, cache);
}

static bool map_ram(struct mapping *m)
{
    for (uint64_t i = 0; i < m->ram.range_count; i++) {
        const struct bootlink_memory_range *range = &m->ram.ranges[i];
        if (memmap_is_ram(range->type) &&
            !map_direct(m, range->start, range->start + range->size,
                        BOOTLINK_READ | BOOTLINK_WRITE, PAGING_WRITE_BACK))
            return false;
    }
    return true;
}

/* The first address from `at` on that is not RAM, or `end`. */
static uint64_t skip_ram(const struct memmap *ram, uint64_t at, uint64_t end)
{
    for (uint64_t i = 0; i < ram->range_count && at < end; i++) {
        const struct bootlink_memory_range *range = &ram->ranges[i];
        if (memmap_is_ram(range->type) && range->start <= at &&
            at - range->start < range->size)
            at = range->start + range->size;
    }
    return at < end ? at : end;
}

/* The first address from `at` on that is RAM, or `end`. */
static uint64_t find_ram(const struct memmap *ram, uint64_t at, uint64_t end)
{
    for (uint64_t i = 0; i < ram->range_count; i++) {
        const struct bootlink_memory_range *range = &ram->ranges[i];
        if (memmap_is_ram(range->type) && range->start >= at)
            return range->start < end ? range->start : end;
    }
    return end;
}

/* Maps the pages of [start, start + size) that are not RAM. Those that are, are
 * mapped already, and no page may be cached in two ways. */
static bool map_outside_ram(struct mapping *m, uint64_t start, uint64_t size,
                            enum paging_cache cache)
{
    uint64_t end = align_up(start + size, PAGE_SIZE);
    uint64_t at = skip_ram(&m->ram, align_down(start, PAGE_SIZE), end);
    while (at < end) {
        uint64_t gap_end = find_ram(&m->ram, at, end);
        if (!map_direct(m, at, gap_end, BOOTLINK_READ | BOOTLINK_WRITE, cache))
            return false;
        at = skip_ram(&m->ram, gap_end, end);
    }
    return true;
}

static bool map_framebuffer(struct mapping *m)
{
    const struct bootlink_framebuffer *f = m->input->framebuffer;
    return !f || !f->size ||
           map_outside_ram(m, f->physical, f->size, PAGING_WRITE_COMBINING);
}

/* Firmware may keep the entry points of its tables in reserved memory. */
static bool map_tables(struct mapping *m)
{
    const uint64_t tables[] = {m->input->rsdp, m->input->smbios};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (tables[i] &&
            !map_outside_ram(m, tables[i], PAGE_SIZE, PAGING_WRITE_BACK))
            return false;
    return true;
}

/* ---- Images ------------------------------------------------------------- */

/* Maps a segment at its own address, and once more in the direct map if it may
 * not be written through that. */
static bool map_segment(struct mapping *m,
                        const struct bootlink_segment *segment)
{
    uint64_t end = segment->physical + segment->size;
    if (end < segment->physical ||
        skip_ram(&m->ram, segment->physical, end) != end)
        return report_error(m->world, BOOTLINK_LAYOUT,
                            "%.*s: 0x%llx bytes at physical address 0x%llx are "
                            "not all RAM; load it elsewhere, or write 'phys: "
                            "any' in the config entry",
                            SPAN_ARGS(segment->name),
                            (unsigned long long)segment->size,
                            (unsigned long long)segment->physical);
    if (!(segment->permissions & BOOTLINK_WRITE) &&
        !map_direct(m, segment->physical, end, BOOTLINK_READ,
                    PAGING_WRITE_BACK))
        return false;
    return paging_map(m->paging, segment->address, segment->physical,
                      segment->size, segment->permissions, PAGING_WRITE_BACK);
}

static bool map_image(struct mapping *m, const struct bootlink_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (!map_segment(m, &image->segments[i]))
            return false;
    return true;
}

static bool map_images(struct mapping *m)
{
    for (uint64_t i = 0; i < m->input->module_count; i++)
        if (!map_image(m, m->input->modules[i].image))
            return false;
    return map_image(m, m->input->kernel);
}

/* The page from which %cr3 is loaded must be at the same address before and
 * after. */
static bool map_trampoline(struct mapping *m)
{
    const struct bootlink_image *kernel = m->input->kernel;
    uint64_t page = m->input->trampoline;
    const struct bootlink_segment segment = {SPAN("trampoline"), page, page,
                                             PAGE_SIZE,
                                             BOOTLINK_READ | BOOTLINK_EXECUTE};
    if (!is_clear(m->input, page, PAGE_SIZE))
        return report_error(m->world, BOOTLINK_LAYOUT,
                            "the image lies at 0x%llx to 0x%llx, where the "
                            "page that enters it is (0x%llx); link it at "
                            "another address",
                            (unsigned long long)kernel->low,
                            (unsigned long long)kernel->high,
                            (unsigned long long)page);
    return map_segment(m, &segment);
}

/* ---- The stack ---------------------------------------------------------- */

/* `guard` is the page below the stack. */
static bool make_stack(struct mapping *m, struct handoff *handoff,
                       uint64_t guard)
{
    struct bootlink_memory block;
    uint64_t start = guard + PAGE_SIZE;
    if (!m->world->memory(m->world->host, BOOTLINK_MEMORY_INFO,
                          HANDOFF_STACK_SIZE, PAGE_SIZE, BOOTLINK_ANYWHERE,
                          &block))
        return report_error(m->world, BOOTLINK_NO_MEMORY,
                            "no memory for the kernel's stack of %u KiB; give "
                            "the machine more memory",
                            HANDOFF_STACK_SIZE / 1024);
    /* The zero return address ends a backtrace. [psABI 3.2.2] */
    memset(block.data, 0, HANDOFF_STACK_SIZE);
    handoff->stack_range = (struct bootlink_range){start, HANDOFF_STACK_SIZE};
    handoff->stack = start + HANDOFF_STACK_SIZE - 8;
    return paging_map(m->paging, start, block.physical, HANDOFF_STACK_SIZE,
                      BOOTLINK_READ | BOOTLINK_WRITE, PAGING_WRITE_BACK);
}

/* ---- The whole ---------------------------------------------------------- */

/* Nothing that firmware says may wrap. */
static bool check_addresses(const struct bootlink_world *world,
                            const struct handoff_input *input)
{
    const struct bootlink_framebuffer *f = input->framebuffer;
    if (f && !in_bounds(PHYSICAL_END, f->physical, f->size))
        return report_error(world, BOOTLINK_CORRUPT,
                            "firmware: the framebuffer (0x%llx bytes at "
                            "0x%llx) is beyond any memory; update the firmware",
                            (unsigned long long)f->size,
                            (unsigned long long)f->physical);
    if (!in_bounds(PHYSICAL_END, input->rsdp, 2 * PAGE_SIZE) ||
        !in_bounds(PHYSICAL_END, input->smbios, 2 * PAGE_SIZE))
        return report_error(world, BOOTLINK_CORRUPT,
                            "firmware: the ACPI (0x%llx) or SMBIOS (0x%llx) "
                            "table is beyond any memory; update the firmware",
                            (unsigned long long)input->rsdp,
                            (unsigned long long)input->smbios);
    return true;
}

/* Sorts the memory map of the moment, in scratch memory. */
static bool sort_ram(struct arena *arena, const struct handoff_input *input,
                     struct memmap *ram)
{
    uint64_t work, result;
    if (!memmap_sizes(input->memory_count, &work, &result))
        work = result = UINT64_MAX; /* which the arena refuses */
    void *edges = arena_take(arena, work, 1);
    void *ranges = edges ? arena_take(arena, result, 1) : NULL;
    if (!ranges)
        return false;
    *ram = memmap_open(edges, ranges, input->memory_count);
    for (uint64_t i = 0; i < input->memory_count; i++)
        memmap_add(ram, input->memory[i]);
    memmap_finish(ram);
    return true;
}

static bool map_all(struct mapping *m, struct handoff *handoff)
{
    uint64_t size = align_up(physical_top(m), SLOT);
    if (!choose_direct_map(m, size) ||
        !paging_open(m->paging, m->world, m->input->features))
        return false;
    handoff->direct_map = m->direct_map;
    handoff->root = m->paging->root.physical;
    return map_ram(m) && map_framebuffer(m) && map_tables(m) && map_images(m) &&
           map_trampoline(m) && make_stack(m, handoff, m->direct_map + size);
}

bool handoff_pages(const struct bootlink_world *world,
                   const struct handoff_input *input, struct handoff *handoff)
{
    struct arena arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH);
    struct mapping mapping = {
        .world = world, .input = input, .paging = &handoff->paging};
    bool ok = check_addresses(world, input) &&
              sort_ram(&arena, input, &mapping.ram) &&
              map_all(&mapping, handoff);
    arena_close(&arena);
    return ok;
}
