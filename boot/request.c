/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From the config file to a request: which files, read into memory, in which
 * order and with which options. What the file says is config.c's to know, what
 * a folder means folder.c's; here their files are fetched.
 */
#include "boot.h"

/* ---- The config file ----------------------------------------------------- */

/* Where Limine looks, after the folder of the loader itself. */
static const char *const FOLDERS[] = {"boot/limine/", "boot/", "limine/", ""};
static const char *const NAMES[] = {"bootlink.conf", "limine.conf"};

static const struct file *find_in(struct boot *boot, span folder,
                                  const char *separator, const char *name)
{
    span path = text_format(&boot->arena, "%.*s%s%s", SPAN_ARGS(folder),
                            separator, name);
    return path.data ? file_find(boot, path) : NULL;
}

static const struct file *find_config(struct boot *boot)
{
    span own = volume_own_folder(boot);
    const struct file *file = NULL;
    for (size_t i = 0; !file && i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (own.size)
            file = find_in(boot, own, "/", NAMES[i]);
        for (size_t j = 0; !file && j < sizeof(FOLDERS) / sizeof(FOLDERS[0]);
             j++)
            file = find_in(boot, span_of(FOLDERS[j]), "", NAMES[i]);
    }
    if (!file && boot->log.error_count == 0)
        report_error(&boot->world, BOOTLINK_MISSING,
                     "no bootlink.conf (and no limine.conf) on the boot "
                     "volume; write one at its root: a line `/My kernel`, and "
                     "below it `protocol: bootlink` and `kernel_path: "
                     "boot():/kernel/`");
    return file;
}

bool config_open(struct boot *boot)
{
    boot->arena = arena_open(&boot->world, BOOTLINK_MEMORY_SCRATCH);
    const struct file *file = find_config(boot);
    if (!file || !config_parse(&boot->world, &boot->arena, file->on_volume.name,
                               file->bytes, &boot->config))
        return false;
    if (!boot->config.serial)
        boot->log.port = 0;
    boot->log.quiet = boot->config.quiet;
    if (boot->config.verbose)
        log_verbose(boot);
    boot->stamps[BOOTLINK_STAGE_CONFIG] = cpu_stamp();
    return true;
}

/* ---- Its first entry ----------------------------------------------------- */

EFI_STATUS folder_names(struct boot *boot, span folder, span **names,
                        uint64_t *count)
{
    enum task before = clock_enter(boot, TASK_READING);
    EFI_STATUS status = volume_list(boot, folder, names, count);
    clock_enter(boot, before);
    return status;
}

bool folder_trouble(struct boot *boot, const struct config_path *folder,
                    EFI_STATUS status)
{
    return script_error(&boot->world, folder->place, BOOTLINK_MISSING,
                        "%.*s/: cannot be read: %s", SPAN_ARGS(folder->path),
                        file_trouble(status));
}

/* A folder becomes its files, sorted; a file itself. */
static bool add_kernel(struct boot *boot, const struct config_path *path,
                       struct folder_inputs *inputs)
{
    if (!path->is_folder)
        return folder_append_file(&boot->arena, path->path, inputs);
    span *names;
    uint64_t count;
    EFI_STATUS status = folder_names(boot, path->path, &names, &count);
    if (status != EFI_SUCCESS)
        return folder_trouble(boot, path, status);
    return folder_append(&boot->world, &boot->arena, path->path, names, count,
                         inputs);
}

/* Reads what was appended since input `first`. */
static bool read_inputs(struct boot *boot, const struct folder_inputs *inputs,
                        uint64_t first, const struct script_place *place)
{
    bool read = true;
    for (uint64_t i = first; i < inputs->count; i++)
        if (inputs->inputs[i].kind == BOOTLINK_FILE)
            read &= file_open(boot, inputs->inputs[i].name, place) != NULL;
    return read;
}

/* A kernel that is linked already is read when it has its place. */
static bool is_executable(struct boot *boot, const struct folder_inputs *inputs)
{
    char head[64];
    if (inputs->count != 1)
        return false;
    span name = inputs->inputs[0].name;
    return executable_is(
        (span){head, file_read(boot, name, 0, sizeof(head), head)});
}

