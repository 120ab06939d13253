/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Indirect functions [GNU gABI: STT_GNU_IFUNC]: the symbol names a resolver,
 * which the program calls before it does anything else; what that returns is
 * the function.
 *
 * A call goes to an entry of .iplt, which jumps to what its slot in .igot.plt
 * says. Each slot has an IRELATIVE relocation in .rela.iplt, which names the
 * resolver; the C library (or the kernel, for itself) goes through them from
 * __rela_iplt_start to __rela_iplt_end. Where a GOT entry or a pointer in
 * writable data can be filled in so, no PLT entry is made. As in GNU ld:
 *
 *   - The address of a function that has a PLT entry is that entry's, at every
 *     reference alike.
 *   - A GOT entry of its own is not made beside a PLT entry whose address
 *     nobody takes: the load reads the slot.
 *   - In .rela.iplt pointers come first, object by object, then GOT entries;
 *     slots are counted from the end.
 */
#include "loader.h"

#include <string.h>

enum { SLOT_SIZE = 8 };

bool symbol_is_ifunc(const struct symbol *symbol)
{
    return symbol->type == STT_GNU_IFUNC && symbol->state == SYMBOL_DEFINED;
}

static const struct plt_form *plt_form(const struct link *link)
{
    return link->has_ibt ? &reloc_x86_64.plt_ibt : &reloc_x86_64.plt;
}

/* ---- What references want ----------------------------------------------- */

/* A pointer in data, which the program can write. */
static bool is_pointer(const struct section *section,
                       const struct relocation *relocation)
{
    return relocation->type == R_X86_64_64 && section->flags & SHF_WRITE &&
           !(section->flags & SHF_EXECINSTR);
}

static bool note_pointer(struct link *link, const struct section *section,
                         const struct relocation *relocation,
                         const struct symbol *symbol)
{
    struct object *object = section->object;
    struct ifunc_pointer *pointer =
        arena_new(&link->arena, struct ifunc_pointer);
    if (!pointer)
        return false;
    *pointer =
        (struct ifunc_pointer){section, relocation->offset, symbol, NULL};
    if (!object->pointers)
        object->last_pointer = &object->pointers;
    *object->last_pointer = pointer;
    object->last_pointer = &pointer->next;
    return true;
}

/* Whether the place gets the function's address as a value, to be compared with
 * others. A call does not; nor does a lea, for GNU ld. */
static bool takes_address(const struct section *section, uint32_t type)
{
    if (type == R_X86_64_PLT32 || type == R_X86_64_PC64)
        return false;
    return type != R_X86_64_PC32 || !(section->flags & SHF_EXECINSTR);
}

bool ifunc_refer(struct link *link, const struct section *section,
                 const struct relocation *relocation)
{
    struct symbol *symbol = symbol_at(section, relocation->symbol);
    if (!symbol_is_ifunc(symbol) || !(section->flags & SHF_ALLOC))
        return true;
    switch (reloc_kind(&reloc_x86_64, relocation->type)->expression) {
    case RELOC_NONE:
    case RELOC_Z_PLUS_A:
    case RELOC_G_PLUS_A: /* needs_got is set */
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
        return true;
    }
    if (takes_address(section, relocation->type))
        symbol->is_compared = true;
    if (is_pointer(section, relocation))
        return note_pointer(link, section, relocation, symbol);
    symbol->needs_plt = true;
    return true;
}

bool ifunc_offer(struct link *link)
{
    bool may_export =
        link->has_ifuncs && link->request->output == BOOTLINK_IN_MEMORY;
    struct symbol *s = may_export ? link->symbols.first : NULL;
    bool ok = true;
    for (; ok && s; s = s->next)
        if (symbol_is_ifunc(s) && exports_offer(link, s)) {
            ok = symbol_has_entry(s) ||
                 symbol_list_add(&link->arena, &link->got_globals, s);
            s->needs_plt = s->is_compared = true;
        }
    return ok;
}

