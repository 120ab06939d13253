/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Equal strings and constants become one [gABI: Sections, SHF_MERGE].
 *
 * Receives sections that have their output sections. Afterwards each mergeable
 * one is as large as what stays in it, and section_output_offset() finds
 * every byte that moved. Results are GNU ld's, to the byte: sections that have
 * the output section, the flags, the size of entries and the alignment in
 * common are a group; the first of equal entries stays where it is, the others
 * go, and so do strings that another one ends with.
 *
 * Nothing is copied here: entries lie in the input files until they are
 * emitted. Time is O(n log n) for n bytes, whatever the bytes are: equal hashes
 * make the table miss what the sorting then finds.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

/* One string or constant. */
struct merge_entry {
    span bytes;             /* in an input, without the terminator */
    uint64_t hash;          /* of `bytes`; then the last eight of them */
    uint64_t home;          /* the place that keeps it: index in its group */
    struct section *owner;  /* the section of that place */
    uint64_t offset;        /* in what stays of the owner */
    uint64_t align;         /* as the most demanding place has it */
    struct merge_entry *in; /* that which ends with it, or is equal; or NULL */
};

/* Where an entry, or what lies between strings, starts in an input section. */
struct merge_place {
    uint64_t offset;
    struct merge_entry *entry; /* NULL: NULs between two strings */
};

/* Sections that are merged with each other. */
struct merge_group {
    struct link *link;
    const struct section *sample; /* any of them */
    struct merge_place *places;   /* of all sections, in order */
    uint64_t place_count;
    struct merge_entry **slots; /* open addressing, a power of two of them */
    uint64_t slot_count;
    struct merge_entry **entries; /* in the order of their first places */
    uint64_t count;
    struct merge_entry *empty; /* the string without characters, or NULL */
    struct merge_entry *first; /* of those that stay */
    bool is_padded;            /* every input size is a multiple of the
                                  alignment */
};

/* A section's share. */
struct merged_section {
    struct merge_group *group;
    uint64_t first, count; /* places in the group */
    uint64_t input_size;
};

/* More than these equal slots are no chance. */
enum { MOST_PROBES = 128 };

static bool has_strings(const struct merge_group *group)
{
    return group->sample->flags & SHF_STRINGS;
}

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
           s->type != SHT_NOBITS && s->entry_size && s->size &&
           s->size % s->entry_size == 0 && s->relocation_count == 0 &&
           s->align <= UINT32_MAX && has_fitting_align(s) && is_wanted(link, s);
}

/* ---- Reading an input section ------------------------------------------- */

struct reader {
    const char *bytes;
    uint64_t size, unit; /* unit: of a character */
    uint64_t at;
};

static bool is_nul(const struct reader *r)
{
    for (uint64_t i = 0; i < r->unit; i++)
        if (r->bytes[r->at + i])
            return false;
    return true;
}

/* Passes characters until one is a NUL, or until one is not. */
static uint64_t pass_characters(struct reader *r, bool until_nul)
{
    uint64_t start = r->at;
    while (r->at < r->size && is_nul(r) != until_nul)
        r->at += r->unit;
    return r->at - start;
}

/* Strings and the NULs between them, or constants. The last string may lack its
 * terminator: `at` is then behind the end. */
static uint64_t count_places(const struct section *s)
{
    if (!(s->flags & SHF_STRINGS))
        return s->size / s->entry_size;
    struct reader r = {s->bytes.data, s->size, s->entry_size, 0};
    uint64_t count = 0;
    for (; r.at < r.size; count++) {
        pass_characters(&r, true);
        r.at += r.unit;
        count += pass_characters(&r, false) != 0;
    }
    return count;
}

/* ---- The table ---------------------------------------------------------- */

/* The slot of an equal entry, or a free one. NULL after too many others:
 * then the entry is not in the table, and equal ones are found by sorting. */
