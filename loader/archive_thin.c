/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A thin archive's members are files of their own; it has nothing but their
 * paths, relative to its folder. They are opened when they are wanted. One of
 * another archive that was put into it is a path and an offset there.
 * [GNU Binutils manual: ar, Thin Archives]
 */
#include "loader.h"

/* Where the archive lies: what is in front of its own name. */
static span folder_of(span path)
{
    while (path.size && path.data[path.size - 1] != '/')
        path.size--;
    return path;
}

static bool open_file(struct link *link, const struct archive *archive,
                      span name, span *path, span *bytes)
{
    span folder =
        span_starts(name, SPAN("/")) ? (span){"", 0} : folder_of(archive->name);
    *path = text_format(&link->arena, "%.*s%.*s", SPAN_ARGS(folder),
                        SPAN_ARGS(name));
    if (link->arena.failed)
        return false;
    return link->world->file(link->world->host, *path, bytes) ||
           link_error(link, BOOTLINK_MISSING,
                      "%.*s: its member %.*s is not there, or cannot be read; "
                      "the archive is thin: its members must stay where they "
                      "were",
                      SPAN_ARGS(archive->name), SPAN_ARGS(*path));
}

/* The archive of that name, which is opened but once. */
static struct archive *inner_archive(struct link *link, struct archive *archive,
                                     span name)
{
    struct archive **at = &archive->inner;
    while (*at && !span_equal((*at)->name_in_outer, name))
        at = &(*at)->next_inner;
    if (*at)
        return *at;
    span path, bytes;
    if (!open_file(link, archive, name, &path, &bytes))
        return NULL;
    if (!archive_is_archive(bytes)) {
        link_error(link, BOOTLINK_CORRUPT,
                   "%.*s: %.*s was an archive when it was put in, and is none "
                   "now; make the outer one again",
                   SPAN_ARGS(archive->name), SPAN_ARGS(path));
        return NULL;
    }
    struct archive *inner = archive_open(link, path, bytes, true);
    if (inner)
        inner->name_in_outer = name;
    return *at = inner;
}

static bool open_inner(struct link *link, struct archive *archive,
                       struct member *member)
{
    struct archive *inner = inner_archive(link, archive, member->name);
    uint64_t index;
    if (!inner)
        return false;
    if (!archive_member_at(inner, member->inner_offset, &index) ||
        inner->members[index].is_outside)
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s: %.*s has no member at 0x%llx any more; make "
                          "the outer archive again",
                          SPAN_ARGS(archive->name), SPAN_ARGS(inner->name),
                          (unsigned long long)member->inner_offset);
    member->archive = inner->name;
    member->name = inner->members[index].name;
    member->bytes = inner->members[index].bytes;
    return true;
}

bool member_open(struct link *link, struct archive *archive,
                 struct member *member)
{
    if (member->is_unread && !archive_read_member(link, archive, member))
        return false;
    if (!member->is_outside)
        return true;
    member->is_outside = false;
    if (member->inner_offset)
        return open_inner(link, archive, member);
    return open_file(link, archive, member->name, &member->name,
                     &member->bytes);
}
