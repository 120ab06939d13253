/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line: opens every input from left to right.
 *
 * An object is linked where it stands. An archive gives the members that define
 * what is undefined so far, in the order of its symbol index, again and again
 * until it has nothing more to give; the archives of a group are gone through
 * again until none of them has. That is GNU ld's order, and so decides
 * addresses. Afterwards no object is added.
 */
#include "loader.h"

struct input_reader {
    struct link *link;
    bool whole_archive;
    struct archive **group; /* NULL: not in a group */
    uint64_t group_count;
    bool in_group;
};

static bool append_object(struct link *link, struct object *object)
{
    if (!object)
        return false;
    *link->last_object = object;
    link->last_object = &object->next;
    return true;
}

/* ---- Archives ----------------------------------------------------------- */

static bool take_member(struct link *link, struct archive *archive,
                        struct member *member)
{
    member->taken = true;
    if (!elf_is_object(member->bytes))
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s(%.*s): not an ELF object; bootlink links what "
                          "`cc -c` makes (without -flto)",
                          SPAN_ARGS(archive->name), SPAN_ARGS(member->name));
    return append_object(
        link, elf_open(link, archive->name, member->name, member->bytes));
}

static bool take_all(struct link *link, struct archive *archive)
{
    bool ok = true;
    for (uint64_t i = 0; i < archive->member_count; i++)
        ok &= take_member(link, archive, &archive->members[i]);
    return ok;
}

/* A reference that is not weak asks for a member, and so does a common symbol
 * for a definition that is more than that. */
static bool is_wanted(struct link *link, const struct symbol *symbol,
                      const struct member *member)
{
    if (!symbol)
        return false;
    if (symbol->state == SYMBOL_COMMON)
        return elf_defines(link, member->bytes, symbol->name);
    return symbol->state == SYMBOL_UNDEFINED && symbol->is_needed;
}

/* Takes what is wanted, until a whole turn brings nothing. `*taken` counts. */
static bool take_wanted(struct link *link, struct archive *archive,
                        uint64_t *taken)
{
    uint64_t before;
    do {
        before = *taken;
        for (uint64_t i = 0; i < archive->symbol_count; i++) {
            struct archive_symbol *s = &archive->symbols[i];
            struct member *member = &archive->members[s->member];
            if (member->taken ||
                !is_wanted(link, symbol_find(link, s->name), member))
                continue;
            if (!take_member(link, archive, member))
                return false;
            ++*taken;
        }
    } while (*taken != before);
    return true;
}

static bool open_archive(struct input_reader *r, span name, span bytes)
{
    struct archive *archive = archive_open(r->link, name, bytes);
    if (!archive)
        return false;
    if (r->whole_archive)
        return take_all(r->link, archive);
    if (!archive->has_index && archive->member_count)
        return link_error(r->link, BOOTLINK_CORRUPT,
                          "%.*s: the archive has no symbol index; add one with "
                          "`ranlib`",
                          SPAN_ARGS(name));
    if (r->in_group)
        r->group[r->group_count++] = archive;
    uint64_t taken = 0;
    return take_wanted(r->link, archive, &taken);
}

/* ---- Groups ------------------------------------------------------------- */

static bool start_group(struct input_reader *r)
{
    if (r->in_group)
        return link_error(r->link, BOOTLINK_SYNTAX,
                          "a group starts inside a group; end the first one "
                          "with --end-group");
    r->in_group = true;
    r->group_count = 0;
    r->group = arena_array(&r->link->arena, r->link->request->input_count,
                           struct archive *);
    return r->group != NULL;
}

static bool end_group(struct input_reader *r)
{
    if (!r->in_group)
        return link_error(r->link, BOOTLINK_SYNTAX,
                          "--end-group without --start-group");
    r->in_group = false;
    uint64_t taken = 0, before;
    do {
        before = taken;
        for (uint64_t i = 0; i < r->group_count; i++)
            if (!take_wanted(r->link, r->group[i], &taken))
                return false;
    } while (taken != before);
    return true;
}

/* ---- Inputs ------------------------------------------------------------- */

static bool open_file(struct input_reader *r, span name)
{
    struct link *link = r->link;
    span bytes;
    if (!link->world->file(link->world->host, name, &bytes))
        return link_error(link, BOOTLINK_MISSING,
                          "%.*s: no such file, or it cannot be read",
                          SPAN_ARGS(name));
    if (bytes.size == 0)
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s: the file is empty; build it again",
                          SPAN_ARGS(name));
    if (archive_is_archive(bytes))
        return open_archive(r, name, bytes);
    if (elf_is_object(bytes))
        return append_object(link, elf_open(link, name, (span){0}, bytes));
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s: neither an ELF object nor an archive; bootlink "
                      "links what `cc -c`, `nasm -f elf64` and `ar` make",
                      SPAN_ARGS(name));
}

static bool open_input(struct input_reader *r,
                       const struct bootlink_input *input)
{
    switch (input->kind) {
    case BOOTLINK_FILE:
        return open_file(r, input->name);
    case BOOTLINK_GROUP_START:
        return start_group(r);
    case BOOTLINK_GROUP_END:
        return end_group(r);
    case BOOTLINK_WHOLE_ARCHIVE:
    case BOOTLINK_NO_WHOLE_ARCHIVE:
        r->whole_archive = input->kind == BOOTLINK_WHOLE_ARCHIVE;
        return true;
    }
    return false;
}

bool inputs_open(struct link *link)
{
    struct input_reader reader = {.link = link};
    bool ok = true;
    for (size_t i = 0; i < link->request->input_count; i++)
        ok &= open_input(&reader, &link->request->inputs[i]);
    if (reader.in_group)
        return link_error(link, BOOTLINK_SYNTAX,
                          "--start-group without --end-group");
    if (ok && !link->objects)
        return link_error(link, BOOTLINK_MISSING,
                          "no input: nothing to link in %zu files; name at "
                          "least one object",
                          link->request->input_count);
    return ok;
}