static struct merge_entry **find_slot(struct merge_group *group, span bytes,
                                      uint64_t hash)
{
    uint64_t mask = group->slot_count - 1;
    for (uint64_t i = 0; i < MOST_PROBES; i++) {
        struct merge_entry **slot = &group->slots[(hash + i) & mask];
        if (!*slot ||
            ((*slot)->hash == hash && span_equal((*slot)->bytes, bytes)))
            return slot;
    }
    return NULL;
}

/* Gives the place at `offset` of a section its entry. That stays in the first
 * of the places that demand the largest alignment. */
static bool add_place(struct merge_group *group, struct section *section,
                      uint64_t offset, span bytes, uint64_t align)
{
    struct merge_entry *own = NULL;
    uint64_t hash = bytes.size ? span_hash(bytes, 0) : 0;
    struct merge_entry **slot =
        bytes.size ? find_slot(group, bytes, hash) : &group->empty;
    if (!slot)
        slot = &own;
    if (!*slot) {
        *slot = arena_new(&group->link->arena, struct merge_entry);
        if (!*slot)
            return false;
        (*slot)->bytes = bytes;
        (*slot)->hash = hash;
        group->entries[group->count++] = *slot;
    }
    struct merge_entry *entry = *slot;
    uint64_t index = group->place_count++;
    group->places[index] = (struct merge_place){offset, entry};
    if (entry->align < align) {
        entry->align = align;
        entry->home = index;
        entry->owner = section;
    }
    return true;
}

/* ---- What is in an input section ---------------------------------------- */

/* Of the string at `offset`: as much as that is a multiple of, but no more than
 * the section's. */
static uint64_t string_align(const struct section *s, uint64_t offset)
{
    uint64_t align = offset & -offset;
    return align && align < s->align ? align : s->align;
}

/* NULs between strings are a string without characters if one of them is
 * aligned as the section is. */
static bool add_nuls(struct merge_group *group, struct section *s,
                     uint64_t offset, uint64_t size)
{
    if (size && align_up(offset, s->align) < offset + size)
        return add_place(group, s, offset, (span){NULL, 0}, s->align);
    if (size)
        group->places[group->place_count++].offset = offset;
    return true;
}

static bool add_strings(struct merge_group *group, struct section *s)
{
    struct reader r = {s->bytes.data, s->size, s->entry_size, 0};
    while (r.at < r.size) {
        uint64_t start = r.at;
        span string = {r.bytes + start, pass_characters(&r, true)};
        if (!add_place(group, s, start, string, string_align(s, start)))
            return false;
        r.at += r.unit;
        start = r.at;
        if (!add_nuls(group, s, start, pass_characters(&r, false)))
            return false;
    }
    return true;
}

static bool add_constants(struct merge_group *group, struct section *s)
{
    for (uint64_t at = 0; at < s->size; at += s->entry_size)
        if (!add_place(group, s, at, span_part(s->bytes, at, s->entry_size), 1))
            return false;
    return true;
}

static bool add_section(struct merge_group *group, struct section *s)
{
    struct merged_section *merged =
        arena_new(&group->link->arena, struct merged_section);
    if (!merged)
        return false;
    *merged = (struct merged_section){
        .group = group, .first = group->place_count, .input_size = s->size};
    s->merged = merged;
    group->is_padded &= s->size % s->align == 0;
    bool ok =
        has_strings(group) ? add_strings(group, s) : add_constants(group, s);
    merged->count = group->place_count - merged->first;
    return ok;
}

/* ---- Equal ends --------------------------------------------------------- */

/* How the entries of a group are compared. */
struct comparison {
    uint64_t mask; /* ends at different distances from a multiple differ */
};

/* Up to eight bytes before `end`, the last one as the most significant. */
static uint64_t last_bytes(span bytes)
{
    if (bytes.size >= 8)
        return read64(bytes.data + bytes.size - 8);
    uint64_t value = 0;
    memcpy((char *)&value + 8 - bytes.size, bytes.data, bytes.size);
    return value;
}

