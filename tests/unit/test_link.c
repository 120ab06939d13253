/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A link as its caller sees it: the entry, exports, module_init, imports, the
 * symbol table, and memory that is given back.
 */
#include "unit/linking.h"

static const char zeros[64];
static const char script[] =
    "SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(4096);"
    " .data : { *(.data) } /DISCARD/ : { *(.bootlink.*) *(.gone) } }";

static uint32_t add_text(struct builder *b)
{
    return build_section(b, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                         zeros, 16);
}

static uint32_t add_mark(struct builder *b, const char *name)
{
    return build_section(b, name, SHT_PROGBITS, SHF_ALLOC, zeros, 16);
}

static const struct bootlink_symbol *find(struct linking *l, const char *name)
{
    for (size_t i = 0; i < l->image.symbol_count; i++)
        if (span_equal(l->image.symbols[i].name, span_of(name)))
            return &l->image.symbols[i];
    return NULL;
}

/* ---- The entry ---------------------------------------------------------- */

static void the_entry_is_start(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_global(&b, "_start", add_text(&b), 4);
    link_built(l, "a.o", &b);
    l->request.needs_entry = true;
    link_ok(l, script);
    assert_int_equal(l->image.entry, 0x100004);
}

static void no_entry(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    link_built(l, "a.o", &b);
    l->request.needs_entry = true;
    link_fails(l, "ENTRY(begin)",
               "no entry: 'begin' is not defined in any of "
               "the files; define it, or name another with "
               "ENTRY() in the script");
}

static void the_entry_is_discarded(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    build_global(&b, "_start", add_mark(&b, ".gone"), 0);
    link_built(l, "a.o", &b);
    l->request.needs_entry = true;
    link_fails(l, script,
               "no entry: the section of '_start' is not in the "
               "output; keep it in the script");
}

/* ---- Exports ------------------------------------------------------------ */

static void exports_are_what_is_marked(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b), marks = add_mark(&b, ".bootlink.exports");
    uint32_t f = build_global(&b, "f", text, 0);
    build_global(&b, "g", text, 1);
    build_relocation(&b, marks, 0, R_X86_64_64, f, 0);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_true(find(l, "f")->is_exported);
    assert_false(find(l, "g")->is_exported);
}

static void without_marks_all_that_is_visible_is_exported(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b);
    build_symbol(&b, "local", STB_LOCAL, STT_FUNC, text, 0, 1);
    build_global(&b, "f", text, 1);
    uint32_t hidden = build_global(&b, "hidden", text, 2);
    b.symbols[hidden].st_other = STV_HIDDEN;
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_true(find(l, "f")->is_exported);
    assert_false(find(l, "hidden")->is_exported);
    assert_false(find(l, "local")->is_exported);
}

static void an_export_of_a_local(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b), marks = add_mark(&b, ".bootlink.exports");
    uint32_t f = build_symbol(&b, "f", STB_LOCAL, STT_FUNC, text, 0, 1);
    build_relocation(&b, marks, 0, R_X86_64_64, f, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o: EXPORT_SYMBOL of 'f', which is local; declare "
               "it without `static`");
}

static void an_export_of_nothing(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    uint32_t marks = add_mark(&b, ".bootlink.exports");
    build_relocation(&b, marks, 0, R_X86_64_64, build_reference(&b, "f"), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "EXPORT_SYMBOL names 'f', which is not defined");
}

/* ---- module_init -------------------------------------------------------- */

static void module_init_is_a_symbol_and_an_addend(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b), mark = add_mark(&b, ".bootlink.init");
    uint32_t local = build_symbol(&b, NULL, STB_LOCAL, STT_SECTION, text, 0, 0);
    build_relocation(&b, mark, 0, R_X86_64_64, local, 8);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(l->image.init, 0x100008);
}

static void a_module_init_of_nothing(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    uint32_t mark = add_mark(&b, ".bootlink.init");
    build_relocation(&b, mark, 0, R_X86_64_64, build_reference(&b, "f"), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "module_init names 'f', which is not defined");
}

static void two_module_inits(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b), mark = add_mark(&b, ".bootlink.init");
    uint32_t f = build_global(&b, "f", text, 0);
    build_relocation(&b, mark, 0, R_X86_64_64, f, 0);
    build_relocation(&b, mark, 8, R_X86_64_64, f, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "a.o: a second module_init; a module has one");
}

/* ---- Imports ------------------------------------------------------------ */

static struct bootlink_export import_f = {.name = SPAN("f"),
                                          .address = 0xffffffff80001234};

