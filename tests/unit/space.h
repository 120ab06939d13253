/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An address space in a test world, and short names for its tests.
 */
#ifndef BOOTLINK_TEST_SPACE_H
#define BOOTLINK_TEST_SPACE_H

#include "unit/world.h"

#include "paging.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    R = BOOTLINK_READ,
    RW = BOOTLINK_READ | BOOTLINK_WRITE,
    RX = BOOTLINK_READ | BOOTLINK_EXECUTE,
};

static const uint64_t direct_map = 0xffff800000000000;

static const struct paging_features everything = {true, true};

/* A world and an empty address space in it. */
struct space {
    struct test_world w;
    struct paging paging;
};

static inline struct space *space_open(struct paging_features features)
{
    struct space *space = malloc(sizeof(*space));
    assert_non_null(space);
    test_world_open(&space->w);
    assert_true(paging_open(&space->paging, &space->w.world, features));
    return space;
}

static inline void space_close(struct space *space)
{
    paging_close(&space->paging);
    assert_int_equal(space->w.block_count, 0);
    test_world_close(&space->w);
    free(space);
}

static inline void map(struct space *space, uint64_t address, uint64_t physical,
                       uint64_t size, unsigned permissions,
                       enum paging_cache cache)
{
    if (!paging_map(&space->paging, address, physical, size, permissions,
                    cache))
        fail_msg("%s", space->w.text);
}

static inline bool walk(struct space *space, uint64_t address,
                        struct paging_entry *entry)
{
    return paging_walk(space->paging.root.physical, address, paging_table,
                       &space->paging, entry);
}

static inline struct paging_entry at(struct space *space, uint64_t address)
{
    struct paging_entry entry;
    if (!walk(space, address, &entry))
        fail_msg("0x%llx is not mapped", (unsigned long long)address);
    return entry;
}

static inline bool is_mapped(struct space *space, uint64_t address)
{
    struct paging_entry entry;
    return walk(space, address, &entry);
}

#endif
