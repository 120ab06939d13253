/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the records of .eh_frame are made of: bytes, numbers and call frame
 * instructions, which are stepped over and not understood [DWARF 5 6.4.2].
 */
#include "eh_frame_reader.h"

bool eh_refuse(struct frame_reader *r, const char *mistake)
{
    r->mistake = mistake;
    return false;
}

/* ---- Bytes -------------------------------------------------------------- */

bool eh_skip(struct frame_reader *r, uint64_t count)
{
    if (count > r->end - r->at)
        return eh_refuse(r, "a field runs past the end of its record");
    r->at += count;
    return true;
}

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

/* What follows the opcode, as letters: bytes by number, a LEB128 number, a
 * block behind its length, an address, nothing. No letter: no such opcode. */
static const char operands[0x40][3] = {
    [0x00] = "-",  /* nop */
    [0x01] = "a",  /* set_loc */
    [0x02] = "1",  /* advance_loc1 */
    [0x03] = "2",  /* advance_loc2 */
    [0x04] = "4",  /* advance_loc4 */
    [0x05] = "nn", /* offset_extended */
    [0x06] = "n",  /* restore_extended */
    [0x07] = "n",  /* undefined */
    [0x08] = "n",  /* same_value */
    [0x09] = "nn", /* register */
    [0x0a] = "-",  /* remember_state */
    [0x0b] = "-",  /* restore_state */
    [0x0c] = "nn", /* def_cfa */
    [0x0d] = "n",  /* def_cfa_register */
    [0x0e] = "n",  /* def_cfa_offset */
    [0x0f] = "b",  /* def_cfa_expression */
    [0x10] = "nb", /* expression */
    [0x11] = "nn", /* offset_extended_sf */
    [0x12] = "nn", /* def_cfa_sf */
    [0x13] = "n",  /* def_cfa_offset_sf */
    [0x14] = "nn", /* val_offset */
    [0x15] = "nn", /* val_offset_sf */
    [0x16] = "nb", /* val_expression */
    [0x1d] = "8",  /* MIPS_advance_loc8 */
    [0x2d] = "-",  /* GNU_window_save */
    [0x2e] = "n",  /* GNU_args_size */
    [0x2f] = "nn", /* GNU_negative_offset_extended */
};

static bool skip_operand(struct frame_reader *r, char kind, unsigned width)
{
    uint64_t number;
    switch (kind) {
    case '-':
        return true;
    case 'a':
        return eh_skip(r, width);
    case 'n':
        return eh_uleb128(r, &number);
    case 'b':
        return eh_uleb128(r, &number) && eh_skip(r, number);
    default:
        return eh_skip(r, kind - '0');
    }
}

/* Opcodes with a number in their low six bits: advance_loc, offset with an
 * operand, restore. */
static const char *operands_of(uint8_t opcode)
{
    if (opcode & 0xc0)
        return (opcode & 0xc0) == 0x80 ? "n" : "-";
    return operands[opcode];
}

static bool skip_instruction(struct frame_reader *r, unsigned width)
{
    uint8_t opcode;
    if (!eh_byte(r, &opcode))
        return false;
    const char *kinds = operands_of(opcode);
    if (!*kinds)
        return eh_refuse(r, "an unknown call frame instruction");
    for (; *kinds; kinds++)
        if (!skip_operand(r, *kinds, width))
            return false;
    return true;
}

bool eh_instructions(struct frame_reader *r, const struct eh_record *record,
                     uint32_t *end)
{
    unsigned width = eh_width(record->cie->fde_encoding);
    *end = r->at;
    while (r->at < r->end) {
        uint8_t opcode = r->data[r->at];
        if (opcode == 0x01 && record->is_cie)
            return eh_refuse(r, "DW_CFA_set_loc in a CIE");
        if (!skip_instruction(r, width))
            return false;
        if (opcode != 0)
            *end = r->at;
    }
    return true;
}
