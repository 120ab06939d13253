/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who defines what: every pair of the ranks in symbols.c, commons, visibility,
 * COMDAT groups. [gABI: Symbol Table, Symbol Visibility, Section Groups]
 */
#include "unit/linking.h"

static const char zeros[64];
static const char script[] =
    "SECTIONS { .data 0x100000 : { *(.data) } .bss 0x200000 : { *(COMMON) }"
    " . = 0x300000; }";

static uint32_t add_data(struct builder *b)
{
    return build_section(b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros,
                         64);
}

/* ---- Ranks -------------------------------------------------------------- */

/* What an object can say of x. */
enum mention { STRONG, COMMON, WEAK, REFERENCE, MENTIONS };

static const char *const names[MENTIONS] = {"strong", "common", "weak",
                                            "reference"};

static void mention(struct builder *b, enum mention how, uint64_t value)
{
    build_open(b);
    uint32_t data = add_data(b);
    if (how == STRONG)
        build_global(b, "x", data, value);
    else if (how == COMMON)
        build_common(b, "x", 8 * value, 8);
    else if (how == WEAK)
        build_weak(b, "x", data, value);
    else
        build_reference(b, "x");
}

/* Which of two mentions wins: 0 the first, 1 the second, 2 both are one common
 * symbol, 3 neither, 4 a duplicate. */
static const char winners[MENTIONS][MENTIONS] = {
    /* the first is   the second is strong, common, weak, a reference */
    [STRONG] = {4, 0, 0, 0},
    [COMMON] = {1, 2, 0, 0},
    [WEAK] = {1, 1, 0, 0},
    [REFERENCE] = {1, 1, 1, 3},
};

/* a.o has its .data at 0x100000, b.o its own at 0x100040. */
static uint64_t address(enum mention how, unsigned object)
{
    return how == COMMON ? 0x200000 : 0x100000 + 0x40 * object + 1 + object;
}

static void check_winner(struct linking *l, enum mention first,
                         enum mention second)
{
    unsigned winner = winners[first][second];
    if (winner == 4) {
        link_fails(l, script,
                   "b.o:(.data+0x2): multiple definition of 'x'\n"
                   "    first defined in a.o:(.data+0x1); make one of them "
                   "static or weak, or leave one file out");
        return;
    }
    link_ok(l, script);
    uint64_t expected = winner == 3   ? 0
                        : winner == 1 ? address(second, 1)
                                      : address(first, 0);
    if (link_address(l, "x") != expected)
        fail_msg("%s, then %s: 0x%llx", names[first], names[second],
                 (unsigned long long)link_address(l, "x"));
}

static void every_pair_of_ranks(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < MENTIONS * MENTIONS; pair++) {
        void *opened;
        struct builder a, b;
        linking_open(&opened);
        struct linking *l = opened;
        mention(&a, pair / MENTIONS, 1);
        mention(&b, pair % MENTIONS, 2);
        link_built(l, "a.o", &a);
        link_built(l, "b.o", &b);
        check_winner(l, pair / MENTIONS, pair % MENTIONS);
        linking_close(&opened);
    }
}

static void an_absolute_symbol_is_a_definition(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_open(&a);
    build_global(&a, "x", SHN_ABS, 0x1234);
    add_data(&a);
    link_built(l, "a.o", &a);
    mention(&b, STRONG, 2);
    link_built(l, "b.o", &b);
    link_fails(l, script, "first defined in a.o:(*ABS*+0x1234)");
}

static void a_weak_reference_stays_one(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    uint32_t data = add_data(&b);
    uint32_t x = build_weak(&b, "x", SHN_UNDEF, 0);
    build_relocation(&b, data, 0, R_X86_64_64, x, 0);
    link_built(l, "a.o", &b);
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0);
}

/* [gABI: STB_WEAK] */
static void one_strong_reference_is_enough(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_open(&a);
    uint32_t data = add_data(&a);
    uint32_t x = build_weak(&a, "x", SHN_UNDEF, 0);
    build_relocation(&a, data, 0, R_X86_64_64, x, 0);
    link_built(l, "a.o", &a);
    mention(&b, REFERENCE, 0);
    link_built(l, "b.o", &b);
    link_fails(l, script, "a.o:(.data+0x0): undefined reference to 'x'");
}

/* ---- Common symbols [gABI: SHN_COMMON] ---------------------------------- */

static void commons_take_the_largest_of_all(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_open(&a);
    build_common(&a, "x", 100, 4);
    link_built(l, "a.o", &a);
    build_open(&b);
    build_common(&b, "x", 8, 64);
    link_built(l, "b.o", &b);
    link_ok(l, "SECTIONS { .bss 0x200001 : { *(COMMON) } }");
    assert_int_equal(link_address(l, "x") % 64, 0);
    assert_int_equal(l->image.symbols[0].size, 100);
}

static void a_common_too_large(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_common(&b, "x", UINT64_MAX, 1);
    build_common(&b, "y", UINT64_MAX, 1);
    link_built(l, "a.o", &b);
    link_fails(l, script,
               "of 0xffffffffffffffff bytes does not fit the address space");
}

