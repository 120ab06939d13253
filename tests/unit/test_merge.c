/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Merged strings and constants in memory, and section headers that no compiler
 * writes. What GNU ld makes of the same is in tests/differential/test_merge.py.
 */
#include "unit/linking.h"

#define SCRIPT                                                                 \
    "SECTIONS { . = 0x100000; .text : { *(.text) } .x : { *(.x .debug_str) } " \
    "}"

enum { STRINGS = SHF_ALLOC | SHF_MERGE | SHF_STRINGS };

/* A section with three times the same entry, and f, which is at the third. */
static struct builder three_times(const char *name, uint32_t type,
                                  uint64_t flags, uint64_t entry_size)
{
    struct builder b;
    build_open(&b);
    uint32_t x = build_section(&b, name, type, flags,
                               type == SHT_NOBITS ? NULL : "ab\0ab\0ab", 9);
    build_global(&b, "f", x, 6);
    b.sections[x].sh_entsize = entry_size;
    return b;
}

static void check(struct linking *l, struct builder b, uint64_t size)
{
    link_file(l, "a.o", build_bytes(&b));
    link_ok(l, SCRIPT);
    assert_int_equal(link_section(l, ".x")->size, size);
    assert_int_equal(link_address(l, "f"), 0x100000 + (size == 9 ? 6 : 0));
}

static void strings_are_merged_in_memory(void **state)
{
    check(*state, three_times(".x", SHT_PROGBITS, STRINGS, 1), 3);
    struct linking *l = *state;
    assert_memory_equal(link_section(l, ".x")->data, "ab", 3);
}

static void constants_are_merged_in_memory(void **state)
{
    check(*state, three_times(".x", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE, 3), 3);
}

static void entries_of_no_size_are_left(void **state)
{
    check(*state, three_times(".x", SHT_PROGBITS, STRINGS, 0), 9);
}

static void entries_of_a_huge_size_are_left(void **state)
{
    check(*state, three_times(".x", SHT_PROGBITS, STRINGS, UINT64_MAX), 9);
}

static void one_entry_as_large_as_the_section(void **state)
{
    struct builder b = three_times(".x", SHT_PROGBITS, STRINGS, 9);
    struct linking *l = *state;
    link_file(l, "a.o", build_bytes(&b));
    link_ok(l, SCRIPT);
    assert_int_equal(link_section(l, ".x")->size, 18); /* with a terminator */
    assert_int_equal(link_address(l, "f"), 0x100006);
}

static void sections_without_bytes_are_left(void **state)
{
    check(*state, three_times(".x", SHT_NOBITS, STRINGS, 1), 9);
}

/* They are not loaded, and so not read. */
static void debug_strings_are_left_in_memory(void **state)
{
    struct linking *l = *state;
    struct builder b =
        three_times(".debug_str", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, 1);
    link_file(l, "a.o", build_bytes(&b));
    link_ok(l, SCRIPT);
    assert_null(link_section(l, ".x"));
}

static void a_huge_alignment_is_left(void **state)
{
    struct builder b = three_times(".x", SHT_PROGBITS, STRINGS, 1);
    b.sections[b.section_count - 1].sh_addralign = 1ull << 32;
    struct linking *l = *state;
    link_file(l, "a.o", build_bytes(&b));
    link_ok(l, "SECTIONS { .x : SUBALIGN(1) { *(.x) } }");
    assert_int_equal(link_section(l, ".x")->size, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(strings_are_merged_in_memory),
        link_test(constants_are_merged_in_memory),
        link_test(entries_of_no_size_are_left),
        link_test(entries_of_a_huge_size_are_left),
        link_test(one_entry_as_large_as_the_section),
        link_test(sections_without_bytes_are_left),
        link_test(debug_strings_are_left_in_memory),
        link_test(a_huge_alignment_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
