/* SPDX-License-Identifier: BSD-2-Clause
 *
 * GOT loads rewritten so that they need no GOT, byte for byte as GNU ld 2.40
 * does it in a static link that is not position-independent [psABI B.2].
 */
#include "unit/world.h"

#include "loader.h"
#include "relax_usual_x86_64.h"

#include <elf.h>
#include <stdio.h>

enum {
    REX = R_X86_64_REX_GOTPCRELX,
    X = R_X86_64_GOTPCRELX,
    PLAIN = R_X86_64_GOTPCREL
};

#define FAILS NULL /* GNU ld: "failed to convert GOTPCREL relocation" */
static const char GOT[] = "GOT"; /* GNU ld left the load as it is */

/* Where the code is; foo lies 0x1000 behind it. */
static const uint64_t low = 0x400000, high = 0xffffffff80200000,
                      far = 0xffff800000200000;

/* What GNU ld 2.40 made of each instruction, assembled by GNU as 2.40, with the
 * code at the three addresses. */
/* clang-format off */
static const struct load_case {
    const char *assembly;
    uint32_t type;
    int64_t addend;
    const char *code; /* before the field */
    const char *at_low, *at_high, *at_far;
} load_cases[] = {
    {"mov foo@GOTPCREL(%rip),%rax", REX, -4, "48 8b 05",
     "48 c7 c0 00 10 40 00", "48 c7 c0 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%rcx", REX, -4, "48 8b 0d",
     "48 c7 c1 00 10 40 00", "48 c7 c1 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%rsp", REX, -4, "48 8b 25",
     "48 c7 c4 00 10 40 00", "48 c7 c4 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%rbp", REX, -4, "48 8b 2d",
     "48 c7 c5 00 10 40 00", "48 c7 c5 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%rdi", REX, -4, "48 8b 3d",
     "48 c7 c7 00 10 40 00", "48 c7 c7 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%r8", REX, -4, "4c 8b 05",
     "49 c7 c0 00 10 40 00", "49 c7 c0 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%r13", REX, -4, "4c 8b 2d",
     "49 c7 c5 00 10 40 00", "49 c7 c5 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%r15", REX, -4, "4c 8b 3d",
     "49 c7 c7 00 10 40 00", "49 c7 c7 00 10 20 80", FAILS},
    {"mov foo@GOTPCREL(%rip),%eax", X, -4, "8b 05",
     "c7 c0 00 10 40 00", FAILS, FAILS},
    {"mov foo@GOTPCREL(%rip),%r9d", REX, -4, "44 8b 0d",
     "41 c7 c1 00 10 40 00", FAILS, FAILS},
    {"mov foo@GOTPCREL(%rip),%edi", X, -4, "8b 3d",
     "c7 c7 00 10 40 00", FAILS, FAILS},
    {"mov foo@GOTPCREL(%rip),%ax", PLAIN, -4, "66 8b 05",
     "66 8d 05 f9 0f 00 00", "66 8d 05 f9 0f 00 00", "66 8d 05 f9 0f 00 00"},
    {"call *foo@GOTPCREL(%rip)", X, -4, "ff 15",
     "67 e8 fa 0f 00 00", "67 e8 fa 0f 00 00", "67 e8 fa 0f 00 00"},
    {"jmp *foo@GOTPCREL(%rip)", X, -4, "ff 25",
     "e9 fb 0f 00 00 90", "e9 fb 0f 00 00 90", "e9 fb 0f 00 00 90"},
    {"rex.W call *foo@GOTPCREL(%rip)", X, -4, "48 ff 15",
     "48 67 e8 f9 0f 00 00", "48 67 e8 f9 0f 00 00", "48 67 e8 f9 0f 00 00"},
    {"bnd jmp *foo@GOTPCREL(%rip)", X, -4, "f2 ff 25",
     "f2 e9 fa 0f 00 00 90", "f2 e9 fa 0f 00 00 90", "f2 e9 fa 0f 00 00 90"},
    {"test %rax,foo@GOTPCREL(%rip)", REX, -4, "48 85 05",
     "48 f7 c0 00 10 40 00", "48 f7 c0 00 10 20 80", FAILS},
    {"test %r12,foo@GOTPCREL(%rip)", REX, -4, "4c 85 25",
     "49 f7 c4 00 10 40 00", "49 f7 c4 00 10 20 80", FAILS},
    {"test %ecx,foo@GOTPCREL(%rip)", X, -4, "85 0d",
     "f7 c1 00 10 40 00", FAILS, FAILS},
    {"test %r9d,foo@GOTPCREL(%rip)", REX, -4, "44 85 0d",
     "41 f7 c1 00 10 40 00", FAILS, FAILS},
    {"add foo@GOTPCREL(%rip),%rcx", REX, -4, "48 03 0d",
     "48 81 c1 00 10 40 00", "48 81 c1 00 10 20 80", FAILS},
    {"add foo@GOTPCREL(%rip),%r14", REX, -4, "4c 03 35",
     "49 81 c6 00 10 40 00", "49 81 c6 00 10 20 80", FAILS},
    {"or foo@GOTPCREL(%rip),%rcx", REX, -4, "48 0b 0d",
     "48 81 c9 00 10 40 00", "48 81 c9 00 10 20 80", FAILS},
    {"or foo@GOTPCREL(%rip),%r14", REX, -4, "4c 0b 35",
     "49 81 ce 00 10 40 00", "49 81 ce 00 10 20 80", FAILS},
    {"adc foo@GOTPCREL(%rip),%rcx", REX, -4, "48 13 0d",
     "48 81 d1 00 10 40 00", "48 81 d1 00 10 20 80", FAILS},
    {"adc foo@GOTPCREL(%rip),%r14", REX, -4, "4c 13 35",
     "49 81 d6 00 10 40 00", "49 81 d6 00 10 20 80", FAILS},
    {"sbb foo@GOTPCREL(%rip),%rcx", REX, -4, "48 1b 0d",
     "48 81 d9 00 10 40 00", "48 81 d9 00 10 20 80", FAILS},
    {"sbb foo@GOTPCREL(%rip),%r14", REX, -4, "4c 1b 35",
     "49 81 de 00 10 40 00", "49 81 de 00 10 20 80", FAILS},
    {"and foo@GOTPCREL(%rip),%rcx", REX, -4, "48 23 0d",
     "48 81 e1 00 10 40 00", "48 81 e1 00 10 20 80", FAILS},
    {"and foo@GOTPCREL(%rip),%r14", REX, -4, "4c 23 35",
     "49 81 e6 00 10 40 00", "49 81 e6 00 10 20 80", FAILS},
    {"sub foo@GOTPCREL(%rip),%rcx", REX, -4, "48 2b 0d",
     "48 81 e9 00 10 40 00", "48 81 e9 00 10 20 80", FAILS},
    {"sub foo@GOTPCREL(%rip),%r14", REX, -4, "4c 2b 35",
     "49 81 ee 00 10 40 00", "49 81 ee 00 10 20 80", FAILS},
    {"xor foo@GOTPCREL(%rip),%rcx", REX, -4, "48 33 0d",
     "48 81 f1 00 10 40 00", "48 81 f1 00 10 20 80", FAILS},
    {"xor foo@GOTPCREL(%rip),%r14", REX, -4, "4c 33 35",
     "49 81 f6 00 10 40 00", "49 81 f6 00 10 20 80", FAILS},
    {"cmp foo@GOTPCREL(%rip),%rcx", REX, -4, "48 3b 0d",
     "48 81 f9 00 10 40 00", "48 81 f9 00 10 20 80", FAILS},
    {"cmp foo@GOTPCREL(%rip),%r14", REX, -4, "4c 3b 35",
     "49 81 fe 00 10 40 00", "49 81 fe 00 10 20 80", FAILS},
    {"add foo@GOTPCREL(%rip),%ecx", X, -4, "03 0d",
     "81 c1 00 10 40 00", FAILS, FAILS},
    {"cmp foo@GOTPCREL(%rip),%r9d", REX, -4, "44 3b 0d",
     "41 81 f9 00 10 40 00", FAILS, FAILS},
    {"push foo@GOTPCREL(%rip)", PLAIN, -4, "ff 35",
     GOT, GOT, GOT},
    {"lea foo@GOTPCREL(%rip),%rax", PLAIN, -4, "48 8d 05",
     GOT, GOT, GOT},
    {"imul foo@GOTPCREL(%rip),%rcx", PLAIN, -4, "48 0f af 0d",
     GOT, GOT, GOT},
    {"xchg foo@GOTPCREL(%rip),%rax", PLAIN, -4, "48 87 05",
     GOT, GOT, GOT},
    {"cmp %rcx,foo@GOTPCREL(%rip)", PLAIN, -4, "48 39 0d",
     GOT, GOT, GOT},
    {"movzbl foo@GOTPCREL(%rip),%ecx", PLAIN, -4, "0f b6 0d",
     GOT, GOT, GOT},
    {"mov foo@GOTPCREL(%rip),%cl", PLAIN, -4, "8a 0d",
     GOT, GOT, GOT},
    {"lcall *foo@GOTPCREL(%rip)", PLAIN, -4, "ff 1d",
     GOT, GOT, GOT},
    {"mov foo@GOTPCREL+4(%rip),%rcx", REX, 0, "48 8b 0d",
     GOT, GOT, GOT},
    {"call *foo@GOTPCREL+4(%rip)", X, 0, "ff 15",
     GOT, GOT, GOT},
    {"cmp foo@GOTPCREL+4(%rip),%rcx", REX, 0, "48 3b 0d",
     GOT, GOT, GOT},
};
/* clang-format on */
enum { LOAD_CASE_COUNT = sizeof(load_cases) / sizeof(load_cases[0]) };

