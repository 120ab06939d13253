/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings and constants are equal: each is looked up in a table by its
 * hash.
 *
 * Receives the places of one section after the other. Afterwards each has its
 * entry, and each entry the place that GNU ld leaves it in: the first of those
 * that demand the largest alignment. Plain strings, which nothing aligns, are
 * settled as well.
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
    *hash = merge_hash_end(so_far, word << (bits ^ 63));
    return at + bits / 8;
}

/* Slots of strings are asked for at once, and are there when the whole section
 * has been read: 4 instructions for each, and finding them takes a third less
 * time. */
struct merge_place *merge_read_text(struct merge_reader *r,
                                    struct merge_place *place,
                                    const struct merge_place *last,
                                    const struct merge_group *group)
{
    const char *at = r->bytes + r->at, *end = r->bytes + r->size;
    const struct merge_slot *slots = group->slots;
    const uint32_t mask = (uint32_t)group->slot_mask;
    for (; at < end && place < last; place++) {
        place->offset = (uint32_t)(at - r->bytes);
        if (*at) {
            uint32_t hash;
            at = read_string(at, &hash) + 1;
            place->to = hash |= MERGE_KEEPS;
            __builtin_prefetch(&slots[hash & mask]);
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

/* Behind too many others: a slot that is nobody's. */
static SELDOM struct merge_slot *no_slot(struct merge_group *group)
{
    group->has_missed = true;
    group->spare = (struct merge_slot){0, 0};
    return &group->spare;
}

/* The slot of an equal entry, or a free one. */
static inline struct merge_slot *find_slot(struct merge_group *group,
                                           span bytes, uint32_t hash)
{
    for (uint64_t at = hash; at < (uint64_t)hash + MOST_PROBES; at++) {
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
    return no_slot(group);
}

uint32_t merge_find(struct merge_group *group, span bytes, uint32_t hash)
{
    return find_slot(group, bytes, hash | MERGE_KEEPS)->entry - 1;
}

/* ---- Places ------------------------------------------------------------- */

/* A string is aligned to what its offset is a multiple of, but no more than its
 * section is; 0 is a multiple of all. */
static inline uint32_t place_align(const struct merge_group *group,
                                   uint64_t offset)
{
    uint64_t align = offset & -offset, most = group->string_align;
    return (uint32_t)(align - 1 < most - 1 ? align : most);
}

/* Makes an entry of a place that has none. */
static inline bool enter(struct merge_group *group, struct section *section,
                         uint32_t home, span bytes, uint32_t align,
                         uint32_t noted_size)
{
    uint32_t size = (uint32_t)bytes.size;
    struct merge_entry *entry =
        merge_new_entry(group, section, home, bytes.data, size);
    entry->align = align;
    if (size >= noted_size)
        merge_note_end(group, entry, group->count);
    else
        merge_note_short(group, entry);
    return merge_keep_room(group);
}

/* An aligned string that is there already. */
static SELDOM void share_aligned(struct merge_group *group,
                                 struct merge_place *place)
{
    merge_keep_if_aligned(group, place, place_align(group, place->offset));
}

/* NULs between two strings. True if one of them stays: the empty string. */
static APART bool add_nuls(struct merge_group *group, struct merge_place *place,
                           uint32_t to)
{
    merge_enter_nuls(group, place);
    if (place->to < MERGE_KEEPS)
        return false;
    place->to -= MERGE_KEEPS;
    group->empty_at = to;
    return true;
}

/* The last run ends where the section does. */
static SELDOM bool finish_plain(const struct section *section,
                                struct merge_run *last_run, bool goes_on,
                                const struct merge_moved *moved)
{
    if (goes_on)
        last_run->size = (uint32_t)section->size - 1 - last_run->to;
    return merge_keep_lists(section->merged, last_run, moved);
}

/* Plain strings: at once it is known where they go, unless an end is shared
 * later. So nobody goes over most sections again, which took 30 instructions
 * for a string. */
static bool add_plain(struct merge_group *group, struct section *section)
{
    struct merge_place *const places = section->merged->places, *place = places;
    const struct merge_place *end = places + section->merged->count;
    const char *bytes = section->merged->bytes;
    struct merge_run *run = group->runs - 1;
    struct merge_moved *moved = group->moved;
    uint32_t shift = 0;   /* so much is gone */
    bool goes_on = false; /* the run, up to here */
    for (; place < end; place++) {
        uint32_t hash = place->to, offset = place->offset;
        uint32_t gone = place[1].offset - offset;
        if (hash >= MERGE_KEEPS) {
            span string = {bytes + offset, gone - 1};
            struct merge_slot *slot = find_slot(group, string, hash);
            if (!slot->entry) {
                uint32_t home = (uint32_t)(place - places);
                place->to = offset - shift;
                if (!goes_on)
                    *++run = (struct merge_run){offset, offset - shift, 0};
                goes_on = true;
                *slot = (struct merge_slot){hash, group->count + 1};
                if (!enter(group, section, home, string, 1, MERGE_END))
                    return false;
                continue;
            }
            moved->offset = slot->entry - 1;
        } else {
            gone -= add_nuls(group, place, offset - shift);
            moved->offset = place->to;
        }
        if (goes_on && gone)
            run->size = offset - shift - 1 - run->to;
        goes_on &= gone == 0;
        shift += gone;
        place->to = MERGE_MOVED + (uint32_t)(moved++ - group->moved);
    }
    section->size = place->offset - shift;
    return finish_plain(section, run, goes_on, moved);
}

bool merge_add_section(struct merge_group *group, struct section *section)
{
    const struct merged_section *merged = section->merged;
    struct merge_place *const places = merged->places, *place = places;
    const struct merge_place *end = places + merged->count;
    const char *bytes = merged->bytes;
    uint32_t terminator = merge_terminator(group);
    group->section = section;
    section->merged->first_entry = group->count;
    if (group->is_plain)
        return add_plain(group, section);
    for (; place < end; place++) {
        uint32_t hash = place->to, offset = place->offset;
        uint32_t size = place[1].offset - offset - terminator;
        if (hash < MERGE_KEEPS) {
            merge_enter_nuls(group, place);
            continue;
        }
        span string = {bytes + offset, size};
        uint32_t home = (uint32_t)(place - places);
        struct merge_slot *slot = find_slot(group, string, hash);
        if (!slot->entry) {
            *slot = (struct merge_slot){hash, group->count + 1};
            place->to = MERGE_KEEPS + group->count;
            if (!enter(group, section, home, string, place_align(group, offset),
                       group->noted_size))
                return false;
            continue;
        }
        place->to = slot->entry - 1;
        if (group->string_align > 1)
            share_aligned(group, place);
    }
    if (group->copies)
        merge_copy_kept(group, section->merged);
    return true;
}
