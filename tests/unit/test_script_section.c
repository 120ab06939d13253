/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output sections and input patterns of layout scripts.
 * [GNU ld manual: Output Section Description, Input Section Description]
 */
#include "script_show.h"

/* Shows what stands in the braces of `.t : { ... }`. */
static void contents_show(const char *contents, const char *expected)
{
    char text[1024], shown[1024];
    snprintf(text, sizeof(text), "SECTIONS { .t : { %s } }", contents);
    snprintf(shown, sizeof(shown), ".t {\n%s}\n", expected);
    shows(text, shown);
}

/* ---- Attributes --------------------------------------------------------- */

static void sections_have_addresses(void **state)
{
    (void)state;
    shows("SECTIONS { .t 0x1000 : {} }", ".t 4096 {\n}\n");
    shows("SECTIONS { .t ALIGN(16) + 4 : {} }", ".t (+ (ALIGN _ 16) 4) {\n}\n");
    shows("SECTIONS { .t (a + 4) : {} }", ".t (+ a 4) {\n}\n");
    shows("SECTIONS { .t . : {} }", ".t . {\n}\n");
}

static void sections_have_types(void **state)
{
    (void)state;
    shows("SECTIONS { .t (NOLOAD) : {} }", ".t NOLOAD {\n}\n");
    shows("SECTIONS { .t 4 (READONLY) : {} }", ".t 4 READONLY {\n}\n");
    shows("SECTIONS { .t (INFO) : {} .u (COPY) : {} .v (DSECT) : {} }",
          ".t INFO {\n}\n.u INFO {\n}\n.v INFO {\n}\n");
    shows("SECTIONS { .t () : {} }", ".t {\n}\n");
}

static void sections_have_attributes(void **state)
{
    (void)state;
    shows("SECTIONS { .t : AT(1) ALIGN(2) SUBALIGN(4) ONLY_IF_RO {} }",
          ".t AT 1 ALIGN 2 SUBALIGN 4 RO {\n}\n");
    shows("SECTIONS { .t : AT(1) ALIGN_WITH_INPUT ONLY_IF_RW {} }",
          ".t AT 1 WITH_INPUT RW {\n}\n");
    fails("SECTIONS { .t : ALIGNED(1) {} }",
          "t.ld:1:17: expected AT, ALIGN, ALIGN_WITH_INPUT, SUBALIGN, "
          "ONLY_IF_RO, ONLY_IF_RW or '{', found 'ALIGNED'\n"
          "    SECTIONS { .t : ALIGNED(1) {} }\n"
          "                    ^");
}

static void sections_have_regions_and_segments(void **state)
{
    (void)state;
    shows("SECTIONS { .t : {} >ram AT>rom :a :b =0x90\n.u : {} > r AT > s }",
          ".t {\n} >ram AT>rom :a :b =90\n.u {\n} >r AT>s\n");
    shows("SECTIONS { .t : {}, .u : {} }", ".t {\n}\n.u {\n}\n");
}

static void names_may_be_quoted_or_hold_dashes(void **state)
{
    (void)state;
    shows("SECTIONS { \".t u\" : {} .note.a-b :{} }",
          ".t u {\n}\n.note.a-b {\n}\n");
}

static void colon_is_needed(void **state)
{
    (void)state;
    fails("SECTIONS { .t { } }",
          "t.ld:1:15: expected ':' after an output section's name, found '{'\n"
          "    SECTIONS { .t { } }\n"
          "                  ^");
}

/* ---- Fills -------------------------------------------------------------- */

static void hex_fill_is_as_long_as_its_digits(void **state)
{
    (void)state;
    shows("SECTIONS { .t : {} =0xcccc }", ".t {\n} =cccc\n");
    shows("SECTIONS { .t : {} =0x0000 }", ".t {\n} =0000\n");
    shows("SECTIONS { .t : {} =0x912 }", ".t {\n} =0912\n");
    shows("SECTIONS { .t : {} =(+0x90) }", ".t {\n} =90\n");
    shows("SECTIONS { .t : {} =0x00112233445566778899aabb }",
          ".t {\n} =00112233445566778899aabb\n");
}

