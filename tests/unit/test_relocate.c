/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of a whole link: what they say of symbols and sections that are
 * not there, and which of them are looked at. Formulas and limits are
 * test_reloc.c's. [gABI: Relocation]
 */
#include "unit/linking.h"

static const char zeros[64];
static const char script[] =
    "SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(4096);"
    " .data : { *(.data) *(.got) } . = ALIGN(4096); .bss : { *(.bss COMMON) }"
    " /DISCARD/ : { *(.gone) } }";

/* mov foo@GOTPCREL(%rip), %rax */
static const char mov[8] = "\x48\x8b\x05";

static uint32_t add_text(struct builder *b, const void *bytes, uint64_t size)
{
    return build_section(b, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                         bytes, size);
}

static uint32_t add_data(struct builder *b, uint64_t size)
{
    return build_section(b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros,
                         size);
}

/* ---- Symbols that are not there ----------------------------------------- */

static void undefined(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 16);
    build_relocation(&b, data, 8, R_X86_64_64, build_reference(&b, "g"), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o:(.data+0x8): undefined reference to 'g'; define it, or "
               "link the file or archive that does\n");
    assert_int_equal(l->w.classes[BOOTLINK_UNDEFINED], 1);
}

static void undefined_is_shown_three_times(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 64);
    uint32_t g = build_reference(&b, "g");
    for (uint64_t at = 0; at < 64; at += 8)
        build_relocation(&b, data, at, R_X86_64_64, g, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "a.o:(.data+0x10): undefined reference to 'g'");
    assert_non_null(
        strstr(l->w.text,
               "a.o:(.data+0x18): more undefined references to 'g' follow\n"));
    assert_null(strstr(l->w.text, "0x20"));
    assert_int_equal(l->w.errors, 4);
}

/* [gABI: STB_WEAK] */
static void an_undefined_weak_symbol_is_0(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 8);
    build_relocation(&b, data, 0, R_X86_64_64,
                     build_weak(&b, "g", SHN_UNDEF, 0), 5);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 5);
}

static void defined_in_a_discarded_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 8);
    uint32_t gone =
        build_section(&b, ".gone", SHT_PROGBITS, SHF_ALLOC, zeros, 8);
    build_relocation(&b, data, 0, R_X86_64_64, build_global(&b, "g", gone, 0),
                     0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o:(.data+0x0): 'g' is defined in a.o:(.gone), which was "
               "discarded; keep that section in the script");
}

/* A symbol may be in any section, even in a table that is never placed. */
static void defined_in_the_symbol_table(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 8);
    build_relocation(&b, data, 0, R_X86_64_64,
                     build_global(&b, "g", BUILD_SYMTAB, 0), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "'g' is defined in a.o:(*table*), which was");
}

/* ---- Which relocations are looked at ------------------------------------ */

/* What is not loaded is not read: most of an object is debug sections. */
static void debug_sections_are_not_read_in_memory(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b, 8);
    uint32_t debug =
        build_section(&b, ".debug_info", SHT_PROGBITS, 0, zeros, 8);
    build_relocation(&b, debug, 100, 250, 0, 0);
    link_built(l, "a.o", &b);
    link_ok(l, script);
}

static void a_script_may_load_debug_sections(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b, 8);
    uint32_t debug =
        build_section(&b, ".debug_info", SHT_PROGBITS, 0, zeros, 8);
    build_relocation(&b, debug, 0, 250, 77777, 0);
    link_built(l, "a.o", &b);
    link_fails(l, "SECTIONS { .data : { *(.data) *(.debug_info) } }",
               "a.o:(.debug_info+0x0): relocation against symbol 77777 of 1");
}

