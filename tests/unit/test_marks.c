/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an object says of itself in sections .bootlink.*, and what nobody could
 * mean.
 */
#include "unit/linking.h"

static const char zeros[64];
static const char script[] =
    "SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(4096);"
    " .data : { *(.data .bss) } /DISCARD/ : { *(.bootlink.*) } }";

struct marks_test {
    struct builder b;
    uint32_t text, data;
};

static void open_object(struct marks_test *t)
{
    build_open(&t->b);
    t->text = build_section(&t->b, ".text", SHT_PROGBITS,
                            SHF_ALLOC | SHF_EXECINSTR, zeros, 16);
    t->data = build_section(&t->b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE,
                            zeros, 64);
}

static uint32_t add_section(struct marks_test *t, const char *name,
                            const void *bytes, size_t size)
{
    return build_section(&t->b, name, SHT_PROGBITS, SHF_ALLOC, bytes, size);
}

static void add_pointer(struct marks_test *t, uint32_t section, uint64_t offset,
                        uint32_t symbol)
{
    build_relocation(&t->b, section, offset, R_X86_64_64, symbol, 0);
}

static const struct module_marks *link_marks(struct linking *l,
                                             struct marks_test *t)
{
    link_built(l, "a.o", &t->b);
    link_ok(l, script);
    return &l->image.link->marks;
}

static void refuses(struct linking *l, struct marks_test *t, const char *words)
{
    link_built(l, "a.o", &t->b);
    link_fails(l, script, words);
}

static void is_text(span text, const char *expected)
{
    if (!span_is(text, expected))
        fail_msg("'%.*s' is not '%s'", SPAN_ARGS(text), expected);
}

/* ---- Exports ------------------------------------------------------------ */

static const struct bootlink_symbol *find_export(struct linking *l,
                                                 const char *name)
{
    for (size_t i = 0; i < l->image.symbol_count; i++)
        if (l->image.symbols[i].is_exported &&
            span_is(l->image.symbols[i].name, name))
            return &l->image.symbols[i];
    return NULL;
}

static void is_exported_to(struct linking *l, const char *name,
                           const char *name_space)
{
    const struct bootlink_symbol *symbol = find_export(l, name);
    assert_non_null(symbol);
    is_text(marks_name_space(&l->image.link->marks, symbol->name), name_space);
}

static void exports_have_their_namespaces(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t f = build_global(&t.b, "f", t.text, 0);
    uint32_t g = build_global(&t.b, "g", t.text, 4);
    build_global(&t.b, "h", t.text, 8);
    add_pointer(&t, add_section(&t, ".bootlink.exports", zeros, 8), 0, f);
    add_pointer(&t, add_section(&t, ".bootlink.exports.USB", zeros, 8), 0, g);
    link_marks(l, &t);
    assert_int_equal(l->image.export_count, 2);
    is_exported_to(l, "f", "");
    is_exported_to(l, "g", "USB");
    assert_int_equal(find_export(l, "g")->address, 0x100004);
}

static void without_marks_all_globals_are_exports(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    build_global(&t.b, "f", t.text, 0);
    uint32_t hidden = build_global(&t.b, "g", t.text, 0);
    t.b.symbols[hidden].st_other = STV_HIDDEN;
    link_marks(l, &t);
    assert_int_equal(l->image.export_count, 1);
    assert_non_null(find_export(l, "f"));
}

static void exported_twice_to_the_same(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t f = build_global(&t.b, "f", t.text, 0);
    uint32_t marks = add_section(&t, ".bootlink.exports.A", zeros, 16);
    add_pointer(&t, marks, 0, f);
    add_pointer(&t, marks, 8, f);
    link_marks(l, &t);
    assert_int_equal(l->image.export_count, 1);
}

static void exported_to_all_and_in_a_namespace(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t f = build_global(&t.b, "f", t.text, 0);
    add_pointer(&t, add_section(&t, ".bootlink.exports", zeros, 8), 0, f);
    add_pointer(&t, add_section(&t, ".bootlink.exports.A", zeros, 8), 0, f);
    refuses(l, &t,
            "a.o:(.bootlink.exports.A+0x0): 'f' is exported to all and again "
            "in namespace A; export it once");
}

