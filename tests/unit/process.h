/* SPDX-License-Identifier: BSD-2-Clause
 *
 * This process as a running kernel: a world whose modules are real. Physical
 * memory is a file without a name; what is written to it through one mapping is
 * executed through another, at an address of the lowest 2 GiB, so that modules
 * compiled for those run. What the kernel offers lies there, too, as jumps to
 * functions of the test.
 *
 *     struct process p;
 *     process_open(&p);
 *     process_export(&p, "note", (uint64_t)note);
 *     process_file(&p, "hello.ko", path);
 *     modules = bootlink_modules_open(&p.kernel);
 *     ...
 *     process_close(&p);
 */
#ifndef BOOTLINK_TEST_PROCESS_H
#define BOOTLINK_TEST_PROCESS_H

#include "unit/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PROCESS_PAGE = 4096,
    PROCESS_PAGES = 1024,  /* of physical memory */
    PROCESS_WINDOW = 2048, /* pages of addresses for modules */
    PROCESS_EXPORTS = 16,
    PROCESS_FILES = 16,
    PROCESS_THUNK = 12, /* mov $address, %rax; jmp *%rax */
};

struct process {
    struct test_world scratch; /* for findings, and for memory that is no image;
                                  the first: its functions get this host */
    struct bootlink_kernel kernel;
    int memory;                           /* physical memory ... */
    char *direct;                         /* ... all of it, to be written */
    unsigned char is_used[PROCESS_PAGES]; /* by page */
    unsigned char is_mapped[PROCESS_WINDOW];
    char *window;          /* where modules are mapped */
    unsigned char *thunks; /* a page below that */
    uint64_t images;       /* blocks that are not given back */
    struct bootlink_export exports[PROCESS_EXPORTS];
    char *contents[PROCESS_FILES];
};

/* ---- Memory -------------------------------------------------------------- */

static inline bool process_take(struct process *p, uint64_t size,
                                struct bootlink_memory *block)
{
    size_t count = (size + PROCESS_PAGE - 1) / PROCESS_PAGE, run = 0;
    for (size_t i = 0; i < PROCESS_PAGES; i++) {
        run = p->is_used[i] ? 0 : run + 1;
        if (run < count)
            continue;
        size_t first = i + 1 - count;
        memset(p->is_used + first, 1, count);
        block->data = p->direct + first * PROCESS_PAGE;
        memset(block->data, TEST_WORLD_POISON, count * PROCESS_PAGE);
        block->physical = first * PROCESS_PAGE;
        block->size = size;
        block->is_zero = false;
        p->images++;
        return true;
    }
    return false;
}

static inline bool process_memory(void *host, enum bootlink_memory_kind kind,
                                  uint64_t size, uint64_t align,
                                  uint64_t wanted,
                                  struct bootlink_memory *block)
{
    struct process *p = host;
    assert_true(kind == BOOTLINK_MEMORY_SCRATCH ||
                kind == BOOTLINK_MEMORY_IMAGE);
    if (kind == BOOTLINK_MEMORY_SCRATCH)
        return test_world_memory(&p->scratch, kind, size, align, wanted, block);
    assert_true(align <= PROCESS_PAGE && wanted == BOOTLINK_ANYWHERE);
    return ++p->scratch.allocations != p->scratch.fail_at &&
           process_take(p, size, block);
}

static inline void process_release(void *host, enum bootlink_memory_kind kind,
                                   struct bootlink_memory block)
{
    struct process *p = host;
    if (kind == BOOTLINK_MEMORY_SCRATCH) {
        test_world_release(&p->scratch, kind, block);
        return;
    }
    size_t first = block.physical / PROCESS_PAGE;
    size_t count = (block.size + PROCESS_PAGE - 1) / PROCESS_PAGE;
    assert_ptr_equal(block.data, p->direct + block.physical);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(p->is_used[first + i], 1);
    memset(p->is_used + first, 0, count);
    p->images--;
}

/* ---- Mapping ------------------------------------------------------------- */

static inline void process_mark(struct process *p,
                                const struct bootlink_segment *segment,
                                bool is_mapped)
{
    uint64_t first = (segment->address - (uint64_t)p->window) / PROCESS_PAGE;
    for (uint64_t i = 0; i < segment->size / PROCESS_PAGE; i++) {
        assert_true(first + i < PROCESS_WINDOW);
        assert_int_equal(p->is_mapped[first + i], !is_mapped);
        p->is_mapped[first + i] = is_mapped;
    }
}