void ifunc_number(struct link *link, struct symbol *symbol)
{
    if (!symbol_is_ifunc(symbol))
        return;
    if (symbol->needs_plt && !symbol->is_compared)
        symbol->needs_got = false;
    struct symbol_rest *rest =
        symbol->needs_plt ? symbol_rest(&link->arena, symbol) : NULL;
    if (rest)
        rest->plt_index = link->plt_count++;
    else if (symbol->needs_got)
        link->late_count++;
}

/* ---- Sections ----------------------------------------------------------- */

static uint64_t count_pointers(const struct link *link)
{
    uint64_t count = 0;
    for (const struct object *o = link->objects; o; o = o->next)
        for (const struct ifunc_pointer *p = o->pointers; p; p = p->next)
            count += !p->symbol->needs_plt;
    return count;
}

bool ifunc_make_sections(struct link *link)
{
    const struct plt_form *form = plt_form(link);
    uint64_t slots = link->plt_count;
    link->pointer_count = count_pointers(link);
    link->late_count += slots + link->pointer_count;
    link->iplt = section_make_table(link, ".iplt", SHT_NULL, SHF_EXECINSTR,
                                    slots ? form->size : 1, slots * form->size);
    link->rela_iplt =
        section_make_table(link, ".rela.iplt", SHT_RELA, 0, SLOT_SIZE,
                           link->late_count * sizeof(Elf64_Rela));
    link->igot_plt = section_make_table(link, ".igot.plt", SHT_NULL, SHF_WRITE,
                                        SLOT_SIZE, slots * SLOT_SIZE);
    if (link->arena.failed)
        return false; /* or a symbol has no number */
    link->rela_iplt->entry_size = sizeof(Elf64_Rela);
    return true;
}

/* ---- Addresses ---------------------------------------------------------- */

uint64_t symbol_target(const struct link *link, const struct symbol *symbol)
{
    if (!symbol->needs_plt)
        return symbol_address(symbol);
    return got_section_address(link->iplt) +
           symbol_plt_index(symbol) * plt_form(link)->size;
}

static bool is_placed(const struct section *section)
{
    return section && section->state == SECTION_PLACED;
}

const struct section *ifunc_discarded(const struct link *link,
                                      const struct symbol *symbol)
{
    if (symbol->needs_plt && !is_placed(link->iplt))
        return link->iplt;
    if (symbol->needs_plt && !is_placed(link->igot_plt))
        return link->igot_plt;
    return is_placed(link->rela_iplt) || !link->late_count ? NULL
                                                           : link->rela_iplt;
}

bool ifunc_is_late(const struct section *section,
                   const struct relocation *relocation,
                   const struct symbol *symbol)
{
    return symbol_is_ifunc(symbol) && !symbol->needs_plt &&
           is_pointer(section, relocation);
}

/* ---- Contents ----------------------------------------------------------- */

/* .rela.iplt is filled from both ends. */
struct late_entries {
    struct link *link;
    char *next, *end; /* NULL: the script has discarded it */
};

static char *contents(const struct section *section)
{
    bool is_there = is_placed(section) && section->output->data;
    return is_there ? section->output->data + section_output_offset(section, 0)
                    : NULL;
}

static void write_entry(char *to, uint64_t place, const struct symbol *symbol)
{
    Elf64_Rela entry = {.r_offset = place,
                        .r_info = ELF64_R_INFO(0, reloc_x86_64.irelative),
                        .r_addend = symbol_address(symbol)};
    memcpy(to, &entry, sizeof(entry));
}

static void add_front(struct late_entries *l, uint64_t place,
                      const struct symbol *symbol)
{
    if (l->next)
        write_entry(l->next, place, symbol);
    l->next += l->next ? sizeof(Elf64_Rela) : 0;
}

static void add_back(struct late_entries *l, uint64_t place,
                     const struct symbol *symbol)
{
    l->end -= l->end ? sizeof(Elf64_Rela) : 0;
    if (l->end)
        write_entry(l->end, place, symbol);
}

