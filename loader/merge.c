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
 * Nothing is copied: strings lie in the input files until they are emitted.
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
           s->type != SHT_NOBITS && s->size && s->size < MERGE_MOVED &&
           s->entry_size && s->size % s->entry_size == 0 &&
           s->relocation_count == 0 && has_fitting_align(s) &&
           s->align <= UINT32_MAX && is_wanted(link, s);
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
    bool ok = merge_read_section(group, s) && merge_add_section(group, s);
    if (!(s->flags & SHF_ALLOC)) /* else it is kept, see elf_sections.c */
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
        .has_inputs = link->lets_go && sections[0]->align == 1 &&
                      !(sections[0]->flags & SHF_ALLOC),
        .is_padded = true};
    group->string_align = group->has_strings ? group->align : 1;
    group->noted_size = group->has_strings ? MERGE_END : UINT32_MAX;
    group->is_plain = group->has_strings && group->unit == 1 &&
                      group->align == 1 && !group->has_inputs;
    bool ok = fill_group(group, sections, count) && merge_find_ends(group) &&
              merge_settle(group, sections, count);
    arena_close(&room);
    return ok;
}

/* What sections of one group have in common, beside their output section. */
static uint64_t kind_of(const struct section *section)
{
    return section->entry_size |
           (uint64_t)__builtin_ctzll(section->align) << 32 |
           (uint64_t)(section->flags & SHF_STRINGS) << 40;
}

static bool are_of_group(const struct section *a, const struct section *b)
{
    return a->output == b->output && kind_of(a) == kind_of(b);
}

/* All that can be merged, in the order of the inputs. */
struct mergeable {
    struct section **list;
    uint64_t count, capacity;
};

static bool list_mergeable(const struct link *link, struct arena *room,
                           struct mergeable *all)
{
    for (struct object *o = link->objects; o; o = o->next) {
        struct section *s = o->sections, *end = s + o->section_count;
        if (!(o->section_flags & SHF_MERGE))
            continue;
        for (; s < end; s++) {
            if (!(s->flags & SHF_MERGE) || !is_mergeable(link, s))
                continue;
            all->list = arena_grow(room, all->list, all->count, &all->capacity,
                                   sizeof(*all->list));
            if (!all->list)
                return false;
            all->list[all->count++] = s;
        }
    }
    return true;
}

/* Behind the i-th and its neighbours of the same group. */
static SELDOM uint64_t group_end(const struct mergeable *all, uint64_t i)
{
    uint64_t end = i + 1;
    while (end < all->count && are_of_group(all->list[i], all->list[end]))
        end++;
    return end;
}

/* By output section and kind, in any order; those of one group keep theirs. */
static SELDOM bool sort_groups(struct arena *room, struct mergeable *all)
{
    uint32_t count = (uint32_t)all->count;
    struct keyed *list = arena_room(room, 2 * all->count, sizeof(*list));
    if (!list || count != all->count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        list[i] =
            (struct keyed){kind_of(all->list[i]), (uintptr_t)all->list[i]};
    sort_by_key(list, count, list + count);
    for (uint32_t i = 0; i < count; i++)
        list[i].key = (uintptr_t)((struct section *)list[i].item)->output;
    sort_by_key(list, count, list + count);
    for (uint32_t i = 0; i < count; i++)
        all->list[i] = (struct section *)list[i].item;
    return true;
}

/* In a kernel all are mostly of one group, which needs no sorting. */
static SELDOM bool merge_all(struct link *link, struct arena *room)
{
    struct mergeable all = {0};
    if (!list_mergeable(link, room, &all) ||
        (all.count && group_end(&all, 0) < all.count &&
         !sort_groups(room, &all)))
        return false;
    for (uint64_t i = 0, end; i < all.count; i = end) {
        end = group_end(&all, i);
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
