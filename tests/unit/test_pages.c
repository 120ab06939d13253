/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is to be mapped, and where it is loaded: runs of whole pages with one
 * set of permissions, blocks of memory, the top of the address space.
 */
#include "unit/linking.h"

static const char zeros[64];

enum {
    R = BOOTLINK_READ,
    RW = BOOTLINK_READ | BOOTLINK_WRITE,
    RX = BOOTLINK_READ | BOOTLINK_EXECUTE,
};

/* .text, .rodata and .data of 16 bytes, .bss of 0x2000. */
static void add_object(struct linking *l, struct builder *b)
{
    build_open(b);
    build_section(b, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, zeros,
                  16);
    build_section(b, ".rodata", SHT_PROGBITS, SHF_ALLOC, zeros, 16);
    build_section(b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros, 16);
    build_section(b, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, 0x2000);
    link_built(l, "a.o", b);
}

static void assert_segment(struct linking *l, size_t i, uint64_t address,
                           uint64_t size, unsigned permissions)
{
    assert_true(i < l->image.segment_count);
    const struct bootlink_segment *s = &l->image.segments[i];
    assert_int_equal(s->address, address);
    assert_int_equal(s->size, size);
    assert_int_equal(s->permissions, permissions);
}

/* ---- Runs --------------------------------------------------------------- */

static void neighbours_of_one_kind_are_one_run(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0x100000 : { *(.text) }"
               " .data 0x101000 : { *(.data) } .bss 0x102000 : { *(.bss) }"
               " /DISCARD/ : { *(*) } }");
    assert_int_equal(l->image.segment_count, 2);
    assert_segment(l, 0, 0x100000, 0x1000, RX);
    assert_segment(l, 1, 0x101000, 0x3000, RW);
    assert_int_equal(l->image.low, 0x100000);
    assert_int_equal(l->image.high, 0x104000);
}

static const char per_cpu_script[] =
    "SECTIONS { . = 0xffffffff80000000;"
    " .text : AT(ADDR(.text) - 0xffffffff7f000000) { *(.text) }"
    " .data 0 : AT(0x1001000) { *(.data) } /DISCARD/ : { *(*) } }";

/* As per-CPU variables are: the image is not all that lies between. */
static void a_section_at_0_of_a_higher_half_image(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, per_cpu_script);
    assert_int_equal(l->image.segment_count, 2);
    assert_segment(l, 0, 0, 0x1000, RW);
    assert_segment(l, 1, 0xffffffff80000000, 0x1000, RX);
    assert_int_equal(l->image.segments[0].physical, 0x1001000);
    assert_int_equal(l->image.segments[1].physical, 0x1000000);
    assert_int_equal(l->image.low, 0xffffffff80000000);
    assert_int_equal(l->image.high, 0xffffffff80001000);
}

/* `phys: any` keeps the shape that the load addresses give. */
static void a_section_at_0_loaded_anywhere(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    l->request.load_anywhere = true;
    link_ok(l, per_cpu_script);
    assert_int_equal(l->image.segments[0].physical,
                     l->image.segments[1].physical + 0x1000);
}

/* The page in the middle is .rodata's and .data's. */
static void a_shared_page_has_the_permissions_of_both(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .rodata 0x100ff8 : { *(.rodata) } .bss : {"
               " *(.bss) } /DISCARD/ : { *(*) } }");
    assert_int_equal(l->image.segment_count, 2);
    assert_segment(l, 0, 0x100000, 0x1000, R);
    assert_segment(l, 1, 0x101000, 0x3000, RW);
}

static void code_and_data_in_one_page(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .text 0x100000 : { *(.text) } .data : { *(.data) }"
               " /DISCARD/ : { *(*) } }",
               "section .data shares the page at 0x100000 with section .text, "
               "and together they would be writable and executable; put "
               "`. = ALIGN(4096);` between them in the script");
}

static void code_and_data_in_one_section(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l, "SECTIONS { .all : { *(*) } }",
               "section .all is writable and executable; put its code and its "
               "data into different output sections");
}

static void one_page_at_two_load_addresses(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .rodata 0x100000 : AT(0x200000) { *(.rodata) }"
               " .data 0x100010 : AT(0x300010) { *(.data) }"
               " /DISCARD/ : { *(*) } }",
               "sections .rodata and .data share a page of addresses, but not "
               "of load addresses; align the second to 4096");
}

/* ---- Where it is loaded ------------------------------------------------- */

/* Values come from `physical`, bytes go through the pointer. */
static void a_low_image_is_loaded_at_its_addresses(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0x100000 : { *(.text) }"
               " /DISCARD/ : { *(*) } }");
    assert_int_equal(l->image.segments[0].physical, 0x100000);
    assert_true((uintptr_t)link_section(l, ".text")->data != 0x100000);
}

