/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: sorted from their last characters on, a string is
 * followed by those that end with it. What is equal comes together too, which
 * the table may have missed.
 *
 * Eight bytes at a time are one number to sort by, and only what has the same
 * number is looked at again, further to the front: each byte is read once.
 */
#include "merge.h"

#include <string.h>

static span entry_bytes(const struct merge_entry *entry)
{
    return (span){entry->bytes, entry->size};
}

struct sorter {
    const struct merge_group *group;
    struct keyed *room;
};

/* A part of the list that is alike in the last `depth` bytes. */
struct part {
    struct keyed *list;
    uint32_t count;
};

/* Strings without further bytes come first, the shortest before all. Returns
 * those that have more: they are still to be sorted. */
static struct part sort_ended(const struct sorter *s, struct part run,
                              uint64_t depth)
{
    uint32_t ended = 0;
    for (uint32_t i = 0; i < run.count; i++) {
        struct keyed e = run.list[i];
        uint32_t size = merge_entry_at(s->group, e.item)->size;
        e.key = size;
        if (size > depth)
            s->room[i - ended] = e;
        else
            run.list[ended++] = e;
    }
    struct part rest = {run.list + ended, run.count - ended};
    memcpy(rest.list, s->room, rest.count * sizeof(*rest.list));
    sort_by_key(run.list, ended, s->room);
    return rest;
}

/* Where the run of equal keys ends that begins at `from`. */
static uint32_t run_end(struct part all, uint32_t from)
{
    uint32_t end = from + 1;
    while (end < all.count && all.list[end].key == all.list[from].key)
        end++;
    return end;
}

static void sort_next_bytes(const struct sorter *s, struct part all,
                            uint64_t depth)
{
    for (uint32_t i = 0; i < all.count; i++) {
        const struct merge_entry *entry =
            merge_entry_at(s->group, all.list[i].item);
        all.list[i].key = merge_last_bytes(entry->bytes, entry->size - depth);
    }
    sort_by_key(all.list, all.count, s->room);
}

/* The largest part that is alike is left to the loop, so that there are never
 * more calls within calls than the count has bits. */
static void sort_from(const struct sorter *s, struct part all, uint64_t depth)
{
    while (all.count > 1) {
        struct part largest = {all.list, 0};
        sort_next_bytes(s, all, depth);
        depth += 8;
        for (uint32_t i = 0, end; i < all.count; i = end) {
            end = run_end(all, i);
            if (end == i + 1)
                continue;
            struct part alike = {all.list + i, end - i};
            struct part rest = sort_ended(s, alike, depth);
            sort_from(s, rest.count > largest.count ? largest : rest, depth);
            if (rest.count > largest.count)
                largest = rest;
        }
        all = largest;
    }
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

/* By classes, and each class by itself. */
static void sort_classes(const struct sorter *s, struct part all,
                         bool has_classes)
{
    if (has_classes)
        sort_by_key(all.list, all.count, s->room);
    for (uint32_t i = 0, end; i < all.count; i = end) {
        end = run_end(all, i);
        sort_from(s, (struct part){all.list + i, end - i}, 0);
    }
}

/* Of what may end alike; the others have nothing to do with each other. */
static bool list_sorted(struct merge_group *group, struct part *sorted)
{
    struct arena *arena = group->room;
    uint32_t mask = class_mask(group), count;
    uint32_t *alike = merge_list_alike(group, mask, &count);
    if (!alike)
        return false;
    struct keyed *list = arena_array(arena, count, struct keyed);
    struct sorter s = {group, arena_array(arena, count, struct keyed)};
    if (!list || !s.room)
        return false;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct keyed){merge_entry_at(group, alike[i])->size & mask,
                                 alike[i]};
    *sorted = (struct part){list, count};
    sort_classes(&s, *sorted, mask != 0);
    return true;
}

/* Of two equal entries that which the table would have left. */
static bool is_better(const struct merge_entry *a, const struct merge_entry *b)
{
    return a->align != b->align ? a->align > b->align : a->home < b->home;
}

/* Leaves one of equal entries; returns how many there are then. */
static uint32_t drop_equal(struct merge_group *group, struct part sorted)
{
    struct keyed *list = sorted.list;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sorted.count; i++) {
        struct keyed *last = &list[count ? count - 1 : 0];
        struct merge_entry *left = merge_entry_at(group, last->item);
        struct merge_entry *right = merge_entry_at(group, list[i].item);
        if (count == 0 || !span_equal(entry_bytes(left), entry_bytes(right))) {
            list[count++] = list[i];
            continue;
        }
        if (is_better(right, left)) {
            left->in = list[i].item;
            *last = list[i];
        } else {
            right->in = last->item;
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
        struct merge_entry *end = merge_entry_at(group, sorted.list[i].item);
        if (whole != MERGE_NONE && can_be_in(end, merge_entry_at(group, whole)))
            end->in = whole;
        else
            whole = sorted.list[i].item;
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
