/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inputs as a command line and scripts name them: a file that a script may ask
 * for again, a library, a file as data or for its symbols only, a group.
 * [GNU ld manual: Options, -l, -b and -R]
 */
#include "inputs.h"

/* A file that a script names is looked for, one of the command line is not. */
static bool find_named(struct input_reader *r, span name,
                       const struct script_input *from, span *path)
{
    struct link *link = r->link;
    *path = from ? search_input(&link->arena, &link->script, name, r->script,
                                from->place.text)
                 : name;
    if (path->size)
        return true;
    if (!from)
        return link_error(link, BOOTLINK_MISSING,
                          "the name of an input file is empty; perhaps a "
                          "variable of the build is not set");
    return link_error_at(link, from->place, BOOTLINK_MISSING,
                         "cannot find the file '%.*s'; it is looked for as it "
                         "stands, in the folders of -L and SEARCH_DIR, and "
                         "beside this script",
                         SPAN_ARGS(name));
}

bool input_open_named(struct input_reader *r, span name,
                      const struct script_input *from)
{
    span path;
    if (!find_named(r, name, from, &path))
        return false;
    if (from)
        r->alias = name;
    bool ok = input_open_file(r, path);
    r->alias.size = 0;
    return ok;
}

static bool open_library(struct input_reader *r, span name,
                         const struct script_input *from)
{
    struct link *link = r->link;
    span path = search_library(&link->arena, &link->script, name);
    if (path.size)
        return input_open_file(r, path);
    bool is_exact = span_starts(name, SPAN(":"));
    const char *lib = is_exact ? "" : "lib", *suffix = is_exact ? "" : ".a";
    span file = is_exact ? span_part(name, 1, name.size - 1) : name;
    char text[512];
    span message =
        text_print(text, sizeof(text),
                   "cannot find -l%.*s: no %s%.*s%s in the folders of -L and "
                   "SEARCH_DIR; add -L with its folder",
                   SPAN_ARGS(name), lib, SPAN_ARGS(file), suffix);
    return from
               ? link_error_at(link, from->place, BOOTLINK_MISSING, "%.*s",
                               SPAN_ARGS(message))
               : link_error(link, BOOTLINK_MISSING, "%.*s", SPAN_ARGS(message));
}

/* Remembers the name for a script that may ask for it. */
static bool note_opened(struct input_reader *r, span name)
{
    span *opened = arena_grow(&r->link->passing, r->opened, r->opened_count,
                              &r->opened_capacity, sizeof(*opened));
    if (!opened)
        return false;
    r->opened = opened;
    opened[r->opened_count++] = name;
    return true;
}

static bool open_once(struct input_reader *r,
                      const struct bootlink_input *input,
                      const struct script_input *from)
{
    bool is_done = false;
    if (from && from->is_pattern)
        return input_pattern(r, from);
    if (r->knows_names ? !input_opens(r, input->name, &is_done)
                       : !note_opened(r, input->name))
        return false;
    return is_done || input_open_named(r, input->name, from);
}

/* A file as data, or for its symbols only. */
static bool open_otherwise(struct input_reader *r,
                           const struct bootlink_input *input,
                           const struct script_input *from)
{
    struct link *link = r->link;
    span path, bytes;
    if (!find_named(r, input->name, from, &path))
        return false;
    if (!link->world->file(link->world->host, path, &bytes))
        return link_error(link, BOOTLINK_MISSING,
                          "%.*s: no such file, or it cannot be read",
                          SPAN_ARGS(path));
    if (input->kind == BOOTLINK_BINARY)
        return input_append(link, binary_open(link, path, bytes));
    if (elf_is_object(bytes))
        return elf_open_symbols(link, path, bytes);
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s: not an ELF file, so it has no symbols",
                      SPAN_ARGS(path));
}

bool input_open_kind(struct input_reader *r, const struct bootlink_input *input,
                     const struct script_input *from)
{
    switch (input->kind) {
    case BOOTLINK_LIBRARY:
        return open_library(r, input->name, from);
    case BOOTLINK_BINARY:
    case BOOTLINK_SYMBOLS:
        return open_otherwise(r, input, from);
    case BOOTLINK_GROUP_START:
        return input_start_group(r);
    case BOOTLINK_GROUP_END:
        return input_end_group(r);
    default:
        return open_once(r, input, from);
    }
}
