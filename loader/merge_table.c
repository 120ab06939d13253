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

struct merge_place *merge_read_text(struct merge_reader *r,
                                    struct merge_place *place,
                                    const struct merge_place *last)
{
    const char *at = r->bytes + r->at, *end = r->bytes + r->size;
    for (; at < end && place < last; place++) {
        place->offset = (uint32_t)(at - r->bytes);
        if (*at) {
            size_t size;
            place->to = (uint32_t)string_hash(at, 0, &size) | MERGE_KEEPS;
            at += size + 1;
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
    uint64_t mask = group->slot_count - 1;
    for (uint32_t n = 0;; n++) {
        struct merge_slot *slot = &group->slots[((uint64_t)hash + n) & mask];
        if (!slot->entry)
            return slot;
        if (slot->hash == hash) {
            const struct merge_entry *entry =
                merge_entry_at(group, slot->entry - 1);
            if (span_equal((span){entry->bytes, entry->size}, bytes))
                return slot;
        }
        if (n == MOST_PROBES)
            return NULL;
    }
}

SELDOM uint32_t merge_find(const struct merge_group *group, span bytes)
{
    uint32_t hash = (uint32_t)span_hash(bytes, 0) | MERGE_KEEPS;
    const struct merge_slot *slot = find_slot(group, bytes, hash);
    return slot ? slot->entry - 1 : MERGE_NONE;
}

/* ---- Entries ------------------------------------------------------------ */

/* How a string ends. */
static inline void find_end(struct merge_entry *entry, span bytes)
{
    uint32_t size = bytes.size < MERGE_END ? (uint32_t)bytes.size : MERGE_END;
    entry->last = merge_last_bytes(bytes.data, (uint32_t)bytes.size);
    entry->end_hash =
        merge_end_hash(bytes.data + bytes.size, entry->last, size);
}

/* ---- Places ------------------------------------------------------------- */

/* A string is aligned to what its offset is a multiple of, but no more than its
 * section is; 0 is a multiple of all. */
static inline uint32_t string_align(uint64_t most, uint64_t offset)
{
    uint64_t align = offset & -offset;
    return (uint32_t)(align - 1 < most - 1 ? align : most);
}

/* Gives a place its entry. */
static inline bool enter(struct merge_group *group, struct merge_where where,
                         span bytes)
{
    uint32_t hash = where.place->to;
    struct merge_slot *slot = find_slot(group, bytes, hash);
    if (slot && slot->entry) {
        where.place->to = slot->entry - 1;
        if (where.align > 1)
            merge_keep_if_aligned(group, where);
        return true;
    }
    struct merge_entry *entry = merge_new_entry(group, where, bytes);
    if (group->has_strings) {
        find_end(entry, bytes);
        merge_note_end(group, entry);
    }
    if (slot)
        *slot = (struct merge_slot){hash, group->count};
    else
        group->has_missed = true;
    return merge_keep_room(group);
}

bool merge_add_section(struct merge_group *group, struct section *section)
{
    const struct merged_section *merged = section->merged;
    struct merge_where where = {section, merged->places, merged->first, 1};
    struct merge_place *end = where.place + merged->count;
    uint64_t most = group->has_strings ? group->align : 1;
    uint32_t terminator = merge_terminator(group), from = 0;
    const char *bytes = merged->bytes;
    for (; where.place < end; where.place++, where.number++) {
        uint32_t to = where.place[1].offset;
        span string = {bytes + from, to - from - terminator};
        if (most > 1)
            where.align = string_align(most, from);
        from = to;
        if (!(where.place->to < MERGE_KEEPS ? merge_enter_nuls(group, where)
                                            : enter(group, where, string)))
            return false;
    }
    if (group->copies)
        merge_copy_kept(group, section->merged);
    return true;
}
