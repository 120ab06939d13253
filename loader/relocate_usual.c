/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Applies the relocations of one section to its copy in the image
 * [gABI: Relocation], the usual ones here, all others in relocate.c.
 */
#include "merge.h"
#include "relax_usual_x86_64.h"
#include "reloc_types_x86_64.h"

enum { MANY_SYMBOLS = 32 << 10 };

/* Something has to be checked or reported at each reference, or S is not the
 * symbol's address. */
static bool is_special(const struct symbol *symbol)
{
    return symbol->needs_plt || symbol->has_warning ||
           symbol->type == STT_GNU_IFUNC || !symbol_has_address(symbol);
}

/* Finds what S is, once for all references: of a symbol that is not where it
 * was in its object, or that the script defines. */
static SELDOM APART enum symbol_operand settle_operand(struct symbol *symbol)
{
    bool is_section = symbol->type == STT_SECTION && symbol->section;
    symbol->address = symbol_address(symbol);
    symbol->operand = is_special(symbol)                      ? OPERAND_SPECIAL
                      : is_section && symbol->section->merged ? OPERAND_MERGED
                                                              : OPERAND_PLAIN;
    return symbol->operand;
}

/* Where a string or constant went: a reference to it has the addend of one. */
APART struct operand merged_operand(const struct section *section,
                                    uint64_t value, int64_t addend)
{
    uint64_t offset = value + (uint64_t)addend;
    uint64_t start = section->output->address - (uint64_t)addend;
    bool is_behind = offset > section->bytes.size;
    return (struct operand){start + merged_place(section, offset), is_behind};
}

/* symbol_operand() where it is not plain, or asked for the first time. Not in
 * line: what is usual needs the registers. */
APART struct operand find_operand(struct symbol *symbol, int64_t addend)
{
    enum symbol_operand operand = symbol->operand;
    if (operand == OPERAND_UNKNOWN)
        operand = symbol_settle_plain(symbol) ? OPERAND_PLAIN
                                              : settle_operand(symbol);
    if (operand == OPERAND_MERGED)
        return merged_operand(symbol->section, symbol->value, addend);
    return (struct operand){symbol->address, operand == OPERAND_SPECIAL};
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

/* A load from the GOT that compilers write, of what is plain. False if it is
 * another relocation, or does not fit. */
static bool apply_load(struct link *link, const struct section *section,
                       const char *entry)
{
    uint64_t from = relocation_offset(entry), to = section->offset + from;
    uint32_t type = relocation_type(entry);
    enum usual_load load =
        usual_load(section->bytes, from, type, relocation_addend(entry));
    if (!load)
        return false;
    const struct symbol *symbol = symbol_at(section, relocation_symbol(entry));
    bool is_thread_local = type == R_X86_64_GOTTPOFF;
    uint64_t S = symbol->address - (is_thread_local ? link->tls_end : 0);
    return got_relaxes_usual(link) && !section->frame &&
           !(is_thread_local && link_is_module(link)) &&
           symbol->operand == OPERAND_PLAIN &&
           symbol->state == SYMBOL_DEFINED &&
           !(symbol->section->flags & SHF_X86_64_LARGE) &&
           usual_load_rewrite(load, section->output->data + to,
                              section->output->address + to, S);
}

/* A call of an indirect function, by who is sure to link one. */
static bool apply_call(const struct link *link, const struct section *section,
                       const char *entry)
{
    return symbol_at(section, relocation_symbol(entry))->needs_plt &&
           link->scripts.ifunc_call &&
           link->scripts.ifunc_call(link, section, entry);
}

/* R_X86_64_NONE, without a symbol. */
static inline bool says_nothing(const char *entry)
{
    return read64(entry + offsetof(Elf64_Rela, r_info)) == 0;
}

/* Sections of one object at work. */
struct work {
    struct link *link;
    const struct section *section; /* the one whose turn it is */
    bool has_failed;
};

/* Any other than the usual ones, or one that does not fit. Returns the last one
 * that is done. */
static APART const char *apply_other(struct work *work, const char *entry)
{
    const struct section *section = work->section;
    uint64_t distance = (uint64_t)(entry - section->relocations);
    bool takes_next = false;
    if (says_nothing(entry) || apply_load(work->link, section, entry) ||
        apply_call(work->link, section, entry))
        return entry;
    if (!relocation_apply(work->link, section,
                          (uint32_t)(distance / sizeof(Elf64_Rela)),
                          &takes_next))
        work->has_failed = true;
    return takes_next ? entry + sizeof(Elf64_Rela) : entry;
}

/* SHT_REL, of which the psABI has none for x86-64. */
static SELDOM APART void apply_without_addends(struct work *work)
{
    const struct section *section = work->section;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        bool takes_next = false;
        if (!relocation_apply(work->link, section, i, &takes_next))
            work->has_failed = true;
        i += takes_next;
    }
}

