/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: only they are sorted (merge_ends.c). Among the
 * messages of a kernel hardly any do, and of 360 instructions that sorting took
 * for each string 45 are left.
 *
 * A string of up to 15 bytes is the end of another one if that ends with just
 * these bytes. Which sizes to try is known by the last eight bytes, twelve or
 * two: mostly none. Two strings of 16 bytes or more have to have the last 16 in
 * common: each knows which one `before` it has the same hash of them, and they
 * are compared.
 */
#include "merge.h"

/* In two looks, which have some bytes in common. */
APART uint64_t merge_few_bytes(const char *bytes, uint32_t size)
{
    uint64_t value;
    if (size >= 4)
        value = (uint64_t)read32(bytes + size - 4) << (8 * size - 32) |
                read32(bytes);
    else if (size >= 2)
        value = (uint64_t)read16(bytes + size - 2) << (8 * size - 16) |
                read16(bytes);
    else if (size)
        value = (unsigned char)*bytes;
    else
        return 0;
    return value << (64 - 8 * size);
}

APART void merge_note_short(const struct merge_group *group,
                            struct merge_entry *entry)
{
    uint32_t size = entry->size;
    uint64_t last = merge_last_bytes(entry->bytes, size);
    entry->before = 0;
    if (!group->has_strings)
        entry->in = MERGE_NONE;
    if (!group->has_strings || !size)
        return;
    if (size == 1)
        *merge_one_size(group, last) = 1 << 1;
    else if (size < 8)
        *merge_few_sizes(group, last) |= 1 << size;
    else
        *merge_sizes(group, last) |= 1 << (size - 8);
    if (size >= 12)
        *merge_long_sizes(group, entry->bytes + size) |= 1 << (size - 8);
}

struct finder {
    struct merge_group *group;
    uint32_t *list;  /* the result */
    bool *is_listed; /* by entry */
    uint32_t count;
};

static inline void list(struct finder *f, uint32_t i)
{
    if (!f->is_listed[i])
        f->list[f->count++] = i;
    f->is_listed[i] = true;
}

/* ---- Ends of up to 15 bytes --------------------------------------------- */

/* merge_hash() of these last bytes of a string, 1 to 15. */
static inline uint32_t hash_of_end(const char *end, uint64_t last,
                                   uint32_t size)
{
    unsigned others = 56 - 8 * (size & 7);
    uint64_t hash = size < 8 ? 0 : merge_hash_word(0, read64(end - size));
    return merge_hash_end(hash, last >> 8 >> others << others);
}

/* Lists the i-th and what it ends with, which may have one of these sizes. */
static APART void find_short(struct finder *f, const struct merge_entry *entry,
                             uint32_t i, uint64_t last, uint32_t sizes)
{
    const char *end = entry->bytes + entry->size;
    for (; sizes; sizes &= sizes - 1) {
        uint32_t size = (uint32_t)__builtin_ctz(sizes);
        uint32_t found = merge_find(f->group, (span){end - size, size},
                                    hash_of_end(end, last, size));
        if (found == MERGE_NONE)
            continue;
        list(f, i);
        list(f, found);
    }
}

/* The sizes of up to 15 that there are of what it may end with. */
static inline uint32_t short_sizes(const struct merge_group *group,
                                   const struct merge_entry *entry,
                                   uint32_t below_8, uint32_t others)
{
    uint32_t sizes = below_8 | others << 8;
    if (entry->size < MERGE_END)
        sizes &= (1u << entry->size) - 1;
    if (sizes >> 12)
        sizes &= (uint32_t)*merge_long_sizes(group, entry->bytes + entry->size)
                     << 8 |
                 0xfff;
    return sizes;
}

/* ---- Longer ones -------------------------------------------------------- */

/* More strings with one hash are not compared. */
enum { MANY = 40 };

/* `before`: there are as many, so it is listed. */
#define CROWD (UINT32_C(1) << 31)

