/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Unwind tables [LSB Core 10.6: Exception Frames]. A .eh_frame section is a
 * row of records: CIEs, with what many functions have in common, and FDEs, one
 * for each function, which point back to their CIE.
 *
 *     length | 0        | version, augmentation, ..., instructions    CIE
 *     length | distance | first address, size, ..., instructions      FDE
 *     0                                                               the end
 */
#ifndef BOOTLINK_EH_FRAME_H
#define BOOTLINK_EH_FRAME_H

#include "loader.h"

/* How a pointer is encoded: a format and what it is relative to
 * [LSB Core 10.5.1]. */
enum eh_encoding {
    EH_ABSPTR = 0x00,
    EH_UDATA2 = 0x02,
    EH_UDATA4 = 0x03,
    EH_UDATA8 = 0x04,
    EH_SDATA4 = 0x0b,
    EH_SIGNED = 0x08,
    EH_PCREL = 0x10,
    EH_DATAREL = 0x30,
    EH_ALIGNED = 0x50,
    EH_APPLICATION = 0x70, /* the bits of what it is relative to */
    EH_OMIT = 0xff,
};

enum { EH_ID_AT = 4, EH_BODY_AT = 8, EH_TERMINATOR_SIZE = 4 };

/* What a CIE says, as far as two of them can be compared. */
struct eh_cie {
    struct section *section;  /* that it is in ... */
    struct eh_record *record; /* ... and where */
    uint8_t version, fde_encoding, lsda_encoding, personality_encoding;
    uint64_t code_align, data_align, return_column, augmentation_size;
    span augmentation, instructions;
    uint8_t width;              /* of addresses in FDEs */
    bool has_size;              /* of the augmentation: it begins with z */
    bool is_usual;              /* its FDEs mostly are as read_usual() has it */
    struct symbol *personality; /* or NULL */
    bool is_personality_nowhere; /* a local symbol outside of any section */
    const struct eh_cie *known;  /* that it was copied from, or NULL */
    struct eh_cie *like;   /* one of its equals, whose `like` is the first of
                              them, or itself ... */
    struct eh_cie *chosen; /* ... which knows the one that stands for all */
};

struct eh_record {
    uint32_t offset, size; /* in the input; without the padding behind it */
    uint32_t new_offset;   /* in the edited section; the next one's if this one
                              is not kept */
    struct eh_cie *cie;    /* its own, or the FDE's; NULL: a terminator */
    uint32_t lsda_at;      /* FDE: where a relative pointer to its LSDA is, to
                              which no relocation applies; 0: nowhere */
    bool is_cie, is_kept;
    bool is_dead;    /* an FDE for no code, or for none in the output */
    bool is_aligned; /* a CIE with a pointer aligned to 8 */
};

/* An input section with its records. */
struct eh_frame {
    /* eh_frame_place(), here for those who need not know of unwind tables */
    uint64_t (*place)(const struct section *section, uint64_t offset);
    struct eh_record *records; /* by offset: they lie behind this */
    uint32_t count;
    uint32_t cie_count;
    uint32_t usual_count; /* FDEs with one relocation, that of their address */
    uint32_t found;       /* by eh_record_at(), the last time */
    struct eh_record *first, *behind; /* the first that is kept, and the one
                                         behind the last; of none: records */
    bool is_torn; /* those that are kept did not all move alike */
    bool is_gone; /* nothing is left, and nothing comes behind it */
};

/* ---- eh_frame_read.c ---------------------------------------------------- */

/* Takes a section apart into section->frame. One that cannot be understood is
 * reported and has none. False if there is no memory. `known` is the last CIE
 * that was read and is not relocated, or NULL: one like it is but copied. */
bool eh_frame_read(struct link *link, struct section *section,
                   const struct eh_cie **known);

/* ---- eh_frame_code.c ---------------------------------------------------- */

/* How many bytes a pointer takes; 0 for what has no fixed width. */
unsigned eh_width(unsigned encoding);

/* ---- eh_frame_cies.c ---------------------------------------------------- */

/* Finds which of an output section's CIEs, so many, are equal: eh_cie.like.
 * False if there is no memory. */
bool eh_cies_unite(struct link *link, struct output_section *output,
                   uint64_t count);

/* ---- eh_frame.c --------------------------------------------------------- */

/* The one output section whose inputs are edited, or NULL. */
struct output_section *eh_frame_output(const struct link *link);

/* The record at `offset`, or else the one that it lies in. */
struct eh_record *eh_record_at(struct eh_frame *frame, uint64_t offset);

/* Calls `each` for the inputs of an output section in order; stops if it
 * returns false. */
bool eh_frame_each(struct output_section *output, void *context,
                   bool (*each)(void *context, struct section *section));

/* ---- eh_frame_hdr.c ----------------------------------------------------- */

/* Gives .eh_frame_hdr, which has been made, its size and a name; there is none
 * if there is no .eh_frame. */
bool eh_frame_hdr_size(struct link *link, bool has_records);

#endif
