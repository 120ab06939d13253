/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Finds the libraries that shared objects name by DT_NEEDED
 * [gABI: Shared Object Dependencies].
 *
 * Receives the modules of a request; afterwards those that they need, those
 * that these need, and so on stand behind them, opened depth first and each
 * once. A library is known by its DT_SONAME and by the name of its file. One
 * that is not known is looked for in the folder of the file that needs it, then
 * in each `library_path`; a name that begins with a slash is a path from the
 * boot volume's root. A file that cannot be read is left to whoever opens it as
 * a module, and so is the message on a library that is nowhere.
 */
#include "libraries.h"

#include "shared.h"

/* A module or library, by its index in the list. */
struct library {
    struct shared_needs needs;
    uint64_t *found; /* the indices of what it needs */
    uint64_t next;   /* the next of these to look for */
    uint64_t parent; /* whose turn it is after this one */
    span missing;    /* why one of them could not be had, or empty */
};

struct libraries {
    const struct bootlink_world *world;
    struct arena *arena;
    const struct system_request *request;
    struct system_module_request *modules;
    struct library *list;
    uint64_t count, module_capacity, list_capacity;
    struct symbol_table names; /* sonames, files and paths: `value` is an index,
                                  + 1 */
};

/* ---- Names ----------------------------------------------------------------
 */

static span file_of(span path)
{
    size_t start = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    return span_part(path, start, path.size - start);
}

static bool enter_name(struct libraries *l, span name, uint64_t index)
{
    struct symbol *entry = symbol_table_enter(l->arena, &l->names, name);
    if (entry && !entry->value)
        entry->value = index + 1;
    return entry != NULL;
}

/* True if the name is known, and whose it is. */
static bool find_name(const struct libraries *l, span name, uint64_t *index)
{
    const struct symbol *entry = symbol_table_find(&l->names, name);
    *index = entry ? entry->value - 1 : 0;
    return entry != NULL;
}

/* ---- The list -------------------------------------------------------------
 */

/* Reads what it needs, if it is a shared object. */
static bool open_library(struct libraries *l, uint64_t index)
{
    struct library *library = &l->list[index];
    span path = l->modules[index].path;
    if (!shared_read_needs(l->world, l->arena, path, &library->needs))
        return false;
    library->found = arena_array(l->arena, library->needs.count, uint64_t);
    return library->found && enter_name(l, path, index) &&
           enter_name(l, file_of(path), index) &&
           (!library->needs.soname.size ||
            enter_name(l, library->needs.soname, index));
}

static bool add_module(struct libraries *l,
                       const struct system_module_request *module)
{
    struct system_module_request *modules = arena_grow(
        l->arena, l->modules, l->count, &l->module_capacity, sizeof(*modules));
    struct library *list = arena_grow(l->arena, l->list, l->count,
                                      &l->list_capacity, sizeof(*list));
    if (!modules || !list)
        return false;
    l->modules = modules;
    l->list = list;
    modules[l->count] = *module;
    list[l->count] = (struct library){.parent = UINT64_MAX};
    return open_library(l, l->count++);
}

/* ---- The search -----------------------------------------------------------
 */

static bool is_there(struct libraries *l, span path)
{
    return path.size && l->world->file(l->world->host, path, NULL);
}

/* The path of a library that `from` needs; empty if it is nowhere. */
static span search(struct libraries *l, uint64_t from, span name)
{
    const struct system_request *request = l->request;
    span path = l->modules[from].path, file = file_of(path);
    if (span_starts(name, SPAN("/"))) {
        path = span_part(name, 1, name.size - 1);
        return is_there(l, path) ? path : (span){NULL, 0};
    }
    if (span_find(name, '/') != name.size)
        return (span){NULL, 0};
    path.size -= file.size;
    path = text_format(l->arena, "%.*s%.*s", SPAN_ARGS(path), SPAN_ARGS(name));
    for (uint64_t i = 0; !is_there(l, path); i++) {
        if (i == request->library_path_count)
            return (span){NULL, 0};
        path =
            text_format(l->arena, "%.*s%.*s",
                        SPAN_ARGS(request->library_paths[i]), SPAN_ARGS(name));
    }
    return path;
}