enum { LARGEST_CODE = 16, FIELD = 4 };

/* "48 8b 05" to bytes; how many. */
static size_t from_hex(const char *text, unsigned char *bytes)
{
    size_t count = 0;
    unsigned byte;
    int length;
    while (sscanf(text, "%x%n", &byte, &length) == 1) {
        assert_true(count < LARGEST_CODE);
        bytes[count++] = (unsigned char)byte;
        text += length;
    }
    return count;
}

/* A section that holds one load and nothing else, in memory of its own size, so
 * that the sanitizer sees any step outside. */
struct site {
    unsigned char *bytes;
    size_t size;
    struct reloc_load load;
};

static struct site site_open(const char *code, uint32_t type)
{
    unsigned char bytes[LARGEST_CODE];
    size_t before = from_hex(code, bytes);
    struct site site = {malloc(before + FIELD), before + FIELD, {0}};
    assert_non_null(site.bytes);
    memcpy(site.bytes, bytes, before);
    memset(site.bytes + before, 0, FIELD);
    site.load = (struct reloc_load){.type = type,
                                    .addend = -4,
                                    .place = site.bytes + before,
                                    .before = before,
                                    .after = FIELD,
                                    .target = TARGET_PLACED};
    return site;
}

static struct site site_of(const struct load_case *c)
{
    struct site site = site_open(c->code, c->type);
    site.load.addend = c->addend;
    return site;
}

