/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: sorted from their last characters on, a string is
 * followed by those that end with it. What is equal comes together too, which
 * the table may have missed.
 *
 * Few are left to be sorted (merge_alike.c), and eight bytes of them are
 * compared at a time.
 */
#include "merge.h"

#include <string.h>

static span entry_bytes(const struct merge_entry *entry)
{
    return (span){entry->bytes, entry->size};
}

/* ---- The order ----------------------------------------------------------- */

/* From the back, an end before what ends with it. */
static int compare_from_end(const struct merge_entry *a,
                            const struct merge_entry *b)
{
    for (uint32_t rest = 0;; rest += 8) {
        int order = compare_numbers(merge_last_bytes(a->bytes, a->size - rest),
                                    merge_last_bytes(b->bytes, b->size - rest));
        if (order)
            return order;
        if (a->size <= rest + 8 || b->size <= rest + 8)
            return compare_numbers(a->size, b->size);
    }
}

/* Of what is sorted: a key, and the number of an entry. */
static struct merge_entry *entry_of(const struct merge_group *group,
                                    const struct keyed *listed)
{
    return merge_entry_at(group, (uint32_t)listed->item);
}

static int by_end(const void *context, const void *a, const void *b)
{
    return compare_from_end(entry_of(context, a), entry_of(context, b));
}

/* If all strings are aligned alike, to more than a character, only those can
 * share an end that end at the same distance from a multiple. */
static uint32_t class_mask(const struct merge_group *group)
{
    uint32_t align = merge_entry_at(group, 0)->align;
    if (group->align <= group->unit)
        return 0;
    for (uint32_t i = 1; i < group->count; i++)
        if (merge_entry_at(group, i)->align != align)
            return 0;
    return align > group->unit ? align - 1 : 0;
}

/* What may end alike, sorted; the others have nothing to do with each other. */
struct part {
    struct keyed *list;
    uint32_t count;
    struct keyed *room; /* for as many */
};

/* Sorts those whose last bytes are the same. */
static bool sort_alike(struct merge_group *group, struct part alike)
{
    struct keyed **order = arena_room(group->room, alike.count, sizeof(*order));
    if (!order)
        return false;
    for (uint32_t i = 0; i < alike.count; i++)
        order[i] = &alike.list[i];
    if (!sort_pointers(group->room, order, alike.count, by_end, group))
        return false;
    for (uint32_t i = 0; i < alike.count; i++)
        alike.room[i] = *order[i];
    memcpy(alike.list, alike.room, alike.count * sizeof(*alike.list));
    return true;
}

/* From the back: by the last eight bytes, which tell nearly all apart, ... */
static bool sort_from_end(struct merge_group *group, struct part part)
{
    for (uint32_t i = 0; i < part.count; i++) {
        const struct merge_entry *entry = entry_of(group, &part.list[i]);
        part.list[i].key = merge_last_bytes(entry->bytes, entry->size);
    }
    sort_by_key(part.list, part.count, part.room);
    for (uint32_t i = 0, end; i < part.count; i = end) {
        for (end = i + 1; end < part.count; end++)
            if (part.list[end].key != part.list[i].key)
                break;
        struct part alike = {part.list + i, end - i, part.room};
        if (alike.count > 1 && !sort_alike(group, alike))
            return false;
    }
    return true;
}

/* ... and then by classes, each of which keeps its order. */
static void sort_classes(const struct merge_group *group, struct part part,
                         uint32_t mask)
{
    for (uint32_t i = 0; mask && i < part.count; i++)
        part.list[i].key = entry_of(group, &part.list[i])->size & mask;
    if (mask)
        sort_by_key(part.list, part.count, part.room);
}

static bool list_sorted(struct merge_group *group, struct part *sorted)
{
    uint32_t mask = class_mask(group), count;
    uint32_t *alike = merge_list_alike(group, mask, &count);
    if (!alike)
        return false;
    *sorted = (struct part){
        arena_room(group->room, count, sizeof(struct keyed)), count,
        arena_room(group->room, count, sizeof(struct keyed))};
    if (!sorted->list || !sorted->room)
        return false;
    for (uint32_t i = 0; i < count; i++)
        sorted->list[i].item = alike[i];
    if (!sort_from_end(group, *sorted))
        return false;
    sort_classes(group, *sorted, mask);
    return true;
}

/* ---- What is in what ------------------------------------------------------
 */

/* Of two equal entries that which the table would have left. */
static bool is_better(const struct merge_entry *a, const struct merge_entry *b)
{
    return a->align != b->align ? a->align > b->align
                                : merge_home_number(a) < merge_home_number(b);
}

static void put_in(struct merge_entry *end, uint32_t whole)
{
    end->in = whole;
    merge_unsettle(end->owner);
    merge_home(end)->to -= MERGE_KEEPS;
}

/* Leaves one of equal entries; returns how many there are then. */
static uint32_t drop_equal(struct merge_group *group, struct part sorted)
{
    struct keyed *list = sorted.list;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sorted.count; i++) {
        struct keyed *last = &list[count ? count - 1 : 0];
        struct merge_entry *left = entry_of(group, last);
        struct merge_entry *right = entry_of(group, &list[i]);
        if (count == 0 || !span_equal(entry_bytes(left), entry_bytes(right))) {
            list[count++] = list[i];
            continue;
        }
        if (is_better(right, left)) {
            put_in(left, (uint32_t)list[i].item);
            *last = list[i];
        } else {
            put_in(right, (uint32_t)last->item);
        }
    }
    return count;
}

static bool can_be_in(const struct merge_entry *end,
                      const struct merge_entry *whole)
{
    return whole->align >= end->align && whole->size > end->size &&
           ((whole->size - end->size) & (end->align - 1)) == 0 &&
           span_ends(entry_bytes(whole), entry_bytes(end));
}

/* From the back each string is followed by those that it may end with. Only the
 * last one that stays is tried, as in GNU ld. */
static void share_ends(struct merge_group *group, struct part sorted)
{
    uint32_t whole = MERGE_NONE;
    for (uint32_t i = sorted.count; i-- > 0;) {
        struct merge_entry *end = entry_of(group, &sorted.list[i]);
        if (whole != MERGE_NONE && can_be_in(end, merge_entry_at(group, whole)))
            put_in(end, whole);
        else
            whole = (uint32_t)sorted.list[i].item;
    }
}

bool merge_find_ends(struct merge_group *group)
{
    if (!group->has_strings && !group->has_missed)
        return true;
    struct part sorted;
    if (!list_sorted(group, &sorted))
        return false;
    if (group->has_missed)
        sorted.count = drop_equal(group, sorted);
    if (group->has_strings)
        share_ends(group, sorted);
    return true;
}
