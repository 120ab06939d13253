/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes into an archive: the members in the order of the file, and the symbol
 * index that says which member defines what.
 *
 * The format is a magic string, then for each member a header of 60 bytes of
 * text and its content, padded to an even offset. System V (GNU) keeps long
 * names in a member "//" and the index in "/" (or "/SYM64/"); BSD puts long
 * names ("#1/length") before the content and the index in "__.SYMDEF". In a
 * thin archive no content follows the headers but that of these tables.
 *
 * The tables come first. Of an archive that has an index the other members are
 * read when they are wanted, so that pages of the file that nobody needs are
 * not looked at: of a C library's that is nine tenths.
 */
#include "loader.h"
#include "string_table.h"

#include <string.h>

#define ARCHIVE_MAGIC SPAN("!<arch>\n")
#define THIN_MAGIC    SPAN("!<thin>\n")

enum { LONGEST_NAME = 4096 }; /* so that names together take linear time */

/* A member's header as it lies in the file: text, padded with blanks. */
struct ar_header {
    char name[16];
    char date[12], uid[6], gid[6], mode[8];
    char size[10];
    char magic[2]; /* "`\n" */
};
_Static_assert(sizeof(struct ar_header) == 60, "as the format has it");

struct archive_reader {
    struct link *link;
    struct archive *archive;
    uint64_t next;        /* the offset of the header to read next */
    span index;           /* the content of the symbol index */
    unsigned index_width; /* of its big-endian numbers: 4, 8; 0: BSD's */
    uint64_t capacity;
};

bool archive_is_archive(span bytes)
{
    return span_starts(bytes, ARCHIVE_MAGIC) || span_starts(bytes, THIN_MAGIC);
}

static bool damaged(struct archive_reader *r, uint64_t offset, const char *what)
{
    return link_error(
        r->link, BOOTLINK_CORRUPT,
        "%.*s: at offset 0x%llx: %s; the archive is damaged: make "
        "it again with `ar rcs`",
        SPAN_ARGS(r->archive->name), (unsigned long long)offset, what);
}

static span without_blanks(span field)
{
    while (field.size && field.data[field.size - 1] == ' ')
        field.size--;
    return field;
}

/* ---- Member names ------------------------------------------------------- */

/* "/123": the name stands at 123 in the long names and ends with "/\n". Behind
 * a colon follows where a thin archive's member is in the archive of that name.
 */
static bool long_name(struct archive_reader *r, span field,
                      struct member *member)
{
    field.size = span_find(field, ' '); /* `ar T` may leave a '/' behind it */
    size_t colon = span_find(field, ':');
    span offset = span_part(field, colon + 1, field.size - colon - 1);
    uint64_t at;
    span names = r->archive->long_names;
    if (!span_number(span_part(field, 1, colon - 1), &at) || at >= names.size ||
        (offset.size && !span_number(offset, &member->inner_offset)))
        return false;
    uint64_t rest = names.size - at;
    span name = span_part(names, at, rest < LONGEST_NAME ? rest : LONGEST_NAME);
    name.size = span_find(name, '\n');
    if (span_ends(name, SPAN("/")))
        name.size--;
    member->name = name;
    return name.size < LONGEST_NAME;
}

/* "#1/20": the name is the first 20 bytes of the content, padded with NULs. */
static bool bsd_name(span field, struct member *member)
{
    span *name = &member->name, *content = &member->bytes;
    uint64_t length;
    if (!span_number(span_part(field, 3, field.size - 3), &length) ||
        length > content->size)
        return false;
    *name = span_part(*content, 0, length);
    *content = span_part(*content, length, content->size - length);
    while (name->size && name->data[name->size - 1] == '\0')
        name->size--;
    return true;
}

static bool member_name(struct archive_reader *r, span field,
                        struct member *member)
{
    if (span_starts(field, SPAN("#1/")))
        return bsd_name(field, member);
    if (field.size > 1 && field.data[0] == '/')
        return long_name(r, field, member);
    member->name = field;
    if (span_ends(field, SPAN("/")))
        member->name.size--;
    return true;
}

/* ---- Members ------------------------------------------------------------ */

static bool add_member(struct archive_reader *r, struct member member)
{
    struct archive *archive = r->archive;
    archive->members =
        arena_grow(&r->link->arena, archive->members, archive->member_count,
                   &r->capacity, sizeof(struct member));
    if (!archive->members)
        return false;
    member.archive = archive->name;
    archive->members[archive->member_count++] = member;
    return true;
}

