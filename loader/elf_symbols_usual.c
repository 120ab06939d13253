/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols as most are [gABI: Symbol Table]: locals with a place in a section,
 * references to what others have named, and first definitions of that.
 *
 * Receives an object whose symbol table has the right shape. What is usual is
 * done here, in a few instructions for each; elf_symbols.c checks and reads all
 * the others. Afterwards the object's symbols are all read.
 */
#include "elf_reader.h"

/* st_info, st_other and st_shndx as one number. */
static uint32_t kind_of(const struct elf_symbol_in_file *entry)
{
    return read32(&entry->is.st_info);
}

/* Which section a symbol of that kind is in, if that is one like any other. */
static inline bool is_in_section(const struct reader *r, uint32_t kind,
                                 uint32_t *index)
{
    *index = kind >> 16;
    return *index != SHN_UNDEF && *index < SHN_LORESERVE &&
           *index < r->object->header_count;
}

/* ---- Locals -------------------------------------------------------------- */

/* Of a type that is nothing special; its binding is 0, and so is st_other. */
static inline bool read_usual_local(struct reader *r, uint32_t i,
                                    struct symbol *symbol)
{
    const struct elf_symbol_in_file *entry = &r->symbols[i];
    uint32_t kind = kind_of(entry), index;
    if ((kind & 0xffff) > STT_SECTION || !is_in_section(r, kind, &index) ||
        !elf_name(r, r->symbol_names, entry->is.st_name, &symbol->name))
        return false;
    symbol->object = r->object; /* all else is 0 */
    symbol->section = object_section(r->object, index);
    symbol->value = entry->is.st_value;
    symbol->size = entry->is.st_size;
    symbol->state = SYMBOL_DEFINED;
    symbol->type = kind & 0xff;
    if (symbol->type == STT_SECTION && symbol->name.size == 0)
        symbol->name = symbol->section->name;
    return true;
}

static bool read_locals(struct reader *r)
{
    struct object *object = r->object;
    struct symbol *locals =
        arena_array(&r->link->arena, object->first_global, struct symbol);
    bool ok = locals;
    for (uint32_t i = 0; locals && i < object->first_global; i++) {
        object->symbols[i] = &locals[i];
        ok &= !elf_names_exceed(r) && (read_usual_local(r, i, &locals[i]) ||
                                       elf_read_local(r, i, &locals[i]));
    }
    return ok;
}

/* ---- Names of globals ---------------------------------------------------- */

/* Globals come by in batches, whose names are hashed and looked for together:
 * of 200,000 symbols most are not in the cache. */
enum { BATCH = 64 };

struct batch {
    uint32_t first, count;
    struct hashed_name names[BATCH];
};

/* False if a name is not in bounds; the batch ends before it. */
static APART bool read_names(struct reader *r, struct batch *b)
{
    const struct symbol_table *table = &r->link->symbols;
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    const span strings = r->symbol_names;
    const uint64_t seed = table->seed;
    uint32_t left = r->object->symbol_count - b->first;
    struct hashed_name *name = b->names;
    struct hashed_name *end = name + (left < BATCH ? left : BATCH);
    uint64_t bytes = 0;
    for (; name < end; name++, entry++) {
        uint64_t offset = entry->is.st_name;
        if (offset >= strings.size)
            break;
        name->text.data = strings.data + offset;
        name->hash = string_hash(name->text.data, seed, &name->text.size);
        name->seed = seed;
        if (offset + name->text.size >= strings.size)
            break;
        bytes += name->text.size;
        symbol_table_announce(table, name);
    }
    r->name_bytes += bytes;
    b->count = (uint32_t)(name - b->names);
    symbol_table_find_all(table, b->names, b->count,
                          r->object->symbols + b->first);
    return name == end || elf_report_name(r, b->first + b->count);
}

/* ---- Globals ------------------------------------------------------------- */

/* References of which nothing is to be checked. */
enum {
    PLAIN_REFERENCE = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
    PLAIN_WEAK_REFERENCE = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE),
};

static inline bool is_plain_reference(uint32_t kind)
{
    return kind == PLAIN_REFERENCE || kind == PLAIN_WEAK_REFERENCE;
}

/* True for f@V, in half of the instructions of span_find(). */
static inline bool has_version(span name)
{
    const uint64_t signs = ~0ull / 255 * '@';
    if (name.size < 8)
        return span_find(name, '@') < name.size;
    const char *at = name.data, *last = at + name.size - 8;
    uint64_t found = zero_bytes(read64(last) ^ signs);
    for (; at < last; at += 8)
        found |= zero_bytes(read64(at) ^ signs);
    return found;
}

