/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the macros of module.h left in a shared object.
 *
 * In an object each mark is a pointer, and so a relocation that names a symbol.
 * The linker that made the shared object has turned it into a dynamic one,
 * which may know an address only. Afterwards the sections .bootlink.* have
 * relocations that name symbols again, and whoever reads marks (exports.c)
 * need not know where they come from.
 */
#include "shared.h"

struct marks {
    struct shared *shared;
    struct keyed *symbols; /* by address; NULL: nobody has asked */
    uint32_t symbol_count;
    uint64_t capacity; /* of object->symbols */
    bool fills;        /* else the relocations are only counted */
};

/* ---- The symbol of an address ---------------------------------------------
 */

static bool has_address(const struct symbol *symbol)
{
    return symbol && symbol->state == SYMBOL_DEFINED && symbol->name.size &&
           symbol->type != STT_SECTION;
}

/* Those that others see come last among those of one address. */
static uint32_t list_symbols(struct marks *m, struct keyed *list)
{
    const struct shared *shared = m->shared;
    const struct object *object = shared->object;
    uint32_t count = 0, total = object->symbol_count;
    for (uint32_t i = 0; i < total; i++) {
        const struct symbol *symbol = object->symbols[i].symbol;
        if (has_address(symbol))
            list[count++] = (struct keyed){
                shared_section_address(shared, symbol->section) + symbol->value,
                i};
    }
    return count;
}

static bool sort_symbols(struct marks *m)
{
    struct arena *arena = &m->shared->link->arena;
    uint32_t count = m->shared->object->symbol_count;
    struct keyed *room = arena_array(arena, count, struct keyed);
    m->symbols = arena_array(arena, count, struct keyed);
    if (!room || !m->symbols)
        return false;
    m->symbol_count = list_symbols(m, m->symbols);
    sort_by_key(m->symbols, m->symbol_count, room);
    return true;
}

/* Index into object->symbols, or 0: of those of one address the last. */
static uint32_t symbol_of(const struct marks *m, uint64_t address)
{
    uint32_t count = shared_count_up_to(m->symbols, m->symbol_count, address);
    return count && m->symbols[count - 1].key == address
               ? m->symbols[count - 1].item
               : 0;
}

/* Names nothing but an address: as a section's symbol does. */
static bool make_nameless(struct marks *m, uint64_t address, uint32_t *index)
{
    struct shared *shared = m->shared;
    struct object *object = shared->object;
    struct section *section = shared_section_at(shared, address);
    if (!section)
        return elf_corrupt(&shared->reader,
                           "a mark of module.h points to 0x%llx, which is in "
                           "no section",
                           (unsigned long long)address);
    struct symbol_mention mention = {
        .object = object,
        .section = section,
        .value = address - shared_section_address(shared, section),
        .state = SYMBOL_DEFINED,
    };
    struct symbol *symbol =
        shared_make_symbol(shared, (span){NULL, 0}, &mention);
    union symbol_ref *symbols =
        arena_grow(&shared->link->arena, object->symbols, object->symbol_count,
                   &m->capacity, sizeof(*symbols));
    if (!symbol || !symbols)
        return false;
    object->symbols = symbols;
    *index = object->symbol_count;
    symbols[object->symbol_count++].symbol = symbol;
    return true;
}

/* ---- Relocations of the marks ---------------------------------------------
 */

static struct section *mark_at(const struct shared *shared, uint64_t address)
{
    struct section *section = shared_section_at(shared, address);
    return section && span_starts(section->name, SPAN(".bootlink.")) ? section
                                                                     : NULL;
}

static bool add_record(struct marks *m, struct section *section,
                       uint64_t address, uint32_t symbol, int64_t addend)
{
    Elf64_Rela *records = (Elf64_Rela *)(uintptr_t)section->relocations;
    records[section->relocation_count++] =
        (Elf64_Rela){address - shared_section_address(m->shared, section),
                     ELF64_R_INFO((uint64_t)symbol, R_X86_64_64), addend};
    return true;
}

/* A pointer to an address that the linker has worked out already. */
static bool add_address(struct marks *m, struct section *section,
                        uint64_t place, uint64_t address)
{
    if (!m->symbols && !sort_symbols(m))
        return false;
    uint32_t symbol = symbol_of(m, address);
    if (!symbol && !make_nameless(m, address, &symbol))
        return false;
    add_record(m, section, place, symbol, 0);
    return true;
}

static bool visit(struct marks *m, const struct shared_relocation *r,
                  bool is_address)
{
    struct shared *shared = m->shared;
    struct section *section = mark_at(shared, r->address);
    if (!section)
        return true;
    if (!m->fills) {
        section->relocation_count++;
        return true;
    }
    if (is_address)
        return add_address(m, section, r->address, r->addend);
    if (r->symbol >= shared->symbol_count || r->type != R_X86_64_64)
        return elf_corrupt(&shared->reader,
                           "relocation of type %u against symbol %u of %u for "
                           "a mark at 0x%llx",
                           r->type, r->symbol, shared->symbol_count,
                           (unsigned long long)r->address);
    add_record(m, section, r->address, shared->first_symbol + r->symbol,
               r->addend);
    return true;
}

static bool visit_relr(void *context, uint64_t address)
{
    struct marks *m = context;
    struct shared_relocation r = {
        .address = address, .addend = (int64_t)shared_word(m->shared, address)};
    return visit(m, &r, true);
}

static bool visit_all(struct marks *m)
{
    struct shared *shared = m->shared;
    for (uint64_t i = 0; i < shared->rela.size / sizeof(Elf64_Rela); i++) {
        struct shared_relocation r = shared_rela(shared->rela, i);
        if (!visit(m, &r, r.type == R_X86_64_RELATIVE))
            return false;
    }
    return shared_each_relr(shared, visit_relr, m);
}

/* Makes room for what was counted. */
static bool make_room(struct shared *shared)
{
    struct object *object = shared->object;
    for (uint32_t i = 1; i < object->section_count; i++) {
        struct section *section = &object->sections[i];
        if (!section->relocation_count)
            continue;
        uint64_t count = section->relocation_count;
        section->relocations =
            arena_take(&shared->link->arena, count, sizeof(Elf64_Rela));
        if (!section->relocations)
            return false;
        section->has_addends = true;
        section->relocation_count = 0;
    }
    return true;
}

bool shared_read_marks(struct shared *shared)
{
    struct marks marks = {.shared = shared,
                          .capacity = shared->object->symbol_count};
    if (!visit_all(&marks) || !make_room(shared))
        return false;
    marks.fills = true;
    return visit_all(&marks);
}
