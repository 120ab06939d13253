/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols as most are [gABI: Symbol Table]: locals with a place in a section,
 * references to what others have named, and first definitions of that.
 *
 * Receives an object whose symbol table has the right shape. What is usual is
 * done here, in a few instructions for each; elf_symbols.c checks and reads all
 * the others. Afterwards all of the object's symbols are checked, and all but
 * the usual locals have records.
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

static SELDOM APART bool read_local(struct reader *r, uint32_t index)
{
    struct symbol *symbol = arena_new(&r->link->arena, struct symbol);
    r->object->symbols[index].symbol = symbol;
    return symbol && elf_read_local(r, index, symbol);
}

/* What names them, and their names, stays for those who want records. */
static void keep_locals(struct reader *r)
{
    struct object *object = r->object;
    span locals = {(const char *)r->symbols,
                   object->first_global * sizeof(Elf64_Sym)};
    link_keep(r->link, locals);
    object->locals = locals.data;
    object->local_names = r->symbol_names.data;
    object->link = r->link;
}

/* Without scripts all locals have records: modules have few. */
static SELDOM bool read_locals(struct reader *r)
{
    const struct link_scripts *scripts = &r->link->scripts;
    const uint32_t end = r->object->first_global;
    bool ok = true;
    for (uint32_t i = 0; i < end && !elf_names_exceed(r); i++) {
        if (scripts->locals_pass)
            i = scripts->locals_pass(r, i);
        if (i < end && !elf_names_exceed(r))
            ok &= read_local(r, i);
    }
    return ok;
}

/* ---- Names of globals ---------------------------------------------------- */

/* Globals come by in batches, whose names are hashed before the first is looked
 * for: of 200,000 symbols most are not in the cache. Nor is what their slots
 * say then, nor the names of that, which may begin in one line and end in the
 * next one: so that is asked for some names ahead, by 10 instructions for each
 * name, and reading them takes a third less time. */
enum { BATCH = 96, AHEAD = 16 };

struct batch_name {
    span text;
    uint64_t hash;
    struct symbol_slot *home;
};

struct batch {
    uint32_t first, count;
    struct batch_name names[BATCH + AHEAD]; /* the last have but a slot */
};

/* False if a name is not in bounds; the batch ends before it. */
static APART bool read_names(struct reader *r, struct batch *b)
{
    const struct symbol_table *table = &r->link->symbols;
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    uint32_t left = r->object->symbol_count - b->first;
    struct batch_name *name = b->names;
    struct batch_name *end = name + (left < BATCH ? left : BATCH);
    const uint64_t seed = table->seed;
    for (; name < end && entry->is.st_name < r->symbol_names.size; name++) {
        name->text.data = r->symbol_names.data + entry++->is.st_name;
        name->hash = string_hash(name->text.data, seed, &name->text.size);
        name->home = symbol_table_home(table, name->hash);
        r->name_bytes += name->text.size;
        __builtin_prefetch(name->home);
    }
    b->count = (uint32_t)(name - b->names);
    return name == end || elf_report_name(r, b->first + b->count);
}

/* ---- Globals ------------------------------------------------------------- */

/* References of which nothing is to be checked. */
enum {
    PLAIN_REFERENCE = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
    PLAIN_WEAK_REFERENCE = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE),
};

/* The same of any visibility. */
static inline bool is_reference(uint32_t kind)
{
    kind &= ~(STV_PROTECTED << 8);
    return kind == PLAIN_REFERENCE || kind == PLAIN_WEAK_REFERENCE;
}

