/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Accesses to thread-local variables become local-exec [psABI B.1: Code
 * Sequence Transitions; psABI 3.4.6: Thread-Local Storage].
 *
 * A compiler that does not know where a variable will be asks at run time: the
 * dynamic linker (general and local dynamic), a descriptor (TLSDESC) or the GOT
 * (initial exec). A static link knows: the variable is at a fixed distance from
 * the thread pointer, which is in %fs:0. The psABI fixes each sequence byte by
 * byte, so that a linker can recognise it and put another of the same length in
 * its place:
 *
 *   TLSGD     lea x@tlsgd(%rip), %rdi         mov %fs:0, %rax
 *             call __tls_get_addr             lea x@tpoff(%rax), %rax
 *   TLSLD     lea x@tlsld(%rip), %rdi         mov %fs:0, %rax
 *             call __tls_get_addr
 *   GOTTPOFF  mov x@gottpoff(%rip), %r        mov $x@tpoff, %r
 *             add x@gottpoff(%rip), %r        lea x@tpoff(%r), %r      (1)
 *   GOTPC32_TLSDESC
 *             lea x@tlsdesc(%rip), %r         mov $x@tpoff, %r
 *   TLSDESC_CALL
 *             call *x@tlscall(%rax)           two bytes of NOP
 *
 * (1) For %rsp and %r12, which would need a longer lea: add $x@tpoff, %r.
 *
 * The call has three forms: direct, through the GOT (-fno-plt), and by 64 bits
 * (-mcmodel=large). It has a relocation of its own, the next one, which is used
 * up with the sequence.
 */
#include "reloc.h"

#include <elf.h>
#include <string.h>

enum { FIELD = 4 }; /* bytes of a displacement or immediate */

/* ---- Sequences with a call ---------------------------------------------- */

/* What a sequence becomes. */
struct replacement {
    uint8_t size, field; /* field: where x@tpoff goes; 0: nowhere */
    unsigned char bytes[22];
};

/* lea x(%rip), %rdi with what is before its field; the bytes between that and
 * the field of the call, and those behind that field. */
struct call_sequence {
    uint32_t type;
    uint32_t call_types[2];
    uint8_t lea_size, call_size, call_field, tail_size;
    unsigned char lea[4], call[4], tail[5];
    const struct replacement *becomes;
};

/* clang-format off */
#define MOV_FS_0_TO_RAX  0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0
#define LEA_FIELD_RAX    0x48, 0x8d, 0x80, 0, 0, 0, 0
#define NOP_6            0x66, 0x0f, 0x1f, 0x44, 0, 0
#define PREFIXED_NOP_13  0x66, 0x66, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, \
                         0, 0, 0, 0

static const struct replacement
    general       = {16, 12, {MOV_FS_0_TO_RAX, LEA_FIELD_RAX}},
    general_large = {22, 12, {MOV_FS_0_TO_RAX, LEA_FIELD_RAX, NOP_6}},
    local         = {12, 0, {0x66, 0x66, 0x66, MOV_FS_0_TO_RAX}},
    local_by_got  = {13, 0, {0x66, 0x66, 0x66, 0x66, MOV_FS_0_TO_RAX}},
    local_large   = {22, 0, {PREFIXED_NOP_13, MOV_FS_0_TO_RAX}};

#define DIRECT {R_X86_64_PLT32, R_X86_64_PC32}
#define BY_GOT {R_X86_64_GOTPCRELX, R_X86_64_GOTPCREL}
#define LARGE  {R_X86_64_PLTOFF64, R_X86_64_PLTOFF64}

static const struct call_sequence call_sequences[] = {
    /* data16 lea x@tlsgd(%rip), %rdi; call __tls_get_addr, with prefixes that
     * make room for the longer code */
    {R_X86_64_TLSGD, DIRECT, 4, 4, 4, 0, {0x66, 0x48, 0x8d, 0x3d},
     {0x66, 0x66, 0x48, 0xe8}, {0}, &general},
    {R_X86_64_TLSGD, BY_GOT, 4, 4, 4, 0, {0x66, 0x48, 0x8d, 0x3d},
     {0x66, 0x48, 0xff, 0x15}, {0}, &general},
    {R_X86_64_TLSGD, LARGE, 3, 2, 8, 5, {0x48, 0x8d, 0x3d},
     {0x48, 0xb8}, {0x48, 0x01, 0xd8, 0xff, 0xd0}, &general_large},
    {R_X86_64_TLSGD, LARGE, 3, 2, 8, 5, {0x48, 0x8d, 0x3d},
     {0x48, 0xb8}, {0x4c, 0x01, 0xf8, 0xff, 0xd0}, &general_large},

    {R_X86_64_TLSLD, DIRECT, 3, 1, 4, 0, {0x48, 0x8d, 0x3d},
     {0xe8}, {0}, &local},
    {R_X86_64_TLSLD, BY_GOT, 3, 2, 4, 0, {0x48, 0x8d, 0x3d},
     {0xff, 0x15}, {0}, &local_by_got},
    {R_X86_64_TLSLD, LARGE, 3, 2, 8, 5, {0x48, 0x8d, 0x3d},
     {0x48, 0xb8}, {0x48, 0x01, 0xd8, 0xff, 0xd0}, &local_large},
    {R_X86_64_TLSLD, LARGE, 3, 2, 8, 5, {0x48, 0x8d, 0x3d},
     {0x48, 0xb8}, {0x4c, 0x01, 0xf8, 0xff, 0xd0}, &local_large},
};
/* clang-format on */

