/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of x86-64 [psABI 4.4.1: Relocation Types, B.2: Optimize
 * GOTPCRELX Relocations].
 *
 * Receives operands that layout has settled and gives back bytes. Compiled
 * code for a kernel needs few of the types: 64 and PC64 in data, 32S and 32 in
 * code at the top or bottom of the address space, PC32 and PLT32 nearly
 * everywhere. What needs a dynamic linker or thread-local storage is not
 * applied; its name is here for the message.
 */
#include "reloc.h"

#include <elf.h>

/* ---- The table ---------------------------------------------------------- */

/* The ranges are GNU ld's. It takes 8, 16 and PC16 as bit fields, so that 0xff
 * and -1 are both a byte; ld.lld refuses what is below -2^(n-1) there, and
 * takes PC16 as signed. */
/* clang-format off */
static const struct reloc_kind kinds[] = {
    [R_X86_64_NONE] =
        {"R_X86_64_NONE", "none", RELOC_NONE, 0, RANGE_ANY},
    [R_X86_64_64] =
        {"R_X86_64_64", "S + A", RELOC_S_PLUS_A, 8, RANGE_ANY},
    [R_X86_64_PC32] =
        {"R_X86_64_PC32", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_PLT32] =
        {"R_X86_64_PLT32", "L + A - P",
         RELOC_S_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_GOTPCREL] =
        {"R_X86_64_GOTPCREL", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_32] =
        {"R_X86_64_32", "S + A", RELOC_S_PLUS_A, 4, RANGE_UNSIGNED},
    [R_X86_64_32S] =
        {"R_X86_64_32S", "S + A", RELOC_S_PLUS_A, 4, RANGE_SIGNED},
    [R_X86_64_16] =
        {"R_X86_64_16", "S + A", RELOC_S_PLUS_A, 2, RANGE_BITFIELD},
    [R_X86_64_PC16] =
        {"R_X86_64_PC16", "S + A - P",
         RELOC_S_PLUS_A_MINUS_P, 2, RANGE_BITFIELD},
    [R_X86_64_8] =
        {"R_X86_64_8", "S + A", RELOC_S_PLUS_A, 1, RANGE_BITFIELD},
    [R_X86_64_PC8] =
        {"R_X86_64_PC8", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 1, RANGE_SIGNED},
    [R_X86_64_PC64] =
        {"R_X86_64_PC64", "S + A - P", RELOC_S_PLUS_A_MINUS_P, 8, RANGE_ANY},
    [R_X86_64_GOTPCRELX] =
        {"R_X86_64_GOTPCRELX", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},
    [R_X86_64_REX_GOTPCRELX] =
        {"R_X86_64_REX_GOTPCRELX", "G + GOT + A - P",
         RELOC_G_PLUS_GOT_PLUS_A_MINUS_P, 4, RANGE_SIGNED},

    /* Types that are not applied have a name and RELOC_UNKNOWN, which is 0. */
    [R_X86_64_GOT32]           = {.name = "R_X86_64_GOT32"},
    [R_X86_64_COPY]            = {.name = "R_X86_64_COPY"},
    [R_X86_64_GLOB_DAT]        = {.name = "R_X86_64_GLOB_DAT"},
    [R_X86_64_JUMP_SLOT]       = {.name = "R_X86_64_JUMP_SLOT"},
    [R_X86_64_RELATIVE]        = {.name = "R_X86_64_RELATIVE"},
    [R_X86_64_DTPMOD64]        = {.name = "R_X86_64_DTPMOD64"},
    [R_X86_64_DTPOFF64]        = {.name = "R_X86_64_DTPOFF64"},
    [R_X86_64_TPOFF64]         = {.name = "R_X86_64_TPOFF64"},
    [R_X86_64_TLSGD]           = {.name = "R_X86_64_TLSGD"},
    [R_X86_64_TLSLD]           = {.name = "R_X86_64_TLSLD"},
    [R_X86_64_DTPOFF32]        = {.name = "R_X86_64_DTPOFF32"},
    [R_X86_64_GOTTPOFF]        = {.name = "R_X86_64_GOTTPOFF"},
    [R_X86_64_TPOFF32]         = {.name = "R_X86_64_TPOFF32"},
    [R_X86_64_GOTOFF64]        = {.name = "R_X86_64_GOTOFF64"},
    [R_X86_64_GOTPC32]         = {.name = "R_X86_64_GOTPC32"},
    [R_X86_64_GOT64]           = {.name = "R_X86_64_GOT64"},
    [R_X86_64_GOTPCREL64]      = {.name = "R_X86_64_GOTPCREL64"},
    [R_X86_64_GOTPC64]         = {.name = "R_X86_64_GOTPC64"},
    [R_X86_64_GOTPLT64]        = {.name = "R_X86_64_GOTPLT64"},
    [R_X86_64_PLTOFF64]        = {.name = "R_X86_64_PLTOFF64"},
    [R_X86_64_SIZE32]          = {.name = "R_X86_64_SIZE32"},
    [R_X86_64_SIZE64]          = {.name = "R_X86_64_SIZE64"},
    [R_X86_64_GOTPC32_TLSDESC] = {.name = "R_X86_64_GOTPC32_TLSDESC"},
    [R_X86_64_TLSDESC_CALL]    = {.name = "R_X86_64_TLSDESC_CALL"},
    [R_X86_64_TLSDESC]         = {.name = "R_X86_64_TLSDESC"},
    [R_X86_64_IRELATIVE]       = {.name = "R_X86_64_IRELATIVE"},
    [R_X86_64_RELATIVE64]      = {.name = "R_X86_64_RELATIVE64"},
};
/* clang-format on */

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static const char *name_of(uint32_t type)
{
    return type < KIND_COUNT ? kinds[type].name : NULL;
}

