/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of x86-64's relocations [psABI 4.4.1: Relocation Types]: of each
 * type that is applied its name, its formula as the psABI prints it, what to
 * compute, how many bytes are written, and which values these can hold.
 *
 * The ranges are GNU ld's. It takes 8, 16 and PC16 as bit fields, so that 0xff
 * and -1 are both a byte; ld.lld refuses what is below -2^(n-1) there, and
 * takes PC16 as signed.
 *
 * X is a macro that makes of a row what is wanted: the linker wants no
 * formulas, those who check or print the table do.
 */
#ifndef BOOTLINK_RELOC_TYPES_X86_64_H
#define BOOTLINK_RELOC_TYPES_X86_64_H

#include "reloc.h"

#include <elf.h>

/* clang-format off */
#define RELOC_TYPES_X86_64(X)                                                 \
    X(R_X86_64_NONE, "none", RELOC_NONE, 0, RANGE_ANY)                        \
    X(R_X86_64_64, "S + A", RELOC_S_PLUS_A, 8, RANGE_ANY)                     \
    X(R_X86_64_PC32, "S + A - P", RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED)    \
    X(R_X86_64_PLT32, "L + A - P", RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED)   \
    X(R_X86_64_GOTPCREL, "G + GOT + A - P",                                   \
      RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED)                       \
    X(R_X86_64_32, "S + A", RELOC_S_PLUS_A, 4, RANGE_UNSIGNED)                \
    X(R_X86_64_32S, "S + A", RELOC_S_PLUS_A, 4, RANGE_SIGNED)                 \
    X(R_X86_64_16, "S + A", RELOC_S_PLUS_A, 2, RANGE_BITFIELD)                \
    X(R_X86_64_PC16, "S + A - P", RELOC_S_PLUS_A_MINUS_P, 2, RANGE_BITFIELD)  \
    X(R_X86_64_8, "S + A", RELOC_S_PLUS_A, 1, RANGE_BITFIELD)                 \
    X(R_X86_64_PC8, "S + A - P", RELOC_S_PLUS_A_MINUS_P, 1, RANGE_SIGNED)     \
    X(R_X86_64_PC64, "S + A - P", RELOC_S_PLUS_A_MINUS_P, 8, RANGE_ANY)       \
    X(R_X86_64_GOTPCRELX, "G + GOT + A - P",                                  \
      RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED)                       \
    X(R_X86_64_REX_GOTPCRELX, "G + GOT + A - P",                              \
      RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED)                       \
    /* The GOT from elsewhere than %rip, as the large code model has it. */   \
    X(R_X86_64_GOT32, "G + A", RELOC_G_PLUS_A, 4, RANGE_SIGNED)               \
    X(R_X86_64_GOT64, "G + A", RELOC_G_PLUS_A, 8, RANGE_ANY)                  \
    X(R_X86_64_GOTPLT64, "G + A", RELOC_G_PLUS_A, 8, RANGE_ANY)               \
    X(R_X86_64_GOTPCREL64, "G + GOT + A - P",                                 \
      RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 8, RANGE_ANY)                          \
    X(R_X86_64_GOTPC32, "GOT + A - P",                                        \
      RELOC_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED)                              \
    X(R_X86_64_GOTPC64, "GOT + A - P",                                        \
      RELOC_GOT_PLUS_A_MINUS_P, 8, RANGE_ANY)                                 \
    X(R_X86_64_GOTOFF64, "S + A - GOT",                                       \
      RELOC_S_PLUS_A_MINUS_GOT, 8, RANGE_ANY)                                 \
    X(R_X86_64_PLTOFF64, "L + A - GOT",                                       \
      RELOC_S_PLUS_A_MINUS_GOT, 8, RANGE_ANY)                                 \
    X(R_X86_64_SIZE32, "Z + A", RELOC_Z_PLUS_A, 4, RANGE_UNSIGNED)            \
    X(R_X86_64_SIZE64, "Z + A", RELOC_Z_PLUS_A, 8, RANGE_ANY)                 \
    /* Thread-local storage. What asks for an address at run time is rewritten\
     * into code that knows it, see tls_x86_64.c. */                          \
    X(R_X86_64_DTPOFF64, "S + A - TLS",                                       \
      RELOC_S_PLUS_A_MINUS_TLS, 8, RANGE_ANY)                                 \
    X(R_X86_64_TPOFF64, "S + A - TP", RELOC_S_PLUS_A_MINUS_TP, 8, RANGE_ANY)  \
    X(R_X86_64_TLSGD, "S - TP", RELOC_TLS_OFFSET, 4, RANGE_SIGNED)            \
    X(R_X86_64_TLSLD, "none", RELOC_TLS_CODE, 4, RANGE_ANY)                   \
    X(R_X86_64_DTPOFF32, "S + A - TLS",                                       \
      RELOC_S_PLUS_A_MINUS_TLS, 4, RANGE_SIGNED)                              \
    X(R_X86_64_GOTTPOFF, "S - TP", RELOC_TLS_OFFSET, 4, RANGE_SIGNED)         \
    X(R_X86_64_TPOFF32, "S + A - TP",                                         \
      RELOC_S_PLUS_A_MINUS_TP, 4, RANGE_SIGNED)                               \
    X(R_X86_64_GOTPC32_TLSDESC, "S - TP", RELOC_TLS_OFFSET, 4, RANGE_SIGNED)  \
    X(R_X86_64_TLSDESC_CALL, "none", RELOC_TLS_CODE, 2, RANGE_ANY)
/* clang-format on */

/* Those that are S + A - P in 32 bits, as two thirds of all are: a bit each. */
#define RELOC_IS_DISTANCE(type, formula, expression, width, range)             \
    | (uint64_t)(expression == RELOC_S_PLUS_A_MINUS_P && width == 4 &&         \
                 range == RANGE_SIGNED)                                        \
            << type
#define RELOC_DISTANCES_X86_64 (0 RELOC_TYPES_X86_64(RELOC_IS_DISTANCE))

#endif
