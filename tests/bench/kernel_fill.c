/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is in the sections of a made-up kernel: messages, code and tables that
 * refer to functions and data, of the same object and of others, in the ways
 * that a compiler has. [psABI 4.4.1]
 */
#include "kernel.h"

#include <string.h>

unsigned below(struct kernel *kernel, unsigned limit)
{
    return draw_below(&kernel->state, limit);
}

/* ---- names and references ----------------------------------------------- */

void name_symbol(const struct kernel *kernel, unsigned i, char name[NAME_SIZE])
{
    uint64_t state = kernel->symbols[i].seed;
    draw_name(&state, name, kernel->symbols[i].subsystem, i);
}

/* A symbol of another object, or a global one of this: one entry for all who
 * refer to it. */
static unsigned handle(struct unit *unit, unsigned i)
{
    struct kernel *kernel = unit->kernel;
    if (kernel->handle_of[i] != unit->number + 1) {
        char name[NAME_SIZE];
        name_symbol(kernel, i, name);
        kernel->handles[i] = object_symbol(
            unit->object, name, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
            SHN_UNDEF, 0, 0);
        kernel->handle_of[i] = unit->number + 1;
    }
    return kernel->handles[i];
}

void relocate(struct unit *unit, unsigned section, uint64_t offset,
              uint32_t type, unsigned symbol, int64_t addend)
{
    object_relocate(unit->object, section, offset, type, symbol, addend);
    unit->relocations++;
}

/* ---- relocations -------------------------------------------------------- */

/* One in eight messages is in every object that draws it. */
void add_strings(struct unit *unit, uint64_t size)
{
    char text[TEXT_SIZE];
    while (object_size(unit->object, unit->strings) < size) {
        uint64_t shared = below(unit->kernel, 64);
        bool known = below(unit->kernel, 8) == 0;
        size_t length = draw_text(known ? &shared : &unit->kernel->state, text,
                                  unit->subsystem);
        uint64_t at = object_add(unit->object, unit->strings, length, 1);
        memcpy(object_bytes(unit->object, unit->strings) + at, text, length);
    }
}

/* The start of some message. */
static uint64_t draw_string(struct unit *unit)
{
    uint64_t size = object_size(unit->object, unit->strings);
    const uint8_t *bytes = object_bytes(unit->object, unit->strings);
    uint64_t at = below(unit->kernel, (unsigned)size);
    while (at > 0 && bytes[at - 1] != '\0')
        at--;
    return at;
}

static unsigned foreign_function(struct unit *unit)
{
    struct kernel *kernel = unit->kernel;
    return handle(unit,
                  kernel->functions[below(kernel, kernel->function_count)]);
}

static unsigned foreign_data(struct unit *unit)
{
    struct kernel *kernel = unit->kernel;
    return handle(unit, kernel->data[below(kernel, kernel->data_count)]);
}

/* As the assembler refers to a local symbol: by its section. Of the object's
 * symbols, one that is like that is looked for from some place on. */
static bool local(struct unit *unit, const struct share *share, bool function,
                  unsigned *symbol, int64_t *addend)
{
    unsigned start = below(unit->kernel, share->count);
    for (unsigned i = 0; i < 16 && i < share->count; i++) {
        const struct symbol *s =
            &unit->kernel->symbols[share->first + (start + i) % share->count];
        if (s->global || (s->kind == FUNCTION) != function)
            continue;
        *symbol = object_section_symbol(unit->object, s->section);
        *addend = (int64_t)s->value;
        return true;
    }
    return false;
}

/* An instruction that ends in a field of 32 bits. */
struct instruction {
    uint8_t bytes[4];
    unsigned length;
    uint32_t type;
    enum { TO_FUNCTION, TO_DATA, TO_LOCAL_CODE, TO_LOCAL_DATA, TO_STRING } to;
    unsigned share; /* of a hundred */
};

