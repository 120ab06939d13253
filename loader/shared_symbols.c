/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbols of a shared object [gABI: Symbol Table, Dynamic Section].
 *
 * Receives segments, sections and names. Afterwards object->symbols holds what
 * .symtab has of local symbols, for backtraces, and behind them the dynamic
 * symbols by their index; those that it offers or needs are in the link's
 * symbol table. What it defines it uses itself, as with -Bsymbolic: a module is
 * a link of its own, and nobody gets between it and its own functions.
 */
#include "shared.h"

/* A value of a shared object is an address; one of an object counts from its
 * section. */
static bool set_value(struct shared *shared, uint32_t i, span name,
                      struct symbol_mention *m)
{
    struct reader *r = &shared->reader;
    if (m->type == STT_TLS)
        return link_error(shared->link, BOOTLINK_UNSUPPORTED,
                          "%.*s: '%.*s' is a thread-local variable; a module "
                          "has none: compile without them",
                          SPAN_ARGS(r->object->name), SPAN_ARGS(name));
    if (m->state == SYMBOL_COMMON)
        return elf_corrupt(r, "symbol %u (%.*s): common in a shared object", i,
                           SPAN_ARGS(name));
    if (m->state != SYMBOL_DEFINED)
        return true;
    uint64_t address = shared_section_address(shared, m->section);
    if (m->section->flags & SHF_ALLOC &&
        in_bounds(align_up(m->section->size, 4096) + 1, m->value - address,
                  1)) {
        m->value -= address;
        return true;
    }
    return elf_corrupt(r, "symbol %u (%.*s): 0x%llx is not in section %.*s", i,
                       SPAN_ARGS(name), (unsigned long long)m->value,
                       SPAN_ARGS(m->section->name));
}

/* Others would call the resolver: an indirect function is for its own file and
 * for those that name it in DT_NEEDED. */
static void hide_indirect(struct symbol_mention *m)
{
    if (m->type == STT_GNU_IFUNC && m->state == SYMBOL_DEFINED)
        m->visibility = STV_PROTECTED;
}

struct symbol *shared_make_symbol(struct shared *shared, span name,
                                  const struct symbol_mention *m)
{
    struct symbol *symbol = arena_new(&shared->link->arena, struct symbol);
    if (symbol) {
        symbol->name = name; /* all else is 0, which is STB_LOCAL */
        symbol->object = m->object;
        symbol->section = m->section;
        symbol->value = m->value;
        symbol->size = m->size;
        symbol->state = m->state;
        symbol->type = m->type;
    }
    return symbol;
}

/* ---- .symtab: for those who look at addresses -----------------------------
 */

/* Sections that are not in memory have symbols, too: nobody asks for them. */
static bool read_local(struct shared *shared, uint32_t i)
{
    struct symbol_mention m;
    span name;
    if (!elf_read_symbol(&shared->reader, i, &name, &m))
        return false;
    if (m.state == SYMBOL_DEFINED && !(m.section->flags & SHF_ALLOC))
        m.state = SYMBOL_UNDEFINED;
    if (!set_value(shared, i, name, &m))
        return false;
    struct symbol *symbol = shared_make_symbol(shared, name, &m);
    shared->object->symbols[i].symbol = symbol;
    return symbol && !elf_names_exceed(&shared->reader);
}

/* ---- The dynamic symbols --------------------------------------------------
 */

/* The version table has a bit for definitions that only those find who ask for
 * their version. [LSB: Symbol Version Table] */
static bool is_of_old_version(const struct shared *shared, uint32_t i)
{
    return shared->versions &&
           read16(shared->versions + (size_t)i * 2) >> 15 != 0;
}

static bool read_dynamic_symbol(struct shared *shared, uint32_t i,
                                struct symbol **place)
{
    struct symbol_mention m;
    span name;
    if (!elf_read_symbol(&shared->reader, i, &name, &m) ||
        !set_value(shared, i, name, &m))
        return false;
    if (elf_names_exceed(&shared->reader))
        return elf_names_check(&shared->reader);
    if (i == 0 || m.binding == STB_LOCAL ||
        (m.state != SYMBOL_UNDEFINED && is_of_old_version(shared, i))) {
        *place = shared_make_symbol(shared, name, &m);
        return *place != NULL;
    }
    if (name.size == 0)
        return elf_corrupt(&shared->reader,
                           "dynamic symbol %u is global and has no name", i);
    hide_indirect(&m);
    *place = symbol_enter(shared->link, name);
    return *place && symbol_mention(shared->link, *place, &m);
}

/* The section header has their number, which the dynamic section has not. */
static const struct section *find_table(struct shared *shared)
{
    const struct object *object = shared->object;
    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct section *s = &object->sections[i];
        if (s->type == SHT_DYNSYM && s->size % sizeof(Elf64_Sym) == 0 &&
            s->bytes.size >= sizeof(Elf64_Sym) &&
            s->size / sizeof(Elf64_Sym) < UINT32_MAX / 2 &&
            s->flags & SHF_ALLOC &&
            shared_section_address(shared, s) ==
                shared->dynamic[DYNAMIC_SYMTAB])
            return s;
    }
    elf_corrupt(&shared->reader,
                "no section of type SHT_DYNSYM with whole symbols is where "
                "DT_SYMTAB says (0x%llx)",
                (unsigned long long)shared->dynamic[DYNAMIC_SYMTAB]);
    return NULL;
}

static bool find_versions(struct shared *shared)
{
    if (!shared->has[DYNAMIC_VERSYM])
        return true;
    shared->versions = shared_bytes(shared, shared->dynamic[DYNAMIC_VERSYM],
                                    (uint64_t)shared->symbol_count * 2)
                           .data;
    return shared->versions ||
           elf_corrupt(&shared->reader, "DT_VERSYM is not in one segment");
}

static bool read_dynamic_symbols(struct shared *shared)
{
    struct reader *r = &shared->reader;
    r->symbols = (const void *)shared->symbols;
    r->symbol_names = shared->names;
    r->extended_indices = (span){NULL, 0};
    union symbol_ref *symbols = shared->object->symbols + shared->first_symbol;
    bool ok = true;
    for (uint32_t i = 0; i < shared->symbol_count && !elf_names_exceed(r); i++)
        ok &= read_dynamic_symbol(shared, i, &symbols[i].symbol);
    return ok && elf_names_check(r);
}

static bool read_locals(struct shared *shared, uint32_t count)
{
    struct reader *r = &shared->reader;
    bool ok = true;
    for (uint32_t i = 0; i < count && !elf_names_exceed(r); i++)
        ok &= read_local(shared, i);
    return ok && elf_names_check(r);
}

bool shared_read_symbols(struct shared *shared)
{
    struct object *object = shared->object;
    const struct section *table = find_table(shared);
    if (!table || !elf_check_symbols(&shared->reader))
        return false;
    shared->symbols = table->bytes.data;
    shared->symbol_count = table->size / sizeof(Elf64_Sym);
    shared->first_symbol = object->first_global; /* 0 if there is no .symtab */
    object->symbol_count = shared->first_symbol + shared->symbol_count;
    object->symbols = arena_array(&shared->link->arena, object->symbol_count,
                                  union symbol_ref);
    return object->symbols && find_versions(shared) &&
           read_locals(shared, shared->first_symbol) &&
           read_dynamic_symbols(shared);
}
