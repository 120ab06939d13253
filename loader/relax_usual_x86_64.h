/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The loads from the GOT that compilers write, in line: relax_x86_64() takes 90
 * instructions to find out what they become, and four times as many go to ask
 * it. [psABI B.2; B.1: Initial Exec To Local Exec]
 *
 *   REX_GOTPCRELX   mov  foo@GOTPCREL(%rip),%r64   becomes   mov $foo,%r64
 *   REX_GOTPCRELX   cmp  foo@GOTPCREL(%rip),%r64             cmp $foo,%r64
 *   GOTPCRELX       call *foo@GOTPCREL(%rip)                 addr32 call foo
 *   GOTTPOFF        mov  foo@gottpoff(%rip),%r64             mov
 * $foo@tpoff,%r64
 *
 * and add, or, adc, sbb, and, sub, xor as cmp.
 */
#ifndef BOOTLINK_RELAX_USUAL_X86_64_H
#define BOOTLINK_RELAX_USUAL_X86_64_H

#include "base.h"

#include <elf.h>

enum usual_load { LOAD_UNUSUAL, LOAD_MOV, LOAD_OPERAND, LOAD_CALL };

/* Which one it is, of a relocation in `bytes`. Its field is in bounds. */
static inline enum usual_load usual_load(span bytes, uint64_t offset,
                                         uint32_t type, int64_t addend)
{
    const char *place = bytes.data + offset;
    if (addend != -4 || offset < 4)
        return LOAD_UNUSUAL;
    uint32_t code = read32(place - 4) >> 8;
    if (type == R_X86_64_GOTPCRELX)
        return code >> 8 == 0x15ff ? LOAD_CALL : LOAD_UNUSUAL;
    /* REX.W, with or without REX.R; ModRM: disp32(%rip) and any register. */
    if ((code & 0xc700fb) != 0x050048 ||
        (type != R_X86_64_REX_GOTPCRELX && type != R_X86_64_GOTTPOFF))
        return LOAD_UNUSUAL;
    if ((code >> 8 & 0xff) == 0x8b)
        return LOAD_MOV;
    return type != R_X86_64_GOTTPOFF && (code >> 8 & 0xc7) == 0x03
               ? LOAD_OPERAND
               : LOAD_UNUSUAL;
}

/* Writes what it becomes, at a place that has `address`; S: of the symbol, or
 * where it is from the thread pointer. Nothing is written, and false, if that
 * does not fit. */
static inline bool usual_load_rewrite(enum usual_load load, char *place,
                                      uint64_t address, uint64_t S)
{
    uint64_t value = load == LOAD_CALL ? S - 4 - address : S;
    if ((int64_t)value != (int32_t)value)
        return false;
    if (load == LOAD_CALL) {
        place[-2] = 0x67;
        place[-1] = (char)0xe8;
    } else { /* REX.R becomes REX.B, reg becomes rm, the operation becomes reg
              */
        char operation = load == LOAD_MOV ? 0 : place[-2] & 0x38;
        place[-3] = (char)(0x48 | (place[-3] & 4) >> 2);
        place[-2] = (char)(load == LOAD_MOV ? 0xc7 : 0x81);
        place[-1] = (char)(0xc0 | operation | (place[-1] >> 3 & 7));
    }
    write32(place, (uint32_t)value);
    return true;
}

#endif
