/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Unwind tables in an image that is entered [LSB Core 10.6]: what stays of
 * .eh_frame, what .eh_frame_hdr says of it, and memory that runs out. How they
 * look in a file is compared with GNU ld's in tests/differential.
 */
#include "unit/linking.h"

static const char script[] =
    "ENTRY(kept) SECTIONS { . = 0x100000; .text : { *(.text) }"
    " .eh_frame_hdr : { *(.eh_frame_hdr) } .eh_frame : { *(.eh_frame) }"
    " /DISCARD/ : { *(.gone) } }";

/* A CIE of 24 bytes, an FDE of 20 for eight bytes of code, and one more. */
static const unsigned char frames[] = {
    20, 0,   0,  0, 0,  0,  0, 0, 1,    'z',  'R', 0, /* CIE */
    1,  120, 16, 1, 27, 12, 7, 8, 0x90, 1,    0,   0, /* pcrel | sdata4 */
    16, 0,   0,  0, 28, 0,  0, 0,                     /* FDE at 24 */
    0,  0,   0,  0, 8,  0,  0, 0, 0,    0x41, 0,   0, /* address, size */
    16, 0,   0,  0, 48, 0,  0, 0,                     /* FDE at 44 */
    0,  0,   0,  0, 8,  0,  0, 0, 0,    0,    0,   0,
};
enum { CIE = 24, FDE = 20, CIE_CODE = 17, FIRST = 32, SECOND = 52 };

/* An object with a function in `section` for each of its two FDEs. */
static void add_object(struct linking *l, const char *file, const char *name,
                       const char *section, span bytes)
{
    static const char code[8];
    static struct builder builders[2]; /* the link reads from them */
    struct builder *b = &builders[l->request.input_count];
    build_open(b);
    uint32_t text = build_section(b, ".text", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_EXECINSTR, code, 8);
    uint32_t other = build_section(b, section, SHT_PROGBITS,
                                   SHF_ALLOC | SHF_EXECINSTR, code, 8);
    uint32_t frame = build_section(b, ".eh_frame", SHT_PROGBITS, SHF_ALLOC,
                                   bytes.data, bytes.size);
    uint32_t first = build_symbol(b, NULL, STB_LOCAL, STT_SECTION, text, 0, 0);
    uint32_t second =
        build_symbol(b, NULL, STB_LOCAL, STT_SECTION, other, 0, 0);
    build_global(b, name, text, 0);
    build_relocation(b, frame, FIRST, R_X86_64_PC32, first, 0);
    build_relocation(b, frame, SECOND, R_X86_64_PC32, second, 0);
    link_built(l, file, b);
    build_header(b, frame)->sh_addralign = 8;
}

static span all_frames(void)
{
    return (span){(const char *)frames, sizeof(frames)};
}

static void add_two(struct linking *l)
{
    l->request.eh_frame_hdr = true;
    add_object(l, "a.o", "kept", ".gone", all_frames());
    add_object(l, "b.o", "too", ".text", all_frames());
}

static void test_one_cie_and_the_fdes_of_what_is_there(void **state)
{
    struct linking *l = *state;
    add_two(l);
    link_ok(l, script);
    const struct bootlink_section *s = link_section(l, ".eh_frame");
    assert_non_null(s);
    /* a.o: CIE and FDE, padded to 8; b.o: two FDEs. */
    assert_int_equal(s->size, 48 + FDE + FDE);
    const char *at = s->data;
    assert_int_equal(read32(at + CIE), 48 - CIE - 4);
    assert_int_equal(read32(at + 48 + 4), 48 + 4);
}

