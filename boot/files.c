/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files that were asked for stay as they are until nobody reads them any more:
 * the linker asks by name and gets bytes that do not change, but for what it is
 * lent of a file that it alone reads. They stay open until the boot fails, if
 * it does: a FAT driver takes as long to close a file as to open it, and with
 * the boot services all is over.
 */
#include "boot.h"

/* Giving goes over all that is taken, which would be dear for many small files,
 * and nothing large fits into them. */
enum { WORTH_GIVING = 64 * 1024 };

static struct file **hashed(struct boot *boot, span name)
{
    return &boot->files_by_hash[span_hash(name, 0) % FILE_HASHES];
}

static struct file *find(struct boot *boot, span name)
{
    struct file *file = *hashed(boot, name);
    while (file && !span_equal(file->on_volume.name, name))
        file = file->same_hash;
    return file;
}

/* The file of that name, opened now or before. */
static EFI_STATUS open(struct boot *boot, span name, struct file **file)
{
    *file = find(boot, name);
    if (*file)
        return EFI_SUCCESS;
    struct file *opened = arena_new(&boot->arena, struct file);
    span copy = arena_copy(&boot->arena, name);
    if (!opened || !copy.data)
        return EFI_OUT_OF_RESOURCES;
    EFI_STATUS status = volume_open_file(boot, copy, &opened->on_volume);
    if (status != EFI_SUCCESS)
        return status;
    struct file **first = hashed(boot, name);
    opened->same_hash = *first;
    *file = *first = *boot->last_file = opened;
    boot->last_file = &opened->next;
    return EFI_SUCCESS;
}

static EFI_STATUS read(struct boot *boot, struct file *file)
{
    uint64_t start = cpu_stamp();
    EFI_STATUS status = volume_read(boot, &file->on_volume, &file->memory);
    if (status != EFI_SUCCESS)
        return status;
    file->is_whole = true;
    file->is_cut = file->is_lent = false;
    file->readers = 0;
    boot->memory.file_size += file->memory.size;
    file->bytes = (span){file->memory.data, file->on_volume.size};
    log_print(boot, "read: %.*s, %llu bytes, %llu us",
              SPAN_ARGS(file->on_volume.name),
              (unsigned long long)file->bytes.size,
              (unsigned long long)cpu_microseconds(boot, start));
    return EFI_SUCCESS;
}

/* The file, whole, read on first use. */
static EFI_STATUS open_whole(struct boot *boot, span name, struct file **file)
{
    enum task before = clock_enter(boot, TASK_READING);
    EFI_STATUS status = open(boot, name, file);
    if (status == EFI_SUCCESS && (!(*file)->is_whole || (*file)->is_lent))
        status = read(boot, *file);
    clock_enter(boot, before);
    return status;
}

const char *file_trouble(EFI_STATUS status)
{
    if (status == EFI_NOT_FOUND)
        return "it is not on the boot volume; check the spelling, and that it "
               "was copied there";
    return status_text(status);
}

/* At the line of the config file that names it, if that is known. */
static void complain(struct boot *boot, span name,
                     const struct script_place *place, EFI_STATUS status)
{
    enum bootlink_class class_ =
        status == EFI_OUT_OF_RESOURCES ? BOOTLINK_NO_MEMORY : BOOTLINK_MISSING;
    const char *why = file_trouble(status);
    if (place && place->text)
        script_error(&boot->world, *place, class_, "%.*s: cannot be read: %s",
                     SPAN_ARGS(name), why);
    else
        report_error(&boot->world, class_, "%.*s: cannot be read: %s",
                     SPAN_ARGS(name), why);
}

static struct file *find_whole(struct boot *boot, span name)
{
    struct file *file;
    EFI_STATUS status = open_whole(boot, name, &file);
    if (status == EFI_SUCCESS)
        return file;
    if (status != EFI_NOT_FOUND)
        complain(boot, name, NULL, status);
    return NULL;
}

const struct file *file_find(struct boot *boot, span name)
{
    return find_whole(boot, name);
}

const struct file *file_pass(struct boot *boot, span name)
{
    struct file *file = find_whole(boot, name);
    if (file)
        file->is_passed = true;
    return file;
}

const struct file *file_try(struct boot *boot, span name)
{
    struct file *file;
    return open_whole(boot, name, &file) == EFI_SUCCESS ? file : NULL;
}

/* Likewise, with an error if it cannot be. */
static struct file *demand(struct boot *boot, span name,
                           const struct script_place *place)
{
    struct file *file;
    EFI_STATUS status = open_whole(boot, name, &file);
    if (status == EFI_SUCCESS)
        return file;
    complain(boot, name, place, status);
    return NULL;
}

const struct file *file_open(struct boot *boot, span name,
                             const struct script_place *place)
{
    return demand(boot, name, place);
}

bool file_link(struct boot *boot, span name, span *bytes)
{
    struct file *file = demand(boot, name, NULL);
    if (!file)
        return false;
    boot->linked = file;
    file->readers++;
    *bytes = file->bytes;
    return true;
}

size_t file_read(struct boot *boot, span name, uint64_t offset, size_t size,
                 void *to)
{
    struct file *file;
    enum task before = clock_enter(boot, TASK_READING);
    EFI_STATUS status = open(boot, name, &file);
    if (status == EFI_SUCCESS) {
        uint64_t end = file->on_volume.size;
        uint64_t left = offset < end ? end - offset : 0;
        size = size < left ? size : left;
        status = volume_read_part(boot, &file->on_volume, offset, size, to);
    }
    clock_enter(boot, before);
    return status == EFI_SUCCESS ? size : 0;
}

/* The file that begins with these bytes, all of which are in memory. */
static struct file *begins_with(struct boot *boot, span bytes)
{
    struct file *file = boot->files;
    while (file && !(file->is_whole && !file->is_passed &&
                     in_bounds(PAGE, bytes.data - file->bytes.data, 1) &&
                     in_bounds(file->bytes.size, bytes.data - file->bytes.data,
                               bytes.size)))
        file = file->next;
    return file;
}

/* Such is the index of an archive. Who opens the file again reads it again. */
void files_cut(void *context, span bytes)
{
    struct boot *boot = context;
    struct file *file = begins_with(boot, bytes);
    if (!file)
        return;
    uint64_t size =
        align_down(bytes.data + bytes.size - file->bytes.data, PAGE);
    if (size < WORTH_GIVING)
        return;
    memory_cut(boot, &file->memory, size);
    file->is_whole = false;
    file->is_cut = true;
}

bool files_lend(void *context, span bytes)
{
    const struct boot *boot = context;
    struct file *file = boot->linked;
    if (!file || file->readers > 1 || file->is_passed ||
        !in_bounds(file->bytes.size, bytes.data - file->bytes.data, bytes.size))
        return false;
    file->is_lent = true;
    return true;
}

void files_give(struct boot *boot)
{
    for (struct file *file = boot->files; file; file = file->next)
        if ((file->is_whole || file->is_cut) && !file->is_passed &&
            file->memory.size >= WORTH_GIVING) {
            memory_give(boot, file->memory);
            file->is_whole = file->is_cut = false;
        }
}

void files_close(struct boot *boot)
{
    for (struct file *file = boot->files; file; file = file->next)
        volume_close_file(&file->on_volume);
    if (boot->root)
        boot->root->Close(boot->root);
}