static bool is_sequence(const struct tls_access *access,
                        const struct call_sequence *s)
{
    uint64_t to_call = FIELD + s->call_size;
    const unsigned char *behind_lea = access->place + FIELD;
    return access->type == s->type && access->call_distance == to_call &&
           (access->call_type == s->call_types[0] ||
            access->call_type == s->call_types[1]) &&
           access->before >= s->lea_size &&
           access->after >= to_call + s->call_field + s->tail_size &&
           !memcmp(access->place - s->lea_size, s->lea, s->lea_size) &&
           !memcmp(behind_lea, s->call, s->call_size) &&
           !memcmp(behind_lea + s->call_size + s->call_field, s->tail,
                   s->tail_size);
}

static bool rewrite_call(const struct tls_access *access,
                         struct tls_local_exec *local)
{
    const struct call_sequence *s = call_sequences;
    const struct call_sequence *end =
        s + sizeof(call_sequences) / sizeof(*call_sequences);
    while (s < end && !is_sequence(access, s))
        s++;
    if (s == end)
        return false;
    *local = (struct tls_local_exec){
        .size = s->becomes->size,
        .start = -s->lea_size,
        .field = s->becomes->field - s->lea_size,
        .has_field = s->becomes->field != 0,
        .takes_call = true,
    };
    memcpy(local->bytes, s->becomes->bytes, local->size);
    return true;
}

/* ---- One instruction ---------------------------------------------------- */

enum {
    REX_W = 0x48,   /* 64-bit operands ... */
    REX_W_R = 0x4c, /* ... with bit 3 of the register in ModRM.reg, ... */
    REX_W_B = 0x49, /* ... in ModRM.rm, ... */
    REX_W_R_B = 0x4d,

    MOV = 0x8b,
    ADD = 0x03,
    LEA = 0x8d,
    RSP = 4, /* and %r12, without bit 3: in ModRM.rm it means another thing */
};

/* Writes an instruction of the same length on the same register and x@tpoff.
 * `modrm` is without the register, which goes to rm; for a lea from an address
 * that is a register and x@tpoff, also to reg. */
static bool rewrite_register(const struct tls_access *access,
                             unsigned char opcode, unsigned char modrm,
                             bool is_address, struct tls_local_exec *local)
{
    bool has_bit_3 = access->place[-3] == REX_W_R;
    unsigned char reg = access->place[-1] >> 3 & 7;
    unsigned char rex = is_address ? REX_W_R_B : REX_W_B;
    *local = (struct tls_local_exec){
        .bytes = {has_bit_3 ? rex : REX_W, opcode,
                  modrm | reg | (is_address ? reg << 3 : 0)},
        .size = 3 + FIELD,
        .start = -3,
        .has_field = true,
    };
    return true;
}

static bool rewrite_one(const struct tls_access *access,
                        struct tls_local_exec *local)
{
    if (access->before < 3 || access->after < FIELD || access->addend != -FIELD)
        return false;
    unsigned char rex = access->place[-3], opcode = access->place[-2];
    unsigned char modrm = access->place[-1];
    if ((rex != REX_W && rex != REX_W_R) || (modrm & 0xc7) != 0x05)
        return false;
    bool is_descriptor = access->type == R_X86_64_GOTPC32_TLSDESC;
    if (opcode == (is_descriptor ? LEA : MOV)) /* mov $imm, %r: c7 /0 */
        return rewrite_register(access, 0xc7, 0xc0, false, local);
    if (opcode != ADD || is_descriptor)
        return false;
    if ((modrm >> 3 & 7) == RSP) /* add $imm, %r: 81 /0 */
        return rewrite_register(access, 0x81, 0xc0, false, local);
    return rewrite_register(access, LEA, 0x80, true, local);
}

/* The descriptor's function is not called: %rax has the offset. */
static bool rewrite_descriptor_call(const struct tls_access *access,
                                    struct tls_local_exec *local)
{
    if (access->after < 2 || access->place[0] != 0xff ||
        access->place[1] != 0x10)
        return false;
    *local = (struct tls_local_exec){.bytes = {0x66, 0x90}, .size = 2};
    return true;
}

bool local_exec_x86_64(const struct tls_access *access,
                       struct tls_local_exec *local)
{
    switch (access->type) {
    case R_X86_64_TLSGD:
    case R_X86_64_TLSLD:
        return access->addend == -FIELD && rewrite_call(access, local);
    case R_X86_64_GOTTPOFF:
    case R_X86_64_GOTPC32_TLSDESC:
        return rewrite_one(access, local);
    case R_X86_64_TLSDESC_CALL:
        return rewrite_descriptor_call(access, local);
    default:
        return false;
    }
}
