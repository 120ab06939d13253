/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Equal strings and constants become one [gABI: Sections, SHF_MERGE].
 *
 * Receives sections that have their output sections. Afterwards each mergeable
 * one is as large as what stays in it, and section_output_offset() finds every
 * byte that moved. Results are GNU ld's, to the byte: sections that have the
 * output section, the flags, the size of entries and the alignment in common
 * are a group; the first of equal entries stays where it is, the others go, and
 * so do strings that another one ends with.
 *
 * Nothing is copied: entries lie in the input files until they are emitted.
 */
#include "merge.h"

#include <elf.h>
#include <string.h>

/* ---- What can be merged ------------------------------------------------- */

/* A string may be aligned to more than a character, a constant may not. */
static bool has_fitting_align(const struct section *s)
{
    if (s->entry_size < s->align)
        return is_power_of_two(s->entry_size) && (s->flags & SHF_STRINGS);
    return s->entry_size % s->align == 0;
}

/* At boot debug sections are not read. */
static bool is_wanted(const struct link *link, const struct section *s)
{
    return link->request->output == BOOTLINK_IN_FILE ||
           s->output->flags & SHF_ALLOC;
}

static bool is_mergeable(const struct link *link, const struct section *s)
{
    return s->state == SECTION_PLACED && (s->flags & SHF_MERGE) &&
           s->type != SHT_NOBITS && s->size && s->size < UINT32_MAX &&
           s->entry_size && s->size % s->entry_size == 0 &&
           s->relocation_count == 0 && has_fitting_align(s) &&
           s->align <= UINT32_MAX && is_wanted(link, s);
}

/* ---- What stays --------------------------------------------------------- */

/* The entry that stays at a place; NULL: it goes elsewhere. */
static struct merge_entry *entry_staying(const struct merge_group *group,
                                         uint32_t place)
{
    uint32_t i = merge_place_at(group, place)->entry;
    struct merge_entry *entry =
        i == MERGE_NONE ? NULL : merge_entry_at(group, i);
    bool stays = entry && entry->home == place && entry->in == MERGE_NONE;
    return stays ? entry : NULL;
}

/* Gives what stays in a section its offset there, and the section its size. */
static void settle_section(struct section *s)
{
    const struct merged_section *merged = s->merged;
    struct merge_group *group = merged->group;
    s->size = 0;
    for (uint32_t i = merged->first; i < merged->first + merged->count; i++) {
        struct merge_entry *entry = entry_staying(group, i);
        if (!entry)
            continue;
        if (group->first == MERGE_NONE)
            group->first = merge_place_at(group, i)->entry;
        entry->offset = align_up(s->size, entry->align);
        s->size = entry->offset + entry->size;
        s->size += group->has_strings ? group->unit : 0;
    }
}

/* If all inputs ended aligned, so does the part of the last string. */
static void pad_last(struct merge_group *group)
{
    const struct merge_entry *last = merge_entry_at(group, 0);
    for (uint32_t i = 1; i < group->count; i++)
        if (merge_entry_at(group, i)->home > last->home)
            last = merge_entry_at(group, i);
    if (group->is_padded && group->has_strings)
        last->owner->size = align_up(last->owner->size, last->owner->align);
}

/* ---- Groups ------------------------------------------------------------- */

static bool add_section(struct merge_group *group, struct section *s)
{
    struct merged_section *merged =
        arena_new(&group->link->arena, struct merged_section);
    if (!merged)
        return false;
    merged->group = group;
    merged->first = group->place_count;
    merged->input_size = s->size;
    s->merged = merged;
    group->is_padded &= s->size % s->align == 0;
    bool ok = merge_add_section(group, s);
    merged->count = group->place_count - merged->first;
    link_leave(group->link, s->object->bytes);
    return ok;
}

static bool fill_group(struct merge_group *group, struct section **sections,
                       uint64_t count)
{
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < count; i++)
        bytes += sections[i]->size;
    bool ok = merge_make_room(group, bytes);
    for (uint64_t i = 0; ok && i < count; i++)
        ok = add_section(group, sections[i]);
    return ok;
}

