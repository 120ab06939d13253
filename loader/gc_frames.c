/* SPDX-License-Identifier: BSD-2-Clause
 *
 * .eh_frame as --gc-sections sees it [psABI 4.2.4, LSB: Exception Frames].
 *
 * It mentions every function, and so must not keep any of them. But where a
 * function lives, so must what its frame description names: exception tables
 * and, through the common part, the personality routine.
 */
#include "gc.h"

enum {
    LENGTH_SIZE = 4,
    ID_SIZE = 4,     /* 0 for a CIE; else the distance back to the CIE */
    FUNCTION_AT = 8, /* of an FDE */
};

/* Where the reading of one section has come. */
struct frame_reader {
    struct link *link;
    const struct section *section;
    struct frame_record *commons; /* CIEs, by offset */
    uint64_t common_count, common_capacity;
    uint32_t next; /* the first relocation that lies in no record so far */
};

/* Records are told apart by offset, so relocations must ascend. */
static bool ascends(const struct section *section)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        uint64_t offset = relocation_at(section, i).offset;
        if (offset < last)
            return false;
        last = offset;
    }
    return true;
}

/* The size of the record at `at`, or 0 if there is none that fits. */
static uint64_t record_size(const struct section *section, uint64_t at)
{
    span bytes = section->bytes;
    if (!in_bounds(bytes.size, at, LENGTH_SIZE))
        return 0;
    uint64_t length = read32(bytes.data + at);
    if (length == 0)
        return LENGTH_SIZE; /* a terminator */
    uint64_t size = LENGTH_SIZE + length;
    return length >= ID_SIZE && in_bounds(bytes.size, at, size) ? size : 0;
}

static bool is_regular(const struct section *section)
{
    uint64_t at = 0;
    while (at < section->bytes.size) {
        uint64_t size = record_size(section, at);
        if (!size)
            return false;
        at += size;
    }
    return ascends(section);
}

/* Takes the relocations below `end`. */
static struct frame_record take_record(struct frame_reader *r, uint64_t offset,
                                       uint64_t end)
{
    struct frame_record record = {
        .section = r->section, .offset = offset, .first = r->next};
    while (r->next < r->section->relocation_count &&
           relocation_at(r->section, r->next).offset < end)
        r->next++;
    record.end = r->next;
    return record;
}

static bool add_common(struct frame_reader *r, struct frame_record record)
{
    r->commons = arena_grow(&r->link->arena, r->commons, r->common_count,
                            &r->common_capacity, sizeof(record));
    if (!r->commons)
        return false;
    r->commons[r->common_count++] = record;
    return true;
}

static struct frame_record *find_common(struct frame_reader *r, uint64_t offset)
{
    uint64_t low = 0, high = r->common_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (r->commons[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < r->common_count && r->commons[low].offset == offset;
    return found ? &r->commons[low] : NULL;
}

/* The section of the function that an FDE is about. */
static struct vertex *function_of(const struct frame_record *record)
{
    const struct object *object = record->section->object;
    for (uint32_t i = record->first; i < record->end; i++) {
        struct relocation r = relocation_at(record->section, i);
        if (r.offset != record->offset + FUNCTION_AT ||
            r.symbol >= object->symbol_count)
            continue;
        const struct section *section =
            symbol_section_at(record->section, r.symbol);
        return section ? section->vertex : NULL;
    }
    return NULL;
}

static bool add_description(struct frame_reader *r, struct frame_record record,
                            uint64_t common)
{
    struct vertex *function = function_of(&record);
    if (!function)
        return true;
    struct frame_record *copy = arena_new(&r->link->arena, struct frame_record);
    if (!copy)
        return false;
    *copy = record;
    copy->common = find_common(r, common);
    copy->next = function->records;
    function->records = copy;
    return true;
}

/* CIEs come first, so that their table no longer moves. */
static bool read_records(struct frame_reader *r, bool wants_commons)
{
    const struct section *section = r->section;
    r->next = 0;
    for (uint64_t at = 0, size; at < section->bytes.size; at += size) {
        size = record_size(section, at);
        struct frame_record record = take_record(r, at, at + size);
        if (size == LENGTH_SIZE)
            continue;
        uint32_t id = read32(section->bytes.data + at + LENGTH_SIZE);
        if ((id == 0) != wants_commons)
            continue;
        if (wants_commons ? !add_common(r, record)
                          : !add_description(r, record, at + LENGTH_SIZE - id))
            return false;
    }
    return true;
}

bool gc_read_frames(struct link *link, struct vertex *vertex)
{
    struct frame_reader reader = {.link = link, .section = vertex->section};
    if (!is_regular(vertex->section))
        return true;
    vertex->is_followed_elsewhere = true;
    return read_records(&reader, true) && read_records(&reader, false);
}