static void an_export_of_what_another_image_has(void **state)
{
    struct bootlink_export import = {.name = SPAN("f"), .address = 0x1000};
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_pointer(&t, add_section(&t, ".bootlink.exports", zeros, 8), 0,
                build_reference(&t.b, "f"));
    l->request.find_import = link_import;
    l->request.imports = &import;
    refuses(l, &t, "EXPORT_SYMBOL names 'f', which another image exports");
}

static void an_export_with_an_addend(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t marks = add_section(&t, ".bootlink.exports", zeros, 8);
    build_relocation(&t.b, marks, 0, R_X86_64_64,
                     build_global(&t.b, "f", t.text, 0), 8);
    refuses(l, &t, "EXPORT_SYMBOL of 'f' + 0x8; export the symbol itself");
}

static void a_pointer_of_four_bytes(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t marks = add_section(&t, ".bootlink.exports", zeros, 8);
    build_relocation(&t.b, marks, 0, R_X86_64_32,
                     build_global(&t.b, "f", t.text, 0), 0);
    refuses(l, &t,
            "a.o:(.bootlink.exports+0x0): R_X86_64_32 is no pointer; one is 8 "
            "bytes, 8 aligned, with R_X86_64_64");
}

static void a_pointer_that_is_not_aligned(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_pointer(&t, add_section(&t, ".bootlink.init", zeros, 16), 4,
                build_global(&t.b, "f", t.text, 0));
    refuses(l, &t, "a.o:(.bootlink.init+0x4): R_X86_64_64 is no pointer");
}

/* ---- Sections ----------------------------------------------------------- */

static void a_section_without_contents(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    build_section(&t.b, ".bootlink.modinfo", SHT_NOBITS, SHF_ALLOC, NULL, 8);
    refuses(l, &t, "a.o:(.bootlink.modinfo): has no contents that can be read");
}

static void a_section_that_nobody_knows(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_section(&t, ".bootlink.export", zeros, 8);
    refuses(l, &t,
            "a.o: section .bootlink.export is not known; Bootlink has "
            "exports, init, exit, params and modinfo");
}

/* ---- module_init, module_exit ------------------------------------------- */

static void init_and_exit(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_pointer(&t, add_section(&t, ".bootlink.init", zeros, 8), 0,
                build_global(&t.b, "start", t.text, 4));
    add_pointer(&t, add_section(&t, ".bootlink.exit", zeros, 8), 0,
                build_global(&t.b, "stop", t.text, 8));
    link_marks(l, &t);
    assert_int_equal(l->image.init, 0x100004);
    assert_int_equal(l->image.exit, 0x100008);
}

static void two_exits(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    uint32_t exits = add_section(&t, ".bootlink.exit", zeros, 16);
    uint32_t f = build_global(&t.b, "f", t.text, 0);
    add_pointer(&t, exits, 0, f);
    add_pointer(&t, exits, 8, f);
    refuses(l, &t, "a.o: a second module_exit; a module has one");
}

static void an_init_that_is_no_code(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_pointer(&t, add_section(&t, ".bootlink.init", zeros, 8), 0,
                build_global(&t.b, "list", t.data, 0));
    refuses(l, &t,
            "module_init names 'list' in a.o:(.data), which is no code; "
            "name a function");
}

/* ---- Texts -------------------------------------------------------------- */

static const struct module_marks *marks_of(struct linking *l,
                                           struct marks_test *t,
                                           const char *texts, size_t size)
{
    open_object(t);
    add_section(t, ".bootlink.modinfo", texts, size);
    return link_marks(l, t);
}

static void texts_are_read(void **state)
{
    static const char texts[] =
        "\0name=usb-disk\0version=1.2\0\0description=a disk\0license=BSD\0"
        "import_ns=USB\0import_ns=STORAGE\0softdep=pre: a  b post: c\0"
        "requires=kernel 1.0\0requires=usb 2.1";
    struct marks_test t;
    const struct module_marks *m = marks_of(*state, &t, texts, sizeof(texts));
    is_text(m->name, "usb-disk");
    is_text(m->version, "1.2");
    is_text(m->description, "a disk");
    assert_int_equal(m->import_count, 2);
    is_text(m->imports[1], "STORAGE");
    assert_int_equal(m->softdep_count, 3);
    is_text(m->softdeps[1].module, "b");
    assert_false(m->softdeps[1].is_post);
    is_text(m->softdeps[2].module, "c");
    assert_true(m->softdeps[2].is_post);
    assert_int_equal(m->requirement_count, 2);
    is_text(m->requirements[1].module, "usb");
    is_text(m->requirements[1].version, "2.1");
}

