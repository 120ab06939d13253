/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols of an object [gABI: Symbol Table].
 *
 * Receives an object whose sections are read and whose groups are decided.
 * Afterwards every symbol's name and section are in bounds, and its globals
 * have been mentioned to the symbol table (symbols.c).
 */
#include "elf_reader.h"

#include <string.h>

/* Checks the table's shape, so that elf_symbol_entry() may trust it. */
static bool check_symbol_table(struct reader *r)
{
    struct object *object = r->object;
    const Elf64_Shdr table = r->headers[r->symbol_table].is;
    if (table.sh_entsize != sizeof(Elf64_Sym) ||
        table.sh_size % sizeof(Elf64_Sym))
        return elf_corrupt(
            r,
            "symbol table: %llu bytes in entries of %llu, not of "
            "%zu",
            (unsigned long long)table.sh_size,
            (unsigned long long)table.sh_entsize, sizeof(Elf64_Sym));
    uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    if (count == 0 || count > UINT32_MAX)
        return elf_corrupt(r, "symbol table has %llu symbols",
                           (unsigned long long)count);
    if (table.sh_info == 0 || table.sh_info > count)
        return elf_corrupt(r,
                           "symbol table: first global symbol %u is not among "
                           "1 to %llu",
                           table.sh_info, (unsigned long long)count);
    if (table.sh_link >= object->header_count ||
        r->headers[table.sh_link].is.sh_type != SHT_STRTAB)
        return elf_corrupt(r,
                           "symbol table: its names (section %u) are not a "
                           "string table",
                           table.sh_link);
    r->symbols = (const void *)elf_section_bytes(r, r->symbol_table).data;
    r->symbol_names = elf_section_bytes(r, table.sh_link);
    object->symbol_count = count;
    object->first_global = table.sh_info;
    return elf_keep_strings(r, &r->symbol_names);
}

bool elf_check_symbols(struct reader *r)
{
    if (r->second_symbol_table)
        return elf_corrupt(r, "two symbol tables (sections %u and %u)",
                           r->second_symbol_table, r->symbol_table);
    return !r->symbol_table || check_symbol_table(r);
}

/* The real section index of a symbol whose st_shndx is SHN_XINDEX. */
static bool extended_index(struct reader *r, uint32_t symbol, uint32_t *index)
{
    span cell = span_part(r->extended_indices, (uint64_t)symbol * 4, 4);
    if (cell.size == 0)
        return elf_corrupt(r, "symbol %u: no extended section index", symbol);
    *index = read32(cell.data);
    return true;
}

/* Fills in what the entry's section index means. */
static bool place_symbol(struct reader *r, uint32_t i, const Elf64_Sym *entry,
                         struct symbol_mention *m)
{
    uint32_t index = entry->st_shndx;
    if (index == SHN_UNDEF) {
        m->state = SYMBOL_UNDEFINED;
        return true;
    }
    m->is_large = index == SHN_X86_64_LCOMMON;
    if (index == SHN_ABS || index == SHN_COMMON || m->is_large) {
        m->state = index == SHN_ABS ? SYMBOL_ABSOLUTE : SYMBOL_COMMON;
        if (m->state == SYMBOL_COMMON && !is_power_of_two(m->value))
            return elf_corrupt(
                r,
                "symbol %u: common alignment %llu is not a power "
                "of two",
                i, (unsigned long long)m->value);
        return true;
    }
    if (index == SHN_XINDEX) {
        if (!extended_index(r, i, &index))
            return false;
    } else if (index >= SHN_LORESERVE) {
        return elf_corrupt(r, "symbol %u: reserved section index 0x%x", i,
                           index);
    }
    if (index >= r->object->header_count)
        return elf_corrupt(r, "symbol %u: section %u of %u", i, index,
                           r->object->header_count);
    m->state = SYMBOL_DEFINED;
    m->section = object_section(r->object, index);
    if (m->type == STT_TLS && !(m->section->flags & SHF_TLS))
        return elf_corrupt(r,
                           "symbol %u is thread-local, and its section "
                           "%.*s is not",
                           i, SPAN_ARGS(m->section->name));
    return true;
}

