/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Refuses request n to the arena. The program that includes this is built with
 * --wrap, so that every request passes through here.
 */
#ifndef BOOTLINK_TEST_OOM_H
#define BOOTLINK_TEST_OOM_H

#include "unit/world.h"

#include <stdio.h>

/* ---- Requests to the arena ---------------------------------------------- */

static uint64_t requests, refuse_at; /* counted from 1; 0: none */

static bool is_refused(void)
{
    return ++requests == refuse_at;
}

void *__real_arena_take(struct arena *arena, uint64_t count, uint64_t size);
void *__wrap_arena_take(struct arena *arena, uint64_t count, uint64_t size);
void *__real_arena_grow(struct arena *arena, void *items, uint64_t count,
                        uint64_t *capacity, uint64_t size);
void *__wrap_arena_grow(struct arena *arena, void *items, uint64_t count,
                        uint64_t *capacity, uint64_t size);
span __real_arena_copy(struct arena *arena, span text);
span __wrap_arena_copy(struct arena *arena, span text);

/* More than any machine has: the arena refuses, and reports, by itself. */
static void *refuse(struct arena *arena)
{
    return __real_arena_take(arena, UINT64_MAX, 2);
}

void *__wrap_arena_take(struct arena *arena, uint64_t count, uint64_t size)
{
    return is_refused() ? refuse(arena) : __real_arena_take(arena, count, size);
}

void *__wrap_arena_grow(struct arena *arena, void *items, uint64_t count,
                        uint64_t *capacity, uint64_t size)
{
    if (count == *capacity && is_refused())
        return refuse(arena);
    return __real_arena_grow(arena, items, count, capacity, size);
}

span __wrap_arena_copy(struct arena *arena, span text)
{
    if (is_refused())
        return (span){refuse(arena), 0};
    return __real_arena_copy(arena, text);
}

/* ---- What a test needs -------------------------------------------------- */

static inline char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

/* Whatever the link left is wrong, unless it succeeded. */
static inline void check_failure(const struct test_world *w)
{
    assert_true(w->classes[BOOTLINK_NO_MEMORY] > 0);
    assert_non_null(strstr(w->text, "memory"));
    assert_int_equal(w->block_count, 0);
}

#endif
