/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File names: UTF-8 in Bootlink, UTF-16 in firmware.
 */
#include "../../boot/utf.c" /* before cmocka, whose `fail` is a macro */

#include "unit/world.h"

enum { LONGEST = 64 };

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c < 0xe000;
}

/* [Unicode 15 3.9, tables 3-5 and 3-6] */
static void every_character_survives_both_ways(void **state)
{
    (void)state;
    struct test_world w;
    test_world_open(&w);
    for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
        char bytes[4];
        CHAR16 wide[LONGEST];
        if (is_surrogate(c) || c == '\\')
            continue;
        span name = {bytes, utf8_put(bytes, c) - bytes};
        assert_true(utf16_from_path(name, wide, LONGEST));
        struct arena arena = arena_open(&w.world, BOOTLINK_MEMORY_SCRATCH);
        span back = utf8_from_utf16(&arena, wide, LONGEST);
        assert_true(span_equal(name, back));
        assert_int_equal(utf8_take(&name), c);
        assert_int_equal(name.size, 0);
        arena_close(&arena);
    }
    test_world_close(&w);
}

static void separators_are_turned(void **state)
{
    (void)state;
    CHAR16 wide[LONGEST];
    assert_true(utf16_from_path(SPAN("boot/a"), wide, LONGEST));
    assert_memory_equal(wide, L"boot\\a", sizeof(L"boot\\a"));
}

static void what_is_no_utf8_becomes_one_replacement(void **state)
{
    (void)state;
    const span bad[] = {SPAN("\x80"),         SPAN("\xc0\x80"),
                        SPAN("\xed\xa0\x80"), SPAN("\xf4\x90\x80\x80"),
                        SPAN("\xe2\x82"),     SPAN("\xff")};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        span text = bad[i];
        assert_int_equal(utf8_take(&text), NO_CHARACTER);
        assert_true(text.size < bad[i].size);
    }
}

static void what_is_no_utf16_becomes_one_replacement(void **state)
{
    (void)state;
    struct test_world w;
    test_world_open(&w);
    struct arena arena = arena_open(&w.world, BOOTLINK_MEMORY_SCRATCH);
    const CHAR16 lone[] = {'a', 0xd800, 'b', 0xdc00, 0xd800};
    span name = utf8_from_utf16(&arena, lone, 5);
    assert_true(span_equal(name, SPAN("a\xef\xbf\xbd"
                                      "b\xef\xbf\xbd\xef\xbf\xbd")));
    arena_close(&arena);
    test_world_close(&w);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char path[LONGEST];
    CHAR16 wide[LONGEST];
    memset(path, 'x', sizeof(path));
    for (size_t size = 0; size <= LONGEST; size++)
        assert_int_equal(utf16_from_path((span){path, size}, wide, LONGEST),
                         size + 2 <= LONGEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_both_ways),
        cmocka_unit_test(separators_are_turned),
        cmocka_unit_test(what_is_no_utf8_becomes_one_replacement),
        cmocka_unit_test(what_is_no_utf16_becomes_one_replacement),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
