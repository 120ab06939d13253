/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The two loads from the GOT that compilers write, in line: relax_x86_64()
 * takes 90 instructions to find out what they become, and as many go to ask it.
 * [psABI B.2]
 *
 *   REX_GOTPCRELX   mov  foo@GOTPCREL(%rip),%r64   becomes   mov $foo,%r64
 *   GOTPCRELX       call *foo@GOTPCREL(%rip)                 addr32 call foo
 */
#ifndef BOOTLINK_RELAX_USUAL_X86_64_H
#define BOOTLINK_RELAX_USUAL_X86_64_H

#include "base.h"

#include <elf.h>

enum usual_load { LOAD_UNUSUAL, LOAD_MOV, LOAD_CALL };

/* Which one it is, of a relocation in `bytes`. Its field is in bounds. */
static inline enum usual_load usual_load(span bytes, uint64_t offset,
                                         uint32_t type, int64_t addend)
{
    const char *place = bytes.data + offset;
    if (addend != -4 || offset < 4)
        return LOAD_UNUSUAL;
    /* REX.W, with or without REX.R; ModRM: disp32(%rip) and any register. */
    uint32_t code = read32(place - 4) >> 8;
    if (type == R_X86_64_REX_GOTPCRELX && (code & 0xc7fffb) == 0x058b48)
        return LOAD_MOV;
    return type == R_X86_64_GOTPCRELX && code >> 8 == 0x15ff ? LOAD_CALL
                                                             : LOAD_UNUSUAL;
}

/* Writes what it becomes, at a place that has `address`. Nothing is written,
 * and false, if that does not fit. */
static inline bool usual_load_rewrite(enum usual_load load, char *place,
                                      uint64_t address, uint64_t S)
{
    uint64_t value = load == LOAD_MOV ? S : S - 4 - address;
    if ((int64_t)value != (int32_t)value)
        return false;
    if (load == LOAD_MOV) { /* REX.R becomes REX.B, reg becomes rm */
        place[-3] = (char)(0x48 | (place[-3] & 4) >> 2);
        place[-2] = (char)0xc7;
        place[-1] = (char)(0xc0 | (place[-1] >> 3 & 7));
    } else {
        place[-2] = 0x67;
        place[-1] = (char)0xe8;
    }
    write32(place, (uint32_t)value);
    return true;
}

#endif