/* Compares from the last byte to the first, an end of the other first. */
static int compare_backwards(span a, span b)
{
    while (a.size >= 8 && b.size >= 8) {
        uint64_t left = last_bytes(a), right = last_bytes(b);
        if (left != right)
            return compare_numbers(left, right);
        a.size -= 8;
        b.size -= 8;
    }
    for (; a.size && b.size; a.size--, b.size--) {
        unsigned char left = a.data[a.size - 1], right = b.data[b.size - 1];
        if (left != right)
            return left - right;
    }
    return compare_numbers(a.size, b.size);
}

static int compare_ends(const void *context, const void *a, const void *b)
{
    const struct merge_entry *left = a, *right = b;
    uint64_t mask = ((const struct comparison *)context)->mask;
    int order =
        compare_numbers(left->bytes.size & mask, right->bytes.size & mask);
    if (order == 0)
        order = compare_numbers(left->hash, right->hash);
    return order ? order : compare_backwards(left->bytes, right->bytes);
}

/* If all strings are aligned alike, to more than a character, only those can
 * share an end that end at the same distance from a multiple. */
static uint64_t end_mask(const struct merge_group *group)
{
    uint64_t align = group->count ? group->entries[0]->align : 1;
    for (uint64_t i = 0; i < group->count; i++)
        if (group->entries[i]->align != align)
            return 0;
    return align > group->sample->entry_size ? align - 1 : 0;
}

static bool is_equal(const struct merge_entry *a, const struct merge_entry *b)
{
    return a->hash == b->hash && span_equal(a->bytes, b->bytes);
}

/* Of equal entries, which the table did not find, one stays: the one that the
 * table would have left. Returns how many are left. */
static uint64_t drop_equal(struct merge_entry **sorted, uint64_t count)
{
    uint64_t left = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct merge_entry *last = left ? sorted[left - 1] : NULL;
        if (!last || !is_equal(last, sorted[i])) {
            sorted[left++] = sorted[i];
        } else if (sorted[i]->align > last->align ||
                   (sorted[i]->align == last->align &&
                    sorted[i]->home < last->home)) {
            last->in = sorted[i];
            sorted[left - 1] = sorted[i];
        } else {
            sorted[i]->in = last;
        }
    }
    return left;
}

static bool can_end_with(const struct merge_entry *whole,
                         const struct merge_entry *end)
{
    return whole->align >= end->align && whole->bytes.size > end->bytes.size &&
           ((whole->bytes.size - end->bytes.size) & (end->align - 1)) == 0 &&
           span_ends(whole->bytes, end->bytes);
}

/* From the back each string is followed by those that it may end with. Only the
 * last one that stays is tried, as in GNU ld. */
static void share_ends(struct merge_entry **sorted, uint64_t count)
{
    if (count == 0)
        return;
    struct merge_entry *whole = sorted[count - 1];
    for (uint64_t i = count - 1; i-- > 0;) {
        if (can_end_with(whole, sorted[i]))
            sorted[i]->in = whole;
        else
            whole = sorted[i];
    }
}

static bool find_equal_ends(struct merge_group *group)
{
    struct comparison comparison = {end_mask(group)};
    for (uint64_t i = 0; i < group->count; i++)
        group->entries[i]->hash = last_bytes(group->entries[i]->bytes);
    if (!sort_pointers(&group->link->arena, group->entries, group->count,
                       compare_ends, &comparison))
        return false;
    uint64_t left = drop_equal(group->entries, group->count);
    if (has_strings(group))
        share_ends(group->entries, left);
    return true;
}

/* ---- What stays --------------------------------------------------------- */

/* True if the entry of the i-th place stays there. */
static bool is_home(const struct merge_group *group, uint64_t i)
{
    const struct merge_entry *entry = group->places[i].entry;
    return entry && entry->home == i && !entry->in;
}

