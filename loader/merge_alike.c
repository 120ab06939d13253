/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings end alike: only they are sorted (merge_ends.c). Among the
 * messages of a kernel hardly any do, and of 360 instructions that sorting took
 * for each string 200 are left.
 *
 * Strings of eight bytes or more end alike only if they have the last eight in
 * common: a bit for the hash of these tells two in three from all others. What
 * is left gets a key: of a string of 16 to 31 bytes the last 16, and so for
 * each power of two. Whoever ends with it has these bytes, too. So each finds
 * by a few questions what it may end with, and is compared with that. If many
 * have one key they are taken for alike, which costs time and nothing else.
 */
#include "merge.h"

SELDOM uint64_t merge_few_bytes(const char *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value >> 8 | (uint64_t)(unsigned char)bytes[i] << 56;
    return value;
}

enum {
    BITS_EACH = 8,    /* a string's share of those for hashes */
    MANY = 16,        /* more strings of one key are not compared */
    MOST_PROBES = 64, /* more are needed only if somebody means it */
};

/* For each of 64 hashes of eight bytes a bit. */
struct seen {
    uint64_t once, twice;
};

/* Strings with the same key. */
struct key {
    uint32_t hash;
    uint32_t first; /* of them, + 1; 0: free */
};

enum mark { LISTED = 1, LISTED_WITH_REST }; /* with those behind it */

struct finder {
    const struct merge_group *group;
    struct seen *seen; /* a power of two of them */
    struct key *keys;  /* open addressing, a power of two of them */
    uint32_t seen_mask, key_mask;
    uint32_t sizes[256]; /* by its last byte: the sum of all that keys have */
    uint32_t *next;      /* by entry: an older one with its key, + 1 */
    uint8_t *marks;      /* by entry: enum mark */
    uint32_t *list;      /* the result */
    uint32_t count;
};

static inline uint32_t key_size(const struct merge_entry *entry)
{
    return UINT32_C(1) << (31 - __builtin_clz(entry->size));
}

static inline uint32_t *sizes_of(struct finder *f,
                                 const struct merge_entry *entry)
{
    return &f->sizes[(unsigned char)entry->bytes[entry->size - 1]];
}

/* ---- The last eight bytes ------------------------------------------------ */

static inline uint32_t hash_last_eight(const struct merge_entry *entry)
{
    return (uint32_t)hash_word(0, read64(entry->bytes + entry->size - 8));
}

static inline void see(struct finder *f, const struct merge_entry *entry)
{
    if (entry->size < 8) {
        if (entry->size)
            *sizes_of(f, entry) |= key_size(entry);
        return;
    }
    uint32_t hash = hash_last_eight(entry);
    struct seen *seen = &f->seen[hash / 64 & f->seen_mask];
    uint64_t bit = 1ull << hash % 64;
    seen->twice |= seen->once & bit;
    seen->once |= bit;
}

/* False for most of those that are alike to none. */
static inline bool is_left(struct finder *f, const struct merge_entry *entry)
{
    if (entry->size < 8)
        return entry->size > 0;
    uint32_t hash = hash_last_eight(entry);
    return (f->seen[hash / 64 & f->seen_mask].twice >> hash % 64 & 1) ||
           (*sizes_of(f, entry) & 7);
}

/* ---- Keys ---------------------------------------------------------------- */

/* Of the last `size` bytes, the first and the last eight tell enough. */
static uint32_t hash_last(const struct merge_entry *entry, uint32_t size)
{
    uint64_t last = merge_last_bytes(entry->bytes, entry->size);
    uint64_t sum = size < 8
                       ? last >> (64 - 8 * size)
                       : last + 2 * read64(entry->bytes + entry->size - size);
    return (uint32_t)hash_word(size, sum);
}

/* The key that is the last `size` bytes of a string, or a free one; after too
 * many others, one that they share. */
static struct key *find_key(const struct finder *f,
                            const struct merge_entry *entry, uint32_t size)
{
    uint32_t hash = hash_last(entry, size), at = hash;
    struct key *key = &f->keys[at & f->key_mask];
    while (key->first && key->hash != hash && at - hash < MOST_PROBES)
        key = &f->keys[++at & f->key_mask];
    if (!key->first)
        key->hash = hash;
    return key;
}

