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
static uint64_t pass_string(struct reader *r)
{
    uint64_t start = r->at;
    if (r->unit == 1)
        while (r->size - r->at >= 8 && !zero_bytes(read64(r->bytes + r->at)))
            r->at += 8;
    while (r->at < r->size && !is_nul(r))
        r->at += r->unit;
    return r->at - start;
}

/* The terminator, which the last string may lack, and further NULs. Returns the
 * size of the latter. */
static uint64_t pass_nuls(struct reader *r)
{
    uint64_t start = r->at + r->unit;
    for (r->at = start; r->at < r->size && is_nul(r);)
        r->at += r->unit;
    return r->at - start;
}

/* ---- The table ---------------------------------------------------------- */

bool merge_make_room(struct merge_group *group, uint64_t bytes)
{
    struct arena *arena = &group->link->arena;
    group->most = bytes / group->unit;
    uint64_t blocks = group->most / MERGE_BLOCK + 1;
    group->slot_count = 16;
    group->slots =
        arena_array(group->room, group->slot_count, struct merge_slot);
    group->places = arena_array(arena, blocks, struct merge_place *);
    group->entries = arena_array(arena, blocks, struct merge_entry *);
    if (group->has_inputs)
        group->copies = arena_take(arena, bytes, 1);
    return group->slots && group->places && group->entries &&
           (group->copies || !group->has_inputs);
}

/* How many the next block has, behind so many. */
static uint64_t block_size(const struct merge_group *group, uint64_t count)
{
    uint64_t left = group->most - count;
    return left < MERGE_BLOCK ? left : MERGE_BLOCK;
}

static span entry_bytes(const struct merge_group *group, uint32_t i)
{
    const struct merge_entry *entry = merge_entry_at(group, i);
    return (span){entry->bytes, entry->size};
}

/* The slot of an equal entry, or a free one; NULL after too many others. */
static struct merge_slot *find_slot(const struct merge_group *group, span bytes,
                                    uint32_t hash)
{
    uint64_t mask = group->slot_count - 1;
    for (uint64_t i = 0; i < MOST_PROBES; i++) {
        struct merge_slot *slot = &group->slots[(hash + i) & mask];
        if (!slot->entry ||
            (slot->hash == hash &&
             span_same(entry_bytes(group, slot->entry - 1), bytes)))
            return slot;
    }
    return NULL;
}

/* The table is at most half full. */
static bool grow_table(struct merge_group *group)
{
    struct merge_slot *old = group->slots;
    uint64_t old_count = group->slot_count;
    if (group->count < old_count / 2)
        return true;
    group->slot_count *= 2;
    group->slots =
        arena_array(group->room, group->slot_count, struct merge_slot);
    for (uint64_t i = 0; group->slots && i < old_count; i++) {
        uint64_t to = old[i].hash;
        if (!old[i].entry)
            continue;
        while (group->slots[to & (group->slot_count - 1)].entry)
            to++;
        group->slots[to & (group->slot_count - 1)] = old[i];
    }
    return group->slots != NULL;
}

static uint32_t new_entry(struct merge_group *group, span bytes)
{
    struct merge_entry **block = &group->entries[group->count / MERGE_BLOCK];
    if (!*block)
        *block =
            arena_array(&group->link->arena, block_size(group, group->count),
                        struct merge_entry);
    if (!*block)
        return MERGE_NONE;
    if (group->copies && bytes.size) {
        bytes.data = memcpy(group->copies, bytes.data, bytes.size);
        group->copies += bytes.size;
    }
    (*block)[group->count % MERGE_BLOCK] = (struct merge_entry){
        .bytes = bytes.data, .size = bytes.size, .in = MERGE_NONE};
    return group->count++;
}

