/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A stable sort of many numbers, most of which lie between two that are known,
 * such as the addresses of an image. Each is moved to one of as many buckets,
 * which divide that range evenly; so it is nearly in its place. What is outside
 * goes to the first bucket or the last. In all it is 50 instructions for each
 * of 25,000 addresses, and was 145 when they were sorted digit by digit.
 */
#include "base.h"

#include <string.h>

/* Of fewer numbers merging is faster; of so few in a bucket insertion is. */
enum { MANY = 64, FEW = 16 };

struct buckets {
    uint64_t low;
    unsigned shift; /* of a key's distance from there: its bucket */
    uint32_t last;  /* one less than a power of two */
    uint32_t *ends; /* of each bucket, in the list */
};

static inline uint32_t bucket_of(const struct buckets *b, uint64_t key)
{
    if (key < b->low)
        return 0;
    uint64_t bucket = (key - b->low) >> b->shift;
    return bucket < b->last ? (uint32_t)bucket : b->last;
}

/* Moves the items to their buckets. */
static void fill_buckets(const struct buckets *b, const struct keyed *from,
                         struct keyed *to, uint32_t count)
{
    uint32_t place = 0;
    memset(b->ends, 0, (b->last + 1) * sizeof(*b->ends));
    for (uint32_t i = 0; i < count; i++)
        b->ends[bucket_of(b, from[i].key)]++;
    for (uint32_t i = 0; i <= b->last; i++) {
        uint32_t size = b->ends[i];
        b->ends[i] = place;
        place += size;
    }
    for (uint32_t i = 0; i < count; i++)
        to[b->ends[bucket_of(b, from[i].key)]++] = from[i];
}

/* Many in one bucket are merged first; then there is little to insert. */
static void empty_buckets(const struct buckets *b, struct keyed *from,
                          struct keyed *to, uint32_t count)
{
    for (uint32_t i = 0, start = 0; i <= b->last; start = b->ends[i++])
        if (b->ends[i] - start >= FEW)
            sort_by_key(from + start, b->ends[i] - start, to);
    for (uint32_t i = 0; i < count; i++) {
        struct keyed item = from[i];
        uint32_t at = i;
        for (; at && to[at - 1].key > item.key; at--)
            to[at] = to[at - 1];
        to[at] = item;
    }
}

void sort_between(struct keyed *list, uint32_t count, struct keyed *room,
                  uint64_t low, uint64_t high)
{
    if (count < MANY) {
        sort_by_key(list, count, room);
        return;
    }
    struct buckets b = {.low = low,
                        .last = (1u << (31 - __builtin_clz(count))) - 1,
                        .ends = (uint32_t *)(room + count)};
    while ((high - low - 1) >> b.shift > b.last)
        b.shift++;
    fill_buckets(&b, list, room, count);
    empty_buckets(&b, room, list, count);
}
