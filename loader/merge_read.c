/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What mergeable sections are made of: each is read once, front to back.
 *
 * Receives a section of a group. Afterwards each string, each run of NULs
 * between two strings and each constant is a place, with its hash; what is
 * equal is found later (merge_table.c), in a loop that has its registers to
 * itself: of 190 instructions for a string of 26 bytes both together left 125.
 */
#include "merge.h"
#include "string_table.h"

static bool is_text(const struct merge_group *group)
{
    return group->has_strings && group->unit == 1;
}

/* Bytes behind which a NUL comes, and STRING_MARGIN: those of most sections,
 * among them all that were copied before, or else a copy. */
static const char *closed_bytes(struct link *link, const struct section *s)
{
    const char *bytes = s->bytes.data;
    span file = s->object->bytes;
    uintptr_t at = (uintptr_t)bytes - (uintptr_t)file.data;
    bool is_closed = !bytes[s->size - 1] &&
                     in_bounds(file.size, at, s->size + STRING_MARGIN);
    return is_closed || at >= file.size
               ? bytes
               : arena_copy(&link->arena, s->bytes).data;
}

/* ---- Strings and constants in bytes ------------------------------------- */

static bool is_nul(const struct merge_reader *r)
{
    for (uint64_t i = 0; i < r->unit; i++)
        if (r->bytes[r->at + i])
            return false;
    return true;
}

/* Goes on to the next NUL, or to what is none. */
static void pass(struct merge_reader *r, bool nuls)
{
    while (r->at < r->size && is_nul(r) == nuls)
        r->at += r->unit;
}

/* The same of wide characters, and of constants. */
static struct merge_place *read_units(struct merge_reader *r,
                                      struct merge_place *place,
                                      const struct merge_place *last,
                                      bool has_strings)
{
    for (; r->at < r->size && place < last; place++) {
        bool is_nuls = has_strings && is_nul(r);
        uint64_t start = r->at;
        if (has_strings)
            pass(r, is_nuls);
        else
            r->at += r->unit;
        span bytes = {r->bytes + start, r->at - start};
        place->offset = (uint32_t)start;
        place->to = is_nuls ? MERGE_NUL : merge_hash(bytes) | MERGE_KEEPS;
        if (has_strings && !is_nuls)
            r->at += r->unit; /* the terminator, which the last one may lack */
    }
    return place;
}

/* ---- Sections ----------------------------------------------------------- */

static bool report_too_many(const struct section *section)
{
    return link_error(section->merged->group->link, BOOTLINK_UNSUPPORTED,
                      "section %.*s: more than %u strings or constants to "
                      "merge are too many; split it in the script",
                      SPAN_ARGS(section->output->name), MERGE_NUL);
}

/* The section gets its places; the next one gets their room. */
static bool keep_places(struct merge_group *group, struct section *section,
                        uint64_t count)
{
    struct merged_section *merged = section->merged;
    merged->first = (uint32_t)group->place_count;
    merged->count = (uint32_t)count;
    group->place_count += count;
    if (group->place_count >= MERGE_NUL)
        return report_too_many(section);
    merged->places =
        arena_room(&group->link->arena, count + 1, sizeof(*group->places));
    if (!merged->places)
        return false;
    memcpy(merged->places, group->places, (count + 1) * sizeof(*group->places));
    return true;
}

/* Makes places in the group's room, and one where the last one ends. */
static bool read_all(struct merge_group *group, struct merge_reader *r,
                     uint64_t *count)
{
    struct merge_place *place;
    do {
        group->places =
            arena_grow(group->room, group->places, *count ? *count + 1 : 0,
                       &group->capacity, sizeof(*group->places));
        if (!group->places)
            return false;
        place = group->places + *count;
        const struct merge_place *end = group->places + group->capacity - 1;
        place = is_text(group) ? merge_read_text(r, place, end, group)
                               : read_units(r, place, end, group->has_strings);
        *count = (uint64_t)(place - group->places);
    } while (r->at < r->size);
    place->offset = (uint32_t)r->at;
    return true;
}

bool merge_read_section(struct merge_group *group, struct section *s)
{
    bool is_text = group->has_strings && group->unit == 1;
    const char *bytes = is_text ? closed_bytes(group->link, s) : s->bytes.data;
    struct merge_reader r = {bytes, s->size, group->unit, 0};
    uint64_t count = 0;
    s->merged->bytes = bytes;
    return bytes && read_all(group, &r, &count) &&
           keep_places(group, s, count) && merge_make_lists(group, count);
}