/* The entry of these bytes; MERGE_NONE if there is no memory. */
static uint32_t find_entry(struct merge_group *group, span bytes, uint32_t hash)
{
    if (bytes.size == 0) {
        if (group->empty == MERGE_NONE)
            group->empty = new_entry(group, bytes);
        return group->empty;
    }
    if (!grow_table(group))
        return MERGE_NONE;
    struct merge_slot *slot = find_slot(group, bytes, hash);
    if (slot && slot->entry)
        return slot->entry - 1;
    uint32_t entry = new_entry(group, bytes);
    group->has_missed |= !slot;
    if (slot && entry != MERGE_NONE)
        *slot = (struct merge_slot){hash, entry + 1};
    return entry;
}

/* ---- Places ------------------------------------------------------------- */

static bool report_too_many(const struct merge_group *group,
                            const struct section *section)
{
    return link_error(group->link, BOOTLINK_UNSUPPORTED,
                      "section %.*s: more than %u strings or constants to "
                      "merge are too many; split it in the script",
                      SPAN_ARGS(section->output->name), MERGE_NONE);
}

static bool new_place(struct merge_group *group, const struct section *section,
                      uint64_t offset, uint32_t entry)
{
    uint32_t i = group->place_count;
    struct merge_place **block = &group->places[i / MERGE_BLOCK];
    if (i == MERGE_NONE)
        return report_too_many(group, section);
    if (!*block)
        *block = arena_array(&group->link->arena, block_size(group, i),
                             struct merge_place);
    if (!*block)
        return false;
    (*block)[i % MERGE_BLOCK] = (struct merge_place){entry, offset};
    group->place_count++;
    return true;
}

static bool add_place(struct merge_group *group, struct section *section,
                      uint64_t offset, span bytes, uint64_t hash,
                      uint32_t align)
{
    uint32_t i = find_entry(group, bytes, (uint32_t)hash);
    uint32_t place = group->place_count;
    if (i == MERGE_NONE || !new_place(group, section, offset, i))
        return false;
    struct merge_entry *entry = merge_entry_at(group, i);
    if (entry->align < align) {
        entry->align = align;
        entry->home = place;
        entry->owner = section;
    }
    return true;
}

/* A string is aligned to what its offset is a multiple of, but no more than its
 * section is. */
static uint32_t string_align(const struct section *s, uint64_t offset)
{
    uint64_t align = offset & -offset;
    return align && align < s->align ? align : s->align;
}

/* NULs between strings are a string without characters if one of them is
 * aligned as the section is. */
static bool add_nuls(struct merge_group *group, struct section *s,
                     uint64_t offset, uint64_t size)
{
    if (size == 0)
        return true;
    if (align_up(offset, s->align) < offset + size)
        return add_place(group, s, offset, (span){NULL, 0}, 0, s->align);
    return new_place(group, s, offset, MERGE_NONE);
}

/* Goes to the end of the string that begins here; returns its hash. */
static uint64_t read_string(struct reader *r, span *string)
{
    uint64_t hash;
    if (r->unit == 1) {
        string_hash_at((span){r->bytes, r->size}, r->at, 0, string, &hash);
        r->at += string->size;
    } else {
        string->data = r->bytes + r->at;
        string->size = pass_string(r);
        hash = span_hash(*string, 0);
    }
    return hash;
}

static bool add_strings(struct merge_group *group, struct section *s)
{
    struct reader r = {s->bytes.data, s->size, s->entry_size, 0};
    bool ok = true;
    while (ok && r.at < r.size) {
        uint64_t start = r.at;
        span string;
        uint64_t hash = read_string(&r, &string), nuls = r.at + r.unit;
        ok = add_place(group, s, start, string, hash, string_align(s, start)) &&
             add_nuls(group, s, nuls, pass_nuls(&r));
    }
    return ok;
}

static bool add_constants(struct merge_group *group, struct section *s)
{
    for (uint64_t at = 0; at < s->size; at += s->entry_size) {
        span bytes = span_part(s->bytes, at, s->entry_size);
        if (!add_place(group, s, at, bytes, span_hash(bytes, 0), 1))
            return false;
    }
    return true;
}

bool merge_add_section(struct merge_group *group, struct section *section)
{
    return group->has_strings ? add_strings(group, section)
                              : add_constants(group, section);
}
