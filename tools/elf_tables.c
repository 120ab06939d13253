/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Groups and relocation tables of an output file [gABI: Relocation, Section
 * Groups]. They become output sections like others, so that whoever writes the
 * file need not know of them.
 *
 * A relocation keeps its type. Its place moves with its section; where it names
 * a section's symbol, or a local symbol that the output does not have, it names
 * the output section's, with the distance in the addend.
 */
#include "elf_tables.h"

#include <elf.h>

/* The relocations of one output section. */
struct rela_table {
    struct output_section *target;
    struct output_section *output;
};

/* One group of one object. */
struct group_table {
    struct section *section;
    struct output_section *output;
};

/* ---- Output sections of our own ------------------------------------------ */

static struct output_section *make_output(struct link *link, span name,
                                          uint32_t type, uint64_t align,
                                          uint64_t entry_size, uint64_t size)
{
    struct output_section *output =
        arena_new(&link->arena, struct output_section);
    if (!output)
        return NULL;
    *output = (struct output_section){
        .name = name,
        .type = type,
        .align = align,
        .entry_size = entry_size,
        .size = size,
        .data = arena_take(&link->arena, size, 1),
    };
    return output->data ? output : NULL;
}

/* ---- Relocations --------------------------------------------------------- */

static bool is_input(const struct piece *piece)
{
    return piece->kind == PIECE_SECTION && piece->section->relocation_count;
}

static uint64_t count_relocations(const struct output_section *output)
{
    uint64_t count = 0;
    struct piece_walk walk = {.content = output->contents};
    while (piece_next(&walk))
        if (is_input(&walk.piece))
            count += walk.piece.section->relocation_count;
    return count;
}

static bool add_table(struct elf_tables *tables, struct output_section *target)
{
    struct link *link = tables->link;
    uint64_t count = target->is_removed ? 0 : count_relocations(target);
    if (!count)
        return true;
    span name = text_format(&link->arena, ".rela%.*s", SPAN_ARGS(target->name));
    struct output_section *output =
        make_output(link, name, SHT_RELA, 8, sizeof(Elf64_Rela),
                    count * sizeof(Elf64_Rela));
    if (!name.data || !output)
        return false;
    output->flags = SHF_INFO_LINK | (target->flags & SHF_GROUP);
    tables->relas[tables->rela_count++] = (struct rela_table){target, output};
    target->rela_index = tables->rela_count; /* until number() */
    return true;
}

static bool add_tables(struct elf_tables *tables)
{
    uint64_t count = 0;
    for (struct output_section *o = tables->link->outputs; o; o = o->next)
        count++;
    tables->relas = arena_array(&tables->link->arena, count, struct rela_table);
    if (!tables->relas)
        return false;
    for (struct output_section *o = tables->link->outputs; o; o = o->next)
        if (!add_table(tables, o))
            return false;
    return true;
}

/* What the output's relocation names instead of a symbol of an object. */
struct target {
    uint32_t symbol;
    int64_t addend;
    bool is_gone; /* it was in a section that is not in the output */
};

static struct target target_of(const struct symbol *symbol, int64_t addend)
{
    const struct section *section = symbol->section;
    bool is_placed =
        symbol->state == SYMBOL_DEFINED && section->state == SECTION_PLACED;
    if (symbol->state == SYMBOL_DEFINED && !is_placed)
        return (struct target){.is_gone = true};
    if (symbol->output_index || !is_placed)
        return (struct target){symbol->output_index, addend, false};
    if (symbol->type == STT_SECTION && section->merged)
        addend = section_output_offset(section, symbol->value + addend);
    else
        addend += symbol_output_offset(symbol);
    return (struct target){section->output->symbol_index, addend, false};
}

/* A load from the GOT that was rewritten is what it has become. */
static struct relocation as_applied(struct link *link,
                                    const struct section *section,
                                    struct relocation r)
{
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, r.type);
    if (link_is_relocatable(link) || !kind ||
        kind->expression != RELOC_G_PLUS_GOT_PLUS_A_MINUS_P)
        return r;
    struct reloc_load load = got_load(link, section, &r);
    struct reloc_relaxed relaxed;
    uint64_t address = symbol_address(symbol_at(section, r.symbol));
    if (!reloc_x86_64.relax(&load, &relaxed))
        return r;
    kind = reloc_kind(&reloc_x86_64, relaxed.type);
    load.pc_relative = kind->expression == RELOC_S_PLUS_A &&
                       !reloc_fits(kind, address + relaxed.addend);
    if (load.pc_relative && !reloc_x86_64.relax(&load, &relaxed))
        return r;
    return (struct relocation){r.offset + relaxed.field, relaxed.type, r.symbol,
                               relaxed.addend};
}

