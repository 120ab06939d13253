/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of x86-64, row by row: names, formulas, limits, bytes. The table
 * under test is not asked what is right; this file has its own, measured by
 * linking with GNU ld 2.40.
 */
#include "unit/world.h"

#include "reloc_types_x86_64.h"

#include <elf.h>
#include <stdio.h>

/* ---- Rows and limits ---------------------------------------------------- */

#define TWO_TO(n) (1ll << (n))

/* The least and the greatest value that GNU ld 2.40 puts into the field. 64-bit
 * fields take everything; low and high are then the same value minus one. */
static const struct row {
    uint32_t type;
    const char *name, *formula;
    unsigned width;
    int64_t low, high;
} rows[] = {
    {0, "R_X86_64_NONE", "none", 0, INT64_MIN, INT64_MAX},
    {1, "R_X86_64_64", "S + A", 8, INT64_MIN, INT64_MAX},
    {2, "R_X86_64_PC32", "S + A - P", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {4, "R_X86_64_PLT32", "L + A - P", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {3, "R_X86_64_GOT32", "G + A", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {9, "R_X86_64_GOTPCREL", "G + GOT + A - P", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {10, "R_X86_64_32", "S + A", 4, 0, TWO_TO(32) - 1},
    {11, "R_X86_64_32S", "S + A", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {12, "R_X86_64_16", "S + A", 2, -TWO_TO(16), TWO_TO(16) - 1},
    {13, "R_X86_64_PC16", "S + A - P", 2, -TWO_TO(16), TWO_TO(16) - 1},
    {14, "R_X86_64_8", "S + A", 1, -TWO_TO(8), TWO_TO(8) - 1},
    {15, "R_X86_64_PC8", "S + A - P", 1, -TWO_TO(7), TWO_TO(7) - 1},
    {17, "R_X86_64_DTPOFF64", "S + A - TLS", 8, INT64_MIN, INT64_MAX},
    {18, "R_X86_64_TPOFF64", "S + A - TP", 8, INT64_MIN, INT64_MAX},
    {19, "R_X86_64_TLSGD", "S - TP", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {20, "R_X86_64_TLSLD", "none", 4, INT64_MIN, INT64_MAX},
    {21, "R_X86_64_DTPOFF32", "S + A - TLS", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {22, "R_X86_64_GOTTPOFF", "S - TP", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {23, "R_X86_64_TPOFF32", "S + A - TP", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {24, "R_X86_64_PC64", "S + A - P", 8, INT64_MIN, INT64_MAX},
    {25, "R_X86_64_GOTOFF64", "S + A - GOT", 8, INT64_MIN, INT64_MAX},
    {26, "R_X86_64_GOTPC32", "GOT + A - P", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {27, "R_X86_64_GOT64", "G + A", 8, INT64_MIN, INT64_MAX},
    {28, "R_X86_64_GOTPCREL64", "G + GOT + A - P", 8, INT64_MIN, INT64_MAX},
    {29, "R_X86_64_GOTPC64", "GOT + A - P", 8, INT64_MIN, INT64_MAX},
    {30, "R_X86_64_GOTPLT64", "G + A", 8, INT64_MIN, INT64_MAX},
    {31, "R_X86_64_PLTOFF64", "L + A - GOT", 8, INT64_MIN, INT64_MAX},
    {32, "R_X86_64_SIZE32", "Z + A", 4, 0, TWO_TO(32) - 1},
    {33, "R_X86_64_SIZE64", "Z + A", 8, INT64_MIN, INT64_MAX},
    {34, "R_X86_64_GOTPC32_TLSDESC", "S - TP", 4, -TWO_TO(31), TWO_TO(31) - 1},
    {35, "R_X86_64_TLSDESC_CALL", "none", 2, INT64_MIN, INT64_MAX},
    {41, "R_X86_64_GOTPCRELX", "G + GOT + A - P", 4, -TWO_TO(31),
     TWO_TO(31) - 1},
    {42, "R_X86_64_REX_GOTPCRELX", "G + GOT + A - P", 4, -TWO_TO(31),
     TWO_TO(31) - 1},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const struct row *row_of(uint32_t type)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

#define FORMULA(type, formula, ...) [type] = formula,
static const char *const formulas[] = {RELOC_TYPES_X86_64(FORMULA)};

static const struct reloc_kind *kind_of(const struct row *row)
{
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, row->type);
    assert_non_null(kind);
    return kind;
}

/* Exactly the rows above are applied, also far beyond the table's end. */
static void test_known_types(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 1000; type++)
        assert_int_equal(reloc_kind(&reloc_x86_64, type) != NULL,
                         row_of(type) != NULL);
    static const uint32_t far[] = {43,         250,        251,
                                   0x7fffffff, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        assert_null(reloc_kind(&reloc_x86_64, far[i]));
        assert_null(reloc_x86_64.name(far[i]));
    }
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_string_equal(reloc_x86_64.name(rows[i].type), rows[i].name);
        assert_string_equal(reloc_x86_64.name(rows[i].type), rows[i].name);
        assert_int_equal(kind_of(&rows[i])->width, rows[i].width);
    }
    /* known to the psABI, not applied; 39 and 40 were withdrawn */
    assert_string_equal(reloc_x86_64.name(R_X86_64_TLSDESC),
                        "R_X86_64_TLSDESC");
    assert_string_equal(reloc_x86_64.name(R_X86_64_COPY), "R_X86_64_COPY");
    assert_null(reloc_x86_64.name(39));
    assert_int_equal(reloc_x86_64.machine, EM_X86_64);
}

/* Reads "G + GOT + A - P" and computes it. */
static uint64_t compute(const char *formula, const struct reloc_operands *o)
{
    uint64_t value = 0, letter = 0;
    char name[8], sign = '+';
    int length;
    if (!strcmp(formula, "none"))
        return 0;
    while (sscanf(formula, "%7[A-Z]%n", name, &length) == 1) {
        if (!strcmp(name, "S") || !strcmp(name, "L"))
            letter = o->S;
        else if (!strcmp(name, "A"))
            letter = (uint64_t)o->A;
        else if (!strcmp(name, "P"))
            letter = o->P;
        else if (!strcmp(name, "G"))
            letter = o->G;
        else if (!strcmp(name, "GOT"))
            letter = o->GOT;
        else if (!strcmp(name, "Z"))
            letter = o->Z;
        else if (!strcmp(name, "TLS"))
            letter = o->TLS;
        else if (!strcmp(name, "TP"))
            letter = o->TP;
        else
            fail_msg("letter %s", name);
        value = sign == '-' ? value - letter : value + letter;
        formula += length;
        if (sscanf(formula, " %c %n", &sign, &length) == 1)
            formula += length;
    }
    assert_string_equal(formula, "");
    return value;
}

/* The formula that is printed is the one that is computed [psABI 4.4.1]. */
static void test_formulas(void **state)
{
    (void)state;
    static const struct reloc_operands operands[] = {
        {0x10, 0x200, 0x3000, 0x40000, 0x500000, 0x6000000, 0x70000000,
         0x800000000},
        {0xffffffff80000000, -4, 0xffffffff80001003, 8, 0xffffffff80002000, 16,
         0xffffffff80003000, 0xffffffff80003040},
        {3, INT64_MIN, 5, 7, UINT64_MAX, 9, 11, INT64_MAX},
    };
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct reloc_kind *kind = kind_of(&rows[i]);
        const char *formula = formulas[rows[i].type];
        assert_string_equal(formula, rows[i].formula);
        for (size_t j = 0; j < sizeof(operands) / sizeof(operands[0]); j++)
            assert_int_equal(reloc_evaluate(kind, &operands[j]),
                             compute(formula, &operands[j]));
    }
}

/* Writes `value` amid other bytes: only the field may change, and it holds the
 * low bytes, the lowest first. */
static void check_write(const struct reloc_kind *kind, uint64_t value)
{
    for (size_t at = 3; at < 12; at++) {
        unsigned char bytes[24];
        memset(bytes, 0x5a, sizeof(bytes));
        reloc_write(kind, bytes + at, value);
        for (size_t i = 0; i < sizeof(bytes); i++) {
            unsigned char expected = 0x5a;
            if (i >= at && i < at + kind->width)
                expected = (unsigned char)(value >> 8 * (i - at));
            assert_int_equal(bytes[i], expected);
        }
    }
}

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        const struct reloc_kind *kind = kind_of(row);
        static const int64_t inside[] = {0, 1, 0x7f};
        assert_true(reloc_fits(kind, (uint64_t)row->low));
        assert_true(reloc_fits(kind, (uint64_t)row->high));
        check_write(kind, (uint64_t)row->low);
        check_write(kind, (uint64_t)row->high);
        for (size_t j = 0; j < sizeof(inside) / sizeof(inside[0]); j++)
            assert_true(reloc_fits(kind, (uint64_t)inside[j]));
        bool takes_all = row->low == INT64_MIN;
        assert_int_equal(reloc_fits(kind, (uint64_t)row->low - 1), takes_all);
        assert_int_equal(reloc_fits(kind, (uint64_t)row->high + 1), takes_all);
        assert_int_equal(reloc_fits(kind, 1ull << 63), takes_all);
        assert_int_equal(reloc_fits(kind, INT64_MAX), takes_all);
    }
}

/* The old bytes play no part, and a second write is the same as one. */
static void test_write_never_adds(void **state)
{
    (void)state;
    unsigned char bytes[4] = {0xff, 0xff, 0xff, 0xff};
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, R_X86_64_32);
    reloc_write(kind, bytes, 0x11223344);
    reloc_write(kind, bytes, 0x11223344);
    assert_memory_equal(bytes, "\x44\x33\x22\x11", 4);
}

/* ld.lld sign-extends the addend of every type, R_X86_64_32 too. */
static void test_read_addend(void **state)
{
    (void)state;
    static const unsigned char bytes[16] = {0xfc, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0x78, 0x56, 0x34, 0x12,
                                            0xef, 0xcd, 0xab, 0x09};
    static const int64_t positive[9] = {
        [1] = 0x78, [2] = 0x5678, [4] = 0x12345678, [8] = 0x09abcdef12345678};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct reloc_kind *kind = kind_of(&rows[i]);
        int64_t negative = kind->width ? -4 : 0;
        assert_int_equal(reloc_read_addend(kind, bytes), negative);
        assert_int_equal(reloc_read_addend(kind, bytes + 8),
                         positive[kind->width]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_types),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_write_never_adds),
        cmocka_unit_test(test_read_addend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
