/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Expressions of layout scripts: numbers, names, operators, functions.
 * [GNU ld manual: Expressions in Linker Scripts]
 */
#include "script_show.h"

/* ---- Numbers ------------------------------------------------------------ */

static void decimal_hex_and_octal(void **state)
{
    (void)state;
    shows("a = 10;", "a = 10\n");
    shows("a = 0x10;", "a = 16\n");
    shows("a = 0XaF;", "a = 175\n");
    shows("a = 010;", "a = 8\n");
    shows("a = 0;", "a = 0\n");
    shows("a = 0xffffffffffffffff;", "a = 18446744073709551615\n");
}

static void k_and_m_scale(void **state)
{
    (void)state;
    shows("a = 4K;", "a = 4096\n");
    shows("a = 2M;", "a = 2097152\n");
    shows("a = 0x1m;", "a = 1048576\n");
    shows("a = $2k;", "a = 2048\n");
}

static void last_letter_is_a_base(void **state)
{
    (void)state;
    shows("a = 10h;", "a = 16\n");
    shows("a = 12x;", "a = 18\n");
    shows("a = 101b;", "a = 5\n");
    shows("a = 17o;", "a = 15\n");
    shows("a = 19d;", "a = 19\n");
    shows("a = $ff;", "a = 255\n");
    shows("a = abh;", "a = 171\n");
}

/* GNU ld 2.40 takes `feed` for the decimal number "fee", which is 0; a later
 * one takes it for the symbol, and so do we. */
static void hex_letters_may_be_a_name(void **state)
{
    (void)state;
    shows("a = feed;", "a = feed\n");
    shows("a = add + b;", "a = (+ add b)\n");
    shows("a = $foo;", "a = $foo\n");
}

static void bad_digits_are_errors(void **state)
{
    (void)state;
    fails("a = 089;", "t.ld:1:5: '089' is not an octal number, though it "
                      "begins with 0 or ends in o\n"
                      "    a = 089;\n"
                      "        ^");
    fails("a = 0x;", "t.ld:1:5: '0x' is not a hexadecimal number\n"
                     "    a = 0x;\n"
                     "        ^");
    fails("a = 102b;", "t.ld:1:5: '102b' is not a binary number\n"
                       "    a = 102b;\n"
                       "        ^");
    fails("a = 12q;", "t.ld:1:5: '12q' is not a number\n"
                      "    a = 12q;\n"
                      "        ^");
}

static void wide_numbers_are_errors(void **state)
{
    (void)state;
    const char *text = "a = 0x10000000000000000;";
    fails_as(text, strlen(text), BOOTLINK_RANGE,
             "t.ld:1:5: this number does not fit in 64 bits\n"
             "    a = 0x10000000000000000;\n"
             "        ^\n");
    text = "a = 0xffffffffffffffffK;";
    fails_as(text, strlen(text), BOOTLINK_RANGE,
             "t.ld:1:5: this number does not fit in 64 bits\n"
             "    a = 0xffffffffffffffffK;\n"
             "        ^\n");
}

/* ---- Names -------------------------------------------------------------- */

static void names_end_at_operators(void **state)
{
    (void)state;
    shows("a = b-c;", "a = (- b c)\n");
    shows("a = b*c+d;", "a = (+ (* b c) d)\n");
    shows("a = .+4;", "a = (+ . 4)\n");
    shows("a = 8/4;", "a = (/ 8 4)\n");
}

/* In GNU ld a slash and a tilde are characters of names. */
static void names_hold_slashes(void **state)
{
    (void)state;
    shows("a = b/c;", "a = b/c\n");
    shows("a = b /c;", "a = (/ b c)\n");
    shows("a = b~c;", "a = b~c\n");
    shows("a = ~c;", "a = (~ c)\n");
}

static void quoted_names_hold_anything(void **state)
{
    (void)state;
    shows("a = \"b c\"+1;", "a = (+ b c 1)\n");
    shows("a = \"ALIGN\";", "a = ALIGN\n");
    shows("\"x\xc3\xa9\" = 4;", "x\xc3\xa9 = 4\n");
}

