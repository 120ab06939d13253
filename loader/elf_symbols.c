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
    return !r->symbol_names.size || elf_keep_strings(r, &r->symbol_names);
}

bool elf_find_symbols(struct reader *r)
{
    struct object *object = r->object;
    for (uint32_t i = 1; i < object->header_count; i++) {
        uint32_t type = r->headers[i].is.sh_type;
        if (type == SHT_SYMTAB && r->symbol_table)
            return elf_corrupt(r, "two symbol tables (sections %u and %u)",
                               r->symbol_table, i);
        if (type == SHT_SYMTAB)
            r->symbol_table = i;
        else if (type == SHT_SYMTAB_SHNDX)
            r->extended_indices = elf_section_bytes(r, i);
    }
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

static bool report_name(struct reader *r, uint32_t i)
{
    return elf_corrupt(r, "symbol %u: name at 0x%x is outside the string table",
                       i, r->symbols[i].is.st_name);
}

static bool read_name(struct reader *r, uint32_t i, const Elf64_Sym *entry,
                      span *name)
{
    return elf_name(r, r->symbol_names, entry->st_name, name) ||
           report_name(r, i);
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
    r->link->has_ifuncs |= m->type == STT_GNU_IFUNC;
    return check_kind(r, i, name, m) && place_symbol(r, i, entry, m);
}

bool elf_read_symbol(struct reader *r, uint32_t i, span *name,
                     struct symbol_mention *m)
{
    const Elf64_Sym entry = r->symbols[i].is;
    return read_name(r, i, &entry, name) && read_entry(r, i, &entry, *name, m);
}

/* A local is a symbol of its own that no table knows. */
static bool read_local(struct reader *r, uint32_t i, struct symbol *symbol)
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
    r->object->symbols[i] = symbol;
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

static bool read_global(struct reader *r, uint32_t i,
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
    r->object->symbols[i] = symbol;
    return symbol && symbol_mention(r->link, symbol, &m);
}

/* st_info, st_other and st_shndx as one number, of the references of which
 * nothing is to be checked: the latter two are 0. */
enum {
    PLAIN_REFERENCE = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
    PLAIN_WEAK_REFERENCE = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE),
};

static bool read_reference(struct reader *r, struct symbol *symbol,
                           bool is_weak)
{
    return symbol && symbol_refer(r->link, symbol, r->object, is_weak);
}

/* Most references are of symbols that others have referred to, and then there
 * is nothing to do. Not for who looks at references, or gives them other names.
 */
static inline bool read_reference_fast(struct reader *r, struct symbol **place,
                                       const struct hashed_name *name,
                                       bool is_weak)
{
    struct link *link = r->link;
    struct symbol *symbol =
        symbol_table_enter_fast(&link->arena, &link->symbols, name);
    if (symbol && symbol->same)
        symbol = symbol->same;
    *place = symbol;
    return (symbol && symbol_is_referred_to(symbol)) ||
           read_reference(r, symbol, is_weak);
}

static bool read_locals(struct reader *r)
{
    struct object *object = r->object;
    struct symbol *locals =
        arena_array(&r->link->arena, object->first_global, struct symbol);
    bool ok = locals;
    for (uint32_t i = 0; locals && i < object->first_global; i++)
        ok &= !elf_names_exceed(r) && read_local(r, i, &locals[i]);
    return ok;
}

/* Globals come by in batches, whose names are hashed and looked for together:
 * of 200,000 symbols most are not in the cache. */
enum { BATCH = 64 };

struct batch {
    uint32_t first, count;
    struct hashed_name names[BATCH];
};

/* False if a name is not in bounds; the batch ends before it. */
static bool read_names(struct reader *r, struct batch *b)
{
    const struct symbol_table table = r->link->symbols;
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    uint32_t left = r->object->symbol_count - b->first, count = 0;
    uint64_t bytes = 0;
    bool ok = true;
    for (; count < left && count < BATCH; count++) {
        struct hashed_name *name = &b->names[count];
        name->seed = table.seed;
        ok = string_hash_at(r->symbol_names, entry->is.st_name, table.seed,
                            &name->text, &name->hash);
        if (!ok)
            break;
        bytes += name->text.size;
        symbol_table_announce(&table, name);
        entry++;
    }
    r->name_bytes += bytes;
    b->count = count;
    symbol_table_expect(&table, b->names, count);
    return ok || report_name(r, b->first + count);
}

/* Whether references are looked at, or have other names. */
static bool are_references_plain(const struct reader *r)
{
    const struct bootlink_request *request = r->link->request;
    return !link_shows_mentions(r->link) && !request->wrapped_count &&
           !r->wants_symbols;
}

static bool read_batch(struct reader *r, const struct batch *b)
{
    bool ok = true, are_plain = are_references_plain(r);
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    struct symbol **place = r->object->symbols + b->first;
    for (uint32_t i = 0; i < b->count; i++, entry++) {
        const struct hashed_name *name = &b->names[i];
        uint32_t kind = read32(&entry->is.st_info);
        bool is_weak = kind == PLAIN_WEAK_REFERENCE;
        if ((kind == PLAIN_REFERENCE || is_weak) && are_plain &&
            name->text.size)
            ok &= read_reference_fast(r, &place[i], name, is_weak);
        else
            ok &= read_global(r, b->first + i, name);
    }
    return ok;
}

static bool read_globals(struct reader *r)
{
    struct batch b;
    b.first = r->object->first_global;
    bool ok = true, are_names_read = true;
    while (b.first < r->object->symbol_count && are_names_read &&
           !elf_names_exceed(r)) {
        are_names_read = read_names(r, &b);
        ok &= read_batch(r, &b);
        b.first += b.count;
    }
    return ok && are_names_read;
}

bool elf_read_symbols(struct reader *r)
{
    struct object *object = r->object;
    object->symbols =
        arena_array(&r->link->arena, object->symbol_count, struct symbol *);
    bool ok = object->symbols && read_locals(r);
    ok &= object->symbols && read_globals(r);
    return elf_names_check(r) && ok;
}