/* Nearly all relocations are S + A or S + A - P, and their symbol has nothing
 * special. These take 22 instructions each, the others 300: so they have this
 * file, which is compiled to be fast. Applies those from `entry` to `end`, at
 * so many bytes behind `offset` of the output section as they say. */
static inline const char *apply_usual(struct work *work,
                                      const union symbol_ref *symbols,
                                      uint64_t offset, const char *entry,
                                      const char *end)
{
    const struct output_section *output = work->section->output;
    uintptr_t data = (uintptr_t)output->data + offset; /* may wrap */
    uint64_t address = output->address + offset;
    for (; entry < end; entry += sizeof(Elf64_Rela)) {
        union symbol_ref symbol = symbols[relocation_symbol(entry)];
        uint64_t value = symbol.at->address;
        if (symbol.at->operand != OPERAND_PLAIN) {
            struct operand operand =
                symbol.at->state == SYMBOL_BARE
                    ? work->link->scripts.local_operand(work->section, entry)
                    : find_operand(symbol.symbol, relocation_addend(entry));
            if (operand.is_special) {
                entry = apply_other(work, entry);
                continue;
            }
            value = operand.S;
        }
        value += (uint64_t)relocation_addend(entry);
        uint64_t place = relocation_offset(entry);
        uint32_t type = relocation_type(entry);
        if (RELOC_DISTANCES_X86_64 >> type & 1) {
            value -= address + place; /* P */
            if ((int64_t)value == (int32_t)value)
                write32((char *)(data + place), (uint32_t)value);
            else
                entry = apply_other(work, entry);
        } else if (!write_sum(&reloc_x86_64.kinds[type], (char *)(data + place),
                              value)) {
            entry = apply_other(work, entry);
        }
    }
    return entry;
}

/* The object's symbols. Of many symbols most are not in the cache: if a section
 * names most of its object's, they are asked for at once. 4 instructions for
 * each, and "huge" is relocated in four fifths of the time. The result is used:
 * gcc leaves out calls of what only asks. */
static inline const union symbol_ref *symbols_for(const struct link *link,
                                                  const struct section *section)
{
    const struct object *object = section->object;
    uint32_t count = object->symbol_count, first = object->first_global;
    if (link->symbols.count > MANY_SYMBOLS &&
        section->relocation_count > (count - first) / 2)
        for (uint32_t i = first; i < count; i++)
            __builtin_prefetch(object->symbols[i].at);
    return object->symbols;
}

/* All sections in one call, as most have ten relocations, and entering and
 * leaving two functions would be a quarter of the work. In .eh_frame records do
 * not lie side by side as they did. */
bool sections_relocate(struct link *link, struct section *const *sections,
                       uint64_t count)
{
    struct work work = {link, NULL, false};
    const union symbol_ref *symbols = symbols_for(link, sections[0]);
    struct section *const *last_section = sections + count;
    for (; sections < last_section; sections++) {
        const struct section *section = work.section = *sections;
        const char *entry = section->relocations;
        size_t size = section->relocation_count * sizeof(Elf64_Rela);
        if (!size)
            continue; /* there is no `entry` */
        /* got_plan() has looked at those of what is meant to be loaded. A
         * script may load more than that. */
        if (!section->seen && !relocations_look(link, section)) {
            work.has_failed = true;
            continue;
        }
        if (!section->has_addends) {
            apply_without_addends(&work);
            continue;
        }
        uint64_t offset = section->offset;
        const char *last = entry + size, *end = last;
        do {
            if (section->frame) {
                end = last;
                offset = link->scripts.eh_frame_run(section, entry, &end);
            }
            entry = apply_usual(&work, symbols, offset, entry, end);
        } while (entry < last);
    }
    return !work.has_failed;
}
