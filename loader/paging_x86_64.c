/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables of x86-64 with four levels [Intel SDM 3A 4.5; AMD APM 2 5.3].
 *
 * Receives ranges with permissions; what holds afterwards can be loaded into
 * %cr3. Only a leaf says what may be done with a page: the entries above it
 * allow everything, so no page depends on its neighbours. No page is for user
 * mode, none is global.
 *
 * A virtual address is cut into one index for each level and an offset:
 *
 *   63      48 47    39 38    30 29    21 20    12 11         0
 *  +----------+--------+--------+--------+--------+------------+
 *  | bit 47   | PML4   | PDPT   | PD     | PT     | offset     |
 *  | repeated | index  | index  | index  | index  | in 4 KiB   |
 *  +----------+--------+--------+--------+--------+------------+
 *     level      4        3        2        1
 *     an entry   512 GiB  1 GiB    2 MiB    4 KiB
 *     covers
 *
 * An entry, which is a page (always on level 1; on 2 and 3 if PS is set) or
 * the address of the next table:
 *
 *   63  62   52 51                12 11  9 8 7  6 5 4   3   2 1 0
 *  +--+--------+--------------------+-----+-+--+-+-+---+---+-+-+-+
 *  |NX| unused | physical address   |     |G|PS|D|A|PCD|PWT|U|W|P|
 *  +--+--------+--------------------+-----+-+--+-+-+---+---+-+-+-+
 *
 * PAT, PCD and PWT are a number from 0 to 7: the entry of IA32_PAT that says
 * how a page is cached. PAT is bit 12 of a large page, and bit 7, where PS
 * would be, of a small one.
 */
#include "paging.h"

#include <string.h>

enum {
    PAGE = 4096, /* size of a table, too */
    ENTRIES = 512,
    TOP = 4, /* the root's level */

    PRESENT = 1 << 0,
    WRITABLE = 1 << 1,
    PWT = 1 << 3,
    PCD = 1 << 4,
    IS_PAGE = 1 << 7,   /* PS, on levels 2 and 3 */
    PAT_SMALL = 1 << 7, /* on level 1 */
    PAT_LARGE = 1 << 12,

    SMALLEST_BLOCK = 16 * PAGE,
    LARGEST_BLOCK = 512 * PAGE,
};

#define NO_EXECUTE (1ull << 63)
#define ADDRESS    0x000ffffffffff000ull

#define PHYSICAL_LIMIT (1ull << 52)

/* How much an entry of that level covers. */
static uint64_t span_of_entry(unsigned level)
{
    return (uint64_t)PAGE << 9 * (level - 1);
}

static unsigned index_of(uint64_t address, unsigned level)
{
    return address / span_of_entry(level) % ENTRIES;
}

/* Bits 63 to 47 are all equal: the lower half ends at 2^47, the upper one
 * begins at -2^47. */
static bool is_canonical(uint64_t address)
{
    return address + (1ull << 47) < 1ull << 48;
}

/* A present entry is a page, or else the address of a table. */
static bool is_page(uint64_t entry, unsigned level)
{
    return level == 1 || (level < TOP && (entry & IS_PAGE));
}

/* ---- Memory for tables -------------------------------------------------- */

static uint64_t *table_at(const struct paging *paging, uint64_t physical)
{
    for (uint64_t i = paging->block_count; i-- > 0;) {
        const struct bootlink_memory *block = &paging->blocks[i];
        /* before the block this wraps, and is out of bounds as well */
        uint64_t offset = physical - block->physical;
        if (in_bounds(block->size, offset, PAGE))
            return (uint64_t *)((char *)block->data + offset);
    }
    return NULL;
}

const void *paging_table(void *paging, uint64_t physical)
{
    return table_at(paging, physical);
}

/* Asks the world for the next block, twice as large as the last one. */
static bool add_block(struct paging *paging)
{
    const struct bootlink_world *world = paging->world;
    uint64_t size = SMALLEST_BLOCK;
    if (paging->block_count)
        size = 2 * paging->blocks[paging->block_count - 1].size;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (paging->block_count == PAGING_BLOCKS ||
        !world->memory(world->host, BOOTLINK_MEMORY_TABLES, size, PAGE,
                       BOOTLINK_ANYWHERE, &paging->blocks[paging->block_count]))
        return report_error(
            world, BOOTLINK_NO_MEMORY,
            "out of memory for page tables: %llu are in use, wanted %llu more "
            "bytes; give the machine more memory",
            (unsigned long long)paging->table_count, (unsigned long long)size);
    paging->block_count++;
    paging->block_used = 0;
    return true;
}