/* Rewrites the load as emitting does. False, and nothing is written, if the
 * replacement does not fit. */
static bool rewrite(struct site *site, const struct reloc_relaxed *relaxed,
                    uint64_t S, uint64_t address)
{
    unsigned char *place = site->bytes + site->load.before;
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, relaxed->type);
    assert_non_null(kind);
    assert_int_equal(kind->width, FIELD);
    struct reloc_operands operands = {.S = S,
                                      .A = relaxed->addend,
                                      .P = address + site->load.before +
                                           (uint64_t)relaxed->field};
    uint64_t value = reloc_evaluate(kind, &operands);
    if (!reloc_fits(kind, value))
        return false;
    memcpy(place + relaxed->start, relaxed->bytes, relaxed->size);
    reloc_write(kind, place + relaxed->field, value);
    return true;
}

static void check_bytes(const struct site *site, const char *assembly,
                        const char *expected)
{
    unsigned char bytes[LARGEST_CODE];
    assert_int_equal(from_hex(expected, bytes), site->size);
    if (memcmp(site->bytes, bytes, site->size))
        fail_msg("%s: not %s", assembly, expected);
}

static void check_load(const struct load_case *c, uint64_t address,
                       const char *expected)
{
    struct site site = site_of(c);
    struct reloc_relaxed relaxed;
    bool done = reloc_x86_64.relax(&site.load, &relaxed);
    if (done != (expected != GOT))
        fail_msg("%s: %srelaxed", c->assembly, done ? "" : "not ");
    if (done) {
        bool fits = rewrite(&site, &relaxed, address + 0x1000, address);
        if (fits != (expected != FAILS))
            fail_msg("%s: %s", c->assembly, fits ? "fits" : "does not fit");
        if (fits)
            check_bytes(&site, c->assembly, expected);
    }
    free(site.bytes);
}

