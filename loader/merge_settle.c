/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where strings and constants are that were merged: what stays of each section
 * moves together, and everything else is found where its like is.
 *
 * Receives places and entries, each of which knows what it is `in`; sections of
 * plain strings are settled already (merge_table.c), unless one was taken out.
 * Afterwards a place has its offset, and a section the runs of bytes that it is
 * made of; entries are needed no more.
 */
#include "merge.h"

#include <string.h>

/* ---- One section -------------------------------------------------------- */

/* A section whose places are settled, one after the other. */
struct settling {
    struct merge_group *group;
    const struct merged_section *merged;
    uint32_t terminator;
    bool is_plain; /* what stays lies side by side as it did */
    struct merge_run *run;
    struct merge_moved *moved;
    uint32_t shift; /* so far the run moved to the front; or MERGE_NONE */
    bool goes_on;   /* up to the place at hand: its size is not said yet */
    uint32_t size;  /* up to there, if not */
};

static inline void end_run(struct settling *s, const struct merge_place *place)
{
    s->size = place->offset - s->shift;
    s->run->size = s->size - s->terminator - s->run->to;
    s->goes_on = false;
}

/* A run goes on while no string is missing, and what lies between two is as
 * large as before: it is NULs. */
static inline void add_to_run(struct settling *s, uint32_t from, uint32_t to)
{
    if (from - to != s->shift)
        *++s->run = (struct merge_run){from, to, 0};
    s->shift = from - to;
}

/* What is aligned, or copied, or the empty string. */
static SELDOM void keep_unusual(struct settling *s, struct merge_place *place,
                                bool is_empty)
{
    struct merge_entry *entry =
        merge_entry_at(s->group, place->to - MERGE_KEEPS);
    uint32_t from = (uint32_t)(entry->bytes - s->merged->bytes);
    uint32_t to = (uint32_t)align_up(s->size, entry->align);
    s->size = to + entry->size + s->terminator;
    if (is_empty) {
        s->group->empty_at = to;
        return;
    }
    place->to = to;
    add_to_run(s, from, to);
    s->run->size = entry->size + (to - s->run->to);
}

/* A place that the run does not just go on with. */
static inline void settle_place(struct settling *s, struct merge_place *place)
{
    uint32_t number = place->to & ~MERGE_KEEPS;
    bool is_kept = place->to >= MERGE_KEEPS;
    bool is_empty = number + 1 == s->group->empty;
    if (s->goes_on)
        end_run(s, place);
    if (is_kept && (is_empty || !s->is_plain)) {
        keep_unusual(s, place, is_empty);
    } else if (is_kept) {
        add_to_run(s, place->offset, s->size);
        place->to = s->size;
        s->goes_on = true;
    } else if (number != MERGE_NUL && !is_empty) {
        s->shift = MERGE_NONE;
    }
    if (is_kept && !is_empty)
        return;
    place->to = MERGE_MOVED + (uint32_t)(s->moved - s->group->moved);
    s->moved++->offset = number;
}

/* Makes lists of what stays, and what does not, of a section that is not
 * settled yet. Places say all that is needed of strings that lie where they lay
 * and are not aligned, so that most entries are not read again, and most take
 * 10 instructions. */
static bool settle_section(struct section *section)
{
    struct merged_section *merged = section->merged;
    struct merge_group *group = merged->group;
    struct settling s = {.group = group,
                         .merged = merged,
                         .terminator = merge_terminator(group),
                         .is_plain = group->is_plain,
                         .run = group->runs - 1,
                         .moved = group->moved,
                         .shift = MERGE_NONE};
    uint32_t empty = MERGE_KEEPS - 1 + group->empty;
    struct merge_place *place = merged->places, *end = place + merged->count;
    for (; place < end; place++)
        if (s.goes_on && place->to >= MERGE_KEEPS && place->to != empty)
            place->to = place->offset - s.shift;
        else
            settle_place(&s, place);
    if (s.goes_on)
        end_run(&s, place);
    section->size = s.size;
    return merge_keep_lists(merged, s.run, s.moved);
}

/* ---- Lists -------------------------------------------------------------- */

bool merge_make_lists(struct merge_group *group, uint64_t places)
{
    if (places <= group->list_capacity)
        return true;
    group->list_capacity = places * 2;
    group->runs = arena_room(group->room, places * 2, sizeof(*group->runs));
    group->moved = arena_room(group->room, places * 2, sizeof(*group->moved));
    return group->runs && group->moved;
}

/* Of both lists as much as is needed, in one piece. */
bool merge_keep_lists(struct merged_section *merged,
                      const struct merge_run *last_run,
                      const struct merge_moved *end_of_moved)
{
    const struct merge_group *group = merged->group;
    merged->run_count = (uint32_t)(last_run + 1 - group->runs);
    merged->moved_count = (uint32_t)(end_of_moved - group->moved);
    size_t runs = merged->run_count * sizeof(*group->runs);
    size_t moved = merged->moved_count * sizeof(*group->moved);
    merged->moved = arena_room(&group->link->arena, moved + runs, 1);
    if (!merged->moved)
        return false;
    memcpy(merged->moved, group->moved, moved);
    merged->runs =
        memcpy(merged->moved + merged->moved_count, group->runs, runs);
    return true;
}

