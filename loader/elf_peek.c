/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A look at the symbols of a file, without opening it as an object: of a file
 * that is given for its symbols only (-R), and of an archive member, to see
 * what it defines. [gABI: Symbol Table]
 */
#include "elf_reader.h"

bool elf_open_symbols(struct link *link, span file, span bytes)
{
    struct object *object = elf_new_object(link, file, (span){NULL, 0}, bytes);
    struct reader reader = {
        .link = link, .object = object, .wants_symbols = true};
    if (!object)
        return false;
    object->is_elsewhere = true;
    return elf_read_header(&reader) && elf_read_sections(&reader) &&
           elf_check_symbols(&reader) && elf_read_symbols(&reader);
}

/* ---- A look at an archive member ---------------------------------------- */

/* Whether symbol `i` defines `name`, and not as a common symbol. */
static bool defines(const struct reader *r, uint32_t i, span name)
{
    const Elf64_Sym entry = r->symbols[i].is;
    span found;
    return entry.st_shndx != SHN_UNDEF && entry.st_shndx != SHN_COMMON &&
           entry.st_shndx != SHN_X86_64_LCOMMON &&
           span_string(r->symbol_names, entry.st_name, &found) &&
           span_equal(found, name);
}

static bool has_definition(const struct reader *r, span name)
{
    const struct object *object = r->object;
    if (!r->symbol_table)
        return false;
    for (uint32_t i = object->first_global; i < object->symbol_count; i++)
        if (defines(r, i, name))
            return true;
    return false;
}

static void ignore(void *host, const struct bootlink_diagnostic *diagnostic)
{
    (void)host, (void)diagnostic;
}

bool elf_defines(struct link *link, span bytes, span name)
{
    struct bootlink_world world = *link->world;
    world.report = ignore;
    struct link quiet = {.world = &world,
                         .request = link->request,
                         .arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH)};
    struct object object = {.bytes = bytes};
    struct reader reader = {.link = &quiet, .object = &object};
    bool found = elf_read_header(&reader) && elf_read_sections(&reader) &&
                 elf_check_symbols(&reader) && has_definition(&reader, name);
    if (quiet.arena.failed) /* which nobody heard of */
        link_error(link, BOOTLINK_NO_MEMORY,
                   "out of memory: could not see whether an archive member "
                   "defines '%.*s'",
                   SPAN_ARGS(name));
    arena_close(&quiet.arena);
    return found;
}
