/* SPDX-License-Identifier: BSD-2-Clause
 *
 *     generate_kernel FOLDER OBJECTS SYMBOLS RELOCATIONS BYTES
 *
 * Fills FOLDER with objects that look like a kernel's, the same ones at every
 * run: functions that call each other, in one section or in one each,
 * variables, tables of pointers, messages, local names and global ones. All is
 * linked, and only the chain of `struct part` that goes through all objects is
 * ever read: start.asm follows it. Prints what it made.
 *
 * SYMBOLS are named definitions, RELOCATIONS those of allocated sections, BYTES
 * what is loaded; an eighth more is .bss.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Totals, as counted while writing. */
struct counts {
    unsigned long sections, relocations, bytes, zero;
};

static void fail(const char *message)
{
    fprintf(stderr, "generate_kernel: %s\n", message);
    exit(1);
}

static void *array(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        fail("no memory");
    return memory;
}

/* ---- who has what ------------------------------------------------------- */

/* Objects are of different sizes, and together have exactly the totals. */
static uint64_t part_of(uint64_t total, uint64_t before, uint64_t weight,
                        uint64_t weights)
{
    return total * (before + weight) / weights - total * before / weights;
}

static void share_out(struct kernel *kernel)
{
    unsigned *weights = array(kernel->objects, sizeof(*weights));
    uint64_t sum = 0, before = 0;
    for (unsigned i = 0; i < kernel->objects; i++)
        sum += weights[i] = 4 + below(kernel, 9);
    unsigned first = 0;
    /* Each object has one link of the chain: a symbol and two relocations. */
    for (unsigned i = 0; i < kernel->objects; i++) {
        struct share *share = &kernel->shares[i];
        share->first = first;
        share->count =
            (unsigned)part_of(kernel->symbol_count, before, weights[i], sum);
        share->relocations = (unsigned)part_of(
            kernel->relocations - 2 * kernel->objects, before, weights[i], sum);
        share->bytes = part_of(kernel->bytes, before, weights[i], sum);
        first += share->count;
        before += weights[i];
    }
    free(weights);
}

static enum kind draw_kind(struct kernel *kernel)
{
    unsigned n = below(kernel, 100);
    return n < 66   ? FUNCTION
           : n < 73 ? TABLE
           : n < 80 ? CONSTANT
           : n < 89 ? VARIABLE
           : n < 98 ? ZERO
                    : COMMON;
}

/* The first symbol of an object is a global function, the second a global
 * variable: so there is always something to refer to. */
static void draw_symbol(struct kernel *kernel, unsigned i, unsigned nth)
{
    struct symbol *symbol = &kernel->symbols[i];
    symbol->kind = nth == 0   ? FUNCTION
                   : nth == 1 ? VARIABLE
                              : draw_kind(kernel);
    symbol->global =
        nth < 2 || symbol->kind == COMMON || below(kernel, 100) < 45;
    symbol->weak =
        symbol->global && symbol->kind == FUNCTION && below(kernel, 50) == 0;
    symbol->seed = below(kernel, 1u << 31);
    if (!symbol->global)
        return;
    if (symbol->kind == FUNCTION)
        kernel->functions[kernel->function_count++] = i;
    else
        kernel->data[kernel->data_count++] = i;
}

static void draw_symbols(struct kernel *kernel)
{
    for (unsigned k = 0; k < kernel->objects; k++) {
        unsigned subsystem = below(kernel, 24);
        for (unsigned i = 0; i < kernel->shares[k].count; i++) {
            kernel->symbols[kernel->shares[k].first + i].subsystem = subsystem;
            draw_symbol(kernel, kernel->shares[k].first + i, i);
        }
    }
}

/* ---- laying out an object ----------------------------------------------- */

static unsigned new_section(struct unit *unit, const char *name, uint32_t type,
                            uint64_t flags, uint64_t align, uint64_t entry)
{
    unit->section_count++;
    return object_section(unit->object, name, type, flags, align, entry);
}

