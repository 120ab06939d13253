/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbol index of an archive: its names in their order, with the members
 * that define them. What a member is called, and what is in it, is not looked
 * at. [GNU and BSD ar: archive.c]
 */
#include "loader.h"
#include "string_table.h"

static SELDOM bool damaged(struct link *link, const struct archive *archive,
                           const char *what)
{
    uint64_t offset = (uint64_t)(archive->index.data - archive->bytes.data);
    return archive_damaged(link, archive, offset, what);
}

/* To be read when it is wanted. False if it is not in the file, or if there is
 * no memory. */
static inline bool add_member(struct link *link, struct archive *archive,
                              uint64_t offset)
{
    if (!in_bounds(archive->bytes.size, offset, ARCHIVE_HEADER_SIZE))
        return false;
    struct member *member = archive_new_member(&link->passing, archive);
    if (!member)
        return false;
    member->offset = offset;
    member->is_unread = true;
    return true;
}

/* Most often it is the next member. */
static OFTEN bool find_member(struct link *link, struct archive *archive,
                              uint64_t offset, uint32_t *index)
{
    uint64_t count = archive->member_count, found;
    *index = count;
    if (count && offset >= archive->next &&
        archive->members[count - 1].offset < offset)
        return add_member(link, archive, offset);
    bool is_there = archive_member_at(archive, offset, &found);
    *index = found;
    return is_there;
}

/* As all are read now, those that were to be read later go. */
static SELDOM bool read_members(struct link *link, struct archive *archive)
{
    while (archive->member_count &&
           archive->members[archive->member_count - 1].is_unread)
        archive->member_count--;
    return archive_read(link, archive, true);
}

/* A kernel in memory takes most of its archives, and then the table of symbols
 * need not grow step by step. */
static OFTEN bool make_room(struct link *link, struct archive *archive,
                            uint64_t count, span *names)
{
    if (link->request->output == BOOTLINK_IN_MEMORY)
        link->symbols.expected += count;
    archive->seed = link->symbols.seed;
    archive->symbols =
        arena_array(&link->passing, count, struct archive_symbol);
    return archive->symbols &&
           strings_keep(&link->passing, archive->bytes, names);
}

static inline uint64_t big_endian(const char *p, unsigned width)
{
    return width == 4 ? __builtin_bswap32(read32(p))
                      : __builtin_bswap64(read64(p));
}

/* ---- Entries ------------------------------------------------------------- */

/* The entries of an index: numbers, and the strings behind them. */
struct entries {
    const char *numbers;
    uint64_t count;
    unsigned width; /* of a big-endian member offset, whose names follow each
                       other; 0: BSD's pairs of name offset and member offset */
    span names;
};

/* Where a name has a version, its hash is of what comes before that. */
static SELDOM void leave_versions(struct archive *archive)
{
    for (uint64_t i = 0; i < archive->symbol_count; i++) {
        struct archive_symbol *symbol = &archive->symbols[i];
        span base = version_base(symbol->name);
        if (base.size == symbol->name.size)
            continue;
        archive->has_versions = true;
        symbol->hash = span_hash(base, archive->seed);
    }
}

/* Names of one member follow each other, and members are in their order, as
 * `ar` writes them; if they are not, all members are read first. One loop for
 * both formats, so that the compiler has nothing to call for a name: of 160
 * instructions 110 are left. */
static OFTEN bool read_entries(struct link *link, struct archive *archive,
                               const struct entries *e)
{
    uint64_t seed = archive->seed, name_at = 0, last = 0, signs = 0;
    uint32_t member = 0;
    const char *at = e->numbers;
    struct archive_symbol *symbol = archive->symbols;
    for (uint64_t i = 0; i < e->count; i++, symbol++) {
        uint64_t offset = e->width ? big_endian(at, e->width) : read32(at + 4);
        if (!e->width)
            name_at = read32(at);
        at += e->width ? e->width : 8;
        if (name_at >= e->names.size)
            return damaged(
                link, archive,
                "a name of the symbol index is not there, or has no end");
        symbol->name.data = e->names.data + name_at;
        symbol->hash = string_hash_signs(symbol->name.data, seed,
                                         &symbol->name.size, &signs);
        name_at += symbol->name.size + 1;
        if ((offset != last || !i) &&
            !find_member(link, archive, offset, &member)) {
            if (archive->next < archive->bytes.size)
                return read_members(link, archive) &&
                       read_entries(link, archive, e);
            return archive_damaged(
                link, archive, offset,
                "the symbol index names a member that is not there");
        }
        symbol->member = member;
        last = offset;
    }
    archive->symbol_count = e->count;
    if (signs & AT_SIGNS)
        leave_versions(archive);
    return true;
}

/* A count, as many member offsets, as many strings. */
static SELDOM bool read_gnu_index(struct link *link, struct archive *archive)
{
    unsigned width = archive->index_width;
    if (archive->index.size < width)
        return damaged(link, archive, "the symbol index is cut off");
    uint64_t count = big_endian(archive->index.data, width);
    if (count > archive->index.size / width - 1 || count >= UINT32_MAX)
        return damaged(link, archive,
                       "the symbol index has more symbols than bytes");
    uint64_t size = (count + 1) * width;
    struct entries entries = {
        archive->index.data + width, count, width,
        span_part(archive->index, size, archive->index.size - size)};
    return make_room(link, archive, count, &entries.names) &&
           read_entries(link, archive, &entries);
}

/* Bytes of pairs, pairs of name offset and member offset, bytes of strings,
 * strings; little-endian here. */
static SELDOM bool read_bsd_index(struct link *link, struct archive *archive)
{
    span index = archive->index;
    uint64_t pairs = index.size >= 4 ? read32(index.data) : UINT64_MAX;
    if (pairs % 8 || !in_bounds(index.size, 4, pairs) ||
        !in_bounds(index.size, 4 + pairs, 4))
        return damaged(link, archive,
                       "the symbol index (__.SYMDEF) is cut off");
    struct entries entries = {
        index.data + 4, pairs / 8, 0,
        span_part(index, 8 + pairs, index.size - 8 - pairs)};
    return make_room(link, archive, pairs / 8, &entries.names) &&
           read_entries(link, archive, &entries);
}

SELDOM bool archive_read_index(struct link *link, struct archive *archive)
{
    if (archive->symbols) /* a group asks again, also after errors */
        return true;
    if (archive->index.size == 0)
        return true;
    return archive->index_width ? read_gnu_index(link, archive)
                                : read_bsd_index(link, archive);
}
