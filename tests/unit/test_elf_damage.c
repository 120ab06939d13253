/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Damaged objects: each case breaks one thing of a sound object, and elf_open()
 * must say exactly that. In the order of its checks. [gABI: Object Files]
 */
#include "unit/linking.h"

#include <stdio.h>

/* The sound object. Its own sections: */
enum { TEXT = 3, DATA, GROUP, RELA, SECTIONS };
/* Its symbols: */
enum { LOCAL = 1, F, COMMON, G, SYMBOLS };

static const char zeros[64];

static void build_sound(struct builder *b)
{
    static const uint32_t group[] = {GRP_COMDAT, DATA};
    build_open(b);
    build_section(b, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, zeros,
                  16);
    build_section(b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros, 16);
    build_group(b, group, 2, F);
    build_symbol(b, "local", STB_LOCAL, STT_FUNC, TEXT, 0, 1);
    build_global(b, "f", TEXT, 4);
    build_common(b, "common", 8, 8);
    build_reference(b, "g");
    build_relocation(b, TEXT, 0, R_X86_64_64, F, 0);
    build_bytes(b);
}

/* ---- The ELF header ----------------------------------------------------- */

static void cut_off(struct builder *b)
{
    b->size = 63;
}

static void class_32(struct builder *b)
{
    build_file_header(b)->e_ident[EI_CLASS] = ELFCLASS32;
}

static void class_9(struct builder *b)
{
    build_file_header(b)->e_ident[EI_CLASS] = 9;
}

static void big_endian(struct builder *b)
{
    build_file_header(b)->e_ident[EI_DATA] = ELFDATA2MSB;
}

static void no_endian(struct builder *b)
{
    build_file_header(b)->e_ident[EI_DATA] = 0;
}

static void version_2(struct builder *b)
{
    build_file_header(b)->e_version = 2;
}

static void ident_version_0(struct builder *b)
{
    build_file_header(b)->e_ident[EI_VERSION] = 0;
}

static void machine_i386(struct builder *b)
{
    build_file_header(b)->e_machine = EM_386;
}

static void machine_unknown(struct builder *b)
{
    build_file_header(b)->e_machine = 0xbeef;
}

static void type_executable(struct builder *b)
{
    build_file_header(b)->e_type = ET_EXEC;
}

static void type_shared(struct builder *b)
{
    build_file_header(b)->e_type = ET_DYN;
}

static void header_size(struct builder *b)
{
    build_file_header(b)->e_shentsize = 40;
}

/* ---- Section headers ---------------------------------------------------- */

static void no_section_headers(struct builder *b)
{
    build_file_header(b)->e_shoff = 0;
}

static void section_headers_outside(struct builder *b)
{
    build_file_header(b)->e_shoff = UINT64_MAX - 7;
}

static void too_many_sections(struct builder *b)
{
    build_file_header(b)->e_shnum = 1000;
}

/* [gABI: ELF Header, e_shnum] */
static void too_many_extended_sections(struct builder *b)
{
    build_file_header(b)->e_shnum = 0;
    build_header(b, 0)->sh_size = 1ull << 60;
}

static void name_table_index(struct builder *b)
{
    build_file_header(b)->e_shstrndx = SECTIONS;
}

static void name_table_type(struct builder *b)
{
    build_file_header(b)->e_shstrndx = TEXT;
}

static void name_table_outside(struct builder *b)
{
    build_header(b, BUILD_STRTAB)->sh_offset = 1 << 30;
}

static void section_name(struct builder *b)
{
    build_header(b, TEXT)->sh_name = 0x7fffffff;
}

static void section_alignment(struct builder *b)
{
    build_header(b, TEXT)->sh_addralign = 24;
}

static void section_outside(struct builder *b)
{
    build_header(b, TEXT)->sh_size = UINT64_MAX;
}

static void section_compressed(struct builder *b)
{
    build_header(b, DATA)->sh_flags |= SHF_COMPRESSED;
}

static void sections_overlap(struct builder *b)
{
    for (unsigned i = TEXT; i < SECTIONS; i++) {
        build_header(b, i)->sh_offset = 0;
        build_header(b, i)->sh_size = b->size - b->size % sizeof(Elf64_Rela);
    }
}

/* ---- The symbol table --------------------------------------------------- */

static void symbol_size(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_entsize = 16;
}

static void symbols_cut_off(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_size -= 1;
}

static void no_symbols(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_size = 0;
}

static void first_global_0(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_info = 0;
}

static void first_global_behind(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_info = SYMBOLS + 1;
}

static void symbol_names(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_link = DATA;
}

