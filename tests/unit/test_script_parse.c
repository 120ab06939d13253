/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands of layout scripts: text into the tree of script.h. What is accepted
 * was compared with GNU ld 2.40. [GNU ld manual: Linker Scripts]
 */
#include "script_show.h"

/* ---- Blanks, comments, separators --------------------------------------- */

static void empty_scripts_are_scripts(void **state)
{
    (void)state;
    shows("", "");
    shows(" \t\r\n;;\n", "");
    shows("SECTIONS {}", "");
}

static void comments_are_skipped(void **state)
{
    (void)state;
    shows("/* a; \n ** / */ b = 1; # c = 2;\nd /**/ = 3;", "b = 1\nd = 3\n");
    shows("SECTIONS { .t : { *(.a # x\n.b /* y */) } }",
          ".t {\n*(.a, .b)\n}\n");
}

static void double_slash_is_no_comment(void **state)
{
    (void)state;
    fails("a = 1; // b", "t.ld:1:11: expected '=' of an assignment after a "
                         "name, found 'b'\n"
                         "    a = 1; // b\n"
                         "              ^");
}

static void stray_semicolons_are_skipped(void **state)
{
    (void)state;
    shows("SECTIONS { ; .t : { ; *(.a) ;; }; ENTRY(x); };",
          "ENTRY x\n.t {\n*(.a)\n}\n");
}

/* ---- Assignments -------------------------------------------------------- */

static void assignments_end_in_semicolon_or_comma(void **state)
{
    (void)state;
    shows("a = 1; b = 2, c = 3;", "a = 1\nb = 2\nc = 3\n");
    fails("a = 1\nb = 2;", "t.ld:2:1: expected ';' after an assignment, found "
                           "'b'\n"
                           "    b = 2;\n"
                           "    ^");
}

static void compound_assignments_are_expanded(void **state)
{
    (void)state;
    shows("a += 1 + 2;", "a = (+ a (+ 1 2))\n");
    shows("a -= 1; a *= 2; a /= 3;", "a = (- a 1)\na = (* a 2)\na = (/ a 3)\n");
    shows("a <<= 1; a >>= 2;", "a = (<< a 1)\na = (>> a 2)\n");
    shows("a &= 1; a |= 2; a ^= 3;", "a = (& a 1)\na = (| a 2)\na = (^ a 3)\n");
    shows("SECTIONS { .t : { . += 4; } }", ".t {\n. = (+ . 4)\n}\n");
}

static void provide_and_hidden_are_kept_apart(void **state)
{
    (void)state;
    shows("PROVIDE(a = 1); PROVIDE_HIDDEN(b = 2), HIDDEN(c = 3);",
          "PROVIDE a = 1\nPROVIDE_HIDDEN b = 2\nHIDDEN c = 3\n");
    shows("SECTIONS { PROVIDE(a = .); .t : { PROVIDE_HIDDEN(b = .); } }",
          "PROVIDE a = .\n.t {\nPROVIDE_HIDDEN b = .\n}\n");
    fails("PROVIDE(a += 1);", "t.ld:1:11: expected '=' after the symbol's "
                              "name, found '+='\n"
                              "    PROVIDE(a += 1);\n"
                              "              ^");
}

static void asserts_stand_everywhere(void **state)
{
    (void)state;
    shows("ASSERT(a > 1, \"x\") ASSERT(b, \"y\");",
          "(ASSERT (> a 1) x)\n(ASSERT b y)\n");
    shows("SECTIONS { ASSERT(1, \"x\"); .t : { ASSERT(2, \"y\"); *(.t) } }",
          "(ASSERT 1 x)\n.t {\n(ASSERT 2 y)\n*(.t)\n}\n");
}

/* In GNU ld a name between commands may hold '=', '+', '-', ':' ... */
static void names_swallow_operators_without_blanks(void **state)
{
    (void)state;
    fails("a=1;", "t.ld:1:1: 'a=1' is one name here; put a blank before its "
                  "'='\n"
                  "    a=1;\n"
                  "    ^");
    fails("SECTIONS {\n\t.text:{ *(.t) } }",
          "t.ld:2:2: '.text:' is one name here; put a blank before its ':'\n"
          "    \t.text:{ *(.t) } }\n"
          "    \t^");
    fails("SECTIONS { .t : { a =.; } }",
          "t.ld:1:21: '=.' is the name of a file here; put blanks around the "
          "operator of an assignment\n"
          "    SECTIONS { .t : { a =.; } }\n"
          "                        ^");
}

/* ---- Simple commands ---------------------------------------------------- */

static void last_entry_wins(void **state)
{
    (void)state;
    shows("ENTRY(a) SECTIONS { ENTRY(b) }", "ENTRY b\n");
    shows("ENTRY(\"c d\")", "ENTRY c d\n");
}