static Elf64_Rela output_relocation(struct link *link,
                                    const struct section *section, uint32_t i,
                                    uint64_t base)
{
    struct relocation r = as_applied(link, section, relocation_at(section, i));
    struct target target = {0};
    if (r.symbol)
        target = target_of(symbol_at(section, r.symbol), r.addend);
    else
        target.addend = r.addend;
    if (target.is_gone)
        r.type = R_X86_64_NONE;
    return (Elf64_Rela){
        .r_offset = base + section_word_offset(section, r.offset),
        .r_info = ELF64_R_INFO(target.symbol, r.type),
        .r_addend = target.addend,
    };
}

static void fill_table(const struct elf_tables *tables,
                       const struct rela_table *table)
{
    Elf64_Rela *to = (Elf64_Rela *)table->output->data;
    uint64_t base =
        link_is_relocatable(tables->link) ? 0 : table->target->address;
    struct piece_walk walk = {.content = table->target->contents};
    while (piece_next(&walk)) {
        const struct piece *p = &walk.piece;
        for (uint32_t i = 0; is_input(p) && i < p->section->relocation_count;
             i++)
            *to++ = output_relocation(tables->link, p->section, i, base);
    }
}

/* ---- Groups -------------------------------------------------------------- */

static const struct output_section *member_output(const struct section *group,
                                                  uint64_t at)
{
    const struct section *member =
        object_section(group->object, read32(group->bytes.data + at));
    return member->state == SECTION_PLACED ? member->output : NULL;
}

/* A group stays if one of its members does. It has room for the relocations of
 * each, too. */
static bool add_group(struct elf_tables *tables, struct section *section)
{
    bool stays = false;
    for (uint64_t at = 4; at < section->size; at += 4)
        stays |= member_output(section, at) != NULL;
    if (!stays)
        return true;
    struct output_section *output = make_output(
        tables->link, section->name, SHT_GROUP, 4, 4, 2 * section->size);
    if (!output)
        return false;
    section->state = SECTION_PLACED;
    section->output = output;
    tables->groups[tables->group_count++] =
        (struct group_table){section, output};
    return true;
}

static bool add_groups(struct elf_tables *tables)
{
    struct link *link = tables->link;
    uint64_t count = 0;
    if (link->request->force_group_allocation)
        return true;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            count += o->sections[i].type == SHT_GROUP;
    tables->groups = arena_array(&link->arena, count, struct group_table);
    if (!tables->groups)
        return false;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (o->sections[i].type == SHT_GROUP &&
                !add_group(tables, &o->sections[i]))
                return false;
    return true;
}

/* Lists the members, each with its relocations. */
static void list_members(const struct group_table *group)
{
    struct output_section *output = group->output;
    const struct section *section = group->section;
    char *to = output->data;
    write32(to, read32(section->bytes.data));
    uint64_t size = 4;
    for (uint64_t at = 4; at < section->size; at += 4) {
        const struct output_section *member = member_output(section, at);
        if (!member)
            continue;
        write32(to + size, member->index);
        size += 4;
        if (!member->rela_index)
            continue;
        write32(to + size, member->rela_index);
        size += 4;
    }
    output->size = size;
}

/* ---- An object's file ---------------------------------------------------- */

/* As in any file, section headers come in the order in which sections came to
 * be. */
static void thread_as_listed(struct link *link)
{
    struct output_section **last = &link->outputs;
    for (struct output_section *o = link->first_listed; o; o = o->next_listed) {
        *last = o;
        last = &o->next;
    }
    *last = NULL;
}