/* An empty table. False after reporting. */
static bool take_table(struct paging *paging, struct bootlink_memory *table)
{
    uint64_t count = paging->block_count;
    if ((!count || paging->block_used == paging->blocks[count - 1].size) &&
        !add_block(paging))
        return false;
    const struct bootlink_memory *block =
        &paging->blocks[paging->block_count - 1];
    *table = (struct bootlink_memory){(char *)block->data + paging->block_used,
                                      block->physical + paging->block_used,
                                      PAGE, false};
    memset(table->data, 0, PAGE);
    paging->block_used += PAGE;
    paging->table_count++;
    return true;
}

bool paging_open(struct paging *paging, const struct bootlink_world *world,
                 struct paging_features features)
{
    *paging = (struct paging){.world = world, .features = features};
    return take_table(paging, &paging->root);
}

void paging_close(struct paging *paging)
{
    while (paging->block_count)
        paging->world->release(paging->world->host, BOOTLINK_MEMORY_TABLES,
                               paging->blocks[--paging->block_count]);
}

/* ---- Map ---------------------------------------------------------------- */

/* What is still to be mapped. */
struct range {
    uint64_t address, physical, size;
    uint64_t flags; /* of a page on level 1 */
};

/* A page of that level from the flags of a small one: PAT moves to make room
 * for PS. */
static uint64_t page_entry(uint64_t physical, uint64_t flags, unsigned level)
{
    if (level > 1) {
        uint64_t pat = flags & PAT_SMALL ? PAT_LARGE : 0;
        flags = (flags & ~(uint64_t)PAT_SMALL) | pat | IS_PAGE;
    }
    return physical | flags;
}

/* The reverse: an entry that is a page, apart. */
static void split_page(uint64_t entry, unsigned level, uint64_t *physical,
                       uint64_t *flags)
{
    *physical = entry & ADDRESS & ~(span_of_entry(level) - 1);
    *flags = entry & ~ADDRESS;
    if (level > 1) {
        *flags &= ~(uint64_t)IS_PAGE;
        *flags |= entry & PAT_LARGE ? PAT_SMALL : 0;
    }
}

/* Fills a table so that it says what the large page `entry` of that level
 * said. */
static void fill_from_page(uint64_t *table, uint64_t entry, unsigned level)
{
    uint64_t physical, flags;
    split_page(entry, level, &physical, &flags);
    for (unsigned i = 0; i < ENTRIES; i++)
        table[i] = page_entry(physical + i * span_of_entry(level - 1), flags,
                              level - 1);
}

/* The table below an entry: that which is there, or a new one that maps what
 * the entry mapped. NULL after reporting. */
static uint64_t *table_below(struct paging *paging, uint64_t *entry,
                             unsigned level)
{
    if ((*entry & PRESENT) && !is_page(*entry, level))
        return table_at(paging, *entry & ADDRESS);
    struct bootlink_memory table;
    if (!take_table(paging, &table))
        return NULL;
    if (*entry & PRESENT)
        fill_from_page(table.data, *entry, level);
    *entry = table.physical | PRESENT | WRITABLE;
    return table.data;
}

/* True if the range begins with a whole page of that level. */
static bool fits_page(const struct paging *paging, const struct range *range,
                      unsigned level)
{
    uint64_t size = span_of_entry(level);
    if (level == TOP || (level == 3 && !paging->features.gib_pages))
        return false;
    return range->size >= size &&
           ((range->address | range->physical) & (size - 1)) == 0;
}

/* Maps what of the range lies in this table, taking it off the range's front.
 * Tables that a larger page replaces are left behind. */
static bool map_in_table(struct paging *paging, uint64_t *table, unsigned level,
                         struct range *range)
{
    for (unsigned i = index_of(range->address, level);
         i < ENTRIES && range->size > 0; i++) {
        if (fits_page(paging, range, level)) {
            table[i] = page_entry(range->physical, range->flags, level);
            range->address += span_of_entry(level);
            range->physical += span_of_entry(level);
            range->size -= span_of_entry(level);
            continue;
        }
        uint64_t *below = table_below(paging, &table[i], level);
        if (!below || !map_in_table(paging, below, level - 1, range))
            return false;
    }
    return true;
}

