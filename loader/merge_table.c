/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings and constants are equal: each is looked up in a table by its
 * hash.
 *
 * Receives the places of one section after the other. Afterwards each has its
 * entry, and each entry the place that GNU ld leaves it in: the first of those
 * that demand the largest alignment.
 */
#include "merge.h"
#include "string_table.h"

#include <string.h>

/* Further slots than this are not looked at: so many are taken only if somebody
 * means to. Then equal entries remain, until merge_ends.c sorts. */
enum { MOST_PROBES = 128 };

/* ---- Strings in bytes --------------------------------------------------- */

/* Goes to the NUL behind a string that does not start with one. Words of eight
 * bytes are read up to there: STRING_MARGIN. */
static inline const char *read_string(const char *at, uint32_t *hash)
{
    uint64_t so_far = 0, word, nul;
    for (; !(nul = nul_bytes(word = read64(at))); at += 8)
        so_far = merge_hash_word(so_far, word);
    unsigned bits =
        (unsigned)__builtin_ctzll(nul); /* of the NUL, the highest */
    *hash = merge_hash_end(so_far, word << (63 - bits));
    return at + bits / 8;
}

struct merge_place *merge_read_text(struct merge_reader *r,
                                    struct merge_place *place,
                                    const struct merge_place *last)
{
    const char *at = r->bytes + r->at, *end = r->bytes + r->size;
    for (; at < end && place < last; place++) {
        place->offset = (uint32_t)(at - r->bytes);
        if (*at) {
            uint32_t hash;
            at = read_string(at, &hash) + 1;
            place->to = hash | MERGE_KEEPS;
            continue;
        }
        place->to = MERGE_NUL;
        while (at < end && !*at)
            at++;
    }
    r->at = (uint64_t)(at - r->bytes);
    return place;
}

/* ---- The table ---------------------------------------------------------- */

/* The slot of an equal entry, or a free one; NULL after too many others. */
static inline struct merge_slot *find_slot(const struct merge_group *group,
                                           span bytes, uint32_t hash)
{
    for (uint64_t at = hash; at <= (uint64_t)hash + MOST_PROBES; at++) {
        struct merge_slot *slot = &group->slots[at & group->slot_mask];
        if (!slot->entry)
            return slot;
        if (slot->hash != hash)
            continue;
        const struct merge_entry *entry =
            merge_entry_at(group, slot->entry - 1);
        if (span_same((span){entry->bytes, entry->size}, bytes))
            return slot;
    }
    return NULL;
}

uint32_t merge_find(const struct merge_group *group, span bytes, uint32_t hash)
{
    const struct merge_slot *slot = find_slot(group, bytes, hash | MERGE_KEEPS);
    return slot ? slot->entry - 1 : MERGE_NONE;
}

/* ---- Places ------------------------------------------------------------- */

/* A string is aligned to what its offset is a multiple of, but no more than its
 * section is; 0 is a multiple of all. */
static inline uint32_t string_align(uint64_t most, uint64_t offset)
{
    uint64_t align = offset & -offset;
    return (uint32_t)(align - 1 < most - 1 ? align : most);
}

static inline uint32_t place_align(const struct merge_group *group,
                                   const struct merge_place *place)
{
    bool is_plain = group->align == 1 || !group->has_strings;
    return is_plain ? 1 : string_align(group->align, place->offset);
}

/* Makes an entry of a place that has none, and notes it in that slot, if one
 * is free. */
static inline bool enter(struct merge_group *group, struct section *section,
                         struct merge_place *place, span bytes,
                         struct merge_slot *slot)
{
    uint32_t hash = place->to;
    struct merge_entry *entry = merge_new_entry(group, section, place, bytes);
    entry->align = place_align(group, place);
    if (group->has_strings)
        merge_note_end(group, entry, group->count - 1);
    else
        entry->in = MERGE_NONE;
    if (slot)
        *slot = (struct merge_slot){hash, group->count};
    else
        group->has_missed = true;
    return merge_keep_room(group);
}

bool merge_add_section(struct merge_group *group, struct section *section)
{
    const struct merged_section *merged = section->merged;
    struct merge_place *place = merged->places, *end = place + merged->count;
    uint32_t terminator = merge_terminator(group);
    bool ok = true;
    for (; ok && place < end; place++) {
        span bytes = {merged->bytes + place->offset,
                      place[1].offset - place->offset - terminator};
        if (place->to < MERGE_KEEPS) {
            ok = merge_enter_nuls(group, section, place);
            continue;
        }
        struct merge_slot *slot = find_slot(group, bytes, place->to);
        if (!slot || !slot->entry) {
            ok = enter(group, section, place, bytes, slot);
            continue;
        }
        place->to = slot->entry - 1;
        if (group->align > 1 && group->has_strings)
            merge_keep_if_aligned(group, section, place,
                                  place_align(group, place));
    }
    if (group->copies)
        merge_copy_kept(group, section->merged);
    return ok;
}