static void symbol_names_index(struct builder *b)
{
    build_header(b, BUILD_SYMTAB)->sh_link = UINT32_MAX;
}

static void two_symbol_tables(struct builder *b)
{
    build_header(b, DATA)->sh_type = SHT_SYMTAB;
}

static void symbol_name(struct builder *b)
{
    build_entry(b, F)->st_name = 0x1000;
}

static void symbol_section(struct builder *b)
{
    build_entry(b, F)->st_shndx = SECTIONS;
}

static void symbol_reserved_section(struct builder *b)
{
    build_entry(b, F)->st_shndx = 0xff20;
}

static void symbol_extended_section(struct builder *b)
{
    build_entry(b, F)->st_shndx = SHN_XINDEX;
}

static void common_alignment(struct builder *b)
{
    build_entry(b, COMMON)->st_value = 12;
}

static void common_alignment_0(struct builder *b)
{
    build_entry(b, COMMON)->st_value = 0;
}

static void global_among_locals(struct builder *b)
{
    build_entry(b, LOCAL)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
}

static void local_among_globals(struct builder *b)
{
    build_entry(b, F)->st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
}

static void global_without_a_name(struct builder *b)
{
    build_entry(b, G)->st_name = 0;
}

/* ---- Groups ------------------------------------------------------------- */

static void group_size(struct builder *b)
{
    build_header(b, GROUP)->sh_size = 6;
}

static void group_empty(struct builder *b)
{
    build_header(b, GROUP)->sh_size = 0;
}

static void group_signature(struct builder *b)
{
    build_header(b, GROUP)->sh_info = SYMBOLS;
}

static void group_symbol_table(struct builder *b)
{
    build_header(b, GROUP)->sh_link = BUILD_STRTAB;
}

static uint32_t *group_words(struct builder *b)
{
    return (uint32_t *)(b->file + build_header(b, GROUP)->sh_offset);
}

static void group_member(struct builder *b)
{
    group_words(b)[1] = SECTIONS;
}

static void group_member_0(struct builder *b)
{
    group_words(b)[1] = 0;
}

/* ---- Relocations -------------------------------------------------------- */

static void relocation_size(struct builder *b)
{
    build_header(b, RELA)->sh_entsize = sizeof(Elf64_Rel);
}

static void relocations_cut_off(struct builder *b)
{
    build_header(b, RELA)->sh_size -= 4;
}

static void relocated_section(struct builder *b)
{
    build_header(b, RELA)->sh_info = SECTIONS;
}

static void relocated_section_0(struct builder *b)
{
    build_header(b, RELA)->sh_info = 0;
}

static void relocation_symbols(struct builder *b)
{
    build_header(b, RELA)->sh_link = BUILD_STRTAB;
}

/* ---- All of them -------------------------------------------------------- */

struct damage {
    const char *name;
    void (*inflict)(struct builder *b);
    const char *message; /* between "a.o: " and the advice */
};

