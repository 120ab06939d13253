/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two stable sorts: of pointers, by merging, for any order; and by numbers, by
 * merging if there are few, or else digit by digit.
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

/* ---- By numbers ---------------------------------------------------------- */

/* Below that an insertion is faster than anything else. */
enum { FEW = 16 };

static void insert_all(struct keyed *list, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct keyed item = list[i];
        uint32_t at = i;
        for (; at && list[at - 1].key > item.key; at--)
            list[at] = list[at - 1];
        list[at] = item;
    }
}

/* Sorts both halves, and merges them from a copy of the first, but for what is
 * in order. */
void sort_by_key(struct keyed *list, uint32_t count, struct keyed *room)
{
    uint32_t half = count / 2;
    if (count < FEW) {
        insert_all(list, count);
        return;
    }
    sort_by_key(list, half, room);
    sort_by_key(list + half, count - half, room);
    if (list[half - 1].key <= list[half].key)
        return;
    memcpy(room, list, half * sizeof(*list));
    const struct keyed *left = room, *right = list + half;
    const struct keyed *left_end = room + half, *end = list + count;
    for (struct keyed *to = list; left < left_end; to++)
        *to = right < end && right->key < left->key ? *right++ : *left++;
}