/* With its terminator. */
static uint64_t full_size(const struct merge_group *group,
                          const struct merge_entry *entry)
{
    return entry->bytes.size +
           (has_strings(group) ? group->sample->entry_size : 0);
}

/* Gives what stays in a section its offset there, and the section its size. */
static void settle_section(struct section *s)
{
    const struct merged_section *merged = s->merged;
    struct merge_group *group = merged->group;
    s->size = 0;
    for (uint64_t i = merged->first; i < merged->first + merged->count; i++) {
        struct merge_entry *entry = group->places[i].entry;
        if (!is_home(group, i))
            continue;
        if (!group->first)
            group->first = entry;
        entry->offset = align_up(s->size, entry->align);
        s->size = entry->offset + full_size(group, entry);
    }
}

/* If all inputs ended aligned, so does the last part. */
static void pad_last(struct merge_group *group)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < group->count; i++)
        if (group->entries[i]->home > last)
            last = group->entries[i]->home;
    struct section *owner = group->places[last].entry->owner;
    if (group->is_padded && has_strings(group) && owner->size)
        owner->size = align_up(owner->size, owner->align);
}

/* ---- Groups ------------------------------------------------------------- */

static bool make_tables(struct merge_group *group, uint64_t places)
{
    struct arena *arena = &group->link->arena;
    group->slot_count = 16;
    while (group->slot_count / 2 < places)
        group->slot_count *= 2;
    group->places = arena_array(arena, places, struct merge_place);
    group->slots = arena_array(arena, group->slot_count, struct merge_entry *);
    group->entries = arena_array(arena, places, struct merge_entry *);
    return group->places && group->slots && group->entries;
}

static bool merge_group(struct link *link, struct section **sections,
                        uint64_t count)
{
    struct merge_group *group = arena_new(&link->arena, struct merge_group);
    if (!group)
        return false;
    *group = (struct merge_group){
        .link = link, .sample = sections[0], .is_padded = true};
    uint64_t places = 0;
    for (uint64_t i = 0; i < count; i++)
        places += count_places(sections[i]);
    bool ok = make_tables(group, places);
    for (uint64_t i = 0; ok && i < count; i++)
        ok = add_section(group, sections[i]);
    if (!ok || !find_equal_ends(group))
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
static const struct merge_place *find_place(const struct merged_section *merged,
                                            uint64_t offset)
{
    const struct merge_place *places = merged->group->places + merged->first;
    uint64_t low = 0, high = merged->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (places[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return &places[low];
}

/* A NUL between strings is the empty string, or else any terminator. */
uint64_t merged_output_offset(const struct section *section, uint64_t offset)
{
    const struct merged_section *merged = section->merged;
    const struct merge_group *group = merged->group;
    if (offset >= merged->input_size)
        return section->offset + section->size;
    const struct merge_place *place = find_place(merged, offset);
    const struct merge_entry *entry = place->entry;
    offset -= place->offset;
    if (!entry || (has_strings(group) && entry->bytes.size == 0)) {
        entry = group->empty ? group->empty : group->first;
        offset = entry->bytes.size + offset % group->sample->entry_size;
    }
    for (; entry->in; entry = entry->in)
        offset += entry->in->bytes.size - entry->bytes.size;
    return entry->owner->offset + entry->offset + offset;
}

void merged_emit(const struct section *section, char *to)
{
    const struct merged_section *merged = section->merged;
    const struct merge_group *group = merged->group;
    uint64_t at = 0;
    for (uint64_t i = merged->first; i < merged->first + merged->count; i++) {
        if (!is_home(group, i))
            continue;
        const struct merge_entry *entry = group->places[i].entry;
        memset(to + at, 0, entry->offset - at);
        if (entry->bytes.size)
            memcpy(to + entry->offset, entry->bytes.data, entry->bytes.size);
        at = entry->offset + entry->bytes.size;
    }
    memset(to + at, 0, section->size - at);
}
