/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's pages for the linker's own memory (tools/scratch.c): whatever is
 * taken and given back, nobody's bytes are somebody else's, what is said to be
 * zero is, and what came back is used again.
 */
#include "unit/world.h"

#include "../../tools/scratch.c"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCKS = 64, TURNS = 20000, KIB = 1024 };

static char *taken(struct scratch *scratch, uint64_t size,
                   struct bootlink_memory *block)
{
    assert_true(scratch_take(scratch, size, block));
    assert_int_equal((uintptr_t)block->data % PAGE, 0);
    assert_true(block->size >= size);
    return block->data;
}

static void what_came_back_is_taken_again(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory a, b, c, whole;
    char *first = taken(&scratch, 64 * KIB, &a);
    taken(&scratch, 64 * KIB, &b);
    taken(&scratch, 64 * KIB, &c);
    assert_true(a.is_zero && b.is_zero && c.is_zero);
    scratch_give(&scratch, a);
    scratch_give(&scratch, c);
    scratch_give(&scratch, b); /* which joins them */
    assert_ptr_equal(taken(&scratch, 192 * KIB, &whole), first);
    assert_false(whole.is_zero);
    scratch_close(&scratch);
}

#ifdef __SANITIZE_ADDRESS__ /* not where lines are counted (make coverage) */
/* So tests under the sanitizer see who reads what was given back. */
static void what_came_back_is_nobodys(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory a, b, again;
    char *first = taken(&scratch, 64 * KIB, &a);
    char *second = taken(&scratch, 64 * KIB, &b);
    scratch_give(&scratch, b);
    scratch_give(&scratch, a);
    assert_true(__asan_address_is_poisoned(first + 64 * KIB - 1));
    assert_true(__asan_address_is_poisoned(second));
    assert_ptr_equal(taken(&scratch, 64 * KIB, &again), second);
    assert_true(__asan_address_is_poisoned(first + 64 * KIB - 1));
    assert_null(__asan_region_is_poisoned(second, 64 * KIB));
    scratch_close(&scratch);
    assert_null(__asan_region_is_poisoned(first, 128 * KIB));
}
#endif

static void a_large_block_goes_back_to_the_system(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory small, large;
    taken(&scratch, PAGE, &small);
    taken(&scratch, MOST + 1, &large)[MOST] = 1;
    assert_int_equal((uintptr_t)large.data % LARGE_PAGE, 0);
    assert_true(large.is_zero);
    scratch_give(&scratch, large);
    assert_null(scratch.spare);
    scratch_close(&scratch);
}

/* Of the mapping that an address is in [proc(5), smaps, VmFlags]. */
static bool wants_large_pages(const char *address)
{
    char line[4096];
    unsigned long start, end;
    bool is_it = false, wants = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_it = (uintptr_t)address >= start && (uintptr_t)address < end;
        if (is_it && strstr(line, "VmFlags:"))
            wants = strstr(line, " hg") != NULL;
    }
    fclose(file);
    return wants;
}

static void slow_large_pages_are_not_asked_for_again(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory in_run, large;
    bool has_them = access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
    char *start = taken(&scratch, 2 * FIRST, &in_run);
    assert_int_equal(wants_large_pages(start + FIRST), has_them);
    scratch.is_slow = true;
    start = taken(&scratch, MOST, &in_run);
    assert_false(wants_large_pages(start + MOST - PAGE));
    assert_false(wants_large_pages(taken(&scratch, MOST + 1, &large)));
    scratch_give(&scratch, large);
    scratch_close(&scratch);
}

static void without_addresses_each_is_for_itself(void **state)
{
    (void)state;
    struct scratch scratch = {.is_open = true};
    struct bootlink_memory block;
    taken(&scratch, 64 * KIB, &block)[0] = 1;
    assert_true(block.is_zero);
    scratch_give(&scratch, block);
    assert_null(scratch.spare);
    scratch_close(&scratch);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory block;
    assert_false(scratch_take(&scratch, UINT64_MAX, &block));
    assert_false(scratch_take(&scratch, UINT64_MAX / 2, &block));
    scratch_close(&scratch);
}

/* Each block is full of its own number for as long as it is taken. */
static void fill(const struct bootlink_memory *block, int number)
{
    if (block->is_zero)
        for (uint64_t at = 0; at < block->size; at += PAGE / 4)
            assert_int_equal(((char *)block->data)[at], 0);
    memset(block->data, number, block->size);
}

static void check(const struct bootlink_memory *block, int number)
{
    const char *data = block->data;
    for (uint64_t at = 0; at < block->size; at += PAGE / 4)
        assert_int_equal(data[at], number);
    assert_int_equal(data[block->size - 1], number);
}

static void no_block_touches_another(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    struct bootlink_memory blocks[BLOCKS] = {0};
    uint64_t random = 1;
    for (int turn = 0; turn < TURNS; turn++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned i = random >> 33 & (BLOCKS - 1);
        if (blocks[i].size) {
            check(&blocks[i], i + 1);
            scratch_give(&scratch, blocks[i]);
            blocks[i].size = 0;
        } else {
            taken(&scratch, (random >> 40 & 15) * PAGE + 1, &blocks[i]);
            fill(&blocks[i], i + 1);
        }
    }
    assert_true(scratch.next <=
                scratch.start + LARGE_PAGE + FIRST + 4 * BLOCKS * 16 * PAGE);
    scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_back_is_taken_again),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(what_came_back_is_nobodys),
#endif
        cmocka_unit_test(a_large_block_goes_back_to_the_system),
        cmocka_unit_test(slow_large_pages_are_not_asked_for_again),
        cmocka_unit_test(without_addresses_each_is_for_itself),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(no_block_touches_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