/* "modules/, lib/" */
static span searched(struct libraries *l, uint64_t from)
{
    span path = l->modules[from].path;
    path.size -= file_of(path).size;
    span text = path.size ? path : SPAN("/");
    for (uint64_t i = 0; i < l->request->library_path_count; i++)
        text = text_format(l->arena, "%.*s, %.*s", SPAN_ARGS(text),
                           SPAN_ARGS(l->request->library_paths[i]));
    return text;
}

/* Why it was not found, and what to do. */
static span describe_miss(struct libraries *l, uint64_t from, span name)
{
    if (span_starts(name, SPAN("/")))
        return SPAN("not on the boot volume by that path; copy it there");
    if (span_find(name, '/') != name.size)
        return SPAN("a path that begins nowhere; give the library another "
                    "DT_SONAME, and link again");
    return text_format(l->arena,
                       "not in %.*s; copy it there, or say `library_path`",
                       SPAN_ARGS(searched(l, from)));
}

static void miss(struct libraries *l, uint64_t from, span name)
{
    if (!l->list[from].missing.size)
        l->list[from].missing = text_format(
            l->arena, "needs the library '%.*s' (DT_NEEDED), which is %.*s",
            SPAN_ARGS(name), SPAN_ARGS(describe_miss(l, from, name)));
}

static bool add_library(struct libraries *l, uint64_t from, span path,
                        uint64_t *index)
{
    const struct system_module_request module = {
        .path = path, .is_optional = l->modules[from].is_optional};
    *index = l->count;
    if (!add_module(l, &module))
        return false;
    l->list[*index].parent = from;
    return true;
}

/* Looks for the next library of `from`, and goes on with that if it is new. It
 * may be left out if all that need it may be. */
static bool find_next(struct libraries *l, uint64_t *from)
{
    uint64_t number = l->list[*from].next++, index;
    span name = l->list[*from].needs.names[number], path = name;
    bool is_known = find_name(l, name, &index);
    if (!is_known) {
        path = search(l, *from, name);
        is_known = find_name(l, path, &index);
    }
    if (!path.size) {
        miss(l, *from, name);
        return true;
    }
    if (!is_known && !add_library(l, *from, path, &index))
        return false;
    struct system_module_request *needed = &l->modules[index];
    struct system_module_request *module = &l->modules[*from];
    if (index >= l->request->module_count)
        needed->is_optional &= module->is_optional;
    l->list[*from].found[module->needed_count++] = index;
    *from = is_known ? *from : index;
    return enter_name(l, name, index);
}

/* Goes down to the libraries of a library before the next one of the same
 * module, and back up by `parent`, since a chain of them may be longer than a
 * stack is deep. */
static bool add_libraries(struct libraries *l, uint64_t at)
{
    while (at != UINT64_MAX) {
        if (l->list[at].next == l->list[at].needs.count)
            at = l->list[at].parent;
        else if (!find_next(l, &at))
            return false;
    }
    return true;
}

bool libraries_add(const struct bootlink_world *world, struct arena *arena,
                   const struct system_request *request,
                   struct system_request *complete)
{
    struct libraries l = {.world = world, .arena = arena, .request = request};
    *complete = *request;
    for (uint64_t i = 0; i < request->module_count; i++)
        if (!add_module(&l, &request->modules[i]))
            return false;
    for (uint64_t i = 0; i < request->module_count; i++)
        if (!add_libraries(&l, i))
            return false;
    for (uint64_t i = 0; i < l.count; i++) {
        l.modules[i].needed = l.list[i].found;
        l.modules[i].missing = l.list[i].missing;
    }
    complete->modules = l.modules;
    complete->module_count = l.count;
    return !arena->failed;
}
