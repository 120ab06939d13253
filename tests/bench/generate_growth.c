/* SPDX-License-Identifier: BSD-2-Clause
 *
 *     generate_growth FOLDER [NAME=NUMBER ...]
 *
 * Fills FOLDER with objects in which one thing is many, the same ones at every
 * run:
 *
 *     objects       how many objects the rest is spread over
 *     symbols       global functions
 *     prefix        1: all their names begin with the same 40 characters
 *     relocations   pointers to those functions, drawn by lot
 *     sections      sections of their own, .text.NAME, without symbols
 *     groups        COMDAT groups of one section and one symbol; each is in two
 *                   objects
 *     strings       messages in .rodata.str1.1; every third is there twice
 *     chain         1: each object refers to one function of another one, so
 *                   that a walk through all objects jumps about
 *
 * Prints symbols + relocations + sections, which are the items of a link.
 */
#include "draw.h"
#include "object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTION_SIZE = 16 };

struct growth {
    const char *folder;
    unsigned objects, symbols, prefix, relocations, sections, groups, strings,
        chain;
    uint64_t state;
    unsigned long items;
};

static void fail(const char *message)
{
    fprintf(stderr, "generate_growth: %s\n", message);
    exit(1);
}

/* The share of object `number`: from *first on, so many. */
static unsigned share(const struct growth *growth, unsigned total,
                      unsigned number, unsigned *first)
{
    uint64_t begin = (uint64_t)total * number / growth->objects;
    uint64_t end = (uint64_t)total * (number + 1) / growth->objects;
    *first = (unsigned)begin;
    return (unsigned)(end - begin);
}

static uint8_t global(unsigned type)
{
    return ELF64_ST_INFO(STB_GLOBAL, type);
}

/* ---- names ----------------------------------------------------------------
 */

/* Drawn from the number alone, so that whoever refers to it knows it. */
static void symbol_name(const struct growth *growth, unsigned i,
                        char name[NAME_SIZE])
{
    uint64_t state = i * 2654435761u;
    if (growth->prefix)
        sprintf(name, "kernel_subsystem_with_one_common_prefix_%u", i);
    else
        draw_name(&state, name, i / 100, i);
}

static void named(const char *form, unsigned i, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, form, i);
}

/* Names of sections are drawn too: sorted, they are in quite another order. */
static void section_name(unsigned i, char name[NAME_SIZE + 8])
{
    uint64_t state = i * 2246822519u;
    strcpy(name, ".text.");
    draw_name(&state, name + strlen(name), (unsigned)draw(&state) % 24, i);
}

/* ---- an object ------------------------------------------------------------
 */

static void add_functions(struct growth *growth, struct object *object,
                          unsigned number, unsigned text)
{
    unsigned first, count = share(growth, growth->symbols, number, &first);
    for (unsigned i = first; i < first + count; i++) {
        char name[NAME_SIZE];
        symbol_name(growth, i, name);
        uint64_t at = object_add(object, text, FUNCTION_SIZE, FUNCTION_SIZE);
        object_symbol(object, name, global(STT_FUNC), text, at, FUNCTION_SIZE);
    }
    growth->items += count;
}

/* A table of pointers to functions of all objects; one entry in the symbol
 * table for eight of them. */
static void add_relocations(struct growth *growth, struct object *object,
                            unsigned number, unsigned data)
{
    unsigned first, count = share(growth, growth->relocations, number, &first);
    unsigned symbol = 0;
    uint64_t at = object_add(object, data, 8ull * count, 8);
    for (unsigned i = 0; i < count; i++) {
        if (i % 8 == 0) {
            char name[NAME_SIZE];
            symbol_name(growth, draw_below(&growth->state, growth->symbols),
                        name);
            symbol = object_symbol(object, name, global(STT_NOTYPE), SHN_UNDEF,
                                   0, 0);
        }
        object_relocate(object, data, at + 8ull * i, R_X86_64_64, symbol, 0);
    }
    growth->items += count;
}

static void add_sections(struct growth *growth, struct object *object,
                         unsigned number)
{
    unsigned first, count = share(growth, growth->sections, number, &first);
    for (unsigned i = first; i < first + count; i++) {
        char name[NAME_SIZE + 8];
        section_name(i, name);
        unsigned section =
            object_section(object, name, SHT_PROGBITS,
                           SHF_ALLOC | SHF_EXECINSTR, FUNCTION_SIZE, 0);
        object_add(object, section, FUNCTION_SIZE, 1);
    }
    growth->items += count;
}

