/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings may end alike: only they are sorted (merge_ends.c). Among the
 * messages of a kernel one in ten is, and of 360 instructions for each string
 * 150 are left.
 *
 * A string that is the end of another one has its last bytes in common with it:
 * 16 of them if it is of 16 to 31, and so for each power of two. These are its
 * key. First all are entered into a table by their keys; then each is asked
 * whether what it ends with is the key of shorter ones. Of a key nothing is
 * looked at but a hash: some strings may be listed that need not be, but none
 * is missing.
 */
#include "merge.h"

SELDOM uint64_t merge_few_bytes(const char *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value >> 8 | (uint64_t)(unsigned char)bytes[i] << 56;
    return value;
}

/* Strings with the same key. */
struct key {
    uint32_t hash;
    uint32_t first; /* of them, + 1; 0: free */
};

struct finder {
    const struct merge_group *group;
    struct key *keys; /* open addressing, a power of two of them */
    uint32_t mask;
    uint32_t sizes[256]; /* by its last byte: the sum of all that keys have */
    uint32_t *next; /* by entry: another one with its key, + 1; or LISTED */
    uint32_t *list;
    uint32_t count;
};

enum { MOST_PROBES = 64 };

#define LISTED UINT32_MAX

static inline uint32_t key_size(const struct merge_entry *entry)
{
    return UINT32_C(1) << (31 - __builtin_clz(entry->size));
}

static inline unsigned char last_byte(const struct merge_entry *entry)
{
    return (unsigned char)entry->bytes[entry->size - 1];
}

/* Of the last `size` bytes, the first and the last eight tell enough. */
static inline uint32_t hash_last(const struct merge_entry *entry, uint32_t size)
{
    uint64_t last = merge_last_bytes(entry->bytes, entry->size);
    uint64_t sum = size < 8
                       ? last >> (64 - 8 * size)
                       : last + 2 * read64(entry->bytes + entry->size - size);
    return (uint32_t)hash_word(size, sum);
}

/* The key that is the last `size` bytes of a string, or a free one; after many
 * others, which only chance or malice brings about, one that they share. */
static struct key *find_key(const struct finder *f,
                            const struct merge_entry *entry, uint32_t size)
{
    uint32_t hash = hash_last(entry, size), at = hash;
    struct key *key = &f->keys[at & f->mask];
    while (key->first && key->hash != hash && at - hash < MOST_PROBES)
        key = &f->keys[++at & f->mask];
    if (!key->first)
        key->hash = hash;
    return key;
}

static struct key *own_key(const struct finder *f,
                           const struct merge_entry *entry)
{
    return find_key(f, entry, key_size(entry));
}

/* Lists all strings with a key, once. */
static SELDOM void list_all(struct finder *f, const struct key *key)
{
    for (uint32_t i = key->first, next; i && f->next[i - 1] != LISTED;
         i = next) {
        next = f->next[i - 1];
        f->next[i - 1] = LISTED;
        f->list[f->count++] = i - 1;
    }
}

static void enter_key(struct finder *f, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(f->group, i);
    if (!entry->size)
        return;
    struct key *key = own_key(f, entry);
    f->next[i] = key->first;
    key->first = i + 1;
    f->sizes[last_byte(entry)] |= key_size(entry);
}

/* True if the one or one of the several strings with a key may be its end. */
static SELDOM bool may_end(const struct finder *f,
                           const struct merge_entry *entry,
                           const struct key *key)
{
    const struct merge_entry *end = merge_entry_at(f->group, key->first - 1);
    return f->next[key->first - 1] ||
           span_ends((span){entry->bytes, entry->size},
                     (span){end->bytes, end->size});
}

static void look_for_ends(struct finder *f, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(f->group, i);
    if (!entry->size)
        return;
    uint32_t sizes = f->sizes[last_byte(entry)] & (key_size(entry) - 1);
    for (; sizes; sizes &= sizes - 1) {
        struct key *key = find_key(f, entry, sizes & -sizes);
        if (!key->first || !may_end(f, entry, key))
            continue;
        list_all(f, key);
        list_all(f, own_key(f, entry));
    }
    if (f->next[i] && f->next[i] != LISTED)
        list_all(f, own_key(f, entry));
}

/* ---- The empty string ---------------------------------------------------- */

/* Every string ends with the empty one. It goes into that which sorting puts
 * behind it: one of those with the smallest last bytes. */
static SELDOM void list_smallest(struct finder *f, uint32_t class_mask)
{
    uint64_t smallest = UINT64_MAX;
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < f->group->count; i++) {
            const struct merge_entry *entry = merge_entry_at(f->group, i);
            uint64_t last = merge_last_bytes(entry->bytes, entry->size);
            if (!entry->size || entry->size & class_mask || last > smallest)
                continue;
            smallest = last;
            if (turn == 1)
                list_all(f, own_key(f, entry));
        }
}

uint32_t *merge_list_alike(const struct merge_group *group, uint32_t class_mask,
                           uint32_t *count)
{
    uint64_t keys = 16;
    while (keys * 3 < (uint64_t)group->count * 4)
        keys *= 2;
    struct finder f = {
        .group = group,
        .keys = arena_array(group->room, keys, struct key),
        .mask = (uint32_t)(keys - 1),
        .next = arena_array(group->room, group->count, uint32_t),
        .list = arena_array(group->room, group->count, uint32_t),
    };
    if (!f.keys || !f.next || !f.list)
        return NULL;
    for (uint32_t i = 0; i < group->count; i++)
        enter_key(&f, i);
    for (uint32_t i = 0; i < group->count; i++)
        look_for_ends(&f, i);
    if (group->empty) {
        f.list[f.count++] = group->empty - 1;
        list_smallest(&f, class_mask);
    }
    *count = f.count;
    return f.list;
}
