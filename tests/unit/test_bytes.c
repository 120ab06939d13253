/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What every file of the loader stands on: spans, numbers from bytes, the
 * arena, sorting.
 */
#include "unit/world.h"

#include <unistd.h>

#define HUGE UINT64_MAX

/* ---- Bounds ------------------------------------------------------------- */

static void bounds_never_wrap(void **state)
{
    (void)state;
    assert_true(in_bounds(8, 0, 8));
    assert_true(in_bounds(8, 8, 0));
    assert_false(in_bounds(8, 1, 8));
    assert_false(in_bounds(8, 9, 0));
    assert_false(in_bounds(8, HUGE, 2));
    assert_false(in_bounds(8, 2, HUGE));
    assert_true(in_bounds(HUGE, HUGE, 0));
}

static void a_part_out_of_bounds_is_empty(void **state)
{
    (void)state;
    span part = span_part(SPAN("abcdef"), 2, 3);
    assert_true(span_equal(part, SPAN("cde")));
    assert_int_equal(span_part(SPAN("abc"), 2, 2).size, 0);
    assert_null(span_part(SPAN("abc"), HUGE, 2).data);
}

static void a_string_needs_its_nul(void **state)
{
    (void)state;
    const span table = {"one\0two", 7};
    span string;
    assert_true(span_string(table, 1, &string));
    assert_true(span_equal(string, SPAN("ne")));
    assert_false(span_string(table, 4, &string));
    assert_false(span_string(table, 7, &string));
    assert_false(span_string(table, HUGE, &string));
}

/* ---- Comparing ---------------------------------------------------------- */

static void a_prefix_comes_first(void **state)
{
    (void)state;
    assert_true(span_compare(SPAN("a"), SPAN("ab")) < 0);
    assert_true(span_compare(SPAN("b"), SPAN("ab")) > 0);
    assert_int_equal(span_compare(SPAN("ab"), SPAN("ab")), 0);
    assert_int_equal(span_compare((span){NULL, 0}, SPAN("")), 0);
    assert_true(span_compare(SPAN("\xff"), SPAN("a")) > 0);
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(span_starts(SPAN(".text.f"), SPAN(".text")));
    assert_false(span_starts(SPAN(".te"), SPAN(".text")));
    assert_true(span_ends(SPAN("x.o/"), SPAN("/")));
    assert_false(span_ends(SPAN(""), SPAN("/")));
    assert_int_equal(span_find(SPAN("a:b"), ':'), 1);
    assert_int_equal(span_find(SPAN("ab"), ':'), 2);
}

/* ---- Numbers ------------------------------------------------------------ */

static void assert_number(span text, uint64_t expected)
{
    uint64_t number;
    assert_true(span_number(text, &number));
    assert_true(number == expected);
}

static void numbers_that_fit(void **state)
{
    (void)state;
    assert_number(SPAN("0"), 0);
    assert_number(SPAN("007"), 7);
    assert_number(SPAN("0xFf"), 255);
    assert_number(SPAN("18446744073709551615"), UINT64_MAX);
    assert_number(SPAN("0xffffffffffffffff"), UINT64_MAX);
}

static void what_is_not_a_number(void **state)
{
    (void)state;
    uint64_t n;
    assert_false(span_number(SPAN(""), &n));
    assert_false(span_number(SPAN("0x"), &n));
    assert_false(span_number(SPAN("1a"), &n));
    assert_false(span_number(SPAN("-1"), &n));
    assert_false(span_number(SPAN(" 1"), &n));
    assert_false(span_number(SPAN("18446744073709551616"), &n));
    assert_false(span_number(SPAN("0x10000000000000000"), &n));
}

