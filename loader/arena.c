/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that is given back all at once. Blocks come from the world and form a
 * list; taking from one is moving a pointer, from its end on: as firmware gives
 * what is last of its memory, the next block lies below this one.
 */
#include "base.h"
#include "string_table.h"

#include <string.h>

enum {
    SMALLEST_BLOCK = 4096,
    LARGEST_STEP = 64 << 10, /* blocks double up to this size: more than that
                                is not left over. A world may give more. */
};

struct arena_block {
    struct arena_block *older;
    struct bootlink_memory memory;
};

#define BLOCK_HEADER align_up(sizeof(struct arena_block), ARENA_ALIGNMENT)

struct arena arena_open(const struct bootlink_world *world,
                        enum bootlink_memory_kind kind)
{
    return (struct arena){.world = world, .kind = kind};
}

void arena_close(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *older = block->older;
        arena->world->release(arena->world->host, arena->kind, block->memory);
        block = older;
    }
    arena->blocks = NULL;
    arena->start = arena->end = NULL;
    arena->pieces = NULL;
}

static void refuse(struct arena *arena, uint64_t count, uint64_t size)
{
    if (!arena->failed)
        report_error(arena->world, BOOTLINK_NO_MEMORY,
                     "out of memory: wanted %llu times %llu bytes; give the "
                     "machine more memory, or link fewer files",
                     (unsigned long long)count, (unsigned long long)size);
    arena->failed = true;
}

/* A block of memory. If it ends where what is left of the newest one begins,
 * they are one: what is left, 5 % of all for a kernel of 600 objects, is not
 * lost. */
static bool add_block(struct arena *arena, uint64_t size)
{
    const struct bootlink_world *world = arena->world;
    uint64_t step = SMALLEST_BLOCK;
    if (arena->blocks)
        step = arena->blocks->memory.size * 2;
    if (step > LARGEST_STEP)
        step = LARGEST_STEP;
    uint64_t wanted = align_up(size + BLOCK_HEADER, SMALLEST_BLOCK);
    if (wanted < step)
        wanted = step;
    struct bootlink_memory memory;
    if (!world->memory(world->host, arena->kind, wanted, SMALLEST_BLOCK,
                       BOOTLINK_ANYWHERE, &memory))
        return false;
    char *end = (char *)memory.data + align_down(memory.size, ARENA_ALIGNMENT);
    bool goes_on = end == arena->start;
    arena->start = memory.data;
    arena->end = (goes_on ? arena->end : end) - BLOCK_HEADER;
    arena->is_zero = memory.is_zero && (arena->is_zero || !goes_on);
    struct arena_block *block = (void *)arena->end;
    *block = (struct arena_block){arena->blocks, memory};
    arena->blocks = block;
    return true;
}

/* Of two blocks the one that has more left goes on, if they are not one. */
static void go_on(struct arena *arena, const struct arena *before)
{
    bool are_one = (char *)arena->blocks + BLOCK_HEADER == before->end;
    if (are_one || before->end - before->start <= arena->end - arena->start)
        return;
    arena->start = before->start;
    arena->end = before->end;
    arena->is_zero = before->is_zero;
}

/* NULL: there is none. */
static char *take_of_block(struct arena *arena, uint64_t bytes,
                           bool wants_zeros)
{
    struct arena before = *arena;
    if (!add_block(arena, bytes))
        return NULL;
    char *taken = arena->end -= bytes;
    if (wants_zeros && !arena->is_zero)
        memset(taken, 0, bytes);
    go_on(arena, &before);
    return taken;
}

/* What does not fit into the newest block, or piece. */
static APART void *take_anew(struct arena *arena, uint64_t count, uint64_t size,
                             bool wants_zeros)
{
    uint64_t bytes;
    char *taken = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= INT64_MAX) {
        bytes = align_up(bytes, ARENA_ALIGNMENT);
        if (arena->pieces)
            taken = arena->pieces->take(arena, bytes);
        if (taken)
            return wants_zeros ? memset(taken, 0, bytes) : taken;
        taken = take_of_block(arena, bytes, wants_zeros);
        if (taken && arena->pieces)
            arena->pieces->take(arena, 0);
    }
    if (!taken)
        refuse(arena, count, size);
    return taken;
}

void *arena_take(struct arena *arena, uint64_t count, uint64_t size)
{
    uint64_t bytes, left = (uint64_t)(arena->end - arena->start);
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > left ||
        !arena->end)
        return take_anew(arena, count, size, true);
    bytes = align_up(bytes, ARENA_ALIGNMENT); /* and so is what is left */
    void *taken = arena->end -= bytes;
    return arena->is_zero ? taken : memset(taken, 0, bytes);
}

/* Not for arena_take() to call: that is asked for each symbol. */
void *arena_room(struct arena *arena, uint64_t count, uint64_t size)
{
    uint64_t left = (uint64_t)(arena->end - arena->start);
    if (left / size <= count)
        return take_anew(arena, count, size, false);
    return arena->end -= align_up(count * size, ARENA_ALIGNMENT);
}

span arena_copy(struct arena *arena, span text)
{
    char *copy = arena_take(arena, text.size + ARENA_MARGIN, 1);
    if (!copy)
        return (span){NULL, 0};
    if (text.size)
        memcpy(copy, text.data, text.size);
    return (span){copy, text.size};
}

bool strings_keep(struct arena *arena, span file, span *table)
{
    span text = *table;
    while (text.size && text.data[text.size - 1])
        text.size--;
    *table = text;
    if (!text.size)
        return true; /* no name is in it */
    size_t end = (size_t)(text.data - file.data) + text.size;
    if (in_bounds(file.size, end, STRING_MARGIN))
        return true;
    char *copy = arena_take(arena, text.size + STRING_MARGIN, 1);
    if (!copy)
        return false;
    memcpy(copy, text.data, text.size);
    table->data = copy;
    return true;
}

void *arena_grow(struct arena *arena, void *items, uint64_t count,
                 uint64_t *capacity, uint64_t size)
{
    if (count < *capacity)
        return items;
    uint64_t larger = *capacity ? *capacity * 2 : 8;
    void *copy = arena_take(arena, larger, size);
    if (!copy)
        return NULL;
    if (count)
        memcpy(copy, items, count * size);
    *capacity = larger;
    return copy;
}
