/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names to symbols: open addressing, at most half full, so that a search looks
 * at one or two slots. Each name is hashed once.
 *
 * Names can be made up so that all have one hash, and then every search would
 * go over all of them. So no search goes further than SYMBOL_MOST_PROBES: if a
 * name finds no place within that, all get other places, by a hash with another
 * seed. Names that collide under many seeds cannot be made up.
 */
#include "loader.h"

#include <string.h>

enum {
    FIRST_SLOTS = SYMBOL_MOST_PROBES,
    SPARE_SYMBOLS = 16, /* that memory is taken for at once: 20 instructions
                           less for each */
    SYMBOL_ALIGN = 32,
};

SELDOM struct hashed_name symbol_table_hash(const struct symbol_table *table,
                                            span name)
{
    return (struct hashed_name){name, span_hash(name, table->seed),
                                table->seed};
}

SELDOM struct symbol_rest *symbol_rest(struct arena *arena,
                                       struct symbol *symbol)
{
    if (!symbol->rest)
        symbol->rest = arena_new(arena, struct symbol_rest);
    return symbol->rest;
}

struct symbol_slot *symbol_table_slot(const struct symbol_table *table,
                                      const struct hashed_name *name)
{
    if (name->seed != table->seed || !table->slot_count)
        return NULL;
    struct symbol_slot *slot = symbol_table_home(table, name->hash);
    for (unsigned left = SYMBOL_MOST_PROBES; left; left--, slot++)
        if (!slot->symbol || (slot->hash == name->hash &&
                              span_same(slot->symbol->name, name->text)))
            return slot;
    return NULL;
}

SELDOM struct symbol *
symbol_table_find_hashed(const struct symbol_table *table,
                         const struct hashed_name *of_caller)
{
    struct hashed_name name = *of_caller;
    if (name.seed != table->seed)
        name = symbol_table_hash(table, name.text);
    struct symbol_slot *slot = symbol_table_slot(table, &name);
    return slot ? slot->symbol : NULL;
}

SELDOM struct symbol *symbol_table_find(const struct symbol_table *table,
                                        span name)
{
    struct hashed_name hashed = symbol_table_hash(table, name);
    return symbol_table_find_hashed(table, &hashed);
}

/* The first free slot for a hash that no slot has with the same name. */
static struct symbol_slot *free_slot(const struct symbol_table *table,
                                     uint64_t hash)
{
    struct symbol_slot *slot = symbol_table_home(table, hash);
    for (unsigned left = SYMBOL_MOST_PROBES; left; left--, slot++)
        if (!slot->symbol)
            return slot;
    return NULL;
}

static uint64_t all_slots(const struct symbol_table *table)
{
    return table->slot_count ? table->slot_count + SYMBOL_MOST_PROBES : 0;
}

/* Puts the symbols of a table into the empty slots of another one; false if one
 * finds none. With the same seed no symbol is looked at. */
static bool fill(struct symbol_table *table, const struct symbol_table *from)
{
    const struct symbol_slot *filled = from->slots;
    for (uint64_t left = all_slots(from); left; left--, filled++) {
        if (!filled->symbol)
            continue;
        uint64_t hash = filled->hash;
        if (table->seed != from->seed)
            hash = span_hash(filled->symbol->name, table->seed);
        struct symbol_slot *slot = free_slot(table, hash);
        if (!slot)
            return false;
        *slot = (struct symbol_slot){hash, filled->symbol};
    }
    return true;
}

/* So many slots, and another seed if some symbol finds none of them. */
static SELDOM bool grow(struct arena *arena, struct symbol_table *table,
                        uint64_t slot_count, uint64_t seed)
{
    struct symbol_table larger = *table;
    larger.seed = seed;
    larger.slot_count = slot_count;
    larger.home_mask = (slot_count - 1) * sizeof(*larger.slots);
    larger.slots = arena_array(arena, all_slots(&larger), struct symbol_slot);
    if (!larger.slots)
        return false;
    while (!fill(&larger, table)) {
        memset(larger.slots, 0, all_slots(&larger) * sizeof(*larger.slots));
        larger.seed++;
    }
    if (!larger.last)
        larger.last = &table->first;
    *table = larger;
    return true;
}

/* A full table becomes four times as large: the old one stays in the arena, and
 * so that is a third more, not twice as much. For symbols that are expected it
 * is as large as they need, since it will not grow again. */
bool symbol_table_reserve(struct arena *arena, struct symbol_table *table,
                          uint64_t count)
{
    uint64_t slots = table->slot_count ? table->slot_count : FIRST_SLOTS;
    while (slots / 2 < table->count + count)
        slots *= table->slot_count ? 4 : 2;
    while (slots / 2 < table->expected)
        slots *= 2;
    return slots == table->slot_count || grow(arena, table, slots, table->seed);
}

/* The first 32 bytes of a symbol, with its name, are in one line of the cache
 * so: otherwise those of each fourth are in two. */
SELDOM bool symbol_table_refill(struct arena *arena, struct symbol_table *table)
{
    uint64_t size = SPARE_SYMBOLS * sizeof(struct symbol);
    char *room = arena_take(arena, 1, size + SYMBOL_ALIGN - ARENA_ALIGNMENT);
    if (!room)
        return false;
    table->spare = (struct symbol *)align_up((uintptr_t)room, SYMBOL_ALIGN);
    table->spare_end = table->spare + SPARE_SYMBOLS;
    return true;
}

struct symbol *symbol_table_enter_hashed(struct arena *arena,
                                         struct symbol_table *table,
                                         const struct hashed_name *name)
{
    struct hashed_name again;
    if (table->slot_count / 2 <= table->count &&
        !symbol_table_reserve(arena, table, 1))
        return NULL;
    for (;;) {
        if (name->seed != table->seed) {
            again = symbol_table_hash(table, name->text);
            name = &again;
        }
        struct symbol_slot *home = symbol_table_home(table, name->hash);
        struct symbol_slot *slot =
            home->symbol ? symbol_table_slot(table, name) : home;
        if (slot)
            return slot->symbol ? slot->symbol
                                : symbol_table_add(arena, table, slot,
                                                   name->text, name->hash);
        if (!grow(arena, table, table->slot_count * 2, table->seed + 1))
            return NULL;
    }
}

SELDOM struct symbol *symbol_table_enter(struct arena *arena,
                                         struct symbol_table *table, span name)
{
    struct hashed_name hashed = symbol_table_hash(table, name);
    return symbol_table_enter_hashed(arena, table, &hashed);
}