static inline bool
process_map(void *host, const struct bootlink_segment *segments, size_t count)
{
    struct process *p = host;
    if (++p->scratch.allocations == p->scratch.fail_at)
        return report_error(&p->kernel.world, BOOTLINK_NO_MEMORY,
                            "no memory for page tables");
    for (size_t i = 0; i < count; i++) {
        const struct bootlink_segment *s = &segments[i];
        int permissions = PROT_READ;
        if (s->permissions & BOOTLINK_WRITE)
            permissions |= PROT_WRITE;
        if (s->permissions & BOOTLINK_EXECUTE)
            permissions |= PROT_EXEC;
        assert_true(permissions != (PROT_READ | PROT_WRITE | PROT_EXEC));
        process_mark(p, s, true);
        assert_true(mmap((void *)s->address, s->size, permissions,
                         MAP_SHARED | MAP_FIXED, p->memory,
                         (off_t)s->physical) == (void *)s->address);
    }
    return true;
}

static inline void
process_unmap(void *host, const struct bootlink_segment *segments, size_t count)
{
    struct process *p = host;
    for (size_t i = 0; i < count; i++) {
        const struct bootlink_segment *s = &segments[i];
        process_mark(p, s, false);
        assert_true(mmap((void *)s->address, s->size, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                         0) == (void *)s->address);
    }
}

static inline size_t process_mapped(const struct process *p)
{
    size_t count = 0;
    for (size_t i = 0; i < PROCESS_WINDOW; i++)
        count += p->is_mapped[i];
    return count;
}

/* ---- The whole ----------------------------------------------------------- */

static inline void process_open(struct process *p)
{
    const size_t window = (size_t)PROCESS_WINDOW * PROCESS_PAGE;
    const size_t memory = (size_t)PROCESS_PAGES * PROCESS_PAGE;
    memset(p, 0, sizeof(*p));
    test_world_open(&p->scratch);
    p->memory = memfd_create("physical memory", 0);
    assert_true(p->memory >= 0 && ftruncate(p->memory, (off_t)memory) == 0);
    p->direct =
        mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_SHARED, p->memory, 0);
    p->thunks = mmap(NULL, PROCESS_PAGE + window, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    assert_true(p->direct != MAP_FAILED && (void *)p->thunks != MAP_FAILED);
    p->window = (char *)p->thunks + PROCESS_PAGE;
    p->kernel = (struct bootlink_kernel){
        .world = {p, test_world_read, process_memory, process_release,
                  test_world_report},
        .map = process_map,
        .unmap = process_unmap,
        .exports = p->exports,
        .low = (uint64_t)p->window,
        .high = (uint64_t)p->window + window,
    };
}

/* Offers a function of the test. */
static inline void process_export(struct process *p, const char *name,
                                  uint64_t function)
{
    size_t i = p->kernel.export_count++;
    assert_true(i < PROCESS_EXPORTS);
    unsigned char *thunk = p->thunks + i * PROCESS_THUNK;
    assert_int_equal(mprotect(p->thunks, PROCESS_PAGE, PROT_READ | PROT_WRITE),
                     0);
    memcpy(thunk, "\x48\xb8", 2);
    memcpy(thunk + 2, &function, 8);
    memcpy(thunk + 10, "\xff\xe0", 2);
    assert_int_equal(mprotect(p->thunks, PROCESS_PAGE, PROT_READ | PROT_EXEC),
                     0);
    p->exports[i] = (struct bootlink_export){.name = span_of(name),
                                             .address = (uint64_t)thunk};
}

/* Reads a file for the modules' loader to find. */
static inline void process_file(struct process *p, const char *name,
                                const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file), i = p->scratch.file_count;
    assert_true(i < PROCESS_FILES);
    rewind(file);
    p->contents[i] = malloc(size);
    assert_int_equal(fread(p->contents[i], 1, size, file), size);
    fclose(file);
    test_world_file(&p->scratch, name, p->contents[i], size);
}

/* Nothing is left of any module. */
static inline void process_close(struct process *p)
{
    assert_int_equal(p->images, 0);
    assert_int_equal(process_mapped(p), 0);
    munmap(p->direct, (size_t)PROCESS_PAGES * PROCESS_PAGE);
    munmap(p->thunks, ((size_t)PROCESS_WINDOW + 1) * PROCESS_PAGE);
    close(p->memory);
    for (size_t i = 0; i < PROCESS_FILES; i++)
        free(p->contents[i]);
    test_world_close(&p->scratch);
}

#endif
