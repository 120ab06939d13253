/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of one architecture: a table, one function that evaluates and one
 * that writes.
 */
#ifndef BOOTLINK_RELOC_H
#define BOOTLINK_RELOC_H

#include "base.h"

/* What to compute, in the psABI's letters [psABI 4.4.1]:
 *   S  the symbol's address         A  the addend
 *   P  the address of the place     G  the symbol's offset in the GOT
 *   GOT  the GOT's address */
enum reloc_expression {
    RELOC_UNKNOWN, /* a row that the table does not have */
    RELOC_NONE,
    RELOC_S_PLUS_A,
    RELOC_S_PLUS_A_MINUS_P,
    RELOC_G_PLUS_GOT_PLUS_A_MINUS_P,
};

/* Which values the field can hold. */
enum reloc_range {
    RANGE_ANY,      /* all 64 bits */
    RANGE_SIGNED,   /* [-2^(n-1), 2^(n-1)) */
    RANGE_UNSIGNED, /* [0, 2^n) */
    RANGE_BITFIELD, /* [-2^(n-1), 2^n): as GNU ld has it for 8 and 16 bits */
};

struct reloc_kind {
    const char *name;  /* "R_X86_64_PC32" */
    const char *formula; /* "S + A - P", as the psABI prints it */
    uint8_t expression; /* enum reloc_expression */
    uint8_t width;      /* bytes written: 0, 1, 2, 4 or 8 */
    uint8_t range;      /* enum reloc_range */
};

/* The operands of one relocation. Addresses are virtual. */
struct reloc_operands {
    uint64_t S;   /* symbol address */
    int64_t A;    /* addend */
    uint64_t P;   /* address of the place */
    uint64_t G;   /* address of the symbol's GOT entry minus GOT */
    uint64_t GOT; /* address of the GOT */
};

/* How a GOT load is rewritten when the symbol's address is known at link time
 * [psABI B.2: Optimize GOTPCRELX Relocations]. */
struct reloc_relaxed {
    uint32_t type;  /* the relocation that takes its place */
    int64_t addend;
    int8_t at;      /* where `bytes` go, relative to the place */
    uint8_t count;  /* how many bytes are rewritten; 0: nothing to relax */
    uint8_t bytes[3];
    int8_t place;   /* how far the relocated field itself moves */
};

/* An architecture. */
struct reloc_machine {
    uint16_t machine; /* EM_... */

    /* The row of a type; NULL if there is none. */
    const struct reloc_kind *(*kind)(uint32_t type);

    /* Whether a GOT load at `place` (`before` bytes of its section precede it,
     * `after` follow, at least the width) can do without the GOT, and how. */
    bool (*relax)(uint32_t type, const unsigned char *place, uint64_t before,
                  uint64_t after, int64_t addend,
                  struct reloc_relaxed *relaxed);
};

extern const struct reloc_machine reloc_x86_64;

/* The value of the kind's expression, modulo 2^64. */
uint64_t reloc_evaluate(const struct reloc_kind *kind,
                        const struct reloc_operands *operands);

/* True if `value` fits the kind's field. */
bool reloc_fits(const struct reloc_kind *kind, uint64_t value);

/* Stores the low `width` bytes; never adds to what is there. */
void reloc_write(const struct reloc_kind *kind, void *place, uint64_t value);

/* The addend that a SHT_REL relocation keeps in its place, sign-extended as its
 * range says. */
int64_t reloc_read_addend(const struct reloc_kind *kind, const void *place);

#endif
