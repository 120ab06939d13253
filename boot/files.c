/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files that were read stay in memory: the linker asks by name and gets bytes
 * that do not change.
 */
#include "boot.h"

static struct file *find(const struct boot *boot, span name)
{
    struct file *file = boot->files;
    while (file && !span_equal(file->name, name))
        file = file->next;
    return file;
}

static EFI_STATUS read(struct boot *boot, span name, struct file **file)
{
    uint64_t start = cpu_stamp();
    uint64_t size;
    struct bootlink_memory memory;
    enum task before = clock_enter(boot, TASK_READING);
    EFI_STATUS status = volume_read(boot, name, &memory, &size);
    clock_enter(boot, before);
    if (status != EFI_SUCCESS)
        return status;
    *file = arena_new(&boot->arena, struct file);
    span copy = arena_copy(&boot->arena, name);
    if (!*file || !copy.data)
        return EFI_OUT_OF_RESOURCES;
    **file = (struct file){
        .name = copy, .memory = memory, .bytes = {memory.data, size}};
    *boot->last_file = *file;
    boot->last_file = &(*file)->next;
    log_print(boot, "read: %.*s, %llu bytes, %llu us", SPAN_ARGS(name),
              (unsigned long long)size,
              (unsigned long long)cpu_microseconds(boot, start));
    return EFI_SUCCESS;
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

const struct file *file_find(struct boot *boot, span name)
{
    struct file *file = find(boot, name);
    if (file || !boot->root)
        return file;
    EFI_STATUS status = read(boot, name, &file);
    if (status != EFI_SUCCESS && status != EFI_NOT_FOUND)
        complain(boot, name, NULL, status);
    return status == EFI_SUCCESS ? file : NULL;
}

const struct file *file_open(struct boot *boot, span name,
                             const struct script_place *place)
{
    struct file *file = find(boot, name);
    EFI_STATUS status = EFI_NOT_FOUND;
    if (!file && boot->root)
        status = read(boot, name, &file);
    if (!file)
        complain(boot, name, place, status);
    return file;
}

size_t file_read(struct boot *boot, span name, uint64_t offset, size_t size,
                 void *to)
{
    struct volume_file *part = &boot->part;
    EFI_STATUS status = EFI_SUCCESS;
    enum task before = clock_enter(boot, TASK_READING);
    if (!part->handle || !span_equal(part->name, name)) {
        volume_close_file(part);
        status = volume_open_file(boot, name, part);
    }
    if (status == EFI_SUCCESS && offset <= part->size) {
        size = size < part->size - offset ? size : part->size - offset;
        status = volume_read_part(boot, part, offset, size, to);
    }
    clock_enter(boot, before);
    return status == EFI_SUCCESS ? size : 0;
}

void files_close(struct boot *boot)
{
    volume_close_file(&boot->part);
    if (boot->root)
        boot->root->Close(boot->root);
    boot->root = NULL;
}
