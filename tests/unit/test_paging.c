/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables: which pages are chosen, what their entries hold bit by bit, and
 * what is refused. [Intel SDM 3A 4.5]
 */
#include "unit/space.h"

/* The entry of that level as it lies in memory, found without paging_walk. */
static uint64_t raw(struct space *space, uint64_t address, unsigned level)
{
    uint64_t entry = space->paging.root.physical;
    for (unsigned l = 4; l >= level; l--) {
        const uint64_t *table =
            paging_table(&space->paging, entry & 0xffffffffff000);
        assert_non_null(table);
        entry = table[address >> (12 + 9 * (l - 1)) & 511];
    }
    return entry;
}

/* ---- Entries ------------------------------------------------------------ */

static void test_empty_space(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    struct paging_entry entry;
    assert_int_equal(space->paging.table_count, 1);
    assert_int_equal(space->paging.root.physical % 4096, 0);
    assert_false(walk(space, 0x123456789abc, &entry));
    assert_int_equal(entry.size, 512 * GIB);
    assert_int_equal(entry.address, 0x123456789abc / (512 * GIB) * 512 * GIB);
    assert_false(walk(space, UINT64_MAX, &entry));
    assert_int_equal(entry.address, 0 - 512 * GIB);
    space_close(space);
}

/* A hole is as large as the table that ends at it says. */
static void test_holes(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    struct paging_entry entry;
    map(space, 5 * GIB + 6 * MIB + 8 * KIB, 0, 4 * KIB, R, 0);
    assert_false(walk(space, 5 * GIB + 6 * MIB + 7 * KIB, &entry));
    assert_int_equal(entry.address, 5 * GIB + 6 * MIB + 4 * KIB);
    assert_int_equal(entry.size, 4 * KIB);
    assert_false(walk(space, 5 * GIB + 5 * MIB, &entry));
    assert_int_equal(entry.address, 5 * GIB + 4 * MIB);
    assert_int_equal(entry.size, 2 * MIB);
    assert_false(walk(space, 4 * GIB + 5, &entry));
    assert_int_equal(entry.address, 4 * GIB);
    assert_int_equal(entry.size, GIB);
    space_close(space);
}

/* Bits 63 NX, 12 PAT of a large page, 7 PS or PAT of a small one, 4 PCD, 3 PWT,
 * 1 W, 0 P: all of them, and no other, on every level. */
static void test_bits(void **state)
{
    (void)state;
    static const struct {
        unsigned permissions;
        enum paging_cache cache;
        uint64_t small, large;
    } cases[] = {
        {R, PAGING_WRITE_BACK, 0x8000000000000001, 0x8000000000000081},
        {RW, PAGING_WRITE_BACK, 0x8000000000000003, 0x8000000000000083},
        {RX, PAGING_WRITE_BACK, 0x0000000000000001, 0x0000000000000081},
        {RW, PAGING_UNCACHED, 0x800000000000001b, 0x800000000000009b},
        {RW, PAGING_WRITE_COMBINING, 0x8000000000000083, 0x8000000000001083},
        {R, PAGING_WRITE_COMBINING, 0x8000000000000081, 0x8000000000001081},
        {RX, PAGING_UNCACHED, 0x0000000000000019, 0x0000000000000099},
    };
    static const uint64_t sizes[] = {0, 4 * KIB, 2 * MIB, GIB};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct space *space = space_open(everything);
        for (unsigned level = 1; level <= 3; level++) {
            uint64_t address = direct_map + level * 512 * GIB;
            uint64_t physical = 3 * GIB; /* aligned for all three */
            map(space, address, physical, sizes[level], cases[i].permissions,
                cases[i].cache);
            uint64_t expected = level > 1 ? cases[i].large : cases[i].small;
            assert_int_equal(raw(space, address, level), physical | expected);
            for (unsigned above = level + 1; above <= 4; above++)
                assert_int_equal(
                    raw(space, address, above) & ~0xffffffffff000ull, 0x3);
            struct paging_entry entry = at(space, address + sizes[level] - 1);
            assert_int_equal(entry.address, address);
            assert_int_equal(entry.physical, physical);
            assert_int_equal(entry.size, sizes[level]);
            assert_int_equal(entry.permissions, cases[i].permissions);
            assert_int_equal(entry.cache, cases[i].cache);
        }
        space_close(space);
    }
}

/* A CPU without NX faults on bit 63, so it must not be set. */
static void test_no_execute_is_asked_for(void **state)
{
    (void)state;
    struct space *space = space_open((struct paging_features){true, false});
    map(space, direct_map, 0, 4 * KIB, RW, PAGING_WRITE_BACK);
    assert_int_equal(raw(space, direct_map, 1), 0x3);
    assert_int_equal(at(space, direct_map).permissions, RW | BOOTLINK_EXECUTE);
    space_close(space);
}

