/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The four functions of a host.
 */
#include "world_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A block for an image, which outlives the link. */
struct host_block {
    struct host_block *next;
    void *data;
};

enum {
    LONGEST_PATH = 4096,
    LONGEST_STREAM = 64 << 20,
};

#define FIRST_IMAGE (16ull << 20) /* where an image is if nobody says where */

static bool refuse_file(struct host *host, const char *path, const char *why)
{
    fprintf(stderr, "%s: cannot open %s: %s\n", host->program, path, why);
    host->error_count++;
    return false;
}

/* The path as the system calls want it. False if it is too long. */
static bool path_of(const struct host *host, span name, char *path)
{
    bool below = host->folder && !span_starts(name, SPAN("/"));
    span folder = below ? span_of(host->folder) : SPAN("");
    if (name.size >= LONGEST_PATH - 1 ||
        folder.size >= LONGEST_PATH - 1 - name.size ||
        memchr(name.data, 0, name.size))
        return false;
    memcpy(path, folder.data, folder.size);
    path += folder.size;
    if (below)
        *path++ = '/';
    memcpy(path, name.data, name.size);
    path[name.size] = 0;
    return true;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode) &&
           access(path, R_OK) == 0;
}

static bool keep_file(struct host *host, span bytes)
{
    struct host_file *file = malloc(sizeof(*file));
    if (!file)
        return false;
    *file = (struct host_file){.name = host->last_file, .bytes = bytes};
    *(host->files ? &host->newest_file->next : &host->files) = file;
    host->newest_file = file;
    return true;
}

/* A pipe or a device, such as /dev/stdin or /dev/null, into pages of its own.
 */
static bool read_stream(struct host *host, const char *path, int fd,
                        span *bytes)
{
    char *data = mmap(NULL, LONGEST_STREAM, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED)
        return refuse_file(host, path, strerror(errno));
    *bytes = (span){data, LONGEST_STREAM};
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < LONGEST_STREAM) {
        got = read(fd, data + size, LONGEST_STREAM - size);
        size += got > 0 ? got : 0;
    }
    bool fits = got == 0;
    if (!fits || !keep_file(host, *bytes)) {
        munmap(data, LONGEST_STREAM);
        return refuse_file(host, path,
                           got < 0 ? strerror(errno)
                                   : "more than 64 MiB, and no regular file");
    }
    bytes->size = size;
    return true;
}