/* Global or weak, of a type that is nothing special, in a section. */
static inline bool is_plain_definition(const struct reader *r, uint32_t kind,
                                       span name)
{
    uint32_t binding = ELF64_ST_BIND(kind & 0xff), index;
    return (binding == STB_GLOBAL || binding == STB_WEAK) &&
           ELF64_ST_TYPE(kind) <= STT_FUNC && is_in_section(r, kind, &index) &&
           !has_version(name);
}

/* The first definition of a symbol; false if there is more to it. */
static inline bool define(struct reader *r, struct symbol *symbol,
                          const struct elf_symbol_in_file *entry)
{
    struct section *section = object_section(r->object, entry->is.st_shndx);
    if (symbol->state != SYMBOL_UNDEFINED || symbol->type == STT_TLS ||
        symbol->rest || section->state == SECTION_DUPLICATE ||
        section->flags & SHF_EXCLUDE)
        return false;
    symbol->object = r->object;
    symbol->section = section;
    symbol->value = entry->is.st_value;
    symbol->state = SYMBOL_DEFINED;
    symbol->binding = ELF64_ST_BIND(entry->is.st_info);
    if (entry->is.st_size)
        symbol->size = entry->is.st_size;
    if (ELF64_ST_TYPE(entry->is.st_info) != STT_NOTYPE)
        symbol->type = ELF64_ST_TYPE(entry->is.st_info);
    if (entry->is.st_other)
        symbol_constrain(symbol, ELF64_ST_VISIBILITY(entry->is.st_other));
    return true;
}

/* Most are the first mention of a symbol. */
static inline bool refer(struct reader *r, struct symbol *symbol, bool is_weak)
{
    if (symbol->object || symbol->state != SYMBOL_UNDEFINED ||
        symbol->is_needed)
        return symbol_refer(r->link, symbol, r->object, is_weak);
    symbol->object = r->object;
    symbol->is_referenced = true;
    symbol->is_needed = !is_weak;
    symbol->binding = is_weak ? STB_WEAK : STB_GLOBAL;
    return is_weak || symbol_note_wanted(r->link, symbol);
}

/* What is new, or defined here. */
static APART bool read_global(struct reader *r, uint32_t i,
                              const struct hashed_name *name)
{
    const struct elf_symbol_in_file *entry = &r->symbols[i];
    struct symbol **place = &r->object->symbols[i];
    uint32_t kind = kind_of(entry);
    bool is_reference = is_plain_reference(kind);
    if (!name->text.size ||
        (!is_reference && !is_plain_definition(r, kind, name->text)))
        return elf_read_global(r, i, name);
    if (!*place || (*place)->same)
        *place = symbol_enter_hashed(r->link, name);
    if (is_reference)
        return *place && refer(r, *place, kind == PLAIN_WEAK_REFERENCE);
    return (*place && define(r, *place, entry)) || elf_read_global(r, i, name);
}

/* Most are references to what others have referred to, and then there is
 * nothing to do. */
static APART bool read_batch(struct reader *r, const struct batch *b)
{
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    struct symbol **symbol = r->object->symbols + b->first;
    bool ok = true;
    for (uint32_t i = 0; i < b->count; i++)
        if (!symbol[i] || !is_plain_reference(kind_of(&entry[i])) ||
            !symbol_is_referred_to(symbol[i]) || symbol[i]->same)
            ok &= read_global(r, b->first + i, &b->names[i]);
    return ok;
}

/* Where mentions are looked at, references have other names, or nothing but
 * values is wanted. */
static SELDOM bool read_slowly(struct reader *r, const struct batch *b)
{
    bool ok = true;
    for (uint32_t i = 0; i < b->count; i++)
        ok &= elf_read_global(r, b->first + i, &b->names[i]);
    return ok;
}

static bool read_globals(struct reader *r)
{
    const struct bootlink_request *request = r->link->request;
    bool are_plain = !link_shows_mentions(r->link) && !r->wants_symbols &&
                     !request->wrapped_count;
    bool ok = true, are_names_read = true;
    struct batch b;
    b.first = r->object->first_global;
    while (b.first < r->object->symbol_count && are_names_read &&
           !elf_names_exceed(r)) {
        are_names_read = read_names(r, &b);
        ok &= are_plain ? read_batch(r, &b) : read_slowly(r, &b);
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
