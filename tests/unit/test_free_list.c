/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sample kernel's list of free memory (kernel-sample/world/free_list.c).
 */
#include "unit/world.h"

#include "../../kernel-sample/world/free_list.c"

enum { UNIT = 64, UNITS = 256, TURNS = 20000 };

static _Alignas(4096) char memory[UNIT * UNITS];

static uint64_t at(size_t unit)
{
    return (uint64_t)(uintptr_t)&memory[unit * UNIT];
}

static size_t run_count(const struct free_list *list)
{
    size_t count = 0;
    for (const struct free_run *run = list->first; run; run = run->next)
        count++;
    return count;
}

static void the_first_run_that_fits_is_cut(void **state)
{
    (void)state;
    struct free_list list = {0};
    free_give(&list, at(8), 2 * UNIT);
    free_give(&list, at(0), UNIT);
    assert_int_equal(free_take(&list, 2 * UNIT, UNIT), at(8));
    assert_int_equal(free_take(&list, 2 * UNIT, UNIT), 0);
    assert_int_equal(free_take(&list, UNIT, UNIT), at(0));
    assert_int_equal(list.size, 0);
    assert_null(list.first);
}

static void alignment_leaves_both_sides(void **state)
{
    (void)state;
    struct free_list list = {0};
    free_give(&list, at(1), 20 * UNIT);
    assert_int_equal(free_take(&list, UNIT, 16 * UNIT), at(16));
    assert_int_equal(list.size, 19 * UNIT);
    assert_int_equal(run_count(&list), 2);
    free_give(&list, at(16), UNIT);
    assert_int_equal(run_count(&list), 1);
}

/* Takes and gives at random. Each unit belongs to one owner, and what is all
 * given back is one run again. */
static void nothing_is_given_out_twice(void **state)
{
    (void)state;
    static uint64_t owned[UNITS]; /* units that begin there; 0: none */
    struct free_list list = {0};
    unsigned seed = 1;
    free_give(&list, at(0), sizeof(memory));
    for (int turn = 0; turn < TURNS; turn++) {
        seed = seed * 1103515245 + 12345;
        size_t unit = (seed >> 16) % UNITS, size = 1 + (seed >> 8) % 9;
        if (owned[unit]) {
            free_give(&list, at(unit), owned[unit] * UNIT);
            owned[unit] = 0;
            continue;
        }
        uint64_t taken = free_take(&list, size * UNIT, UNIT);
        if (!taken)
            continue;
        memset((void *)(uintptr_t)taken, 0xff, size * UNIT);
        size_t first = (taken - at(0)) / UNIT;
        for (size_t i = 0; i < UNITS; i++)
            assert_true(!owned[i] || i + owned[i] <= first ||
                        first + size <= i);
        owned[first] = size;
    }
    for (size_t i = 0; i < UNITS; i++)
        if (owned[i])
            free_give(&list, at(i), owned[i] * UNIT);
    assert_int_equal(run_count(&list), 1);
    assert_int_equal(list.size, sizeof(memory));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_run_that_fits_is_cut),
        cmocka_unit_test(alignment_leaves_both_sides),
        cmocka_unit_test(nothing_is_given_out_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