/* Objects joined by `ld -r` may each have said it. */
static void the_same_twice(void **state)
{
    static const char texts[] = "name=a\0name=a\0description=x\0description=y";
    struct marks_test t;
    const struct module_marks *m = marks_of(*state, &t, texts, sizeof(texts));
    is_text(m->name, "a");
    is_text(m->description, "x");
}

/* A text that is refused, and what is said of it. */
static const struct {
    const char *text, *words;
} bad_texts[] = {
    {"hello", "a.o:(.bootlink.modinfo+0x0): 'hello' is not `key=value`"},
    {"name=", "'name=': a module's name has letters, digits, `_` and `-`"},
    {"name=a.b", "'name=a.b': a module's name has letters"},
    {"import_ns=", "'import_ns=': MODULE_IMPORT_NS needs a namespace"},
    {"softdep=a", "'softdep=a': expected names of modules behind `pre:`"},
    {"softdep=pre: a post: ,", "expected names of modules behind `pre:`"},
    {"requires=kernel", "'requires=kernel': expected a module's name, or "
                        "`kernel`, and the least version"},
    {"requires=kernel 1.0 2.0", "expected a module's name, or `kernel`"},
    {"requires=", "expected a module's name, or `kernel`"},
    {"parm=x", "'parm=x': expected a parameter's name, a colon"},
    {"parm=:x", "'parm=:x': expected a parameter's name, a colon"},
    {"parm=x:y", "MODULE_PARM_DESC of 'x', but no module_param has that name"},
};

static void texts_that_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_texts) / sizeof(*bad_texts); i++) {
        struct linking *l = *state;
        struct marks_test t;
        open_object(&t);
        add_section(&t, ".bootlink.modinfo", bad_texts[i].text,
                    strlen(bad_texts[i].text) + 1);
        refuses(l, &t, bad_texts[i].words);
        linking_close(state);
        linking_open(state);
    }
}

static void a_text_without_an_end(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_section(&t, ".bootlink.modinfo", "name=a\0version=1", 16);
    refuses(l, &t,
            "a.o:(.bootlink.modinfo+0x7): the last text does not end "
            "with a NUL");
}

static void two_names(void **state)
{
    struct linking *l = *state;
    struct marks_test t;
    open_object(&t);
    add_section(&t, ".bootlink.modinfo", "name=a\0name=b", 14);
    refuses(l, &t,
            "a.o:(.bootlink.modinfo+0x7): the module's name is 'b' "
            "here, and 'a' in another place; say it once");
}

/* ---- Records ------------------------------------------------------------ */

struct record {
    uint64_t variable, count;
    uint32_t type, capacity;
    char name[40];
};

/* An object with records whose variables follow each other in .data. */
static void open_records(struct marks_test *t, const struct record *records,
                         size_t count)
{
    open_object(t);
    uint32_t params =
        add_section(t, ".bootlink.params", records, count * sizeof(*records));
    uint32_t first = build_global(&t->b, "variables", t->data, 0);
    for (size_t i = 0; i < count; i++)
        build_relocation(&t->b, params, i * sizeof(*records), R_X86_64_64,
                         first, (int64_t)i * 8);
}

