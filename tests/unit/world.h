/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's world for unit tests: files are byte arrays, memory is malloc's
 * and poisoned, findings are collected as text, and allocation n can be made
 * to fail.
 *
 *     struct test_world w;
 *     test_world_open(&w);
 *     test_world_file(&w, "a.o", bytes, size);
 *     ... &w.world ...
 *     assert_string_equal(w.text, "a.o: is empty\n");
 *     test_world_close(&w);
 */
#ifndef BOOTLINK_TEST_WORLD_H
#define BOOTLINK_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base.h"

enum {
    TEST_WORLD_FILES = 64,
    TEST_WORLD_BLOCKS = 4096,
    TEST_WORLD_KINDS = BOOTLINK_MEMORY_INFO + 1,
    TEST_WORLD_CLASSES = BOOTLINK_REFUSED + 1,
    TEST_WORLD_POISON = 0xa5, /* what fresh memory holds */
};

/* Physical addresses that `memory` gives out start here. They never equal the
 * pointer, so that code which mixes up the two is found. */
#define TEST_WORLD_PHYSICAL 0x1000000ull

struct test_block {
    enum bootlink_memory_kind kind;
    struct bootlink_memory memory;
};

struct test_file {
    span name, bytes;
};

struct test_world {
    struct bootlink_world world; /* .host is this struct: do not copy it */

    /* findings */
    char text[65536]; /* each finding's text and a newline; NUL at the end */
    size_t text_size;
    unsigned errors, warnings, notes;
    unsigned classes[TEST_WORLD_CLASSES]; /* errors by class */

    /* memory */
    uint64_t allocations; /* calls of `memory` so far, refused ones too */
    uint64_t fail_at;     /* the call to refuse, counting from 1; 0: none */
    uint64_t limit;       /* bytes to give out in all; 0: no limit */
    uint64_t used;        /* bytes given out and not released */
    uint64_t physical;    /* the next physical address */
    struct test_block blocks[TEST_WORLD_BLOCKS];
    size_t block_count;

    struct test_file files[TEST_WORLD_FILES];
    size_t file_count;
};

static inline bool test_world_read(void *host, span name, span *bytes)
{
    struct test_world *w = host;
    for (size_t i = 0; i < w->file_count; i++) {
        if (span_equal(w->files[i].name, name)) {
            if (bytes)
                *bytes = w->files[i].bytes;
            return true;
        }
    }
    return false;
}

static inline bool test_world_memory(void *host, enum bootlink_memory_kind kind,
                                     uint64_t size, uint64_t align,
                                     uint64_t wanted,
                                     struct bootlink_memory *block)
{
    struct test_world *w = host;
    assert_true(size > 0);
    assert_true(is_power_of_two(align));
    if (++w->allocations == w->fail_at || size > (1ull << 32) ||
        (w->limit && size > w->limit - w->used) ||
        w->block_count == TEST_WORLD_BLOCKS)
        return false;
    size_t pointer_align = align < sizeof(void *) ? sizeof(void *) : align;
    if (pointer_align > 1u << 21)
        pointer_align = 1u << 21; /* of pages and more only `physical` is */
    void *data;
    if (posix_memalign(&data, pointer_align, size) != 0)
        return false;
    memset(data, TEST_WORLD_POISON, size);
    uint64_t physical = wanted;
    if (wanted == BOOTLINK_ANYWHERE) {
        physical = align_up(w->physical, align);
        w->physical = physical + size;
    }
    *block = (struct bootlink_memory){data, physical, size, false};
    w->blocks[w->block_count++] = (struct test_block){kind, *block};
    w->used += size;
    return true;
}

/* Every block is given back once, whole, and as what it was taken for. */
static inline void test_world_release(void *host,
                                      enum bootlink_memory_kind kind,
                                      struct bootlink_memory block)
{
    struct test_world *w = host;
    size_t i = 0;
    while (i < w->block_count && w->blocks[i].memory.data != block.data)
        i++;
    assert_true(i < w->block_count);
    assert_int_equal(w->blocks[i].kind, kind);
    assert_int_equal(w->blocks[i].memory.size, block.size);
    assert_int_equal(w->blocks[i].memory.physical, block.physical);
    free(block.data);
    w->used -= block.size;
    w->blocks[i] = w->blocks[--w->block_count];
}

static inline void
test_world_report(void *host, const struct bootlink_diagnostic *diagnostic)
{
    struct test_world *w = host;
    size_t room = sizeof(w->text) - 1 - w->text_size; /* 1 for the NUL */
    size_t size = diagnostic->text.size;
    if (size + 1 <= room) {
        memcpy(w->text + w->text_size, diagnostic->text.data, size);
        w->text_size += size;
        w->text[w->text_size++] = '\n';
        w->text[w->text_size] = '\0';
    }
    w->errors += diagnostic->severity == BOOTLINK_ERROR;
    w->warnings += diagnostic->severity == BOOTLINK_WARNING;
    w->notes += diagnostic->severity == BOOTLINK_NOTE;
    if (diagnostic->severity == BOOTLINK_ERROR)
        w->classes[diagnostic->class_]++;
}

static inline void test_world_open(struct test_world *w)
{
    memset(w, 0, sizeof(*w));
    w->physical = TEST_WORLD_PHYSICAL;
    w->world = (struct bootlink_world){w, test_world_read, test_world_memory,
                                       test_world_release, test_world_report};
}

/* Adds a file. Its bytes are not copied: they must outlive the world. */
static inline void test_world_file(struct test_world *w, const char *name,
                                   const void *bytes, size_t size)
{
    assert_true(w->file_count < TEST_WORLD_FILES);
    w->files[w->file_count++] =
        (struct test_file){span_of(name), {bytes, size}};
}

/* Forgets the findings so far. */
static inline void test_world_clear(struct test_world *w)
{
    w->text[0] = '\0';
    w->text_size = 0;
    w->errors = w->warnings = w->notes = 0;
    memset(w->classes, 0, sizeof(w->classes));
}

/* How many blocks of a kind have not been given back. */
static inline size_t test_world_blocks(const struct test_world *w,
                                       enum bootlink_memory_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < w->block_count; i++)
        count += w->blocks[i].kind == kind;
    return count;
}

/* Gives back what lives as long as the world (images, tables, boot info), and
 * fails the test if scratch memory was not released: that is a leak. */
static inline void test_world_close(struct test_world *w)
{
    assert_int_equal(test_world_blocks(w, BOOTLINK_MEMORY_SCRATCH), 0);
    while (w->block_count)
        free(w->blocks[--w->block_count].memory.data);
}

#endif
