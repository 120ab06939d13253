/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbol index of an archive: its names in their order, with the members
 * that define them. What a member is called, and what is in it, is not looked
 * at. [GNU and BSD ar: archive.c]
 */
#include "loader.h"
#include "string_table.h"

static bool damaged(struct link *link, const struct archive *archive,
                    const char *what)
{
    uint64_t offset = (uint64_t)(archive->index.data - archive->bytes.data);
    return archive_damaged(link, archive, offset, what);
}

static bool is_complete(const struct archive *archive)
{
    return archive->next >= archive->bytes.size;
}

/* Most often it is of the next member. */
static APART bool find_member(struct link *link, struct archive *archive,
                              uint64_t offset, uint32_t *index)
{
    uint64_t count = archive->member_count, found;
    *index = count;
    if (count && !is_complete(archive) &&
        archive->members[count - 1].offset < offset)
        return archive_foresee(link, archive, offset);
    bool is_there = archive_member_at(archive, offset, &found);
    *index = found;
    return is_there;
}

/* Its name is at `at` in the strings of the index. Names of one member follow
 * each other. */
static inline bool add_symbol(struct link *link, struct archive *archive,
                              span names, uint64_t at, uint64_t offset)
{
    struct archive_symbol *symbol = &archive->symbols[archive->symbol_count];
    if (at >= names.size)
        return damaged(
            link, archive,
            "a name of the symbol index is not there, or has no end");
    symbol->name.data = names.data + at;
    symbol->hash =
        string_hash(symbol->name.data, archive->seed, &symbol->name.size);
    if (archive->has_versions)
        symbol->hash = span_hash(version_base(symbol->name), archive->seed);
    bool is_of_last = archive->symbol_count && archive->last_offset == offset;
    archive->last_offset = offset;
    if (is_of_last)
        symbol->member = symbol[-1].member;
    else if (!find_member(link, archive, offset, &symbol->member))
        return archive_damaged(
            link, archive, offset,
            "the symbol index names a member that is not there");
    archive->symbol_count++;
    return true;
}

/* A kernel in memory takes most of its archives, and then the table of symbols
 * need not grow step by step. */
static bool make_room(struct link *link, struct archive *archive,
                      uint64_t count, span *names)
{
    if (link->request->output == BOOTLINK_IN_MEMORY)
        link->symbols.expected += count;
    archive->seed = link->symbols.seed;
    archive->has_versions = has_version(*names);
    archive->symbols =
        arena_array(&link->passing, count, struct archive_symbol);
    return archive->symbols &&
           strings_keep(&link->passing, archive->bytes, false, names);
}

static uint64_t big_endian(const char *p, unsigned width)
{
    return width == 4 ? __builtin_bswap32(read32(p))
                      : __builtin_bswap64(read64(p));
}

/* Whether the index names members in their order, as `ar` writes it. */
static bool names_in_order(const struct archive *archive)
{
    unsigned width = archive->index_width;
    uint64_t last = 0;
    for (uint64_t at = width;
         width && in_bounds(archive->index.size, at, width) &&
         at / width <= big_endian(archive->index.data, width);
         at += width) {
        uint64_t offset = big_endian(archive->index.data + at, width);
        if (offset < last)
            return false;
        last = offset;
    }
    return width;
}

/* A count, as many member offsets, as many strings. */
static bool read_gnu_index(struct link *link, struct archive *archive)
{
    unsigned width = archive->index_width;
    if (archive->index.size < width)
        return damaged(link, archive, "the symbol index is cut off");
    uint64_t count = big_endian(archive->index.data, width);
    if (count > archive->index.size / width - 1 || count >= UINT32_MAX)
        return damaged(link, archive,
                       "the symbol index has more symbols than bytes");
    const char *offsets = archive->index.data + width;
    span names = span_part(archive->index, (count + 1) * width,
                           archive->index.size - (count + 1) * width);
    if (!make_room(link, archive, count, &names))
        return false;
    for (uint64_t i = 0, at = 0; i < count; i++) {
        if (!add_symbol(link, archive, names, at,
                        big_endian(offsets + i * width, width)))
            return false;
        at += archive->symbols[i].name.size + 1;
    }
    return true;
}

/* Bytes of pairs, pairs of name offset and member offset, bytes of strings,
 * strings; little-endian here. */
static bool read_bsd_index(struct link *link, struct archive *archive)
{
    span index = archive->index;
    uint64_t pairs = index.size >= 4 ? read32(index.data) : UINT64_MAX;
    if (pairs % 8 || !in_bounds(index.size, 4, pairs) ||
        !in_bounds(index.size, 4 + pairs, 4))
        return damaged(link, archive,
                       "the symbol index (__.SYMDEF) is cut off");
    span names = span_part(index, 8 + pairs, index.size - 8 - pairs);
    if (!make_room(link, archive, pairs / 8, &names))
        return false;
    for (uint64_t at = 4; at < 4 + pairs; at += 8)
        if (!add_symbol(link, archive, names, read32(index.data + at),
                        read32(index.data + at + 4)))
            return false;
    return true;
}

bool archive_read_index(struct link *link, struct archive *archive)
{
    if (archive->symbols) /* a group asks again, also after errors */
        return true;
    if (!names_in_order(archive) && !archive_read(link, archive, true))
        return false;
    if (archive->index.size == 0)
        return true;
    return archive->index_width ? read_gnu_index(link, archive)
                                : read_bsd_index(link, archive);
}
