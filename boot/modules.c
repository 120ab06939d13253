/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The modules of a config entry. Receives its module_paths; afterwards the
 * request has them as files, folders taken apart, and those that must be there
 * are in memory. A file that a module_path names itself is not taken once more
 * from its folder: so a module of a folder gets parameters.
 */
#include "boot.h"

struct module_list {
    struct system_module_request *modules;
    uint64_t count, capacity;
    struct symbol_table named; /* files that a module_path names itself */
};

static bool append(struct boot *boot, struct module_list *list, span path,
                   const struct config_module *from)
{
    struct system_module_request *grown =
        arena_grow(&boot->arena, list->modules, list->count, &list->capacity,
                   sizeof(*grown));
    if (!grown)
        return false;
    list->modules = grown;
    grown[list->count++] =
        (struct system_module_request){.path = path,
                                       .parameters = from->command_line.text,
                                       .is_optional = from->is_optional};
    return true;
}

/* What is optional is looked for when it is linked. */
static bool read_module(struct boot *boot, span path,
                        const struct config_module *from)
{
    return from->is_optional ||
           file_open(boot, path, &from->path.place) != NULL;
}

static bool list_names(struct boot *boot, const struct config_path *folder,
                       bool is_optional, span **paths, uint64_t *count)
{
    span *names;
    EFI_STATUS status = folder_names(boot, folder->path, &names, count);
    if (status == EFI_SUCCESS)
        return folder_list(&boot->world, &boot->arena, folder->path, names,
                           count, paths);
    *count = 0;
    if (!is_optional)
        return folder_trouble(boot, folder, status);
    report_warning(&boot->world, BOOTLINK_MISSING,
                   "%.*s/: is left out, as it cannot be read: %s",
                   SPAN_ARGS(folder->path), file_trouble(status));
    return true;
}

static bool add_folder(struct boot *boot, const struct config_module *from,
                       struct module_list *list)
{
    span *paths;
    uint64_t count;
    if (!list_names(boot, &from->path, from->is_optional, &paths, &count))
        return false;
    bool good = true;
    for (uint64_t i = 0; i < count; i++)
        if (!symbol_table_find(&list->named, paths[i]))
            good &= read_module(boot, paths[i], from) &&
                    append(boot, list, paths[i], from);
    return good;
}

static bool note_names(struct boot *boot, const struct config_entry *entry,
                       struct symbol_table *named)
{
    const struct config_module *at = entry->modules;
    bool good = true;
    for (; good && at; at = at->next)
        good = at->path.is_folder ||
               symbol_table_enter(&boot->arena, named, at->path.path);
    return good;
}

bool modules_open_files(struct boot *boot, const struct config_entry *entry)
{
    struct module_list list = {0};
    bool good = note_names(boot, entry, &list.named);
    const struct config_module *at = entry->modules;
    for (; at; at = at->next)
        good &= at->path.is_folder ? add_folder(boot, at, &list)
                                   : read_module(boot, at->path.path, at) &&
                                         append(boot, &list, at->path.path, at);
    boot->request.modules = list.modules;
    boot->request.module_count = list.count;
    return good;
}
