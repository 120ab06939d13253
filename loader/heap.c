/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A binary heap in an array: no item is less than the one at (i - 1) / 2, so
 * the first is the least, and a change moves along one way from leaf to root.
 */
#include "heap.h"

static bool is_less(const struct keyed *a, const struct keyed *b)
{
    return a->key < b->key || (a->key == b->key && a->item < b->item);
}

static void swap(struct keyed *a, struct keyed *b)
{
    struct keyed moved = *a;
    *a = *b;
    *b = moved;
}

void heap_put(struct heap *heap, struct keyed item)
{
    struct keyed *items = heap->items;
    uint64_t at = heap->count++;
    items[at] = item;
    for (; at && is_less(&items[at], &items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&items[at], &items[(at - 1) / 2]);
}

/* The lesser one of the two below `at`, or `at` if both are no less. */
static uint64_t least_of_three(const struct heap *heap, uint64_t at)
{
    uint64_t least = at;
    for (uint64_t below = 2 * at + 1; below <= 2 * at + 2; below++)
        if (below < heap->count &&
            is_less(&heap->items[below], &heap->items[least]))
            least = below;
    return least;
}

struct keyed heap_take(struct heap *heap)
{
    struct keyed first = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    for (uint64_t at = 0, least;; at = least) {
        least = least_of_three(heap, at);
        if (least == at)
            return first;
        swap(&heap->items[at], &heap->items[least]);
    }
}
