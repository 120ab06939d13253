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

bool symbol_list_add(struct arena *arena, struct symbol_list *list,
                     struct symbol *symbol)
{
    list->items = arena_grow(arena, list->items, list->count, &list->capacity,
                             sizeof(symbol));
    if (!list->items)
        return false;
    list->items[list->count++] = symbol;
    return true;
}

/* In a bucket the last one that was mentioned comes first. */
static uint64_t key_of(const struct symbol *symbol, uint64_t buckets)
{
    uint64_t bucket = gnu_ld_hash(symbol_output_name(symbol)) % buckets;
    return bucket << 32 | (UINT32_MAX - symbol->mention);
}

bool symbols_sort_as_gnu_ld(struct link *link, struct symbol_list *list)
{
    uint64_t buckets = bucket_count(link->symbols.count), count = list->count;
    struct keyed *keyed =
        arena_room(&link->arena, count + sort_room(count), sizeof(*keyed));
    for (uint64_t i = 0; keyed && i < count; i++)
        keyed[i] = (struct keyed){key_of(list->items[i], buckets),
                                  (uintptr_t)list->items[i]};
    if (!keyed)
        return false;
    sort_by_key(keyed, count, keyed + count);
    for (uint64_t i = 0; i < count; i++)
        list->items[i] = (struct symbol *)(uintptr_t)keyed[i].item;
    return true;
}
