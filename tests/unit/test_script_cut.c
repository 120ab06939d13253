/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A script that has every word, damaged at every byte: cut off there, or with a
 * character there that fits hardly anywhere. Either it is a script still, or
 * one message says where it is not, and shows the line.
 */
#include "script_show.h"

static const char every_word[] =
    "ENTRY(start) OUTPUT(a.elf) SEARCH_DIR(\"=/lib\") TARGET(elf64-x86-64)\n"
    "OUTPUT_FORMAT(\"elf64-x86-64\", \"elf64-x86-64\", \"elf64-x86-64\")\n"
    "OUTPUT_ARCH(i386:x86-64) LD_FEATURE(\"SANE_EXPR\") EXTERN(f, g)\n"
    "STARTUP(crt0.o) INPUT(a.o, -lx AS_NEEDED(b.o)) GROUP(a.a -l:b.a)\n"
    "FORCE_COMMON_ALLOCATION FORCE_GROUP_ALLOCATION HLL(x) SYSLIB(y)\n"
    "NOCROSSREFS(.a .b) NOCROSSREFS_TO(.a .b)\n"
    "VERSION { V1 { global: f; extern \"C++\" { g; }; local: *; }; }\n"
    "MEMORY { rom (rx!w) : ORIGIN = 1M, LENGTH = 64K\n"
    "  ram : org = 2M, l = ORIGIN(rom) }\n"
    "REGION_ALIAS(\"all\", rom)\n"
    "PHDRS { text PT_LOAD FILEHDR PHDRS AT(1M) FLAGS(5); n 0x4; }\n"
    "x = 1 ? 2 : -3 * (4 + ~5); y <<= !x; PROVIDE(z = x ^ y);\n"
    "HIDDEN(h = DEFINED(x) || SIZEOF(.text) && 1);\n"
    "PROVIDE_HIDDEN(ph = MAX(1, MIN(x, y)) % LOG2CEIL(5));\n"
    "ASSERT(x >= y, \"no\")\n"
    "SECTIONS {\n"
    "  . = SEGMENT_START(\"text\", 1M) + SIZEOF_HEADERS;\n"
    "  .text 1M (NOLOAD) : AT(2M) ALIGN(16) SUBALIGN(4) ONLY_IF_RO {\n"
    "    KEEP(*(SORT_BY_INIT_PRIORITY(.init.*)))\n"
    "    *(EXCLUDE_FILE(*a.o b.o) .text SORT(SORT_BY_ALIGNMENT(.t*)))\n"
    "    SORT(*)(REVERSE(SORT_BY_NAME(.u))) EXCLUDE_FILE(c.o) *(.v)\n"
    "    INPUT_SECTION_FLAGS(SHF_ALLOC & !SHF_WRITE) *.o(.w)\n"
    "    BYTE(1) SHORT(2) LONG(3) QUAD(4) SQUAD(5) FILL(0x90)\n"
    "    ASCII(8) \"a\\n\" ASCIZ \"b\\101\" CONSTRUCTORS LINKER_VERSION\n"
    "    SORT(CONSTRUCTORS) CREATE_OBJECT_SYMBOLS a.o\n"
    "    ASSERT(1, \"yes\") PROVIDE(in = .); . = ALIGN(., 8); . += 4;\n"
    "  } >rom AT>ram :text :n =0x9090\n"
    "  .data BLOCK(16) : ALIGN_WITH_INPUT { *(.data) } :NONE =5,\n"
    "  .note (TYPE = SHT_NOTE) : { QUAD(ADDR(.text) + LOADADDR(.data)) }\n"
    "  .bind BIND(5) : { LONG(CONSTANT(MAXPAGESIZE)) }\n"
    "  .type (READONLY (TYPE = 7)) : { LONG(LENGTH(rom) / ALIGNOF(.text)) }\n"
    "  . = DATA_SEGMENT_ALIGN(4K, 4K); . = DATA_SEGMENT_RELRO_END(0, .);\n"
    "  . = DATA_SEGMENT_END(.);\n"
    "  OVERLAY 3M : NOCROSSREFS AT(4M) { .o1 { *(.o1) } :text =1 .o2 { } }\n"
    "    >ram :text =2\n"
    "  /DISCARD/ : { *(.comment .note.*) }\n"
    "}\n"
    "SECTIONS { .i : { *(.i) } } INSERT AFTER .text;\n";

/* Parses, and looks at what is said if that fails. Returns whether it was a
 * script. */
static bool is_script_or_says_why(const char *text, size_t size)
{
    static struct test_world w;
    struct show to = {.size = 0};
    test_world_open(&w);
    bool ok = parse_bytes(&w, &to, text, size);
    if (!ok) {
        assert_int_equal(strncmp(w.text, "t.ld:", 5), 0);
        bool has_line = w.text[w.text_size - 2] == '^';
        assert_true(has_line || strstr(w.text, "the end of the file"));
    }
    test_world_close(&w);
    return ok;
}

static void the_whole_is_a_script(void **state)
{
    (void)state;
    assert_true(is_script_or_says_why(every_word, sizeof(every_word) - 1));
}

static void cut_off_at_every_byte(void **state)
{
    (void)state;
    size_t good = 0;
    for (size_t size = 0; size < sizeof(every_word) - 1; size++)
        good += is_script_or_says_why(every_word, size);
    assert_in_range(good, 10, sizeof(every_word) / 4);
}

/* A character in the place of each. */
static size_t count_good_with(char c)
{
    char text[sizeof(every_word)];
    memcpy(text, every_word, sizeof(text));
    size_t good = 0;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        text[i] = c;
        good += is_script_or_says_why(text, sizeof(text) - 1);
        text[i] = every_word[i];
    }
    return good;
}

static void another_character_at_every_byte(void **state)
{
    (void)state;
    assert_in_range(count_good_with('}'), 1, sizeof(every_word) / 2);
    assert_in_range(count_good_with('('), 1, sizeof(every_word) / 2);
    assert_in_range(count_good_with('@'), 1, sizeof(every_word) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_is_a_script),
        cmocka_unit_test(cut_off_at_every_byte),
        cmocka_unit_test(another_character_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
