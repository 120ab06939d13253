/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables when memory runs out, and the walker against a plain array.
 */
#include "unit/space.h"

/* ---- Out of memory ------------------------------------------------------ */

/* Maps pages 1 GiB apart, each of which takes two tables of its own. */
static bool map_sparsely(struct space *space, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (!paging_map(&space->paging, i * GIB, i * 4 * KIB, 4 * KIB, RW,
                        PAGING_WRITE_BACK))
            return false;
    return true;
}

static void check_exhausted(struct space *space)
{
    assert_int_equal(space->w.errors, 1);
    assert_int_equal(space->w.classes[BOOTLINK_NO_MEMORY], 1);
    assert_non_null(strstr(space->w.text, "out of memory for page tables"));
}

/* Allocation n fails, for every n until there are enough. What was mapped
 * before stays, and closing gives everything back. */
static void test_out_of_memory(void **state)
{
    (void)state;
    enum { PAGES = 1500 };
    struct space *space = malloc(sizeof(*space));
    assert_non_null(space);
    uint64_t n = 0;
    bool done = false;
    while (!done) {
        test_world_open(&space->w);
        space->w.fail_at = ++n;
        done = paging_open(&space->paging, &space->w.world, everything) &&
               map_sparsely(space, PAGES);
        if (!done)
            check_exhausted(space);
        if (space->paging.block_count)
            assert_int_equal(at(space, GIB).physical, 4 * KIB);
        paging_close(&space->paging);
        assert_int_equal(space->w.block_count, 0);
    }
    assert_int_equal(n, 1 + 10); /* 16 tables, 32, 64, 128, 256, 5 times 512 */
    free(space);
}

/* An end also comes when memory does not: blocks are counted. */
static void test_too_many_tables(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    assert_false(map_sparsely(space, 100000));
    check_exhausted(space);
    assert_int_equal(space->paging.block_count, PAGING_BLOCKS);
    space_close(space);
}

/* ---- A model ------------------------------------------------------------ */

/* A window of 2 GiB as one number for each page: 0 is a hole, else physical
 * address, permissions and cache. */
enum { WINDOW_PAGES = 2 * 1024 * 256 };

struct model {
    uint64_t base;
    uint64_t pages[WINDOW_PAGES];
};

static uint64_t pack(uint64_t physical, unsigned permissions,
                     enum paging_cache cache)
{
    return physical | permissions << 4 | cache << 1 | 1;
}

/* splitmix64 */
static uint64_t random_number(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* A range that often, not always, begins and ends where large pages do. */
static void map_randomly(struct space *space, struct model *model,
                         uint64_t *seed)
{
    static const unsigned permissions[] = {R, RW, RX};
    static const uint64_t grains[] = {1, 512, 512 * 512};
    uint64_t grain = grains[random_number(seed) % 3];
    uint64_t first = random_number(seed) % WINDOW_PAGES / grain * grain;
    uint64_t count = 1 + random_number(seed) % (WINDOW_PAGES - first);
    if (random_number(seed) % 2)
        count = 1 + count % 2000;
    uint64_t physical = random_number(seed) % (1 << 24) / grain * grain * 4096;
    unsigned allowed = permissions[random_number(seed) % 3];
    enum paging_cache cache = random_number(seed) % 3;
    map(space, model->base + first * 4096, physical, count * 4096, allowed,
        cache);
    for (uint64_t i = 0; i < count; i++)
        model->pages[first + i] = pack(physical + i * 4096, allowed, cache);
}

/* What the walker finds at an address, as the model would have it. */
static uint64_t look(struct space *space, uint64_t address)
{
    struct paging_entry entry;
    if (!walk(space, address, &entry))
        return 0;
    assert_true(address - entry.address < entry.size);
    return pack(entry.physical + (address - entry.address) / 4096 * 4096,
                entry.permissions, entry.cache);
}

static void check_model(bool gib_pages, uint64_t base, uint64_t seed)
{
    struct space *space = space_open((struct paging_features){gib_pages, true});
    struct model *model = calloc(1, sizeof(*model));
    assert_non_null(model);
    model->base = base;
    uint64_t start = seed;
    for (unsigned round = 0; round < 30; round++) {
        map_randomly(space, model, &seed);
        for (unsigned i = 0; i < 500; i++) {
            uint64_t offset =
                random_number(&seed) % ((uint64_t)WINDOW_PAGES * 4096);
            if (look(space, base + offset) != model->pages[offset / 4096])
                fail_msg("seed %llu, round %u, offset 0x%llx",
                         (unsigned long long)start, round,
                         (unsigned long long)offset);
        }
    }
    for (uint64_t i = 0; i < WINDOW_PAGES; i++)
        if (look(space, base + i * 4096) != model->pages[i])
            fail_msg("seed %llu, page %llu", (unsigned long long)start,
                     (unsigned long long)i);
    free(model);
    space_close(space);
}

/* In the middle, over a boundary of 512 GiB, and at the end of all addresses.
 */
static void test_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        check_model(seed % 2, 0, seed);
        check_model(seed % 2, direct_map + 511 * GIB, seed + 100);
        check_model(seed % 2, 0 - 2 * GIB, seed + 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_too_many_tables),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
