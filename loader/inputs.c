/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line: opens every input from left to right.
 *
 * An object is linked where it stands. An archive gives the members that define
 * what is undefined so far, in the order of its symbol index, again and again
 * until it has nothing more to give; the archives of a group are gone through
 * again until none of them has. That is GNU ld's order, and so decides
 * addresses. A script gives the files that it names by INPUT and GROUP in its
 * place, be it given by -T or as an input. Afterwards no object is added.
 */
#include "inputs.h"

bool input_append(struct link *link, struct object *object)
{
    if (!object)
        return false;
    link_leave(link, object->bytes);
    object->number = link->object_count++;
    *link->last_object = object;
    link->last_object = &object->next;
    return true;
}

const char *input_kind(span bytes, const char *otherwise)
{
    return span_starts(bytes, SPAN("BC\xc0\xde")) ? "LLVM bitcode" : otherwise;
}

/* ---- Inputs ------------------------------------------------------------- */

static bool open_object(struct input_reader *r, span name, span bytes)
{
    const struct link_shared *shared = r->link->request->shared;
    struct object *object = shared && elf_is_shared(bytes)
                                ? shared->open(r->link, name, bytes)
                                : elf_open(r->link, name, (span){0}, bytes);
    if (object)
        object->alias = r->alias;
    return input_append(r->link, object);
}

static bool open_bytes(struct input_reader *r, span name, span bytes)
{
    const struct link_observer *observer = r->link->request->observer;
    if (observer && observer->file)
        observer->file(observer->context, name);
    struct link *link = r->link;
    if (bytes.size == 0)
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s: the file is empty; build it again",
                          SPAN_ARGS(name));
    if (archive_is_archive(bytes))
        return input_archive(r, name, bytes);
    if (elf_is_object(bytes))
        return open_object(r, name, bytes);
    if (!link_is_module(link) && link->scripts.input_script &&
        link->scripts.input_is_script(bytes))
        return link->scripts.input_script(r, name, bytes);
    return link_error(
        link, BOOTLINK_CORRUPT,
        "%.*s: %s; bootlink links what `cc -c` (without -flto), "
        "`nasm -f elf64` and `ar` make",
        SPAN_ARGS(name),
        input_kind(bytes, "neither an ELF object nor an archive"));
}

static bool open_file(struct input_reader *r, span name)
{
    struct link *link = r->link;
    span bytes;
    if (!link->world->file(link->world->host, name, &bytes))
        return link_error(link, BOOTLINK_MISSING,
                          "%.*s: no such file, or it cannot be read",
                          SPAN_ARGS(name));
    return open_bytes(r, name, bytes);
}

/* A file that a script names is looked for, one of the command line is not. */
static bool find_named(struct input_reader *r, span name,
                       const struct script_input *from, span *path)
{
    struct link *link = r->link;
    *path = from ? link->scripts.search_input(&link->arena, &link->script, name,
                                              r->script, from->place.text)
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
    bool ok = open_file(r, path);
    r->alias.size = 0;
    return ok;
}

static bool open_library(struct input_reader *r, span name,
                         const struct script_input *from)
{
    struct link *link = r->link;
    span path = {0};
    if (!link_is_module(link))
        path = link->scripts.search_library(&link->arena, &link->script, name);
    if (path.size)
        return open_file(r, path);
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

/* Remembers the name for a script that may ask for it, if there are scripts. */
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
    const struct link_scripts *scripts = &r->link->scripts;
    bool is_done = false;
    if (from && from->is_pattern)
        return scripts->input_pattern(r, from);
    if (r->knows_names ? !scripts->input_opens(r, input->name, &is_done)
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
        return input_append(link, link->scripts.binary_open(link, path, bytes));
    if (elf_is_object(bytes))
        return link->scripts.elf_open_symbols(link, path, bytes);
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s: not an ELF file, so it has no symbols",
                      SPAN_ARGS(path));
}

bool input_open(struct input_reader *r, const struct bootlink_input *input,
                const struct script_input *from)
{
    switch (input->kind) {
    case BOOTLINK_FILE:
        return open_once(r, input, from);
    case BOOTLINK_LIBRARY:
        return open_library(r, input->name, from);
    case BOOTLINK_BINARY:
    case BOOTLINK_SYMBOLS:
        return !link_is_module(r->link) && open_otherwise(r, input, from);
    case BOOTLINK_GROUP_START:
        return input_start_group(r);
    case BOOTLINK_GROUP_END:
        return input_end_group(r);
    case BOOTLINK_WHOLE_ARCHIVE:
    case BOOTLINK_NO_WHOLE_ARCHIVE:
        r->whole_archive = input->kind == BOOTLINK_WHOLE_ARCHIVE;
        return true;
    case BOOTLINK_SCRIPT: /* scripts.c has read these */
    case BOOTLINK_DEFAULT_SCRIPT:
    case BOOTLINK_DEFINITION:
        return true;
    }
    return false;
}

/* What the i-th input asks for, if it is a script; modules.c opens inputs
 * without any. */
static bool take_turn(struct input_reader *r, size_t i)
{
    struct link *link = r->link;
    return !link->script_turns ||
           link->scripts.input_take_turn(r, link->script_turns[i]);
}

/* What the layout of the request asks for comes first, STARTUP before all. */
static bool open_all(struct input_reader *r)
{
    struct link *link = r->link;
    size_t count = link->request->input_count;
    bool ok = !link->script_turns || link->scripts.input_take_first(r);
    for (size_t i = 0; i < count; i++) {
        ok &= input_open(r, &link->request->inputs[i], NULL);
        ok &= take_turn(r, i);
    }
    return ok;
}

/* An object names as many symbols that are new, or more: so the table for a
 * thousand of them need not grow step by step. */
enum { INPUT_SYMBOLS = 32 };

static bool open_and_search(struct link *link)
{
    struct input_reader reader = {.link = link};
    link->symbols.expected = link->request->input_count * INPUT_SYMBOLS;
    bool ok = open_all(&reader);
    if (reader.group)
        report_warning(link->world, BOOTLINK_SYNTAX,
                       "--start-group without --end-group: all that follows "
                       "is in the group");
    while (ok && reader.group)
        ok = input_end_group(&reader);
    return ok;
}

bool inputs_open(struct link *link)
{
    bool ok = open_and_search(link);
    if (link->scripts.archives_done)
        link->scripts.archives_done(link);
    link->wanted = NULL;
    link->wanted_count = link->wanted_capacity = 0;
    arena_close(&link->passing);
    if (ok && !link->objects && link->extras.input_nothing)
        input_append(link, link->extras.input_nothing(link));
    if (ok && !link->objects && link_is_module(link))
        return link_error(link, BOOTLINK_MISSING,
                          "an archive with nothing in it; build it again");
    if (ok && !link->objects)
        return link_error(link, BOOTLINK_MISSING,
                          "no input: nothing to link in %zu files; name at "
                          "least one object",
                          link->request->input_count);
    return ok;
}
