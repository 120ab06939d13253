/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Merged strings and constants in memory, and section headers that no compiler
 * writes. What GNU ld makes of the same is in tests/differential/test_merge.py.
 */
#include "merge.h"
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

enum { MANY = 300, EACH = 9 };

/* Writes so many texts of eight letters, with a NUL, that a table of 512 slots
 * has one slot for all, and then all of them again. */
static void fill_with_one_hash(char *bytes)
{
    uint32_t count = 0;
    for (uint64_t n = 0; count < MANY; n++) {
        char *text = bytes + (size_t)EACH * count;
        for (unsigned i = 0; i < EACH; i++)
            text[i] = i < 8 ? (char)('a' + (n >> 4 * i & 15)) : '\0';
        count += merge_hash((span){text, 8}) % 512 == 0;
    }
    memcpy(bytes + MANY * EACH, bytes, MANY * EACH);
}

static void check_one_hash(struct linking *l, uint64_t flags, uint32_t each)
{
    static char bytes[2 * MANY * EACH];
    struct builder b;
    fill_with_one_hash(bytes);
    for (uint32_t i = 0; i < 2 * MANY; i++)
        memmove(bytes + i * each, bytes + i * EACH, each);
    build_open(&b);
    uint32_t x =
        build_section(&b, ".x", SHT_PROGBITS, flags, bytes, 2 * MANY * each);
    b.sections[x].sh_entsize = flags & SHF_STRINGS ? 1 : each;
    link_file(l, "a.o", build_bytes(&b));
    link_ok(l, SCRIPT);
    assert_int_equal(link_section(l, ".x")->size, MANY * each);
    assert_memory_equal(link_section(l, ".x")->data, bytes, MANY * each);
}

static void strings_of_one_hash_are_merged(void **state)
{
    check_one_hash(*state, STRINGS, EACH);
}

static void constants_of_one_hash_are_merged(void **state)
{
    check_one_hash(*state, SHF_ALLOC | SHF_MERGE, EACH - 1);
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
        link_test(strings_of_one_hash_are_merged),
        link_test(constants_of_one_hash_are_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