static void numbers_are_little_endian_and_unaligned(void **state)
{
    (void)state;
    char bytes[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    assert_int_equal(read16(bytes + 1), 0x0201);
    assert_int_equal(read32(bytes + 1), 0x04030201);
    assert_true(read64(bytes + 1) == 0x0807060504030201);
    write32(bytes + 3, 0xddccbbaa);
    assert_int_equal((unsigned char)bytes[3], 0xaa);
    assert_int_equal((unsigned char)bytes[6], 0xdd);
    assert_int_equal(bytes[7], 7);
}

static void single_edits(void **state)
{
    (void)state;
    assert_int_equal(span_distance(SPAN("timeout"), SPAN("timeout")), 0);
    assert_int_equal(span_distance(SPAN("timout"), SPAN("timeout")), 1);
    assert_int_equal(span_distance(SPAN(""), SPAN("abc")), 3);
    assert_int_equal(span_distance(SPAN("kitten"), SPAN("sitting")), 3);
}

/* ---- Arena -------------------------------------------------------------- */

static void memory_is_zeroed_and_aligned(void **state)
{
    struct test_world *w = *state;
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    for (uint64_t size = 1; size < 20000; size = size * 3 + 1) {
        unsigned char *p = arena_take(&arena, size, 1);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (uint64_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    arena_close(&arena);
}

static void a_size_that_overflows(void **state)
{
    struct test_world *w = *state;
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    assert_null(arena_take(&arena, HUGE, 2));
    assert_null(arena_take(&arena, 1, HUGE));
    assert_true(arena.failed);
    assert_int_equal(w->errors, 1); /* the first one only */
    assert_int_equal(w->classes[BOOTLINK_NO_MEMORY], 1);
    arena_close(&arena);
}

static void growing_keeps_what_is_there(void **state)
{
    struct test_world *w = *state;
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    uint64_t *items = NULL, capacity = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        items = arena_grow(&arena, items, i, &capacity, sizeof(*items));
        items[i] = i;
    }
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    arena_close(&arena);
}

/* Memory of a world that gives its last pages first, as firmware does. */
struct pages {
    _Alignas(4096) char data[48 * 4096];
    uint64_t used, gaps; /* in bytes; left between two blocks */
    unsigned given_back;
    bool are_zero; /* so it says */
};

static bool take_pages(void *host, enum bootlink_memory_kind kind,
                       uint64_t size, uint64_t align, uint64_t wanted,
                       struct bootlink_memory *memory)
{
    struct pages *pages = host;
    (void)kind, (void)align, (void)wanted;
    assert_true(in_bounds(sizeof(pages->data), pages->used, size));
    pages->used += size;
    char *data = pages->data + sizeof(pages->data) - pages->used;
    pages->used += pages->gaps;
    *memory =
        (struct bootlink_memory){data, (uintptr_t)data, size, pages->are_zero};
    return true;
}

static void count_given_back(void *host, enum bootlink_memory_kind kind,
                             struct bootlink_memory memory)
{
    struct pages *pages = host;
    (void)kind;
    memset(memory.data, 0xa5, memory.size);
    pages->given_back++;
}

static struct bootlink_world world_of_pages(struct pages *pages)
{
    memset(pages->data, 0xff, sizeof(pages->data));
    return (struct bootlink_world){
        .host = pages, .memory = take_pages, .release = count_given_back};
}

/* What is left of the first block is the beginning of what comes next. */
static void blocks_side_by_side_are_one(void **state)
{
    static struct pages pages;
    const struct bootlink_world world = world_of_pages(&pages);
    (void)state;
    struct arena arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH);
    char *first = arena_take(&arena, 2000, 1);
    char *second = arena_take(&arena, 5000, 1);
    assert_in_range(first - second, 5000, 5000 + 4 * ARENA_ALIGNMENT);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(second[i], 0);
    assert_in_range(pages.used, 3 * 4096, 4 * 4096);
    arena_close(&arena);
    assert_int_equal(pages.given_back, 2);
}

/* The first one has been written to. */
static void only_blocks_of_zeros_are_one_of_zeros(void **state)
{
    static struct pages pages;
    const struct bootlink_world world = world_of_pages(&pages);
    (void)state;
    struct arena arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH);
    assert_non_null(arena_take(&arena, 2000, 1));
    pages.are_zero = true;
    char *second = arena_take(&arena, 5000, 1);
    for (unsigned i = 0; i < 5000 && second; i++)
        assert_int_equal(second[i], 0);
    arena_close(&arena);
}

/* What is large has a block to itself, and the rest of the other is used. */
static void what_is_large_leaves_the_rest(void **state)
{
    static struct pages pages = {.gaps = 4096};
    const struct bootlink_world world = world_of_pages(&pages);
    (void)state;
    struct arena arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH);
    char *first = arena_take(&arena, 1000, 1);
    char *large = arena_room(&arena, 4096 * 4 - 128, 1);
    char *second = arena_take(&arena, 1000, 1);
    assert_non_null(large);
    assert_int_equal(first - second, align_up(1000, ARENA_ALIGNMENT));
    arena_close(&arena);
    assert_int_equal(pages.given_back, 2);
}

/* ---- Sorting ------------------------------------------------------------ */

struct card {
    unsigned value, position;
};

static int by_value(const void *context, const void *a, const void *b)
{
    (void)context;
    return compare_numbers(((const struct card *)a)->value,
                           ((const struct card *)b)->value);
}

static void sort_cards(struct test_world *w, unsigned count, unsigned values)
{
    static struct card cards[1000];
    struct card *order[1000];
    for (unsigned i = 0; i < count; i++) {
        cards[i] = (struct card){i * 7919u % 1009u % values, i};
        order[i] = &cards[i];
    }
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    assert_true(sort_pointers(&arena, order, count, by_value, NULL));
    arena_close(&arena);
    for (unsigned i = 1; i < count; i++) {
        const struct card *a = order[i - 1], *b = order[i];
        assert_true(a->value < b->value ||
                    (a->value == b->value && a->position < b->position));
    }
}

static void equals_keep_their_order(void **state)
{
    struct test_world *w = *state;
    for (unsigned count = 0; count < 40; count++)
        sort_cards(w, count, 5);
    sort_cards(w, 1000, 10);
    sort_cards(w, 1000, 1);
}

