/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map: what comes out of what firmware may put in.
 */
#include "unit/world.h"

#include "memmap.h"

enum { MOST = 4096, PAGE = 4096 };

#define U BOOTLINK_MEMORY_USABLE
#define L BOOTLINK_MEMORY_RECLAIMABLE
#define K BOOTLINK_MEMORY_KERNEL
#define A BOOTLINK_MEMORY_ACPI_TABLES
#define R BOOTLINK_MEMORY_RESERVED
#define F BOOTLINK_MEMORY_FRAMEBUFFER

/* A map in memory that is exactly as large as memmap_sizes says. */
static struct memmap open_map(uint64_t count)
{
    uint64_t work, result;
    assert_true(memmap_sizes(count, &work, &result));
    return memmap_open(malloc(work + !work), malloc(result + !result), count);
}

static void close_map(struct memmap *map)
{
    free(map->edges);
    free(map->ranges);
}

static struct memmap build(const struct memmap_range *in, uint64_t count)
{
    struct memmap map = open_map(count);
    for (uint64_t i = 0; i < count; i++)
        assert_true(memmap_add(&map, in[i]));
    memmap_finish(&map);
    return map;
}

struct expected {
    uint64_t start, size;
    uint32_t type;
};

static void check(const struct memmap_range *in, uint64_t count,
                  const struct expected *out, uint64_t out_count)
{
    struct memmap map = build(in, count);
    assert_int_equal(map.range_count, out_count);
    for (uint64_t i = 0; i < out_count; i++) {
        assert_int_equal(map.ranges[i].start, out[i].start);
        assert_int_equal(map.ranges[i].size, out[i].size);
        assert_int_equal(map.ranges[i].type, out[i].type);
        assert_int_equal(map.ranges[i].reserved, 0);
    }
    close_map(&map);
}

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define CHECK(in, out) check(in, COUNT(in), out, COUNT(out))

static void ranges_are_sorted(void **state)
{
    (void)state;
    const struct memmap_range in[] = {
        {0x9000, 1, U}, {0x1000, 1, R}, {0x5000, 2, A}};
    const struct expected out[] = {
        {0x1000, 0x1000, R}, {0x5000, 0x2000, A}, {0x9000, 0x1000, U}};
    CHECK(in, out);
}

static void neighbours_of_one_type_are_merged(void **state)
{
    (void)state;
    const struct memmap_range in[] = {
        {0x2000, 1, U}, {0x1000, 1, U}, {0x3000, 1, R}, {0x4000, 1, U}};
    const struct expected out[] = {
        {0x1000, 0x2000, U}, {0x3000, 0x1000, R}, {0x4000, 0x1000, U}};
    CHECK(in, out);
}

static void holes_stay_holes(void **state)
{
    (void)state;
    const struct memmap_range in[] = {{0x1000, 1, U}, {0x3000, 1, U}};
    const struct expected out[] = {{0x1000, 0x1000, U}, {0x3000, 0x1000, U}};
    CHECK(in, out);
}

static void a_range_within_another_cuts_it(void **state)
{
    (void)state;
    const struct memmap_range in[] = {
        {0x1000, 16, U}, {0x4000, 8, L}, {0x5000, 2, K}};
    const struct expected out[] = {{0x1000, 0x3000, U},
                                   {0x4000, 0x1000, L},
                                   {0x5000, 0x2000, K},
                                   {0x7000, 0x5000, L},
                                   {0xc000, 0x5000, U}};
    CHECK(in, out);
}

static void the_more_restrictive_type_wins(void **state)
{
    (void)state;
    const struct memmap_range in[] = {{0x1000, 4, R}, {0x3000, 4, U}};
    const struct expected out[] = {{0x1000, 0x4000, R}, {0x5000, 0x2000, U}};
    CHECK(in, out);
}

static void equal_ranges_are_one(void **state)
{
    (void)state;
    const struct memmap_range in[] = {
        {0x1000, 4, U}, {0x1000, 4, U}, {0x1000, 4, R}, {0x1000, 4, U}};
    const struct expected out[] = {{0x1000, 0x4000, R}};
    CHECK(in, out);
}

static void empty_ranges_are_nothing(void **state)
{
    (void)state;
    const struct memmap_range in[] = {
        {0x1000, 0, R}, {0x1000, 2, U}, {0x2000, 0, R}, {UINT64_MAX, 0, U}};
    const struct expected out[] = {{0x1000, 0x2000, U}};
    CHECK(in, out);
}

static void wrapping_ranges_are_cut(void **state)
{
    (void)state;
    const struct memmap_range in[] = {{0xfffffffffffff000, 2, U},
                                      {1ull << 51, UINT64_MAX, R},
                                      {0x1000, 1ull << 52, A},
                                      {1ull << 52, 1, U}};
    const struct expected out[] = {{0x1000, (1ull << 51) - 0x1000, A},
                                   {1ull << 51, 1ull << 51, R}};
    CHECK(in, out);
}

static void free_memory_shrinks_to_pages_and_the_rest_grows(void **state)
{
    (void)state;
    struct memmap map = open_map(4);
    assert_true(memmap_add_bytes(&map, 0x1001, 0x3000, U));
    assert_true(memmap_add_bytes(&map, 0x8010, 1, R));
    assert_true(memmap_add_bytes(&map, 0xa001, 0xffe, U));
    assert_true(memmap_add_bytes(&map, 0xb000, 0, R));
    memmap_finish(&map);
    assert_int_equal(map.range_count, 2);
    assert_int_equal(map.ranges[0].start, 0x2000);
    assert_int_equal(map.ranges[0].size, 0x2000);
    assert_int_equal(map.ranges[1].start, 0x8000);
    assert_int_equal(map.ranges[1].size, 0x1000);
    close_map(&map);
}