static uint64_t flags_of(const struct paging *paging, unsigned permissions,
                         enum paging_cache cache)
{
    static const uint64_t cache_flags[] = {
        [PAGING_WRITE_BACK] = 0,              /* entry 0 of IA32_PAT */
        [PAGING_UNCACHED] = PCD | PWT,        /* entry 3 */
        [PAGING_WRITE_COMBINING] = PAT_SMALL, /* entry 4 */
    };
    uint64_t flags = PRESENT | cache_flags[cache];
    if (permissions & BOOTLINK_WRITE)
        flags |= WRITABLE;
    if (!(permissions & BOOTLINK_EXECUTE) && paging->features.no_execute)
        flags |= NO_EXECUTE;
    return flags;
}

/* Why a range cannot be mapped, and what to do; NULL if it can. The last byte
 * is looked at, since the end of the highest page is 2^64. */
static const char *why_not(uint64_t address, uint64_t physical, uint64_t size,
                           unsigned permissions)
{
    uint64_t last, last_physical;
    if ((address | physical | size) % PAGE)
        return "not a multiple of 4 KiB; align the section to a page";
    if (__builtin_add_overflow(address, size - 1, &last))
        return "wraps around the end of the address space; choose a lower "
               "address";
    if (!is_canonical(address) || !is_canonical(last) || (address ^ last) >> 63)
        return "not canonical: an address is below 2^47 or from -2^47 on";
    if (__builtin_add_overflow(physical, size - 1, &last_physical) ||
        last_physical >= PHYSICAL_LIMIT)
        return "a physical address has at most 52 bits";
    if ((permissions & BOOTLINK_WRITE) && (permissions & BOOTLINK_EXECUTE))
        return "both writable and executable; keep code and data in sections "
               "and pages of their own";
    return NULL;
}

bool paging_map(struct paging *paging, uint64_t address, uint64_t physical,
                uint64_t size, unsigned permissions, enum paging_cache cache)
{
    if (size == 0)
        return true;
    const char *reason = why_not(address, physical, size, permissions);
    if (reason)
        return report_error(
            paging->world, BOOTLINK_LAYOUT,
            "cannot map 0x%llx bytes at virtual address 0x%llx to physical "
            "address 0x%llx: %s",
            (unsigned long long)size, (unsigned long long)address,
            (unsigned long long)physical, reason);
    struct range range = {address, physical, size,
                          flags_of(paging, permissions, cache)};
    return map_in_table(paging, paging->root.data, TOP, &range);
}

/* ---- Walk --------------------------------------------------------------- */

/* Write-back and write-combining as flags_of() writes them; whatever else is
 * found counts as uncached. */
static enum paging_cache cache_of(uint64_t flags)
{
    switch (flags & (PAT_SMALL | PCD | PWT)) {
    case 0:
        return PAGING_WRITE_BACK;
    case PAT_SMALL:
        return PAGING_WRITE_COMBINING;
    default:
        return PAGING_UNCACHED;
    }
}

/* Down from the root as the CPU goes, until an entry is a page or nothing. A
 * page may be written to if every entry on the way allows it, and executed
 * unless one forbids it [Intel SDM 3A 4.6.1]. */
bool paging_walk(uint64_t root, uint64_t address,
                 const void *(*table)(void *context, uint64_t physical),
                 void *context, struct paging_entry *found)
{
    *found = (struct paging_entry){.address = address};
    if (!is_canonical(address))
        return false;
    uint64_t all = ~0ull, any = 0, entry = root;
    unsigned level = TOP + 1;
    do {
        const char *entries = table(context, entry & ADDRESS);
        level--;
        found->size = span_of_entry(level);
        found->address = align_down(address, found->size);
        if (!entries)
            return false;
        entry = read64(entries + 8 * index_of(address, level));
        all &= entry;
        any |= entry;
        if (!(entry & PRESENT))
            return false;
    } while (!is_page(entry, level));

    uint64_t flags;
    split_page(entry, level, &found->physical, &flags);
    found->cache = cache_of(flags);
    found->permissions = BOOTLINK_READ | (all & WRITABLE ? BOOTLINK_WRITE : 0) |
                         (any & NO_EXECUTE ? 0 : BOOTLINK_EXECUTE);
    return true;
}
