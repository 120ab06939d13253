/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of script expressions: numbers, absolute addresses, and addresses
 * relative to an output section. [GNU ld manual: Expressions, The Section of an
 * Expression]
 */
#include "unit/linking.h"

static const char zeros[16];

/* Links 16 bytes of .data by the script and gives the value of x. */
static uint64_t value_of_x(struct linking *l, const char *script)
{
    struct builder b;
    build_open(&b);
    uint32_t data = build_section(&b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, zeros, 16);
    build_global(&b, "f", data, 4);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    return link_address(l, "x");
}

static void fails(struct linking *l, const char *script, const char *words)
{
    struct builder b;
    build_open(&b);
    build_section(&b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros, 16);
    link_built(l, "a.o", &b);
    link_fails(l, script, words);
}

/* A test that links by a script and compares x. */
#define VALUE_TEST(name, script, expected)                                     \
    static void name(void **state)                                             \
    {                                                                          \
        assert_int_equal(value_of_x(*state, script), expected);                \
    }

/* ---- Numbers ------------------------------------------------------------ */

VALUE_TEST(precedence, "x = 1 + 2 * 3 << 1 | 1;", 15)
VALUE_TEST(division_is_signed, "x = -7 / 2;", (uint64_t)-3)
VALUE_TEST(the_remainder_too, "x = -7 % 4;", (uint64_t)-3)
VALUE_TEST(the_one_quotient_that_does_not_fit, "x = 0x8000000000000000 / -1;",
           0x8000000000000000)
VALUE_TEST(shifts_count_modulo_64, "x = (1 << 65) + (8 >> 66);", 4)
VALUE_TEST(comparisons_are_unsigned, "x = -1 > 1;", 1)
VALUE_TEST(a_condition, "x = 2 ? 3 : 1 / 0;", 3)
VALUE_TEST(logic, "x = !0 + (1 && 2) + (0 || 0);", 2)
VALUE_TEST(extremes, "x = MAX(3, 5) * 10 + MIN(3, 5);", 53)
VALUE_TEST(bits_of_a_number, "x = LOG2CEIL(4097);", 13)
VALUE_TEST(align_of_a_value, "x = ALIGN(0x1001, 0x1000);", 0x2000)
VALUE_TEST(pages, "x = CONSTANT(MAXPAGESIZE);", 4096)

static void division_by_zero(void **state)
{
    fails(*state, "x = 1 / 0;", "test.ld:1:");
    assert_non_null(
        strstr(((struct linking *)*state)->w.text, "division by zero"));
}

/* ---- Where an expression stands ----------------------------------------- */

VALUE_TEST(outside_a_number_is_a_number,
           "SECTIONS { .data 0x1000 : { *(.data) } x = 4; }", 4)
VALUE_TEST(inside_it_counts_from_the_start,
           "SECTIONS { .data 0x1000 : { *(.data) x = 4; } }", 0x1004)
VALUE_TEST(absolute_inside,
           "SECTIONS { .data 0x1000 : { *(.data) x = ABSOLUTE(4); } }", 4)
VALUE_TEST(dot_inside, "SECTIONS { .data 0x1000 : { *(.data) x = .; } }",
           0x1010)
VALUE_TEST(dot_counts_from_the_start_too,
           "SECTIONS { .data 0x1000 : { . = 8; *(.data) x = .; } }", 0x1018)
VALUE_TEST(dot_between_sections,
           "SECTIONS { .data 0x1000 : { *(.data) } . = . + 0x100; x = .; }",
           0x1110)
VALUE_TEST(a_distance_is_a_number,
           "SECTIONS { .data 0x1000 : { a = .; *(.data) b = .; } x = b - a; }",
           16)
VALUE_TEST(a_symbol_of_an_object,
           "SECTIONS { .data 0x1000 : { *(.data) } x = f + 1; }", 0x1005)

/* An address is divided by as a whole, not by its offset in a section ... */
VALUE_TEST(an_address_as_divisor,
           "SECTIONS { .data 0x1000 : { *(.data) } x = 0x5000 / ADDR(.data); }",
           5)

