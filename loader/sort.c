/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two stable sorts: of pointers, by merging, for any order; and by numbers,
 * digit by digit, whose time does not depend on what they are.
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

/* A digit is a byte, or of MANY items more: six are a number then, and not
 * eight. Below FEW an insertion is faster than counting digits. */
enum { FEW = 64, MANY = 4096, BYTE = 8, MOST_BITS = 11 };

struct digit {
    unsigned shift, bits;
};

static unsigned digit_of(const struct keyed *item, struct digit digit)
{
    return item->key >> digit.shift & ((1u << digit.bits) - 1);
}

static void insert_all(struct keyed *list, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        struct keyed item = list[i];
        uint64_t at = i;
        for (; at && list[at - 1].key > item.key; at--)
            list[at] = list[at - 1];
        list[at] = item;
    }
}

/* Moves the items in the order of a digit. */
static void move_by_digit(const struct keyed *from, struct keyed *to,
                          uint64_t count, struct digit digit)
{
    uint32_t counts[1 << MOST_BITS], place = 0;
    memset(counts, 0, sizeof(*counts) << digit.bits);
    for (uint64_t i = 0; i < count; i++)
        counts[digit_of(&from[i], digit)]++;
    for (unsigned value = 0; value < 1u << digit.bits; value++) {
        uint32_t size = counts[value];
        counts[value] = place;
        place += size;
    }
    for (uint64_t i = 0; i < count; i++)
        to[counts[digit_of(&from[i], digit)]++] = from[i];
}

/* The bits in which some keys differ: in the others nothing is to be sorted. */
static uint64_t differing_bits(const struct keyed *list, uint64_t count)
{
    uint64_t bits = 0;
    for (uint64_t i = 1; i < count; i++)
        bits |= list[i].key ^ list[0].key;
    return bits;
}

static void sort_by_digits(struct keyed *list, uint32_t count,
                           struct keyed *room)
{
    uint64_t bits = differing_bits(list, count);
    struct keyed *from = list, *to = room;
    struct digit digit = {0, count < MANY ? BYTE : MOST_BITS};
    for (; digit.shift < 64; digit.shift += digit.bits) {
        if (!digit_of(&(struct keyed){bits, 0}, digit))
            continue;
        move_by_digit(from, to, count, digit);
        struct keyed *moved = to;
        to = from;
        from = moved;
    }
    if (from != list)
        memcpy(list, from, count * sizeof(*list));
}

void sort_by_key(struct keyed *list, uint32_t count, struct keyed *room)
{
    if (count < FEW)
        insert_all(list, count);
    else
        sort_by_digits(list, count, room);
}
