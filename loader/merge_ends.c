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

struct sorting {
    const struct merge_group *group;
    uint32_t class_mask;
};

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

/* By classes, and then from the back. */
static int by_end(const void *context, const void *a, const void *b)
{
    const struct sorting *s = context;
    const struct merge_entry *left =
        merge_entry_at(s->group, *(const uint32_t *)a);
    const struct merge_entry *right =
        merge_entry_at(s->group, *(const uint32_t *)b);
    int order = compare_numbers(left->size & s->class_mask,
                                right->size & s->class_mask);
    return order ? order : compare_from_end(left, right);
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
    uint32_t **list;
    uint32_t count;
};

static bool list_sorted(struct merge_group *group, struct part *sorted)
{
    struct sorting s = {group, class_mask(group)};
    uint32_t *alike = merge_list_alike(group, s.class_mask, &sorted->count);
    if (!alike)
        return false;
    sorted->list = arena_array(group->room, sorted->count, uint32_t *);
    if (!sorted->list)
        return false;
    for (uint32_t i = 0; i < sorted->count; i++)
        sorted->list[i] = &alike[i];
    return sort_pointers(group->room, sorted->list, sorted->count, by_end, &s);
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
    uint32_t **list = sorted.list;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sorted.count; i++) {
        uint32_t **last = &list[count ? count - 1 : 0];
        struct merge_entry *left = merge_entry_at(group, **last);
        struct merge_entry *right = merge_entry_at(group, *list[i]);
        if (count == 0 || !span_equal(entry_bytes(left), entry_bytes(right))) {
            list[count++] = list[i];
            continue;
        }
        if (is_better(right, left)) {
            put_in(left, *list[i]);
            *last = list[i];
        } else {
            put_in(right, **last);
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
        struct merge_entry *end = merge_entry_at(group, *sorted.list[i]);
        if (whole != MERGE_NONE && can_be_in(end, merge_entry_at(group, whole)))
            put_in(end, whole);
        else
            whole = *sorted.list[i];
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
