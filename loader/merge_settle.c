/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where strings and constants are that were merged: what stays of each section
 * moves together, and everything else is found where its like is.
 *
 * Receives places and entries, each of which knows what it is `in`. Afterwards
 * a place has its offset, and a section the runs of bytes that it is made of;
 * entries are needed no more.
 */
#include "merge.h"

#include <string.h>

/* ---- One section -------------------------------------------------------- */

/* What is listed of a section, in room for that with the most places. */
struct lists {
    struct merge_run *runs;
    struct merge_moved *moved;
};

/* A section whose places are settled, one after the other. */
struct settling {
    const struct merge_group *group;
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
    entry->offset = to;
    s->size = to + entry->size + s->terminator;
    if (is_empty)
        return;
    place->to = to;
    add_to_run(s, from, to);
    s->run->size = entry->size + (to - s->run->to);
}

/* A place that the run does not just go on with. */
static inline void settle_place(struct settling *s, struct merge_place *place,
                                struct merge_moved *moved)
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
    place->to = MERGE_MOVED + (uint32_t)(s->moved - moved);
    s->moved++->offset = number;
}

/* Makes lists of what stays, and what does not; returns how much that is.
 * Places say all that is needed of strings that lie where they lay and are not
 * aligned, so that most entries are not read again, and most take 10
 * instructions. */
static uint32_t settle_places(const struct merge_group *group,
                              struct merged_section *merged, struct lists lists)
{
    struct settling s = {.group = group,
                         .merged = merged,
                         .terminator = merge_terminator(group),
                         .is_plain = group->align == 1 && !group->copies,
                         .run = lists.runs - 1,
                         .moved = lists.moved,
                         .shift = MERGE_NONE};
    uint32_t empty = MERGE_KEEPS - 1 + group->empty;
    struct merge_place *place = merged->places, *end = place + merged->count;
    for (; place < end; place++)
        if (s.goes_on && place->to >= MERGE_KEEPS && place->to != empty)
            place->to = place->offset - s.shift;
        else
            settle_place(&s, place, lists.moved);
    if (s.goes_on)
        end_run(&s, place);
    merged->run_count = (uint32_t)(s.run + 1 - lists.runs);
    merged->moved_count = (uint32_t)(s.moved - lists.moved);
    return s.size;
}

/* Of a list, so much as is needed. */
static void *keep(struct link *link, const void *list, uint64_t count,
                  uint64_t size)
{
    void *copy = arena_take(&link->arena, count, size);
    if (copy && count)
        memcpy(copy, list, count * size);
    return copy;
}

static bool settle_section(struct section *s, struct lists lists)
{
    struct merged_section *merged = s->merged;
    struct link *link = merged->group->link;
    s->size = settle_places(merged->group, merged, lists);
    merged->runs =
        keep(link, lists.runs, merged->run_count, sizeof(*lists.runs));
    merged->moved =
        keep(link, lists.moved, merged->moved_count, sizeof(*lists.moved));
    return merged->runs && merged->moved;
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
        before + (entry->size ? merge_home(entry)->to : entry->offset);
}

/* The first entry that stays. */
static uint32_t first_kept(struct section **sections, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < sections[i]->merged->count; j++)
            if (sections[i]->merged->places[j].to >= MERGE_KEEPS)
                return sections[i]->merged->places[j].to - MERGE_KEEPS;
    return MERGE_NONE;
}

bool merge_settle(struct merge_group *group, struct section **sections,
                  uint64_t count)
{
    uint32_t most = 0;
    for (uint64_t i = 0; i < count; i++)
        if (sections[i]->merged->count > most)
            most = sections[i]->merged->count;
    struct lists lists = {
        .runs = arena_array(group->room, most, struct merge_run),
        .moved = arena_array(group->room, most, struct merge_moved)};
    bool ok = lists.runs && lists.moved;
    group->first = first_kept(sections, count);
    for (uint64_t i = 0; ok && i < count; i++)
        ok = settle_section(sections[i], lists);
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
