/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which strings and constants are equal: a group's sections are read front to
 * back, and what they are made of is looked up in a table by its hash.
 *
 * Afterwards each place has its entry, and each entry the place that GNU ld
 * leaves it in: the first of those that demand the largest alignment.
 */
#include "merge.h"
#include "string_table.h"

#include <elf.h>
#include <string.h>

/* Further slots than this are not looked at: so many are taken only if somebody
 * means to. Then equal entries remain, until merge_ends.c sorts. */
enum { MOST_PROBES = 128 };

/* ---- Strings in bytes --------------------------------------------------- */

struct reader {
    const char *bytes;
    uint64_t size, unit;
    uint64_t at;
};

static inline bool is_nul(const struct reader *r)
{
    if (r->unit == 1)
        return !r->bytes[r->at];
    for (uint64_t i = 0; i < r->unit; i++)
        if (r->bytes[r->at + i])
            return false;
    return true;
}

/* Goes to the next NUL or to the end; returns how far that was. */
static SELDOM uint64_t pass_string(struct reader *r)
{
    uint64_t start = r->at;
    while (r->at < r->size && !is_nul(r))
        r->at += r->unit;
    return r->at - start;
}

/* Goes to the end of the string or constant that begins here. */
static inline span read_entry(struct reader *r, bool is_string, uint64_t *hash)
{
    span bytes = {r->bytes + r->at, r->unit};
    if (is_string && r->unit == 1) {
        string_hash_at((span){r->bytes, r->size}, r->at, 0, &bytes, hash);
        r->at += bytes.size;
        return bytes;
    }
    if (is_string)
        bytes.size = pass_string(r);
    else
        r->at += r->unit;
    *hash = span_hash(bytes, 0);
    return bytes;
}

/* The terminator, which the last string may lack, and further NULs. Returns
 * whether there are any. */
static inline bool pass_nuls(struct reader *r)
{
    uint64_t start = r->at + r->unit;
    for (r->at = start; r->at < r->size && is_nul(r);)
        r->at += r->unit;
    return r->at > start;
}

/* ---- The table ---------------------------------------------------------- */

/* In a kernel a string has 27 bytes, and few are there twice: the table begins
 * with the slots that it needs. What debuggers read is mostly said again and
 * again. */
enum { BYTES_FOR_SLOT = 16, BYTES_OF_COPIES = 256 };

SELDOM bool merge_make_room(struct merge_group *group, uint64_t bytes,
                            uint64_t count)
{
    struct arena *arena = &group->link->arena;
    uint64_t most = bytes / group->unit;
    uint64_t slots =
        bytes / (group->has_inputs ? BYTES_OF_COPIES : BYTES_FOR_SLOT);
    for (group->slot_count = 16; group->slot_count < slots;)
        group->slot_count *= 2;
    group->slots =
        arena_array(group->room, group->slot_count, struct merge_slot);
    group->entries =
        arena_array(arena, most / MERGE_BLOCK + 1, struct merge_entry *);
    if (group->has_inputs) /* terminators that are missing count, too */
        group->copies = arena_take(arena, bytes + count * group->unit, 1);
    return group->slots && group->entries &&
           (group->copies || !group->has_inputs);
}

static span entry_bytes(const struct merge_group *group, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(group, i);
    return (span){entry->bytes, entry->size};
}

/* The slot of an equal entry, or a free one; NULL after too many others. */
static inline struct merge_slot *find_slot(const struct merge_group *group,
                                           span bytes, uint32_t hash)
{
    uint64_t mask = group->slot_count - 1;
    for (uint64_t at = hash; at < (uint64_t)hash + MOST_PROBES; at++) {
        struct merge_slot *slot = &group->slots[at & mask];
        if (!slot->entry ||
            (slot->hash == hash &&
             span_equal(entry_bytes(group, slot->entry - 1), bytes)))
            return slot;
    }
    return NULL;
}

/* Twice as many slots, if there is memory for them. */
static SELDOM void grow_table(struct merge_group *group)
{
    struct merge_slot *old = group->slots;
    uint64_t old_count = group->slot_count, mask = old_count * 2 - 1;
    struct merge_slot *slots =
        arena_array(group->room, mask + 1, struct merge_slot);
    if (!slots)
        return;
    for (uint64_t i = 0; i < old_count; i++) {
        uint64_t to = old[i].hash;
        if (!old[i].entry)
            continue;
        while (slots[to & mask].entry)
            to++;
        slots[to & mask] = old[i];
    }
    group->slots = slots;
    group->slot_count = mask + 1;
}

/* ---- Entries ------------------------------------------------------------ */

/* With its terminator, if it is a string. */
static SELDOM const char *copy(struct merge_group *group, span bytes)
{
    char *copy = group->copies;
    group->copies += bytes.size + (group->has_strings ? group->unit : 0);
    return memcpy(copy, bytes.data, bytes.size);
}

static SELDOM bool new_block(struct merge_group *group)
{
    struct merge_entry **block = &group->entries[group->count / MERGE_BLOCK];
    *block = arena_array(&group->link->arena, MERGE_BLOCK, struct merge_entry);
    return *block != NULL;
}