/* ---- Operators ---------------------------------------------------------- */

static void precedence_is_that_of_c(void **state)
{
    (void)state;
    shows("a = 1 + 2 * 3;", "a = (+ 1 (* 2 3))\n");
    shows("a = 1 + 2 << 3;", "a = (<< (+ 1 2) 3)\n");
    shows("a = 1 << 2 < 3;", "a = (< (<< 1 2) 3)\n");
    shows("a = 1 < 2 == 3;", "a = (== (< 1 2) 3)\n");
    shows("a = 1 & 2 == 3;", "a = (& 1 (== 2 3))\n");
    shows("a = 1 | 2 ^ 3 & 4;", "a = (| 1 (^ 2 (& 3 4)))\n");
    shows("a = 1 || 2 && 3 | 4;", "a = (|| 1 (&& 2 (| 3 4)))\n");
    shows("a = (1 + 2) * 3;", "a = (* (+ 1 2) 3)\n");
}

static void binary_operators_group_to_the_left(void **state)
{
    (void)state;
    shows("a = 10 - 3 - 2;", "a = (- (- 10 3) 2)\n");
    shows("a = 2 * 3 % 4;", "a = (% (* 2 3) 4)\n");
    shows("a = 16 >> 2 << 1;", "a = (<< (>> 16 2) 1)\n");
    shows("a = 1 >= 2 <= 3 > 4;", "a = (> (<= (>= 1 2) 3) 4)\n");
    shows("a = 1 == 1 != 0;", "a = (!= (== 1 1) 0)\n");
}

static void unary_operators_bind_closest(void **state)
{
    (void)state;
    shows("a = -2 + 5;", "a = (+ (- 2) 5)\n");
    shows("a = !0 * ~1;", "a = (* (! 0) (~ 1))\n");
    shows("a = -~!5;", "a = (- (~ (! 5)))\n");
    shows("a = +5;", "a = 5\n");
}

static void conditionals_group_to_the_right(void **state)
{
    (void)state;
    shows("a = b ? 1 : c ? 2 : 3;", "a = (? b 1 (? c 2 3))\n");
    shows("a = b ? c ? 1 : 2 : 3;", "a = (? b (? c 1 2) 3)\n");
    shows("a = b || c ? 1 + 2 : 3;", "a = (? (|| b c) (+ 1 2) 3)\n");
}

/* ---- Functions ---------------------------------------------------------- */

static void align_has_one_or_two_operands(void **state)
{
    (void)state;
    shows("a = ALIGN(8);", "a = (ALIGN _ 8)\n");
    shows("a = ALIGN(b + 1, 8);", "a = (ALIGN (+ b 1) 8)\n");
    shows("a = BLOCK (8);", "a = (ALIGN _ 8)\n");
}

static void functions_of_values(void **state)
{
    (void)state;
    shows("a = MAX(1,2) + MIN(3, 4);", "a = (+ (MAX 1 2) (MIN 3 4))\n");
    shows("a = ABSOLUTE(.) + LOG2CEIL(5) + NEXT(16);",
          "a = (+ (+ (ABSOLUTE .) (LOG2CEIL 5)) (NEXT 16))\n");
    shows("a = DATA_SEGMENT_ALIGN(1, 2);", "a = (DS_ALIGN 1 2)\n");
    shows("a = DATA_SEGMENT_RELRO_END(1, .);", "a = (DS_RELRO 1 .)\n");
    shows("a = DATA_SEGMENT_END(.);", "a = (DS_END .)\n");
    shows("a = SEGMENT_START(\"text-segment\", 4);",
          "a = (SEGMENT_START 4 text-segment)\n");
    shows("a = SIZEOF_HEADERS + 1;", "a = (+ (SIZEOF_HEADERS) 1)\n");
}

