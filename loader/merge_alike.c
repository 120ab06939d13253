/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: only they are sorted (merge_ends.c). Among the
 * messages of a kernel hardly any do, and of 360 instructions that sorting took
 * for each string 70 are left.
 *
 * A string of up to 15 bytes is the end of another one if that ends with just
 * these bytes. Which sizes to try is known by the last eight bytes, or the last
 * one: mostly none. Two strings of 16 bytes or more have to have the last 16 in
 * common, and are compared then. All that is asked for before are bits, by a
 * hash; if two hashes are the same by chance, something is sorted that need not
 * be, or compared.
 */
#include "merge.h"

SELDOM uint64_t merge_few_bytes(const char *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value >> 8 | (uint64_t)(unsigned char)bytes[i] << 56;
    return value;
}

/* More strings with one hash are not compared. */
enum { MANY = 40 };

/* Strings of MERGE_END bytes or more whose last bytes may be the same. */
struct family {
    uint32_t first; /* of later[], + 1; 0: none */
    uint32_t count;
};

struct finder {
    const struct merge_group *group;
    uint64_t smallest; /* last bytes, with an empty string; or 0 */
    uint32_t *list;    /* the result */
    bool *is_listed;   /* by entry */
    uint32_t *later;   /* those that others must be looked at before */
    uint32_t *next;    /* by number of later[]: of the same family */
    struct family *families;
    uint32_t count, later_count, family_mask;
};

static inline void list(struct finder *f, uint32_t i)
{
    if (!f->is_listed[i])
        f->list[f->count++] = i;
    f->is_listed[i] = true;
}

/* ---- Ends of up to 15 bytes --------------------------------------------- */

/* Lists the i-th and what it ends with, which may have one of these sizes. */
static void find_end(struct finder *f, const struct merge_entry *entry,
                     uint32_t i, uint32_t sizes)
{
    for (; sizes; sizes &= sizes - 1) {
        uint32_t size = (uint32_t)__builtin_ctz(sizes);
        const char *end = entry->bytes + entry->size;
        uint32_t hash = merge_end_hash(end, entry->last, size);
        if (!(merge_seen_at(f->group, hash)->once >> hash % 64 & 1))
            continue;
        uint32_t found = merge_find(f->group, (span){end - size, size});
        if (found == MERGE_NONE)
            continue;
        list(f, i);
        list(f, found);
    }
}

/* Looks at all, and does what is usual without calls: 40 instructions for one.
 */
static APART void look_at_all(struct finder *f)
{
    struct merge_entry *entry = f->group->entries;
    for (uint32_t i = 0; i < f->group->count; i++, entry++) {
        uint32_t sizes = *merge_few_sizes(f->group, entry->last);
        if (entry->size >= 8)
            sizes |= (uint32_t)*merge_sizes(f->group, entry->last) << 8;
        if (entry->size < MERGE_END)
            sizes &= (1u << entry->size) - 1;
        if (sizes)
            find_end(f, entry, i, sizes);
        if (entry->last == f->smallest)
            list(f, i);
        uint32_t hash = entry->end_hash;
        if (entry->size >= MERGE_END &&
            merge_seen_at(f->group, hash)->twice >> hash % 64 & 1)
            f->later[f->later_count++] = i;
        else
            entry->in = MERGE_NONE;
    }
}

/* ---- Longer ones -------------------------------------------------------- */

/* True if one is the end of the other. If not, already its first bytes differ,
 * as the last ones are the same. */
static bool are_alike(const struct merge_entry *whole,
                      const struct merge_entry *end)
{
    if (whole->size < end->size)
        return are_alike(end, whole);
    const char *tail = whole->bytes + whole->size - end->size;
    return read64(tail) == read64(end->bytes) &&
           !memcmp(tail, end->bytes, end->size);
}

static struct family *family_of(const struct finder *f,
                                const struct merge_entry *entry)
{
    return &f->families[entry->end_hash & f->family_mask];
}

/* Compares it with those of its family that came before; if there are many, all
 * of them are listed in the end. */
static void compare(struct finder *f, const struct merge_entry *entry,
                    uint32_t j)
{
    struct family *family = family_of(f, entry);
    uint32_t other = family->first;
    f->next[j] = other;
    family->first = j + 1;
    if (family->count++ >= MANY)
        return;
    for (; other; other = f->next[other - 1])
        if (are_alike(entry, merge_entry_at(f->group, f->later[other - 1]))) {
            list(f, f->later[j]);
            list(f, f->later[other - 1]);
        }
}

static bool compare_all(struct finder *f)
{
    struct arena *room = f->group->room;
    uint32_t count = f->later_count, families = 16;
    while (families < count && families < MERGE_KEEPS)
        families *= 2;
    f->family_mask = families - 1;
    f->families = arena_array(room, families, struct family);
    f->next = arena_array(room, count, uint32_t);
    if (!f->families || !f->next)
        return false;
    for (uint32_t j = 0; j < count; j++)
        compare(f, merge_entry_at(f->group, f->later[j]), j);
    for (uint32_t j = 0; j < count; j++) {
        struct merge_entry *entry = merge_entry_at(f->group, f->later[j]);
        if (family_of(f, entry)->count > MANY)
            list(f, f->later[j]);
        entry->in = MERGE_NONE;
    }
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

/* Every string ends with the empty one. It goes into that which sorting puts
 * behind it: one of those with the smallest last bytes. */
static SELDOM uint64_t smallest_last(const struct merge_group *group,
                                     uint32_t class_mask)
{
    uint64_t smallest = UINT64_MAX;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct merge_entry *entry = merge_entry_at(group, i);
        if (entry->size && !(entry->size & class_mask) &&
            entry->last < smallest)
            smallest = entry->last;
    }
    return smallest;
}

/* Constants have no ends, but some that are equal may have been missed. */
static SELDOM void list_all(struct finder *f)
{
    for (uint32_t i = 0; i < f->group->count; i++) {
        merge_entry_at(f->group, i)->in = MERGE_NONE;
        list(f, i);
    }
}

uint32_t *merge_list_alike(const struct merge_group *group, uint32_t class_mask,
                           uint32_t *count)
{
    uint64_t all = group->count;
    struct arena *room = group->room;
    struct finder f = {.group = group,
                       .list = arena_array(room, all, uint32_t),
                       .is_listed = arena_array(room, all, bool),
                       .later = arena_array(room, all, uint32_t)};
    if (!f.list || !f.is_listed || !f.later)
        return NULL;
    if (group->empty) {
        list(&f, group->empty - 1);
        f.smallest = smallest_last(group, class_mask);
    }
    if (group->has_missed)
        list_all(&f);
    else
        look_at_all(&f);
    if (!compare_all(&f))
        return NULL;
    *count = f.count;
    return f.list;
}
