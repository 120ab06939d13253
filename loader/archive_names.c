/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names to places in the symbol index of an archive, versions left aside. Open
 * addressing and seeds are those of symbol_table.c; but all names are there
 * before the first is asked for, so a slot is but the number of a place.
 */
#include "loader.h"

#include <string.h>

enum { FEWEST_SLOTS = SYMBOL_MOST_PROBES };

span archive_name(const struct archive *archive, uint64_t place)
{
    span name = archive->symbols[place].name;
    return archive->has_versions ? version_base(name) : name;
}

/* The slot that has the name, or the free one where it belongs; NULL if all
 * that may have it have others. */
static uint32_t *slot_of(const struct archive *archive, span name,
                         uint64_t hash)
{
    for (uint64_t i = 0; i < SYMBOL_MOST_PROBES; i++) {
        uint32_t *slot =
            &archive->slots[(hash + i) & (archive->slot_count - 1)];
        if (!*slot || (archive->symbols[*slot - 1].hash == hash &&
                       span_same(archive_name(archive, *slot - 1), name)))
            return slot;
    }
    return NULL;
}

/* Fills the empty slots, each with the first place of its name. False if one
 * finds none. Most homes are free, and then nothing need be looked for: 28
 * instructions less for each name. */
static bool fill(struct archive *archive, uint64_t seed)
{
    memset(archive->slots, 0, archive->slot_count * sizeof(*archive->slots));
    for (uint32_t i = archive->symbol_count; i-- > 0;) {
        struct archive_symbol *symbol = &archive->symbols[i];
        if (seed != archive->seed)
            symbol->hash = span_hash(archive_name(archive, i), seed);
        uint32_t *slot =
            &archive->slots[symbol->hash & (archive->slot_count - 1)];
        if (*slot)
            slot = slot_of(archive, archive_name(archive, i), symbol->hash);
        if (!slot)
            return false;
        symbol->next = *slot;
        *slot = i + 1;
    }
    archive->seed = seed;
    return true;
}

bool archive_enter_names(struct link *link, struct archive *archive)
{
    uint64_t count = FEWEST_SLOTS, seed = archive->seed;
    if (archive->slots)
        return true;
    while (count < 2 * archive->symbol_count)
        count *= 2;
    archive->slot_count = count;
    archive->slots = arena_array(&link->passing, count, uint32_t);
    while (archive->slots && !fill(archive, seed))
        seed++;
    return archive->slots != NULL;
}

uint32_t archive_find_name(const struct archive *archive, span name)
{
    span base = archive->has_versions ? version_base(name) : name;
    const uint32_t *slot =
        slot_of(archive, base, span_hash(base, archive->seed));
    return slot ? *slot : 0;
}