static void an_import_defines_what_is_undefined(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = build_section(&b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, zeros, 8);
    build_relocation(&b, data, 0, R_X86_64_64, build_reference(&b, "f"), 1);
    link_built(l, "a.o", &b);
    l->request.find_import = link_import;
    l->request.imports = &import_f;
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0xffffffff80001235);
    assert_null(find(l, "f"));
}

static void an_own_definition_beats_an_import(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_weak(&b, "f", add_text(&b), 0);
    link_built(l, "a.o", &b);
    l->request.find_import = link_import;
    l->request.imports = &import_f;
    link_ok(l, script);
    assert_int_equal(link_address(l, "f"), 0x100000);
}

/* ---- The symbol table --------------------------------------------------- */

static void symbols_ascend(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b);
    build_symbol(&b, ".Llabel", STB_LOCAL, STT_NOTYPE, text, 0, 0);
    build_symbol(&b, "file.c", STB_LOCAL, STT_FILE, SHN_ABS, 0, 0);
    build_global(&b, "late", text, 9);
    build_symbol(&b, "early", STB_GLOBAL, STT_FUNC, text, 2, 3);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(l->image.symbol_count, 2);
    const struct bootlink_symbol *early = &l->image.symbols[0];
    assert_true(span_equal(early->name, SPAN("early")));
    assert_int_equal(early->size, 3);
    assert_true(early->is_function);
    assert_int_equal(l->image.symbols[1].address, 0x100009);
}

static void lookup_of_what_is_not_there(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_global(&b, "f", add_text(&b), 3);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_address(l, "f"), 0x100003);
    assert_int_equal(link_address(l, "g"), 0);
}

/* ---- Memory ------------------------------------------------------------- */

static void closing_leaves_an_image_in_memory(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    bootlink_close(&l->image);
    assert_int_equal(test_world_blocks(&l->w, BOOTLINK_MEMORY_SCRATCH), 0);
    assert_int_equal(test_world_blocks(&l->w, BOOTLINK_MEMORY_IMAGE), 1);
    bootlink_close(&l->image); /* once more does no harm */
}

static void closing_gives_back_a_files_contents(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_text(&b);
    link_built(l, "a.o", &b);
    l->request.output = BOOTLINK_IN_FILE;
    link_ok(l, script);
    bootlink_close(&l->image);
    assert_int_equal(l->w.block_count, 0);
}

/* link_fails() checks that nothing is left. */
static void a_link_that_fails_late_keeps_nothing(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b);
    build_relocation(&b, text, 0, R_X86_64_64, build_reference(&b, "f"), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "undefined reference to 'f'");
}

/* ---- What is not there is refused, not left out -------------------------- */

static void refuses(struct bootlink_request request, const char *message)
{
    struct test_world w;
    struct bootlink_image image;
    test_world_open(&w);
    assert_false(bootlink_link(&w.world, &request, &image));
    assert_int_equal(w.classes[BOOTLINK_UNSUPPORTED], 1);
    assert_string_equal(w.text, message);
    assert_int_equal(w.block_count, 0);
    test_world_close(&w);
}

static void extras_that_are_not_there(void **state)
{
    (void)state;
    refuses((struct bootlink_request){.gc_sections = true},
            "this program links in memory only, and leaves no section out; "
            "give the request bootlink_extras\n");
}

static void scripts_that_are_not_there(void **state)
{
    const char *message = "this program links modules only, and reads no "
                          "script; give the request bootlink_scripts\n";
    (void)state;
    refuses((struct bootlink_request){.script = SPAN("SECTIONS { }")}, message);
    refuses((struct bootlink_request){.definitions = SPAN("a = 1;")}, message);
    refuses((struct bootlink_request){.extras = &bootlink_extras,
                                      .output = BOOTLINK_IN_FILE},
            message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(extras_that_are_not_there),
        link_test(scripts_that_are_not_there),
        link_test(the_entry_is_start),
        link_test(no_entry),
        link_test(the_entry_is_discarded),
        link_test(exports_are_what_is_marked),
        link_test(without_marks_all_that_is_visible_is_exported),
        link_test(an_export_of_a_local),
        link_test(an_export_of_nothing),
        link_test(module_init_is_a_symbol_and_an_addend),
        link_test(a_module_init_of_nothing),
        link_test(two_module_inits),
        link_test(an_import_defines_what_is_undefined),
        link_test(an_own_definition_beats_an_import),
        link_test(symbols_ascend),
        link_test(lookup_of_what_is_not_there),
        link_test(closing_leaves_an_image_in_memory),
        link_test(closing_gives_back_a_files_contents),
        link_test(a_link_that_fails_late_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
