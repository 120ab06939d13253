/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pieces of memory that others have left, for an arena to take from before it
 * asks the world for blocks. An object leaves some of a few KiB when it is
 * read: small records of the next ones fit there, its list of sections seldom.
 * So a piece stands where else the newest block would, and that one is for what
 * is too large for the pieces.
 */
#include "base.h"

enum {
    LEAST_PIECE = 96, /* a symbol's record */
    STEP = 128,       /* from a size of pieces to the next one */
    LAST_SIZE = PIECE_SIZES - 1,
};

/* A piece begins with this until it is at hand. */
struct arena_piece {
    struct arena_piece *next; /* of its size */
    uint64_t bytes;
};

static void put(struct arena *arena, char *start, char *end)
{
    struct arena_pieces *pieces = arena->pieces;
    uint64_t bytes = (uint64_t)(end - start), size = bytes / STEP;
    if (bytes < LEAST_PIECE)
        return;
    if (size > LAST_SIZE)
        size = LAST_SIZE;
    struct arena_piece *piece = (void *)start;
    *piece = (struct arena_piece){pieces->of_size[size], bytes};
    pieces->of_size[size] = piece;
    pieces->sizes |= 1ull << size;
}

/* Takes one out of its list. What is left of the one at hand goes there. */
static void hold(struct arena *arena, uint64_t size)
{
    struct arena_pieces *pieces = arena->pieces;
    struct arena_piece *piece = pieces->of_size[size];
    char *start = arena->start, *end = arena->end;
    pieces->of_size[size] = piece->next;
    if (!piece->next)
        pieces->sizes &= ~(1ull << size);
    arena->start = (char *)piece;
    arena->end = (char *)piece + piece->bytes;
    arena->is_zero = false;
    put(arena, start, end);
}

/* Holds a piece with so much in it, one of the smallest. */
static bool find(struct arena *arena, uint64_t bytes)
{
    const struct arena_pieces *pieces = arena->pieces;
    uint64_t size = bytes / STEP < LAST_SIZE ? bytes / STEP : LAST_SIZE;
    const struct arena_piece *first = pieces->of_size[size];
    uint64_t larger = pieces->sizes & -2ull << size;
    if (!first || first->bytes < bytes) {
        if (!larger)
            return false;
        size = (uint64_t)__builtin_ctzll(larger);
    }
    hold(arena, size);
    return true;
}

static void put_block_aside(struct arena *arena)
{
    struct arena_pieces *pieces = arena->pieces;
    pieces->start = arena->start;
    pieces->end = arena->end;
    pieces->is_zero = arena->is_zero;
    arena->start = arena->end;
}

static void take_block_back(struct arena *arena)
{
    struct arena_pieces *pieces = arena->pieces;
    arena->start = pieces->start;
    arena->end = pieces->end;
    arena->is_zero = pieces->is_zero;
    pieces->end = NULL;
}

static uint64_t room(const char *start, const char *end)
{
    return (uint64_t)(end - start);
}

/* From a piece that is large enough, or from the newest block, which is at hand
 * when no piece is left, and when another one must come: arena.c then takes
 * nothing, for a piece to be at hand again. */
static char *take(struct arena *arena, uint64_t bytes)
{
    struct arena_pieces *pieces = arena->pieces;
    if (!pieces->end)
        put_block_aside(arena);
    if (find(arena, bytes))
        return arena->end -= bytes;
    bool has_any =
        pieces->sizes || room(arena->start, arena->end) >= LEAST_PIECE;
    if (has_any && room(pieces->start, pieces->end) >= bytes)
        return pieces->end -= bytes;
    put(arena, arena->start, arena->end);
    take_block_back(arena);
    return room(arena->start, arena->end) < bytes ? NULL
                                                  : (arena->end -= bytes);
}

void arena_give(struct arena *arena, span piece)
{
    uintptr_t start = align_up((uintptr_t)piece.data, ARENA_ALIGNMENT);
    uintptr_t end =
        align_down((uintptr_t)piece.data + piece.size, ARENA_ALIGNMENT);
    if (!arena->pieces)
        arena->pieces = arena_new(arena, struct arena_pieces);
    if (!arena->pieces || end < start)
        return;
    arena->pieces->take = take;
    put(arena, (char *)start, (char *)end);
    if (arena->pieces->end)
        return;
    put_block_aside(arena);
    find(arena, LEAST_PIECE);
}

void arena_leave_pieces(struct arena *arena)
{
    if (arena->pieces && arena->pieces->end)
        take_block_back(arena);
    arena->pieces = NULL;
}
