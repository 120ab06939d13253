/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An arena in what others have left (loader/arena_pieces.c): small things are
 * taken from there, large ones from the world, and nobody's bytes are somebody
 * else's.
 */
#include "unit/world.h"

enum { PIECE = 4096, PIECES = 64, TURNS = 2000 };

struct room {
    struct test_world w;
    struct arena arena;
    _Alignas(16) char left[PIECES][PIECE];
};

static void open_room(struct room *r)
{
    memset(r, 0, sizeof(*r));
    test_world_open(&r->w);
    r->arena = arena_open(&r->w.world, BOOTLINK_MEMORY_SCRATCH);
    assert_non_null(arena_take(&r->arena, 1, 16));
}

static void close_room(struct room *r)
{
    arena_close(&r->arena);
    test_world_close(&r->w);
}

static bool is_left(const struct room *r, const char *at, uint64_t size)
{
    return in_bounds(sizeof(r->left), (uint64_t)(at - r->left[0]), size);
}

static void small_things_lie_in_pieces_and_large_ones_in_blocks(void **state)
{
    (void)state;
    static struct room r;
    open_room(&r);
    arena_give(&r.arena, (span){r.left[0], PIECE});
    for (int i = 0; i < 20; i++) {
        assert_true(is_left(&r, arena_take(&r.arena, 1, 96), 96));
        assert_false(is_left(&r, arena_take(&r.arena, 1, PIECE + 1), PIECE));
    }
    assert_true(is_left(&r, arena_room(&r.arena, 1, 1000), 1000));
    close_room(&r);
}

/* A piece that is odd, and one of no use. */
static void pieces_are_aligned(void **state)
{
    (void)state;
    static struct room r;
    open_room(&r);
    arena_give(&r.arena, (span){r.left[1] + 1, 14});
    arena_give(&r.arena, (span){r.left[1] + 1, 200});
    char *taken = arena_take(&r.arena, 1, 176);
    assert_ptr_equal(taken, r.left[1] + 16);
    assert_false(is_left(&r, arena_take(&r.arena, 1, 16), 16));
    close_room(&r);
}

static void who_leaves_them_takes_blocks(void **state)
{
    (void)state;
    static struct room r;
    open_room(&r);
    for (int i = 0; i < PIECES; i++)
        arena_give(&r.arena, (span){r.left[i], PIECE});
    assert_true(is_left(&r, arena_take(&r.arena, 1, 96), 96));
    arena_leave_pieces(&r.arena);
    for (int i = 0; i < TURNS; i++)
        assert_false(is_left(&r, arena_take(&r.arena, 1, 96), 96));
    close_room(&r);
}

/* Sizes of all kinds; now and then a piece comes. All is zero, and is still
 * what its owner wrote when all have written. */
static void nobodys_bytes_are_somebody_elses(void **state)
{
    (void)state;
    static struct room r;
    static char *taken[TURNS];
    static uint64_t sizes[TURNS];
    uint64_t random = 1, in_pieces = 0;
    open_room(&r);
    memset(r.left, 'x', sizeof(r.left));
    for (int i = 0; i < TURNS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        if (i % 16 == 0 && i / 16 < PIECES)
            arena_give(&r.arena, (span){r.left[i / 16], random % PIECE});
        sizes[i] = (random >> 32) % (i % 5 ? 200 : 6000);
        taken[i] = arena_take(&r.arena, 1, sizes[i]);
        for (uint64_t at = 0; at < sizes[i]; at++)
            assert_int_equal(taken[i][at], 0);
        memset(taken[i], i, sizes[i]);
        in_pieces += is_left(&r, taken[i], sizes[i]) ? sizes[i] : 0;
    }
    for (int i = 0; i < TURNS; i++)
        for (uint64_t at = 0; at < sizes[i]; at++)
            assert_int_equal((uint8_t)taken[i][at], (uint8_t)i);
    assert_true(in_pieces > sizeof(r.left) / 3);
    close_room(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_things_lie_in_pieces_and_large_ones_in_blocks),
        cmocka_unit_test(pieces_are_aligned),
        cmocka_unit_test(who_leaves_them_takes_blocks),
        cmocka_unit_test(nobodys_bytes_are_somebody_elses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
