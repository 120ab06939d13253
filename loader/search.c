/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where files are: receives a name as a script, -T or -l has it, and asks the
 * world for one path after another. [GNU ld manual: Commands Dealing with
 * Files; Command-line Options, -l, -L and -T]
 */
#include "script.h"

static bool exists(const struct arena *arena, span path)
{
    return path.data && arena->world->file(arena->world->host, path, NULL);
}

/* `=` or $SYSROOT at the start of a path stands for the sysroot. */
static span rooted(struct arena *arena, const struct script *script, span name)
{
    span marks[] = {SPAN("="), SPAN("$SYSROOT")};
    for (int i = 0; i < 2; i++)
        if (span_starts(name, marks[i]))
            return text_format(arena, "%.*s%.*s", SPAN_ARGS(script->sysroot),
                               (int)(name.size - marks[i].size),
                               name.data + marks[i].size);
    return name;
}

static span in_folders(struct arena *arena, const struct script *script,
                       span name)
{
    for (const struct script_name *f = script->folders; f; f = f->next) {
        span path = text_format(arena, "%.*s/%.*s", SPAN_ARGS(f->name),
                                SPAN_ARGS(name));
        if (exists(arena, path))
            return path;
    }
    return (span){NULL, 0};
}

/* Beside `file`. */
static span in_folder_of(struct arena *arena, span file, span name)
{
    span folder = file;
    while (folder.size && folder.data[folder.size - 1] != '/')
        folder.size--;
    span path =
        text_format(arena, "%.*s%.*s", SPAN_ARGS(folder), SPAN_ARGS(name));
    return exists(arena, path) ? path : (span){NULL, 0};
}

bool search_add(struct arena *arena, struct script *script, span folder)
{
    struct script_name *entry = arena_new(arena, struct script_name);
    if (!entry)
        return false;
    entry->name = rooted(arena, script, folder);
    if (!script->last_folder)
        script->last_folder = &script->folders;
    *script->last_folder = entry;
    script->last_folder = &entry->next;
    return true;
}

span search_file(struct arena *arena, const struct script *script, span name,
                 const struct script_text *beside)
{
    span path = rooted(arena, script, name);
    if (exists(arena, path))
        return path;
    if (path.size != name.size || span_starts(name, SPAN("/")))
        return (span){NULL, 0};
    path = in_folders(arena, script, name);
    return path.size || !beside ? path
                                : in_folder_of(arena, beside->name, name);
}

/* For a script in the sysroot that is where `/` is. */
static span in_sysroot(struct arena *arena, const struct script *script,
                       span from, span name)
{
    span root = script->sysroot;
    bool is_in = root.size && span_starts(from, root) &&
                 (span_ends(root, SPAN("/")) ||
                  span_starts(span_part(from, root.size, 1), SPAN("/")));
    span path =
        is_in ? text_format(arena, "%.*s%.*s", SPAN_ARGS(root), SPAN_ARGS(name))
              : (span){NULL, 0};
    return path.size && exists(arena, path) ? path : (span){NULL, 0};
}

span search_input(struct arena *arena, const struct script *script, span name,
                  span input, const struct script_text *beside)
{
    span path = {NULL, 0};
    if (span_starts(name, SPAN("/")))
        path = in_sysroot(arena, script, beside->name, name);
    else if (input.size)
        path = in_folder_of(arena, input, name);
    return path.size ? path : search_file(arena, script, name, beside);
}

span search_library(struct arena *arena, const struct script *script, span name)
{
    if (span_starts(name, SPAN(":")))
        return in_folders(arena, script, span_part(name, 1, name.size - 1));
    return in_folders(arena, script,
                      text_format(arena, "lib%.*s.a", SPAN_ARGS(name)));
}