static void test_table_is_of_what_is_there(void **state)
{
    struct linking *l = *state;
    add_two(l);
    link_ok(l, script);
    const struct bootlink_section *s = link_section(l, ".eh_frame_hdr");
    const struct bootlink_section *frame = link_section(l, ".eh_frame");
    assert_int_equal(s->size, 12 + 3 * 8);
    const char *at = s->data;
    assert_int_equal(read32(at), 0x3b031b01);
    assert_int_equal(s->address + 4 + read32(at + 4), frame->address);
    assert_int_equal(read32(at + 8), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(s->address + (int32_t)read32(at + 12 + 8 * i),
                         0x100000 + 8 * i);
    assert_int_equal(s->address + read32(at + 16), frame->address + CIE);
}

/* What the second FDE has behind its address, size and augmentation, and how
 * many bytes of that are no padding. */
struct code {
    unsigned char bytes[7];
    uint32_t size;
};

static const struct code codes[] = {
    {{0, 0, 0, 0, 0, 0, 0}, 0},
    {{0, 0, 0x41, 0, 0, 0, 0}, 3},
    {{0, 0, 0x41, 0x0a, 0, 0, 0}, 4},
    {{0, 0, 0x0e, 0, 0, 0, 0}, 4},             /* def_cfa_offset 0 */
    {{0, 0, 0x0c, 0, 0, 0, 0}, 5},             /* def_cfa 0, 0 */
    {{0, 0, 2, 0, 0, 0, 0}, 4},                /* advance_loc1 0 */
    {{0, 0, 3, 0, 0, 0, 0}, 5},                /* advance_loc2 0 */
    {{0, 4, 0, 0, 0, 0, 0}, 6},                /* advance_loc4 0 */
    {{0x0e, 0x80, 0, 0, 0, 0, 0}, 3},          /* a number of two bytes */
    {{0x0c, 7, 0x80, 0x80, 0, 0, 0}, 5},       /* the second of three */
    {{0x0f, 3, 0, 0, 0, 0, 0}, 5},             /* an expression of 3 bytes */
    {{0, 0, 0, 0, 0x2e, 0, 0}, 6},             /* GNU_args_size 0 */
    {{0, 0, 0, 0, 0, 0x2e, 0}, 7},             /* and no padding */
    {{0x02, 0x80, 0x03, 0x80, 0x80, 0, 0}, 5}, /* not numbers */
    {{0x3f, 0, 0, 0, 0, 0, 0}, 7},             /* nobody knows */
    {{0x41, 0x3f, 1, 2, 3, 4, 5}, 7},          /* and has no padding */
    {{0x0f, 100, 1, 0, 0, 0, 0}, 7},           /* runs past the end ... */
    {{0x41, 0x41, 0x10, 6, 100, 1, 1}, 7},     /* ... without padding */
    {{0x41, 0x41, 0x41, 0x0e, 0x80, 0, 0}, 6}, /* a number ends at the end */
    {{0x41, 0x41, 0x41, 0x41, 0x41, 4, 0}, 7}, /* four bytes of two */
};

static void test_zeros_that_are_operands_are_no_padding(void **state)
{
    (void)state;
    enum { CODE = 61 };
    for (unsigned i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        void *own = NULL;
        linking_open(&own);
        struct linking *l = own;
        unsigned char bytes[sizeof(frames) + 4];
        memcpy(bytes, frames, sizeof(frames));
        memcpy(bytes + CODE, codes[i].bytes, sizeof(codes[i].bytes));
        bytes[CIE + FDE] = FDE;
        add_object(l, "a.o", "kept", ".text",
                   (span){(const char *)bytes, sizeof(bytes)});
        link_ok(l, script);
        assert_string_equal(l->w.text, "");
        assert_int_equal(link_section(l, ".eh_frame")->size,
                         align_up(CODE + codes[i].size, 4));
        linking_close(&own);
    }
}

/* ---- What is not understood stays --------------------------------------- */

struct damage {
    const char *words;
    uint32_t at;
    unsigned char byte;
};

static const struct damage damages[] = {
    {"a length runs past the end", 0, 0xff},
    {"a length runs past the end", 47, 0x80},
    {"a length runs past the end", 24, 2},
    {"a length runs past the end", 24, 255},
    {"an FDE without its CIE", 28, 24},
    {"an FDE without its CIE", 31, 0xff},
    {"an unknown version", 8, 2},
    {"an unknown augmentation", 10, 'x'},
    {"a pointer encoding without a fixed width", 16, 0xff},
    {"runs past the end of its record", 40, 0x7f},
    {"records behind the terminator", 24, 0},
};

static void test_damage_is_told_and_left(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
        void *own = NULL;
        linking_open(&own);
        struct linking *l = own;
        unsigned char bytes[sizeof(frames)];
        memcpy(bytes, frames, sizeof(bytes));
        bytes[damages[i].at] = damages[i].byte;
        l->request.eh_frame_hdr = true;
        add_object(l, "a.o", "kept", ".text",
                   (span){(const char *)bytes, sizeof(bytes)});
        link_ok(l, script);
        if (!strstr(l->w.text, damages[i].words))
            fail_msg("%u: '%s' is not in: %s", i, damages[i].words, l->w.text);
        assert_non_null(strstr(l->w.text, "a.o:(.eh_frame+0x"));
        assert_int_equal(link_section(l, ".eh_frame")->size, sizeof(frames));
        assert_int_equal(link_section(l, ".eh_frame_hdr")->size, 8);
        linking_close(&own);
    }
}

