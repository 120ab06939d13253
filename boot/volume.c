/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The boot volume: the FAT file system that the firmware started us from. Files
 * are read whole, once and front to back, since a FAT driver finds a place in a
 * file by walking its chain from the start. [UEFI 2.10 13.4, 13.5]
 */
#include "boot.h"

#include <string.h>

enum {
    LONGEST_PATH = 1024, /* characters */
    /* EFI_FILE_INFO and a name of 255 characters [FAT: long names], doubled. */
    INFO_SIZE = 1024,
    BOUNCE_SIZE = 64 * 1024,
    PATIENCE = 2000 * 1000, /* us without a word on the console */
};

static const uint64_t FOUR_GIB = UINT64_C(1) << 32;

/* The structure ends in a name of any length. */
union file_info {
    EFI_FILE_INFO info;
    char bytes[INFO_SIZE];
};

bool volume_open(struct boot *boot)
{
    EFI_BOOT_SERVICES *services = boot->services;
    EFI_GUID loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *system = NULL;
    EFI_STATUS status = services->HandleProtocol(boot->image, &loaded_image,
                                                 (void **)&boot->loaded);
    if (status == EFI_SUCCESS)
        status = services->HandleProtocol(boot->loaded->DeviceHandle,
                                          &file_system, (void **)&system);
    if (status == EFI_SUCCESS)
        status = system->OpenVolume(system, &boot->root);
    if (status == EFI_SUCCESS)
        return true;
    boot->root = NULL;
    return report_error(&boot->world, BOOTLINK_MISSING,
                        "the volume that Bootlink was started from cannot be "
                        "opened: %s; start it from a FAT file system",
                        status_text(status));
}

/* Opens a file or folder and asks for what is known about it. */
static EFI_STATUS open(struct boot *boot, span path, EFI_FILE_HANDLE *file,
                       union file_info *info)
{
    CHAR16 name[LONGEST_PATH];
    EFI_GUID guid = EFI_FILE_INFO_ID;
    UINTN size = sizeof(*info);
    if (!utf16_from_path(path, name, LONGEST_PATH))
        return EFI_NOT_FOUND;
    if (path.size == 0)
        memcpy(name, L".", sizeof(L"."));
    EFI_STATUS status =
        boot->root->Open(boot->root, file, name, EFI_FILE_MODE_READ, 0);
    if (status != EFI_SUCCESS)
        return status;
    status = (*file)->GetInfo(*file, &guid, &size, info);
    if (status != EFI_SUCCESS)
        (*file)->Close(*file);
    return status;
}

/* ---- Reading ------------------------------------------------------------- */

/* A way to read: how much at once, and whether into low memory first. */
struct manner {
    UINTN step;
    bool grows; /* after the first step all that is left, from a fast disk */
    bool bounced;
    const char *name;
};

/* Where a call begins, a FAT driver walks the file's chain from where the one
 * before began: in steps it walks everything twice, which is most of what
 * reading executes: 60 MiB from a disk of 40 MB/s took 36 million instructions,
 * and 17 in one piece behind a first step. But some drivers fail above
 * 1 MiB a call, and some into buffers above 4 GiB. */
static const struct manner MANNERS[] = {
    {1024 * 1024, true, false, "in one piece"},
    {1024 * 1024, false, false, "in steps of 1 MiB"},
    {BOUNCE_SIZE, false, false, "in steps of 64 KiB"},
    {BOUNCE_SIZE, false, true, "through a buffer below 4 GiB"},
};

/* What is read, and where to. */
struct transfer {
    const struct volume_file *file;
    uint64_t offset;
    char *to;
    uint64_t size;
};

/* If the rest comes as fast as what was read since `start`, nobody waits for a
 * sign of life. */
static bool is_soon_done(const struct boot *boot, uint64_t start, uint64_t done,
                         uint64_t left)
{
    return left / done < PATIENCE / (cpu_microseconds(boot, start) + 1);
}

/* Reads it from where the file stands, into `bounce` first if there is one. */
static EFI_STATUS read_steps(struct boot *boot, const struct transfer *transfer,
                             const struct manner *manner, char *bounce)
{
    EFI_FILE_HANDLE handle = transfer->file->handle;
    uint64_t start = cpu_stamp();
    UINTN step = manner->step;
    for (uint64_t done = 0; done < transfer->size;) {
        uint64_t left = transfer->size - done;
        UINTN asked = left < step ? left : step, count = asked;
        char *to = transfer->to + done;
        EFI_STATUS status = handle->Read(handle, &count, bounce ? bounce : to);
        if (status != EFI_SUCCESS)
            return status;
        if (count == 0 || count > asked)
            return EFI_END_OF_FILE;
        if (bounce)
            memcpy(to, bounce, count);
        done += count;
        if (manner->grows && is_soon_done(boot, start, done, left - count))
            step = UINT64_MAX;
        log_status(boot, "reading %.*s: %llu of %llu KiB",
                   SPAN_ARGS(transfer->file->name),
                   (unsigned long long)done / 1024,
                   (unsigned long long)transfer->size / 1024);
    }
    return EFI_SUCCESS;
}