static void other_fills_are_values(void **state)
{
    (void)state;
    shows("SECTIONS { .t : {} =144 }", ".t {\n} =144\n");
    shows("SECTIONS { .t : {} =0x90+1 }", ".t {\n} =(+ 144 1)\n");
    shows("SECTIONS { .t : {} =$9091 }", ".t {\n} =37009\n");
    shows("SECTIONS { .t : {} =0x1K }", ".t {\n} =1024\n");
    const char *text = "SECTIONS { .t : {} =0x112233445566778899 + 1 }";
    fails_as(text, strlen(text), BOOTLINK_RANGE,
             "t.ld:1:21: this number does not fit in 64 bits; only a fill "
             "that is one number may be longer\n"
             "    SECTIONS { .t : {} =0x112233445566778899 + 1 }\n"
             "                        ^\n");
}

static void sections_follow_fills(void **state)
{
    (void)state;
    shows("SECTIONS { .t : {} =0x90 /DISCARD/ : { *(.a) } }",
          ".t {\n} =90\n/DISCARD/ {\n*(.a)\n}\n");
    shows("SECTIONS { .t : {} =0x90 .a-b : {} }", ".t {\n} =90\n.a-b {\n}\n");
    shows("SECTIONS { .t : {} =0x90, .u : {} }", ".t {\n} =90\n.u {\n}\n");
}

/* ---- Input patterns ----------------------------------------------------- */

static void patterns_hold_wildcards(void **state)
{
    (void)state;
    contents_show("*(.text .text.* .t[a-z]? COMMON)",
                  "*(.text, .text.*, .t[a-z]?, COMMON)\n");
    contents_show("lib-x.a:foo.o(.a) *b+c.o (.d) a: (.e) :f(.g)",
                  "lib-x.a:foo.o(.a)\n*b+c.o(.d)\na:(.e)\n:f(.g)\n");
    contents_show("\"a b\"(\".c d\")", "a b(.c d)\n");
}

static void files_alone_are_patterns(void **state)
{
    (void)state;
    contents_show("a.o * 2.o", "a.o\n*\n2.o\n");
}

/* A comma is a character of a pattern, unless it stands alone. */
static void commas_stand_alone(void **state)
{
    (void)state;
    contents_show("*(.a , .b .c, .d)", "*(.a, .b, .c,, .d)\n");
}

static void keep_wraps_a_pattern(void **state)
{
    (void)state;
    contents_show("KEEP(*(.a)) KEEP (b.o)", "KEEP *(.a)\nKEEP b.o\n");
    fails("SECTIONS { .t : { KEEP(*(.a) }",
          "t.ld:1:30: expected ')' of KEEP, found '}'\n"
          "    SECTIONS { .t : { KEEP(*(.a) }\n"
          "                                 ^");
}

static void sections_are_sorted(void **state)
{
    (void)state;
    contents_show("*(SORT(.a) SORT_BY_NAME(.b) SORT_BY_ALIGNMENT(.c))",
                  "*(name:.a, name:.b, alignment:.c)\n");
    contents_show("*(SORT_BY_INIT_PRIORITY(.a) SORT_NONE(.b))",
                  "*(priority:.a, none:.b)\n");
    contents_show("*(SORT_BY_NAME(SORT_BY_ALIGNMENT(.a)) SORT(SORT(.b)))",
                  "*(name:alignment:.a, name:.b)\n");
    contents_show("*(SORT_BY_ALIGNMENT(SORT(.a)) REVERSE(SORT(.b)))",
                  "*(alignment:name:.a, reverse:name:.b)\n");
    fails("SECTIONS { .t : { *(SORT(SORT_NONE(.a))) } }",
          "t.ld:1:26: SORT_NONE cannot stand inside these brackets; by name "
          "and by alignment may be nested, nothing else\n"
          "    SECTIONS { .t : { *(SORT(SORT_NONE(.a))) } }\n"
          "                             ^");
}