/* Bindings that there are, and types that we can link. */
static bool check_kind(struct reader *r, uint32_t i, span name,
                       const struct symbol_mention *m)
{
    if (m->binding > STB_WEAK && m->binding != STB_GNU_UNIQUE)
        return elf_corrupt(r, "symbol %u (%.*s): unknown binding %u", i,
                           SPAN_ARGS(name), m->binding);
    if (!span_equal(name, SPAN("__gnu_lto_slim")))
        return true;
    return link_error(r->link, BOOTLINK_UNSUPPORTED,
                      "%.*s: '%.*s' is the mark of an object without code, for "
                      "-flto, which is not supported; compile without -flto, "
                      "or with -ffat-lto-objects",
                      SPAN_ARGS(r->object->name), SPAN_ARGS(name));
}

bool elf_report_name(struct reader *r, uint32_t i)
{
    return elf_corrupt(r, "symbol %u: name at 0x%x is outside the string table",
                       i, r->symbols[i].is.st_name);
}

static bool read_name(struct reader *r, uint32_t i, const Elf64_Sym *entry,
                      span *name)
{
    return elf_name(r, r->symbol_names, entry->st_name, name) ||
           elf_report_name(r, i);
}

/* All of a symbol but its name, which messages show. */
static bool read_entry(struct reader *r, uint32_t i, const Elf64_Sym *entry,
                       span name, struct symbol_mention *m)
{
    *m = (struct symbol_mention){
        .object = r->object,
        .value = entry->st_value,
        .size = entry->st_size,
        .type = ELF64_ST_TYPE(entry->st_info),
        .binding = ELF64_ST_BIND(entry->st_info),
        .visibility = ELF64_ST_VISIBILITY(entry->st_other),
    };
    if (m->type == STT_GNU_IFUNC)
        r->link->has_ifuncs = r->object->has_ifuncs = true;
    return check_kind(r, i, name, m) && place_symbol(r, i, entry, m);
}

bool elf_read_symbol(struct reader *r, uint32_t i, span *name,
                     struct symbol_mention *m)
{
    const Elf64_Sym entry = r->symbols[i].is;
    return read_name(r, i, &entry, name) && read_entry(r, i, &entry, *name, m);
}

/* A local is a symbol of its own that no table knows. */
bool elf_read_local(struct reader *r, uint32_t i, struct symbol *symbol)
{
    struct symbol_mention m;
    span name;
    if (!elf_read_symbol(r, i, &name, &m))
        return false;
    if (m.binding != STB_LOCAL)
        return elf_corrupt(r, "symbol %u (%.*s) is global among the locals", i,
                           SPAN_ARGS(name));
    if (m.type == STT_SECTION && m.section && name.size == 0)
        name = m.section->name;
    symbol->name = name; /* all else is 0 */
    symbol->object = r->object;
    symbol->section = m.section;
    symbol->value = m.value;
    symbol->size = m.size;
    symbol->state = m.state;
    symbol->visibility = m.visibility;
    symbol->type = m.type;
    symbol->binding = STB_LOCAL;
    return true;
}

/* Of an executable the values count. False for what has none. */
static bool make_absolute(struct symbol_mention *m)
{
    if (m->state == SYMBOL_DEFINED)
        m->state = SYMBOL_ABSOLUTE;
    m->section = NULL;
    return m->state == SYMBOL_ABSOLUTE;
}

/* To a module a name with a version is one like any other. */
static struct symbol *enter_definition(struct link *link,
                                       const struct hashed_name *name,
                                       struct symbol_mention *m)
{
    return link->scripts.version_enter
               ? link->scripts.version_enter(link, name, m)
               : symbol_enter_hashed(link, name);
}

bool elf_read_global(struct reader *r, uint32_t i,
                     const struct hashed_name *name)
{
    const Elf64_Sym entry = r->symbols[i].is;
    struct symbol_mention m;
    if (!read_entry(r, i, &entry, name->text, &m))
        return false;
    if (m.binding == STB_LOCAL)
        return elf_corrupt(r, "symbol %u (%.*s) is local among the globals", i,
                           SPAN_ARGS(name->text));
    if (name->text.size == 0)
        return elf_corrupt(r, "symbol %u is global and has no name", i);
    if (r->wants_symbols && !make_absolute(&m))
        return true;
    struct symbol *symbol = m.state == SYMBOL_UNDEFINED
                                ? symbol_enter_reference(r->link, name)
                                : enter_definition(r->link, name, &m);
    r->object->symbols[i].symbol = symbol;
    return symbol && symbol_mention(r->link, symbol, &m);
}
