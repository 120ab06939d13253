/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The four functions of a host. Files are mapped, not read: what a link does
 * not look at costs nothing.
 */
#include "world_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A block for an image, which outlives the link. */
struct host_block {
    struct host_block *next;
    void *data;
};

enum {
    LONGEST_PATH = 4096,
    LONGEST_STREAM = 64 << 20,
    MOST_OF_FILES = 1 << 20,     /* bytes that stay in memory, ... */
    MOST_OF_ARCHIVES = 16 << 20, /* ... and those of members */
    PAGE = 4096,
    AROUND = 64 << 10,     /* bytes that come with each, unless the file ends */
    LARGE_LINK = 32 << 20, /* bytes of files, from which on ... */
    FEWEST = 4,            /* ... a call is worth so many pages */
    MOST_RUNS = 64,        /* for one call */
};

#define ROOM_SIZE   (16ull << 30) /* of addresses: that is no memory */
#define FIRST_IMAGE (16ull << 20) /* where an image is if nobody says where */

/* Runs of pages that go. */
struct leaving {
    struct host *host;
    unsigned count;
    struct iovec runs[MOST_RUNS];
};

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

static bool has_room(const struct host *host)
{
    return host->room && host->room != MAP_FAILED;
}

static bool is_in_room(const struct host *host, const char *data)
{
    return has_room(host) &&
           (uintptr_t)data - (uintptr_t)host->room < ROOM_SIZE;
}

static void close_process(struct host *host)
{
    if (host->process >= 0)
        close(host->process);
    host->process = -1;
}

static void open_room(struct host *host)
{
    struct bootlink_memory left;
    host->left_start = UINT64_MAX;
    host->process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    host->room = host->room_next =
        mmap(NULL, ROOM_SIZE, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!has_room(host) ||
        !scratch_take(&host->scratch, ROOM_SIZE / AROUND + ROOM_SIZE / PAGE / 8,
                      &left))
        return;
    host->left = left.is_zero ? left.data : memset(left.data, 0, left.size);
    host->kept = host->left + ROOM_SIZE / AROUND;
}

/* Pages of a file: next to those of the others if there is room, so that one
 * call lets go of all. Each begins where pages that come together begin: "huge"
 * has 1,500 page faults less so. */
static void *map_pages(struct host *host, int fd, size_t size)
{
    size_t whole = align_up(size, AROUND);
    if (!host->room)
        open_room(host);
    char *to = host->room_next;
    bool fits =
        has_room(host) && whole <= ROOM_SIZE - (size_t)(to - host->room);
    if (fits) {
        host->room_next += whole;
        host->mapped += size;
    }
    return mmap(fits ? to : NULL, size, PROT_READ,
                MAP_PRIVATE | (fits ? MAP_FIXED : 0), fd, 0);
}

/* Marks windows of the room, and says how many were not marked before: an
 * archive's members lie side by side and are looked at again and again. */
static uint64_t mark_left(struct host *host, uint64_t first, uint64_t last)
{
    uint64_t count = 0;
    for (uint64_t i = first; i <= last; i++) {
        count += !host->left[i];
        host->left[i] = true;
    }
    return count;
}

static bool is_kept(const struct host *host, uint64_t page)
{
    return host->kept[page / 8] >> page % 8 & 1;
}

/* True if one call does it for all runs, as Linux 6.13 and later can for their
 * own process: of 10,600 runs of "huge" each takes .8 us so, and 2 by itself.
 */
static bool let_go_at_once(const struct leaving *leaving)
{
    size_t size = 0;
    for (unsigned i = 0; i < leaving->count; i++)
        size += leaving->runs[i].iov_len;
    return syscall(SYS_process_madvise, leaving->host->process, leaving->runs,
                   (size_t)leaving->count, MADV_DONTNEED, 0u) == (ssize_t)size;
}

static void let_go_of_runs(struct leaving *leaving)
{
    struct host *host = leaving->host;
    bool is_done = host->process >= 0 && let_go_at_once(leaving);
    if (!is_done)
        close_process(host);
    for (unsigned i = 0; i < leaving->count && !is_done; i++)
        madvise(leaving->runs[i].iov_base, leaving->runs[i].iov_len,
                MADV_DONTNEED);
    leaving->count = 0;
}

