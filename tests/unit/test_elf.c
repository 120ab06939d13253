/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a sound object may look like: extended section numbering, relocations
 * without addends, no symbol table at all. Damage is test_elf_damage.c's.
 * [gABI: Object Files]
 */
#include "unit/linking.h"

static const char script[] = "SECTIONS { .data 0x100000 : { *(.data) } }";
static const uint64_t words[2] = {0x1111, 0x2222};

static uint32_t add_data(struct builder *b)
{
    return build_section(b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, words,
                         16);
}

/* [gABI: ELF Header, e_shnum and e_shstrndx] */
static void counts_that_do_not_fit_the_header(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b);
    build_bytes(&b);
    build_file_header(&b)->e_shnum = 0;
    build_file_header(&b)->e_shstrndx = SHN_XINDEX;
    build_header(&b, 0)->sh_size = b.section_count;
    build_header(&b, 0)->sh_link = BUILD_STRTAB;
    link_file(l, "a.o", (span){b.file, b.size});
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 8), 0x2222);
}

/* [gABI: Symbol Table, SHT_SYMTAB_SHNDX] */
static void sections_of_symbols_that_do_not_fit(void **state)
{
    struct linking *l = *state;
    struct builder b;
    uint32_t indices[2] = {0, 0};
    build_open(&b);
    uint32_t data = indices[1] = add_data(&b);
    uint32_t table = build_section(&b, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0,
                                   indices, sizeof(indices));
    b.sections[table].sh_link = BUILD_SYMTAB;
    build_global(&b, "x", SHN_XINDEX, 8);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(data, 3);
    assert_int_equal(link_address(l, "x"), 0x100008);
}

static void an_extended_section_that_is_not_there(void **state)
{
    struct linking *l = *state;
    struct builder b;
    uint32_t indices[2] = {0, 70000};
    build_open(&b);
    add_data(&b);
    build_section(&b, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0, indices,
                  sizeof(indices));
    build_global(&b, "x", SHN_XINDEX, 8);
    link_built(l, "a.o", &b);
    link_fails(l, script, "a.o: symbol 1: section 70000 of 5");
}

static void nothing_but_data(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b);
    build_bytes(&b);
    build_header(&b, BUILD_SYMTAB)->sh_type = SHT_PROGBITS;
    link_file(l, "a.o", (span){b.file, b.size});
    link_ok(l, script);
    assert_int_equal(l->image.symbol_count, 0);
}

/* ---- Addends [gABI: Relocation] ----------------------------------------- */

/* .data's relocations as SHT_REL: `entry` relocates a pointer to x. */
static void link_rel(struct linking *l, struct builder *b, uint32_t type)
{
    Elf64_Rel entry = {0, ELF64_R_INFO(1ull, type)};
    build_open(b);
    uint32_t data = add_data(b);
    uint32_t rel = build_section(b, ".rel.data", SHT_REL, 0, &entry, 16);
    b->sections[rel].sh_link = BUILD_SYMTAB;
    b->sections[rel].sh_info = data;
    b->sections[rel].sh_entsize = sizeof(entry);
    build_global(b, "x", data, 8);
    link_built(l, "a.o", b);
}

static void the_place_holds_the_addend(void **state)
{
    struct linking *l = *state;
    struct builder b;
    link_rel(l, &b, R_X86_64_64);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x100008 + 0x1111);
}

/* A narrow addend is only as wide as its field. */
static void the_place_holds_a_narrow_addend(void **state)
{
    struct linking *l = *state;
    struct builder b;
    link_rel(l, &b, R_X86_64_32);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x100008 + 0x1111);
}

/* With SHT_RELA the place's old bytes do not count. */
static void the_entry_holds_the_addend(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b);
    uint32_t x = build_global(&b, "x", data, 8);
    build_relocation(&b, data, 0, R_X86_64_64, x, -8);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x100000);
}

static void symbol_0_is_0(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b);
    build_relocation(&b, data, 0, R_X86_64_64, 0, 0x77);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x77);
}

static void a_section_symbol(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b);
    uint32_t s = build_symbol(&b, NULL, STB_LOCAL, STT_SECTION, data, 0, 0);
    build_relocation(&b, data, 0, R_X86_64_64, s, 4);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x100004);
}

/* As assemblers do not write it, but may [gABI: Relocation]. */
static void relocations_come_before_their_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    Elf64_Rela entry = {0, 0, 4};
    build_open(&b);
    uint32_t rela =
        build_section(&b, ".rela.data", SHT_RELA, 0, &entry, sizeof(entry));
    uint32_t data = add_data(&b);
    uint32_t x = build_global(&b, "x", data, 8);
    entry.r_info = ELF64_R_INFO((uint64_t)x, R_X86_64_64);
    b.sections[rela].sh_link = BUILD_SYMTAB;
    b.sections[rela].sh_info = data;
    b.sections[rela].sh_entsize = sizeof(entry);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x10000c);
}

static void two_relocation_sections(void **state)
{
    struct linking *l = *state;
    struct builder b;
    Elf64_Rela entry = {8, R_X86_64_NONE, 0};
    build_open(&b);
    uint32_t data = add_data(&b);
    uint32_t rela =
        build_section(&b, ".rela.data", SHT_RELA, 0, &entry, sizeof(entry));
    b.sections[rela].sh_link = BUILD_SYMTAB;
    b.sections[rela].sh_info = data;
    b.sections[rela].sh_entsize = sizeof(entry);
    build_relocation(&b, data, 0, R_X86_64_NONE, 0, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o: section 3 (.data): it has two relocation sections");
}

/* ---- Sections that are not for the output ------------------------------- */

static void excluded_sections_stay_out(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b);
    build_section(&b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_EXCLUDE, words, 8);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_section(l, ".data")->size, 16);
}

/* ---- Files that are no objects ------------------------------------------ */

static void a_file_that_is_missing(void **state)
{
    struct linking *l = *state;
    link_file(l, "a.o", (span){"", 0});
    l->w.file_count = 0;
    link_fails(l, script, "a.o: no such file, or it cannot be read");
}

static void an_empty_file(void **state)
{
    struct linking *l = *state;
    link_file(l, "a.o", (span){"", 0});
    link_fails(l, script, "a.o: the file is empty; build it again");
}

static void text(void **state)
{
    struct linking *l = *state;
    link_file(l, "a.o", SPAN("int main(void) { return 0; }\n"));
    link_fails(l, script, "a.o: neither an ELF object nor an archive");
}

static void no_input_at_all(void **state)
{
    link_fails(*state, script, "no input: nothing to link in 0 files");
}

/* All are opened, so that all are reported. */
static void every_bad_file_is_reported(void **state)
{
    struct linking *l = *state;
    link_file(l, "a.o", SPAN("a"));
    link_file(l, "b.o", SPAN("b"));
    link_fails(l, script, "a.o: neither");
    assert_non_null(strstr(l->w.text, "b.o: neither"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(counts_that_do_not_fit_the_header),
        link_test(sections_of_symbols_that_do_not_fit),
        link_test(an_extended_section_that_is_not_there),
        link_test(nothing_but_data),
        link_test(the_place_holds_the_addend),
        link_test(the_place_holds_a_narrow_addend),
        link_test(the_entry_holds_the_addend),
        link_test(symbol_0_is_0),
        link_test(a_section_symbol),
        link_test(relocations_come_before_their_section),
        link_test(two_relocation_sections),
        link_test(excluded_sections_stay_out),
        link_test(a_file_that_is_missing),
        link_test(an_empty_file),
        link_test(text),
        link_test(no_input_at_all),
        link_test(every_bad_file_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
