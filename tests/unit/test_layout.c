/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses as a layout script gives them out: the location counter, symbols,
 * load addresses, and layouts that cannot be.
 * [GNU ld manual: SECTIONS]
 */
#include "unit/linking.h"

static const char eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};

/* An object with 8 bytes of code and f in the middle of them. */
static void add_object(struct linking *l, struct builder *b)
{
    build_open(b);
    uint32_t text = build_section(b, ".text", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_EXECINSTR, eight, 8);
    build_global(b, "f", text, 4);
    link_built(l, "a.o", b);
}

/* ---- Symbols ------------------------------------------------------------ */

static void values_travel_backwards(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "a = b; b = c; c = d; d = 0x5000;"
               "SECTIONS { .text a : { *(.text) } }");
    assert_int_equal(link_section(l, ".text")->address, 0x5000);
}

static void a_script_that_chases_itself(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l, "a = 1; SECTIONS { .text f + 0x1000 : { *(.text) } }",
               "test.ld: the layout still moves after 16 turns");
}

static void the_script_refers_to_what_it_provides(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { . = 0x1000; .text : { *(.text) }"
               " PROVIDE(end = .); ASSERT(end > 0x1000, \"no end\") }");
    assert_int_equal(link_address(l, "end"), 0x1008);
}

/* ---- Load addresses [GNU ld manual: Output Section LMA] ------------------ */

static void load_addresses_keep_their_distance(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .a 0x100000 : AT(0x500000) { QUAD(1) }"
               " .text 0x102000 : { *(.text) } x = LOADADDR(.text); }");
    assert_int_equal(link_address(l, "x"), 0x502000);
}

static void two_sections_in_one_place(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(
        l, "SECTIONS { .text 0x1000 : { *(.text) } .a 0x1004 : { QUAD(1) } }",
        "section .a address [0x1004,0x100b] overlaps section .text "
        "[0x1000,0x1007]; give one of them another address in the "
        "script");
}

static void two_sections_loaded_to_one_place(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .text 0x1000 : { *(.text) }"
               " .a 0x2004 : AT(0x1004) { QUAD(1) } }",
               "section .a load address [0x1004,0x100b] overlaps section "
               ".text [0x1000,0x1007]");
}

/* The addresses of PHDRS count too. */
static void two_segments_loaded_to_one_place(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "PHDRS { one PT_LOAD AT(0x5000); two PT_LOAD AT(0x5000); }"
               "SECTIONS { .text 0x1000 : { *(.text) } :one"
               " .a 0x2000 : { QUAD(1) } :two }",
               "load address [0x5000,0x5007] overlaps section");
}

/* SIZEOF_HEADERS asks for headers when their addresses are not known yet. */
static void headers_are_counted_before_they_are_known(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "PHDRS { one PT_LOAD AT(a); } a = b; b = c; c = 0x500078;"
               "SECTIONS { . = 0x10000 + SIZEOF_HEADERS;"
               " .text : { *(.text) } :one }");
    assert_int_equal(link_section(l, ".text")->address, 0x10078);
    assert_int_equal(l->image.segments[0].physical, 0x500000);
}

/* ---- Contents ----------------------------------------------------------- */

static void data_of_the_script(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .a 0x1000 : { BYTE(1) SHORT(2) LONG(3) BYTE(4)"
               " QUAD(ADDR(.a)) } .text 0x2000 : { *(.text) } }");
    assert_int_equal(link_word(l, ".a", 0), 0x0400000003000201);
    assert_int_equal(link_word(l, ".a", 8), 0x1000);
}

/* A hex fill is as long as its digits, any other is four big-endian bytes.
 * [GNU ld manual: Output Section Fill] */
static void fills(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l,
            "SECTIONS { .a 0x1000 : { . = 4; FILL(1) . = 8; BYTE(9) . = 16; }"
            " =0xabcd .text 0x2000 : { *(.text) } }");
    assert_int_equal(link_word(l, ".a", 0), 0x01000000cdabcdab);
    assert_int_equal(link_word(l, ".a", 8), 0x0000000100000009);
}

static void backwards_inside_a_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l, "SECTIONS { .text 0x1000 : { *(.text) . = 4; } }",
               "test.ld:1:38: cannot move the location counter backwards "
               "inside an output section");
}

/* ---- Output sections that come out empty -------------------------------- */