static void output_format_and_arch(void **state)
{
    (void)state;
    shows("OUTPUT_FORMAT(elf64-x86-64) OUTPUT_ARCH(i386:x86-64);", "");
    shows("OUTPUT_FORMAT(\"elf64-x86-64\", \"elf64-x86-64\",\"elf64-x86-64\")",
          "");
    const char *text = "OUTPUT_FORMAT(elf32-i386)";
    fails_as(text, strlen(text), BOOTLINK_UNSUPPORTED,
             "t.ld:1:15: format 'elf32-i386' is not supported; "
             "elf64-x86-64 and binary are; objcopy makes others\n"
             "    OUTPUT_FORMAT(elf32-i386)\n"
             "                  ^\n");
    text = "OUTPUT_ARCH(arm)";
    fails_as(text, strlen(text), BOOTLINK_UNSUPPORTED,
             "t.ld:1:13: output architecture 'arm' is not supported; "
             "i386:x86-64 is\n"
             "    OUTPUT_ARCH(arm)\n"
             "                ^\n");
}

static void overlay_becomes_sections(void **state)
{
    (void)state;
    shows("SECTIONS { OVERLAY 1 : { .a { *(.a) } .b-x { *(.b) } } >r =7 }",
          ".a 1 {\n*(.a)\n} >r =7\n"
          "PROVIDE __load_start_a = (LOADADDR .a)\n"
          "PROVIDE __load_stop_a = (+ (LOADADDR .a) (SIZEOF .a))\n"
          ".b-x (ADDR .a) {\n*(.b)\n} >r =7\n"
          "PROVIDE __load_start_bx = (LOADADDR .b-x)\n"
          "PROVIDE __load_stop_bx = (+ (LOADADDR .b-x) (SIZEOF .b-x))\n");
}

static void quoted_words_are_no_commands(void **state)
{
    (void)state;
    shows("\"SECTIONS\" = 1;", "SECTIONS = 1\n");
    shows("SECTIONS { .t : { \"KEEP\"(.a) } }", ".t {\nKEEP(.a)\n}\n");
}

static void misspelt_commands_get_advice(void **state)
{
    (void)state;
    fails("SECTION { }", "t.ld:1:1: unknown command 'SECTION'; did you mean "
                         "SECTIONS?\n"
                         "    SECTION { }\n"
                         "    ^");
    fails("nothing (x)", "t.ld:1:9: expected '=' of an assignment after a "
                         "name, found '('\n"
                         "    nothing (x)\n"
                         "            ^");
}

/* ---- PHDRS and MEMORY --------------------------------------------------- */

static void segments_have_types_and_qualifiers(void **state)
{
    (void)state;
    shows("PHDRS { a PT_LOAD FILEHDR PHDRS; b PT_NOTE AT(1+2) FLAGS(4);\n"
          "c PT_GNU_STACK; d 0x60000000; }",
          "segment a 1 FILEHDR PHDRS\n"
          "segment b 4 AT (+ 1 2) FLAGS 4\n"
          "segment c 1685382481\nsegment d 1610612736\n");
}

static void wrong_segments_are_errors(void **state)
{
    (void)state;
    fails("PHDRS { a PT_LOD; }",
          "t.ld:1:11: expected a segment type: PT_LOAD, PT_NOTE ... or a "
          "number, found 'PT_LOD'\n"
          "    PHDRS { a PT_LOD; }\n"
          "              ^");
    fails("PHDRS { a PT_LOAD FLAG(5); }",
          "t.ld:1:19: expected FILEHDR, PHDRS, AT, FLAGS or ';', found "
          "'FLAG'\n"
          "    PHDRS { a PT_LOAD FLAG(5); }\n"
          "                      ^");
}

static void regions_have_origin_and_length(void **state)
{
    (void)state;
    shows("MEMORY { ram (rwx) : ORIGIN = 0x1000, LENGTH = 4K\n"
          "rom (rx !w) : org = 1 len = 2, c : o = 3, l = ORIGIN(ram) }",
          "region ram +14 -0 4096 4096\n"
          "region rom +10 -4 1 2\n"
          "region c +0 -0 3 (ORIGIN ram)\n");
    fails("MEMORY { ram (q) : ORIGIN = 1, LENGTH = 1 }",
          "t.ld:1:15: 'q' is not made of the attributes r w x a i l and !\n"
          "    MEMORY { ram (q) : ORIGIN = 1, LENGTH = 1 }\n"
          "                  ^");
    fails("MEMORY { ram : LENGTH = 1 }",
          "t.ld:1:16: expected ORIGIN = value, found 'LENGTH'\n"
          "    MEMORY { ram : LENGTH = 1 }\n"
          "                   ^");
}

/* ---- Two texts ---------------------------------------------------------- */

