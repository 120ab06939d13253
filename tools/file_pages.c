/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files are mapped one behind the other, so that one call lets go of pages of
 * many, and two arrays say which.
 */
#include "file_pages.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    AROUND = 64 << 10,    /* bytes that come with each, unless the file ends */
    STAY = 64 << 20,      /* bytes of the first files, which stay */
    MOST_LEFT = 16 << 20, /* bytes of others that were left, and are there */
    FEWEST = 4,           /* a call is worth so many pages */
    MOST_RUNS = 64,       /* for one call */
    WINDOWS = 256 << 10,  /* in the room, ... */
    PAGES = WINDOWS * (AROUND / PAGE), /* ... which is 16 GiB of addresses */
};

#define ROOM_SIZE ((uint64_t)WINDOWS * AROUND)
#define AWAY      (1ull << 40) /* from where the system maps things */

/* Runs of pages that go. */
struct leaving {
    struct file_pages *pages;
    unsigned count;
    struct iovec runs[MOST_RUNS];
};

/* Nobody has reserved these addresses, and the system puts nothing there unless
 * it is told to. Reserved ones are cut in two by each file, which takes a third
 * of the time of mapping it. */
static void open_room(struct file_pages *pages)
{
    unsigned char *arrays =
        mmap(NULL, WINDOWS + PAGES / 8, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arrays == MAP_FAILED)
        return;
    pages->left = arrays;
    pages->kept = arrays + WINDOWS;
    pages->left_start = UINT64_MAX;
    pages->process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    uint64_t here = align_down((uintptr_t)arrays, AROUND);
    uint64_t away = here > 2 * AWAY ? here - AWAY : here + AWAY;
    pages->room = pages->next = pages->stay_end = (char *)(uintptr_t)away;
}

static void close_process(struct file_pages *pages)
{
    if (pages->process >= 0)
        close(pages->process);
    pages->process = -1;
}

void file_pages_close(struct file_pages *pages)
{
    if (pages->room) {
        munmap(pages->room, pages->next - pages->room);
        munmap(pages->left, WINDOWS + PAGES / 8);
        close_process(pages);
    }
    *pages = (struct file_pages){0};
}

bool file_pages_has(const struct file_pages *pages, const char *data)
{
    return (uintptr_t)data - (uintptr_t)pages->room <
           (uintptr_t)pages->next - (uintptr_t)pages->room;
}

static void keep(struct file_pages *pages, uint64_t page, uint64_t end)
{
    for (; page < end; page++)
        pages->kept[page / 8] |= 1u << page % 8;
}

static bool is_kept(const struct file_pages *pages, uint64_t page)
{
    return pages->kept[page / 8] >> page % 8 & 1;
}

/* Behind a file's end there is nothing to let go of. */
static void add_file(struct file_pages *pages, size_t size, size_t whole)
{
    uint64_t offset = pages->next - pages->room;
    keep(pages, (offset + size + PAGE - 1) / PAGE, (offset + whole) / PAGE);
    pages->next += whole;
    pages->mapped += size;
    if (pages->mapped <= STAY)
        pages->stay_end = pages->next;
}

/* Each file begins where pages that come together begin: 2,000 files of 88 KiB
 * have 1,500 page faults less so. Where somebody else has mapped something, all
 * that follow lie anywhere. */