static void enter_key(struct finder *f, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(f->group, i);
    struct key *key = find_key(f, entry, key_size(entry));
    f->next[i] = key->first;
    key->first = i + 1;
    *sizes_of(f, entry) |= key_size(entry);
}

/* ---- What is alike ------------------------------------------------------- */

static void list(struct finder *f, uint32_t i)
{
    if (!f->marks[i])
        f->list[f->count++] = i;
    f->marks[i] |= LISTED;
}

/* True if one is the end of the other. If not, already its first bytes differ,
 * as the last ones are the key. */
static bool are_alike(const struct merge_entry *whole,
                      const struct merge_entry *end)
{
    if (whole->size < end->size)
        return are_alike(end, whole);
    const char *tail = whole->bytes + whole->size - end->size;
    return (end->size < 8 || read64(tail) == read64(end->bytes)) &&
           !memcmp(tail, end->bytes, end->size);
}

/* Compares the i-th with strings of one key, the first of which is given. */
static void compare(struct finder *f, uint32_t i, uint32_t first)
{
    const struct merge_entry *entry = merge_entry_at(f->group, i);
    uint32_t j = first;
    for (unsigned n = 0; j && n < MANY && f->marks[j - 1] < LISTED_WITH_REST;
         n++, j = f->next[j - 1])
        if (are_alike(entry, merge_entry_at(f->group, j - 1)))
            list(f, i), list(f, j - 1);
    if (j)
        list(f, i);
    for (j = j ? first : 0; j && f->marks[j - 1] < LISTED_WITH_REST;
         j = f->next[j - 1]) {
        list(f, j - 1);
        f->marks[j - 1] |= LISTED_WITH_REST;
    }
}

static void look(struct finder *f, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(f->group, i);
    uint32_t sizes = *sizes_of(f, entry) & (key_size(entry) - 1);
    uint32_t first = f->next[i];
    for (;; sizes &= sizes - 1) {
        if (first)
            compare(f, i, first);
        if (!sizes)
            return;
        first = find_key(f, entry, sizes & -sizes)->first;
    }
}

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
                list(f, i);
        }
}

/* ---- The whole ----------------------------------------------------------- */

static uint32_t power_of_two_from(uint64_t least)
{
    uint32_t power = 16;
    while (power < least && power < 1u << 31)
        power *= 2;
    return power;
}

/* Lists what is_left(); returns how many these are. */
static uint32_t list_left(struct finder *f, uint32_t *left)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->group->count; i++)
        see(f, merge_entry_at(f->group, i));
    for (uint32_t i = 0; i < f->group->count; i++)
        if (is_left(f, merge_entry_at(f->group, i)))
            left[count++] = i;
    return count;
}

static bool find_alike(struct finder *f, uint32_t class_mask)
{
    struct arena *room = f->group->room;
    uint32_t all = f->group->count;
    uint32_t *left = arena_array(room, all, uint32_t);
    f->seen_mask = power_of_two_from((uint64_t)all * BITS_EACH / 64) - 1;
    f->seen = arena_array(room, f->seen_mask + 1, struct seen);
    f->next = arena_array(room, all, uint32_t);
    f->marks = arena_array(room, all, uint8_t);
    f->list = arena_array(room, all, uint32_t);
    if (!left || !f->seen || !f->next || !f->marks || !f->list)
        return false;
    uint32_t count = list_left(f, left);
    f->key_mask = power_of_two_from((uint64_t)count * 4 / 3) - 1;
    f->keys = arena_array(room, f->key_mask + 1, struct key);
    if (!f->keys)
        return false;
    for (uint32_t i = 0; i < count; i++)
        enter_key(f, left[i]);
    for (uint32_t i = 0; i < count; i++)
        look(f, left[i]);
    if (f->group->empty) {
        list(f, f->group->empty - 1);
        list_smallest(f, class_mask);
    }
    return true;
}

uint32_t *merge_list_alike(const struct merge_group *group, uint32_t class_mask,
                           uint32_t *count)
{
    struct finder f = {.group = group};
    if (!find_alike(&f, class_mask))
        return NULL;
    *count = f.count;
    return f.list;
}