static void a_high_image_is_loaded_anywhere(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0xffffffff80000000 : { *(.text) }"
               " /DISCARD/ : { *(*) } }");
    uint64_t physical = l->image.segments[0].physical;
    assert_true(physical >= TEST_WORLD_PHYSICAL);
    assert_int_equal(physical % (2 << 20), 0);
}

static void at_binds_a_high_image(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0xffffffff80000000 : AT(0x300000) {"
               " *(.text) } /DISCARD/ : { *(*) } }");
    assert_int_equal(l->image.segments[0].physical, 0x300000);
}

static void load_anywhere_frees_a_low_image(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    l->request.load_anywhere = true;
    link_ok(l, "SECTIONS { .text 0x100000 : AT(0x300000) { *(.text) }"
               " /DISCARD/ : { *(*) } }");
    assert_true(l->image.segments[0].physical >= TEST_WORLD_PHYSICAL);
}

/* Memory is asked for only where there is something. */
static void a_bound_image_with_a_hole_is_two_blocks(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .text 0x100000 : { *(.text) }"
               " .data 0x40000000 : { *(.data) } /DISCARD/ : { *(*) } }");
    assert_int_equal(test_world_blocks(&l->w, BOOTLINK_MEMORY_IMAGE), 2);
    assert_int_equal(l->image.segments[1].physical, 0x40000000);
}

static void load_address_in_another_place_of_the_page(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .text 0x100000 : AT(0x200010) { *(.text) }"
               " /DISCARD/ : { *(*) } }",
               "section .text: address 0x100000 and load address 0x200010 are "
               "at different places of a page; make AT() agree with the "
               "address modulo 4096");
}

static void no_memory_for_a_bound_image(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .bss 0x100000 : { *(.bss) . = 0x1000000000000000; }"
               " /DISCARD/ : { *(*) } }",
               "no memory at 0x100000 for 0x1000000000000000 bytes from "
               "section .bss on; change the load address, or say `phys: any`");
}

static void no_memory_for_a_free_image(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(
        l,
        "SECTIONS { .text 0x8000000000000000 : { *(.text) }"
        " .data 0xf000000000000000 : { *(.data) } /DISCARD/ : { *(*) } }",
        "no memory for the image: 0x7000000000001000 bytes in one "
        "piece, 2 MiB aligned; give the machine more memory, or make "
        ".data smaller");
}

/* ---- The top of the address space, where the end is 0 ------------------- */

static void a_section_in_the_last_page(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .bss 0xffffffffffffe000 : { *(.bss) }"
               " /DISCARD/ : { *(*) } }");
    assert_segment(l, 0, 0xffffffffffffe000, 0x2000, RW);
    assert_int_equal(l->image.high - l->image.low, 0x2000);
}

static void two_sections_in_the_last_page(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l,
            "SECTIONS { .rodata 0xfffffffffffff000 : { *(.rodata) }"
            " .data 0xfffffffffffffff0 : { *(.data) } /DISCARD/ : { *(*) } }");
    assert_int_equal(l->image.segment_count, 1);
    assert_segment(l, 0, 0xfffffffffffff000, 0x1000, RW);
}

static void a_gap_up_to_the_end(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_ok(l, "SECTIONS { .data 0xfffffffffffff000 : { *(.data)"
               " . = 0x1000; } /DISCARD/ : { *(*) } }");
    assert_int_equal(link_section(l, ".data")->size, 0x1000);
}

static void past_the_end(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .bss 0xfffffffffffff000 : { *(.bss) }"
               " /DISCARD/ : { *(*) } }",
               "section .bss: 0x2000 more bytes run past the end of the "
               "address space");
}

static void the_whole_address_space(void **state)
{
    struct linking *l = *state;
    struct builder b;
    add_object(l, &b);
    link_fails(l,
               "SECTIONS { .bss 0 : { *(.bss) . = 0xffffffffffffffff; }"
               " /DISCARD/ : { *(*) } }",
               "no memory at 0x0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(neighbours_of_one_kind_are_one_run),
        link_test(a_section_at_0_of_a_higher_half_image),
        link_test(a_section_at_0_loaded_anywhere),
        link_test(a_shared_page_has_the_permissions_of_both),
        link_test(code_and_data_in_one_page),
        link_test(code_and_data_in_one_section),
        link_test(one_page_at_two_load_addresses),
        link_test(a_low_image_is_loaded_at_its_addresses),
        link_test(a_high_image_is_loaded_anywhere),
        link_test(at_binds_a_high_image),
        link_test(load_anywhere_frees_a_low_image),
        link_test(a_bound_image_with_a_hole_is_two_blocks),
        link_test(load_address_in_another_place_of_the_page),
        link_test(no_memory_for_a_bound_image),
        link_test(no_memory_for_a_free_image),
        link_test(a_section_in_the_last_page),
        link_test(two_sections_in_the_last_page),
        link_test(a_gap_up_to_the_end),
        link_test(past_the_end),
        link_test(the_whole_address_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
