/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A stable merge sort of pointers.
 */
#include "base.h"

#include <string.h>

struct sorting {
    sort_order *order;
    const void *context;
};

/* Merges the sorted runs [0, middle) and [middle, count). */
static void merge(const struct sorting *s, void **items, uint64_t middle,
                  uint64_t count, void **room)
{
    uint64_t left = 0, right = middle;
    for (uint64_t i = 0; i < count; i++) {
        bool take_right = left == middle ||
                          (right < count &&
                           s->order(s->context, items[right], items[left]) < 0);
        room[i] = items[take_right ? right++ : left++];
    }
    memcpy(items, room, count * sizeof(*items));
}

static void sort_run(const struct sorting *s, void **items, uint64_t count,
                     void **room)
{
    if (count < 2)
        return;
    uint64_t middle = count / 2;
    sort_run(s, items, middle, room);
    sort_run(s, items + middle, count - middle, room);
    if (s->order(s->context, items[middle], items[middle - 1]) < 0)
        merge(s, items, middle, count, room);
}

bool sort_pointers(struct arena *arena, void *items, uint64_t count,
                   sort_order *order, const void *context)
{
    void **room = arena_array(arena, count, void *);
    if (!room)
        return false;
    struct sorting s = {order, context};
    sort_run(&s, items, count, room);
    return true;
}