static void records_are_read(void **state)
{
    static const struct record records[] = {
        {.type = 2, .capacity = 1, .name = "times"},
        {.type = 6, .capacity = 4, .name = "names_of"},
    };
    struct marks_test t;
    open_records(&t, records, 2);
    build_relocation(&t.b, 5, 72, R_X86_64_64,
                     build_global(&t.b, "n", t.data, 60), 0);
    add_section(&t, ".bootlink.modinfo", "parm=names-of:all of them", 26);
    const struct module_marks *m = link_marks(*state, &t);
    assert_int_equal(m->parameter_count, 2);
    is_text(m->parameters[0].name, "times");
    assert_int_equal(m->parameters[0].type, PARAMETER_INT);
    assert_null(m->parameters[0].count.symbol);
    assert_int_equal(m->parameters[1].capacity, 4);
    assert_int_equal(m->parameters[1].variable.addend, 8);
    assert_non_null(m->parameters[1].count.symbol);
    is_text(m->parameters[0].description, "");
    is_text(m->parameters[1].description, "all of them");
}

static const struct {
    struct record record;
    const char *words;
} bad_records[] = {
    {{.type = 0, .capacity = 1, .name = "x"}, "module_param with an unknown"},
    {{.type = 7, .capacity = 1, .name = "x"},
     "a.o:(.bootlink.params+0x0): module_param with an unknown type; there are "
     "1 to 6"},
    {{.type = 1, .capacity = 0, .name = "x"},
     "module_param with no room for a value"},
    {{.type = 1, .capacity = 1}, "module_param with a name that is none"},
    {{.type = 1, .capacity = 1, .name = "a b"},
     "module_param with a name that is none"},
    {{.type = 1,
      .capacity = 1,
      .name = "0123456789012345678901234567890123456789"},
     "module_param with a name that does not end"},
};

static void records_that_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_records) / sizeof(*bad_records); i++) {
        struct marks_test t;
        open_records(&t, &bad_records[i].record, 1);
        refuses(*state, &t, bad_records[i].words);
        linking_close(state);
        linking_open(state);
    }
}

static const struct record good[] = {
    {.type = 1, .capacity = 1, .name = "a-b"},
    {.type = 1, .capacity = 1, .name = "a_b"},
};

static void two_parameters_of_a_name(void **state)
{
    struct marks_test t;
    open_records(&t, good, 2);
    refuses(*state, &t,
            "a.o:(.bootlink.params+0x40): a second module_param of 'a_b'; the "
            "first is in a.o");
}

static void records_that_are_cut(void **state)
{
    struct marks_test t;
    open_object(&t);
    add_section(&t, ".bootlink.params", good, 100);
    refuses(*state, &t,
            "a.o:(.bootlink.params+0x40): 0x64 bytes are not whole "
            "records of 64");
}

static void a_record_without_a_variable(void **state)
{
    struct marks_test t;
    open_object(&t);
    add_section(&t, ".bootlink.params", good, 64);
    refuses(*state, &t, "module_param with no variable");
}

static void a_pointer_in_the_name_of_a_record(void **state)
{
    struct marks_test t;
    open_records(&t, good, 1);
    build_relocation(&t.b, 5, 24, R_X86_64_64, 1, 0);
    refuses(*state, &t,
            "a.o:(.bootlink.params+0x18): module_param with a "
            "pointer that does not belong there");
}

static void two_variables_of_a_record(void **state)
{
    struct marks_test t;
    open_records(&t, good, 1);
    build_relocation(&t.b, 5, 0, R_X86_64_64, 1, 0);
    refuses(*state, &t, "module_param with a pointer that does not belong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(exports_have_their_namespaces),
        link_test(without_marks_all_globals_are_exports),
        link_test(exported_twice_to_the_same),
        link_test(exported_to_all_and_in_a_namespace),
        link_test(an_export_of_what_another_image_has),
        link_test(an_export_with_an_addend),
        link_test(a_pointer_of_four_bytes),
        link_test(a_pointer_that_is_not_aligned),
        link_test(a_section_without_contents),
        link_test(a_section_that_nobody_knows),
        link_test(init_and_exit),
        link_test(two_exits),
        link_test(an_init_that_is_no_code),
        link_test(texts_are_read),
        link_test(the_same_twice),
        link_test(texts_that_are_refused),
        link_test(a_text_without_an_end),
        link_test(two_names),
        link_test(records_are_read),
        link_test(records_that_are_refused),
        link_test(two_parameters_of_a_name),
        link_test(records_that_are_cut),
        link_test(a_record_without_a_variable),
        link_test(a_pointer_in_the_name_of_a_record),
        link_test(two_variables_of_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