static void files_are_sorted_by_name(void **state)
{
    (void)state;
    contents_show("SORT(*)(.a) SORT_NONE(b*)(.c) KEEP(SORT(*)(.d))",
                  "name:*(.a)\nnone:b*(.c)\nKEEP name:*(.d)\n");
    fails("SECTIONS { .t : { SORT_BY_ALIGNMENT(*)(.a) } }",
          "t.ld:1:19: files can be sorted by name only: SORT or SORT_NONE\n"
          "    SECTIONS { .t : { SORT_BY_ALIGNMENT(*)(.a) } }\n"
          "                      ^");
}

static void files_are_excluded(void **state)
{
    (void)state;
    contents_show("EXCLUDE_FILE(a.o *b.o) *(.c)", "not:a.o not:*b.o *(.c)\n");
    contents_show("*(EXCLUDE_FILE(a.o) .b .c EXCLUDE_FILE(d.o).e)",
                  "*(not:a.o .b, .c, not:d.o .e)\n");
    contents_show("SORT(EXCLUDE_FILE(a.o) *)(SORT(EXCLUDE_FILE(b.o) .c))",
                  "not:a.o name:*(not:b.o name:.c)\n");
}

static void empty_lists_are_errors(void **state)
{
    (void)state;
    fails("SECTIONS { .t : { *() } }",
          "t.ld:1:21: expected a section's name or pattern, found ')'\n"
          "    SECTIONS { .t : { *() } }\n"
          "                        ^");
    fails("SECTIONS { .t : { *(EXCLUDE_FILE() .a) } }",
          "t.ld:1:34: expected a file's name in EXCLUDE_FILE, found ')'\n"
          "    SECTIONS { .t : { *(EXCLUDE_FILE() .a) } }\n"
          "                                     ^");
}

/* ---- Data and the rest -------------------------------------------------- */

static void data_has_a_size(void **state)
{
    (void)state;
    contents_show("BYTE(1) SHORT(2); LONG ( 3 + a ) QUAD(5) SQUAD(6)",
                  "1: 1\n2: 2\n4: (+ 3 a)\n8: 5\n8: 6\n");
}

static void fill_takes_effect_where_it_stands(void **state)
{
    (void)state;
    contents_show("FILL(0x9091) *(.a) FILL(1)", "FILL 9091\n*(.a)\nFILL 1\n");
}

static void constructors_may_be_sorted(void **state)
{
    (void)state;
    contents_show("CONSTRUCTORS SORT(CONSTRUCTORS) *(.a)",
                  "CONSTRUCTORS\nCONSTRUCTORS\n*(.a)\n");
}

static void assignments_stand_among_patterns(void **state)
{
    (void)state;
    contents_show("a = .; *(.b) . = ALIGN(8); c = b-1;",
                  "a = .\n*(.b)\n. = (ALIGN _ 8)\nc = (- b 1)\n");
    contents_show(". = ASSERT(1, \"x\");", ". = (ASSERT 1 x)\n");
}

static void section_flags_choose(void **state)
{
    (void)state;
    contents_show("INPUT_SECTION_FLAGS(SHF_WRITE & !SHF_EXECINSTR) *(.a)",
                  "flags:1/4 *(.a)\n");
    contents_show(
        "KEEP(INPUT_SECTION_FLAGS(SHF_ALLOC) EXCLUDE_FILE(b.o) *(.a))",
        "KEEP flags:2/0 not:b.o *(.a)\n");
    const char *text = "SECTIONS { .t : { INPUT_SECTION_FLAGS(A) *(.a) } }";
    fails_as(text, strlen(text), BOOTLINK_SYNTAX,
             "t.ld:1:39: expected a section flag such as SHF_WRITE, found "
             "'A'\n"
             "    SECTIONS { .t : { INPUT_SECTION_FLAGS(A) *(.a) } }\n"
             "                                          ^\n");
}

