/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Records of local symbols, for those who want more of them than where they
 * are.
 *
 * Receives locals that elf_symbols_usual.c has checked. Afterwards all who ask
 * for one of them get the same record.
 */
#include "loader.h"

/* A section's symbol has its name, if it has none of its own. */
static span name_of(const struct object *object, const char *entry)
{
    span name = span_of(local_name(object, entry));
    return name.size == 0 && local_type(entry) == STT_SECTION
               ? local_section(object, entry)->name
               : name;
}

struct symbol *local_record(struct object *object, uint32_t index)
{
    struct link *link = object->link;
    const char *entry = local_entry(object, index);
    struct symbol *symbol = arena_new(&link->arena, struct symbol);
    if (!symbol)
        return &link->null_symbol;
    symbol->name = name_of(object, entry); /* all else is 0 */
    symbol->object = object;
    symbol->section = index ? local_section(object, entry) : NULL;
    symbol->value = local_value(entry);
    symbol->size = local_size(entry);
    symbol->state = index ? SYMBOL_DEFINED : SYMBOL_UNDEFINED;
    symbol->type = local_type(entry);
    object->symbols[index].symbol = symbol;
    return symbol;
}

/* ---- Places -------------------------------------------------------------- */

static bool refill(struct link *link)
{
    enum { AT_ONCE = 64 };
    if (link->spare_places)
        return true;
    link->spare_place =
        arena_room(&link->arena, AT_ONCE, sizeof(struct symbol_place));
    link->spare_places = link->spare_place ? AT_ONCE : 0;
    return link->spare_place;
}

/* A label in a merged section is where its string went; from the section's own
 * symbol each reference counts for itself. */
void local_settle(struct object *object, uint32_t index)
{
    const char *entry = local_entry(object, index);
    const struct section *section = local_section(object, entry);
    bool is_section = local_type(entry) == STT_SECTION;
    uint64_t value = local_value(entry);
    if (section->state != SECTION_PLACED || section->frame ||
        (section->merged && is_section && value) || !refill(object->link))
        local_record(object, index);
    else if (section->merged && is_section)
        local_place(object, index, OPERAND_MERGED)->section = section;
    else
        local_place(object, index, OPERAND_PLAIN)->address =
            section->output->address + section_output_offset(section, value);
}
