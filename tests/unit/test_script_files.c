/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands of a script that name files and symbols, and text that comes from
 * another file. [GNU ld manual: Commands Dealing with Files]
 */
#include "script_show.h"

/* ---- Lists of files and symbols ----------------------------------------- */

static void inputs_are_listed_in_order(void **state)
{
    (void)state;
    shows("INPUT(a.o \"b c.o\", -lx -l:y.a,1.o)",
          "INPUT a.o\nINPUT b c.o\nINPUT -lx\nINPUT -l:y.a\nINPUT 1.o\n");
    shows("GROUP(a.a AS_NEEDED(b.a, AS_NEEDED(c.a)) d.a)",
          "INPUT (\nINPUT a.a\nINPUT b.a\nINPUT c.a\nINPUT d.a\nINPUT )\n");
    shows("INPUT(a.o AS_NEEDED(b.a)) INPUT(=/c.o)",
          "INPUT a.o\nINPUT b.a\nINPUT =/c.o\n");
}

static void references_and_folders_are_listed(void **state)
{
    (void)state;
    shows("EXTERN(f, g h) SEARCH_DIR(\"=/lib\") SEARCH_DIR($SYSROOT/b)",
          "FOLDER /lib\nFOLDER /b\nEXTERN f\nEXTERN g\nEXTERN h\n");
}

static void lists_are_not_empty(void **state)
{
    (void)state;
    fails("INPUT()", "t.ld:1:7: expected a file's name or -l, found ')'\n"
                     "    INPUT()\n"
                     "          ^");
    fails("EXTERN(a", "t.ld:1:9: expected a symbol's name, found the end of "
                      "the file\n"
                      "    EXTERN(a\n"
                      "            ^");
}

static void only_one_file_is_the_first(void **state)
{
    (void)state;
    shows("STARTUP(crt0.o)", "STARTUP crt0.o\n");
    fails("STARTUP(a.o) STARTUP(b.o)",
          "t.ld:1:22: there is a STARTUP file already, 'a.o'; only one can be "
          "the first\n"
          "    STARTUP(a.o) STARTUP(b.o)\n"
          "                         ^");
}

/* ---- What the output is, and rare commands ------------------------------ */

static void commands_that_change_nothing_are_taken(void **state)
{
    (void)state;
    shows("TARGET(elf64-x86-64) TARGET(default) FLOAT NOFLOAT HLL(a, b) HLL()"
          "SYSLIB(c d) MAP(m) LD_FEATURE(\"SANE_EXPR\")"
          "VERSION { V1 { global: f*; local: *; };"
          " V2 { extern \"C++\" { \"a::b()\"; }; } V1; } a = 1;",
          "a = 1\n");
    fails("VERSION { V1 { local: *; }", "t.ld:1:27: expected '}' of VERSION, "
                                        "found the end of the file\n"
                                        "    VERSION { V1 { local: *; }\n"
                                        "                              ^");
    fails("VERSION V1", "t.ld:1:9: expected '{' after VERSION, found 'V1'\n"
                        "    VERSION V1\n"
                        "            ^");
}

static void what_no_static_link_has_is_refused(void **state)
{
    (void)state;
    const char *text = "LD_FEATURE(X)";
    fails_as(text, strlen(text), BOOTLINK_UNSUPPORTED,
             "t.ld:1:12: unknown feature 'X'; SANE_EXPR is one\n"
             "    LD_FEATURE(X)\n"
             "               ^\n");
    text = "INHIBIT_COMMON_ALLOCATION";
    fails_as(text, strlen(text), BOOTLINK_UNSUPPORTED,
             "t.ld:1:1: INHIBIT_COMMON_ALLOCATION is for shared libraries; "
             "common symbols need their place here\n"
             "    INHIBIT_COMMON_ALLOCATION\n"
             "    ^\n");
    text = "TARGET(srec)";
    fails_as(text, strlen(text), BOOTLINK_UNSUPPORTED,
             "t.ld:1:8: format 'srec' is not supported; elf64-x86-64 and "
             "binary are; objcopy makes others\n"
             "    TARGET(srec)\n"
             "           ^\n");
}

/* ---- GROUP within SECTIONS, INSERT -------------------------------------- */

static void a_group_of_sections_begins_at_its_address(void **state)
{
    (void)state;
    shows("SECTIONS { GROUP 4096 : { .a : { *(.a) } b = 1; } }",
          ". = 4096\n.a {\n*(.a)\n}\nb = 1\n");
    shows("SECTIONS { GROUP : { b = 1; } }", "b = 1\n");
}

static void insert_takes_what_stands_before_it(void **state)
{
    (void)state;
    shows("a = 1; SECTIONS { .a : { *(.a) } } INSERT AFTER .text; b = 2;"
          "INSERT BEFORE .data; c = 3;",
          "c = 3\n"
          "INSERT AFTER .text:\na = 1\n.a {\n*(.a)\n}\n"
          "INSERT BEFORE .data:\nb = 2\n");
    fails("INSERT .text", "t.ld:1:8: expected AFTER or BEFORE behind INSERT, "
                          "found '.text'\n"
                          "    INSERT .text\n"
                          "           ^");
}

/* ---- INCLUDE ------------------------------------------------------------ */

struct file {
    const char *name, *text;
};

/* Parses the first file in a world of all of them. */
static bool parse_files(struct test_world *w, struct show *to,
                        const struct file *files, size_t count)
{
    test_world_open(w);
    for (size_t i = 1; i < count; i++)
        test_world_file(w, files[i].name, files[i].text, strlen(files[i].text));
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    struct script script = {0};
    bool ok = script_parse(&w->world, &arena, span_of(files[0].name),
                           span_of(files[0].text), &script);
    if (ok)
        show_script(to, &script);
    arena_close(&arena);
    return ok;
}

