/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the page tables that CR3 points to, through the direct map. Written
 * apart from the code that built them, so that one can be wrong alone.
 * [Intel SDM 3A 4.5: 4-Level Paging and 5-Level Paging]
 */
#include "kernel.h"

/* Bits of an entry at any level. */
#define PRESENT    (1UL << 0)
#define WRITABLE   (1UL << 1)
#define LARGE      (1UL << 7) /* levels 2 and 3: maps a page, not a table */
#define NO_EXECUTE (1UL << 63)
#define ADDRESS    0x000ffffffffff000UL

#define CR4_LA57 (1UL << 12)

static uint64_t read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static int top_level(void)
{
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    return cr4 & CR4_LA57 ? 5 : 4;
}

/* A page may be written if all levels allow it, and executed if none forbids
 * it. `shift` is how many address bits a level leaves to those below. */
bool page_of(const struct bootlink_info *info, uint64_t address,
             struct page *page)
{
    uint64_t table = read_cr3() & ADDRESS;
    page->permissions = READ | WRITE | EXECUTE;
    for (int level = top_level(); level > 0; level--) {
        int shift = 12 + 9 * (level - 1);
        uint64_t *entries = (uint64_t *)(info->direct_map + table);
        page->entry = &entries[address >> shift & 511];
        if (!(*page->entry & PRESENT))
            return false;
        if (!(*page->entry & WRITABLE))
            page->permissions &= ~(unsigned)WRITE;
        if (*page->entry & NO_EXECUTE)
            page->permissions &= ~(unsigned)EXECUTE;
        if (level == 1 || (level <= 3 && *page->entry & LARGE)) {
            page->size = 1UL << shift;
            page->physical = (*page->entry & ADDRESS & ~(page->size - 1)) |
                             (address & (page->size - 1));
            return true;
        }
        table = *page->entry & ADDRESS;
    }
    return false;
}

const char *permission_text(unsigned permissions)
{
    static const char *const texts[] = {"---", "r--", "-w-", "rw-",
                                        "--x", "r-x", "-wx", "rwx"};
    return texts[permissions & 7];
}
