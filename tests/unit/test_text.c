/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages are formatted as printf formats them [C11 7.21.6.1].
 */
#include "unit/world.h"

#include <limits.h>
#include <stdio.h>

/* Both write the same, with room for all of it and with room for less. */
static void same(const char *format, ...) PRINTF(1, 2);
static void same(const char *format, ...)
{
    for (size_t size = 1; size < 80; size++) {
        char expected[80], found[80];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(expected, size, format, arguments);
        va_end(arguments);
        va_start(arguments, format);
        span text = text_print_list(found, size, format, arguments);
        va_end(arguments);
        assert_string_equal(found, expected);
        assert_int_equal(text.size, strlen(expected));
        assert_ptr_equal(text.data, found);
    }
}

static void numbers_are_printf_s(void **state)
{
    (void)state;
    same("%d %d %d", 0, INT_MIN, INT_MAX);
    same("%u %x %c%%", UINT_MAX, UINT_MAX, 'c');
    same("%lld %llu", LLONG_MIN, ULLONG_MAX);
    same("%ld %lu %zu", LONG_MIN, ULONG_MAX, SIZE_MAX);
    same("0x%llx 0x%016llx 0x%02x", 0xfedcba9876543210ull, 1ull, 10);
    same("%+lld %+lld %+d", 7ll, -7ll, 0);
    same("[%8llu] [%-8u] [%*d] [%03u]", 12ull, 12, 6, -12, 1234);
    same("[%06d] [%-+6d]", -12, 12);
}

static void strings_are_printf_s(void **state)
{
    (void)state;
    const char no_nul[3] = {'a', 'b', 'c'};
    same("%s and %.*s%s", "one", 3, no_nul, "");
    same("[%10.*s] [%-6s] [%*s] [%5c]", 3, no_nul, "ab", 4, "", 'x');
    same("%.2s %.9s", "abc", "ends at NUL\0no more");
    const char *volatile nothing = NULL;
    same("%.*s", 0, nothing);
    same("no conversion at all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_printf_s),
        cmocka_unit_test(strings_are_printf_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
