/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables of x86-64 as the CPU reads them. [Intel SDM 3A 4.5: 4-Level
 * Paging and 5-Level Paging]
 *
 *   63  62  52 51                 12 11   8  7 6 5 4 3 2  1 0
 *  +--+-------+---------------------+------+--+---------+-+-+
 *  |NX|       | physical address    |      |PS|         |W|P|
 *  +--+-------+---------------------+------+--+---------+-+-+
 */
#ifndef PAGING_H
#define PAGING_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of an entry at any level. */
#define PRESENT    (1UL << 0)
#define WRITABLE   (1UL << 1)
#define LARGE      (1UL << 7) /* levels 2 and 3: maps a page, not a table */
#define NO_EXECUTE (1UL << 63)
#define ADDRESS    0x000ffffffffff000UL

#define ENTRIES 512

#define CR4_LA57 (1UL << 12)

/* Where the topmost table is. */
static inline uint64_t top_table(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value & ADDRESS;
}

static inline int top_level(void)
{
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    return cr4 & CR4_LA57 ? 5 : 4;
}

/* How many bits of an address a level leaves to those below it: 12 on level 1,
 * whose pages have 4 KiB. */
static inline int shift_of(int level)
{
    return 12 + 9 * (level - 1);
}

/* Whether a present entry is a page and not a table. */
static inline bool is_page(uint64_t entry, int level)
{
    return level == 1 || (level <= 3 && entry & LARGE);
}

#endif
