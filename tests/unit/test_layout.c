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
        link_test(an_output_section_of_2_to_the_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
