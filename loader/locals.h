/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Local symbols [gABI: Symbol Table].
 *
 * A usual one lies in a section and is of no special type. Of a kernel's 20,000
 * two thirds are names that only the table of its symbols wants, and the others
 * sections that relocations count from: a record of 96 bytes for each would be
 * 1.9 MB. So they stay as they are in the file, where elf_symbols_usual.c has
 * checked them, and have a record when somebody asks for it who comes seldom.
 */
#ifndef BOOTLINK_LOCALS_H
#define BOOTLINK_LOCALS_H

#include "outputs.h"
#include "string_table.h"

_Static_assert(offsetof(struct symbol, address) ==
                       offsetof(struct symbol_place, address) &&
                   offsetof(struct symbol, operand) ==
                       offsetof(struct symbol_place, operand) &&
                   offsetof(struct symbol, state) ==
                       offsetof(struct symbol_place, state) &&
                   offsetof(struct symbol, type) ==
                       offsetof(struct symbol_place, type),
               "a symbol begins with its place");

/* ---- As they are in the file --------------------------------------------- */

/* True for a local without a record. */
static inline bool local_is_bare(const struct object *object, uint32_t index)
{
    return object->symbols[index].at->state == SYMBOL_BARE;
}

/* The entry of a local that is bare; what it says is below. */
static inline const char *local_entry(const struct object *object,
                                      uint32_t index)
{
    return object->locals + (size_t)index * sizeof(Elf64_Sym);
}

static inline uint8_t local_type(const char *entry)
{
    return ELF64_ST_TYPE(entry[offsetof(Elf64_Sym, st_info)]);
}

static inline uint64_t local_value(const char *entry)
{
    return read64(entry + offsetof(Elf64_Sym, st_value));
}

static inline uint64_t local_size(const char *entry)
{
    return read64(entry + offsetof(Elf64_Sym, st_size));
}

static inline struct section *local_section(const struct object *object,
                                            const char *entry)
{
    return object_section(object,
                          read16(entry + offsetof(Elf64_Sym, st_shndx)));
}

/* Where its name begins, with a margin behind it (string_table.h). */
static inline const char *local_name(const struct object *object,
                                     const char *entry)
{
    return object->local_names + read32(entry + offsetof(Elf64_Sym, st_name));
}

static inline bool local_plain_address(const struct object *object,
                                       const char *entry, uint64_t *address)
{
    return section_plain_address(local_section(object, entry),
                                 local_value(entry), address);
}

/* ---- locals.c ------------------------------------------------------------ */

/* Makes the record of a bare local. Without memory, which is reported and fails
 * the link, that of no symbol. */
struct symbol *local_record(struct object *object, uint32_t index);

/* Finds what S is of a bare local, once for all references: afterwards it has a
 * place of its own that says so, or a record. */
void local_settle(struct object *object, uint32_t index);

/* ---- locals_usual.c ------------------------------------------------------ */

struct reader;

/* Passes by the usual locals from the i-th on, which stay bare. Returns the
 * next one, or where names exceed what they may. */
uint32_t locals_pass(struct reader *reader, uint32_t i);

/* S, or that something is to be checked or reported. */
struct operand {
    uint64_t S;
    bool is_special;
};

/* That of a relocation of the section, against a bare local. */
struct operand local_operand(const struct section *section, const char *entry);

/* Lists those from *index on that are bare, if the table of symbols has them,
 * as far as one of which its record tells where it is. Returns where the next
 * one goes. */
struct keyed *locals_list(const struct object *object, uint32_t *index,
                          struct keyed *next);

/* An item of that list is the record of a symbol, or says of a local that is
 * bare which one it is: the lowest bit, that of no record, tells them apart. As
 * many objects as have no number here do not fit into any memory. */
static inline uint64_t local_item(const struct object *object, uint32_t index)
{
    return (uint64_t)object->number << 33 | (uint64_t)index << 1 | 1;
}

/* Puts what the table has of one, but for its address. */
void local_put(const struct object *object, uint32_t index,
               struct bootlink_symbol *to);

/* ---- symbols_by_address.c ------------------------------------------------ */

/* True if the table has the symbols of a section. */
static inline bool section_is_listed(const struct section *section)
{
    return section->state == SECTION_PLACED && section->flags & SHF_ALLOC;
}

/* A size as an image has it. */
static inline uint32_t size_in_image(uint64_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

/* ---- relocate_usual.c ---------------------------------------------------- */

/* S of a symbol with a record, and of a place in a merged section. */
struct operand find_operand(struct symbol *symbol, int64_t addend);
struct operand merged_operand(const struct section *section, uint64_t value,
                              int64_t addend);

/* ---- symbol_address.c: any symbol -----------------------------------------
 */

/* The i-th symbol of an object, with a record: that of a bare local is made. */
struct symbol *object_symbol(struct object *object, uint32_t index);

/* The symbol that a checked relocation of the section names. */
struct symbol *symbol_at(const struct section *section, uint32_t index);

/* The section that it lies in, or NULL, without a record. */
struct section *symbol_section_at(const struct section *section,
                                  uint32_t index);

#endif