/* ... and that may be 0 where the offset is not. */
static void an_offset_that_brings_an_address_to_0(void **state)
{
    fails(*state,
          "SECTIONS { .data 0x1000 : { *(.data) y = -0x1000; }"
          " x = ABSOLUTE(1) / y; }",
          "division by zero");
}

/* ---- Sections by name --------------------------------------------------- */

VALUE_TEST(address_and_size,
           "SECTIONS { .data 0x1000 : { *(.data) }"
           " x = ADDR(.data) + SIZEOF(.data); }",
           0x1010)
VALUE_TEST(the_size_before_the_section,
           "SECTIONS { x = SIZEOF(.data); .data 0x1000 : { *(.data) } }", 16)
VALUE_TEST(the_load_address,
           "SECTIONS { .data 0x1000 : AT(0x5000) { *(.data) }"
           " x = LOADADDR(.data); }",
           0x5000)
VALUE_TEST(the_alignment,
           "SECTIONS { .data 0x1000 : ALIGN(64) { *(.data) }"
           " x = ALIGNOF(.data); }",
           64)

static void the_address_of_no_section(void **state)
{
    fails(*state, "x = ADDR(.gone);", "no such output section: '.gone'");
}

/* ---- Symbols ------------------------------------------------------------ */

VALUE_TEST(defined_by_an_object, "x = DEFINED(f) + DEFINED(g);", 1)
VALUE_TEST(defined_counts_from_the_assignment_on,
           "x = DEFINED(y) ? 1 : 2; y = 0;", 2)
VALUE_TEST(assigned_twice, "x = 1; y = x; x = x + y;", 2)
VALUE_TEST(provided_if_used, "PROVIDE(y = 7); x = y;", 7)
VALUE_TEST(an_object_beats_provide,
           "SECTIONS { .data 0x1000 : { *(.data) } } PROVIDE(f = 7); x = f;",
           0x1004)
VALUE_TEST(an_assignment_beats_an_object, "f = 7; x = f;", 7)

static void not_provided_if_not_used(void **state)
{
    assert_int_equal(value_of_x(*state, "PROVIDE(x = 7);"), 0);
}

static void undefined_in_an_expression(void **state)
{
    fails(*state, "x = 1 +\n    missing;",
          "test.ld:2:5: undefined symbol in an expression: 'missing'\n"
          "        missing;\n"
          "        ^");
}

static void an_assertion_that_fails(void **state)
{
    fails(*state, "ASSERT(1 > 2, \"out of order\")",
          "assertion failed: out of order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(precedence),
        link_test(division_is_signed),
        link_test(the_remainder_too),
        link_test(the_one_quotient_that_does_not_fit),
        link_test(shifts_count_modulo_64),
        link_test(comparisons_are_unsigned),
        link_test(a_condition),
        link_test(logic),
        link_test(extremes),
        link_test(bits_of_a_number),
        link_test(align_of_a_value),
        link_test(pages),
        link_test(division_by_zero),
        link_test(outside_a_number_is_a_number),
        link_test(inside_it_counts_from_the_start),
        link_test(absolute_inside),
        link_test(dot_inside),
        link_test(dot_counts_from_the_start_too),
        link_test(dot_between_sections),
        link_test(a_distance_is_a_number),
        link_test(a_symbol_of_an_object),
        link_test(an_address_as_divisor),
        link_test(an_offset_that_brings_an_address_to_0),
        link_test(address_and_size),
        link_test(the_size_before_the_section),
        link_test(the_load_address),
        link_test(the_alignment),
        link_test(the_address_of_no_section),
        link_test(defined_by_an_object),
        link_test(defined_counts_from_the_assignment_on),
        link_test(assigned_twice),
        link_test(provided_if_used),
        link_test(an_object_beats_provide),
        link_test(an_assignment_beats_an_object),
        link_test(not_provided_if_not_used),
        link_test(undefined_in_an_expression),
        link_test(an_assertion_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
