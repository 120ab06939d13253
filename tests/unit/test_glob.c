/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Wildcards of file and section names, as fnmatch(3) without flags has them.
 * [GNU ld manual: Input Section Wildcards; POSIX 2.13: Pattern Matching]
 */
#include "world.h"
#include "script.h"

static bool matches(const char *pattern, const char *text)
{
    return glob_match(span_of(pattern), span_of(text));
}

static void names_match_themselves(void **state)
{
    (void)state;
    assert_true(matches(".text", ".text"));
    assert_false(matches(".text", ".text.a"));
    assert_false(matches(".text", ".tex"));
    assert_true(matches("", ""));
    assert_false(matches("", "a"));
}

static void star_matches_any_string(void **state)
{
    (void)state;
    assert_true(matches("*", ""));
    assert_true(matches(".text.*", ".text."));
    assert_true(matches("*a*b*", "xxaxxbxx"));
    assert_true(matches("*ab", "aab"));
    assert_false(matches("*a*b*", "xxbxxaxx"));
    assert_false(matches(".text.*", ".text"));
}

static void star_matches_slashes_and_leading_dots(void **state)
{
    (void)state;
    assert_true(matches("*.o", "kernel/net/.x.o"));
    assert_true(matches("kernel?net.o", "kernel/net.o"));
}

static void question_mark_matches_one_character(void **state)
{
    (void)state;
    assert_true(matches("a?c", "abc"));
    assert_false(matches("a?c", "ac"));
    assert_false(matches("a?", "a"));
}

static void brackets_match_one_of_a_set(void **state)
{
    (void)state;
    assert_true(matches("[a-cx]", "b"));
    assert_true(matches("[a-cx]", "x"));
    assert_false(matches("[a-cx]", "d"));
    assert_true(matches("[!a-c]", "d"));
    assert_false(matches("[^a-c]", "b"));
    assert_false(matches("[c-a]", "b"));
}

static void brackets_hold_special_characters(void **state)
{
    (void)state;
    assert_true(matches("[]a]", "]"));
    assert_true(matches("[!]a]", "b"));
    assert_true(matches("[a-]", "-"));
    assert_true(matches("[\\]]", "]"));
    assert_true(matches("[*]", "*"));
    assert_false(matches("[*]", "a"));
}

static void open_brackets_are_characters(void **state)
{
    (void)state;
    assert_true(matches("[a", "[a"));
    assert_true(matches("*[", "a["));
    assert_false(matches("[a", "a"));
}

static void backslash_takes_the_next_literally(void **state)
{
    (void)state;
    assert_true(matches("\\**", "*a"));
    assert_false(matches("\\**", "a"));
    assert_false(matches("*\\", "a\\"));
}

/* GNU ld compares a name without wildcards as it is. */
static void backslash_alone_is_a_character(void **state)
{
    (void)state;
    assert_true(matches("a\\b", "a\\b"));
    assert_false(matches("a\\b", "ab"));
}

static void wildcards_are_found(void **state)
{
    (void)state;
    assert_true(glob_has_wildcard(SPAN("a*")));
    assert_true(glob_has_wildcard(SPAN("a?")));
    assert_true(glob_has_wildcard(SPAN("[a]")));
    assert_false(glob_has_wildcard(SPAN("lib.a:b-c.o")));
    assert_false(glob_has_wildcard(SPAN("")));
}

/* Back-tracking over more than the last '*' would take 2^50 steps, and looking
 * for the ']' of each '[' again 10^10. */
static void hostile_patterns_end(void **state)
{
    (void)state;
    static char pattern[2001], text[2001];
    for (int i = 0; i < 2000; i += 2)
        memcpy(pattern + i, "*a", 2);
    memset(text, 'a', 2000);
    text[1999] = 'b';
    assert_false(matches(pattern, text));
    memset(pattern, '[', 2000);
    pattern[0] = '*';
    memset(text, '[', 2000);
    text[1999] = 'b';
    assert_false(matches(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_themselves),
        cmocka_unit_test(star_matches_any_string),
        cmocka_unit_test(star_matches_slashes_and_leading_dots),
        cmocka_unit_test(question_mark_matches_one_character),
        cmocka_unit_test(brackets_match_one_of_a_set),
        cmocka_unit_test(brackets_hold_special_characters),
        cmocka_unit_test(open_brackets_are_characters),
        cmocka_unit_test(backslash_takes_the_next_literally),
        cmocka_unit_test(backslash_alone_is_a_character),
        cmocka_unit_test(wildcards_are_found),
        cmocka_unit_test(hostile_patterns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
