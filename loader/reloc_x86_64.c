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
#include "reloc.h"

#include <elf.h>

/* ---- The table ---------------------------------------------------------- */

/* The ranges are GNU ld's. It takes 8, 16 and PC16 as bit fields, so that 0xff
 * and -1 are both a byte; ld.lld refuses what is below -2^(n-1) there, and
 * takes PC16 as signed. */
/* clang-format off */
static const struct reloc_kind kinds[] = {
    [R_X86_64_NONE] =
        {"R_X86_64_NONE", "none", RELOC_NONE, 0, RANGE_ANY},
    [R_X86_64_64] =
        {"R_X86_64_64", "S + A", RELOC_S_PLUS_A, 8, RANGE_ANY},
    [R_X86_64_PC32] =
        {"R_X86_64_PC32", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_PLT32] =
        {"R_X86_64_PLT32", "L + A - P",
         RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_GOTPCREL] =
        {"R_X86_64_GOTPCREL", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_32] =
        {"R_X86_64_32", "S + A", RELOC_S_PLUS_A, 4, RANGE_UNSIGNED},
    [R_X86_64_32S] =
        {"R_X86_64_32S", "S + A", RELOC_S_PLUS_A, 4, RANGE_SIGNED},
    [R_X86_64_16] =
        {"R_X86_64_16", "S + A", RELOC_S_PLUS_A, 2, RANGE_BITFIELD},
    [R_X86_64_PC16] =
        {"R_X86_64_PC16", "S + A - P",
         RELOC_S_PLUS_A_MINUS_P, 2, RANGE_BITFIELD},
    [R_X86_64_8] =
        {"R_X86_64_8", "S + A", RELOC_S_PLUS_A, 1, RANGE_BITFIELD},
    [R_X86_64_PC8] =
        {"R_X86_64_PC8", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 1, RANGE_SIGNED},
    [R_X86_64_PC64] =
        {"R_X86_64_PC64", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 8, RANGE_ANY},
    [R_X86_64_GOTPCRELX] =
        {"R_X86_64_GOTPCRELX", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_REX_GOTPCRELX] =
        {"R_X86_64_REX_GOTPCRELX", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},

    /* The GOT from elsewhere than %rip, as the large code model has it. */
    [R_X86_64_GOT32] =
        {"R_X86_64_GOT32", "G + A", RELOC_G_PLUS_A, 4, RANGE_SIGNED},
    [R_X86_64_GOT64] =
        {"R_X86_64_GOT64", "G + A", RELOC_G_PLUS_A, 8, RANGE_ANY},
    [R_X86_64_GOTPLT64] =
        {"R_X86_64_GOTPLT64", "G + A", RELOC_G_PLUS_A, 8, RANGE_ANY},
    [R_X86_64_GOTPCREL64] =
        {"R_X86_64_GOTPCREL64", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 8, RANGE_ANY},
    [R_X86_64_GOTPC32] =
        {"R_X86_64_GOTPC32", "GOT + A - P",
         RELOC_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_GOTPC64] =
        {"R_X86_64_GOTPC64", "GOT + A - P",
         RELOC_GOT_PLUS_A_MINUS_P, 8, RANGE_ANY},
    [R_X86_64_GOTOFF64] =
        {"R_X86_64_GOTOFF64", "S + A - GOT",
         RELOC_S_PLUS_A_MINUS_GOT, 8, RANGE_ANY},
    [R_X86_64_PLTOFF64] =
        {"R_X86_64_PLTOFF64", "L + A - GOT",
         RELOC_S_PLUS_A_MINUS_GOT, 8, RANGE_ANY},

    [R_X86_64_SIZE32] =
        {"R_X86_64_SIZE32", "Z + A", RELOC_Z_PLUS_A, 4, RANGE_UNSIGNED},
    [R_X86_64_SIZE64] =
        {"R_X86_64_SIZE64", "Z + A", RELOC_Z_PLUS_A, 8, RANGE_ANY},

    /* Thread-local storage. What asks for an address at run time is rewritten
     * into code that knows it, see tls_x86_64.c. */
    [R_X86_64_DTPOFF64] =
        {"R_X86_64_DTPOFF64", "S + A - TLS",
         RELOC_S_PLUS_A_MINUS_TLS, 8, RANGE_ANY},
    [R_X86_64_TPOFF64] =
        {"R_X86_64_TPOFF64", "S + A - TP",
         RELOC_S_PLUS_A_MINUS_TP, 8, RANGE_ANY},
    [R_X86_64_TLSGD] =
        {"R_X86_64_TLSGD", "S - TP",
         RELOC_TLS_OFFSET, 4, RANGE_SIGNED},
    [R_X86_64_TLSLD] =
        {"R_X86_64_TLSLD", "none", RELOC_TLS_CODE, 4, RANGE_ANY},
    [R_X86_64_DTPOFF32] =
        {"R_X86_64_DTPOFF32", "S + A - TLS",
         RELOC_S_PLUS_A_MINUS_TLS, 4, RANGE_SIGNED},
    [R_X86_64_GOTTPOFF] =
        {"R_X86_64_GOTTPOFF", "S - TP",
         RELOC_TLS_OFFSET, 4, RANGE_SIGNED},
    [R_X86_64_TPOFF32] =
        {"R_X86_64_TPOFF32", "S + A - TP",
         RELOC_S_PLUS_A_MINUS_TP, 4, RANGE_SIGNED},
    [R_X86_64_GOTPC32_TLSDESC] =
        {"R_X86_64_GOTPC32_TLSDESC", "S - TP",
         RELOC_TLS_OFFSET, 4, RANGE_SIGNED},
    [R_X86_64_TLSDESC_CALL] =
        {"R_X86_64_TLSDESC_CALL", "none", RELOC_TLS_CODE, 2, RANGE_ANY},

    /* Types that are not applied have a name and RELOC_UNKNOWN, which is 0. */
    [R_X86_64_COPY]            = {.name = "R_X86_64_COPY"},
    [R_X86_64_GLOB_DAT]        = {.name = "R_X86_64_GLOB_DAT"},
    [R_X86_64_JUMP_SLOT]       = {.name = "R_X86_64_JUMP_SLOT"},
    [R_X86_64_RELATIVE]        = {.name = "R_X86_64_RELATIVE"},
    [R_X86_64_DTPMOD64]        = {.name = "R_X86_64_DTPMOD64"},
    [R_X86_64_TLSDESC]         = {.name = "R_X86_64_TLSDESC"},
    [R_X86_64_IRELATIVE]       = {.name = "R_X86_64_IRELATIVE"},
    [R_X86_64_RELATIVE64]      = {.name = "R_X86_64_RELATIVE64"},
};
/* clang-format on */

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static const char *name_of(uint32_t type)
{
    return type < KIND_COUNT ? kinds[type].name : NULL;
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
