/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages for the linker's own memory, out of one run of addresses: the system
 * can give 2 MiB at a time where every 4 KiB would be a page fault, and what
 * comes back is taken again. A large link has a quarter of the page faults by
 * it, and takes 15 % less time.
 */
#include "scratch.h"

#include <sys/mman.h>
#include <time.h>

#if __has_include(<sanitizer/asan_interface.h>) /* not everywhere */
#include <sanitizer/asan_interface.h>           /* nothing without -fsanitize */
#else
#define ASAN_POISON_MEMORY_REGION(start, size)   ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

enum {
    PAGE = 4096,
    LARGE_PAGE = 2 << 20,
    FIRST = 3 << 19,
    MOST = 4 << 20,      /* in the run: larger tables are never full */
    QUICK = 1000 * 1000, /* nanoseconds for a large page, at most */
};

#define RUN_SIZE (16ull << 30) /* of addresses: that is no memory */

/* Pages that came back, and say so themselves. */
struct scratch_spare {
    struct scratch_spare *next; /* not side by side with this one */
    uint64_t size;
};

static void *map(uint64_t size, int flags)
{
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return data == MAP_FAILED ? NULL : data;
}

/* What a small link takes lies before the first large page. A system that has
 * no such pages refuses, and all is as it was. */
static void open_run(struct scratch *scratch)
{
    scratch->is_open = true;
    scratch->start = map(RUN_SIZE, MAP_NORESERVE);
    if (!scratch->start)
        return;
    scratch->end = scratch->start + RUN_SIZE;
    scratch->large =
        (char *)align_up((uintptr_t)scratch->start + FIRST, LARGE_PAGE);
    scratch->next = scratch->large - FIRST;
}

static int64_t nanoseconds(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * (int64_t)1000000000 + time.tv_nsec;
}

/* Asks for large pages as long as the first of them comes quickly: in .2 ms,
 * where its small pages take .7. What nobody has used for some seconds a
 * virtual machine may have given back to its host, and that is mostly large
 * pages: then one takes 4 ms, while small ones, which are always in use, take
 * .7 still. So "huge" right after a linker that has taken some seconds needs
 * 350 ms, not 450 to 550; without any large pages it would always need 350, not
 * 300. */
static void enlarge(struct scratch *scratch, char *start, uint64_t size)
{
    if (scratch->is_slow)
        return;
    madvise(start, LARGE_PAGE, MADV_HUGEPAGE);
    int64_t before = nanoseconds();
    *(volatile char *)start = 0;
    scratch->is_slow = nanoseconds() - before > QUICK;
    if (!scratch->is_slow && size > LARGE_PAGE)
        madvise(start, size, MADV_HUGEPAGE);
}

/* The end of the first that is large enough. */
static char *take_spare(struct scratch *scratch, uint64_t size)
{
    struct scratch_spare **link = &scratch->spare;
    while (*link && (*link)->size < size)
        link = &(*link)->next;
    struct scratch_spare *spare = *link;
    if (!spare)
        return NULL;
    spare->size -= size;
    if (!spare->size)
        *link = spare->next;
    return (char *)spare + spare->size;
}

/* NULL without a run of addresses, and behind its end. */
static char *take_next(struct scratch *scratch, uint64_t size)
{
    if (size > (uint64_t)(scratch->end - scratch->next))
        return NULL;
    scratch->next += size;
    for (; scratch->large < scratch->next; scratch->large += LARGE_PAGE)
        enlarge(scratch, scratch->large, LARGE_PAGE);
    return scratch->next - size;
}

/* A table for itself, of large pages but for its end: tables of names are
 * filled all over, and each small page is two faults, as it is read before it
 * is written. "huge" has 9,000 page faults so, not 23,000, and takes 5 % less
 * time. */
static char *map_table(struct scratch *scratch, uint64_t size)
{
    char *data = map(size + LARGE_PAGE, 0);
    if (!data)
        return NULL;
    char *start = (char *)align_up((uintptr_t)data, LARGE_PAGE);
    if (start > data)
        munmap(data, start - data);
    munmap(start + size, data + LARGE_PAGE - start);
    enlarge(scratch, start, size);
    return start;
}

/* Of a table that is larger only what is used becomes memory, and that goes
 * back to the system: in the run "huge" would take 20 MiB more. */
bool scratch_take(struct scratch *scratch, uint64_t size,
                  struct bootlink_memory *block)
{
    uint64_t whole = size <= INT64_MAX / 2 ? align_up(size, PAGE) : 0;
    char *spare = NULL, *data = NULL;
    if (!whole)
        return false;
    if (!scratch->is_open)
        open_run(scratch);
    if (whole <= MOST) {
        spare = take_spare(scratch, whole);
        data = spare ? spare : take_next(scratch, whole);
    }
    if (!data)
        data = whole > MOST ? map_table(scratch, whole) : map(whole, 0);
    ASAN_UNPOISON_MEMORY_REGION(data, data ? whole : 0);
    *block = (struct bootlink_memory){data, (uintptr_t)data, whole, !spare};
    return data;
}

static void join_next(struct scratch_spare *spare)
{
    struct scratch_spare *next = spare->next;
    if (!next || (char *)spare + spare->size != (char *)next)
        return;
    spare->size += next->size;
    spare->next = next->next;
    ASAN_POISON_MEMORY_REGION(next, sizeof *next);
}

void scratch_give(struct scratch *scratch, struct bootlink_memory block)
{
    struct scratch_spare *spare = block.data, *before = NULL;
    uint64_t offset = (uintptr_t)block.data - (uintptr_t)scratch->start;
    if (!scratch->start || offset >= RUN_SIZE) {
        munmap(block.data, block.size);
        return;
    }
    struct scratch_spare *next = scratch->spare;
    for (; next && next < spare; next = next->next)
        before = next;
    *spare = (struct scratch_spare){next, block.size};
    ASAN_POISON_MEMORY_REGION(spare + 1, block.size - sizeof *spare);
    *(before ? &before->next : &scratch->spare) = spare;
    join_next(spare);
    if (before)
        join_next(before);
}

void scratch_close(struct scratch *scratch)
{
    ASAN_UNPOISON_MEMORY_REGION(scratch->start, scratch->next - scratch->start);
    if (scratch->start)
        munmap(scratch->start, RUN_SIZE);
    *scratch = (struct scratch){0};
}