/* [psABI B.2] */
static void test_relax_as_gnu_ld(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOAD_CASE_COUNT; i++) {
        check_load(&load_cases[i], low, load_cases[i].at_low);
        check_load(&load_cases[i], high, load_cases[i].at_high);
        check_load(&load_cases[i], far, load_cases[i].at_far);
    }
}

/* Where GNU ld fails, a mov still becomes a lea; nothing else does. Bytes as
 * GNU as and ld made them of "lea foo(%rip),%r". */
static void test_relax_second_try(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint32_t type;
        const char *expected;
    } cases[] = {
        {"48 8b 05", REX, "48 8d 05 f9 0f 00 00"},
        {"4c 8b 2d", REX, "4c 8d 2d f9 0f 00 00"},
        {"8b 05", X, "8d 05 fa 0f 00 00"},
        {"44 8b 0d", REX, "44 8d 0d f9 0f 00 00"},
        {"48 03 0d", REX, GOT},
        {"48 85 05", REX, GOT},
        {"ff 15", X, GOT},
        {"ff 25", X, GOT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site site = site_open(cases[i].code, cases[i].type);
        struct reloc_relaxed relaxed;
        site.load.pc_relative = true;
        bool done = reloc_x86_64.relax(&site.load, &relaxed);
        assert_int_equal(done, cases[i].expected != GOT);
        if (done) {
            assert_true(rewrite(&site, &relaxed, far + 0x1000, far));
            check_bytes(&site, cases[i].code, cases[i].expected);
        }
        free(site.bytes);
    }
}

/* The symbol's kind decides too. Columns as GNU ld 2.40 relaxed (1) or not. */
static void test_relax_by_symbol(void **state)
{
    (void)state;
    enum { COLUMNS = 5 };
    static const struct {
        const char *code;
        uint32_t type;
    } columns[COLUMNS] = {
        {"48 8b 05", REX},   /* mov  foo@GOTPCREL(%rip),%rax */
        {"8b 05", X},        /* mov  foo@GOTPCREL(%rip),%eax */
        {"48 03 0d", REX},   /* add  foo@GOTPCREL(%rip),%rcx */
        {"66 8b 05", PLAIN}, /* mov  foo@GOTPCREL(%rip),%ax */
        {"ff 15", X},        /* call *foo@GOTPCREL(%rip) */
    };
    static const struct {
        enum reloc_target target;
        uint64_t value;
        bool no_relax;
        bool done[COLUMNS];
    } cases[] = {
        {TARGET_PLACED, 0, false, {1, 1, 1, 1, 1}},
        {TARGET_PLACED, UINT64_MAX / 3, false, {1, 1, 1, 1, 1}}, /* ignored */
        {TARGET_PLACED, 0, true, {0, 0, 0, 0, 0}},
        {TARGET_OTHER, 0, false, {0, 0, 0, 0, 0}},
        {TARGET_ZERO, 0, false, {1, 1, 1, 1, 1}},
        {TARGET_ZERO, 0, true, {1, 1, 1, 1, 0}},
        {TARGET_ABSOLUTE, 0, false, {1, 1, 1, 1, 1}},
        {TARGET_ABSOLUTE, 0x1234, false, {1, 1, 1, 1, 1}},
        {TARGET_ABSOLUTE, 0x1234, true, {0, 0, 0, 0, 0}},
        {TARGET_ABSOLUTE, 0x7fffffff, false, {1, 1, 1, 1, 1}},
        {TARGET_ABSOLUTE, 0x80000000, false, {0, 1, 0, 1, 1}},
        {TARGET_ABSOLUTE, 0xfffff000, false, {0, 1, 0, 1, 1}},
        {TARGET_ABSOLUTE, 0x123456789abc, false, {0, 0, 0, 1, 1}},
        {TARGET_ABSOLUTE, 0xffffffff81000000, false, {1, 0, 1, 1, 1}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            struct site site = site_open(columns[j].code, columns[j].type);
            struct reloc_relaxed relaxed;
            site.load.target = cases[i].target;
            site.load.value = cases[i].value;
            site.load.no_relax = cases[i].no_relax;
            if (reloc_x86_64.relax(&site.load, &relaxed) != cases[i].done[j])
                fail_msg("case %zu, column %zu", i, j);
            free(site.bytes);
        }
    }
}

