/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The heap gives what is in it in order, whatever comes between.
 */
#include "unit/world.h"

#include "heap.h"

enum { MOST = 1000 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void all_come_out_in_order(void **state)
{
    (void)state;
    struct keyed items[MOST];
    uint64_t random = 1;
    for (uint64_t count = 1; count <= MOST; count = count * 3 + 1) {
        struct heap heap = {items, 0};
        for (uint64_t i = 0; i < count; i++)
            heap_put(&heap, (struct keyed){next_random(&random) % 100, i});
        struct keyed last = heap_take(&heap);
        for (uint64_t i = 1; i < count; i++) {
            struct keyed item = heap_take(&heap);
            assert_true(last.key < item.key ||
                        (last.key == item.key && last.item < item.item));
            last = item;
        }
        assert_int_equal(heap.count, 0);
    }
}

/* Against a list that is gone through. */
static void putting_and_taking_may_take_turns(void **state)
{
    (void)state;
    struct keyed items[MOST];
    uint64_t random = 2, there[100] = {0};
    struct heap heap = {items, 0};
    for (int i = 0; i < 10000; i++) {
        uint64_t key = next_random(&random) % 100;
        if (heap.count < MOST && (key & 1 || !heap.count)) {
            heap_put(&heap, (struct keyed){key, 0});
            there[key]++;
            continue;
        }
        uint64_t least = 0;
        while (!there[least])
            least++;
        assert_int_equal(heap_take(&heap).key, least);
        there[least]--;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_out_in_order),
        cmocka_unit_test(putting_and_taking_may_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