static void second_text_is_appended(void **state)
{
    (void)state;
    static struct test_world w;
    struct show to = {.size = 0};
    test_world_open(&w);
    struct arena arena = arena_open(&w.world, BOOTLINK_MEMORY_SCRATCH);
    struct script script = {0};
    assert_true(script_parse(&w.world, &arena, SPAN("defsym"), SPAN("a = 1;"),
                             &script));
    assert_true(script_parse(&w.world, &arena, SPAN("t.ld"),
                             SPAN("PHDRS { x 1; } SECTIONS { b = 2; }"),
                             &script));
    show_script(&to, &script);
    assert_string_equal(to.text, "segment x 1\na = 1\nb = 2\n");
    assert_true(script.has_sections && script.has_segments);
    arena_close(&arena);
    test_world_close(&w);
}

/* ---- Hostile texts ------------------------------------------------------ */

static void caret_stands_under_the_place(void **state)
{
    (void)state;
    fails("SECTIONS {\n\t. = 0x1000 }\n",
          "t.ld:2:13: expected ';' after an assignment, found '}'\n"
          "    \t. = 0x1000 }\n"
          "    \t           ^");
}

static void long_lines_are_cut_around_the_place(void **state)
{
    (void)state;
    char text[1001], message[512];
    memset(text, ' ', 1000);
    memcpy(text, "a = 1;", 6);
    text[900] = '}';
    text[1000] = '\0';
    int size = snprintf(message, sizeof(message),
                        "t.ld:1:901: expected a command or an assignment, "
                        "found '}'\n    %79s}\n    %79s^",
                        "", "");
    assert_true(size > 0);
    fails(text, message);
}

static void open_texts_are_errors(void **state)
{
    (void)state;
    fails("a = 1; /* b", "t.ld:1:8: '/*' opens a comment that is never "
                         "closed\n"
                         "    a = 1; /* b\n"
                         "           ^");
    fails("a = \"b;\nc", "t.ld:1:5: '\"b;' opens a name that has no closing "
                         "quote\n"
                         "    a = \"b;\n"
                         "        ^");
    fails("SECTIONS {\n", "t.ld:2:1: expected an output section, an "
                          "assignment or '}' of SECTIONS, found the end of "
                          "the file");
}

static void foreign_bytes_are_errors(void **state)
{
    (void)state;
    fails_as("a \0 = 1;", 8, BOOTLINK_SYNTAX,
             "t.ld:1:3: '?' cannot stand here; a name that holds it must be "
             "quoted\n    a ? = 1;\n      ^\n");
    fails("a\xff = 1;", "t.ld:1:2: '?' cannot stand here; a name that holds "
                        "it must be quoted\n    a? = 1;\n     ^");
    fails("a @ 1;", "t.ld:1:3: '@' cannot stand here; a name that holds it "
                    "must be quoted\n    a @ 1;\n      ^");
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static const char text[] =
        "PHDRS { a 1; } MEMORY { b : o = 1, l = 2 }\n"
        "SECTIONS { .t 1 : AT(2) { KEEP(*(EXCLUDE_FILE(c) .d)) a += 1; "
        "FILL(0x9090) LONG(3) CONSTRUCTORS ASSERT(1, \"x\"); } >b :a =0x90 }";
    bool ok = false;
    for (uint64_t n = 1; !ok && n < 100; n++) {
        static struct test_world w;
        test_world_open(&w);
        w.fail_at = n;
        struct show to = {.size = 0};
        ok = parse_bytes(&w, &to, text, strlen(text));
        assert_int_equal(w.classes[BOOTLINK_NO_MEMORY], !ok);
        test_world_close(&w);
    }
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_scripts_are_scripts),
        cmocka_unit_test(comments_are_skipped),
        cmocka_unit_test(double_slash_is_no_comment),
        cmocka_unit_test(stray_semicolons_are_skipped),
        cmocka_unit_test(assignments_end_in_semicolon_or_comma),
        cmocka_unit_test(compound_assignments_are_expanded),
        cmocka_unit_test(provide_and_hidden_are_kept_apart),
        cmocka_unit_test(asserts_stand_everywhere),
        cmocka_unit_test(names_swallow_operators_without_blanks),
        cmocka_unit_test(last_entry_wins),
        cmocka_unit_test(output_format_and_arch),
        cmocka_unit_test(overlay_becomes_sections),
        cmocka_unit_test(quoted_words_are_no_commands),
        cmocka_unit_test(misspelt_commands_get_advice),
        cmocka_unit_test(segments_have_types_and_qualifiers),
        cmocka_unit_test(wrong_segments_are_errors),
        cmocka_unit_test(regions_have_origin_and_length),
        cmocka_unit_test(second_text_is_appended),
        cmocka_unit_test(caret_stands_under_the_place),
        cmocka_unit_test(long_lines_are_cut_around_the_place),
        cmocka_unit_test(open_texts_are_errors),
        cmocka_unit_test(foreign_bytes_are_errors),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
