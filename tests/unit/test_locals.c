/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Local symbols that have no record (loader/locals.h): which they are, what the
 * others who want one get, and what relocations count from.
 */
#include "unit/linking.h"

static const char zeros[64];
static const char strings[] = "one\0two";
static const char script[] =
    "SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(4096);"
    " .data : { *(.data) *(.str) } /DISCARD/ : { *(.gone) } }";

enum { FUNCTION = 1, SECTION, LABEL, STRING, STRINGS, GONE, ABSOLUTE, COUNT };

/* Locals of all kinds, and a word of .data for each. */
static void build_locals(struct builder *b)
{
    static const uint64_t merged = SHF_ALLOC | SHF_MERGE | SHF_STRINGS;
    build_open(b);
    uint32_t text = build_section(b, ".text", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_EXECINSTR, zeros, 16);
    uint32_t data = build_section(b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, zeros, 64);
    uint32_t string = build_section(b, ".str", SHT_PROGBITS, merged, strings,
                                    sizeof(strings));
    b->sections[string].sh_entsize = 1;
    uint32_t gone =
        build_section(b, ".gone", SHT_PROGBITS, SHF_ALLOC, zeros, 8);
    build_symbol(b, "f", STB_LOCAL, STT_FUNC, text, 4, 6);
    build_symbol(b, NULL, STB_LOCAL, STT_SECTION, data, 0, 0);
    build_symbol(b, ".Lx", STB_LOCAL, STT_NOTYPE, data, 8, 0);
    build_symbol(b, "s", STB_LOCAL, STT_OBJECT, string, 4, 4);
    build_symbol(b, NULL, STB_LOCAL, STT_SECTION, string, 0, 0);
    build_symbol(b, "g", STB_LOCAL, STT_OBJECT, gone, 0, 8);
    build_symbol(b, "a", STB_LOCAL, STT_NOTYPE, SHN_ABS, 0x1234, 0);
    for (uint32_t i = FUNCTION; i <= STRINGS; i++)
        for (uint32_t twice = 0; twice < 2; twice++)
            build_relocation(b, data, i * 8 - 8, R_X86_64_64, i, i == SECTION);
    build_relocation(b, data, 40, R_X86_64_64, STRINGS, 4);
}

static struct object *link_locals(struct linking *l)
{
    struct builder b;
    build_locals(&b);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    return l->image.link->objects;
}

static void a_usual_local_has_no_record(void **state)
{
    const struct object *object = link_locals(*state);
    assert_int_equal(object->first_global, COUNT);
    for (uint32_t i = 0; i < ABSOLUTE; i++)
        if (i != STRING) /* of which the table of symbols asked where it is */
            assert_true(local_is_bare(object, i));
    assert_false(local_is_bare(object, ABSOLUTE));
}

static void relocations_count_from_where_it_is(void **state)
{
    struct linking *l = *state;
    link_locals(l);
    assert_int_equal(link_word(l, ".text", 0), 0);
    uint64_t data = link_section(l, ".data")->address;
    assert_int_equal(link_word(l, ".data", 0), 0x100004);
    assert_int_equal(link_word(l, ".data", 8), data + 1);
    assert_int_equal(link_word(l, ".data", 16), data + 8);
    uint64_t two = link_word(l, ".data", 24), one = link_word(l, ".data", 32);
    assert_memory_equal(
        (const char *)link_section(l, ".data")->data + two - data, "two", 4);
    assert_memory_equal(
        (const char *)link_section(l, ".data")->data + one - data, "one", 4);
    assert_int_equal(link_word(l, ".data", 40), two - 4 + 4);
}

static void a_record_says_what_the_file_says(void **state)
{
    struct object *object = link_locals(*state);
    const struct symbol *f = object_symbol(object, FUNCTION);
    assert_true(span_is(f->name, "f"));
    assert_int_equal(f->state, SYMBOL_DEFINED);
    assert_int_equal(f->type, STT_FUNC);
    assert_int_equal(f->binding, STB_LOCAL);
    assert_int_equal(f->value, 4);
    assert_int_equal(f->size, 6);
    assert_int_equal(symbol_address(f), 0x100004);
    assert_true(span_is(object_symbol(object, SECTION)->name, ".data"));
    assert_int_equal(object_symbol(object, 0)->state, SYMBOL_UNDEFINED);
    assert_null(object_symbol(object, 0)->section);
    assert_int_equal(object_symbol(object, ABSOLUTE)->state, SYMBOL_ABSOLUTE);
}

/* Who compares two of them compares symbols. */
static void there_is_one_record(void **state)
{
    struct object *object = link_locals(*state);
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct symbol *symbol = object_symbol(object, i);
        assert_ptr_equal(symbol, object_symbol(object, i));
        assert_false(local_is_bare(object, i));
    }
}

static void names_are_listed_by_address(void **state)
{
    struct linking *l = *state;
    link_locals(l);
    const struct bootlink_symbol *symbols = l->image.symbols;
    assert_int_equal(l->image.symbol_count, 3);
    assert_true(span_is(symbols[0].name, "a"));
    assert_true(span_is(symbols[1].name, "f"));
    assert_int_equal(symbols[1].address, 0x100004);
    assert_int_equal(symbols[1].size, 6);
    assert_true(symbols[1].is_function);
    assert_false(symbols[1].is_exported);
    assert_true(span_is(symbols[2].name, "s"));
}

static void what_names_a_discarded_local_fails(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_locals(&b);
    b.relocations[0].entry.r_info = ELF64_R_INFO(GONE, R_X86_64_64);
    link_built(l, "a.o", &b);
    link_fails(l, script, "'g'");
}

/* They are checked though nobody asks for them. */
static void a_damaged_local_is_refused(void **state)
{
    static const struct {
        Elf64_Sym symbol;
        const char *words;
    } damaged[] = {
        {{.st_name = 1 << 20, .st_shndx = 3},
         "symbol 1: name at 0x100000 is outside the string table"},
        {{.st_shndx = 99}, "symbol 1: section 99 of "},
        {{.st_shndx = 0xff80}, "symbol 1: reserved section index 0xff80"},
        {{.st_shndx = 3, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_TLS)},
         "symbol 1 is thread-local, and its section .text is not"},
        {{.st_shndx = 3, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)},
         "symbol 1 () is global among the locals"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
        void *opened;
        struct builder b;
        linking_open(&opened);
        build_locals(&b);
        b.symbols[1] = damaged[i].symbol;
        link_built(opened, "a.o", &b);
        link_fails(opened, script, damaged[i].words);
        linking_close(&opened);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(a_usual_local_has_no_record),
        link_test(relocations_count_from_where_it_is),
        link_test(a_record_says_what_the_file_says),
        link_test(there_is_one_record),
        link_test(names_are_listed_by_address),
        link_test(what_names_a_discarded_local_fails),
        cmocka_unit_test(a_damaged_local_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