/* The highest physical page fills all address bits and no other. */
static void test_physical_limit(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    uint64_t top = (1ull << 52) - 4 * KIB;
    map(space, 0x1000, top, 4 * KIB, R, PAGING_WRITE_BACK);
    assert_int_equal(raw(space, 0x1000, 1), top | 0x8000000000000001);
    assert_int_equal(at(space, 0x1000).physical, top);
    map(space, GIB, (1ull << 52) - GIB, GIB, R, PAGING_WRITE_COMBINING);
    assert_int_equal(at(space, GIB).size, GIB);
    assert_int_equal(at(space, GIB).physical, (1ull << 52) - GIB);
    space_close(space);
}

/* ---- Which pages -------------------------------------------------------- */

/* The sizes of pages and where they change, from the range's start on. */
struct run {
    uint64_t until; /* offset of the first byte behind the run */
    uint64_t size;
};

static void check_runs(bool gib_pages, uint64_t address, uint64_t physical,
                       uint64_t size, const struct run *runs)
{
    struct space *space = space_open((struct paging_features){gib_pages, true});
    struct paging_entry entry;
    map(space, address, physical, size, RW, PAGING_WRITE_BACK);
    for (uint64_t offset = 0; offset < size; offset += entry.size) {
        if (offset == runs->until)
            runs++;
        entry = at(space, address + offset);
        assert_int_equal(entry.address, address + offset);
        assert_int_equal(entry.physical, physical + offset);
        assert_int_equal(entry.size, runs->size);
    }
    assert_int_equal(runs->until, size);
    assert_false(is_mapped(space, address - 1));
    assert_false(is_mapped(space, address + size));
    space_close(space);
}

static void test_largest_pages(void **state)
{
    (void)state;
    uint64_t a = direct_map + 4 * GIB;
    check_runs(true, a, 0, 4 * KIB, (struct run[]){{4 * KIB, 4 * KIB}});
    check_runs(true, a, 0, 2 * MIB, (struct run[]){{2 * MIB, 2 * MIB}});
    check_runs(true, a, 0, GIB, (struct run[]){{GIB, GIB}});
    check_runs(false, a, 0, GIB, (struct run[]){{GIB, 2 * MIB}});
    check_runs(
        true, a, 0, GIB - 4 * KIB,
        (struct run[]){{GIB - 2 * MIB, 2 * MIB}, {GIB - 4 * KIB, 4 * KIB}});
    /* both alignments count */
    check_runs(true, a, 4 * KIB, 4 * MIB, (struct run[]){{4 * MIB, 4 * KIB}});
    check_runs(true, a, 2 * MIB, 2 * GIB, (struct run[]){{2 * GIB, 2 * MIB}});
    check_runs(true, a + 2 * MIB, 0, GIB, (struct run[]){{GIB, 2 * MIB}});
    /* up and down again, over a boundary of 512 GiB */
    uint64_t b = direct_map + 512 * GIB - GIB - 2 * MIB - 4 * KIB;
    uint64_t p = 8 * GIB - 2 * MIB - 4 * KIB;
    uint64_t up = 4 * KIB + 2 * MIB;
    check_runs(true, b, p, up + 2 * GIB + up,
               (struct run[]){{4 * KIB, 4 * KIB},
                              {up, 2 * MIB},
                              {up + 2 * GIB, GIB},
                              {up + 2 * GIB + 2 * MIB, 2 * MIB},
                              {up + 2 * GIB + up, 4 * KIB}});
    check_runs(false, b, p, up + 2 * GIB + up,
               (struct run[]){{4 * KIB, 4 * KIB},
                              {up + 2 * GIB + 2 * MIB, 2 * MIB},
                              {up + 2 * GIB + up, 4 * KIB}});
}

/* Tables for a direct map of 64 GiB: the PML4 and one PDPT, and without pages
 * of 1 GiB one page directory for each. */
static void test_cost(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    map(space, direct_map, 0, 64 * GIB, RW, PAGING_WRITE_BACK);
    assert_int_equal(space->paging.table_count, 2);
    assert_int_equal(space->w.allocations, 1);
    space_close(space);

    space = space_open((struct paging_features){false, true});
    map(space, direct_map, 0, 64 * GIB, RW, PAGING_WRITE_BACK);
    assert_int_equal(space->paging.table_count, 2 + 64);
    assert_true(space->w.used < MIB);
    space_close(space);
}