static bool open_kernel(struct boot *boot, const struct config_entry *entry)
{
    struct folder_inputs inputs = {0};
    bool good = true;
    for (const struct config_file *at = entry->kernels; at; at = at->next) {
        uint64_t first = inputs.count;
        good &= add_kernel(boot, &at->path, &inputs) &&
                (is_executable(boot, &inputs) ||
                 read_inputs(boot, &inputs, first, &at->path.place));
    }
    boot->request.kernel = inputs.inputs;
    boot->request.kernel_count = inputs.count;
    return good;
}

static bool open_script(struct boot *boot, const struct config_entry *entry)
{
    if (!entry->script.place.text)
        return true;
    const struct file *file =
        file_open(boot, entry->script.path, &entry->script.place);
    if (!file)
        return false;
    boot->request.script_name = file->on_volume.name;
    boot->request.script = file->bytes;
    return true;
}

/* Appends one file to the list of those that the kernel gets untouched. */
static bool pass_file(struct boot *boot, span path,
                      const struct script_place *place,
                      struct config_file ***next)
{
    struct config_file *file = arena_new(&boot->arena, struct config_file);
    if (!file || !file_open(boot, path, place))
        return false;
    file->path = (struct config_path){.path = path, .place = *place};
    **next = file;
    *next = &file->next;
    return true;
}

/* A folder is passed file by file. */
static bool pass_folder(struct boot *boot, const struct config_path *folder,
                        struct config_file ***next)
{
    span *names, *paths;
    uint64_t count;
    EFI_STATUS status = folder_names(boot, folder->path, &names, &count);
    if (status != EFI_SUCCESS)
        return folder_trouble(boot, folder, status);
    if (!folder_list(&boot->world, &boot->arena, folder->path, names, &count,
                     &paths))
        return false;
    bool good = true;
    for (uint64_t i = 0; i < count; i++)
        good &= pass_file(boot, paths[i], &folder->place, next);
    return good;
}

static bool open_files(struct boot *boot, const struct config_entry *entry)
{
    struct config_file **next = &boot->passed;
    bool good = true;
    for (const struct config_file *at = entry->files; at; at = at->next)
        good &= at->path.is_folder
                    ? pass_folder(boot, &at->path, &next)
                    : pass_file(boot, at->path.path, &at->path.place, &next);
    return good;
}

/* With the slash that the name of a library follows. */
static bool list_library_paths(struct boot *boot,
                               const struct config_entry *entry)
{
    struct system_request *request = &boot->request;
    uint64_t count = 0;
    for (const struct config_file *f = entry->library_paths; f; f = f->next)
        count++;
    span *paths = arena_array(&boot->arena, count, span);
    request->library_paths = paths;
    for (const struct config_file *f = entry->library_paths; paths && f;
         f = f->next)
        paths[request->library_path_count++] =
            text_format(&boot->arena, "%.*s%s", SPAN_ARGS(f->path.path),
                        f->path.path.size ? "/" : "");
    return !boot->arena.failed;
}

bool request_open(struct boot *boot)
{
    const struct config_entry *entry = boot->config.first;
    log_print(boot, "entry: %.*s", SPAN_ARGS(entry->title));
    /* All of them, so that all that is missing is said at once. */
    bool good = open_kernel(boot, entry);
    good &= open_script(boot, entry);
    good &= modules_open_files(boot, entry);
    good &= open_files(boot, entry);
    good &= list_library_paths(boot, entry);
    if (!good)
        return false;
    boot->request.command_line = entry->command_line.text;
    boot->request.load_anywhere = entry->phys_any;
    boot->request.groups_modules = entry->groups_modules;
    boot->request.binds_lazily = entry->binds_lazily;
    boot->request.has_slide = entry->kaslr;
    if (entry->kaslr)
        boot->request.slide = system_slide(random_number(boot));
    boot->stamps[BOOTLINK_STAGE_FILES] = cpu_stamp();
    return true;
}