static bool merge_group(struct link *link, struct section **sections,
                        uint64_t count)
{
    struct merge_group *group = arena_new(&link->arena, struct merge_group);
    struct arena room = arena_open(link->world, BOOTLINK_MEMORY_SCRATCH);
    if (!group)
        return false;
    *group = (struct merge_group){
        .link = link,
        .room = &room,
        .unit = sections[0]->entry_size,
        .has_strings = sections[0]->flags & SHF_STRINGS,
        .has_inputs = link->lets_go && !(sections[0]->flags & SHF_ALLOC),
        .is_padded = true,
        .empty = MERGE_NONE,
        .first = MERGE_NONE};
    bool ok = fill_group(group, sections, count) && merge_find_ends(group);
    arena_close(&room);
    if (!ok)
        return false;
    for (uint64_t i = 0; i < count; i++)
        settle_section(sections[i]);
    pad_last(group);
    return true;
}

/* In any order, but 0 for sections of one group. */
static int by_group(const void *context, const void *a, const void *b)
{
    const struct section *left = a, *right = b;
    (void)context;
    int order =
        compare_numbers((uintptr_t)left->output, (uintptr_t)right->output);
    if (order == 0)
        order = compare_numbers(left->flags & SHF_STRINGS,
                                right->flags & SHF_STRINGS);
    if (order == 0)
        order = compare_numbers(left->entry_size, right->entry_size);
    return order ? order : compare_numbers(left->align, right->align);
}

/* All that can be merged, or only their number. */
static uint64_t list_mergeable(const struct link *link, struct section **list)
{
    uint64_t count = 0;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++) {
            if (!is_mergeable(link, &o->sections[i]))
                continue;
            if (list)
                list[count] = &o->sections[i];
            count++;
        }
    return count;
}

bool merge_sections(struct link *link)
{
    uint64_t count = list_mergeable(link, NULL);
    struct section **list = arena_array(&link->arena, count, struct section *);
    if (!list)
        return false;
    list_mergeable(link, list);
    if (!sort_pointers(&link->arena, list, count, by_group, NULL))
        return false;
    for (uint64_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count; end++)
            if (by_group(NULL, list[i], list[end]) != 0)
                break;
        if (!merge_group(link, list + i, end - i))
            return false;
    }
    return true;
}

/* ---- Afterwards --------------------------------------------------------- */

/* The place that `offset` lies in: the last one that starts there or before. */
static uint32_t find_place(const struct merged_section *merged, uint64_t offset)
{
    const struct merge_group *group = merged->group;
    if (!group->has_strings)
        return merged->first + (uint32_t)(offset / group->unit);
    uint32_t low = merged->first, high = merged->first + merged->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (merge_place_at(group, middle)->offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t merged_output_offset(const struct section *section, uint64_t offset)
{
    const struct merged_section *merged = section->merged;
    const struct merge_group *group = merged->group;
    if (offset >= merged->input_size)
        return section->offset + section->size;
    uint32_t place = find_place(merged, offset);
    uint32_t i = merge_place_at(group, place)->entry;
    /* A NUL between strings is the empty string, or any terminator. */
    if (i == MERGE_NONE || merge_entry_at(group, i)->size == 0) {
        i = group->empty != MERGE_NONE ? group->empty : group->first;
        offset = merge_entry_at(group, i)->size + offset % group->unit;
    } else if (group->has_strings) {
        offset -= merge_place_at(group, place)->offset;
    } else {
        offset %= group->unit;
    }
    const struct merge_entry *entry = merge_entry_at(group, i);
    while (entry->in != MERGE_NONE) {
        const struct merge_entry *whole = merge_entry_at(group, entry->in);
        offset += whole->size - entry->size;
        entry = whole;
    }
    return entry->owner->offset + entry->offset + offset;
}

void merged_emit(const struct section *section, char *to)
{
    const struct merged_section *merged = section->merged;
    uint64_t at = 0;
    for (uint32_t i = merged->first; i < merged->first + merged->count; i++) {
        const struct merge_entry *entry = entry_staying(merged->group, i);
        if (!entry)
            continue;
        if (at < entry->offset)
            to[at++] = 0; /* mostly the one terminator */
        if (at < entry->offset)
            memset(to + at, 0, entry->offset - at);
        if (entry->size)
            memcpy(to + entry->offset, entry->bytes, entry->size);
        at = entry->offset + entry->size;
    }
    memset(to + at, 0, section->size - at);
}
