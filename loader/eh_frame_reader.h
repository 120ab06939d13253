/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A .eh_frame section while it is being read: its records (eh_frame_read.c),
 * and bytes and instructions of a record (eh_frame_code.c).
 */
#ifndef BOOTLINK_EH_FRAME_READER_H
#define BOOTLINK_EH_FRAME_READER_H

#include "eh_frame.h"

struct frame_reader {
    struct link *link;
    struct section *section;
    struct eh_frame *frame;
    const unsigned char *data;
    uint32_t at, end;      /* in the record */
    uint32_t relocation;   /* the first one that is not behind `at` ... */
    uint64_t place;        /* ... which is here; UINT64_MAX: there is none */
    struct eh_record *cie; /* of the last FDE, or the last one ... */
    struct eh_record *other_cie; /* ... and the one before that */
    const struct eh_cie **known; /* see eh_frame_read() */
    const char *mistake;         /* what is not understood */
};

/* ---- eh_frame_code.c ---------------------------------------------------- */

/* All return false, with `mistake` set, if the record has no more bytes or says
 * what nobody understands. */

bool eh_refuse(struct frame_reader *r, const char *mistake);

static inline bool eh_skip(struct frame_reader *r, uint64_t count)
{
    if (count > r->end - r->at)
        return eh_refuse(r, "a field runs past the end of its record");
    r->at += count;
    return true;
}

bool eh_byte(struct frame_reader *r, uint8_t *byte);

/* A number of seven bits a byte [DWARF 5 7.6], modulo 2^64 however long; the
 * second with a sign. */
bool eh_uleb128(struct frame_reader *r, uint64_t *value);
bool eh_sleb128(struct frame_reader *r, uint64_t *value);

/* The first, where it is mostly one byte. */
static inline bool eh_number(struct frame_reader *r, uint64_t *value)
{
    if (r->at == r->end || r->data[r->at] >= 0x80)
        return eh_uleb128(r, value);
    *value = r->data[r->at++];
    return true;
}

/* Where the padding starts that is behind the instructions, which are from `at`
 * to the end of the record: NOPs. If an instruction is unknown, or runs past
 * the end, nobody can tell, and nothing is padding. */
uint32_t eh_padding(struct frame_reader *r, const struct eh_record *record);

#endif
