/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names to symbols: open addressing, at most half full, so that a search looks
 * at one or two slots. Each name is hashed once.
 *
 * Names can be made up so that all have one hash, and then every search would
 * go over all of them. So no search goes further than MOST_PROBES: if a name
 * finds no place within that, all get other places, by a hash with another
 * seed. Names that collide under many seeds cannot be made up.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

/* More than chance brings about: half full, the longest way among 10^8 names
 * is about 100. */
enum { MOST_PROBES = 128, FIRST_SLOTS = 64 };

/* The slot that holds `name`, or the free one where it belongs; NULL if all
 * that may hold it hold others. */
static struct symbol **find_slot(const struct symbol_table *table, span name,
                                 uint64_t hash)
{
    uint64_t mask = table->slot_count - 1;
    for (uint64_t i = 0; i < MOST_PROBES && i <= mask; i++) {
        struct symbol **slot = &table->slots[(hash + i) & mask];
        struct symbol *s = *slot;
        if (!s || (s->hash == hash && span_equal(s->name, name)))
            return slot;
    }
    return NULL;
}

struct symbol *symbol_table_find(const struct symbol_table *table, span name)
{
    if (!table->slot_count)
        return NULL;
    struct symbol **slot = find_slot(table, name, span_hash(name, table->seed));
    return slot ? *slot : NULL;
}

/* Puts all symbols into empty slots; false if one finds none. */
static bool fill(struct symbol_table *table)
{
    memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
    for (struct symbol *s = table->first; s; s = s->next) {
        s->hash = span_hash(s->name, table->seed);
        struct symbol **slot = find_slot(table, s->name, s->hash);
        if (!slot)
            return false;
        *slot = s;
    }
    return true;
}

/* Twice the slots, and another seed if some symbol finds none of them. */
static bool grow(struct arena *arena, struct symbol_table *table)
{
    struct symbol_table larger = *table;
    larger.slot_count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
    larger.slots = arena_array(arena, larger.slot_count, struct symbol *);
    if (!larger.slots)
        return false;
    while (!fill(&larger))
        larger.seed++;
    if (!larger.last)
        larger.last = &table->first;
    *table = larger;
    return true;
}

/* The slot where a name is or will be. */
static struct symbol **slot_for(struct arena *arena, struct symbol_table *table,
                                span name, uint64_t *hash)
{
    if (table->count * 2 >= table->slot_count && !grow(arena, table))
        return NULL;
    for (;;) {
        *hash = span_hash(name, table->seed);
        struct symbol **slot = find_slot(table, name, *hash);
        if (slot)
            return slot;
        table->seed++;
        if (!grow(arena, table))
            return NULL;
    }
}

struct symbol *symbol_table_enter(struct arena *arena,
                                  struct symbol_table *table, span name)
{
    uint64_t hash;
    struct symbol **slot = slot_for(arena, table, name, &hash);
    if (!slot || *slot)
        return slot ? *slot : NULL;
    struct symbol *symbol = arena_new(arena, struct symbol);
    if (!symbol)
        return NULL;
    symbol->name = name;
    symbol->hash = hash;
    symbol->binding = STB_GLOBAL;
    *slot = symbol;
    *table->last = symbol;
    table->last = &symbol->next;
    table->count++;
    return symbol;
}