static void a_common_aligned_beyond_the_end(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_common(&b, "x", 1, 1ull << 63);
    build_common(&b, "y", 1, 1ull << 63);
    build_common(&b, "z", 1, 1ull << 63);
    link_built(l, "a.o", &b);
    link_fails(l, script, "does not fit the address space");
}

/* ---- Visibility --------------------------------------------------------- */

static void refer_hidden(struct builder *b, unsigned visibility)
{
    mention(b, REFERENCE, 0);
    b->symbols[1].st_other = visibility;
}

static void check_export(struct linking *l, unsigned visibility, bool exported)
{
    struct builder a, b;
    mention(&a, STRONG, 1);
    refer_hidden(&b, visibility);
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_ok(l, script);
    assert_int_equal(l->image.symbol_count, 1);
    assert_int_equal(l->image.symbols[0].is_exported, exported);
}

static void a_hidden_reference_hides_the_definition(void **state)
{
    check_export(*state, STV_HIDDEN, false);
}

static void a_default_reference_changes_nothing(void **state)
{
    check_export(*state, STV_DEFAULT, true);
}

/* ---- COMDAT groups [gABI: Section Groups] ------------------------------- */

static const uint32_t group_words[] = {GRP_COMDAT, 3};
static const uint64_t first = 0x1111, second = 0x2222;

/* .data is the only member of a group named x and defines x. */
static void build_comdat(struct builder *b, const uint64_t *bytes,
                         uint32_t flags)
{
    static const uint32_t plain_words[] = {0, 3};
    build_open(b);
    uint32_t data = build_section(b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, bytes, 8);
    uint32_t x = build_global(b, "x", data, 0);
    build_group(b, flags ? group_words : plain_words, 2, x);
}

static void the_first_group_of_a_name_stays(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, GRP_COMDAT);
    build_comdat(&b, &second, GRP_COMDAT);
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_ok(l, script);
    assert_int_equal(link_section(l, ".data")->size, 8);
    assert_int_equal(link_word(l, ".data", 0), first);
}

static void a_group_that_is_not_comdat_is_nothing(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, 0);
    build_comdat(&b, &second, 0);
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_fails(l, script, "b.o:(.data+0x0): multiple definition of 'x'");
}

/* A reference from outside of the group reaches the copy that won. */
static void the_losing_definition_is_a_reference(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, GRP_COMDAT);
    build_comdat(&b, &second, GRP_COMDAT);
    uint32_t pointer = build_section(&b, ".data.pointer", SHT_PROGBITS,
                                     SHF_ALLOC | SHF_WRITE, zeros, 8);
    build_relocation(&b, pointer, 0, R_X86_64_64, 1, 0);
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_ok(l, "SECTIONS { .data 0x100000 : { *(.data .data.*) } }");
    assert_int_equal(link_word(l, ".data", 8), 0x100000);
}

/* An older compiler's copy is found by its symbols. */
static void build_once(struct builder *b, const char *symbol)
{
    build_open(b);
    uint32_t data = build_section(b, ".gnu.linkonce.d.x", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, &second, 8);
    build_global(b, symbol, data, 0);
}

static const char once_script[] =
    "SECTIONS { .data 0x100000 : { *(.data .gnu.linkonce.*) } }";

static void a_linkonce_section_and_a_group_of_one(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, GRP_COMDAT);
    build_once(&b, "x");
    link_built(l, "b.o", &b);
    link_built(l, "a.o", &a);
    link_ok(l, once_script);
    assert_int_equal(link_section(l, ".data")->size, 8);
    assert_int_equal(link_word(l, ".data", 0), second);
}

static void a_linkonce_section_of_other_symbols_stays_too(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, GRP_COMDAT);
    build_once(&b, "y");
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_ok(l, once_script);
    assert_int_equal(link_section(l, ".data")->size, 16);
}

static void a_damaged_symbol_near_a_linkonce_section(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    build_comdat(&a, &first, GRP_COMDAT);
    build_once(&b, "x");
    b.symbols[1].st_shndx = 999;
    link_built(l, "a.o", &a);
    link_built(l, "b.o", &b);
    link_fails(l, once_script, "b.o: symbol 1: section 999 of ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_ranks),
        link_test(an_absolute_symbol_is_a_definition),
        link_test(a_weak_reference_stays_one),
        link_test(one_strong_reference_is_enough),
        link_test(commons_take_the_largest_of_all),
        link_test(a_common_too_large),
        link_test(a_common_aligned_beyond_the_end),
        link_test(a_hidden_reference_hides_the_definition),
        link_test(a_default_reference_changes_nothing),
        link_test(the_first_group_of_a_name_stays),
        link_test(a_group_that_is_not_comdat_is_nothing),
        link_test(the_losing_definition_is_a_reference),
        link_test(a_linkonce_section_and_a_group_of_one),
        link_test(a_linkonce_section_of_other_symbols_stays_too),
        link_test(a_damaged_symbol_near_a_linkonce_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
