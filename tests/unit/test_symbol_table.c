/* SPDX-License-Identifier: BSD-2-Clause
 *
 * loader/symbol_table.c: names to symbols, also when the names were made up to
 * have one hash.
 */
#include "loader.h"
#include "unit/world.h"

#include <stdio.h>
#include <unistd.h>

enum { NAMES = 100000, LENGTH = 256, SECONDS = 60 };

struct table_test {
    struct test_world w;
    struct arena arena;
    struct symbol_table table;
    char *names;
};

static span name_at(const struct table_test *t, uint32_t i)
{
    return (span){t->names + (size_t)i * LENGTH, LENGTH};
}

static void enter_all(struct table_test *t)
{
    for (uint32_t i = 0; i < NAMES; i++) {
        struct symbol *s =
            symbol_table_enter(&t->arena, &t->table, name_at(t, i));
        assert_non_null(s);
        s->value = i;
    }
}

static void expect_all(struct table_test *t)
{
    for (uint32_t i = 0; i < NAMES; i++) {
        const struct symbol *s = symbol_table_find(&t->table, name_at(t, i));
        assert_non_null(s);
        assert_int_equal(s->value, i);
    }
    assert_int_equal(t->table.count, NAMES);
}

/* ---- Names -------------------------------------------------------------- */

static void plain_names(struct table_test *t)
{
    for (uint32_t i = 0; i < NAMES; i++)
        snprintf(t->names + (size_t)i * LENGTH, LENGTH, "%0255u", i);
}

/* The hash of eight bytes is XORed with the next eight: if these are that hash
 * and a constant, the first eight no longer matter. No byte is 0: these are
 * names that an object can have. */
static void colliding_name(char *name, uint64_t *first)
{
    uint64_t second;
    do {
        ++*first;
        second = hash_word(SPAN_HASH_START, *first) ^ UINT64_MAX;
    } while (zero_bytes(*first) || zero_bytes(second));
    memset(name, 'n', LENGTH);
    write64(name, *first);
    write64(name + 8, second);
}

static void colliding_names(struct table_test *t)
{
    uint64_t first = 0x0101010101010101;
    for (uint32_t i = 0; i < NAMES; i++)
        colliding_name(t->names + (size_t)i * LENGTH, &first);
    for (uint32_t i = 1; i < NAMES; i++)
        assert_int_equal(span_hash(name_at(t, i), 0),
                         span_hash(name_at(t, 0), 0));
}

/* ---- Tests -------------------------------------------------------------- */

static void finds_every_name(void **state)
{
    struct table_test *t = *state;
    plain_names(t);
    assert_null(symbol_table_find(&t->table, name_at(t, 0)));
    enter_all(t);
    expect_all(t);
    assert_null(symbol_table_find(&t->table, SPAN("another")));
    assert_int_equal(t->table.seed, 0);
}

static void enters_a_name_once(void **state)
{
    struct table_test *t = *state;
    plain_names(t);
    enter_all(t);
    struct symbol *again =
        symbol_table_enter(&t->arena, &t->table, name_at(t, 7));
    assert_int_equal(again->value, 7);
    assert_int_equal(t->table.count, NAMES);
}

/* Also if the script has named something before. */
static void is_as_large_as_what_is_expected(void **state)
{
    struct table_test *t = *state;
    plain_names(t);
    symbol_table_enter(&t->arena, &t->table, name_at(t, 0));
    uint64_t slots = t->table.slot_count;
    while (slots / 2 < NAMES)
        slots *= 2;
    t->table.expected = NAMES;
    symbol_table_reserve(&t->arena, &t->table, 1);
    assert_int_equal(t->table.slot_count, slots);
    enter_all(t);
    expect_all(t);
    assert_int_equal(t->table.slot_count, slots);
}

/* Going over all names for each would take minutes. */
static void one_hash_for_all_takes_no_longer(void **state)
{
    struct table_test *t = *state;
    colliding_names(t);
    alarm(SECONDS);
    enter_all(t);
    expect_all(t);
    alarm(0);
    assert_true(t->table.seed > 0);
    assert_true(t->table.slot_count < 64 * NAMES);
}

static int table_open(void **state)
{
    struct table_test *t = calloc(1, sizeof(*t));
    test_world_open(&t->w);
    t->arena = arena_open(&t->w.world, BOOTLINK_MEMORY_SCRATCH);
    t->names = malloc((size_t)NAMES * LENGTH);
    *state = t;
    return 0;
}

static int table_close(void **state)
{
    struct table_test *t = *state;
    arena_close(&t->arena);
    test_world_close(&t->w);
    free(t->names);
    free(t);
    return 0;
}

#define table_test(f)                                                          \
    cmocka_unit_test_setup_teardown(f, table_open, table_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        table_test(finds_every_name),
        table_test(enters_a_name_once),
        table_test(is_as_large_as_what_is_expected),
        table_test(one_hash_for_all_takes_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