/* What the CIE's 7 bytes of instructions are, in two objects. */
static void test_unknown_instructions_of_a_cie_are_passed_on(void **state)
{
    static const unsigned char unknown[][7] = {
        {0x3f, 7, 8, 0x90, 1, 0, 0},  {12, 7, 8, 0x90, 1, 0x3f, 0},
        {12, 7, 8, 1, 0, 0, 0}, /* DW_CFA_set_loc */
        {12, 7, 8, 0x90, 1, 0, 0x0e}, {12, 7, 8, 0x90, 1, 0x0f, 0x7f},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
        void *own = NULL;
        linking_open(&own);
        struct linking *l = own;
        unsigned char bytes[sizeof(frames)];
        memcpy(bytes, frames, sizeof(bytes));
        memcpy(bytes + CIE_CODE, unknown[i], sizeof(unknown[i]));
        add_object(l, "a.o", "kept", ".gone",
                   (span){(const char *)bytes, sizeof(bytes)});
        add_object(l, "b.o", "too", ".text",
                   (span){(const char *)bytes, sizeof(bytes)});
        link_ok(l, script);
        assert_string_equal(l->w.text, "");
        const struct bootlink_section *s = link_section(l, ".eh_frame");
        assert_int_equal(s->size, 48 + FDE + FDE);
        const char *code = s->data;
        assert_memory_equal(code + CIE_CODE, unknown[i], sizeof(unknown[i]));
        linking_close(&own);
    }
}

/* The CIE of a section that is left as it is stands for no other. */
static void test_a_cie_that_is_left_is_not_shared(void **state)
{
    struct linking *l = *state;
    unsigned char bytes[sizeof(frames)];
    memcpy(bytes, frames, sizeof(bytes));
    bytes[SECOND - 4] = 1; /* it has no CIE at that distance */
    add_object(l, "a.o", "kept", ".text",
               (span){(const char *)bytes, sizeof(bytes)});
    add_object(l, "b.o", "too", ".text", all_frames());
    link_ok(l, script);
    assert_non_null(strstr(l->w.text, "a.o:(.eh_frame+0x"));
    assert_int_equal(link_section(l, ".eh_frame")->size, 2 * sizeof(frames));
}

/* ---- Memory ------------------------------------------------------------- */

static void test_memory_runs_out(void **state)
{
    (void)state;
    bool is_linked = false;
    for (uint64_t n = 1; !is_linked; n++) {
        void *own = NULL;
        linking_open(&own);
        struct linking *l = own;
        add_two(l);
        l->w.fail_at = n;
        is_linked = link_run(l, script);
        if (!is_linked)
            assert_non_null(strstr(l->w.text, "memory"));
        linking_close(&own);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_one_cie_and_the_fdes_of_what_is_there, linking_open,
            linking_close),
        cmocka_unit_test_setup_teardown(test_table_is_of_what_is_there,
                                        linking_open, linking_close),
        cmocka_unit_test(test_zeros_that_are_operands_are_no_padding),
        cmocka_unit_test(test_damage_is_told_and_left),
        cmocka_unit_test(test_unknown_instructions_of_a_cie_are_passed_on),
        cmocka_unit_test_setup_teardown(test_a_cie_that_is_left_is_not_shared,
                                        linking_open, linking_close),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
