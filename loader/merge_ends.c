/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: sorted from their last characters on, a string is
 * followed by those that end with it. What is equal comes together too, which
 * the table may have missed.
 *
 * A merge sort compares each byte at most once per level, so that time is
 * O(n log n) for n bytes of strings, whatever they are.
 */
#include "merge.h"

#include <string.h>

struct ending {
    uint64_t key;   /* the last eight bytes, the very last most significant */
    uint32_t class; /* only strings of one class can share an end */
    uint32_t entry;
};

/* Up to eight bytes before the end; what is missing is 0. */
static uint64_t last_bytes(const char *bytes, uint64_t size)
{
    if (size >= 8)
        return read64(bytes + size - 8);
    uint64_t value = 0;
    if (size)
        memcpy((char *)&value + 8 - size, bytes, size);
    return value;
}

/* Compares from the last byte to the first; the shorter comes first. */
static int compare_backwards(span a, span b)
{
    while (a.size >= 8 && b.size >= 8) {
        uint64_t left = last_bytes(a.data, a.size);
        uint64_t right = last_bytes(b.data, b.size);
        if (left != right)
            return compare_numbers(left, right);
        a.size -= 8;
        b.size -= 8;
    }
    for (; a.size && b.size; a.size--, b.size--) {
        unsigned char left = a.data[a.size - 1], right = b.data[b.size - 1];
        if (left != right)
            return left - right;
    }
    return compare_numbers(a.size, b.size);
}

static span entry_bytes(const struct merge_entry *entry)
{
    return (span){entry->bytes, entry->size};
}

static int compare(const struct merge_group *group, const struct ending *a,
                   const struct ending *b)
{
    if (a->class != b->class)
        return compare_numbers(a->class, b->class);
    if (a->key != b->key)
        return compare_numbers(a->key, b->key);
    return compare_backwards(entry_bytes(merge_entry_at(group, a->entry)),
                             entry_bytes(merge_entry_at(group, b->entry)));
}

static void sort(const struct merge_group *group, struct ending *list,
                 uint32_t count, struct ending *room)
{
    if (count < 2)
        return;
    uint32_t middle = count / 2, left = 0, right = middle;
    sort(group, list, middle, room);
    sort(group, list + middle, count - middle, room);
    for (uint32_t i = 0; i < count; i++) {
        bool take_right =
            left == middle ||
            (right < count && compare(group, &list[right], &list[left]) < 0);
        room[i] = list[take_right ? right++ : left++];
    }
    memcpy(list, room, count * sizeof(*list));
}

/* If all strings are aligned alike, to more than a character, only those can
 * share an end that end at the same distance from a multiple. */
static uint32_t class_mask(const struct merge_group *group)
{
    uint32_t align = merge_entry_at(group, 0)->align;
    for (uint32_t i = 1; i < group->count; i++)
        if (merge_entry_at(group, i)->align != align)
            return 0;
    return align > group->unit ? align - 1 : 0;
}

static struct ending *sorted_endings(struct merge_group *group)
{
    struct arena *arena = &group->link->arena;
    struct ending *list = arena_array(arena, group->count, struct ending);
    struct ending *room = arena_array(arena, group->count, struct ending);
    if (!list || !room)
        return NULL;
    uint32_t mask = class_mask(group);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct merge_entry *entry = merge_entry_at(group, i);
        list[i] = (struct ending){last_bytes(entry->bytes, entry->size),
                                  entry->size & mask, i};
    }
    sort(group, list, group->count, room);
    return list;
}

/* Of two equal entries that which the table would have left. */
static bool is_better(const struct merge_entry *a, const struct merge_entry *b)
{
    return a->align != b->align ? a->align > b->align : a->home < b->home;
}

/* Leaves one of equal entries; returns how many there are then. */
static uint32_t drop_equal(struct merge_group *group, struct ending *list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        struct ending *last = &list[count ? count - 1 : 0];
        if (count == 0 || compare(group, last, &list[i]) != 0) {
            list[count++] = list[i];
            continue;
        }
        struct merge_entry *left = merge_entry_at(group, last->entry);
        struct merge_entry *right = merge_entry_at(group, list[i].entry);
        if (is_better(right, left)) {
            left->in = list[i].entry;
            *last = list[i];
        } else {
            right->in = last->entry;
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
static void share_ends(struct merge_group *group, const struct ending *list,
                       uint32_t count)
{
    uint32_t whole = list[count - 1].entry;
    for (uint32_t i = count - 1; i-- > 0;) {
        struct merge_entry *end = merge_entry_at(group, list[i].entry);
        if (can_be_in(end, merge_entry_at(group, whole)))
            end->in = whole;
        else
            whole = list[i].entry;
    }
}

bool merge_find_ends(struct merge_group *group)
{
    if (!group->has_strings && !group->has_missed)
        return true;
    struct ending *list = sorted_endings(group);
    if (!list)
        return false;
    uint32_t count = drop_equal(group, list);
    if (group->has_strings)
        share_ends(group, list, count);
    return true;
}