/* True if one is the end of the other. If not, mostly its first bytes differ
 * already. */
static inline bool are_alike(const struct merge_entry *a,
                             const struct merge_entry *b)
{
    uint32_t size = a->size < b->size ? a->size : b->size;
    const char *left = a->bytes + a->size - size;
    const char *right = b->bytes + b->size - size;
    return read64(left) == read64(right) && !memcmp(left, right, size);
}

static SELDOM void list_both(struct finder *f, uint32_t i, uint32_t j)
{
    list(f, i);
    list(f, j);
}

/* One of many, all of which are listed, from the newest on. */
static SELDOM void list_crowd(struct finder *f, uint32_t i, uint32_t before)
{
    list(f, i);
    if (before)
        merge_entry_at(f->group, before - 1)->before |= CROWD;
}

/* Compares the i-th with those before it, unless there are many. */
static inline void compare(struct finder *f, const struct merge_entry *entry,
                           uint32_t i)
{
    const struct merge_entry *all = f->group->entries - 1;
    uint32_t other = entry->before;
    for (unsigned n = MANY; other && n && other < CROWD; n--) {
        if (are_alike(entry, &all[other]))
            list_both(f, i, other - 1);
        other = all[other].before;
    }
    if (other)
        list_crowd(f, i, entry->before & ~CROWD);
}

/* ---- The whole ---------------------------------------------------------- */

/* Looks at all, the newest first, as entries are `before` others until they
 * were looked at. Does what is usual without calls: 20 instructions for one. */
static APART void look_at_all(struct finder *f)
{
    const struct merge_group *group = f->group;
    struct merge_entry *entry = group->entries + group->count;
    for (uint32_t i = group->count; i-- > 0;) {
        entry--;
        uint64_t last = merge_last_bytes(entry->bytes, entry->size);
        uint32_t below_8 =
            *merge_few_sizes(group, last) | *merge_one_size(group, last);
        uint32_t others = entry->size < 8 ? 0 : *merge_sizes(group, last);
        if (below_8 | others) {
            uint32_t sizes = short_sizes(group, entry, below_8, others);
            if (sizes)
                find_short(f, entry, i, last, sizes);
        }
        if (entry->before)
            compare(f, entry, i);
        entry->in = MERGE_NONE;
    }
}

/* Every string ends with the empty one. It goes into that which sorting puts
 * behind it: one of those with the smallest last bytes. */
static SELDOM void list_empty(struct finder *f, uint32_t class_mask)
{
    const struct merge_entry *all = f->group->entries;
    uint64_t smallest = UINT64_MAX;
    list(f, f->group->empty - 1);
    for (uint32_t i = 0; i < f->group->count; i++) {
        uint64_t last = merge_last_bytes(all[i].bytes, all[i].size);
        if (all[i].size && !(all[i].size & class_mask) && last < smallest)
            smallest = last;
    }
    for (uint32_t i = 0; i < f->group->count; i++)
        if (merge_last_bytes(all[i].bytes, all[i].size) == smallest)
            list(f, i);
}

/* Constants have no ends, but some that are equal may have been missed. */
static SELDOM void list_all(struct finder *f)
{
    for (uint32_t i = 0; i < f->group->count; i++) {
        merge_entry_at(f->group, i)->in = MERGE_NONE;
        list(f, i);
    }
}

uint32_t *merge_list_alike(struct merge_group *group, uint32_t class_mask,
                           uint32_t *count)
{
    struct arena *room = group->room;
    struct finder f = {.group = group,
                       .list = arena_room(room, group->count, sizeof(*f.list)),
                       .is_listed = arena_array(room, group->count, bool)};
    if (!f.list || !f.is_listed)
        return NULL;
    if (group->empty)
        list_empty(&f, class_mask);
    if (group->has_missed)
        list_all(&f);
    else
        look_at_all(&f);
    *count = f.count;
    return f.list;
}
