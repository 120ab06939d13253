/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of one architecture: a table, one function that evaluates, one
 * that checks the range and one that writes.
 */
#ifndef BOOTLINK_RELOC_H
#define BOOTLINK_RELOC_H

#include "base.h"

/* What to compute, in the psABI's letters [psABI 4.4.1]:
 *   S  the symbol's address         A  the addend
 *   P  the address of the place     G  the symbol's offset in the GOT
 *   Z  the symbol's size            L  the symbol's PLT entry, which is S: only
 *                                      indirect functions have one here
 *   GOT  the address of _GLOBAL_OFFSET_TABLE_
 * and in two of ours [psABI 3.4.6]:
 *   TLS  where the thread-local template begins
 *   TP   where the thread pointer of a thread that had its variables there
 *        would point: to the template's end, aligned */
enum reloc_expression {
    RELOC_UNKNOWN, /* nothing: a type that this linker cannot apply */
    RELOC_NONE,
    RELOC_S_PLUS_A,
    RELOC_S_PLUS_A_MINUS_P,
    RELOC_G_PLUS_GOT_PLUS_A_MINUS_P,
    RELOC_G_PLUS_A,
    RELOC_GOT_PLUS_A_MINUS_P,
    RELOC_S_PLUS_A_MINUS_GOT,
    RELOC_Z_PLUS_A,
    RELOC_S_PLUS_A_MINUS_TLS,
    RELOC_S_PLUS_A_MINUS_TP,
    RELOC_TLS_OFFSET, /* the code around the place is rewritten: S - TP */
    RELOC_TLS_CODE,   /* the same, and no value goes into it */
};

/* Which values a field of n bits can hold. */
enum reloc_range {
    RANGE_ANY,      /* all 64 bits */
    RANGE_SIGNED,   /* [-2^(n-1), 2^(n-1)) */
    RANGE_UNSIGNED, /* [0, 2^n) */
    RANGE_BITFIELD, /* [-2^n, 2^n): all bits above the field are equal */
};

/* Four bytes, as each relocation asks for them. */
struct reloc_kind {
    _Alignas(4) uint8_t expression; /* enum reloc_expression */
    uint8_t width;                  /* bytes written: 0, 1, 2, 4 or 8 */
    uint8_t range;                  /* enum reloc_range */
};

/* The operands of one relocation. Addresses are virtual. */
struct reloc_operands {
    uint64_t S;   /* symbol address */
    int64_t A;    /* addend */
    uint64_t P;   /* address of the place */
    uint64_t G;   /* address of the symbol's GOT entry minus GOT */
    uint64_t GOT; /* address of _GLOBAL_OFFSET_TABLE_ */
    uint64_t Z;   /* symbol size */
    uint64_t TLS; /* start of the thread-local template */
    uint64_t TP;  /* its end, aligned */
};

/* ---- GOT loads that need no GOT [psABI B.2] ----------------------------- */

/* What is known of a symbol before layout. */
enum reloc_target {
    TARGET_OTHER,    /* nothing that helps: STT_GNU_IFUNC, symbol index 0, or
                        in a section with SHF_X86_64_LARGE */
    TARGET_PLACED,   /* in this image: layout gives the address */
    TARGET_ABSOLUTE, /* `value` is its address: an absolute symbol, a number
                        of the script, or of another image */
    TARGET_ZERO,     /* weak and undefined: its address is 0 */
};

/* A relocation whose expression is RELOC_G_PLUS_GOT_PLUS_A_MINUS_P. */
struct reloc_load {
    uint32_t type;
    int64_t addend;
    const unsigned char *place; /* in the input's bytes */
    uint64_t before;            /* bytes of its section before the place ... */
    uint64_t after;             /* ... and from the place on */
    enum reloc_target target;
    uint64_t value;    /* TARGET_ABSOLUTE */
    bool no_relax;     /* --no-relax */
    uint16_t call_nop; /* of the request */
    bool pc_relative;  /* only forms relative to the place: the second try,
                          when no immediate can hold the address */
};

/* The instruction that takes the load's place, its field zero, and the
 * relocation for that field. */
struct reloc_relaxed {
    unsigned char bytes[8];
    uint8_t size;  /* of the instruction */
    int8_t start;  /* where it goes, relative to the place */
    int8_t field;  /* where its field is, relative to the place */
    uint32_t type; /* S + A or S + A - P, four bytes */
    int64_t addend;
};

/* ---- Thread-local variables whose place is known [psABI B.1, B.3] ------- */

/* A relocation whose expression is RELOC_TLS_OFFSET or _CODE, and
 * the one behind it.
 */