enum { MOST_NUMBERS = 1000 };

typedef void sort_function(struct keyed *list, uint32_t count,
                           struct keyed *room);

/* Keys that differ in `bits`, sorted; items tell where they were. */
static void sort_numbers(sort_function *sort, unsigned count, uint64_t bits)
{
    static struct keyed list[MOST_NUMBERS], room[2 * MOST_NUMBERS];
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        list[i] = (struct keyed){i * 0x9e3779b97f4a7c15 & bits, i};
        sum += list[i].key;
    }
    sort(list, count, room);
    for (unsigned i = 0; i < count; i++) {
        sum -= list[i].key;
        assert_int_equal(list[i].key, list[i].item * 0x9e3779b97f4a7c15 & bits);
        assert_true(!i || list[i - 1].key < list[i].key ||
                    (list[i - 1].key == list[i].key &&
                     list[i - 1].item < list[i].item));
    }
    assert_int_equal(sum, 0);
}

static void sort_any_numbers(sort_function *sort)
{
    for (unsigned count = 0; count < 100; count++) {
        sort_numbers(sort, count, HUGE);
        sort_numbers(sort, count, 7);
    }
    for (unsigned shift = 0; shift < 64; shift++)
        sort_numbers(sort, MOST_NUMBERS, 3ull << shift);
    sort_numbers(sort, MOST_NUMBERS, 0);
    sort_numbers(sort, MOST_NUMBERS, 0xff000000000000ff);
    sort_numbers(sort, MOST_NUMBERS, 0x80000000000fffff);
}

static void numbers_of_any_size_are_sorted(void **state)
{
    (void)state;
    sort_any_numbers(sort_by_key);
}

/* sort_between(), for any number of them: in the list. */
static void sort_here(struct keyed *list, uint32_t count, struct keyed *room,
                      uint64_t low, uint64_t high)
{
    const struct keyed *sorted = sort_between(list, count, room, low, high);
    if (sorted != list)
        memcpy(list, sorted, count * sizeof(*list));
}

/* Most of some lists is in the range, of others before it or behind it. */
static void sort_in_a_range(struct keyed *list, uint32_t count,
                            struct keyed *room)
{
    sort_here(list, count, room, 0x10000, 0x90000);
}

static void sort_in_all(struct keyed *list, uint32_t count, struct keyed *room)
{
    sort_here(list, count, room, 0, UINT64_MAX);
}

static void sort_in_nothing(struct keyed *list, uint32_t count,
                            struct keyed *room)
{
    sort_here(list, count, room, 7, 7);
}

static void numbers_are_sorted_whatever_their_range(void **state)
{
    (void)state;
    sort_any_numbers(sort_in_a_range);
    sort_any_numbers(sort_in_all);
    sort_any_numbers(sort_in_nothing);
}

/* Below a range of nearly all memory is the first bucket, too: from the last
 * one each would be moved past all others, which takes a minute. */
static void numbers_below_a_large_range_are_sorted_soon(void **state)
{
    enum { COUNT = 200000, LOW = 0x100000, SECONDS = 10 };
    static struct keyed list[COUNT], room[COUNT + COUNT / 2 + 2];
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        list[i] = (struct keyed){i % 2 ? i : LOW + i, i};
    alarm(SECONDS);
    sort_here(list, COUNT, room, LOW, UINT64_MAX);
    alarm(0);
    for (uint32_t i = 1; i < COUNT; i++)
        assert_true(list[i - 1].key < list[i].key);
}

/* ---- All of them -------------------------------------------------------- */

static int world_open(void **state)
{
    struct test_world *w = malloc(sizeof(*w));
    test_world_open(w);
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    test_world_close(*state);
    free(*state);
    return 0;
}

#define with_world(f)                                                          \
    cmocka_unit_test_setup_teardown(f, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_never_wrap),
        cmocka_unit_test(a_part_out_of_bounds_is_empty),
        cmocka_unit_test(a_string_needs_its_nul),
        cmocka_unit_test(a_prefix_comes_first),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(numbers_that_fit),
        cmocka_unit_test(what_is_not_a_number),
        cmocka_unit_test(numbers_are_little_endian_and_unaligned),
        cmocka_unit_test(single_edits),
        with_world(memory_is_zeroed_and_aligned),
        with_world(a_size_that_overflows),
        with_world(growing_keeps_what_is_there),
        cmocka_unit_test(blocks_side_by_side_are_one),
        cmocka_unit_test(only_blocks_of_zeros_are_one_of_zeros),
        cmocka_unit_test(what_is_large_leaves_the_rest),
        with_world(equals_keep_their_order),
        cmocka_unit_test(numbers_of_any_size_are_sorted),
        cmocka_unit_test(numbers_are_sorted_whatever_their_range),
        cmocka_unit_test(numbers_below_a_large_range_are_sorted_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