static const struct reloc_kind *kind_of(uint32_t type)
{
    if (type >= KIND_COUNT || kinds[type].expression == RELOC_UNKNOWN)
        return NULL;
    return &kinds[type];
}

/* ---- Evaluate, check, write --------------------------------------------- */

uint64_t reloc_evaluate(const struct reloc_kind *kind,
                        const struct reloc_operands *operands)
{
    uint64_t S = operands->S, A = (uint64_t)operands->A, P = operands->P;
    uint64_t G = operands->G, GOT = operands->GOT;

    switch ((enum reloc_expression)kind->expression) {
    case RELOC_UNKNOWN:
    case RELOC_NONE:
        return 0;
    case RELOC_S_PLUS_A:
        return S + A;
    case RELOC_S_PLUS_A_MINUS_P:
        return S + A - P;
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
        return G + GOT + A - P;
    }
    return 0;
}

bool reloc_fits(const struct reloc_kind *kind, uint64_t value)
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

void reloc_write(const struct reloc_kind *kind, void *place, uint64_t value)
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

int64_t reloc_read_addend(const struct reloc_kind *kind, const void *place)
{
    switch (kind->width) {
    case 1:
        return *(const int8_t *)place;
    case 2:
        return (int16_t)read16(place);
    case 4:
        return (int32_t)read32(place);
    case 8:
        return (int64_t)read64(place);
    }
    return 0;
}

/* ---- Relaxation [psABI B.2] --------------------------------------------- */

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

static bool write_branch(const struct instruction *in,
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
    if (in->modrm != CALL_MODRM && in->modrm != JMP_MODRM)
        return false;
    *out = in->modrm == CALL_MODRM ? call : jmp;
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
        !reloc_fits(&kinds[type], load->value))
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

static bool relax(const struct reloc_load *load, struct reloc_relaxed *relaxed)
{
    const struct reloc_kind *kind = kind_of(load->type);
    struct instruction in;
    if (!kind || kind->expression != RELOC_G_PLUS_GOT_PLUS_A_MINUS_P ||
        load->addend != -FIELD || load->target == TARGET_OTHER ||
        !read_instruction(load, &in))
        return false;
    if (load->no_relax && (load->target != TARGET_ZERO || in.opcode == BRANCH))
        return false;

    bool knows_prefix = load->type != R_X86_64_GOTPCREL;
    if (in.opcode == MOV && (load->pc_relative || !knows_prefix))
        return write_lea(&in, relaxed);
    if (load->pc_relative || !knows_prefix)
        return false;
    if (in.opcode == BRANCH)
        return write_branch(&in, relaxed);
    return write_immediate(load, &in, relaxed);
}

const struct reloc_machine reloc_x86_64 = {
    .machine = EM_X86_64,
    .kind = kind_of,
    .name = name_of,
    .relax = relax,
};
