/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of x86-64 [psABI 4.4.1: Relocation Types].
 *
 * Receives operands that layout has settled and gives back bytes. Compiled
 * code for a kernel needs few of the types: 64 and PC64 in data, 32S and 32 in
 * code at the top or bottom of the address space, PC32 and PLT32 nearly
 * everywhere. What only a dynamic linker applies is not applied; its name is
 * here for the message.
 */
#include "reloc_types_x86_64.h"

/* ---- The table ---------------------------------------------------------- */

#define KIND(type, formula, ...) [type] = {__VA_ARGS__},
#define NAME(type, ...)          [type] = #type,
#define PLAIN(type, formula, expression, ...)                                  \
    | (uint64_t)(expression <= RELOC_S_PLUS_A_MINUS_P) << type

/* Such as R_X86_64_64, which is 1, and R_X86_64_PC64, which is 24. */
enum { WIDE_BITS = 1 | 16 };
#define UNSAID(type, formula, expression, width, range)                        \
    | (width > 4 && !(type & WIDE_BITS))
_Static_assert(!(0 RELOC_TYPES_X86_64(UNSAID)),
               "some wide type has no such bit");

/* What is not applied is RELOC_UNKNOWN, which is 0. */
static const struct reloc_kind kinds[] = {RELOC_TYPES_X86_64(KIND)};

/* clang-format off */
static const char *const names[] = {
    RELOC_TYPES_X86_64(NAME)
    [R_X86_64_COPY] = "R_X86_64_COPY",
    [R_X86_64_GLOB_DAT] = "R_X86_64_GLOB_DAT",
    [R_X86_64_JUMP_SLOT] = "R_X86_64_JUMP_SLOT",
    [R_X86_64_RELATIVE] = "R_X86_64_RELATIVE",
    [R_X86_64_DTPMOD64] = "R_X86_64_DTPMOD64",
    [R_X86_64_TLSDESC] = "R_X86_64_TLSDESC",
    [R_X86_64_IRELATIVE] = "R_X86_64_IRELATIVE",
    [R_X86_64_RELATIVE64] = "R_X86_64_RELATIVE64",
};
/* clang-format on */

enum {
    KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]),
    NAME_COUNT = sizeof(names) / sizeof(names[0]),
};

static const char *name_of(uint32_t type)
{
    return type < NAME_COUNT ? names[type] : NULL;
}

/* ---- Evaluate --------------------------------------------- */

uint64_t reloc_evaluate(const struct reloc_kind *kind,
                        const struct reloc_operands *operands)
{
    uint64_t S = operands->S, A = (uint64_t)operands->A, P = operands->P;
    uint64_t G = operands->G, GOT = operands->GOT;
    uint64_t TLS = operands->TLS, TP = operands->TP;

    switch ((enum reloc_expression)kind->expression) {
    case RELOC_UNKNOWN:
    case RELOC_NONE:
    case RELOC_TLS_CODE:
        return 0;
    case RELOC_S_PLUS_A:
        return S + A;
    case RELOC_S_PLUS_A_MINUS_P:
        return S + A - P;
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
        return G + GOT + A - P;
    case RELOC_G_PLUS_A:
        return G + A;
    case RELOC_GOT_PLUS_A_MINUS_P:
        return GOT + A - P;
    case RELOC_S_PLUS_A_MINUS_GOT:
        return S + A - GOT;
    case RELOC_Z_PLUS_A:
        return operands->Z + A;
    case RELOC_S_PLUS_A_MINUS_TLS:
        return S + A - TLS;
    case RELOC_S_PLUS_A_MINUS_TP:
        return S + A - TP;
    case RELOC_TLS_OFFSET:
        return S - TP;
    }
    return 0;
}

int64_t reloc_read_addend(const struct reloc_kind *kind, const void *place)
{
    switch (kind->width) {
    case 1:
        return *(const int8_t *)place;
    case 2:
        return (int16_t)read16(place);
    case 4:
        return (int32_t)read32(place);
    case 8:
        return (int64_t)read64(place);
    }
    return 0;
}

const struct reloc_machine reloc_x86_64 = {
    .machine = EM_X86_64,
    .kinds = kinds,
    .kind_count = KIND_COUNT,
    .plain = 0 RELOC_TYPES_X86_64(PLAIN),
    .wide_bits = WIDE_BITS,
    .name = name_of,
    .relax = relax_x86_64,
    .irelative = R_X86_64_IRELATIVE,
    .plt = {.size = 8,
            .field = 2,
            .resume = 6,
            .bytes = {0xff, 0x25, 0, 0, 0, 0, /* jmp *slot(%rip) */
                      0x66, 0x90}},           /* xchg %ax, %ax */
    .plt_ibt = {.size = 16,
                .field = 6,
                .bytes = {0xf3, 0x0f, 0x1e, 0xfa,   /* endbr64 */
                          0xff, 0x25, 0, 0, 0, 0,   /* jmp *slot(%rip) */
                          0x66, 0x0f, 0x1f, 0x44}}, /* nopw 0(%rax,%rax) */
};