static EFI_STATUS read_in(struct boot *boot, const struct transfer *transfer,
                          const struct manner *manner)
{
    EFI_FILE_HANDLE handle = transfer->file->handle;
    EFI_STATUS status = handle->SetPosition(handle, transfer->offset);
    if (status != EFI_SUCCESS)
        return status;
    if (!manner->bounced)
        return read_steps(boot, transfer, manner, NULL);
    EFI_PHYSICAL_ADDRESS bounce = FOUR_GIB - 1;
    status = boot->services->AllocatePages(AllocateMaxAddress, EfiLoaderData,
                                           BOUNCE_SIZE / PAGE, &bounce);
    if (status != EFI_SUCCESS)
        return status;
    status = read_steps(boot, transfer, manner, (char *)bounce);
    boot->services->FreePages(bounce, BOUNCE_SIZE / PAGE);
    return status;
}

EFI_STATUS volume_read_part(struct boot *boot, const struct volume_file *file,
                            uint64_t offset, uint64_t size, void *to)
{
    const struct transfer transfer = {file, offset, to, size};
    EFI_STATUS status = EFI_SUCCESS;
    for (size_t i = 0; i < sizeof(MANNERS) / sizeof(MANNERS[0]); i++) {
        status = read_in(boot, &transfer, &MANNERS[i]);
        if (status == EFI_SUCCESS)
            return status;
        log_print(boot, "read: %.*s %s: %s", SPAN_ARGS(file->name),
                  MANNERS[i].name, status_text(status));
    }
    return status;
}

EFI_STATUS volume_open_file(struct boot *boot, span path,
                            struct volume_file *file)
{
    union file_info about;
    file->name = path;
    EFI_STATUS status = open(boot, path, &file->handle, &about);
    if (status != EFI_SUCCESS)
        return status;
    file->size = about.info.FileSize;
    if (!(about.info.Attribute & EFI_FILE_DIRECTORY))
        return EFI_SUCCESS;
    volume_close_file(file);
    return EFI_NOT_FOUND;
}

void volume_close_file(struct volume_file *file)
{
    if (file->handle)
        file->handle->Close(file->handle);
    file->handle = NULL;
}

EFI_STATUS volume_read(struct boot *boot, const struct volume_file *file,
                       struct bootlink_memory *memory)
{
    uint64_t size = file->size, room = size < PAGE ? PAGE : size;
    if (room > INT64_MAX ||
        !memory_take_for_boot(boot, align_up(room, PAGE), memory))
        return EFI_OUT_OF_RESOURCES;
    EFI_STATUS status = volume_read_part(boot, file, 0, size, memory->data);
    if (status != EFI_SUCCESS)
        memory_give(boot, *memory);
    else /* a kernel gets whole pages: nobody else's bytes in the last one */
        memset((char *)memory->data + size, 0, memory->size - size);
    return status;
}

/* ---- Folders ------------------------------------------------------------- */

/* One more name; false at the folder's end or on an error, by *status. */
static bool next_name(struct boot *boot, EFI_FILE_HANDLE folder, span *name,
                      EFI_STATUS *status)
{
    union file_info about;
    UINTN size;
    do {
        size = sizeof(about);
        *status = folder->Read(folder, &size, &about);
        if (*status != EFI_SUCCESS ||
            size <= offsetof(EFI_FILE_INFO, FileName) || size > sizeof(about))
            return false;
    } while (about.info.Attribute & EFI_FILE_DIRECTORY);
    size_t count = (size - offsetof(EFI_FILE_INFO, FileName)) / sizeof(CHAR16);
    CHAR16 wide[INFO_SIZE / sizeof(CHAR16)];
    memcpy(wide, about.bytes + offsetof(EFI_FILE_INFO, FileName),
           count * sizeof(CHAR16));
    *name = utf8_from_utf16(&boot->arena, wide, count);
    if (!name->data)
        *status = EFI_OUT_OF_RESOURCES;
    return name->data;
}

EFI_STATUS volume_list(struct boot *boot, span path, span **names,
                       uint64_t *count)
{
    EFI_FILE_HANDLE folder;
    union file_info about;
    uint64_t capacity = 0;
    span name;
    *names = NULL;
    *count = 0;
    EFI_STATUS status = open(boot, path, &folder, &about);
    if (status != EFI_SUCCESS)
        return status;
    if (!(about.info.Attribute & EFI_FILE_DIRECTORY))
        status = EFI_NOT_FOUND;
    while (status == EFI_SUCCESS && next_name(boot, folder, &name, &status)) {
        *names =
            arena_grow(&boot->arena, *names, *count, &capacity, sizeof(span));
        if (*names)
            (*names)[(*count)++] = name;
        else
            status = EFI_OUT_OF_RESOURCES;
    }
    folder->Close(folder);
    return status;
}

/* ---- Our own place ------------------------------------------------------- */

/* The device path's text nodes together are our own path; it is cut at its last
 * separator. [UEFI 2.10 10.3.5.4] */
span volume_own_folder(struct boot *boot)
{
    CHAR16 path[LONGEST_PATH];
    size_t count = 0, folder = 0;
    const unsigned char *node = (void *)boot->loaded->FilePath;
    while (node && node[0] == MEDIA_DEVICE_PATH &&
           node[1] == MEDIA_FILEPATH_DP) {
        size_t size = read16(node + 2);
        for (size_t at = 4; at + 1 < size && count < LONGEST_PATH; at += 2)
            if ((path[count] = read16(node + at)) != 0)
                count++;
        if (size < 4)
            break;
        node += size;
    }
    for (size_t i = 0; i < count; i++)
        if (path[i] == '\\')
            folder = i;
    size_t first = count && path[0] == '\\' ? 1 : 0;
    if (folder <= first)
        return (span){NULL, 0};
    return utf8_from_utf16(&boot->arena, path + first, folder - first);
}
