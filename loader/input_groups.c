/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An archive gives the members that define what is undefined so far
 * (archive_search.c), and a group is gone through again until none of its
 * archives has more to give. [GNU ld manual: Options, --start-group]
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

bool input_search_archive(struct input_reader *r, struct archive *archive)
{
    if (!archive->index.data && archive->member_count)
        return link_error(r->link, BOOTLINK_CORRUPT,
                          "%.*s: the archive has no symbol index; add one with "
                          "`ranlib`",
                          SPAN_ARGS(archive->name));
    if (r->group && !group_append(r, archive, NULL))
        return false;
    uint64_t taken = 0;
    return archive_search(r->link, archive, &taken);
}

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
            if (!(i->archive ? archive_search(link, i->archive, taken)
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

bool input_end_groups(struct input_reader *r)
{
    bool ok = true;
    report_warning(r->link->world, BOOTLINK_SYNTAX,
                   "--start-group without --end-group: all that follows is in "
                   "the group");
    while (ok && r->group)
        ok = input_end_group(r);
    return ok;
}