/* Those in one object, unless they are already there. */
static void add_pointers(struct late_entries *l, struct object *object)
{
    for (const struct ifunc_pointer *p = object->pointers; p; p = p->next)
        if (!p->symbol->needs_plt && p->section->state == SECTION_PLACED)
            add_front(l,
                      p->section->output->address +
                          section_word_offset(p->section, p->offset),
                      p->symbol);
    object->pointers = NULL;
}

/* Sections that hold nothing count like others, but for those of the linker's
 * own, and what is left of no string. */
static void add_pattern(struct late_entries *l, const struct input_pattern *p)
{
    for (uint64_t i = 0; i < p->matched.count; i++) {
        const struct section *s = p->matched.items[i];
        if (!s->is_no_table && (!s->merged || s->size))
            add_pointers(l, s->object);
    }
}

/* Objects come in the order in which the output has something of theirs in the
 * file, by its section headers. */
static void add_all_pointers(struct late_entries *l)
{
    const struct output_section *o = l->link->first_listed;
    for (; o; o = o->next_listed) {
        if (o->is_removed || !output_is_in_file(o))
            continue;
        for (const struct command *c = o->statement->commands; c; c = c->next)
            if (c->kind == COMMAND_INPUT)
                add_pattern(l, c->input);
    }
}

/* What is exported may be called from elsewhere. */
static bool check_export(struct link *link, const struct symbol *symbol)
{
    const struct section *discarded = ifunc_discarded(link, symbol);
    if (!discarded || link->request->output != BOOTLINK_IN_MEMORY ||
        !exports_offer(link, symbol))
        return true;
    return link_error(link, BOOTLINK_LAYOUT,
                      "%.*s: the exported indirect function '%.*s' needs %.*s, "
                      "which the script discards; keep *(.iplt), *(.igot.plt) "
                      "and *(.rela.iplt)",
                      SPAN_ARGS(symbol->object->name), SPAN_ARGS(symbol->name),
                      SPAN_ARGS(discarded->name));
}

static bool fill_slot(struct late_entries *l, const struct symbol *symbol)
{
    const struct link *link = l->link;
    const struct plt_form *form = plt_form(link);
    uint64_t address = symbol_target(link, symbol);
    uint64_t slot = got_section_address(link->igot_plt) +
                    symbol_plt_index(symbol) * SLOT_SIZE;
    uint64_t distance = slot - (address + form->field + 4);
    char *plt = contents(link->iplt), *got = contents(link->igot_plt);
    add_back(l, slot, symbol);
    if (got)
        write64(got + symbol_plt_index(symbol) * SLOT_SIZE,
                address + form->resume);
    if (!plt || !got)
        return true;
    plt += symbol_plt_index(symbol) * form->size;
    memcpy(plt, form->bytes, form->size);
    write32(plt + form->field, (uint32_t)distance);
    if (distance + (1ull << 31) < 1ull << 32)
        return true;
    return link_error(l->link, BOOTLINK_RANGE,
                      "%.*s: .iplt and .igot.plt are more than 2 GiB apart; "
                      "put them nearer to each other in the script",
                      SPAN_ARGS(link->script_name));
}

static bool fill(struct late_entries *l, const struct symbol *symbol)
{
    if (!symbol_is_ifunc(symbol))
        return true;
    if (symbol->needs_plt)
        return check_export(l->link, symbol) && fill_slot(l, symbol);
    if (symbol->needs_got)
        add_front(l, got_entry_address(l->link, symbol), symbol);
    return true;
}

bool ifunc_fill(struct link *link)
{
    if (link->late_count == 0)
        return true;
    struct late_entries l = {.link = link, .next = contents(link->rela_iplt)};
    if (l.next)
        l.end = l.next + link->rela_iplt->size;
    if (link->pointer_count)
        add_all_pointers(&l);
    bool ok = true;
    for (struct object *o = link->objects; ok && o; o = o->next)
        for (uint32_t i = 1; o->has_local_entries && i < o->first_global; i++)
            ok &= local_is_bare(o, i) || fill(&l, o->symbols[i].symbol);
    for (uint64_t i = 0; ok && i < link->got_globals.count; i++)
        ok &= fill(&l, link->got_globals.items[i]);
    return ok;
}
