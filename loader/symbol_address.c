/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a symbol is, when sections are placed: in its output section, and in
 * memory. A bare local gets its record when somebody asks for it (locals.h).
 */
#include "loader.h"

bool symbol_has_address(const struct symbol *symbol)
{
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        return symbol->section->state == SECTION_PLACED;
    case SYMBOL_SCRIPT:
        return symbol->is_valued;
    default:
        return symbol->state != SYMBOL_UNDEFINED;
    }
}

struct symbol *object_symbol(struct object *object, uint32_t index)
{
    return local_is_bare(object, index)
               ? object->link->scripts.local_record(object, index)
               : object->symbols[index].symbol;
}

struct symbol *symbol_at(const struct section *section, uint32_t index)
{
    return object_symbol(section->object, index);
}

struct section *symbol_section_at(const struct section *section, uint32_t index)
{
    const struct object *object = section->object;
    if (local_is_bare(object, index))
        return local_section(object, local_entry(object, index));
    const struct symbol *symbol = object->symbols[index].symbol;
    return symbol->state == SYMBOL_DEFINED ? symbol->section : NULL;
}

uint64_t symbol_output_offset(const struct symbol *symbol)
{
    const struct section *section = symbol->section;
    if (section->frame && symbol->binding == STB_LOCAL &&
        symbol->type > STT_OBJECT)
        return section->offset + symbol->value;
    return section_output_offset(section, symbol->value);
}

uint64_t symbol_address(const struct symbol *symbol)
{
    if (symbol->operand == OPERAND_PLAIN)
        return symbol->address; /* found by relocate.c, and final */
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        if (!symbol_has_address(symbol))
            return 0;
        return symbol->section->output->address + symbol_output_offset(symbol);
    case SYMBOL_SCRIPT:
        return (symbol->output ? symbol->output->address : 0) + symbol->value;
    case SYMBOL_ABSOLUTE:
    case SYMBOL_IMPORTED:
        return symbol->value;
    default:
        return 0; /* an undefined weak symbol [gABI: STB_WEAK] */
    }
}

uint64_t symbol_operand(const struct symbol *symbol, int64_t addend)
{
    const struct section *section = symbol->section;
    if (symbol->type != STT_SECTION || !symbol_has_address(symbol) ||
        !section || !section->merged)
        return symbol_address(symbol);
    return section->output->address +
           section_output_offset(section, symbol->value + (uint64_t)addend) -
           (uint64_t)addend;
}