/* The bytes before a load are as hostile as any: never read beyond the section,
 * never rewrite what is none of the instructions in question. */
static void test_relax_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint32_t type;
    } cases[] = {
        {"", REX},
        {"", X},
        {"", PLAIN},
        {"05", X},
        {"05", PLAIN},
        {"8b 05", REX},
        {"48 8b 08", REX}, /* no %rip */
        {"48 8b 8d", REX},
        {"48 8b c5", REX},
        {"00 8b 05", REX}, /* no REX */
        {"66 8b 05", REX},
        {"49 8b 05", REX}, /* REX.B, REX.X */
        {"4a 8b 05", REX},
        {"48 89 05", REX}, /* stores */
        {"48 01 05", REX},
        {"48 0f af", REX},
        {"ff 35", X}, /* push */
        {"ff 1d", X},
        {"ff 05", X},
        {"87 05", X},
        {"48 ff 0d", REX},
        {"8b 05", R_X86_64_PC32},
        {"8b 05", R_X86_64_GOTPC32},
        {"8b 05", 43},
        {"8b 05", UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site site = site_open(cases[i].code, cases[i].type);
        struct reloc_relaxed relaxed;
        if (reloc_x86_64.relax(&site.load, &relaxed))
            fail_msg("case %zu: %s", i, cases[i].code);
        free(site.bytes);
    }
}

/* A field that is cut off by the end of its section is not rewritten. */
static void test_relax_needs_its_field(void **state)
{
    (void)state;
    struct site site = site_open("48 8b 05", REX);
    struct reloc_relaxed relaxed;
    for (site.load.after = 0; site.load.after < FIELD; site.load.after++)
        assert_false(reloc_x86_64.relax(&site.load, &relaxed));
    assert_true(reloc_x86_64.relax(&site.load, &relaxed));
    free(site.bytes);
}

/* Every opcode, ModRM byte and prefix: what is rewritten stays within the
 * instruction, keeps its length and covers its field. */
static void test_relax_stays_inside(void **state)
{
    (void)state;
    struct site site = site_open("00 00 00", REX);
    unsigned relaxed_count = 0;
    for (uint32_t n = 0; n < 3u << 16; n++) {
        static const unsigned char prefixes[] = {0x48, 0x4c, 0x66};
        struct reloc_relaxed r;
        site.load.type = prefixes[n >> 16] == 0x66 ? X : REX;
        site.bytes[0] = prefixes[n >> 16];
        site.bytes[1] = (unsigned char)(n >> 8);
        site.bytes[2] = (unsigned char)n;
        if (!reloc_x86_64.relax(&site.load, &r))
            continue;
        relaxed_count++;
        assert_true(r.start >= -3 && r.start + r.size == FIELD);
        assert_true(r.field >= -1 && r.field <= 0 && r.field > r.start);
    }
    /* 8 registers for mov, test and 8 binops, and two branches; 3 prefixes */
    assert_int_equal(relaxed_count, 3 * (8 * 10 + 2));
    free(site.bytes);
}

