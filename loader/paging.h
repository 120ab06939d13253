/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables as plain memory: built and walked without a CPU in sight.
 */
#ifndef BOOTLINK_PAGING_H
#define BOOTLINK_PAGING_H

#include "base.h"

/* How a mapping is cached. */
enum paging_cache { PAGING_WRITE_BACK, PAGING_UNCACHED, PAGING_WRITE_COMBINING };

/* What the CPU can do; filled by boot/ from CPUID, by tests at will. */
struct paging_features {
    bool gib_pages;   /* CPUID 80000001h EDX.26: 1 GiB pages */
    bool no_execute;  /* CPUID 80000001h EDX.20 */
};

struct paging {
    const struct bootlink_world *world;
    struct paging_features features;
    struct bootlink_memory root;         /* the PML4 */
    struct paging_block *blocks;         /* where tables are taken from */
    uint64_t table_count;                /* 4 KiB each */
};

/* An empty address space. False after reporting. */
bool paging_open(struct paging *paging, const struct bootlink_world *world,
                 struct paging_features features);

/* Maps [address, address + size) to [physical, ...), all multiples of 4 KiB,
 * with pages as large as both alignments, the size and the CPU allow.
 * `permissions` is of enum bootlink_permission. What was mapped there before is
 * replaced (large pages are split as needed). False after reporting: not
 * canonical, wraps, both writable and executable, or no memory. */
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

/* The mapping that covers `address`; false if there is none. `table` turns a
 * physical address of a table into a pointer (NULL: it does not know it). */
bool paging_walk(uint64_t root, uint64_t address,
                 const void *(*table)(void *context, uint64_t physical),
                 void *context, struct paging_entry *entry);

/* `table` for paging_walk over tables that `paging` made; context is paging. */
const void *paging_table(void *paging, uint64_t physical);

#endif
