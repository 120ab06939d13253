/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The image in memory: load blocks, gaps, staged pointers, and what two output
 * sections must not do to each other.
 */
#include "unit/linking.h"

static const char eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void add_data(struct builder *b, const char *name)
{
    build_section(b, name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, eight, 8);
}

static void add_bss(struct builder *b, const char *name, uint64_t size)
{
    build_section(b, name, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, size);
}

/* ---- Sections that must not meet ---------------------------------------- */

static void bss_takes_load_addresses_in_memory(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_bss(&b, ".bss", 0x10000);
    add_data(&b, ".data");
    link_built(l, "a.o", &b);
    link_fails(l,
               "SECTIONS { .bss 0x100000 : { *(.bss) }"
               " .data 0x200000 : AT(0x101000) { *(.data) } }",
               "section .data load address [0x101000,0x101007] overlaps "
               "section .bss [0x100000,0x10ffff]");
}

static void thread_local_bss_takes_no_memory(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_section(&b, ".tbss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS,
                  NULL, 0x10000);
    add_data(&b, ".data");
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x100000; .tbss : { *(.tbss) }"
               " .data : { *(.data) } }");
    assert_int_equal(link_section(l, ".data")->address, 0x100000);
    assert_int_equal(l->image.high - l->image.low, 0x1000);
}

static void overlap_at_the_top(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_bss(&b, ".bss", 0x10000);
    add_data(&b, ".data");
    link_built(l, "a.o", &b);
    link_fails(l,
               "SECTIONS { .bss 0xffffffffffff0000 : { *(.bss) }"
               " .data 0xffffffffffff8000 : { *(.data) } }",
               "section .data address [0xffffffffffff8000,0xffffffffffff8007] "
               "overlaps section .bss");
}

/* ---- Zeros: fresh memory is full of other bytes ------------------------- */

static void assert_zeros(const char *data, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        assert_int_equal(data[i], 0);
}

static void bss_is_zeroed(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_bss(&b, ".bss", 0x3000);
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x100000; .bss : { *(.bss) } }");
    assert_zeros(link_section(l, ".bss")->data, 0x3000);
}

/* A section of the file then holds the zeros. */
static void bss_before_data_is_zeroed(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_bss(&b, ".bss", 0x100);
    add_data(&b, ".data");
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { . = 0x100000; .data : { *(.bss) *(.data) } }");
    const char *data = link_section(l, ".data")->data;
    assert_zeros(data, 0x100);
    assert_memory_equal(data + 0x100, eight, 8);
}

/* Nobody's bytes, but the kernel sees them. */
static void what_is_between_sections_is_zeroed(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    add_data(&b, ".one");
    add_data(&b, ".two");
    link_built(l, "a.o", &b);
    link_ok(l, "SECTIONS { .one 0x100010 : { *(.one) }"
               " .two 0x100800 : { *(.two) } }");
    const char *page = (const char *)link_section(l, ".one")->data - 0x10;
    assert_zeros(page, 0x10);
    assert_zeros(page + 0x18, 0x800 - 0x18);
    assert_zeros(page + 0x808, 0x1000 - 0x808);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(bss_is_zeroed),
        link_test(bss_before_data_is_zeroed),
        link_test(what_is_between_sections_is_zeroed),
        link_test(bss_takes_load_addresses_in_memory),
        link_test(thread_local_bss_takes_no_memory),
        link_test(overlap_at_the_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