/* The number of a new entry; MERGE_NONE if there is no memory. */
static inline uint32_t new_entry(struct merge_group *group, span bytes)
{
    if (group->count % MERGE_BLOCK == 0 && !new_block(group))
        return MERGE_NONE;
    struct merge_entry *entry = merge_entry_at(group, group->count);
    entry->bytes = group->copies ? copy(group, bytes) : bytes.data;
    entry->size = (uint32_t)bytes.size;
    entry->in = MERGE_NONE;
    return group->count++;
}

/* Of the string without characters. */
static SELDOM uint32_t empty_entry(struct merge_group *group)
{
    if (!group->empty)
        group->empty = new_entry(group, SPAN("")) + 1;
    return group->empty - 1;
}

/* The entry of these bytes; MERGE_NONE if there is no memory. A quarter of the
 * table is free. */
static inline uint32_t find_entry(struct merge_group *group, span bytes,
                                  uint32_t hash)
{
    struct merge_slot *slot = find_slot(group, bytes, hash);
    if (slot && slot->entry)
        return slot->entry - 1;
    uint32_t entry = new_entry(group, bytes);
    if (slot)
        *slot = (struct merge_slot){hash, entry + 1};
    else
        group->has_missed = true;
    if (group->count >= group->slot_count / 4 * 3)
        grow_table(group);
    return entry;
}

/* ---- Places ------------------------------------------------------------- */

static SELDOM bool more_places(struct merge_group *group)
{
    group->places = arena_grow(group->room, group->places, group->fresh,
                               &group->capacity, sizeof(struct merge_place));
    return group->places != NULL;
}

/* A place of an entry, which stays there if none was aligned as much, or of
 * none. */
static inline bool add_place(struct merge_group *group, struct section *section,
                             uint64_t offset, uint32_t i, uint32_t align)
{
    struct merge_entry *entry =
        i == MERGE_NONE ? NULL : merge_entry_at(group, i);
    if (entry && entry->align < align) {
        entry->align = align;
        entry->home = (uint32_t)(group->place_count + group->fresh);
        entry->owner = section;
        if (!group->copies)
            entry->bytes = section->bytes.data + offset;
    }
    if (group->fresh == group->capacity && !more_places(group))
        return false;
    group->places[group->fresh++] = (struct merge_place){i, (uint32_t)offset};
    return true;
}

/* A string is aligned to what its offset is a multiple of, but no more than its
 * section is; 0 is a multiple of all. */
static inline uint32_t string_align(uint64_t most, uint64_t offset)
{
    uint64_t align = offset & -offset;
    return (uint32_t)(align - 1 < most - 1 ? align : most);
}

/* NULs between strings are a string without characters if one of them is
 * aligned as the section is. */
static SELDOM bool add_nuls(struct merge_group *group, struct section *s,
                            uint64_t offset, uint64_t size)
{
    bool is_string = align_up(offset, s->align) < offset + size;
    return add_place(group, s, offset,
                     is_string ? empty_entry(group) : MERGE_NONE, s->align);
}

static bool add_all(struct merge_group *group, struct section *s)
{
    struct reader r = {s->bytes.data, s->size, s->entry_size, 0};
    uint64_t most = group->has_strings ? s->align : 1;
    while (r.at < r.size) {
        uint64_t start = r.at, hash;
        span bytes = read_entry(&r, group->has_strings, &hash);
        uint32_t entry = bytes.size ? find_entry(group, bytes, (uint32_t)hash)
                                    : empty_entry(group);
        if (!add_place(group, s, start, entry, string_align(most, start)))
            return false;
        uint64_t nuls = r.at + r.unit;
        if (group->has_strings && pass_nuls(&r) &&
            !add_nuls(group, s, nuls, r.at - nuls))
            return false;
    }
    return true;
}

static SELDOM bool report_too_many(const struct section *section)
{
    return link_error(section->merged->group->link, BOOTLINK_UNSUPPORTED,
                      "section %.*s: more than %u strings or constants to "
                      "merge are too many; split it in the script",
                      SPAN_ARGS(section->output->name), MERGE_NONE);
}

/* The section gets its places, and the next one their room. */
static SELDOM bool keep_places(struct merge_group *group,
                               struct section *section)
{
    struct merged_section *merged = section->merged;
    if (group->link->arena.failed)
        return false;
    if (group->place_count + group->fresh >= MERGE_NONE)
        return report_too_many(section);
    merged->first = (uint32_t)group->place_count;
    merged->count = (uint32_t)group->fresh;
    merged->places =
        arena_array(&group->link->arena, group->fresh, struct merge_place);
    if (!merged->places)
        return false;
    memcpy(merged->places, group->places,
           group->fresh * sizeof(*group->places));
    group->place_count += group->fresh;
    group->fresh = 0;
    return true;
}

bool merge_add_section(struct merge_group *group, struct section *section)
{
    return add_all(group, section) && keep_places(group, section);
}
