/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables as plain memory: built and walked without a CPU in sight.
 */
#ifndef BOOTLINK_PAGING_H
#define BOOTLINK_PAGING_H

#include "base.h"

/* How a mapping is cached, as an entry of the IA32_PAT register: 0, 3 and 4.
 * The first two are write-back and uncached after reset; entry 4 must be set to
 * write-combining (1) before these tables are used. [Intel SDM 3A 11.12] */
enum paging_cache {
    PAGING_WRITE_BACK,
    PAGING_UNCACHED,
    PAGING_WRITE_COMBINING
};

/* What the CPU can do; filled by boot/ from CPUID, by tests at will. */
struct paging_features {
    bool gib_pages;  /* CPUID 80000001h EDX.26: 1 GiB pages */
    bool no_execute; /* CPUID 80000001h EDX.20, and EFER.NXE will be set */
};

enum { PAGING_BLOCKS = 64 };

struct paging {
    const struct bootlink_world *world;
    struct paging_features features;
    struct bootlink_memory root; /* the PML4 */
    uint64_t table_count;        /* in use, the root too; 4 KiB each */

    /* Where tables are taken from: blocks of BOOTLINK_MEMORY_TABLES, each
     * larger than the one before. */
    struct bootlink_memory blocks[PAGING_BLOCKS];
    uint64_t block_count;
    uint64_t block_used; /* bytes of the last block */
};

/* An empty address space. False after reporting. */
bool paging_open(struct paging *paging, const struct bootlink_world *world,
                 struct paging_features features);

/* Gives all tables back to the world. */
void paging_close(struct paging *paging);

/* Maps [address, address + size) to [physical, ...), all multiples of 4 KiB,
 * with pages as large as both alignments, the size and the CPU allow.
 * `permissions` is of enum bootlink_permission; BOOTLINK_READ goes without
 * saying. What was mapped there before is replaced (large pages are split as
 * needed); who changes tables that a CPU is using flushes its TLB. False after
 * reporting: not canonical, wraps, both writable and executable, or no memory;
 * in the last case a part may have been mapped. */
bool paging_map(struct paging *paging, uint64_t address, uint64_t physical,
                uint64_t size, unsigned permissions, enum paging_cache cache);

/* One mapping as a walk finds it. */
struct paging_entry {
    uint64_t address;
    uint64_t physical;
    uint64_t size; /* 4 KiB, 2 MiB or 1 GiB */
    unsigned permissions;
    enum paging_cache cache;
};

/* The mapping that covers `address`. False if there is none: then `address` and
 * `size` of the entry are those of the hole, up to 512 GiB, or `size` is 0 if
 * the address is not canonical. `table` turns a physical address of a table
 * into a pointer (NULL: it does not know it). */
bool paging_walk(uint64_t root, uint64_t address,
                 const void *(*table)(void *context, uint64_t physical),
                 void *context, struct paging_entry *entry);

/* `table` for paging_walk over tables that `paging` made; context is paging. */
const void *paging_table(void *paging, uint64_t physical);

#endif
