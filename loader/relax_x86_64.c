/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Loads from the GOT that become code that needs no GOT [psABI B.2: Optimize
 * GOTPCRELX Relocations].
 *
 * Receives the bytes around one relocation and what is known of its symbol
 * before layout; gives back the instruction that takes the load's place, or
 * nothing.
 */
#include "reloc.h"

#include <elf.h>

/* The compiler reads an address from the GOT when it cannot tell whether the
 * symbol will be near. A static link can tell, and writes the address itself
 * into an instruction of the same length:
 *
 *   type    load                          becomes               relocation
 *   any     mov   foo@GOTPCREL(%rip),%r   lea  foo(%rip),%r     PC32    (1)
 *   X       mov   foo@GOTPCREL(%rip),%r   mov  $foo,%r          32S, 32 (2)
 *   X       test  %r,foo@GOTPCREL(%rip)   test $foo,%r          32S, 32 (2)
 *   X       binop foo@GOTPCREL(%rip),%r   binop $foo,%r         32S, 32 (2)
 *   X       call  *foo@GOTPCREL(%rip)     addr32 call foo       PC32
 *   X       jmp   *foo@GOTPCREL(%rip)     jmp foo; nop          PC32
 *
 * X: R_X86_64_GOTPCRELX or R_X86_64_REX_GOTPCRELX, whose type tells whether a
 * REX prefix stands before the opcode; binop: add or adc sbb and sub xor cmp.
 * (1) Under plain R_X86_64_GOTPCREL, where nothing is known of the prefix.
 * (2) 32S with REX.W, else 32.
 *
 * The rule, as in GNU ld 2.40 for a static link that is not
 * position-independent, looks at the load and the kind of symbol, never at
 * addresses that layout decides:
 *
 *   1. The addend is -4: the load is of the whole entry and ends the
 *      instruction.
 *   2. The symbol's address is a constant of this link (not TARGET_OTHER).
 *   3. Under --no-relax only a weak undefined symbol is relaxed, and not in a
 *      branch.
 *   4. An immediate is not used for an absolute symbol that does not fit it.
 *
 * If a relaxed address turns out not to fit, GNU ld fails and asks for
 * --no-relax. That is all that can be done for test and binop, but a mov can
 * still become the lea: the second try, with `pc_relative`.
 *
 * Where GNU ld rewrites whatever precedes an X relocation, we want to see one
 * of the instructions above, and leave others to the GOT. */

/* A load's instruction, cut into its parts. */
struct instruction {
    bool has_rex;
    unsigned char rex;
    unsigned char opcode;
    unsigned char modrm;
};

enum {
    FIELD = 4, /* bytes of a displacement or immediate */

    REX = 0x40,   /* the prefix: 0100WRXB */
    REX_W = 0x08, /* 64-bit operand */
    REX_R = 0x04, /* bit 3 of the register in ModRM.reg */
    REX_B = 0x01, /* bit 3 of the register in ModRM.rm */

    MOV = 0x8b,    /* mov r/m,%r */
    TEST = 0x85,   /* test %r,r/m */
    BRANCH = 0xff, /* and ModRM tells which */
    CALL_MODRM = 0x15,
    JMP_MODRM = 0x25,
};

/* binop r/m,%r is 00ooo011, where ooo is what ModRM.reg of binop $imm,%r is. */
static bool is_binop(unsigned char opcode)
{
    return (opcode & 0xc7) == 0x03;
}

/* ModRM is mod (2 bits), reg (3 bits), rm (3 bits); mod = 0 and rm = 5 are
 * disp32(%rip). */
static bool is_rip_relative(unsigned char modrm)
{
    return (modrm & 0xc7) == 0x05;
}

/* ModRM of an instruction on a register, mod = 3, whose rm is the register that
 * was in reg; reg is the extension of the opcode. */
static unsigned char modrm_on_register(unsigned char modrm,
                                       unsigned char extension)
{
    return 0xc0 | extension << 3 | (modrm >> 3 & 7);
}

static bool read_instruction(const struct reloc_load *load,
                             struct instruction *in)
{
    in->has_rex = load->type == R_X86_64_REX_GOTPCRELX;
    if (load->before < (in->has_rex ? 3 : 2) || load->after < FIELD)
        return false;
    in->rex = in->has_rex ? load->place[-3] : 0;
    in->opcode = load->place[-2];
    in->modrm = load->place[-1];
    /* X and B mean nothing beside %rip, so no assembler sets them. */
    if (in->has_rex && (in->rex & ~(REX_W | REX_R)) != REX)
        return false;
    return is_rip_relative(in->modrm);
}

