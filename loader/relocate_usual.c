/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Applies the relocations of one section to its copy in the image
 * [gABI: Relocation], the usual ones here, all others in relocate.c.
 */
#include "merge.h"

/* Something has to be checked or reported at each reference, or S is not the
 * symbol's address. */
static bool is_special(const struct symbol *symbol)
{
    return symbol->needs_plt || symbol->has_warning ||
           symbol->type == STT_GNU_IFUNC || !symbol_has_address(symbol);
}

/* Finds what S is, once for all references. */
static enum symbol_operand settle_operand(struct symbol *symbol)
{
    bool is_plain = symbol_plain_address(symbol, &symbol->address);
    if (!is_plain)
        symbol->address = symbol_address(symbol);
    bool is_section = symbol->type == STT_SECTION && symbol->section;
    symbol->operand = is_special(symbol)                      ? OPERAND_SPECIAL
                      : is_section && symbol->section->merged ? OPERAND_MERGED
                                                              : OPERAND_PLAIN;
    return symbol->operand;
}

/* S, or that something is to be checked or reported. */
struct operand {
    uint64_t S;
    bool is_special;
};

/* symbol_operand() where it is not plain, or asked for the first time. Not in
 * line: what is usual needs the registers. */
static __attribute__((noinline)) struct operand
find_operand(struct symbol *symbol, int64_t addend)
{
    enum symbol_operand operand = symbol->operand;
    if (operand == OPERAND_UNKNOWN)
        operand = settle_operand(symbol);
    if (operand != OPERAND_MERGED)
        return (struct operand){symbol->address, operand == OPERAND_SPECIAL};
    uint64_t offset = symbol->value + (uint64_t)addend;
    const struct section *section = symbol->section;
    return (struct operand){section->output->address +
                                merged_place(section, offset) -
                                (uint64_t)addend,
                            offset > section->bytes.size};
}

/* Stores S + A, of 64 bits or of 32. False if it is another relocation, or does
 * not fit. */
static inline bool write_sum(const struct reloc_kind *kind, char *place,
                             uint64_t value)
{
    if (kind->expression != RELOC_S_PLUS_A)
        return false;
    if (kind->width == 8) {
        write64(place, value);
        return true;
    }
    uint64_t field = kind->range == RANGE_SIGNED ? (uint64_t)(int32_t)value
                                                 : (uint32_t)value;
    if (kind->width != 4 || field != value)
        return false;
    write32(place, (uint32_t)value);
    return true;
}

/* Likewise of S + A - P, of 32 bits, as two thirds of all are. */
static inline bool is_distance(const struct reloc_kind *kind)
{
    return kind->expression == RELOC_S_PLUS_A_MINUS_P && kind->width == 4 &&
           kind->range == RANGE_SIGNED;
}

/* Nearly all relocations are S + A or S + A - P, and their symbol has nothing
 * special. These take 30 instructions each, the others 300: so they have this
 * file, which is compiled to be fast. Applies those from `entry` on, at so many
 * bytes behind `offset` of the output section as they say, up to one that is
 * none of them, or does not fit: relocation_apply() says why. Returns where
 * that one is, or the end of all. */
static __attribute__((noinline)) const char *
apply_usual(const struct section *section, uint64_t offset, const char *entry,
            const char *end)
{
    char *data = section->output->data;
    uint64_t address = section->output->address;
    struct symbol *const *symbols = section->object->symbols;
    for (; entry < end; entry += sizeof(Elf64_Rela)) {
        struct relocation r = relocation_in_table(entry);
        uint64_t place = offset + r.offset; /* which may wrap to before it */
        const struct reloc_kind *kind = &reloc_x86_64.kinds[r.type];
        struct symbol *symbol = symbols[r.symbol];
        uint64_t S = symbol->address;
        if (symbol->operand != OPERAND_PLAIN) {
            struct operand operand = find_operand(symbol, r.addend);
            if (operand.is_special)
                break;
            S = operand.S;
        }
        uint64_t value = S + (uint64_t)r.addend;
        if (is_distance(kind)) {
            value -= address + place; /* P */
            if ((int64_t)value != (int32_t)value)
                break;
            write32(data + place, (uint32_t)value);
        } else if (!write_sum(kind, data + place, value)) {
            break;
        }
    }
    return entry;
}

/* Likewise in .eh_frame, whose records do not lie side by side as they did. */
static const char *apply_framed(const struct section *section,
                                const char *entry, const char *end)
{
    const char *next = entry;
    while (entry < end && next == entry) {
        uint64_t from = read64(entry);
        uint64_t offset = section_output_offset(section, from) - from;
        next = entry + sizeof(Elf64_Rela);
        entry = apply_usual(section, offset, entry, next);
    }
    return entry;
}

bool relocation_rewrite(char *place, uint64_t address, uint64_t S,
                        const struct reloc_relaxed *relaxed)
{
    const struct reloc_kind *kind = &reloc_x86_64.kinds[relaxed->type];
    uint64_t value = S + (uint64_t)relaxed->addend;
    if (kind->expression == RELOC_S_PLUS_A_MINUS_P)
        value -= address + relaxed->field;
    if (!reloc_fits(kind, value))
        return false;
    memcpy(place + relaxed->start, relaxed->bytes, relaxed->size);
    write32(place + relaxed->field, (uint32_t)value);
    return true;
}

/* A load from the GOT of what is plain. False if it is none, or needs the GOT:
 * relocation_apply() sees to it. */
static bool apply_load(struct link *link, const struct section *section,
                       struct relocation r)
{
    const struct symbol *symbol = symbol_at(section, r.symbol);
    if (symbol->operand != OPERAND_PLAIN || section->frame ||
        reloc_x86_64.kinds[r.type].expression !=
            RELOC_G_PLUS_GOT_PLUS_A_MINUS_P)
        return false;
    struct reloc_load load = got_load(link, section, &r);
    struct reloc_relaxed relaxed;
    uint64_t offset = section->offset + r.offset;
    return reloc_x86_64.relax(&load, &relaxed) &&
           relocation_rewrite(section->output->data + offset,
                              section->output->address + offset,
                              symbol->address, &relaxed);
}

bool section_relocate(struct link *link, const struct section *section)
{
    bool is_usual = !section->merged && section->has_addends;
    const char *all = section->relocations;
    if (!section->relocation_count)
        return true;
    const char *end =
        all + (size_t)section->relocation_count * sizeof(Elf64_Rela);
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        bool takes_next = false;
        if (is_usual) {
            const char *entry = all + (size_t)i * sizeof(Elf64_Rela);
            entry = section->frame
                        ? apply_framed(section, entry, end)
                        : apply_usual(section, section->offset, entry, end);
            if (entry == end)
                break;
            struct relocation r = relocation_in_table(entry);
            i = (uint32_t)((size_t)(entry - all) / sizeof(Elf64_Rela));
            if (apply_load(link, section, r))
                continue;
        }
        ok &= relocation_apply(link, section, i, &takes_next);
        i += takes_next;
    }
    return ok;
}