/* [gABI: Section Compression] */
static void a_compressed_section_in_a_file(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t debug = build_section(&b, ".debug_info", SHT_PROGBITS,
                                   SHF_COMPRESSED, zeros, 8);
    build_relocation(&b, debug, 100, R_X86_64_64, 0, 0);
    link_built(l, "a.o", &b);
    l->request.output = BOOTLINK_IN_FILE;
    link_fails(l, script,
               "a.o:(.debug_info): the section is compressed, and nothing "
               "here decompresses it; compile with -gz=none");
}

static void a_section_without_contents_has_no_relocations(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t bss = build_section(&b, ".bss", SHT_NOBITS, SHF_ALLOC, NULL, 8);
    build_relocation(&b, bss, 0, R_X86_64_64, 0, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o:(.bss): relocations for a section without contents");
}

static void a_place_outside_of_its_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 8);
    build_relocation(&b, data, 1, R_X86_64_64, 0, 0);
    build_relocation(&b, data, UINT64_MAX - 3, R_X86_64_32, 0, 0);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "a.o:(.data+0x1): R_X86_64_64 is outside the section's 0x8 "
               "bytes");
    assert_non_null(strstr(l->w.text, "(.data+0xfffffffffffffffc): "));
}

static void an_unknown_type(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b, 8);
    build_relocation(&b, data, 0, 250, build_reference(&b, "g"), 0);
    link_built(l, "a.o", &b);
    link_fails(l, script, "a.o:(.data+0x0): ");
    assert_int_equal(l->w.classes[BOOTLINK_UNSUPPORTED], 1);
    assert_non_null(strstr(l->w.text, "250"));
}

/* ---- The GOT [psABI 5.2] ------------------------------------------------ */

static void load_from_got(struct builder *b, uint32_t text, uint32_t symbol)
{
    build_relocation(b, text, 3, R_X86_64_REX_GOTPCRELX, symbol, -4);
}

static void a_near_symbol_needs_no_got(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b, mov, 8);
    load_from_got(&b, text, build_global(&b, "f", text, 0));
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".text", 0) & 0xffffff, 0xc0c748);
    assert_null(link_section(l, ".data"));
}

static void an_absolute_symbol_that_does_not_fit_gets_an_entry(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b, mov, 8);
    load_from_got(&b, text,
                  build_global(&b, "far", SHN_ABS, 0x123456789abcdef0));
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x123456789abcdef0);
}

static void the_script_discards_the_got(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b, mov, 8);
    load_from_got(&b, text,
                  build_global(&b, "far", SHN_ABS, 0x123456789abcdef0));
    link_built(l, "a.o", &b);
    link_fails(l, "SECTIONS { .text : { *(.text) } /DISCARD/ : { *(.got*) } }",
               "a.o:(.text+0x3): R_X86_64_REX_GOTPCRELX to 'far' needs .got "
               "or .got.plt, and there is none");
}

/* The plan saw f in .text; the script moves it where no load can reach. */
static void the_script_moves_a_near_symbol_away(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t text = add_text(&b, mov, 8);
    load_from_got(&b, text, build_global(&b, "f", text, 0));
    link_built(l, "a.o", &b);
    link_fails(l, "f = 0x123456789abcdef0; SECTIONS { .text : { *(.text) } }",
               "a.o:(.text+0x3): R_X86_64_REX_GOTPCRELX to 'f'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(undefined),
        link_test(undefined_is_shown_three_times),
        link_test(an_undefined_weak_symbol_is_0),
        link_test(defined_in_a_discarded_section),
        link_test(defined_in_the_symbol_table),
        link_test(debug_sections_are_not_read_in_memory),
        link_test(a_script_may_load_debug_sections),
        link_test(a_compressed_section_in_a_file),
        link_test(a_section_without_contents_has_no_relocations),
        link_test(a_place_outside_of_its_section),
        link_test(an_unknown_type),
        link_test(a_near_symbol_needs_no_got),
        link_test(an_absolute_symbol_that_does_not_fit_gets_an_entry),
        link_test(the_script_discards_the_got),
        link_test(the_script_moves_a_near_symbol_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