static bool map_file(struct host *host, const char *path, int fd, span *bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return refuse_file(host, path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return refuse_file(host, path, strerror(EISDIR));
    if (!S_ISREG(status.st_mode))
        return read_stream(host, path, fd, bytes);
    *bytes = (span){"", status.st_size};
    if (status.st_size == 0) /* which mmap would refuse */
        return keep_file(host, *bytes) ||
               refuse_file(host, path, strerror(ENOMEM));
    void *data = file_pages_map(&host->pages, fd, bytes->size);
    if (data == MAP_FAILED)
        return refuse_file(host, path, strerror(errno));
    bytes->data = data;
    if (keep_file(host, *bytes))
        return true;
    if (!file_pages_has(&host->pages, data))
        munmap(data, bytes->size);
    return refuse_file(host, path, strerror(ENOMEM));
}

static bool host_file(void *context, span name, span *bytes)
{
    struct host *host = context;
    char path[LONGEST_PATH];
    if (!bytes)
        return path_of(host, name, path) && is_file(path);
    host->last_file = name;
    if (!path_of(host, name, path))
        return refuse_file(host, "a file", "its name is too long");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_file(host, path, strerror(errno));
    bool mapped = map_file(host, path, fd, bytes);
    close(fd);
    return mapped;
}

static bool keep_block(struct host *host, void *data)
{
    struct host_block *block = malloc(sizeof(*block));
    if (!block)
        return false;
    *block = (struct host_block){host->blocks, data};
    host->blocks = block;
    return true;
}

static void forget_block(struct host *host, void *data)
{
    struct host_block **link = &host->blocks;
    while (*link && (*link)->data != data)
        link = &(*link)->next;
    if (*link) {
        struct host_block *block = *link;
        *link = block->next;
        free(block);
    }
}

/* Files are opened before memory is asked for, so the last one tells whose
 * image it is: a module's, or else the kernel's, which has no name and comes
 * first. */
static uint64_t load_address(const struct host *host)
{
    uint64_t address = BOOTLINK_ANYWHERE;
    const struct host_load_address *a = host->load_addresses;
    for (; a; a = a->next) {
        if (span_equal(a->name, host->last_file))
            return a->physical;
        if (!a->name.size && !host->images_end)
            address = a->physical;
    }
    return address;
}

/* A host program has no physical memory: an image is where it asks to be, or
 * where it was at boot, or behind the image before it, so that the same line
 * gives the same files. */
static uint64_t place_image(struct host *host, uint64_t size, uint64_t align,
                            uint64_t wanted)
{
    uint64_t address = wanted;
    if (address == BOOTLINK_ANYWHERE)
        address = load_address(host);
    if (address == BOOTLINK_ANYWHERE)
        address =
            align_up(host->images_end ? host->images_end : FIRST_IMAGE, align);
    host->images_end = address + size;
    return address;
}

static bool host_memory(void *context, enum bootlink_memory_kind kind,
                        uint64_t size, uint64_t align, uint64_t wanted,
                        struct bootlink_memory *block)
{
    struct host *host = context;
    void *data;
    uint64_t least = align < sizeof(void *) ? sizeof(void *) : align;
    if (kind == BOOTLINK_MEMORY_SCRATCH)
        return scratch_take(&host->scratch, size, block);
    if (posix_memalign(&data, least, size) != 0)
        return false;
    if (!keep_block(host, data)) {
        free(data);
        return false;
    }
    uint64_t physical = wanted;
    if (kind == BOOTLINK_MEMORY_IMAGE)
        physical = place_image(host, size, align, wanted);
    else if (wanted == BOOTLINK_ANYWHERE)
        physical = (uintptr_t)data;
    *block = (struct bootlink_memory){data, physical, size, false};
    return true;
}

static void host_release(void *context, enum bootlink_memory_kind kind,
                         struct bootlink_memory block)
{
    struct host *host = context;
    if (kind == BOOTLINK_MEMORY_SCRATCH) {
        scratch_give(&host->scratch, block);
        return;
    }
    forget_block(host, block.data);
    free(block.data);
}

static void host_report(void *context, const struct bootlink_diagnostic *found)
{
    static const char *const severity[] = {
        [BOOTLINK_ERROR] = "",
        [BOOTLINK_WARNING] = "warning: ",
        [BOOTLINK_NOTE] = "note: ",
    };
    struct host *host = context;
    host->error_count += found->severity == BOOTLINK_ERROR;
    if (found->severity == BOOTLINK_WARNING && host->is_quiet)
        return;
    host->warning_count += found->severity == BOOTLINK_WARNING;
    fprintf(stderr, "%s: %s%.*s\n", host->program, severity[found->severity],
            SPAN_ARGS(found->text));
}

struct bootlink_world world_of_host(struct host *host)
{
    return (struct bootlink_world){host, host_file, host_memory, host_release,
                                   host_report};
}

void host_close(struct host *host)
{
    while (host->files) {
        struct host_file *file = host->files;
        host->files = file->next;
        if (file->bytes.size && !file_pages_has(&host->pages, file->bytes.data))
            munmap((void *)file->bytes.data, file->bytes.size);
        free(file);
    }
    file_pages_close(&host->pages);
    scratch_close(&host->scratch);
    while (host->blocks) {
        void *data = host->blocks->data;
        forget_block(host, data);
        free(data);
    }
}
