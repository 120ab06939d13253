/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Archives and groups among the inputs. An archive gives the members that
 * define what is undefined so far (archive_search.c), and a group is gone
 * through again until none of its archives has more to give.
 * [GNU ld manual: Options, --start-group]
 */
#include "inputs.h"

/* A group, and what is in it in order: archives, and groups of scripts. */
struct group {
    struct group_item *items, **last;
    struct group *outer; /* NULL: none */
    unsigned depth;
};

struct group_item {
    struct archive *archive; /* or else ... */
    struct group *group;
    struct group_item *next;
};

enum { DEEPEST_GROUP = 64 };

/* ---- Archives ----------------------------------------------------------- */

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
    return input_append(
        link, elf_open(link, member->archive, member->name, member->bytes));
}

static bool take_all(struct link *link, struct archive *archive)
{
    bool ok = true;
    for (uint64_t i = 0; i < archive->member_count; i++)
        ok &= member_take(link, archive, &archive->members[i]);
    return ok;
}

static bool group_append(struct input_reader *r, struct archive *archive,
                         struct group *inner)
{
    struct group_item *item = arena_new(&r->link->arena, struct group_item);
    if (!item)
        return false;
    *item = (struct group_item){archive, inner, NULL};
    *r->group->last = item;
    r->group->last = &item->next;
    return true;
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
    if (!archive->index.data && archive->member_count)
        return link_error(r->link, BOOTLINK_CORRUPT,
                          "%.*s: the archive has no symbol index; add one with "
                          "`ranlib`",
                          SPAN_ARGS(name));
    if (r->group && !group_append(r, archive, NULL))
        return false;
    uint64_t taken = 0;
    return r->link->scripts.archive_search(r->link, archive, &taken);
}

/* ---- Groups ------------------------------------------------------------- */

bool input_start_group(struct input_reader *r)
{
    unsigned depth = r->group ? r->group->depth + 1 : 1;
    if (depth > DEEPEST_GROUP)
        return link_error(r->link, BOOTLINK_SYNTAX,
                          "groups stand in groups more than %d deep; is an "
                          "--end-group missing?",
                          DEEPEST_GROUP);
    struct group *group = arena_new(&r->link->arena, struct group);
    if (!group || (r->group && !group_append(r, NULL, group)))
        return false;
    *group = (struct group){
        .last = &group->items, .outer = r->group, .depth = depth};
    r->group = group;
    return true;
}

/* Goes through a group again until nothing in it has more to give; a group in
 * it whenever its turn comes. */
static bool search_group(struct link *link, const struct group *group,
                         uint64_t *taken)
{
    uint64_t before;
    do {
        before = *taken;
        for (const struct group_item *i = group->items; i; i = i->next)
            if (!(i->archive
                      ? link->scripts.archive_search(link, i->archive, taken)
                      : search_group(link, i->group, taken)))
                return false;
    } while (*taken != before);
    return true;
}

bool input_end_group(struct input_reader *r)
{
    const struct group *group = r->group;
    uint64_t taken = 0;
    if (!group)
        return link_error(r->link, BOOTLINK_SYNTAX,
                          "--end-group without --start-group");
    r->group = group->outer;
    return search_group(r->link, group, &taken);
}