/* .text.NAME and so on, or the common one of that kind. */
static unsigned choose_section(struct unit *unit, const struct symbol *symbol,
                               const char *name)
{
    static const char *const prefixes[] = {".text.", ".rodata.", ".rodata.",
                                           ".data.", ".bss."};
    const unsigned common[] = {unit->text, unit->rodata, unit->rodata,
                               unit->data, unit->bss};
    if (!unit->own_sections)
        return common[symbol->kind];
    char own[NAME_SIZE + 16];
    snprintf(own, sizeof(own), "%s%s", prefixes[symbol->kind], name);
    uint64_t flags = SHF_ALLOC;
    if (symbol->kind == FUNCTION)
        flags |= SHF_EXECINSTR;
    if (symbol->kind == VARIABLE || symbol->kind == ZERO)
        flags |= SHF_WRITE;
    return new_section(unit, own,
                       symbol->kind == ZERO ? SHT_NOBITS : SHT_PROGBITS, flags,
                       symbol->kind == FUNCTION ? 16 : 8, 0);
}

static void define(struct unit *unit, unsigned i, unsigned relocations,
                   uint64_t size)
{
    struct kernel *kernel = unit->kernel;
    struct symbol *symbol = &kernel->symbols[i];
    char name[NAME_SIZE];
    name_symbol(kernel, i, name);
    uint64_t align = symbol->kind == FUNCTION ? 16 : 8;
    /* A relocated place, with its instruction, has 8 bytes to itself. */
    symbol->size = size < 8 * relocations + 8 ? 8 * relocations + 8 : size;
    if (symbol->kind == COMMON) {
        symbol->section = SHN_COMMON;
        symbol->value = align; /* [gABI: Symbol Values] */
    } else {
        symbol->section = choose_section(unit, symbol, name);
        symbol->value =
            object_add(unit->object, symbol->section, symbol->size, align);
    }
    uint8_t binding = symbol->weak     ? STB_WEAK
                      : symbol->global ? STB_GLOBAL
                                       : STB_LOCAL;
    kernel->handles[i] = object_symbol(
        unit->object, name,
        ELF64_ST_INFO(binding,
                      symbol->kind == FUNCTION ? STT_FUNC : STT_OBJECT),
        symbol->section, symbol->value, symbol->size);
    kernel->handle_of[i] = unit->number + 1;
}

/* How much of the object's bytes and relocations a symbol takes. */
static unsigned byte_weight(struct unit *unit, enum kind kind)
{
    return (1 + below(unit->kernel, 15)) * (kind == FUNCTION   ? 4
                                            : kind == CONSTANT ? 8
                                                               : 3);
}

static unsigned relocation_weight(struct unit *unit, enum kind kind)
{
    if (kind == FUNCTION)
        return 1 + below(unit->kernel, 12);
    if (kind == TABLE)
        return 4 + below(unit->kernel, 24);
    return kind == VARIABLE && below(unit->kernel, 3) == 0;
}

struct weights {
    unsigned bytes, relocations;
};

static struct weights weigh(struct unit *unit, const struct symbol *symbol)
{
    bool empty = symbol->kind == ZERO || symbol->kind == COMMON;
    return (struct weights){
        empty ? 0 : byte_weight(unit, symbol->kind),
        relocation_weight(unit, symbol->kind),
    };
}

/* Places all symbols; returns how many relocations each has. */
static unsigned *define_all(struct unit *unit, const struct share *share)
{
    struct kernel *kernel = unit->kernel;
    struct weights *weights = array(share->count, sizeof(*weights));
    unsigned *counts = array(share->count, sizeof(*counts));
    uint64_t bytes = 0, relocations = 0;
    for (unsigned i = 0; i < share->count; i++) {
        weights[i] = weigh(unit, &kernel->symbols[share->first + i]);
        bytes += weights[i].bytes;
        relocations += weights[i].relocations;
    }
    /* An eighth of the bytes are messages; another is added as .bss. */
    uint64_t before = 0, relocated = 0, own = share->bytes * 7 / 8;
    for (unsigned i = 0; i < share->count; i++) {
        uint64_t size = weights[i].bytes == 0
                            ? share->bytes / share->count
                            : part_of(own, before, weights[i].bytes, bytes);
        counts[i] = (unsigned)part_of(share->relocations, relocated,
                                      weights[i].relocations, relocations);
        define(unit, share->first + i, counts[i], size);
        before += weights[i].bytes;
        relocated += weights[i].relocations;
    }
    free(weights);
    return counts;
}

/* ---- an object ---------------------------------------------------------- */

