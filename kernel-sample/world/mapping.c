/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes the page tables that CR3 points to, in pages of 4 KiB. A large page
 * in the way is split into a table of smaller ones. A table that is empty
 * again, or whose pages are one large page again, is given back: what is
 * unmapped leaves no trace. [Intel SDM 3A 4.5: 4-Level Paging, 4.10.4:
 * Invalidation of TLBs]
 *
 * There is one processor; others would have to forget the old pages, too.
 */
#include "../paging.h"
#include "world.h"

static void forget(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static uint64_t *entry_in(const struct world *world, uint64_t table, int level,
                          uint64_t address)
{
    uint64_t *entries = direct(world, table);
    return &entries[address >> shift_of(level) & (ENTRIES - 1)];
}

static uint64_t flags_of(unsigned permissions)
{
    return PRESENT | (permissions & WRITE ? WRITABLE : 0) |
           (permissions & EXECUTE ? 0 : NO_EXECUTE);
}

/* ---- Down: tables where there are none yet ------------------------------ */

/* What entry `i` of a table says that takes the place of `entry`. */
static uint64_t part_of(uint64_t entry, int level, uint64_t i)
{
    if (!(entry & PRESENT))
        return 0;
    if (level == 2)
        entry &= ~LARGE;
    return entry + (i << shift_of(level - 1));
}

/* Makes `*entry` point to a table, which maps what the entry has mapped. */
static bool make_table(struct world *world, uint64_t *entry, int level)
{
    uint64_t physical;
    if (*entry & PRESENT && !is_page(*entry, level))
        return true;
    if (!pages_take(world, PAGE_SIZE, PAGE_SIZE, &physical))
        return false;
    uint64_t *parts = direct(world, physical);
    for (uint64_t i = 0; i < ENTRIES; i++)
        parts[i] = part_of(*entry, level, i);
    *entry = physical | PRESENT | WRITABLE;
    return true;
}

/* The entry of level 1 for an address, or NULL: no memory for tables. */
static uint64_t *entry_of(struct world *world, uint64_t address)
{
    uint64_t table = top_table();
    for (int level = top_level(); level > 1; level--) {
        uint64_t *entry = entry_in(world, table, level, address);
        if (!make_table(world, entry, level))
            return NULL;
        table = *entry & ADDRESS;
    }
    return entry_in(world, table, 1, address);
}

/* ---- Up: tables that are needed no more --------------------------------- */

/* The CPU sets these when a page is used; they mean nothing here. */
#define USED (3UL << 5)

/* What an entry of `level` would say instead of the table: 0 if the table is
 * empty; `entry` itself if the table is needed. */
static uint64_t instead_of(const struct world *world, uint64_t entry, int level)
{
    const uint64_t *parts = direct(world, entry & ADDRESS);
    uint64_t whole = parts[0] & ~USED;
    if (whole & PRESENT && (level > 3 || !is_page(whole, level - 1) ||
                            (whole & ADDRESS) % (1UL << shift_of(level))))
        return entry;
    if (whole & PRESENT)
        whole |= LARGE;
    for (uint64_t i = 0; i < ENTRIES; i++)
        if ((parts[i] & ~USED) != part_of(whole, level, i))
            return entry;
    return whole;
}

/* Gives back tables on the way to `address`, from the lowest one upwards. */
static void tidy(struct world *world, uint64_t address)
{
    uint64_t *path[6], table = top_table();
    int level = top_level(), top = level;
    for (; level > 1; level--) {
        path[level] = entry_in(world, table, level, address);
        if (!(*path[level] & PRESENT) || is_page(*path[level], level))
            break;
        table = *path[level] & ADDRESS;
    }
    while (++level <= top) {
        uint64_t old = *path[level];
        uint64_t entry = instead_of(world, old, level);
        if (entry == old)
            return;
        *path[level] = entry;
        forget(address);
        pages_give(world, old & ADDRESS, PAGE_SIZE);
    }
}

/* For each table of level 1 that [address, address + size) is in. */
static void tidy_range(struct world *world, uint64_t address, uint64_t size)
{
    uint64_t covered = 1UL << shift_of(2);
    for (uint64_t at = address; at - address < size;
         at = (at & ~(covered - 1)) + covered)
        tidy(world, at);
}

/* ---- What others call --------------------------------------------------- */

bool map(struct world *world, uint64_t address, uint64_t physical,
         uint64_t size, unsigned permissions)
{
    for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
        uint64_t *entry = entry_of(world, address + done);
        if (!entry) {
            unmap(world, address, done + PAGE_SIZE);
            return false;
        }
        *entry = (physical + done) | flags_of(permissions);
    }
    return true;
}

void unmap(struct world *world, uint64_t address, uint64_t size)
{
    struct page page;
    for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
        if (!page_of(&world->kernel->info, address + done, &page))
            continue;
        *page.entry = 0;
        forget(address + done);
    }
    tidy_range(world, address, size);
}

bool protect(struct world *world, uint64_t address, uint64_t size,
             unsigned permissions)
{
    bool done = true;
    for (uint64_t at = address; at - address < size; at += PAGE_SIZE) {
        uint64_t *entry = entry_of(world, at);
        if (!entry) {
            done = false;
            break;
        }
        *entry = (*entry & ~(WRITABLE | NO_EXECUTE)) | flags_of(permissions);
        forget(at);
    }
    tidy_range(world, address, size);
    return done;
}
