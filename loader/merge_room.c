/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What merge_table.c seldom asks for: room, and what is done for a place that
 * is not usual. Made small, as the other file is made fast.
 */
#include "merge.h"

#include <string.h>

/* ---- Tables ------------------------------------------------------------- */

/* Slots and entries move to a place of so many. */
static void move(struct merge_group *group, const struct merge_group *old)
{
    uint64_t mask = group->slot_mask;
    for (uint64_t i = 0; i < old->slot_count; i++) {
        uint64_t to = old->slots[i].hash;
        if (!old->slots[i].entry)
            continue;
        while (group->slots[to & mask].entry)
            to++;
        group->slots[to & mask] = old->slots[i];
    }
    for (uint32_t i = 0; i < group->count; i++) {
        group->entries[i] = old->entries[i];
        if (group->entries[i].size >= group->noted_size)
            merge_note_end(group, &group->entries[i], i + 1);
        else
            merge_note_short(group, &group->entries[i]);
    }
}

/* Entries and ends in one piece: as large a piece of memory, and larger, the
 * table of an image's symbols wants when this one is given back. */
static void make_entries(struct merge_group *group, struct arena *room)
{
    uint64_t size = (group->most + 1) * sizeof(*group->entries);
    uint64_t ends = group->slot_count * sizeof(*group->ends);
    char *both = arena_room(room, size + ends, 1);
    if (!both)
        return;
    group->entries = (struct merge_entry *)both;
    group->ends = memset(both + size, 0, ends);
}

bool merge_make_tables(struct merge_group *group, uint64_t slots)
{
    struct arena *room = group->room;
    struct merge_group old = *group;
    group->slot_count = slots;
    group->slot_mask = slots - 1;
    group->most = (uint32_t)(slots / 4 * 3); /* a quarter is free */
    group->end_shift = (uint32_t)__builtin_clzll(slots) + 1;
    group->slots = arena_array(room, slots, struct merge_slot);
    make_entries(group, room);
    group->sizes = arena_array(room, slots, uint8_t);
    group->long_sizes = arena_array(room, slots, uint8_t);
    group->few_sizes = arena_array(room, MERGE_FEW_SIZES + 256, uint8_t);
    if (room->failed)
        return false;
    move(group, &old);
    return true;
}

/* In a kernel a string has 27 bytes, and few are there twice: the table begins
 * with the slots that it needs. What debuggers read is mostly said again and
 * again. */
enum { BYTES_FOR_SLOT = 20, BYTES_OF_COPIES = 256 };

bool merge_make_room(struct merge_group *group, uint64_t bytes, uint64_t count)
{
    uint64_t slots = 16;
    while (slots <
           bytes / (group->has_inputs ? BYTES_OF_COPIES : BYTES_FOR_SLOT))
        slots *= 2;
    if (group->has_inputs) { /* terminators that are missing count, too */
        group->copies =
            arena_take(&group->link->arena, bytes + count * group->unit, 1);
        if (!group->copies)
            return false;
    }
    return merge_make_tables(group, slots);
}

/* ---- Hashes ------------------------------------------------------------- */

uint32_t merge_hash(span bytes)
{
    uint64_t hash = 0;
    for (; bytes.size >= 8; bytes.data += 8, bytes.size -= 8)
        hash = merge_hash_word(hash, read64(bytes.data));
    return merge_hash_end(
        hash, merge_few_bytes(bytes.data, (uint32_t)bytes.size) >> 8);
}

/* ---- Places ------------------------------------------------------------- */

/* NULs between strings are a string without characters if one of them is
 * aligned as the section is; the first one keeps it. */
void merge_enter_nuls(struct merge_group *group, struct merge_place *place)
{
    if (align_up(place->offset, group->align) >= place[1].offset)
        return;
    if (group->empty) {
        place->to = group->empty - 1;
        return;
    }
    uint32_t home = (uint32_t)(place - group->section->merged->places);
    struct merge_entry *entry =
        merge_new_entry(group, group->section, home, "", 0);
    place->to = MERGE_KEEPS + group->count - 1;
    entry->align = (uint32_t)group->align;
    entry->before = 0;
    group->empty = group->count;
}

/* A place that is aligned more than all before keeps the entry. */
void merge_keep_if_aligned(const struct merge_group *group,
                           struct merge_place *place, uint32_t align)
{
    const struct merged_section *merged = group->section->merged;
    struct merge_entry *entry = merge_entry_at(group, place->to);
    if (align <= entry->align)
        return;
    merge_home(entry)->to -= MERGE_KEEPS;
    place->to += MERGE_KEEPS;
    entry->align = align;
    entry->home = (uint32_t)(place - merged->places);
    entry->owner = group->section;
    entry->bytes = merged->bytes + place->offset;
}

/* Copies what is kept here, with a terminator if it is a string. */
void merge_copy_kept(struct merge_group *group, struct merged_section *merged)
{
    merged->bytes = group->copies;
    for (uint32_t i = 0; i < merged->count; i++) {
        if (merged->places[i].to < MERGE_KEEPS)
            continue;
        struct merge_entry *entry =
            merge_entry_at(group, merged->places[i].to - MERGE_KEEPS);
        entry->bytes = memcpy(group->copies, entry->bytes, entry->size);
        group->copies += entry->size + merge_terminator(group);
    }
}
