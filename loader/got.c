/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The global offset table [psABI 5.2]: a table of addresses for code that loads
 * an address instead of computing it. Most such loads are rewritten into code
 * that computes it [psABI B.2]; what is left gets an entry each.
 *
 * As in GNU ld, entries of local symbols come first, object by object, then
 * those of globals; .got and an empty .got.plt belong to the first object.
 */
#include "loader.h"

#include <elf.h>

#ifndef SHF_X86_64_LARGE
#define SHF_X86_64_LARGE 0x10000000 /* [psABI 4.2.1]; <elf.h> lacks it */
#endif

#define GOT_NAME SPAN("_GLOBAL_OFFSET_TABLE_")

enum {
    ENTRY_SIZE = 8,
    RESERVED_ENTRIES = 3, /* of .got.plt, for a dynamic linker */
};

/* ---- Which loads need it? ----------------------------------------------- */

static enum reloc_target target_of(const struct symbol *symbol)
{
    if (symbol->type == STT_GNU_IFUNC)
        return TARGET_OTHER;
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        return symbol->section->flags & SHF_X86_64_LARGE ? TARGET_OTHER
                                                         : TARGET_PLACED;
    case SYMBOL_SCRIPT:
        return symbol->output ? TARGET_PLACED : TARGET_ABSOLUTE;
    case SYMBOL_ABSOLUTE:
    case SYMBOL_IMPORTED:
        return TARGET_ABSOLUTE;
    default:
        return symbol->binding == STB_WEAK ? TARGET_ZERO : TARGET_OTHER;
    }
}

struct reloc_load got_load(struct link *link, const struct section *section,
                           const struct relocation *relocation)
{
    const struct symbol *symbol = symbol_at(link, section, relocation->symbol);
    return (struct reloc_load){
        .type = relocation->type,
        .addend = relocation->addend,
        .place =
            (const unsigned char *)section->bytes.data + relocation->offset,
        .before = relocation->offset,
        .after = section->bytes.size - relocation->offset,
        .target = relocation->symbol ? target_of(symbol) : TARGET_OTHER,
        .value = symbol->value,
        .no_relax = link->request->no_relax,
    };
}

static bool need_got(struct link *link)
{
    if (!link->got)
        link->got =
            section_make(link, link->objects,
                         (struct section){.name = SPAN(".got"),
                                          .type = SHT_PROGBITS,
                                          .flags = SHF_ALLOC | SHF_WRITE,
                                          .align = ENTRY_SIZE});
    return link->got != NULL;
}

/* Whether a relocation reads an entry of the GOT. */
static bool reads_entry(struct link *link, const struct section *section,
                        const struct relocation *relocation)
{
    unsigned expression = reloc_x86_64.kind(relocation->type)->expression;
    if (expression != RELOC_G_PLUS_GOT_PLUS_A_MINUS_P)
        return expression == RELOC_G_PLUS_A;
    struct reloc_load load = got_load(link, section, relocation);
    struct reloc_relaxed relaxed;
    return !reloc_x86_64.relax(&load, &relaxed);
}

static bool plan_relocation(struct link *link, struct section *section,
                            struct relocation relocation)
{
    struct symbol *symbol = symbol_at(link, section, relocation.symbol);
    if (symbol == link->got_name && symbol->state == SYMBOL_UNDEFINED) {
        link->is_got_named = true;
        return need_got(link);
    }
    if (reads_entry(link, section, &relocation))
        symbol->needs_got = true;
    switch (reloc_x86_64.kind(relocation.type)->expression) {
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
    case RELOC_G_PLUS_A:
    case RELOC_GOT_PLUS_A_MINUS_P:
    case RELOC_S_PLUS_A_MINUS_GOT:
        return need_got(link);
    default:
        return true;
    }
}

static bool plan_section(struct link *link, struct section *section)
{
    bool goes_in = section->state == SECTION_OPEN &&
                   (section->flags & SHF_ALLOC ||
                    link->request->output == BOOTLINK_IN_FILE);
    if (!goes_in || !section->relocation_count)
        return true;
    if (!relocations_check(link, section))
        return false;
    for (uint32_t i = 0; i < section->relocation_count; i++)
        if (!plan_relocation(link, section, relocation_at(section, i)))
            return false;
    return true;
}

/* ---- Which entry is whose? ---------------------------------------------- */

static void number(struct link *link, struct symbol *symbol)
{
    if (symbol->needs_got)
        symbol->got_index = link->got_count++;
}

static bool needs_got(const struct symbol *symbol)
{
    return symbol->needs_got;
}

static bool number_entries(struct link *link)
{
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 0; i < o->first_global && i < o->symbol_count; i++)
            number(link, o->symbols[i]);
    uint64_t count;
    struct symbol **globals = symbols_as_gnu_ld(link, needs_got, &count);
    for (uint64_t i = 0; globals && i < count; i++)
        number(link, globals[i]);
    number(link, &link->null_symbol);
    return globals != NULL;
}

static bool define_got_name(struct link *link, struct section *section)
{
    struct symbol *name = symbol_enter(link, GOT_NAME);
    if (!name || name->state != SYMBOL_UNDEFINED)
        return name != NULL;
    name->state = SYMBOL_DEFINED;
    name->object = section->object;
    name->section = section;
    name->type = STT_OBJECT;
    name->binding = STB_LOCAL;
    name->visibility = STV_DEFAULT;
    return true;
}

/* GNU ld makes .got.plt along with .got, if there is an entry in that or if
 * _GLOBAL_OFFSET_TABLE_, which points to it, is used. */
static bool make_got_plt(struct link *link)
{
    bool is_used = link->got_count || link->is_got_named;
    struct section *section = link->got_plt = section_make(
        link, link->got->object,
        (struct section){.name = SPAN(".got.plt"),
                         .type = SHT_PROGBITS,
                         .flags = SHF_ALLOC | SHF_WRITE,
                         .align = ENTRY_SIZE,
                         .entry_size = ENTRY_SIZE,
                         .size = is_used ? RESERVED_ENTRIES * ENTRY_SIZE : 0});
    return section && (!is_used || define_got_name(link, section));
}

bool got_plan(struct link *link)
{
    link->got_name = symbol_find(link, GOT_NAME);
    bool ok = true;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            ok &= plan_section(link, &o->sections[i]);
    if (!ok || !link->got)
        return ok;
    if (!number_entries(link))
        return false;
    link->got->size = link->got_count * ENTRY_SIZE;
    return make_got_plt(link);
}

/* ---- Contents ----------------------------------------------------------- */

static void fill_entry(struct link *link, const struct symbol *symbol)
{
    if (!symbol->needs_got)
        return;
    char *got = link->got->output->data + section_output_offset(link->got, 0);
    write64(got + symbol->got_index * ENTRY_SIZE, symbol_address(symbol));
}

void got_fill(struct link *link)
{
    if (!link->got || link->got->state != SECTION_PLACED ||
        !link->got->output->data)
        return;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 0; i < o->first_global && i < o->symbol_count; i++)
            fill_entry(link, o->symbols[i]);
    for (struct symbol *s = link->symbols.first; s; s = s->next)
        fill_entry(link, s);
    fill_entry(link, &link->null_symbol);
}
