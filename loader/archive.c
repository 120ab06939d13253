/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes into an archive: the members in the order of the file. archive_index.c
 * reads the symbol index, which says which member defines what.
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
_Static_assert(sizeof(struct ar_header) == ARCHIVE_HEADER_SIZE, "as it is");

bool archive_is_archive(span bytes)
{
    return span_starts(bytes, ARCHIVE_MAGIC) || span_starts(bytes, THIN_MAGIC);
}

bool archive_damaged(struct link *link, const struct archive *archive,
                     uint64_t offset, const char *what)
{
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s: at offset 0x%llx: %s; the archive is damaged: "
                      "make it again with `ar rcs`",
                      SPAN_ARGS(archive->name), (unsigned long long)offset,
                      what);
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
static bool long_name(span names, span field, struct member *member)
{
    field.size = span_find(field, ' '); /* `ar T` may leave a '/' behind it */
    size_t colon = span_find(field, ':');
    span offset = span_part(field, colon + 1, field.size - colon - 1);
    uint64_t at;
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

static bool member_name(const struct archive *archive, span field,
                        struct member *member)
{
    if (span_starts(field, SPAN("#1/")))
        return bsd_name(field, member);
    if (field.size > 1 && field.data[0] == '/')
        return long_name(archive->long_names, field, member);
    member->name = field;
    if (span_ends(field, SPAN("/")))
        member->name.size--;
    return true;
}

/* ---- Members ------------------------------------------------------------ */

static bool is_table(span field)
{
    return span_equal(field, SPAN("//")) || span_equal(field, SPAN("/")) ||
           span_equal(field, SPAN("/SYM64/"));
}

/* The header at an offset: the field of its name, and where its content lies.
 */
static bool read_header(struct link *link, const struct archive *archive,
                        uint64_t offset, span *field, span *content)
{
    span bytes = archive->bytes;
    struct ar_header header;
    if (!in_bounds(bytes.size, offset, sizeof(header)))
        return archive_damaged(link, archive, offset,
                               "a member header is cut off");
    memcpy(&header, bytes.data + offset, sizeof(header));
    if (memcmp(header.magic, "`\n", 2))
        return archive_damaged(link, archive, offset,
                               "a member header has no end mark");
    uint64_t size;
    span digits = without_blanks((span){header.size, sizeof(header.size)});
    if (!span_number(digits, &size))
        return archive_damaged(link, archive, offset,
                               "a member's size is not a number");
    *field = without_blanks((span){bytes.data + offset, sizeof(header.name)});
    if (archive->is_thin && !is_table(*field))
        size = 0; /* the member's, in its own file */
    if (!in_bounds(bytes.size, offset + sizeof(header), size))
        return archive_damaged(link, archive, offset,
                               "a member runs past the end of the file");
    *content = span_part(bytes, offset + sizeof(header), size);
    return true;
}

static bool describe(struct link *link, const struct archive *archive,
                     span field, span content, struct member *member)
{
    member->bytes = content;
    member->is_outside = archive->is_thin;
    return member_name(archive, field, member) ||
           archive_damaged(link, archive, member->offset,
                           "a member's long name is not there");
}

/* Keeps the tables aside; everything else is a member. */
static bool sort_member(struct link *link, struct archive *archive,
                        uint64_t offset, span field, span content)
{
    struct member member = {.archive = archive->name, .offset = offset};
    if (span_equal(field, SPAN("//"))) {
        archive->long_names = content;
        return true;
    }
    if (is_table(field)) {
        archive->index = content;
        archive->index_width = field.size == 1 ? 4 : 8;
        return true;
    }
    if (!describe(link, archive, field, content, &member))
        return false;
    if (span_starts(member.name, SPAN("__.SYMDEF"))) {
        archive->index = member.bytes;
        archive->index_width = 0;
        return true;
    }
    struct member *added = archive_new_member(&link->passing, archive);
    if (added)
        *added = member;
    return added != NULL;
}

bool archive_read(struct link *link, struct archive *archive, bool all)
{
    while (archive->next < archive->bytes.size &&
           (all || !archive->index.data || !archive->member_count)) {
        uint64_t at = archive->next;
        span field, content;
        if (!read_header(link, archive, at, &field, &content))
            return false;
        archive->next += align_up(sizeof(struct ar_header) + content.size, 2);
        if (!sort_member(link, archive, at, field, content))
            return false;
    }
    return true;
}

bool archive_read_member(struct link *link, struct archive *archive,
                         struct member *member)
{
    span field, content;
    const struct member *next = member + 1;
    const struct member *end = archive->members + archive->member_count;
    member->archive = archive->name;
    member->is_unread = false;
    if (!read_header(link, archive, member->offset, &field, &content))
        return false;
    if (next < end &&
        content.data + content.size > archive->bytes.data + next->offset)
        return archive_damaged(link, archive, member->offset,
                               "a member runs into the next one");
    return describe(link, archive, field, content, member);
}

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

struct archive *archive_open(struct link *link, span name, span bytes, bool all)
{
    struct archive *archive = arena_new(&link->passing, struct archive);
    if (!archive)
        return NULL;
    archive->name = name;
    archive->bytes = bytes;
    archive->is_thin = span_starts(bytes, THIN_MAGIC);
    archive->next = ARCHIVE_MAGIC.size;
    archive->next_opened = link->archives;
    link->archives = archive;
    return archive_read(link, archive, all) ? archive : NULL;
}