static const struct instruction instructions[] = {
    {{0xe8}, 1, R_X86_64_PLT32, TO_FUNCTION, 44},                /* call */
    {{0xe8}, 1, R_X86_64_PC32, TO_LOCAL_CODE, 12},               /* call */
    {{0x48, 0x8b, 0x05}, 3, R_X86_64_PC32, TO_DATA, 9},          /* mov */
    {{0x48, 0x8b, 0x05}, 3, R_X86_64_PC32, TO_LOCAL_DATA, 8},    /* mov */
    {{0x48, 0xc7, 0xc7}, 3, R_X86_64_32S, TO_STRING, 15},        /* mov */
    {{0x48, 0xc7, 0xc6}, 3, R_X86_64_32S, TO_DATA, 4},           /* mov */
    {{0x48, 0xc7, 0xc2}, 3, R_X86_64_32S, TO_LOCAL_DATA, 4},     /* mov */
    {{0x48, 0x8b, 0x05}, 3, R_X86_64_REX_GOTPCRELX, TO_DATA, 2}, /* mov */
    {{0xff, 0x15}, 2, R_X86_64_GOTPCRELX, TO_FUNCTION, 2},       /* call */
};

static const struct instruction *draw_instruction(struct kernel *kernel)
{
    unsigned n = below(kernel, 100);
    const struct instruction *instruction = instructions;
    for (; n >= instruction->share; instruction++)
        n -= instruction->share;
    return instruction;
}

/* `at` is where the instruction may begin. */
static void emit_instruction(struct unit *unit, const struct share *share,
                             unsigned section, uint64_t at)
{
    const struct instruction *instruction = draw_instruction(unit->kernel);
    bool relative = instruction->type != R_X86_64_32S;
    unsigned symbol = 0;
    int64_t addend = 0;
    bool found = false;
    if (instruction->to >= TO_LOCAL_CODE && instruction->to < TO_STRING)
        found = local(unit, share, instruction->to == TO_LOCAL_CODE, &symbol,
                      &addend);
    if (instruction->to == TO_STRING) {
        symbol = object_section_symbol(unit->object, unit->strings);
        addend = (int64_t)draw_string(unit);
    } else if (!found) {
        symbol =
            instruction->to == TO_FUNCTION || instruction->to == TO_LOCAL_CODE
                ? foreign_function(unit)
                : foreign_data(unit);
    }
    memcpy(object_bytes(unit->object, section) + at, instruction->bytes,
           instruction->length);
    memset(object_bytes(unit->object, section) + at + instruction->length, 0,
           4);
    relocate(unit, section, at + instruction->length, instruction->type, symbol,
             addend - 4 * relative);
}

/* A pointer in a table or a variable. */
static void emit_pointer(struct unit *unit, const struct share *share,
                         unsigned section, uint64_t at)
{
    unsigned symbol, n = below(unit->kernel, 10);
    int64_t addend = 0;
    if (n < 2) {
        symbol = object_section_symbol(unit->object, unit->strings);
        addend = (int64_t)draw_string(unit);
    } else if (n >= 7 || !local(unit, share, n < 6, &symbol, &addend)) {
        symbol = n == 9 ? foreign_data(unit) : foreign_function(unit);
    }
    memset(object_bytes(unit->object, section) + at, 0, 8);
    relocate(unit, section, at, R_X86_64_64, symbol, addend);
}

/* Fills a symbol's bytes, its relocations spread over them evenly. */
void fill(struct unit *unit, const struct share *share,
          const struct symbol *symbol, unsigned count)
{
    if (symbol->kind == ZERO || symbol->kind == COMMON)
        return;
    draw_bytes(&unit->kernel->state,
               object_bytes(unit->object, symbol->section) + symbol->value,
               symbol->size);
    for (unsigned i = 0; i < count; i++) {
        uint64_t at = symbol->value + symbol->size / count * i / 8 * 8;
        if (symbol->kind == FUNCTION)
            emit_instruction(unit, share, symbol->section, at);
        else
            emit_pointer(unit, share, symbol->section, at);
    }
}