/* What is done in line is what relax_x86_64() says. */
static void check_usual(const struct reloc_load *load, span bytes, uint64_t S)
{
    char expected[8], got[8];
    struct reloc_relaxed relaxed;
    enum usual_load usual =
        usual_load(bytes, load->before, load->type, load->addend);
    memcpy(expected, bytes.data, sizeof(expected));
    memcpy(got, bytes.data, sizeof(got));
    assert_true(reloc_x86_64.relax(load, &relaxed));
    bool fits = relocation_rewrite(expected + load->before, low, S, &relaxed);
    assert_int_equal(usual_load_rewrite(usual, got + load->before, low, S),
                     fits);
    assert_memory_equal(got, expected, sizeof(got));
}

static void test_relax_usual(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {0x401000, 0x7fffffff, 0x80000000,
                                         0xffffffff80000000,
                                         0xffff800000201000};
    static const unsigned char prefixes[] = {0x40, 0x48, 0x49, 0x4c, 0x66};
    static const uint32_t types[] = {REX, X, PLAIN};
    unsigned count = 0;
    for (uint32_t n = 0; n < 3 * 5 << 16; n++) {
        char code[8] = {0, (char)prefixes[(n >> 16) % 5], (char)(n >> 8),
                        (char)n};
        struct reloc_load load = {.type = types[(n >> 16) / 5],
                                  .addend = -FIELD,
                                  .place = (unsigned char *)code + 4,
                                  .before = 4,
                                  .after = FIELD,
                                  .target = TARGET_PLACED};
        span bytes = {code, sizeof(code)};
        if (!usual_load(bytes, load.before, load.type, load.addend))
            continue;
        count++;
        for (unsigned i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
            check_usual(&load, bytes, addresses[i]);
    }
    /* mov and 8 operations on 8 registers, by 2 prefixes; a call behind any
     * byte. */
    assert_int_equal(count, 2 * 9 * 8 + 5);
}

/* Of a thread-local variable, what local_exec_x86_64() says. */
static void test_relax_usual_thread_local(void **state)
{
    (void)state;
    const uint64_t offset = (uint64_t)-0x1234;
    unsigned count = 0;
    for (uint32_t n = 0; n < 1 << 24; n++) {
        char code[8] = {0, (char)(n >> 16), (char)(n >> 8), (char)n};
        char expected[8];
        span bytes = {code, sizeof(code)};
        if (!usual_load(bytes, 4, R_X86_64_GOTTPOFF, -FIELD))
            continue;
        struct tls_access access = {.type = R_X86_64_GOTTPOFF,
                                    .addend = -FIELD,
                                    .place = (unsigned char *)code + 4,
                                    .before = 4,
                                    .after = FIELD};
        struct tls_local_exec local;
        assert_true(local_exec_x86_64(&access, &local));
        memcpy(expected, code, sizeof(code));
        memcpy(expected + 4 + local.start, local.bytes, local.size);
        write32(expected + 4 + local.field, (uint32_t)offset);
        assert_true(usual_load_rewrite(LOAD_MOV, code + 4, low, offset));
        assert_memory_equal(code, expected, sizeof(code));
        count++;
    }
    assert_int_equal(count, 2 * 8);
}

/* No other addend, nor what would lie before the section. */
static void test_relax_usual_refuses(void **state)
{
    (void)state;
    static const char code[] = "\0\x48\x8b\x05\0\0\0";
    span bytes = {code, sizeof(code)};
    assert_int_equal(usual_load(bytes, 4, REX, -4), LOAD_MOV);
    assert_int_equal(usual_load(bytes, 4, REX, 0), LOAD_UNUSUAL);
    assert_int_equal(usual_load(bytes, 3, REX, -4), LOAD_UNUSUAL);
    assert_int_equal(usual_load(bytes, 4, X, -4), LOAD_UNUSUAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relax_as_gnu_ld),
        cmocka_unit_test(test_relax_second_try),
        cmocka_unit_test(test_relax_by_symbol),
        cmocka_unit_test(test_relax_refuses),
        cmocka_unit_test(test_relax_needs_its_field),
        cmocka_unit_test(test_relax_stays_inside),
        cmocka_unit_test(test_relax_usual),
        cmocka_unit_test(test_relax_usual_thread_local),
        cmocka_unit_test(test_relax_usual_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