static bool is_table(span field)
{
    return span_equal(field, SPAN("//")) || span_equal(field, SPAN("/")) ||
           span_equal(field, SPAN("/SYM64/"));
}

/* The header at an offset: the field of its name, and where its content lies.
 */
static bool read_header(struct archive_reader *r, uint64_t offset, span *field,
                        span *content)
{
    struct archive *archive = r->archive;
    span bytes = archive->bytes;
    struct ar_header header;
    if (!in_bounds(bytes.size, offset, sizeof(header)))
        return damaged(r, offset, "a member header is cut off");
    memcpy(&header, bytes.data + offset, sizeof(header));
    if (memcmp(header.magic, "`\n", 2))
        return damaged(r, offset, "a member header has no end mark");
    uint64_t size;
    span digits = without_blanks((span){header.size, sizeof(header.size)});
    if (!span_number(digits, &size))
        return damaged(r, offset, "a member's size is not a number");
    *field = without_blanks((span){bytes.data + offset, sizeof(header.name)});
    if (archive->is_thin && !is_table(*field))
        size = 0; /* the member's, in its own file */
    if (!in_bounds(bytes.size, offset + sizeof(header), size))
        return damaged(r, offset, "a member runs past the end of the file");
    *content = span_part(bytes, offset + sizeof(header), size);
    return true;
}

static bool describe(struct archive_reader *r, span field, span content,
                     struct member *member)
{
    member->bytes = content;
    member->is_outside = r->archive->is_thin;
    return member_name(r, field, member) ||
           damaged(r, member->offset, "a member's long name is not there");
}

/* Keeps the tables aside; everything else is a member. */
static bool sort_member(struct archive_reader *r, uint64_t offset, span field,
                        span content)
{
    struct member member = {.offset = offset};
    if (span_equal(field, SPAN("//"))) {
        r->archive->long_names = content;
        return true;
    }
    if (is_table(field)) {
        r->index = content;
        r->index_width = field.size == 1 ? 4 : 8;
        return true;
    }
    if (!describe(r, field, content, &member))
        return false;
    if (span_starts(member.name, SPAN("__.SYMDEF"))) {
        r->index = member.bytes;
        r->index_width = 0;
        return true;
    }
    return add_member(r, member);
}

/* Reads on: all there is or, if there is an index, up to the first member. */
static bool read_members(struct archive_reader *r, bool all)
{
    const struct archive *archive = r->archive;
    while (r->next < archive->bytes.size &&
           (all || !r->index.data || !archive->member_count)) {
        uint64_t at = r->next;
        span field, content;
        if (!read_header(r, at, &field, &content))
            return false;
        r->next += align_up(sizeof(struct ar_header) + content.size, 2);
        if (!sort_member(r, at, field, content))
            return false;
    }
    return true;
}

bool archive_read_member(struct link *link, struct archive *archive,
                         struct member *member)
{
    struct archive_reader reader = {.link = link, .archive = archive};
    span field, content;
    member->is_unread = false;
    return read_header(&reader, member->offset, &field, &content) &&
           describe(&reader, field, content, member);
}

/* ---- The symbol index --------------------------------------------------- */

