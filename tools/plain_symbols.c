/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain symbols of the output's table: nearly all lie in a section that is in
 * the output as it was, and have nothing special. They take 65 instructions
 * each, all others (elf_symbols.c) 220. [gABI: Symbol Table]
 */
#include "symbol_writer.h"

#include <string.h>

static inline bool is_plain(struct symbol *symbol)
{
    return symbol->type <= STT_FUNC && symbol->binding <= STB_WEAK &&
           symbol->state == SYMBOL_DEFINED && !symbol->rest &&
           symbol->name.size &&
           (symbol->operand == OPERAND_PLAIN || symbol_settle_plain(symbol)) &&
           symbol->output && symbol->output->index;
}

static inline bool is_plain_global(struct symbol *symbol)
{
    return symbol->binding != STB_LOCAL && is_plain(symbol);
}

bool plain_symbols_wanted(const struct symbol_writer *writer)
{
    const struct symbol_choice *choice = &writer->choice;
    return choice->discard <= DISCARD_NONE && !choice->strip_all &&
           !choice->makes_unique && !choice->retained &&
           !writer->has_references && !writer->indices;
}

/* Where the next entry goes, and its name; not in the writer, so that the
 * compiler has it in registers. */
struct cursor {
    char *entry, *name;
    uint64_t room; /* for names */
    uint64_t at;   /* of the name, in .strtab */
};

static struct cursor cursor_open(const struct symbol_writer *writer)
{
    const struct name_block *block = writer->last_names;
    return (struct cursor){
        writer->entries + writer->count * sizeof(Elf64_Sym),
        (char *)block->bytes.data + block->bytes.size,
        block->room - block->bytes.size,
        writer->names_size,
    };
}

static void cursor_close(struct symbol_writer *writer, struct cursor cursor)
{
    struct name_block *block = writer->last_names;
    uint64_t size = (uint64_t)(cursor.entry - writer->entries);
    writer->count = size / sizeof(Elf64_Sym);
    writer->names_size = cursor.at;
    block->bytes.size = block->room - cursor.room;
}

/* An entry whose name, of that size, has been copied. */
static inline void add_entry(struct cursor *c, uint64_t size, uint8_t info,
                             uint8_t other, const struct output_section *output,
                             uint64_t value, uint64_t extent)
{
    write32(c->entry, (uint32_t)c->at);
    c->entry[offsetof(Elf64_Sym, st_info)] = (char)info;
    c->entry[offsetof(Elf64_Sym, st_other)] = (char)other;
    write16(c->entry + offsetof(Elf64_Sym, st_shndx), (uint16_t)output->index);
    write64(c->entry + offsetof(Elf64_Sym, st_value), value);
    write64(c->entry + offsetof(Elf64_Sym, st_size), extent);
    c->name[size] = 0;
    c->entry += sizeof(Elf64_Sym);
    c->name += size + 1;
    c->room -= size + 1;
    c->at += size + 1;
}

/* False if there is no room for the name. */
static inline bool add_plain(struct cursor *c, const struct symbol *symbol)
{
    uint64_t size = symbol->name.size;
    if (c->room <= size)
        return false;
    memcpy(c->name, symbol->name.data, size);
    add_entry(c, size, ELF64_ST_INFO(symbol->binding, symbol->type),
              symbol->visibility, symbol->output, symbol->address,
              symbol->size);
    return true;
}

/* Its address, if it is one; for a local that is bare. */
static inline bool is_plain_local(const struct object *object,
                                  const char *entry, uint64_t *address)
{
    const struct section *section = local_section(object, entry);
    return !(section->flags & SHF_MERGE) && *local_name(object, entry) &&
           local_plain_address(object, entry, address) &&
           section->output->index;
}

bool plain_symbols_is_local(const struct symbol_writer *writer,
                            const struct object *object, uint32_t index)
{
    uint64_t address;
    return writer->takes_plain && local_is_bare(object, index) &&
           is_plain_local(object, local_entry(object, index), &address);
}

/* False if it is not plain, or there is no room for the name. */
static inline bool add_plain_local(struct cursor *c,
                                   const struct object *object,
                                   const char *entry)
{
    const char *name = local_name(object, entry);
    uint64_t address, size = string_size(name);
    if (c->room <= size || !is_plain_local(object, entry, &address))
        return false;
    memcpy(c->name, name, size);
    add_entry(c, size, local_type(entry), STV_DEFAULT,
              local_section(object, entry)->output, address, local_size(entry));
    return true;
}

uint32_t plain_symbols_add_locals(struct symbol_writer *writer,
                                  const struct object *object, uint32_t i)
{
    struct cursor cursor = cursor_open(writer);
    const char *entry = local_entry(object, i);
    while (i < object->first_global && local_is_bare(object, i) &&
           (local_type(entry) == STT_SECTION ||
            add_plain_local(&cursor, object, entry))) {
        i++;
        entry += sizeof(Elf64_Sym);
    }
    cursor_close(writer, cursor);
    return i;
}

struct symbol *plain_symbols_add_globals(struct symbol_writer *writer,
                                         struct symbol *symbol)
{
    struct cursor cursor = cursor_open(writer);
    while (symbol && is_plain_global(symbol) && add_plain(&cursor, symbol))
        symbol = symbol->next;
    cursor_close(writer, cursor);
    return symbol;
}
