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

/* A name by which the command line or a script opens a file. */
struct file_name {
    bool is_input;  /* the command line or an INPUT has it */
    bool is_opened; /* it was opened */
    bool is_done;   /* ... by an output section; the first of those inputs is
                       done with by that */
};

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

/* ---- Scripts among the inputs [GNU ld manual: Implicit Linker Scripts] --- */

static bool open_input(struct input_reader *r,
                       const struct bootlink_input *input,
                       const struct script_input *from);

/* What the assignments of a script mean to the archives behind them. */
static bool anticipate(struct link *link, struct command **next, uint32_t order)
{
    return !link->extras.script_anticipate ||
           link->extras.script_anticipate(link, next, order);
}

static bool take_turn(struct input_reader *r, struct script_turn turn)
{
    bool ok = true;
    r->script_depth++;
    for (const struct script_input *i = turn.inputs; i; i = i->next)
        ok &= anticipate(r->link, &turn.assignments, i->order) &&
              open_input(r, &i->input, i);
    r->script_depth--;
    return ok && anticipate(r->link, &turn.assignments, UINT32_MAX);
}

/* Text that is no script is found out by the parser. */
static bool is_text(span bytes)
{
    for (size_t i = 0; i < bytes.size && i < 512; i++) {
        unsigned char c = bytes.data[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

static bool check_script_depth(struct input_reader *r, span name)
{
    if (r->script_depth < SCRIPT_INCLUDE_DEPTH &&
        r->link->script.include_count++ < SCRIPT_INCLUDES)
        return true;
    return link_error(r->link, BOOTLINK_SYNTAX,
                      "%.*s: scripts name scripts as inputs more than %d deep, "
                      "or more than %d of them in all; does one name itself?",
                      SPAN_ARGS(name), SCRIPT_INCLUDE_DEPTH, SCRIPT_INCLUDES);
}

/* Adds the script to the others, and opens what it asks for. */
static bool open_script(struct input_reader *r, span name, span bytes)
{
    struct link *link = r->link;
    struct script *script = &link->script;
    bool had_sections = script->has_sections;
    if (!check_script_depth(r, name))
        return false;
    script->has_sections = false;
    if (!link->scripts.script_parse(link->world, &link->arena, name, bytes,
                                    script))
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s: neither an ELF object nor an archive, so it "
                          "was read as a script",
                          SPAN_ARGS(name));
    if (script->has_sections && !r->script_depth)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "%.*s: this input is a script with output sections, "
                       "which are laid out behind all others; was -T meant?",
                       SPAN_ARGS(name));
    script->has_sections |= had_sections;
    struct script_turn turn = script_take_turn(script);
    span outer = r->script;
    r->script = name;
    bool ok = link_pass(link, link->scripts.link_refer) && take_turn(r, turn);
    r->script = outer;
    return ok;
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
    if (!link_is_module(link) && is_text(bytes))
        return open_script(r, name, bytes);
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

static bool open_named(struct input_reader *r, span name,
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

/* ---- Files that output sections name ------------------------------------- */

/* What is known of a name, so far nothing if it is new; NULL if there is no
 * memory. */
static struct file_name *find_name(struct input_reader *r, span name)
{
    struct arena *arena = &r->link->arena;
    struct symbol *symbol = symbol_table_enter(arena, &r->names, name);
    if (!symbol || symbol->value)
        return symbol ? r->files[symbol->value - 1] : NULL;
    struct file_name **files = arena_grow(arena, r->files, r->file_count,
                                          &r->file_capacity, sizeof(*files));
    struct file_name *file = arena_new(arena, struct file_name);
    if (!files || !file)
        return NULL;
    r->files = files;
    files[r->file_count++] = file;
    symbol->value = r->file_count;
    return file;
}

/* Notes beforehand which files are inputs in their own right. */
static bool note_name(struct input_reader *r,
                      const struct bootlink_input *input)
{
    if (input->kind != BOOTLINK_FILE)
        return true;
    struct file_name *file = find_name(r, input->name);
    if (file)
        file->is_input = true;
    return file != NULL;
}

static bool note_names(struct input_reader *r, const struct script_input *list)
{
    bool ok = true;
    for (; ok && list; list = list->next)
        ok = list->is_pattern || note_name(r, &list->input);
    return ok;
}

/* A file of that name which comes later comes now; else it is looked for. An
 * archive is searched again in its own place. */
static bool open_pattern(struct input_reader *r,
                         const struct script_input *from)
{
    span name = from->input.name;
    struct file_name *file = find_name(r, name);
    if (!file || file->is_opened)
        return file != NULL;
    file->is_opened = true;
    r->has_opened_archive = false;
    bool ok = open_named(r, name, file->is_input ? NULL : from);
    file->is_done = file->is_input && !r->has_opened_archive;
    return ok;
}

static bool open_once(struct input_reader *r,
                      const struct bootlink_input *input,
                      const struct script_input *from)
{
    if (from && from->is_pattern)
        return open_pattern(r, from);
    struct file_name *file = find_name(r, input->name);
    bool is_done = file && file->is_done;
    if (!file)
        return false;
    file->is_done = false;
    file->is_opened = true;
    return is_done || open_named(r, input->name, from);
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

/* `from` is where a script asks for it; NULL: the command line does. */
static bool open_input(struct input_reader *r,
                       const struct bootlink_input *input,
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

/* Of a script; modules.c opens inputs without any. */
static struct script_turn turn_of(const struct link *link, size_t i)
{
    return link->script_turns ? link->script_turns[i] : (struct script_turn){0};
}

static bool note_all(struct input_reader *r)
{
    const struct link *link = r->link;
    size_t count = link->request->input_count;
    bool ok = note_names(r, turn_of(link, count).inputs);
    for (size_t i = 0; ok && i < count; i++)
        ok = note_name(r, &link->request->inputs[i]) &&
             note_names(r, turn_of(link, i).inputs);
    return ok;
}

/* What the layout of the request asks for comes first, STARTUP before all. */
static bool open_all(struct input_reader *r)
{
    struct link *link = r->link;
    size_t count = link->request->input_count;
    struct script_turn startup = {.inputs = link->script.startup};
    struct script_turn layout = {.inputs = turn_of(link, count).inputs};
    bool ok = note_all(r) && take_turn(r, startup) && take_turn(r, layout);
    for (size_t i = 0; i < count; i++) {
        ok &= open_input(r, &link->request->inputs[i], NULL);
        ok &= take_turn(r, turn_of(link, i));
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
    link->passing.world = link->world; /* it is empty */
    bool ok = open_and_search(link);
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
