/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A folder as a kernel_path. Receives the names of its files in whatever order
 * the file system has them; afterwards the command line has grown by
 *
 *     folder/a.o folder/b.o --start-group folder/c.a folder/d.a --end-group
 *
 * which is the same for the same files on every machine. What is left out:
 *
 *   - sub-folders, which the caller does not name;
 *   - names that begin with a dot: what desktop systems leave on a FAT disk.
 *
 * Two names equal but for case are one file on FAT and two elsewhere, so they
 * are refused. Case is that of ASCII and of the letters U+00C0 to U+00FE.
 */
#include "folder.h"

#include <string.h>

struct name {
    span text;
    bool is_archive;
};

/* ---- Case --------------------------------------------------------------- */

/* The byte at `i` in small letters. In UTF-8 the letters U+00C0 to U+00DE are
 * C3 80 to C3 9E, and the small ones lie 20h further; U+00D7 is a sign. */
static unsigned char small_letter(span text, size_t i)
{
    unsigned char c = text.data[i];
    if (c >= 'A' && c <= 'Z')
        return c + 0x20;
    if (i > 0 && (unsigned char)text.data[i - 1] == 0xc3 && c >= 0x80 &&
        c <= 0x9e && c != 0x97)
        return c + 0x20;
    return c;
}

/* As span_compare, with no regard to case. */
static int compare_without_case(span a, span b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int order = small_letter(a, i) - small_letter(b, i);
        if (order)
            return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static bool has_suffix(span text, span suffix)
{
    return text.size > suffix.size &&
           compare_without_case(
               span_part(text, text.size - suffix.size, suffix.size), suffix) ==
               0;
}

/* ---- Order -------------------------------------------------------------- */

static int by_bytes(const void *context, const void *a, const void *b)
{
    const struct name *first = a, *second = b;
    (void)context;
    return span_compare(first->text, second->text);
}

static int by_letters(const void *context, const void *a, const void *b)
{
    const struct name *first = a, *second = b;
    (void)context;
    return compare_without_case(first->text, second->text);
}

static bool check_case(const struct bootlink_world *world, span folder,
                       struct name *const *names, uint64_t count)
{
    bool ok = true;
    for (uint64_t i = 1; i < count; i++)
        if (by_letters(NULL, names[i - 1], names[i]) == 0)
            ok = report_error(world, BOOTLINK_DUPLICATE,
                              "%.*s/: '%.*s' and '%.*s' are equal but for "
                              "case; rename one of them",
                              SPAN_ARGS(folder), SPAN_ARGS(names[i - 1]->text),
                              SPAN_ARGS(names[i]->text));
    return ok;
}

/* ---- The command line --------------------------------------------------- */

static bool append(struct arena *arena, struct folder_inputs *inputs,
                   struct bootlink_input input)
{
    struct bootlink_input *grown = arena_grow(
        arena, inputs->inputs, inputs->count, &inputs->capacity, sizeof(input));
    if (!grown)
        return false;
    inputs->inputs = grown;
    grown[inputs->count++] = input;
    return true;
}

static bool append_marker(struct arena *arena, struct folder_inputs *inputs,
                          enum bootlink_input_kind kind)
{
    return append(arena, inputs, (struct bootlink_input){.kind = kind});
}

bool folder_append_file(struct arena *arena, span path,
                        struct folder_inputs *inputs)
{
    return append(arena, inputs, (struct bootlink_input){BOOTLINK_FILE, path});
}

/* "folder/name", or the name alone in the root. */
static span join(struct arena *arena, span folder, span name)
{
    uint64_t size = name.size;
    if (folder.size)
        size += folder.size + 1;
    char *path = arena_take(arena, size + 1, 1);
    if (!path)
        return (span){NULL, 0};
    if (folder.size) {
        memcpy(path, folder.data, folder.size);
        path[folder.size] = '/';
    }
    memcpy(path + size - name.size, name.data, name.size);
    return (span){path, size};
}

/* Appends the archives among the names, or the others. */
static bool append_names(struct arena *arena, span folder,
                         struct name *const *names, uint64_t count,
                         bool archives, struct folder_inputs *inputs)
{
    for (uint64_t i = 0; i < count; i++) {
        if (names[i]->is_archive != archives)
            continue;
        span path = join(arena, folder, names[i]->text);
        if (!path.data || !folder_append_file(arena, path, inputs))
            return false;
    }
    return true;
}

static bool append_group(struct arena *arena, span folder,
                         struct name *const *names, uint64_t count,
                         struct folder_inputs *inputs)
{
    bool has_archives = false;
    for (uint64_t i = 0; i < count; i++)
        has_archives = has_archives || names[i]->is_archive;
    if (!has_archives)
        return true;
    return append_marker(arena, inputs, BOOTLINK_GROUP_START) &&
           append_names(arena, folder, names, count, true, inputs) &&
           append_marker(arena, inputs, BOOTLINK_GROUP_END);
}

/* ---- The whole ---------------------------------------------------------- */

/* Lists the names that count, and returns how many they are. */
static uint64_t select_names(struct name *room, const span *all, uint64_t count,
                             struct name **names)
{
    uint64_t selected = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!all[i].size || span_starts(all[i], SPAN(".")))
            continue;
        room[i].text = all[i];
        room[i].is_archive =
            has_suffix(all[i], SPAN(".a")) || has_suffix(all[i], SPAN(".lib"));
        names[selected++] = &room[i];
    }
    return selected;
}

/* Selects the names that count, and sorts them. NULL after reporting. */
static struct name **sort_names(const struct bootlink_world *world,
                                struct arena *arena, span folder,
                                const span *all, uint64_t *count)
{
    struct name *room = arena_array(arena, *count, struct name);
    struct name **names = arena_array(arena, *count, struct name *);
    if (!room || !names)
        return NULL;
    *count = select_names(room, all, *count, names);
    bool ok = sort_pointers(arena, names, *count, by_letters, NULL) &&
              check_case(world, folder, names, *count) &&
              sort_pointers(arena, names, *count, by_bytes, NULL);
    return ok ? names : NULL;
}

bool folder_append(const struct bootlink_world *world, struct arena *arena,
                   span folder, const span *all, uint64_t count,
                   struct folder_inputs *inputs)
{
    struct name **names = sort_names(world, arena, folder, all, &count);
    if (!names)
        return false;
    if (!count)
        return report_error(world, BOOTLINK_MISSING,
                            "%.*s/: there is nothing to link in this folder; "
                            "put objects (.o) or archives (.a) into it",
                            SPAN_ARGS(folder));
    return append_names(arena, folder, names, count, false, inputs) &&
           append_group(arena, folder, names, count, inputs);
}

bool folder_list(const struct bootlink_world *world, struct arena *arena,
                 span folder, const span *all, uint64_t *count, span **paths)
{
    struct name **names = sort_names(world, arena, folder, all, count);
    *paths = arena_array(arena, *count, span);
    if (!names || !*paths)
        return false;
    for (uint64_t i = 0; i < *count; i++)
        (*paths)[i] = join(arena, folder, names[i]->text);
    return !arena->failed;
}