/* Entries of plain strings are in the order of their places. */
SELDOM void merge_unsettle(const struct section *section)
{
    struct merged_section *merged = section->merged;
    const struct merge_group *group = merged->group;
    uint32_t next = MERGE_KEEPS + merged->first_entry;
    for (uint32_t i = 0; merged->runs && i < merged->count; i++) {
        struct merge_place *place = &merged->places[i];
        if (place->to < MERGE_MOVED) {
            place->to = next++;
            continue;
        }
        place->to = merged->moved[place->to - MERGE_MOVED].offset;
        if (place->to + 1 == group->empty && next == MERGE_KEEPS + place->to)
            place->to = next++;
    }
    merged->runs = NULL;
}

/* ---- All of a group ----------------------------------------------------- */

/* If all inputs ended aligned, so does the part of the last string. */
static void pad_last(struct merge_group *group)
{
    const struct merge_entry *last = merge_entry_at(group, 0);
    if (group->align == 1 || !group->is_padded || !group->has_strings)
        return;
    for (uint32_t i = 1; i < group->count; i++)
        if (merge_home_number(merge_entry_at(group, i)) >
            merge_home_number(last))
            last = merge_entry_at(group, i);
    last->owner->size = align_up(last->owner->size, last->owner->align);
}

/* Finds where it went. A NUL between strings is the empty string, or any
 * terminator. */
static void find_moved(const struct merge_group *group,
                       struct merge_moved *moved)
{
    uint32_t i = moved->offset, before = 0;
    moved->is_nul = i == MERGE_NUL || i + 1 == group->empty;
    if (moved->is_nul) {
        i = group->empty ? group->empty - 1 : group->first;
        before = merge_entry_at(group, i)->size;
    }
    const struct merge_entry *entry = merge_entry_at(group, i);
    while (entry->in != MERGE_NONE) {
        const struct merge_entry *whole = merge_entry_at(group, entry->in);
        before += whole->size - entry->size;
        entry = whole;
    }
    moved->owner = entry->owner;
    moved->offset =
        before + (entry->size ? merge_home(entry)->to : group->empty_at);
}

/* The first entry that stays, before others are settled. */
static uint32_t first_kept(struct section **sections, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct merged_section *merged = sections[i]->merged;
        for (uint32_t j = 0; j < merged->count; j++)
            if (merged->runs && merged->places[j].to < MERGE_MOVED)
                return merged->first_entry;
            else if (!merged->runs && merged->places[j].to >= MERGE_KEEPS)
                return merged->places[j].to - MERGE_KEEPS;
    }
    return MERGE_NONE;
}

bool merge_settle(struct merge_group *group, struct section **sections,
                  uint64_t count)
{
    bool ok = true;
    group->first = first_kept(sections, count);
    for (uint64_t i = 0; ok && i < count; i++)
        ok = sections[i]->merged->runs || settle_section(sections[i]);
    if (!ok)
        return false;
    for (uint64_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < sections[i]->merged->moved_count; j++)
            find_moved(group, &sections[i]->merged->moved[j]);
    pad_last(group);
    return true;
}

/* ---- Afterwards --------------------------------------------------------- */

/* As above, among any number. */
static SELDOM const struct merge_place *search(const struct merge_place *place,
                                               uint32_t count, uint64_t offset)
{
    for (uint32_t half; count > 1; count -= half) {
        half = count / 2;
        place = place[half].offset <= offset ? place + half : place;
    }
    return place;
}

/* Strings are mostly of one size, so that few steps lead from where it were
 * then to where it is: of 46 instructions that searching took 25 are left. */
enum { MOST_STEPS = 8 };

/* The place that `offset` lies in: the last one that starts there or before. */
static const struct merge_place *find_place(const struct merged_section *merged,
                                            uint64_t offset)
{
    const struct merge_place *place =
        &merged->places[offset * merged->count / merged->input_size];
    unsigned n = MOST_STEPS;
    for (; place->offset > offset && n; n--)
        place--;
    for (; place[1].offset <= offset && n; n--)
        place++;
    return n ? place : search(merged->places, merged->count, offset);
}

uint64_t merged_output_offset(const struct section *section, uint64_t offset)
{
    const struct merged_section *merged = section->merged;
    if (offset >= merged->input_size)
        return section->offset + section->size;
    const struct merge_place *place = find_place(merged, offset);
    offset -= place->offset;
    if (place->to < MERGE_MOVED)
        return section->offset + place->to + offset;
    const struct merge_moved *moved = &merged->moved[place->to - MERGE_MOVED];
    if (moved->is_nul)
        offset %= merged->group->unit;
    return moved->owner->offset + moved->offset + offset;
}

void merged_emit(const struct section *section, char *to)
{
    const struct merged_section *merged = section->merged;
    uint64_t end = 0;
    for (uint32_t i = 0; i < merged->run_count; i++) {
        const struct merge_run *run = &merged->runs[i];
        memset(to + end, 0, run->to - end);
        memcpy(to + run->to, merged->bytes + run->from, run->size);
        end = run->to + run->size;
    }
    memset(to + end, 0, section->size - end);
}