static void unknown_types_are_reserved(void **state)
{
    (void)state;
    const struct memmap_range in[] = {{0x1000, 1, 0}, {0x2000, 1, 77}};
    const struct expected out[] = {{0x1000, 0x2000, R}};
    CHECK(in, out);
}

static void a_framebuffer_is_named_within_reserved_memory(void **state)
{
    (void)state;
    const struct memmap_range in[] = {{0x1000, 4, R}, {0x2000, 1, F}};
    const struct expected out[] = {
        {0x1000, 0x1000, R}, {0x2000, 0x1000, F}, {0x3000, 0x2000, R}};
    CHECK(in, out);
}

static void a_full_map_takes_no_more(void **state)
{
    (void)state;
    struct memmap map = open_map(1);
    assert_true(memmap_add(&map, (struct memmap_range){0x1000, 1, U}));
    assert_false(memmap_add(&map, (struct memmap_range){0x2000, 1, U}));
    assert_true(memmap_add(&map, (struct memmap_range){0x3000, 0, U}));
    memmap_finish(&map);
    assert_int_equal(map.range_count, 1);
    close_map(&map);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    uint64_t work, result;
    assert_false(memmap_sizes(UINT64_MAX, &work, &result));
    assert_false(memmap_sizes(1ull << 60, &work, &result));
    assert_true(memmap_sizes(0, &work, &result));
    assert_int_equal(work + result, 0);
}

static void an_empty_map_is_empty(void **state)
{
    (void)state;
    struct memmap map = open_map(0);
    memmap_finish(&map);
    assert_int_equal(map.range_count, 0);
    close_map(&map);
}

static void ranks_are_a_list_without_ties(void **state)
{
    (void)state;
    bool seen[16] = {false};
    for (uint32_t type = U; type <= R; type++) {
        unsigned rank = memmap_rank(type);
        assert_true(rank > 0 && rank < 16 && !seen[rank]);
        seen[rank] = true;
        assert_int_equal(memmap_is_ram(type), type != R && type != F);
    }
}

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Against the plainest model there is: a byte for each page. */
static void random_maps_equal_a_map_page_by_page(void **state)
{
    (void)state;
    enum { PAGES = 256 };
    uint64_t random = 20;
    for (int round = 0; round < 500; round++) {
        struct memmap_range in[64];
        uint32_t model[PAGES] = {0};
        uint64_t count = next_random(&random) % 64;
        for (uint64_t i = 0; i < count; i++) {
            uint64_t at = next_random(&random) % PAGES;
            uint64_t pages = next_random(&random) % (PAGES - at) / 4;
            uint32_t type = 1 + next_random(&random) % 8;
            in[i] = (struct memmap_range){at * PAGE, pages, type};
            for (uint64_t p = at; p < at + pages; p++)
                if (!model[p] || memmap_rank(type) > memmap_rank(model[p]))
                    model[p] = type;
        }
        struct memmap map = build(in, count);
        uint64_t end = 0;
        uint32_t last = 0;
        for (uint64_t i = 0; i < map.range_count; i++) {
            const struct bootlink_memory_range *r = &map.ranges[i];
            assert_true(r->size > 0 && r->start >= end);
            assert_true(r->start > end || r->type != last);
            for (uint64_t p = r->start / PAGE; p < (r->start + r->size) / PAGE;
                 p++) {
                assert_int_equal(model[p], r->type);
                model[p] = 0;
            }
            end = r->start + r->size;
            last = r->type;
        }
        for (uint64_t p = 0; p < PAGES; p++)
            assert_int_equal(model[p], 0); /* nothing was left out */
        close_map(&map);
    }
}

static void thousands_of_ranges_are_no_matter(void **state)
{
    (void)state;
    static struct memmap_range in[MOST];
    for (uint64_t i = 0; i < MOST; i++)
        in[i] = (struct memmap_range){(MOST - i) * 2 * PAGE, 1, U};
    struct memmap map = build(in, MOST);
    assert_int_equal(map.range_count, MOST);
    close_map(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_sorted),
        cmocka_unit_test(neighbours_of_one_type_are_merged),
        cmocka_unit_test(holes_stay_holes),
        cmocka_unit_test(a_range_within_another_cuts_it),
        cmocka_unit_test(the_more_restrictive_type_wins),
        cmocka_unit_test(equal_ranges_are_one),
        cmocka_unit_test(empty_ranges_are_nothing),
        cmocka_unit_test(wrapping_ranges_are_cut),
        cmocka_unit_test(free_memory_shrinks_to_pages_and_the_rest_grows),
        cmocka_unit_test(unknown_types_are_reserved),
        cmocka_unit_test(a_framebuffer_is_named_within_reserved_memory),
        cmocka_unit_test(a_full_map_takes_no_more),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(an_empty_map_is_empty),
        cmocka_unit_test(ranks_are_a_list_without_ties),
        cmocka_unit_test(random_maps_equal_a_map_page_by_page),
        cmocka_unit_test(thousands_of_ranges_are_no_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