struct tls_access {
    uint32_t type;
    int64_t addend;
    const unsigned char *place; /* in the input's bytes */
    uint64_t before;            /* bytes of its section before the place ... */
    uint64_t after;             /* ... and from the place on */
    uint32_t call_type;         /* of the next relocation, if that is against
                                   __tls_get_addr; else R_X86_64_NONE */
    uint64_t call_distance;     /* from this place to that one's */
};

/* The code that takes the place of the sequence. */
struct tls_local_exec {
    unsigned char bytes[24];
    uint8_t size;
    int8_t start;    /* where it goes, relative to the place */
    int8_t field;    /* where S - TP goes, relative to the place ... */
    bool has_field;  /* ... if it goes anywhere */
    bool takes_call; /* the next relocation is of this sequence, too */
};

/* ---- Procedure linkage table [psABI 5.2] -------------------------------- */

/* An entry: code that jumps to what a slot of the GOT says. */
struct plt_form {
    uint8_t size;   /* of the entry, and its alignment */
    uint8_t field;  /* where the slot's distance from the field's end goes */
    uint8_t resume; /* to where in the entry the slot points at first */
    unsigned char bytes[16];
};

/* An architecture. */
struct reloc_machine {
    uint16_t machine; /* EM_... */

    /* The row of each type. A table, as every relocation asks for it: a call
     * each cost as much as applying it. */
    const struct reloc_kind *kinds;
    uint32_t kind_count;
    uint64_t plain; /* those of the first 64 types that are S + A, S + A - P or
                       nothing: a bit each */
    uint32_t wide_bits; /* types that have none of these write at most four
                           bytes */

    /* The psABI's name of any type, applied or not; NULL if it has none. */
    const char *(*name)(uint32_t type);

    /* True if the load can do without the GOT, and how. The answer depends on
     * `load` alone: planning asks in order to leave out the GOT entry, emitting
     * asks again for the same answer. If its relocation then does not fit,
     * emitting may ask once more with `pc_relative` set; if that gives nothing
     * or does not fit either, the link fails. Write nothing before it fits:
     * the two forms start at different bytes. */
    bool (*relax)(const struct reloc_load *load, struct reloc_relaxed *relaxed);

    /* What says "call this address and store what it returns". */
    uint32_t irelative;

    struct plt_form plt, plt_ibt; /* the second begins with ENDBR64 */
};

extern const struct reloc_machine reloc_x86_64;

/* Its member from a file of its own. */
bool relax_x86_64(const struct reloc_load *load, struct reloc_relaxed *relaxed);

/* tls_x86_64.c: the same access to a variable at a known distance from the
 * thread pointer. False if the bytes are not a sequence that a compiler writes.
 * Modules have no such variables, and do without. */
bool local_exec_x86_64(const struct tls_access *access,
                       struct tls_local_exec *local);

/* The row of a type; NULL if this linker cannot apply it. */
static inline const struct reloc_kind *
reloc_kind(const struct reloc_machine *machine, uint32_t type)
{
    if (type >= machine->kind_count)
        return NULL;
    const struct reloc_kind *kind = &machine->kinds[type];
    return kind->expression == RELOC_UNKNOWN ? NULL : kind;
}

/* The value of the kind's expression, modulo 2^64. */
uint64_t reloc_evaluate(const struct reloc_kind *kind,
                        const struct reloc_operands *operands);

/* True if `value` fits the kind's field. */
static inline bool reloc_fits(const struct reloc_kind *kind, uint64_t value)
{
    if (kind->range == RANGE_ANY)
        return true;
    /* A narrow field: 8, 16 or 32 bits. `limit` is 2^n. */
    uint64_t limit = 1ull << (8 * kind->width);
    switch ((enum reloc_range)kind->range) {
    case RANGE_SIGNED: /* moved up by half, the range begins at 0 */
        return value + limit / 2 < limit;
    case RANGE_UNSIGNED:
        return value < limit;
    case RANGE_BITFIELD:
        return value + limit < 2 * limit;
    case RANGE_ANY:
        break;
    }
    return true;
}

/* Stores the low `width` bytes; never adds to what is there. */
static inline void reloc_write(const struct reloc_kind *kind, void *place,
                               uint64_t value)
{
    switch (kind->width) {
    case 1:
        *(unsigned char *)place = (unsigned char)value;
        break;
    case 2:
        write16(place, (uint16_t)value);
        break;
    case 4:
        write32(place, (uint32_t)value);
        break;
    case 8:
        write64(place, value);
        break;
    }
}

/* The addend that a SHT_REL relocation keeps in its place, sign-extended
 * whatever its range is, as ld.lld does. */
int64_t reloc_read_addend(const struct reloc_kind *kind, const void *place);

#endif
