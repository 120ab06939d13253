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

#include <elf.h>
#include <string.h>

enum { FIRST_SLOTS = SYMBOL_MOST_PROBES };

SELDOM struct hashed_name symbol_table_hash(const struct symbol_table *table,
                                            span name)
{
    return (struct hashed_name){name, span_hash(name, table->seed),
                                table->seed};
}

static struct symbol_slot *slot_at(const struct symbol_table *table,
                                   uint64_t index)
{
    return &table->slots[index & (table->slot_count - 1)];
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
    for (uint64_t i = 0; i < SYMBOL_MOST_PROBES; i++) {
        struct symbol_slot *slot = slot_at(table, name->hash + i);
        if (!slot->symbol || (slot->hash == name->hash &&
                              span_same(slot->symbol->name, name->text)))
            return slot;
    }
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
    for (uint64_t i = 0; i < SYMBOL_MOST_PROBES; i++)
        if (!slot_at(table, hash + i)->symbol)
            return slot_at(table, hash + i);
    return NULL;
}

/* Puts the symbols of a table into the empty slots of another one; false if one
 * finds none. With the same seed no symbol is looked at. */
static bool fill(struct symbol_table *table, const struct symbol_table *from)
{
    for (uint64_t i = 0; i < from->slot_count; i++) {
        struct symbol_slot filled = from->slots[i];
        if (!filled.symbol)
            continue;
        if (table->seed != from->seed)
            filled.hash = span_hash(filled.symbol->name, table->seed);
        struct symbol_slot *slot = free_slot(table, filled.hash);
        if (!slot)
            return false;
        *slot = filled;
    }
    return true;
}

/* Twice the slots, and another seed if some symbol finds none of them. */
static SELDOM bool grow(struct arena *arena, struct symbol_table *table,
                        uint64_t seed)
{
    struct symbol_table larger = *table;
    larger.seed = seed;
    larger.slot_count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
    larger.slots = arena_array(arena, larger.slot_count, struct symbol_slot);
    if (!larger.slots)
        return false;
    while (!fill(&larger, table)) {
        memset(larger.slots, 0, larger.slot_count * sizeof(*larger.slots));
        larger.seed++;
    }
    if (!larger.last)
        larger.last = &table->first;
    *table = larger;
    return true;
}

struct symbol *symbol_table_add(struct arena *arena, struct symbol_table *table,
                                struct symbol_slot *slot,
                                const struct hashed_name *name)
{
    struct symbol *symbol = arena_new(arena, struct symbol);
    if (!symbol)
        return NULL;
    symbol->name = name->text;
    symbol->binding = STB_GLOBAL;
    *slot = (struct symbol_slot){name->hash, symbol};
    *table->last = symbol;
    table->last = &symbol->next;
    table->count++;
    return symbol;
}

struct symbol *symbol_table_enter_hashed(struct arena *arena,
                                         struct symbol_table *table,
                                         const struct hashed_name *name)
{
    struct hashed_name again;
    if (!symbol_table_has_room(table) && !grow(arena, table, table->seed))
        return NULL;
    for (;;) {
        if (name->seed != table->seed) {
            again = symbol_table_hash(table, name->text);
            name = &again;
        }
        struct symbol_slot *slot = symbol_table_slot(table, name);
        if (slot)
            return slot->symbol ? slot->symbol
                                : symbol_table_add(arena, table, slot, name);
        if (!grow(arena, table, table->seed + 1))
            return NULL;
    }
}

SELDOM struct symbol *symbol_table_enter(struct arena *arena,
                                         struct symbol_table *table, span name)
{
    struct hashed_name hashed = symbol_table_hash(table, name);
    return symbol_table_enter_hashed(arena, table, &hashed);
}