static bool write_lea(const struct instruction *in, struct reloc_relaxed *out)
{
    *out = (struct reloc_relaxed){
        .bytes = {0x8d, in->modrm, 0, 0, 0, 0}, /* lea foo(%rip),%r */
        .size = 6,
        .start = -2,
        .type = R_X86_64_PC32,
        .addend = -FIELD,
    };
    return true;
}

static bool write_branch(const struct reloc_load *load,
                         const struct instruction *in,
                         struct reloc_relaxed *out)
{
    static const struct reloc_relaxed call = {
        .bytes = {0x67, 0xe8, 0, 0, 0, 0}, /* addr32 call foo */
        .size = 6,
        .start = -2,
        .type = R_X86_64_PC32,
        .addend = -FIELD,
    };
    static const struct reloc_relaxed jmp = {
        .bytes = {0xe9, 0, 0, 0, 0, /* jmp foo */
                  0x90},            /* nop */
        .size = 6,
        .start = -2,
        .field = -1,
        .type = R_X86_64_PC32,
        .addend = -FIELD,
    };
    bool is_call = in->modrm == CALL_MODRM;
    bool is_behind = load->call_nop & BOOTLINK_CALL_SUFFIX;
    if (!is_call && in->modrm != JMP_MODRM)
        return false;
    *out = is_call && !is_behind ? call : jmp;
    if (!is_call || !load->call_nop)
        return true;
    out->bytes[is_behind ? 0 : 1] = 0xe8;
    out->bytes[is_behind ? 5 : 0] = (unsigned char)load->call_nop;
    return true;
}

/* The opcode and its extension of the same operation on an immediate. */
static bool immediate_form(unsigned char opcode, unsigned char *immediate,
                           unsigned char *extension)
{
    *extension = is_binop(opcode) ? opcode >> 3 : 0;
    if (opcode == MOV)
        *immediate = 0xc7; /* mov $imm32,r/m: c7 /0 */
    else if (opcode == TEST)
        *immediate = 0xf7; /* test $imm32,r/m: f7 /0 */
    else
        *immediate = 0x81; /* binop $imm32,r/m: 81 /ooo */
    return opcode == MOV || opcode == TEST || is_binop(opcode);
}

static bool write_immediate(const struct reloc_load *load,
                            const struct instruction *in,
                            struct reloc_relaxed *out)
{
    unsigned char opcode, extension;
    if (!immediate_form(in->opcode, &opcode, &extension))
        return false;
    /* A 64-bit operand sign-extends its immediate, a 32-bit one has none to
     * extend. */
    uint32_t type = in->rex & REX_W ? R_X86_64_32S : R_X86_64_32;
    if (load->target == TARGET_ABSOLUTE &&
        !reloc_fits(reloc_kind(&reloc_x86_64, type), load->value))
        return false;

    *out = (struct reloc_relaxed){.start = -2, .type = type};
    if (in->has_rex) { /* the register moves from reg to rm */
        unsigned char bit_3 = in->rex & REX_R ? REX_B : 0;
        out->bytes[out->size++] = (in->rex & ~REX_R) | bit_3;
        out->start = -3;
    }
    out->bytes[out->size++] = opcode;
    out->bytes[out->size++] = modrm_on_register(in->modrm, extension);
    out->size += FIELD;
    return true;
}

bool relax_x86_64(const struct reloc_load *load, struct reloc_relaxed *relaxed)
{
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, load->type);
    struct instruction in;
    if (!kind || kind->expression != RELOC_G_PLUS_GOT_PLUS_A_MINUS_P ||
        kind->width != FIELD || load->addend != -FIELD ||
        load->target == TARGET_OTHER || !read_instruction(load, &in))
        return false;
    if (load->no_relax && (load->target != TARGET_ZERO || in.opcode == BRANCH))
        return false;

    bool knows_prefix = load->type != R_X86_64_GOTPCREL;
    if (in.opcode == MOV && (load->pc_relative || !knows_prefix))
        return write_lea(&in, relaxed);
    if (load->pc_relative || !knows_prefix)
        return false;
    if (in.opcode == BRANCH)
        return write_branch(load, &in, relaxed);
    return write_immediate(load, &in, relaxed);
}