static void an_empty_section_goes_its_symbol_stays(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0x1000 : { *(.text) }"
               " .none : { *(.none) none = .; } }");
    assert_null(link_section(l, ".none"));
    assert_int_equal(link_address(l, "none"), 0x1008);
}

static void a_discarded_section_is_nowhere(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { /DISCARD/ : { *(.text) } .a 0x1000 : { QUAD(1) } }");
    assert_int_equal(l->image.section_count, 1);
    assert_int_equal(link_address(l, "f"), 0);
}

/* ---- Orphans [GNU ld manual: Orphan Sections] --------------------------- */

/* Each section of 8 bytes on a page of its own, so that all may be mapped. */
static void add_orphan(struct builder *b, const char *name, uint64_t flags)
{
    uint32_t index =
        build_section(b, name, SHT_PROGBITS, SHF_ALLOC | flags, eight, 8);
    b->sections[index].sh_addralign = 4096;
}

static void orphans_go_behind_their_kind(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_orphan(&b, ".text", SHF_EXECINSTR);
    add_orphan(&b, ".rodata", 0);
    add_orphan(&b, ".data", SHF_WRITE);
    add_orphan(&b, "more_data", SHF_WRITE);
    add_orphan(&b, "more_code", SHF_EXECINSTR);
    add_orphan(&b, "more_constants", 0);
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x10000; .text : { *(.text) }"
               " .rodata : { *(.rodata) } .data : { *(.data) } }");
    assert_int_equal(link_section(l, "more_code")->address, 0x11000);
    assert_int_equal(link_section(l, ".rodata")->address, 0x12000);
    assert_int_equal(link_section(l, "more_constants")->address, 0x13000);
    assert_int_equal(link_section(l, ".data")->address, 0x14000);
    assert_int_equal(link_section(l, "more_data")->address, 0x15000);
}

static void orphans_of_one_name_are_one_section(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_open(&a);
    add_orphan(&a, "x", SHF_WRITE);
    link_built(l, "a.o", &a);
    build_open(&b);
    add_orphan(&b, "x", SHF_WRITE);
    link_built(l, "b.o", &b);
    link_ok(l, "SECTIONS { . = 0x10000; }");
    assert_int_equal(l->image.section_count, 1);
    assert_int_equal(link_section(l, "x")->size, 0x1008);
}

static void a_common_that_no_pattern_takes_is_bss(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_common(&b, "x", 8, 8);
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x10000; }");
    assert_int_equal(link_section(l, ".bss")->size, 8);
}

/* ---- Linker sets -------------------------------------------------------- */

static void start_and_stop_of_a_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_orphan(&b, "set", SHF_WRITE);
    build_reference(&b, "__start_set");
    build_reference(&b, "__stop_set");
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x10000; }");
    assert_int_equal(link_address(l, "__start_set"), 0x10000);
    assert_int_equal(link_address(l, "__stop_set"), 0x10008);
}

/* ---- The end of the address space --------------------------------------- */

static void an_output_section_of_2_to_the_64(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_section(&b, ".a", SHT_NOBITS, SHF_ALLOC, NULL, 1ull << 63);
    build_section(&b, ".b", SHT_NOBITS, SHF_ALLOC, NULL, 1ull << 63);
    build_section(&b, ".c", SHT_PROGBITS, SHF_ALLOC, eight, 8);
    link_built(l, "a.o", &b);
    link_fails(l, "SECTIONS { .all 0 : { *(.c) *(.a) *(.b) *(.c) } }",
               "section .all: 0x8000000000000000 more bytes run past the end "
               "of the address space");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(values_travel_backwards),
        link_test(a_script_that_chases_itself),
        link_test(the_script_refers_to_what_it_provides),
        link_test(load_addresses_keep_their_distance),
        link_test(two_sections_in_one_place),
        link_test(two_sections_loaded_to_one_place),
        link_test(two_segments_loaded_to_one_place),
        link_test(headers_are_counted_before_they_are_known),
        link_test(data_of_the_script),
        link_test(fills),
        link_test(backwards_inside_a_section),
        link_test(an_empty_section_goes_its_symbol_stays),
        link_test(a_discarded_section_is_nowhere),
        link_test(orphans_go_behind_their_kind),
        link_test(orphans_of_one_name_are_one_section),
        link_test(a_common_that_no_pattern_takes_is_bss),
        link_test(start_and_stop_of_a_section),
        link_test(an_output_section_of_2_to_the_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
