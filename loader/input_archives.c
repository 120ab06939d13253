/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Archives among the inputs: all members of one are taken, as of a module, or
 * those that are wanted (input_groups.c).
 */
#include "inputs.h"

bool member_take(struct link *link, struct archive *archive,
                 struct member *member)
{
    member->taken = true;
    if (!member_open(link, archive, member))
        return false;
    if (!elf_is_object(member->bytes))
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s(%.*s): %s; bootlink links what `cc -c` makes "
                          "(without -flto)",
                          SPAN_ARGS(member->archive), SPAN_ARGS(member->name),
                          input_kind(member->bytes, "not an ELF object"));
    bool has_plain_names = archive->symbols && !archive->has_versions;
    return input_append(link, elf_open(link, member->archive, member->name,
                                       member->bytes, has_plain_names));
}

static bool take_all(struct link *link, struct archive *archive)
{
    bool ok = true;
    for (uint64_t i = 0; i < archive->member_count; i++)
        ok &= member_take(link, archive, &archive->members[i]);
    return ok;
}

bool input_archive(struct input_reader *r, span name, span bytes)
{
    bool all = r->whole_archive || link_is_module(r->link);
    struct archive *archive = archive_open(r->link, name, bytes, all);
    r->has_opened_archive = true;
    if (!archive)
        return false;
    link_leave(r->link, bytes);
    if (all)
        return take_all(r->link, archive);
    return r->link->scripts.input_search_archive(r, archive);
}