static void test_split(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    uint64_t a = direct_map, hole = a + 300 * MIB + 12 * KIB;
    map(space, a, 4 * GIB, GIB, RW, PAGING_WRITE_COMBINING);
    map(space, hole, 0x5000, 4 * KIB, RX, PAGING_WRITE_BACK);
    assert_int_equal(space->paging.table_count, 4);

    assert_int_equal(at(space, hole).physical, 0x5000);
    assert_int_equal(at(space, hole).permissions, RX);
    assert_int_equal(at(space, hole).cache, PAGING_WRITE_BACK);
    for (uint64_t offset = 0; offset < GIB; offset += 4 * KIB) {
        struct paging_entry entry = at(space, a + offset);
        if (entry.address == hole)
            continue;
        assert_int_equal(entry.physical - entry.address, 4 * GIB - a);
        assert_int_equal(entry.permissions, RW);
        assert_int_equal(entry.cache, PAGING_WRITE_COMBINING);
        bool is_near = offset / (2 * MIB) == 150;
        assert_int_equal(entry.size, is_near ? 4 * KIB : 2 * MIB);
    }
    assert_int_equal(raw(space, hole + 4 * KIB, 1),
                     (4 * GIB + 300 * MIB + 16 * KIB) | 0x8000000000000083);
    assert_int_equal(raw(space, a, 2), 4 * GIB | 0x8000000000001083);
    space_close(space);
}

static void test_replace_small_by_large(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    map(space, GIB, 0, 12 * KIB, RX, PAGING_WRITE_BACK);
    map(space, GIB, 4 * GIB, GIB, RW, PAGING_WRITE_BACK);
    assert_int_equal(at(space, GIB).size, GIB);
    assert_int_equal(at(space, GIB + 4 * KIB).physical, 4 * GIB);
    assert_int_equal(at(space, GIB).permissions, RW);
    space_close(space);
}

/* ---- What is refused ---------------------------------------------------- */

