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
static SELDOM bool has_fitting_align(const struct section *s)
{
    if (s->entry_size < s->align)
        return is_power_of_two(s->entry_size) && (s->flags & SHF_STRINGS);
    return s->entry_size % s->align == 0;
}

/* At boot debug sections are not read. */
static SELDOM bool is_wanted(const struct link *link, const struct section *s)
{
    return link->request->output == BOOTLINK_IN_FILE ||
           s->output->flags & SHF_ALLOC;
}

static SELDOM bool is_mergeable(const struct link *link,
                                const struct section *s)
{
    return s->state == SECTION_PLACED && (s->flags & SHF_MERGE) &&
           s->type != SHT_NOBITS && s->size && s->size < UINT32_MAX &&
           s->entry_size && s->size % s->entry_size == 0 &&
           s->relocation_count == 0 && has_fitting_align(s) &&
           s->align <= UINT32_MAX && is_wanted(link, s);
}

/* ---- What stays --------------------------------------------------------- */

/* The entry that stays at a section's i-th place; NULL: it goes elsewhere. */
static inline struct merge_entry *
entry_staying(const struct merged_section *merged, uint32_t i)
{
    uint32_t number = merged->places[i].entry;
    if (number == MERGE_NONE)
        return NULL;
    struct merge_entry *entry = merge_entry_at(merged->group, number);
    bool stays = entry->home == merged->first + i && entry->in == MERGE_NONE;
    return stays ? entry : NULL;
}

/* Of a character, for what is a string. */
static uint64_t terminator_size(const struct merge_group *group)
{
    return group->has_strings ? group->unit : 0;
}

/* Gives what stays in a section its offset there, and the section its size. */
static void settle_section(struct section *s)
{
    const struct merged_section *merged = s->merged;
    struct merge_group *group = merged->group;
    uint64_t size = 0, terminator = terminator_size(group);
    for (uint32_t i = 0; i < merged->count; i++) {
        struct merge_entry *entry = entry_staying(merged, i);
        if (!entry)
            continue;
        if (group->first == MERGE_NONE)
            group->first = merged->places[i].entry;
        entry->offset = align_up(size, entry->align);
        size = entry->offset + entry->size + terminator;
    }
    s->size = size;
}

/* If all inputs ended aligned, so does the part of the last string. */
static void pad_last(struct merge_group *group)
{
    const struct merge_entry *last = merge_entry_at(group, 0);
    if (group->align == 1 || !group->is_padded || !group->has_strings)
        return;
    for (uint32_t i = 1; i < group->count; i++)
        if (merge_entry_at(group, i)->home > last->home)
            last = merge_entry_at(group, i);
    last->owner->size = align_up(last->owner->size, last->owner->align);
}

/* ---- Groups ------------------------------------------------------------- */

static SELDOM bool add_section(struct merge_group *group, struct section *s)
{
    struct merged_section *merged =
        arena_new(&group->link->arena, struct merged_section);
    if (!merged)
        return false;
    merged->group = group;
    merged->input_size = s->size;
    s->merged = merged;
    group->is_padded &= s->size % s->align == 0;
    bool ok = merge_add_section(group, s);
    link_leave(group->link, s->object->bytes);
    return ok;
}

static SELDOM bool fill_group(struct merge_group *group,
                              struct section **sections, uint64_t count)
{
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < count; i++)
        bytes += sections[i]->size;
    bool ok = merge_make_room(group, bytes, count);
    for (uint64_t i = 0; ok && i < count; i++)
        ok = add_section(group, sections[i]);
    return ok;
}

static SELDOM bool merge_group(struct link *link, struct section **sections,
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
        .align = sections[0]->align,
        .has_strings = sections[0]->flags & SHF_STRINGS,
        .has_inputs = link->lets_go && !(sections[0]->flags & SHF_ALLOC),
        .is_padded = true,
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
static SELDOM int by_group(const void *context, const void *a, const void *b)
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

/* All that can be merged, in the order of the inputs. */
struct mergeable {
    struct section **list;
    uint64_t count, capacity;
};

static bool list_mergeable(const struct link *link, struct arena *room,
                           struct mergeable *all)
{
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1;
             o->section_flags & SHF_MERGE && i < o->section_count; i++) {
            if (!(o->sections[i].flags & SHF_MERGE) ||
                !is_mergeable(link, &o->sections[i]))
                continue;
            all->list = arena_grow(room, all->list, all->count, &all->capacity,
                                   sizeof(*all->list));
            if (!all->list)
                return false;
            all->list[all->count++] = &o->sections[i];
        }
    return true;
}

static SELDOM bool merge_all(struct link *link, struct arena *room)
{
    struct mergeable all = {0};
    if (!list_mergeable(link, room, &all) ||
        !sort_pointers(room, all.list, all.count, by_group, NULL))
        return false;
    for (uint64_t i = 0, end; i < all.count; i = end) {
        for (end = i + 1; end < all.count; end++)
            if (by_group(NULL, all.list[i], all.list[end]) != 0)
                break;
        if (!merge_group(link, all.list + i, end - i))
            return false;
    }
    return true;
}

SELDOM bool merge_sections(struct link *link)
{
    struct arena room = arena_open(link->world, BOOTLINK_MEMORY_SCRATCH);
    bool ok = merge_all(link, &room);
    arena_close(&room);
    return ok;
}

/* ---- Afterwards --------------------------------------------------------- */

/* The place that `offset` lies in: the last one that starts there or before. */
static const struct merge_place *find_place(const struct merged_section *merged,
                                            uint64_t offset)
{
    const struct merge_group *group = merged->group;
    const struct merge_place *place = merged->places;
    if (!group->has_strings)
        return &place[offset / group->unit];
    for (uint32_t count = merged->count, half; count > 1; count -= half) {
        half = count / 2;
        place = place[half].offset <= offset ? place + half : place;
    }
    return place;
}

uint64_t merged_output_offset(const struct section *section, uint64_t offset)
{
    const struct merged_section *merged = section->merged;
    const struct merge_group *group = merged->group;
    if (offset >= merged->input_size)
        return section->offset + section->size;
    const struct merge_place *place = find_place(merged, offset);
    uint32_t i = place->entry;
    /* A NUL between strings is the empty string, or any terminator. */
    if (i == MERGE_NONE || merge_entry_at(group, i)->size == 0) {
        i = group->empty ? group->empty - 1 : group->first;
        offset = merge_entry_at(group, i)->size + offset % group->unit;
    } else if (group->has_strings) {
        offset -= place->offset;
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

/* Entries that lie side by side as they do in the input. */
struct run {
    const char *bytes;
    uint64_t offset, size; /* without the last terminator */
};

static uint64_t emit_run(const struct run *run, char *to)
{
    if (run->size)
        memcpy(to + run->offset, run->bytes, run->size);
    return run->offset + run->size;
}

/* Most strings stay, so several are copied at a time. */
void merged_emit(const struct section *section, char *to)
{
    const struct merged_section *merged = section->merged;
    uint64_t terminator = terminator_size(merged->group), end;
    struct run run = {0};
    for (uint32_t i = 0; i < merged->count; i++) {
        const struct merge_entry *entry = entry_staying(merged, i);
        if (!entry)
            continue;
        uint64_t size = run.size + terminator;
        if (run.size && entry->bytes == run.bytes + size &&
            entry->offset == run.offset + size) {
            run.size = size + entry->size;
            continue;
        }
        end = emit_run(&run, to);
        memset(to + end, 0, entry->offset - end);
        run = (struct run){entry->bytes, entry->offset, entry->size};
    }
    end = emit_run(&run, to);
    memset(to + end, 0, section->size - end);
}
