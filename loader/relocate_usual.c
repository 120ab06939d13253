/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Applies the relocations of one section to its copy in the image
 * [gABI: Relocation], the usual ones here, all others in relocate.c.
 */
#include "merge.h"

static enum symbol_operand operand_of(const struct symbol *symbol)
{
    if (!symbol_has_address(symbol) || symbol->needs_plt ||
        symbol->has_warning || symbol_is_ifunc(symbol))
        return OPERAND_SPECIAL;
    bool is_section = symbol->type == STT_SECTION && symbol->section;
    return is_section && symbol->section->merged ? OPERAND_MERGED
                                                 : OPERAND_PLAIN;
}

/* Finds S, if there is nothing to check or to report; an address once for all
 * references. */
static inline bool usual_operand(struct symbol *symbol, int64_t addend,
                                 uint64_t *S)
{
    if (symbol->operand == OPERAND_UNKNOWN) {
        if (!symbol_plain_address(symbol, &symbol->address))
            symbol->address = symbol_address(symbol);
        symbol->operand = operand_of(symbol);
    }
    *S = symbol->address;
    if (symbol->operand == OPERAND_PLAIN)
        return true;
    uint64_t offset = symbol->value + (uint64_t)addend;
    const struct section *section = symbol->section;
    if (symbol->operand == OPERAND_SPECIAL || offset > section->bytes.size)
        return false;
    /* symbol_operand() */
    *S = section->output->address + merged_place(section, offset) -
         (uint64_t)addend;
    return true;
}

/* Of 32 bits with a sign they nearly all are. */
static inline bool write_if_fits(const struct reloc_kind *kind, char *place,
                                 uint64_t value)
{
    bool is_usual = kind->width == 4 && kind->range == RANGE_SIGNED;
    if (is_usual ? (int64_t)value != (int32_t)value : !reloc_fits(kind, value))
        return false;
    if (is_usual)
        write32(place, (uint32_t)value);
    else
        reloc_write(kind, place, value);
    return true;
}

/* Nearly all relocations are S + A or S + A - P, and their symbol has nothing
 * special. These take 45 instructions each, the others 300: so
 * they have this file, which is compiled to be fast. False if the i-th
 * is another one, or if it does not fit: relocation_apply() says why. */
static inline bool apply_usual(const struct section *section, char *data,
                               uint64_t address, uint32_t i)
{
    struct relocation r = relocation_in_table(section, i);
    const struct reloc_kind *kind = &reloc_x86_64.kinds[r.type];
    struct symbol *symbol = symbol_at(section, r.symbol);
    bool is_relative = kind->expression == RELOC_S_PLUS_A_MINUS_P;
    uint64_t S;
    if (!(is_relative || kind->expression == RELOC_S_PLUS_A) ||
        !usual_operand(symbol, r.addend, &S))
        return false;
    uint64_t value =
        S + (uint64_t)r.addend - (is_relative ? address + r.offset : 0);
    return write_if_fits(kind, data + r.offset, value);
}

bool section_relocate(struct link *link, const struct section *section)
{
    char *data = section->output->data + section->offset;
    uint64_t address = section->output->address + section->offset;
    bool is_usual = !section->merged && !section->frame && section->has_addends;
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        bool takes_next = false;
        if (is_usual && apply_usual(section, data, address, i))
            continue;
        ok &= relocation_apply(link, section, i, &takes_next);
        i += takes_next;
    }
    return ok;
}
