/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order in which GNU ld comes by global symbols when it allocates for them:
 * that of its hash table. Entries of the GOT follow it, so that addresses are
 * the same.
 */
#include "loader.h"

/* Its hash table starts with 4051 buckets and grows when it is three quarters
 * full. */
static uint64_t bucket_count(uint64_t symbols)
{
    static const uint64_t sizes[] = {4051,   8191,   16381,  32749,  65521,
                                     131071, 262139, 524287, 1048573};
    unsigned i = 0;
    while (i + 1 < sizeof(sizes) / sizeof(*sizes) && symbols > sizes[i] * 3 / 4)
        i++;
    return sizes[i];
}

static uint64_t gnu_ld_hash(span name)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < name.size; i++) {
        uint64_t c = (unsigned char)name.data[i];
        hash += c + (c << 17);
        hash ^= hash >> 2;
    }
    hash += name.size + (name.size << 17);
    return hash ^ hash >> 2;
}

/* The key of the i-th symbol that is listed: in a bucket the last comes first.
 */
static uint64_t key_of(const struct symbol *symbol, uint64_t buckets,
                       uint64_t i)
{
    uint64_t bucket = gnu_ld_hash(symbol_output_name(symbol)) % buckets;
    return bucket << 32 | (UINT32_MAX - i);
}

struct symbol **symbols_as_gnu_ld(struct link *link,
                                  bool (*wants)(const struct symbol *symbol),
                                  uint64_t *count)
{
    struct arena *arena = &link->arena;
    uint64_t buckets = bucket_count(link->symbols.count), capacity = 8;
    struct keyed *list = arena_array(arena, capacity, struct keyed);
    *count = 0;
    for (struct symbol *s = link->symbols.first; s && list; s = s->next)
        if (wants(s)) {
            list = arena_grow(arena, list, *count, &capacity, sizeof(*list));
            if (list)
                list[*count] =
                    (struct keyed){key_of(s, buckets, *count), (uintptr_t)s};
            ++*count;
        }
    struct keyed *room = arena_array(arena, *count, struct keyed);
    if (!list || !room)
        return NULL;
    sort_by_key(list, *count, room);
    struct symbol **found = (struct symbol **)room; /* of no more use */
    for (uint64_t i = 0; i < *count; i++)
        found[i] = (struct symbol *)(uintptr_t)list[i].item;
    return found;
}