/* A section's name may hold a '-', a symbol's not. */
static void functions_of_names(void **state)
{
    (void)state;
    shows("a = SIZEOF(.a-b) + ADDR( .c );",
          "a = (+ (SIZEOF .a-b) (ADDR .c))\n");
    shows("a = LOADADDR(.a) + ALIGNOF(.b);",
          "a = (+ (LOADADDR .a) (ALIGNOF .b))\n");
    shows("a = ORIGIN(ram) + LENGTH(ram);",
          "a = (+ (ORIGIN ram) (LENGTH ram))\n");
    shows("a = DEFINED(x) ? x : CONSTANT(MAXPAGESIZE);",
          "a = (? (DEFINED x) x (CONSTANT MAXPAGESIZE))\n");
    fails("a = DEFINED(b-c);", "t.ld:1:14: expected ')' after the name, found "
                               "'-'\n"
                               "    a = DEFINED(b-c);\n"
                               "                 ^");
}

static void assert_is_an_expression(void **state)
{
    (void)state;
    shows(". = ASSERT(. < 5, \"too big\");", ". = (ASSERT (< . 5) too big)\n");
}

static void functions_need_their_brackets(void **state)
{
    (void)state;
    fails("a = ALIGN;", "t.ld:1:10: expected '(' after ALIGN, found ';'\n"
                        "    a = ALIGN;\n"
                        "             ^");
    fails("a = MAX(1);", "t.ld:1:10: expected ',' and a second value, found "
                         "')'\n"
                         "    a = MAX(1);\n"
                         "             ^");
    fails("a = MAX(1,2,3);", "t.ld:1:12: expected ')' after two values, found "
                             "','\n"
                             "    a = MAX(1,2,3);\n"
                             "               ^");
}

/* ---- Bounds ------------------------------------------------------------- */

/* `before` and 100,000 times `again`. */
static void fails_when_repeated(const char *before, const char *again,
                                const char *message)
{
    static struct test_world w;
    static char text[1000000];
    struct show to = {.size = 0};
    size_t size = strlen(before);
    memcpy(text, before, size);
    for (int i = 0; i < 100000; i++) {
        memcpy(text + size, again, strlen(again));
        size += strlen(again);
    }
    test_world_open(&w);
    assert_false(parse_bytes(&w, &to, text, size));
    assert_non_null(strstr(w.text, message));
    test_world_close(&w);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    fails_when_repeated("a = ", "(", "nests deeper than 100 levels");
    fails_when_repeated("a = ", "-", "nests deeper than 100 levels");
    fails_when_repeated("a = ", "ABSOLUTE(", "nests deeper than 100 levels");
    fails_when_repeated("a = ", "1?", "nests deeper than 100 levels");
    fails_when_repeated("a = ", "1?2:", "nests deeper than 100 levels");
}

static void height_is_bounded(void **state)
{
    (void)state;
    fails_when_repeated("a = 1", "+1", "more than 256 operators in a row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_hex_and_octal),
        cmocka_unit_test(k_and_m_scale),
        cmocka_unit_test(last_letter_is_a_base),
        cmocka_unit_test(hex_letters_may_be_a_name),
        cmocka_unit_test(bad_digits_are_errors),
        cmocka_unit_test(wide_numbers_are_errors),
        cmocka_unit_test(names_end_at_operators),
        cmocka_unit_test(names_hold_slashes),
        cmocka_unit_test(quoted_names_hold_anything),
        cmocka_unit_test(precedence_is_that_of_c),
        cmocka_unit_test(binary_operators_group_to_the_left),
        cmocka_unit_test(unary_operators_bind_closest),
        cmocka_unit_test(conditionals_group_to_the_right),
        cmocka_unit_test(align_has_one_or_two_operands),
        cmocka_unit_test(functions_of_values),
        cmocka_unit_test(functions_of_names),
        cmocka_unit_test(assert_is_an_expression),
        cmocka_unit_test(functions_need_their_brackets),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(height_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