/* Groups stand before their members [gABI: Section Groups]. */
static void thread(struct elf_tables *tables)
{
    struct output_section *first = NULL, **last = &first;
    for (uint64_t i = 0; i < tables->group_count; i++) {
        *last = tables->groups[i].output;
        last = &(*last)->next;
    }
    *last = tables->link->outputs;
    while (*last)
        last = &(*last)->next;
    for (uint64_t i = 0; i < tables->rela_count; i++) {
        *last = tables->relas[i].output;
        last = &(*last)->next;
    }
    tables->link->outputs = first;
}

/* Headers are in GNU ld's order, each in front of that of its relocations. */
static void number(struct elf_tables *tables)
{
    uint32_t index = 0;
    for (uint64_t i = 0; i < tables->group_count; i++)
        tables->groups[i].output->index = ++index;
    for (struct output_section *o = tables->link->first_listed; o;
         o = o->next_listed) {
        if (o->is_removed)
            continue;
        o->index = ++index;
        if (!o->rela_index)
            continue;
        struct rela_table *table = &tables->relas[o->rela_index - 1];
        o->rela_index = table->output->index = ++index;
    }
}

static void place(struct link *link)
{
    uint64_t offset = sizeof(Elf64_Ehdr);
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!o->index)
            continue;
        o->file_offset = align_up(offset, o->align);
        if (o->type != SHT_NOBITS)
            offset = o->file_offset + o->size;
    }
}

/* Relocation tables know their section, and groups both. */
static void connect(struct elf_tables *tables)
{
    for (uint64_t i = 0; i < tables->rela_count; i++)
        tables->relas[i].output->info = tables->relas[i].target->index;
    for (uint64_t i = 0; i < tables->group_count; i++)
        list_members(&tables->groups[i]);
}

bool elf_tables_make_object(struct link *link, struct elf_tables *tables)
{
    *tables = (struct elf_tables){.link = link};
    if (!add_groups(tables) || !add_tables(tables))
        return false;
    thread_as_listed(link);
    thread(tables);
    number(tables);
    connect(tables);
    place(link);
    return true;
}

/* ---- --emit-relocs ------------------------------------------------------- */

bool elf_tables_add_relocations(struct link *link, struct elf_tables *tables)
{
    *tables = (struct elf_tables){.link = link};
    if (!add_tables(tables))
        return false;
    uint64_t offset = link->contents_end;
    for (uint64_t i = 0; i < tables->rela_count; i++) {
        struct output_section *o = tables->relas[i].output;
        o->file_offset = align_up(offset, o->align);
        offset = o->file_offset + o->size;
    }
    thread(tables);
    number(tables);
    connect(tables);
    return true;
}

/* ---- What depends on the symbols ----------------------------------------- */

/* A symbol that is gone is named by nothing but the group that it stands for.
 */
static bool is_gone(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_DEFINED &&
           symbol->section->state != SECTION_PLACED;
}

static void name_symbol(struct symbol *symbol)
{
    symbol->is_named |= symbol->type != STT_SECTION;
}

static void name_symbols(const struct section *section)
{
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation r = relocation_at(section, i);
        struct symbol *symbol = symbol_at(section, r.symbol);
        if (!is_gone(symbol))
            name_symbol(symbol);
    }
}

static struct symbol *signature_of(const struct group_table *group)
{
    const struct section *section = group->section;
    return symbol_at(section, section->info);
}

void elf_tables_name_symbols(const struct elf_tables *tables)
{
    for (uint64_t i = 0; i < tables->rela_count; i++) {
        struct piece_walk walk = {.content = tables->relas[i].target->contents};
        while (piece_next(&walk))
            if (is_input(&walk.piece))
                name_symbols(walk.piece.section);
    }
    for (uint64_t i = 0; i < tables->group_count; i++)
        name_symbol(signature_of(&tables->groups[i]));
}

void elf_tables_fill(const struct elf_tables *tables, uint32_t symbol_table)
{
    for (uint64_t i = 0; i < tables->rela_count; i++) {
        tables->relas[i].output->link = symbol_table;
        fill_table(tables, &tables->relas[i]);
    }
    for (uint64_t i = 0; i < tables->group_count; i++) {
        struct output_section *output = tables->groups[i].output;
        const struct symbol *signature = signature_of(&tables->groups[i]);
        output->link = symbol_table;
        output->info = signature->output_index ? signature->output_index
                                               : target_of(signature, 0).symbol;
    }
}