/* Members ascend by offset. */
bool archive_member_at(const struct archive *archive, uint64_t offset,
                       uint64_t *index)
{
    uint64_t low = 0, high = archive->member_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (archive->members[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return low < archive->member_count &&
           archive->members[low].offset == offset;
}

static bool is_complete(const struct archive_reader *r)
{
    return r->next >= r->archive->bytes.size;
}

/* Adds a member that is behind all others so far, to be read later. */
static bool foresee_member(struct archive_reader *r, uint64_t offset)
{
    return in_bounds(r->archive->bytes.size, offset,
                     sizeof(struct ar_header)) &&
           add_member(r, (struct member){.offset = offset, .is_unread = true});
}

/* Most often it is of the last member, or of the next. */
static bool find_member(struct archive_reader *r, uint64_t offset,
                        uint32_t *index)
{
    const struct archive *archive = r->archive;
    uint64_t last = archive->member_count - 1, found;
    if (!archive->member_count)
        return false;
    *index = last;
    if (archive->members[last].offset == offset)
        return true;
    *index = last + 1;
    if (!is_complete(r) && archive->members[last].offset < offset)
        return foresee_member(r, offset);
    bool is_there = archive_member_at(archive, offset, &found);
    *index = found;
    return is_there;
}

/* Its name is at `at` in the strings of the index. */
static bool add_symbol(struct archive_reader *r, span names, uint64_t at,
                       uint64_t offset)
{
    struct archive *archive = r->archive;
    uint64_t place = archive->symbol_count;
    struct archive_symbol *symbol = &archive->symbols[place];
    if (!string_hash_at(names, at, archive->seed, &symbol->name, &symbol->hash))
        return damaged(r, sizeof(struct ar_header),
                       "a name of the symbol index is not there, or has no "
                       "end");
    if (archive->has_versions)
        symbol->hash = span_hash(archive_name(archive, place), archive->seed);
    if (!find_member(r, offset, &symbol->member))
        return damaged(r, offset,
                       "the symbol index names a member that is not "
                       "there");
    archive->symbol_count++;
    return true;
}

static bool make_room(struct archive_reader *r, uint64_t count, span names)
{
    struct archive *archive = r->archive;
    archive->seed = r->link->symbols.seed;
    archive->has_versions = span_find(names, '@') < names.size;
    archive->symbols =
        arena_array(&r->link->arena, count, struct archive_symbol);
    return archive->symbols != NULL;
}

static uint64_t big_endian(const char *p, unsigned width)
{
    return width == 4 ? __builtin_bswap32(read32(p))
                      : __builtin_bswap64(read64(p));
}

/* Whether the index names members in their order, as `ar` writes it. */
static bool names_in_order(const struct archive_reader *r)
{
    unsigned width = r->index_width;
    uint64_t last = 0;
    for (uint64_t at = width; width && in_bounds(r->index.size, at, width) &&
                              at / width <= big_endian(r->index.data, width);
         at += width) {
        uint64_t offset = big_endian(r->index.data + at, width);
        if (offset < last)
            return false;
        last = offset;
    }
    return width;
}

/* A count, as many member offsets, as many strings. */
static bool read_gnu_index(struct archive_reader *r)
{
    unsigned width = r->index_width;
    if (r->index.size < width)
        return damaged(r, sizeof(struct ar_header),
                       "the symbol index is cut "
                       "off");
    uint64_t count = big_endian(r->index.data, width);
    if (count > r->index.size / width - 1 || count >= UINT32_MAX)
        return damaged(r, sizeof(struct ar_header),
                       "the symbol index has more symbols than bytes");
    const char *offsets = r->index.data + width;
    span names = span_part(r->index, (count + 1) * width,
                           r->index.size - (count + 1) * width);
    if (!make_room(r, count, names))
        return false;
    for (uint64_t i = 0, at = 0; i < count; i++) {
        if (!add_symbol(r, names, at, big_endian(offsets + i * width, width)))
            return false;
        at += r->archive->symbols[i].name.size + 1;
    }
    return true;
}

/* Bytes of pairs, pairs of name offset and member offset, bytes of strings,
 * strings; little-endian here. */
static bool read_bsd_index(struct archive_reader *r)
{
    span index = r->index;
    uint64_t pairs = index.size >= 4 ? read32(index.data) : UINT64_MAX;
    if (pairs % 8 || !in_bounds(index.size, 4, pairs) ||
        !in_bounds(index.size, 4 + pairs, 4))
        return damaged(r, 0, "the symbol index (__.SYMDEF) is cut off");
    span names = span_part(index, 8 + pairs, index.size - 8 - pairs);
    if (!make_room(r, pairs / 8, names))
        return false;
    for (uint64_t at = 4; at < 4 + pairs; at += 8)
        if (!add_symbol(r, names, read32(index.data + at),
                        read32(index.data + at + 4)))
            return false;
    return true;
}

static bool read_index(struct archive_reader *r)
{
    r->archive->has_index = r->index.data != NULL;
    if (!r->index.data || r->index.size == 0)
        return true;
    return r->index_width ? read_gnu_index(r) : read_bsd_index(r);
}

/* ---- The whole ---------------------------------------------------------- */

struct archive *archive_open(struct link *link, span name, span bytes, bool all)
{
    struct archive *archive = arena_new(&link->arena, struct archive);
    if (!archive)
        return NULL;
    archive->name = name;
    archive->bytes = bytes;
    archive->is_thin = span_starts(bytes, THIN_MAGIC);
    struct archive_reader reader = {
        .link = link, .archive = archive, .next = ARCHIVE_MAGIC.size};
    return read_members(&reader, all) &&
                   (names_in_order(&reader) || read_members(&reader, true)) &&
                   read_index(&reader)
               ? archive
               : NULL;
}
