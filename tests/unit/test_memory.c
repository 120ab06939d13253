/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcpy and its three siblings, at every size and place that their code tells
 * apart, against the obvious loops.
 */
#define memcpy  our_memcpy
#define memmove our_memmove
#define memset  our_memset
#define memcmp  our_memcmp
#include "../../loader/memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { LONGEST = 40, ROOM = 3 * LONGEST };

static void fill(char *bytes)
{
    for (int i = 0; i < ROOM; i++)
        bytes[i] = (char)(i * 7 + 1);
}

/* Moves by our function and by a copy apart, and compares all around it. */
static void check_move(void *move(void *, const void *, size_t), int to,
                       int from, int size)
{
    char ours[ROOM], theirs[ROOM], between[LONGEST];
    fill(ours);
    fill(theirs);
    for (int i = 0; i < size; i++)
        between[i] = theirs[from + i];
    for (int i = 0; i < size; i++)
        theirs[to + i] = between[i];
    assert_ptr_equal(move(ours + to, ours + from, size), ours + to);
    for (int i = 0; i < ROOM; i++)
        assert_int_equal(ours[i], theirs[i]);
}

static void *copy(void *to, const void *from, size_t size)
{
    return our_memcpy(to, from, size);
}

static void memcpy_copies_every_size(void **state)
{
    (void)state;
    for (int size = 0; size <= LONGEST; size++)
        for (int offset = 0; offset < 8; offset++)
            check_move(copy, 2 * LONGEST - 8, offset, size < 32 ? size : 32);
}

static void memmove_may_overlap_at_any_distance(void **state)
{
    (void)state;
    for (int size = 0; size <= LONGEST; size++)
        for (int to = 0; to <= 2 * LONGEST; to++)
            check_move(our_memmove, to, LONGEST, size);
}

static void memset_fills_no_more_than_it_is_told(void **state)
{
    (void)state;
    for (int size = 0; size <= LONGEST; size++) {
        char bytes[ROOM];
        fill(bytes);
        assert_ptr_equal(our_memset(bytes + 3, 0x1a5, size), bytes + 3);
        for (int i = 0; i < ROOM; i++)
            assert_int_equal(bytes[i], i >= 3 && i < 3 + size
                                           ? (char)0xa5
                                           : (char)(i * 7 + 1));
    }
}

static void memcmp_goes_by_the_first_byte_that_differs(void **state)
{
    (void)state;
    for (int size = 0; size <= LONGEST; size++)
        for (int at = 0; at <= LONGEST; at++) {
            char left[ROOM], right[ROOM];
            fill(left);
            fill(right);
            right[at] = (char)0xff;       /* unsigned, more than any other */
            right[at + 1] = left[at] - 1; /* too late to count */
            int expected = at < size ? -1 : 0;
            assert_int_equal(our_memcmp(left, right, size), expected);
            assert_int_equal(our_memcmp(right, left, size), -expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_copies_every_size),
        cmocka_unit_test(memmove_may_overlap_at_any_distance),
        cmocka_unit_test(memset_fills_no_more_than_it_is_told),
        cmocka_unit_test(memcmp_goes_by_the_first_byte_that_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