void *file_pages_map(struct file_pages *pages, int fd, size_t size)
{
    size_t whole = align_up(size, AROUND);
    if (!pages->room)
        open_room(pages);
    if (pages->room && whole &&
        whole <= ROOM_SIZE - (size_t)(pages->next - pages->room)) {
        void *data = mmap(pages->next, size, PROT_READ,
                          MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
        if (data == pages->next)
            add_file(pages, size, whole);
        if (data != MAP_FAILED)
            return data;
    }
    return mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
}

/* True if one call does it for all runs, as Linux 6.13 and later can for their
 * own process: of 10,600 runs each takes .8 us so, and 2 by itself. */
static bool let_go_at_once(const struct leaving *leaving)
{
    size_t size = 0;
    for (unsigned i = 0; i < leaving->count; i++)
        size += leaving->runs[i].iov_len;
    return syscall(SYS_process_madvise, leaving->pages->process, leaving->runs,
                   (size_t)leaving->count, MADV_DONTNEED, 0u) == (ssize_t)size;
}

static void let_go_of_runs(struct leaving *leaving)
{
    struct file_pages *pages = leaving->pages;
    bool is_done = pages->process >= 0 && let_go_at_once(leaving);
    if (!is_done)
        close_process(pages);
    for (unsigned i = 0; i < leaving->count && !is_done; i++)
        madvise(leaving->runs[i].iov_base, leaving->runs[i].iov_len,
                MADV_DONTNEED);
    leaving->count = 0;
}

static void add_run(struct leaving *leaving, uint64_t page, uint64_t end)
{
    leaving->runs[leaving->count++] =
        (struct iovec){leaving->pages->room + page * PAGE, (end - page) * PAGE};
    if (leaving->count == MOST_RUNS)
        let_go_of_runs(leaving);
}

/* Of pages from one to another lets go of those that are not kept, but for a
 * few between kept ones. */
static void let_go_of_pages(struct file_pages *pages, uint64_t page,
                            uint64_t end)
{
    struct leaving leaving;
    leaving.pages = pages;
    leaving.count = 0;
    while (page < end) {
        uint64_t first = page;
        while (page < end && !is_kept(pages, page))
            page++;
        if (page - first >= FEWEST)
            add_run(&leaving, first, page);
        while (page < end && is_kept(pages, page))
            page++;
    }
    if (leaving.count)
        let_go_of_runs(&leaving);
}

static void let_go(struct file_pages *pages)
{
    uint64_t first = pages->left_start, end = pages->left_end;
    let_go_of_pages(pages, first * (AROUND / PAGE), end * (AROUND / PAGE));
    memset(pages->left + first, 0, end - first);
    pages->left_start = UINT64_MAX;
    pages->left_end = pages->left_bytes = 0;
}

/* Marks windows of the room, and says how many were not marked before: an
 * archive's members lie side by side and are looked at again and again. */
static uint64_t mark_left(struct file_pages *pages, uint64_t first,
                          uint64_t last)
{
    uint64_t count = 0;
    for (uint64_t i = first; i <= last; i++) {
        count += !pages->left[i];
        pages->left[i] = true;
    }
    return count;
}

static bool may_go(const struct file_pages *pages, span bytes)
{
    return bytes.size && file_pages_has(pages, bytes.data) &&
           bytes.data >= pages->stay_end;
}

/* What stays spares a link of 2,400 files of 28 KB, nearly all of which do, a
 * tenth of its time; and members of an archive, through which passes go in the
 * order in which they were asked for, do not come back again and again. */
void file_pages_leave(struct file_pages *pages, span bytes)
{
    if (bytes.data == pages->last_left || !may_go(pages, bytes))
        return;
    pages->last_left = bytes.data;
    uint64_t offset = bytes.data - pages->room;
    uint64_t first = offset / AROUND, last = (offset + bytes.size - 1) / AROUND;
    uint64_t count = mark_left(pages, first, last);
    if (!count)
        return;
    if (pages->left_start > first)
        pages->left_start = first;
    if (pages->left_end <= last)
        pages->left_end = last + 1;
    pages->left_bytes += count * AROUND;
    if (pages->left_bytes >= MOST_LEFT)
        let_go(pages);
}

/* What everybody looks at would come back at once, 16 pages of it. Copies of it
 * would be new memory, which the system clears first: "huge" takes 36 MiB less
 * of that without them, and up to a quarter less time if nobody used the memory
 * shortly before. */
void file_pages_keep(struct file_pages *pages, span bytes)
{
    if (!may_go(pages, bytes))
        return;
    uint64_t offset = bytes.data - pages->room;
    keep(pages, offset / PAGE, (offset + bytes.size - 1) / PAGE + 1);
}