/* Global or weak, of a type that is nothing special, in a section. */
static inline bool is_plain_definition(const struct reader *r, uint32_t kind,
                                       span name)
{
    uint32_t binding = ELF64_ST_BIND(kind & 0xff), index;
    return (binding == STB_GLOBAL || binding == STB_WEAK) &&
           ELF64_ST_TYPE(kind) <= STT_FUNC && is_in_section(r, kind, &index) &&
           (r->has_plain_names || !has_version(name));
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

/* For those who look it up again. */
static struct hashed_name hashed(const struct reader *r,
                                 const struct batch_name *name)
{
    return (struct hashed_name){name->text, name->hash, r->seed};
}

/* A free slot is of no use if the table has moved since. */
static inline bool is_free(const struct reader *r,
                           const struct symbol_slot *slot)
{
    return slot && !slot->symbol && r->slots == r->link->symbols.slots;
}

static inline struct symbol *
add(struct reader *r, const struct batch_name *name, struct symbol_slot *slot)
{
    struct link *link = r->link;
    return symbol_table_add(&link->arena, &link->symbols, slot, name->text,
                            name->hash);
}

/* The symbol of a name that was not found, or is said to mean another one. */
static SELDOM struct symbol *enter(struct reader *r,
                                   const struct batch_name *name)
{
    struct hashed_name again = hashed(r, name);
    return symbol_enter_hashed(r->link, &again);
}

/* symbol_note_wanted(), a third of its instructions if there is room. */
static inline bool note_wanted(struct link *link, struct symbol *symbol)
{
    if (link->wanted_count == link->wanted_capacity)
        return symbol_note_wanted(link, symbol);
    link->wanted[link->wanted_count++] = symbol;
    return true;
}

static APART bool read_unusual(struct reader *r,
                               const struct elf_symbol_in_file *entry,
                               const struct batch_name *name)
{
    struct hashed_name again = hashed(r, name);
    return elf_read_global(r, (uint32_t)(entry - r->symbols), &again);
}

/* A reference of which nothing is to be checked. */
static inline bool refer(struct reader *r, struct symbol *symbol, bool is_weak)
{
    bool ok = symbol_refer(r->link, symbol, r->object, is_weak);
    symbol->is_settled =
        symbol->is_needed && symbol->object && symbol->type != STT_TLS;
    return ok;
}

/* The same for what nobody has named, half of all that is not known: 50
 * instructions less. NULL if there is no memory. */
static inline struct symbol *refer_first(struct reader *r,
                                         const struct batch_name *name,
                                         struct symbol_slot *slot)
{
    struct symbol *symbol = add(r, name, slot);
    if (!symbol)
        return NULL;
    symbol->object = r->object;
    symbol->is_referenced = true;
    symbol->is_needed = true;
    symbol->is_settled = true;
    return note_wanted(r->link, symbol) ? symbol : NULL;
}

/* What is defined here, or not usual. */
static inline bool read_global(struct reader *r,
                               const struct elf_symbol_in_file *entry,
                               const struct batch_name *name,
                               union symbol_ref *place,
                               struct symbol_slot *slot)
{
    uint32_t kind = kind_of(entry);
    bool refers = is_reference(kind);
    if (!name->text.size ||
        (!refers && !is_plain_definition(r, kind, name->text)))
        return read_unusual(r, entry, name);
    struct symbol *symbol = slot ? slot->symbol : NULL;
    if (!symbol || symbol->has_same)
        symbol = is_free(r, slot) ? add(r, name, slot) : enter(r, name);
    place->symbol = symbol;
    if (!symbol)
        return false;
    if (!refers)
        return define(r, symbol, entry) || read_unusual(r, entry, name);
    if (kind >> 8)
        symbol_constrain(symbol, kind >> 8);
    bool is_weak = (uint8_t)kind == PLAIN_WEAK_REFERENCE;
    return (symbol->is_settled && !is_weak) || refer(r, symbol, is_weak);
}

/* The slot of a name whose hash another one has. */
static APART struct symbol_slot *find_again(const struct reader *r,
                                            const struct batch_name *name)
{
    struct hashed_name again = hashed(r, name);
    return symbol_table_slot(&r->link->symbols, &again);
}

/* Most are references to what others have referred to, and then there is
 * nothing to do. */
static APART bool read_batch(struct reader *r, const struct batch *b)
{
    const struct batch_name *name = b->names, *end = name + b->count;
    const struct elf_symbol_in_file *entry = &r->symbols[b->first];
    union symbol_ref *place = r->object->symbols + b->first;
    bool ok = true;
    for (; name < end; name++, entry++, place++) {
        __builtin_prefetch(name[AHEAD].home->symbol);
        const struct symbol *near = name[AHEAD / 2].home->symbol;
        if (near) {
            __builtin_prefetch(near->name.data);
            __builtin_prefetch(near->name.data + near->name.size);
        }
        struct symbol_slot *slot = symbol_table_guess(name->home, name->hash);
        struct symbol *known = slot ? slot->symbol : NULL;
        bool is_it = known && span_same(known->name, name->text);
        bool is_plain = kind_of(entry) == PLAIN_REFERENCE;
        if (is_it && is_plain && known->is_settled) {
            place->symbol = known;
            continue;
        }
        if (!is_it && (!slot || known))
            slot = find_again(r, name);
        if (is_plain && is_free(r, slot) && name->text.size)
            ok &= (place->symbol = refer_first(r, name, slot)) != NULL;
        else
            ok &= read_global(r, entry, name, place, slot);
    }
    return ok;
}

/* Where mentions are looked at, references have other names, or nothing but
 * values is wanted. */
static SELDOM bool read_slowly(struct reader *r, const struct batch *b)
{
    bool ok = true;
    for (uint32_t i = 0; i < b->count; i++)
        ok &= read_unusual(r, &r->symbols[b->first + i], &b->names[i]);
    return ok;
}

static bool read_globals(struct reader *r)
{
    struct link *link = r->link;
    struct symbol_table *table = &link->symbols;
    bool are_plain = !link_shows_mentions(link) && !r->wants_symbols &&
                     !link->request->wrapped_count;
    bool ok = true, are_names_read = true;
    struct batch b;
    b.first = r->object->first_global;
    while (b.first < r->object->symbol_count && are_names_read &&
           !elf_names_exceed(r)) {
        if (!symbol_table_reserve(&link->arena, table, BATCH))
            return false;
        r->slots = table->slots;
        r->seed = table->seed;
        are_names_read = read_names(r, &b);
        for (unsigned i = 0; i < AHEAD; i++)
            b.names[b.count + i].home = table->slots;
        ok &= are_plain ? read_batch(r, &b) : read_slowly(r, &b);
        b.first += b.count;
    }
    return ok && are_names_read;
}

bool elf_read_symbols(struct reader *r)
{
    struct arena *arena = &r->link->arena;
    struct object *object = r->object;
    object->symbols =
        arena_array(arena, object->symbol_count, union symbol_ref);
    if (!object->symbols)
        return false;
    keep_locals(r);
    bool ok = read_locals(r);
    ok &= read_globals(r);
    return elf_names_check(r) && ok;
}
