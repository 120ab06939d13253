/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the page tables that CR3 points to, through the direct map. Written
 * apart from the code that built them, so that one can be wrong alone.
 */
#include "paging.h"
#include "kernel.h"

/* What the entry of one level leaves of the permissions. */
static unsigned permissions_of(uint64_t entry, unsigned permissions)
{
    if (!(entry & WRITABLE))
        permissions &= ~(unsigned)WRITE;
    if (entry & NO_EXECUTE)
        permissions &= ~(unsigned)EXECUTE;
    return permissions;
}

/* The highest bit that tables translate holds for all above it. [Intel SDM 1
 * 3.3.7.1: Canonical Addressing] */
static uint64_t canonical(uint64_t address)
{
    int unused = 64 - shift_of(top_level() + 1);
    return (uint64_t)((int64_t)(address << unused) >> unused);
}

/* A page may be written if all levels allow it, and executed if none forbids
 * it. */
bool page_of(const struct bootlink_info *info, uint64_t address,
             struct page *page)
{
    uint64_t table = top_table();
    if (address != canonical(address))
        return false;
    page->permissions = READ | WRITE | EXECUTE;
    for (int level = top_level(); level > 0; level--) {
        int shift = shift_of(level);
        uint64_t *entries = (uint64_t *)(info->direct_map + table);
        page->entry = &entries[(address >> shift) % ENTRIES];
        if (!(*page->entry & PRESENT))
            return false;
        page->permissions = permissions_of(*page->entry, page->permissions);
        if (is_page(*page->entry, level)) {
            page->size = 1UL << shift;
            page->physical = (*page->entry & ADDRESS & ~(page->size - 1)) |
                             (address & (page->size - 1));
            return true;
        }
        table = *page->entry & ADDRESS;
    }
    return false;
}

/* ---- All of them -------------------------------------------------------- */

/* The run that is not reported yet. */
struct walk {
    const struct bootlink_info *info;
    page_run *run;
    void *context;
    uint64_t start, size;
    unsigned permissions;
};

static void end_run(struct walk *walk)
{
    if (walk->size > 0)
        walk->run(walk->context, walk->start, walk->size, walk->permissions);
    walk->size = 0;
}

static void add_page(struct walk *walk, uint64_t address, uint64_t size,
                     unsigned permissions)
{
    if (walk->start + walk->size != address || walk->permissions != permissions)
        end_run(walk);
    if (walk->size == 0) {
        walk->start = address;
        walk->permissions = permissions;
    }
    walk->size += size;
}

static void walk_table(struct walk *walk, uint64_t table, int level,
                       uint64_t address, unsigned permissions)
{
    const uint64_t *entries =
        (const uint64_t *)(walk->info->direct_map + table);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t at = canonical(address + (i << shift_of(level)));
        unsigned left = permissions_of(entries[i], permissions);
        if (!(entries[i] & PRESENT))
            continue;
        if (is_page(entries[i], level))
            add_page(walk, at, 1UL << shift_of(level), left);
        else
            walk_table(walk, entries[i] & ADDRESS, level - 1, at, left);
    }
}

void pages_walk(const struct bootlink_info *info, page_run *run, void *context)
{
    struct walk walk = {.info = info, .run = run, .context = context};
    walk_table(&walk, top_table(), top_level(), 0, READ | WRITE | EXECUTE);
    end_run(&walk);
}

const char *permission_text(unsigned permissions)
{
    static const char *const texts[] = {"---", "r--", "-w-", "rw-",
                                        "--x", "r-x", "-wx", "rwx"};
    return texts[permissions & 7];
}