#define COUNT(files) (sizeof(files) / sizeof((files)[0]))

static void includes_stand_where_they_are_named(void **state)
{
    (void)state;
    static struct test_world w;
    struct show to = {.size = 0};
    static const struct file files[] = {
        {"t.ld", "INCLUDE top.ld a = 1; MEMORY { INCLUDE memory.ld }"
                 "SECTIONS { INCLUDE sections.ld .b : { INCLUDE \"in.ld\" } }"},
        {"top.ld", "ENTRY(e) SEARCH_DIR(/d) INCLUDE deep.ld b = 2;"},
        {"/d/deep.ld", "c = 3;"},
        {"memory.ld", "m : ORIGIN = 1, LENGTH = 2"},
        {"sections.ld", ".a : { *(.a) } d = 4;"},
        {"in.ld", "*(.b) BYTE(5)"},
    };
    assert_true(parse_files(&w, &to, files, COUNT(files)));
    assert_non_null(strstr(to.text, "c = 3\nb = 2\na = 1\n"));
    assert_non_null(strstr(to.text, ".a {\n*(.a)\n}\nd = 4\n.b {\n*(.b)\n"));
    test_world_close(&w);
}

static void fails_with(const struct file *files, size_t count,
                       const char *message)
{
    static struct test_world w;
    struct show to = {.size = 0};
    assert_false(parse_files(&w, &to, files, count));
    assert_string_equal(w.text, message);
    test_world_close(&w);
}

static void messages_name_the_included_file(void **state)
{
    (void)state;
    static const struct file files[] = {
        {"t.ld", "INCLUDE a.ld"},
        {"a.ld", "a = 1;\n  b = ;"},
    };
    fails_with(files, COUNT(files),
               "a.ld:2:7: expected a number, a name or '(', found ';'\n"
               "      b = ;\n"
               "          ^\n");
}

/* A brace is closed in the file that opened it. */
static void included_files_are_whole(void **state)
{
    (void)state;
    static const struct file opens[] = {
        {"t.ld", "INCLUDE a.ld .b : { } }"},
        {"a.ld", "SECTIONS {"},
    };
    fails_with(opens, COUNT(opens),
               "a.ld:1:11: expected an output section, an assignment or '}' "
               "of SECTIONS, found the end of the file\n"
               "    SECTIONS {\n"
               "              ^\n");
    static const struct file closes[] = {
        {"t.ld", "SECTIONS { .a : { INCLUDE a.ld }"},
        {"a.ld", "*(.a) } }"},
    };
    fails_with(closes, COUNT(closes),
               "a.ld:1:7: expected an input section pattern, an assignment or "
               "'}' of the output section, found '}'\n"
               "    *(.a) } }\n"
               "          ^\n");
}

static void missing_files_are_named(void **state)
{
    (void)state;
    static const struct file files[] = {{"t.ld", "INCLUDE no.ld"}};
    fails_with(files, COUNT(files),
               "t.ld:1:9: cannot find the file 'no.ld'; it is looked for as it "
               "stands, in the folders of -L and SEARCH_DIR, and beside this "
               "file\n"
               "    INCLUDE no.ld\n"
               "            ^\n");
}

static void files_beside_the_script_are_found(void **state)
{
    (void)state;
    static struct test_world w;
    struct show to = {.size = 0};
    static const struct file files[] = {
        {"boot/t.ld", "INCLUDE a.ld"},
        {"boot/a.ld", "a = 1;"},
    };
    assert_true(parse_files(&w, &to, files, COUNT(files)));
    assert_string_equal(to.text, "a = 1\n");
    test_world_close(&w);
}

static void cycles_end(void **state)
{
    (void)state;
    static const struct file files[] = {
        {"t.ld", "INCLUDE a.ld"},
        {"a.ld", "INCLUDE b.ld"},
        {"b.ld", "INCLUDE a.ld"},
    };
    fails_with(files, COUNT(files),
               "b.ld:1:9: INCLUDE is nested deeper than 10 files; does 'a.ld' "
               "include itself?\n"
               "    INCLUDE a.ld\n"
               "            ^\n");
}

/* Ten files that include the next one ten times would be 10^10 files. */
static void the_number_of_inclusions_is_bounded(void **state)
{
    (void)state;
    static char names[9][16], texts[9][256];
    struct file files[9];
    for (int i = 0; i < 9; i++) {
        snprintf(names[i], sizeof(names[i]), "%d.ld", i);
        for (int k = 0; k < 10 && i < 8; k++)
            snprintf(texts[i] + strlen(texts[i]), 24, "INCLUDE %d.ld\n", i + 1);
        files[i] = (struct file){names[i], texts[i]};
    }
    static struct test_world w;
    struct show to = {.size = 0};
    assert_false(parse_files(&w, &to, files, COUNT(files)));
    assert_non_null(strstr(w.text, "more than 1000 files are included"));
    test_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_listed_in_order),
        cmocka_unit_test(references_and_folders_are_listed),
        cmocka_unit_test(lists_are_not_empty),
        cmocka_unit_test(only_one_file_is_the_first),
        cmocka_unit_test(commands_that_change_nothing_are_taken),
        cmocka_unit_test(what_no_static_link_has_is_refused),
        cmocka_unit_test(a_group_of_sections_begins_at_its_address),
        cmocka_unit_test(insert_takes_what_stands_before_it),
        cmocka_unit_test(includes_stand_where_they_are_named),
        cmocka_unit_test(messages_name_the_included_file),
        cmocka_unit_test(included_files_are_whole),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(files_beside_the_script_are_found),
        cmocka_unit_test(cycles_end),
        cmocka_unit_test(the_number_of_inclusions_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