static void add_run(struct leaving *leaving, uint64_t page, uint64_t end)
{
    leaving->runs[leaving->count++] =
        (struct iovec){leaving->host->room + page * PAGE, (end - page) * PAGE};
    if (leaving->count == MOST_RUNS)
        let_go_of_runs(leaving);
}

/* Of pages from one to another lets go of those that are not kept. They come
 * back from the file when they are looked at again. A few between kept ones
 * stay, too, but where files are small and these would be most of them. */
static void let_go_of_pages(struct host *host, uint64_t page, uint64_t end)
{
    struct leaving leaving;
    leaving.host = host;
    leaving.count = 0;
    uint64_t fewest = host->mapped < LARGE_LINK ? 1 : FEWEST;
    while (page < end) {
        uint64_t first = page;
        while (page < end && !is_kept(host, page))
            page++;
        if (page - first >= fewest)
            add_run(&leaving, first, page);
        while (page < end && is_kept(host, page))
            page++;
    }
    if (leaving.count)
        let_go_of_runs(&leaving);
}

static void let_go(struct host *host)
{
    let_go_of_pages(host, host->left_start * (AROUND / PAGE),
                    host->left_end * (AROUND / PAGE));
    memset(host->left + host->left_start, 0, host->left_end - host->left_start);
    host->left_start = UINT64_MAX;
    host->left_end = host->left_of_files = host->left_of_archives = 0;
}

/* Passes go through the members of an archive in the order in which they were
 * asked for: what went away would come back for the next member. As they may
 * stay longer, glibc's program takes 0.75 of the time, and not more memory:
 * all of an archive is there when it is opened. A file starts with a page. */
void host_leave(struct host *host, span bytes)
{
    if (!host->left || !bytes.size || !is_in_room(host, bytes.data))
        return;
    uint64_t offset = bytes.data - host->room;
    uint64_t first = offset / AROUND, last = (offset + bytes.size - 1) / AROUND;
    if ((first == last && host->left[first]) || bytes.data == host->last_left)
        return;
    host->last_left = bytes.data;
    uint64_t count = mark_left(host, first, last);
    if (!count)
        return;
    if (host->left_start > first)
        host->left_start = first;
    if (host->left_end <= last)
        host->left_end = last + 1;
    bool is_member = offset % PAGE != 0;
    *(is_member ? &host->left_of_archives : &host->left_of_files) +=
        count * AROUND;
    if (host->left_of_files >= MOST_OF_FILES ||
        host->left_of_archives >= MOST_OF_ARCHIVES)
        let_go(host);
}

/* What everybody looks at would come back at once, 16 pages of it. Copies of it
 * would be new memory, which the system clears first: "huge" takes 36 MiB less
 * of that without them, and up to a quarter less time if nobody used the memory
 * shortly before. */
void host_keep(struct host *host, span bytes)
{
    if (!bytes.size || !is_in_room(host, bytes.data) || !host->kept)
        return;
    uint64_t offset = bytes.data - host->room;
    uint64_t last = (offset + bytes.size - 1) / PAGE;
    for (uint64_t page = offset / PAGE; page <= last; page++)
        host->kept[page / 8] |= 1u << page % 8;
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
    void *data = map_pages(host, fd, bytes->size);
    if (data == MAP_FAILED)
        return refuse_file(host, path, strerror(errno));
    bytes->data = data;
    if (keep_file(host, *bytes))
        return true;
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
        if (file->bytes.size && !is_in_room(host, file->bytes.data))
            munmap((void *)file->bytes.data, file->bytes.size);
        free(file);
    }
    if (has_room(host))
        munmap(host->room, ROOM_SIZE);
    if (host->room)
        close_process(host);
    scratch_close(&host->scratch);
    while (host->blocks) {
        void *data = host->blocks->data;
        forget_block(host, data);
        free(data);
    }
}
