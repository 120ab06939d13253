/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The global offset table [psABI 5.2]: a table of addresses for code that loads
 * an address instead of computing it. got_loads.c finds out who needs an entry;
 * here is what they get.
 *
 * As in GNU ld, entries of local symbols come first, object by object, then
 * those of globals; .got and an empty .got.plt belong to the first object.
 */
#include "loader.h"

#include <elf.h>

#define GOT_NAME SPAN("_GLOBAL_OFFSET_TABLE_")

enum {
    ENTRY_SIZE = 8,
    RESERVED_ENTRIES = 3, /* of .got.plt, for a dynamic linker */
};

/* ---- Which entry is whose? ---------------------------------------------- */

static void number(struct link *link, struct symbol *symbol)
{
    ifunc_number(link, symbol);
    if (symbol->needs_got)
        symbol->got_index = link->got_count++;
}

static void number_locals(struct link *link, bool are_ifuncs)
{
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 0; o->has_local_entries && i < o->first_global; i++)
            if (!local_is_bare(o, i) &&
                symbol_is_ifunc(o->symbols[i].symbol) == are_ifuncs)
                number(link, o->symbols[i].symbol);
}

static bool number_entries(struct link *link)
{
    if (!symbols_sort_as_gnu_ld(link, &link->got_globals))
        return false;
    number_locals(link, false);
    for (uint64_t i = 0; i < link->got_globals.count; i++)
        number(link, link->got_globals.items[i]);
    number_locals(link, true);
    number(link, &link->null_symbol);
    return true;
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

/* GNU ld has these sections in every link, though mostly with nothing in them,
 * and .got.plt with its reserved entries if there is an entry in .got or .iplt,
 * or if _GLOBAL_OFFSET_TABLE_, which points to it, is used. SHT_NULL: orphans
 * do not join what has such a section first. */
static bool make_sections(struct link *link)
{
    bool is_used = link->is_got_used || link->plt_count;
    struct section *rela =
        section_make_table(link, ".rela.got", SHT_RELA, 0, ENTRY_SIZE, 0);
    link->got = section_make_table(link, ".got", SHT_PROGBITS, SHF_WRITE,
                                   ENTRY_SIZE, link->got_count * ENTRY_SIZE);
    link->got_plt =
        section_make_table(link, ".got.plt", SHT_NULL, SHF_WRITE, ENTRY_SIZE,
                           is_used ? RESERVED_ENTRIES * ENTRY_SIZE : 0);
    if (!rela || !link->got || !link->got_plt)
        return false;
    rela->entry_size = sizeof(Elf64_Rela);
    link->got_plt->entry_size = is_used ? ENTRY_SIZE : 0;
    return (!is_used || define_got_name(link, link->got_plt)) &&
           ifunc_make_sections(link);
}

bool got_plan(struct link *link)
{
    link->got_name = symbol_find(link, GOT_NAME);
    return got_plan_loads(link) && ifunc_offer(link) && number_entries(link) &&
           make_sections(link);
}

/* ---- Addresses ---------------------------------------------------------- */

uint64_t got_section_address(const struct section *section)
{
    return section && section->state == SECTION_PLACED
               ? section->output->address + section_output_offset(section, 0)
               : 0;
}

bool got_has_entry(const struct link *link, const struct symbol *symbol)
{
    const struct section *section =
        symbol->needs_got ? link->got : link->igot_plt;
    return symbol_has_entry(symbol) && section &&
           section->state == SECTION_PLACED;
}

uint64_t got_entry_address(const struct link *link, const struct symbol *symbol)
{
    if (symbol->needs_got)
        return got_section_address(link->got) + symbol->got_index * ENTRY_SIZE;
    return got_section_address(link->igot_plt) +
           symbol_plt_index(symbol) * ENTRY_SIZE;
}

/* ---- Contents ----------------------------------------------------------- */

/* Of an indirect function without a PLT entry, the program fills it in. */
static void fill_entry(struct link *link, const struct symbol *symbol)
{
    if (!symbol->needs_got || (symbol_is_ifunc(symbol) && !symbol->needs_plt))
        return;
    char *got = link->got->output->data + section_output_offset(link->got, 0);
    write64(got + symbol->got_index * ENTRY_SIZE, symbol_target(link, symbol));
}

static bool is_written(const struct section *section)
{
    return section && section->state == SECTION_PLACED && section->output->data;
}

bool got_fill(struct link *link)
{
    if (is_written(link->got)) {
        for (struct object *o = link->objects; o; o = o->next)
            for (uint32_t i = 0; o->has_local_entries && i < o->first_global;
                 i++)
                if (!local_is_bare(o, i))
                    fill_entry(link, o->symbols[i].symbol);
        for (uint64_t i = 0; i < link->got_globals.count; i++)
            fill_entry(link, link->got_globals.items[i]);
        fill_entry(link, &link->null_symbol);
    }
    return ifunc_fill(link);
}