/* clang-format off */
static const struct damage damages[] = {
    {"cut_off", cut_off, "ELF header is cut off: 63 bytes of 64"},
    {"class_32", class_32, "a 32-bit object (ELFCLASS32); compile it with -m64"},
    {"class_9", class_9, "ELF class 9 is neither 32-bit nor 64-bit"},
    {"big_endian", big_endian, "a big-endian object (ELFDATA2MSB); compile it for x86-64"},
    {"no_endian", no_endian, "ELF data encoding 0 is unknown"},
    {"version_2", version_2, "ELF version is 2, not 1"},
    {"ident_version_0", ident_version_0, "ELF version is 0, not 1"},
    {"machine_i386", machine_i386, "an object for i386 (EM_386); compile it for x86-64"},
    {"machine_unknown", machine_unknown, "an object for another machine; compile it for x86-64"},
    {"type_executable", type_executable, "the entry 0x0 is in no executable segment; the file is damaged"},
    {"type_shared", type_shared, "a shared object (ET_DYN); link it from objects made by `cc -c`"},
    {"header_size", header_size, "section header entry size is 40, not 64"},

    {"no_section_headers", no_section_headers, "no section header table (e_shoff is 0)"},
    {"section_headers_outside", section_headers_outside, "section header table at 0xfffffffffffffff8 is outside the file"},
    {"too_many_sections", too_many_sections, "1000 section headers at 0x"},
    {"too_many_extended_sections", too_many_extended_sections, "1152921504606846976 section headers at 0x"},
    {"name_table_index", name_table_index, "section name table index 7 is not below 7"},
    {"name_table_type", name_table_type, "section name table (section 3) is not a string table"},
    {"name_table_outside", name_table_outside, "section name table at 0x40000000 is empty or outside the file"},
    {"section_name", section_name, "section 3: name at 0x7fffffff is outside the section name table"},
    {"section_alignment", section_alignment, "section 3 (.text): alignment 24 is not a power of two"},
    {"section_outside", section_outside, "section 3 (.text): 0xffffffffffffffff bytes at 0x40 run past the end of the file"},
    {"section_compressed", section_compressed, "section 4 (.data): compressed and allocated"},
    {"sections_overlap", sections_overlap, "sections overlap: 0x"},

    {"symbol_size", symbol_size, "symbol table: 120 bytes in entries of 16, not of 24"},
    {"symbols_cut_off", symbols_cut_off, "symbol table: 119 bytes in entries of 24, not of 24"},
    {"no_symbols", no_symbols, "symbol table has 0 symbols"},
    {"first_global_0", first_global_0, "symbol table: first global symbol 0 is not among 1 to 5"},
    {"first_global_behind", first_global_behind, "symbol table: first global symbol 6 is not among 1 to 5"},
    {"symbol_names", symbol_names, "symbol table: its names (section 4) are not a string table"},
    {"symbol_names_index", symbol_names_index, "symbol table: its names (section 4294967295) are not a string table"},
    {"two_symbol_tables", two_symbol_tables, "two symbol tables (sections 1 and 4)"},
    {"symbol_name", symbol_name, "symbol 2: name at 0x1000 is outside the string table"},
    {"symbol_section", symbol_section, "symbol 2: section 7 of 7"},
    {"symbol_reserved_section", symbol_reserved_section, "symbol 2: reserved section index 0xff20"},
    {"symbol_extended_section", symbol_extended_section, "symbol 2: no extended section index"},
    {"common_alignment", common_alignment, "symbol 3: common alignment 12 is not a power of two"},
    {"common_alignment_0", common_alignment_0, "symbol 3: common alignment 0 is not a power of two"},
    {"global_among_locals", global_among_locals, "symbol 1 (local) is global among the locals"},
    {"local_among_globals", local_among_globals, "symbol 2 (f) is local among the globals"},
    {"global_without_a_name", global_without_a_name, "symbol 4 is global and has no name"},

    {"group_size", group_size, "group (section 5): 6 bytes are not words"},
    {"group_empty", group_empty, "group (section 5): 0 bytes are not words"},
    {"group_signature", group_signature, "group (section 5): signature symbol 5 does not exist"},
    {"group_symbol_table", group_symbol_table, "group (section 5): signature symbol 2 does not exist"},
    {"group_member", group_member, "group (section 5): member section 7 of 7"},
    {"group_member_0", group_member_0, "group (section 5): member section 0 of 7"},

    {"relocation_size", relocation_size, "relocations (section 6): 24 bytes in entries of 16, not of 24"},
    {"relocations_cut_off", relocations_cut_off, "relocations (section 6): 20 bytes in entries of 24, not of 24"},
    {"relocated_section", relocated_section, "relocations (section 6): for section 7 of 7"},
    {"relocated_section_0", relocated_section_0, "relocations (section 6): for section 0 of 7"},
    {"relocation_symbols", relocation_symbols, "relocations (section 6): symbol table is section 2, which is none"},
};
/* clang-format on */

enum { DAMAGES = sizeof(damages) / sizeof(*damages) };

/* cmocka hands `state` what prestate says; the link is the test's own. */
static void is_refused(void **state)
{
    const struct damage *damage = *state;
    void *opened;
    linking_open(&opened);
    struct linking *l = opened;
    struct builder b;
    build_sound(&b);
    damage->inflict(&b);
    char message[256];
    snprintf(message, sizeof(message), "a.o: %s", damage->message);
    link_file(l, "a.o", (span){b.file, b.size});
    link_fails(l, "", message);
    assert_int_equal(strncmp(l->w.text, message, strlen(message)), 0);
    assert_int_equal(l->w.errors, 1);
    linking_close(&opened);
}

static void the_sound_object_links(void **state)
{
    void *opened;
    (void)state;
    linking_open(&opened);
    struct linking *l = opened;
    struct builder b;
    build_sound(&b);
    link_file(l, "a.o", (span){b.file, b.size});
    link_ok(l, "SECTIONS { .text : { *(.text) } . = ALIGN(4096); }");
    linking_close(&opened);
}

int main(void)
{
    struct CMUnitTest tests[DAMAGES + 1] = {
        cmocka_unit_test(the_sound_object_links)};
    for (unsigned i = 0; i < DAMAGES; i++)
        tests[i + 1] =
            (struct CMUnitTest){.name = damages[i].name,
                                .test_func = is_refused,
                                .initial_state = (void *)&damages[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
