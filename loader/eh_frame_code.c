/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the records of .eh_frame are made of: bytes, numbers and call frame
 * instructions, which are only stepped over [DWARF 5 6.4.2].
 */
#include "eh_frame_reader.h"

bool eh_refuse(struct frame_reader *r, const char *mistake)
{
    r->mistake = mistake;
    return false;
}

/* ---- Bytes -------------------------------------------------------------- */

bool eh_byte(struct frame_reader *r, uint8_t *byte)
{
    if (!eh_skip(r, 1))
        return false;
    *byte = r->data[r->at - 1];
    return true;
}

bool eh_uleb128(struct frame_reader *r, uint64_t *value)
{
    uint8_t byte;
    *value = 0;
    for (unsigned shift = 0;; shift += shift < 64 ? 7 : 0) {
        if (!eh_byte(r, &byte))
            return false;
        if (shift < 64)
            *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
}

bool eh_sleb128(struct frame_reader *r, uint64_t *value)
{
    uint32_t start = r->at;
    if (!eh_uleb128(r, value))
        return false;
    uint32_t bits = (r->at - start) * 7;
    if (bits < 64 && r->data[r->at - 1] & 0x40)
        *value |= ~0ull << bits;
    return true;
}

unsigned eh_width(unsigned encoding)
{
    if ((encoding & 0x60) == 0x60)
        return 0;
    switch (encoding & 7) {
    case EH_ABSPTR:
    case EH_UDATA8:
        return 8;
    case EH_UDATA4:
        return 4;
    case EH_UDATA2:
        return 2;
    default:
        return 0;
    }
}

/* ---- Instructions [DWARF 5 6.4.2] --------------------------------------- */

/* What follows the opcode: bytes, and then LEB128 numbers. */
enum {
    KNOWN = 1 << 7, /* there is such an opcode */
    NUMBER = 1 << 5,
    NUMBERS = 3 * NUMBER, /* 0 to 2 of them */
    BLOCK = 1 << 4,       /* as many bytes behind the last as that says */
    BYTES = BLOCK - 1,
};

enum { SET_LOC = 0x01 };

static const uint8_t operands[256] = {
    [0x00] = KNOWN,                      /* nop */
    [SET_LOC] = KNOWN + 8,               /* or as long as addresses are */
    [0x02] = KNOWN + 1,                  /* advance_loc1 */
    [0x03] = KNOWN + 2,                  /* advance_loc2 */
    [0x04] = KNOWN + 4,                  /* advance_loc4 */
    [0x05] = KNOWN + 2 * NUMBER,         /* offset_extended */
    [0x06] = KNOWN + NUMBER,             /* restore_extended */
    [0x07] = KNOWN + NUMBER,             /* undefined */
    [0x08] = KNOWN + NUMBER,             /* same_value */
    [0x09] = KNOWN + 2 * NUMBER,         /* register */
    [0x0a] = KNOWN,                      /* remember_state */
    [0x0b] = KNOWN,                      /* restore_state */
    [0x0c] = KNOWN + 2 * NUMBER,         /* def_cfa */
    [0x0d] = KNOWN + NUMBER,             /* def_cfa_register */
    [0x0e] = KNOWN + NUMBER,             /* def_cfa_offset */
    [0x0f] = KNOWN + NUMBER + BLOCK,     /* def_cfa_expression */
    [0x10] = KNOWN + 2 * NUMBER + BLOCK, /* expression */
    [0x11] = KNOWN + 2 * NUMBER,         /* offset_extended_sf */
    [0x12] = KNOWN + 2 * NUMBER,         /* def_cfa_sf */
    [0x13] = KNOWN + NUMBER,             /* def_cfa_offset_sf */
    [0x14] = KNOWN + 2 * NUMBER,         /* val_offset */
    [0x15] = KNOWN + 2 * NUMBER,         /* val_offset_sf */
    [0x16] = KNOWN + 2 * NUMBER + BLOCK, /* val_expression */
    [0x1d] = KNOWN + 8,                  /* MIPS_advance_loc8 */
    [0x2d] = KNOWN,                      /* GNU_window_save */
    [0x2e] = KNOWN + NUMBER,             /* GNU_args_size */
    [0x2f] = KNOWN + 2 * NUMBER,         /* GNU_negative_offset_extended */
    /* These have a number in their low six bits: */
    [0x40 ... 0x7f] = KNOWN,          /* advance_loc */
    [0x80 ... 0xbf] = KNOWN + NUMBER, /* offset */
    [0xc0 ... 0xff] = KNOWN,          /* restore */
};

/* Any instruction. The last number is the size of a block. */
static inline bool skip_instruction(struct frame_reader *r,
                                    const struct eh_record *record)
{
    uint8_t opcode = r->data[r->at++], what = operands[opcode];
    uint64_t number, size = what & BYTES;
    if (!(what & KNOWN))
        return false;
    if (opcode == SET_LOC)
        size = eh_width(record->cie->fde_encoding);
    for (uint8_t left = what & NUMBERS; left; left -= NUMBER) {
        if (!eh_number(r, &number))
            return false;
        if (what & BLOCK)
            size = number;
    }
    return eh_skip(r, size);
}

/* Where the zeros at the end of a record start. */
static inline uint32_t zeros_at_end(const struct frame_reader *r)
{
    uint32_t end = r->end;
    uint64_t last = read64(r->data + end - 8); /* no record is shorter */
    if (last)
        end -= (uint32_t)__builtin_clzll(last) / 8;
    else
        while (end > r->at && !r->data[end - 1])
            end--;
    return end > r->at ? end : r->at;
}

/* Zeros at the end are NOPs, but for those that are operands of what comes
 * before them. */
static APART uint32_t pass_instructions(struct frame_reader *r,
                                        const struct eh_record *record,
                                        uint32_t zeros)
{
    while (r->at < zeros)
        if (!skip_instruction(r, record)) {
            r->mistake = NULL;
            return r->end;
        }
    return r->at;
}

/* Many have none, but NOPs. */
uint32_t eh_padding(struct frame_reader *r, const struct eh_record *record)
{
    uint32_t zeros = zeros_at_end(r);
    return r->at < zeros ? pass_instructions(r, record, zeros) : zeros;
}