static void test_canonical_limits(void **state)
{
    (void)state;
    static const struct {
        uint64_t address, size;
        const char *refused; /* NULL: mapped */
    } cases[] = {
        {0, 4 * KIB, NULL},
        {(1ull << 47) - 4 * KIB, 4 * KIB, NULL},
        {(1ull << 47) - 4 * KIB, 8 * KIB, "not canonical"},
        {1ull << 47, 4 * KIB, "not canonical"},
        {0 - (1ull << 47) - 4 * KIB, 4 * KIB, "not canonical"},
        {0 - (1ull << 47) - 4 * KIB, 8 * KIB, "not canonical"},
        {(1ull << 47) - 4 * KIB, 0 - (1ull << 48) + 8 * KIB, "not canonical"},
        {0 - (1ull << 47), 4 * KIB, NULL},
        {0 - 4 * KIB, 4 * KIB, NULL},
        {0 - 2 * MIB, 2 * MIB, NULL},
        {0 - 4 * KIB, 8 * KIB, "wraps around"},
        {4 * KIB, 0 - 4 * KIB, "not canonical"},
        {8 * KIB, 0 - 4 * KIB, "wraps around"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct space *space = space_open(everything);
        bool done = paging_map(&space->paging, cases[i].address, 0,
                               cases[i].size, RW, PAGING_WRITE_BACK);
        assert_int_equal(done, cases[i].refused == NULL);
        if (done) {
            assert_true(is_mapped(space, cases[i].address));
            assert_true(is_mapped(space, cases[i].address + cases[i].size - 1));
        } else {
            assert_non_null(strstr(space->w.text, cases[i].refused));
            assert_int_equal(space->paging.table_count, 1);
        }
        space_close(space);
    }
}

static void test_walk_is_canonical(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    struct paging_entry entry;
    map(space, 0, 0, 1ull << 47, R, PAGING_WRITE_BACK);
    assert_false(walk(space, 1ull << 47, &entry));
    assert_int_equal(entry.size, 0);
    assert_false(walk(space, 0 - (1ull << 47) - 1, &entry));
    assert_int_equal(entry.size, 0);
    assert_true(walk(space, (1ull << 47) - 1, &entry));
    assert_false(walk(space, 0 - (1ull << 47), &entry));
    assert_int_equal(entry.size, 512 * GIB);
    space_close(space);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        uint64_t address, physical, size;
        unsigned permissions;
        const char *text;
    } cases[] = {
        {0x1001, 0, 0x1000, R, "not a multiple of 4 KiB"},
        {0x1000, 0x800, 0x1000, R, "not a multiple of 4 KiB"},
        {0x1000, 0, 0x1004, R, "not a multiple of 4 KiB"},
        {0x1000, 1ull << 52, 0x1000, R, "at most 52 bits"},
        {0x1000, (1ull << 52) - 0x1000, 0x2000, R, "at most 52 bits"},
        {0x1000, 0 - 0x1000ull, 0x2000, R, "at most 52 bits"},
        {0x1000, 0, 0x1000, RW | RX, "both writable and executable"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct space *space = space_open(everything);
        assert_false(paging_map(&space->paging, cases[i].address,
                                cases[i].physical, cases[i].size,
                                cases[i].permissions, PAGING_WRITE_BACK));
        assert_non_null(strstr(space->w.text, cases[i].text));
        assert_non_null(strstr(space->w.text, "at virtual address 0x100"));
        assert_int_equal(space->w.errors, 1);
        assert_int_equal(space->w.classes[BOOTLINK_LAYOUT], 1);
        assert_int_equal(space->paging.table_count, 1);
        space_close(space);
    }
}

static void test_nothing_to_map(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    map(space, 0x1000, 0x1000, 0, R, PAGING_WRITE_BACK);
    assert_int_equal(space->paging.table_count, 1);
    space_close(space);
}

static const void *no_table(void *context, uint64_t physical)
{
    (void)context;
    (void)physical;
    return NULL;
}

/* A walk over tables that cannot be read finds nothing, and says so. */
static void test_unknown_tables(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    struct paging_entry entry;
    map(space, 0x1000, 0, 0x1000, R, PAGING_WRITE_BACK);
    assert_false(paging_walk(space->paging.root.physical, 0x1000, no_table,
                             NULL, &entry));
    assert_null(paging_table(&space->paging, 0));
    assert_null(paging_table(&space->paging, UINT64_MAX));
    uint64_t end =
        space->paging.blocks[0].physical + space->paging.blocks[0].size;
    assert_null(paging_table(&space->paging, end));
    assert_null(paging_table(&space->paging, end - 4095));
    assert_non_null(paging_table(&space->paging, end - 4096));
    space_close(space);
}

/* Tables of somebody else's making, at the physical addresses 0x1000 to 0x4000:
 * levels 4 to 1, an entry in each at index 0. */
struct chain {
    uint64_t tables[4][512];
};

static const void *chain_table(void *context, uint64_t physical)
{
    struct chain *chain = context;
    return physical / 4096 - 1 < 4 ? chain->tables[physical / 4096 - 1] : NULL;
}

static struct chain chain_of(uint64_t entry_4, uint64_t entry_3,
                             uint64_t entry_2, uint64_t entry_1)
{
    struct chain chain = {{{0x2000 | entry_4},
                           {0x3000 | entry_3},
                           {0x4000 | entry_2},
                           {0x9000 | entry_1}}};
    return chain;
}

/* A page can be written to if all levels say so, and executed unless one says
 * no. Bits that tables have and mappings do not (user, accessed, dirty, global)
 * change nothing, and bit 7 of a PML4 entry makes no page. */
static void test_walk_combines_levels(void **state)
{
    (void)state;
    static const uint64_t nx = 1ull << 63;
    static const struct {
        uint64_t entries[4];
        unsigned permissions;
    } cases[] = {
        {{3, 3, 3, 3}, RW | RX},
        {{1, 3, 3, 3}, RX},
        {{3, 1, 3, 3}, RX},
        {{3, 3, 1, 3}, RX},
        {{3, 3, 3, 1}, RX},
        {{3 | nx, 3, 3, 3}, RW},
        {{3, 3 | nx, 3, 3}, RW},
        {{3, 3, 3 | nx, 3}, RW},
        {{3, 3, 3, 3 | nx}, RW},
        {{1, 3 | nx, 3, 3}, R},
        {{0x67, 0x67, 0x67, 0x167}, RW | RX},
        {{0x83, 3, 3, 3}, RW | RX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const uint64_t *e = cases[i].entries;
        struct chain chain = chain_of(e[0], e[1], e[2], e[3]);
        struct paging_entry entry;
        assert_true(paging_walk(0x1000, 0x123, chain_table, &chain, &entry));
        assert_int_equal(entry.physical, 0x9000);
        assert_int_equal(entry.size, 4 * KIB);
        assert_int_equal(entry.permissions, cases[i].permissions);
        assert_int_equal(entry.cache, PAGING_WRITE_BACK);
    }
}

/* %cr3 may carry flags in the bits below the address. */
static void test_root_with_flags(void **state)
{
    (void)state;
    struct space *space = space_open(everything);
    struct paging_entry entry;
    map(space, 0x1000, 0x7000, 0x1000, R, PAGING_WRITE_BACK);
    assert_true(paging_walk(space->paging.root.physical | 0x18, 0x1000,
                            paging_table, &space->paging, &entry));
    assert_int_equal(entry.physical, 0x7000);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_space),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_no_execute_is_asked_for),
        cmocka_unit_test(test_physical_limit),
        cmocka_unit_test(test_largest_pages),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_replace_small_by_large),
        cmocka_unit_test(test_canonical_limits),
        cmocka_unit_test(test_walk_is_canonical),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nothing_to_map),
        cmocka_unit_test(test_unknown_tables),
        cmocka_unit_test(test_walk_combines_levels),
        cmocka_unit_test(test_root_with_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