static void open_unit(struct unit *unit)
{
    uint64_t read = SHF_ALLOC, write = SHF_ALLOC | SHF_WRITE;
    unit->object = object_new();
    unit->text =
        new_section(unit, ".text", SHT_PROGBITS, read | SHF_EXECINSTR, 16, 0);
    unit->data = new_section(unit, ".data", SHT_PROGBITS, write, 8, 0);
    unit->bss = new_section(unit, ".bss", SHT_NOBITS, write, 32, 0);
    unit->rodata = new_section(unit, ".rodata", SHT_PROGBITS, read, 32, 0);
    unit->strings = new_section(unit, ".rodata.str1.1", SHT_PROGBITS,
                                read | SHF_MERGE | SHF_STRINGS, 1, 1);
    new_section(unit, ".note.GNU-stack", SHT_PROGBITS, 0, 1, 0);
}

/* bench_part_N = {the next one, its own first function, N}: start.asm. */
static void add_part(struct unit *unit, unsigned first_function)
{
    char name[NAME_SIZE];
    uint64_t at = object_add(unit->object, unit->data, 24, 8);
    uint64_t number = unit->number;
    memcpy(object_bytes(unit->object, unit->data) + at + 16, &number, 8);
    snprintf(name, sizeof(name), "bench_part_%u", unit->number);
    object_symbol(unit->object, name, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
                  unit->data, at, 24);
    bool last = unit->number + 1 == unit->kernel->objects;
    snprintf(name, sizeof(name), "bench_part_%u", unit->number + 1);
    unsigned next =
        object_symbol(unit->object, last ? "bench_part_end" : name,
                      ELF64_ST_INFO(last ? STB_WEAK : STB_GLOBAL, STT_NOTYPE),
                      SHN_UNDEF, 0, 0);
    relocate(unit, unit->data, at, R_X86_64_64, next, 0);
    relocate(unit, unit->data, at + 8, R_X86_64_64, first_function, 0);
}

/* Half of the objects are compiled with sections for each function. */
static void make_object(struct kernel *kernel, unsigned number,
                        struct counts *counts)
{
    const struct share *share = &kernel->shares[number];
    struct unit unit = {
        .kernel = kernel,
        .number = number,
        .subsystem = kernel->symbols[share->first].subsystem,
        .own_sections = number % 2 == 1,
    };
    open_unit(&unit);
    add_strings(&unit, share->bytes / 8);
    unsigned *relocations = define_all(&unit, share);
    for (unsigned i = 0; i < share->count; i++) {
        const struct symbol *symbol = &kernel->symbols[share->first + i];
        fill(&unit, share, symbol, relocations[i]);
        if (symbol->kind == ZERO || symbol->kind == COMMON)
            counts->zero += symbol->size;
        else
            counts->bytes += symbol->size;
    }
    counts->bytes += object_size(unit.object, unit.strings);
    free(relocations);
    add_part(&unit, kernel->handles[share->first]);
    char path[4096];
    snprintf(path, sizeof(path), "%s/o%05u.o", kernel->folder, number);
    if (!object_write(unit.object, path))
        fail("cannot write an object");
    counts->relocations += unit.relocations;
    counts->sections += unit.section_count;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        fail("usage: generate_kernel FOLDER OBJECTS SYMBOLS RELOCATIONS BYTES");
    struct kernel kernel = {
        .folder = argv[1],
        .objects = (unsigned)atoi(argv[2]),
        .symbol_count = (unsigned)atoi(argv[3]),
        .relocations = (unsigned)atoi(argv[4]),
        .bytes = (uint64_t)atoll(argv[5]),
    };
    size_t count = kernel.symbol_count;
    if (kernel.objects == 0 || count < 8 * (size_t)kernel.objects ||
        kernel.relocations < 4 * kernel.objects)
        fail("too few symbols or relocations for so many objects");
    kernel.symbols = array(count, sizeof(*kernel.symbols));
    kernel.shares = array(kernel.objects, sizeof(*kernel.shares));
    kernel.functions = array(count, sizeof(*kernel.functions));
    kernel.data = array(count, sizeof(*kernel.data));
    kernel.handles = array(count, sizeof(*kernel.handles));
    kernel.handle_of = array(count, sizeof(*kernel.handle_of));
    share_out(&kernel);
    draw_symbols(&kernel);
    struct counts counts = {0};
    for (unsigned i = 0; i < kernel.objects; i++)
        make_object(&kernel, i, &counts);
    printf("%u objects, %lu sections, %zu symbols, %lu relocations, %lu bytes "
           "loaded, %lu bytes of .bss\n",
           kernel.objects, counts.sections, count + kernel.objects,
           counts.relocations, counts.bytes, counts.zero);
    return 0;
}
