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
    struct object *object =
        shared && elf_is_shared(bytes)
            ? shared->open(r->link, name, bytes)
            : elf_open(r->link, name, (span){0}, bytes, false);
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

bool input_open_file(struct input_reader *r, span name)
{
    struct link *link = r->link;
    span bytes;
    if (!link->world->file(link->world->host, name, &bytes))
        return link_error(link, BOOTLINK_MISSING,
                          "%.*s: no such file, or it cannot be read",
                          SPAN_ARGS(name));
    return open_bytes(r, name, bytes);
}

/* Without scripts (runtime_load.c) files are all that is asked for. */
bool input_open(struct input_reader *r, const struct bootlink_input *input,
                const struct script_input *from)
{
    const struct link_scripts *scripts = &r->link->scripts;
    switch (input->kind) {
    case BOOTLINK_WHOLE_ARCHIVE:
    case BOOTLINK_NO_WHOLE_ARCHIVE:
        r->whole_archive = input->kind == BOOTLINK_WHOLE_ARCHIVE;
        return true;
    case BOOTLINK_SCRIPT: /* scripts.c has read these */
    case BOOTLINK_DEFAULT_SCRIPT:
    case BOOTLINK_DEFINITION:
        return true;
    default:
        return scripts->input_open_kind
                   ? scripts->input_open_kind(r, input, from)
                   : input_open_file(r, input->name);
    }
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
enum { INPUT_SYMBOLS = 40 };

static bool open_and_search(struct link *link)
{
    struct input_reader reader = {.link = link};
    link->symbols.expected = link->request->input_count * INPUT_SYMBOLS;
    return open_all(&reader) &&
           (!reader.group || link->scripts.input_end_groups(&reader));
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