/* A group, its section and its symbol, in this object and in the next one. */
static void add_groups(struct growth *growth, struct object *object,
                       unsigned number)
{
    unsigned first, count = share(growth, growth->groups, number, &first);
    for (unsigned i = first; i < first + count; i++) {
        char name[NAME_SIZE];
        named(".text.group_%u", i, name);
        unsigned section =
            object_section(object, name, SHT_PROGBITS,
                           SHF_ALLOC | SHF_EXECINSTR, FUNCTION_SIZE, 0);
        object_add(object, section, FUNCTION_SIZE, 1);
        unsigned symbol =
            object_symbol(object, name + 6, ELF64_ST_INFO(STB_WEAK, STT_FUNC),
                          section, 0, FUNCTION_SIZE);
        object_join(object, object_group(object, symbol), section);
    }
    growth->items += 2 * count;
}

static void add_strings(struct growth *growth, struct object *object,
                        unsigned number)
{
    unsigned first, count = share(growth, growth->strings, number, &first);
    unsigned strings =
        object_section(object, ".rodata.str1.1", SHT_PROGBITS,
                       SHF_ALLOC | SHF_MERGE | SHF_STRINGS, 1, 1);
    for (unsigned i = first; i < first + count; i++) {
        unsigned which = i % 3 == 2 ? draw_below(&growth->state, i) : i;
        uint64_t state = which * 2654435761u;
        char text[TEXT_SIZE + 16];
        size_t size = draw_text(&state, text, which % 24);
        size += (size_t)sprintf(text + size - 1, " %x", which);
        uint64_t at = object_add(object, strings, size, 1);
        memcpy(object_bytes(object, strings) + at, text, size);
    }
    growth->items += count;
}

/* Object i refers to object i * step + 1 of all: for a number of objects that
 * has no factor in common with a large prime, each is referred to by one. */
static void add_chain(const struct growth *growth, struct object *object,
                      unsigned number, unsigned text, unsigned data)
{
    const uint64_t step = 1000003;
    char name[NAME_SIZE];
    named("chain_%u", (unsigned)(number * step % growth->objects), name);
    object_symbol(object, name, global(STT_FUNC), text, 0, 0);
    named("chain_%u", (unsigned)((number + 1) * step % growth->objects), name);
    unsigned next =
        object_symbol(object, name, global(STT_NOTYPE), SHN_UNDEF, 0, 0);
    object_relocate(object, data, object_add(object, data, 8, 8), R_X86_64_64,
                    next, 0);
}

static void make_object(struct growth *growth, unsigned number)
{
    struct object *object = object_new();
    unsigned text = object_section(object, ".text", SHT_PROGBITS,
                                   SHF_ALLOC | SHF_EXECINSTR, 16, 0);
    unsigned data = object_section(object, ".data", SHT_PROGBITS,
                                   SHF_ALLOC | SHF_WRITE, 8, 0);
    object_section(object, ".note.GNU-stack", SHT_PROGBITS, 0, 1, 0);
    growth->items += 3;
    if (number == 0)
        object_symbol(object, "_start", global(STT_FUNC), text, 0, 0);
    add_functions(growth, object, number, text);
    if (growth->symbols > 0)
        add_relocations(growth, object, number, data);
    add_sections(growth, object, number);
    add_groups(growth, object, number);
    if (growth->objects > 1)
        add_groups(growth, object, (number + 1) % growth->objects);
    add_strings(growth, object, number);
    if (growth->chain)
        add_chain(growth, object, number, text, data);
    char path[4096];
    snprintf(path, sizeof(path), "%s/o%05u.o", growth->folder, number);
    if (!object_write(object, path))
        fail("cannot write an object, or it has too many sections");
}

static void set(struct growth *growth, const char *word)
{
    const struct {
        const char *name;
        unsigned *number;
    } knobs[] = {
        {"objects", &growth->objects},   {"symbols", &growth->symbols},
        {"prefix", &growth->prefix},     {"relocations", &growth->relocations},
        {"sections", &growth->sections}, {"groups", &growth->groups},
        {"strings", &growth->strings},   {"chain", &growth->chain},
    };
    const char *equals = strchr(word, '=');
    for (size_t i = 0; i < sizeof(knobs) / sizeof(*knobs); i++) {
        size_t length = strlen(knobs[i].name);
        if (equals == word + length &&
            strncmp(word, knobs[i].name, length) == 0) {
            *knobs[i].number = (unsigned)atoi(equals + 1);
            return;
        }
    }
    fail("usage: generate_growth FOLDER [NAME=NUMBER ...]");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: generate_growth FOLDER [NAME=NUMBER ...]");
    struct growth growth = {.folder = argv[1], .objects = 1};
    for (int i = 2; i < argc; i++)
        set(&growth, argv[i]);
    for (unsigned i = 0; i < growth.objects; i++)
        make_object(&growth, i);
    printf("%lu\n", growth.items);
    return 0;
}