static void types_may_be_given(void **state)
{
    (void)state;
    shows("SECTIONS { .t (TYPE = SHT_NOTE) : { } }", ".t TYPE 7 {\n}\n");
    shows("SECTIONS { .t (READONLY (TYPE=14)) : { } }",
          ".t READONLY TYPE 14 {\n}\n");
    const char *text = "SECTIONS { .t (TYPE = x) : { } }";
    fails_as(text, strlen(text), BOOTLINK_SYNTAX,
             "t.ld:1:23: 'x' is no section type; SHT_PROGBITS, SHT_NOTE ... "
             "and numbers are\n"
             "    SECTIONS { .t (TYPE = x) : { } }\n"
             "                          ^\n");
}

/* Bytes as numbers, eight at a time. */
static void text_is_data(void **state)
{
    (void)state;
    contents_show("ASCIZ \"ab\\n\"", "1: 97\n1: 98\n1: 10\n1: 0\n");
    contents_show("ASCII (3) \"\\101\\\\\"", "1: 65\n1: 92\n1: 0\n");
    contents_show("ASCIZ \"AAAAAAA\"", "8: 18367622009667905\n");
    const char *text = "SECTIONS { .t : { ASCII (1) \"ab\" } }";
    fails_as(text, strlen(text), BOOTLINK_RANGE,
             "t.ld:1:29: the text has 2 bytes, more than the room of 1\n"
             "    SECTIONS { .t : { ASCII (1) \"ab\" } }\n"
             "                                ^\n");
}

/* The script of a teaching kernel, as it is in use. */
static void teaching_kernel_script(void **state)
{
    (void)state;
    shows("OUTPUT_FORMAT(\"elf64-x86-64\")\nOUTPUT_ARCH(i386:x86-64)\n"
          "ENTRY(_start)\nSECTIONS {\n    . = 0x100000;\n"
          "    _kernel_start = .;\n"
          "    .text : { *(.multiboot) *(.text) *(.text.*) }\n"
          "    . = ALIGN(0x1000);\n"
          "    .bss : { *(COMMON) *(.bss) *(.bss.*) }\n"
          "    /DISCARD/ : { *(.comment) *(.note*) }\n}\n",
          "ENTRY _start\n. = 1048576\n_kernel_start = .\n"
          ".text {\n*(.multiboot)\n*(.text)\n*(.text.*)\n}\n"
          ". = (ALIGN _ 4096)\n"
          ".bss {\n*(COMMON)\n*(.bss)\n*(.bss.*)\n}\n"
          "/DISCARD/ {\n*(.comment)\n*(.note*)\n}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_have_addresses),
        cmocka_unit_test(sections_have_types),
        cmocka_unit_test(sections_have_attributes),
        cmocka_unit_test(sections_have_regions_and_segments),
        cmocka_unit_test(names_may_be_quoted_or_hold_dashes),
        cmocka_unit_test(colon_is_needed),
        cmocka_unit_test(hex_fill_is_as_long_as_its_digits),
        cmocka_unit_test(other_fills_are_values),
        cmocka_unit_test(sections_follow_fills),
        cmocka_unit_test(patterns_hold_wildcards),
        cmocka_unit_test(files_alone_are_patterns),
        cmocka_unit_test(commas_stand_alone),
        cmocka_unit_test(keep_wraps_a_pattern),
        cmocka_unit_test(sections_are_sorted),
        cmocka_unit_test(files_are_sorted_by_name),
        cmocka_unit_test(files_are_excluded),
        cmocka_unit_test(empty_lists_are_errors),
        cmocka_unit_test(data_has_a_size),
        cmocka_unit_test(fill_takes_effect_where_it_stands),
        cmocka_unit_test(constructors_may_be_sorted),
        cmocka_unit_test(assignments_stand_among_patterns),
        cmocka_unit_test(section_flags_choose),
        cmocka_unit_test(types_may_be_given),
        cmocka_unit_test(text_is_data),
        cmocka_unit_test(teaching_kernel_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
