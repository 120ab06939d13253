/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Applies one relocation of a section, whatever it is, to the section's copy in
 * the image [gABI: Relocation]: operands, value, range, store.
 *
 * Types, symbols and places were checked by relocations_look(); what can still
 * go wrong is a symbol without a definition and a value that does not fit.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

enum { MOST_PLACES = 3 }; /* of one undefined symbol that are shown */

/* One relocation with all that its messages and operands need. */
struct patch {
    struct link *link;
    const struct section *section;
    struct relocation relocation;
    struct symbol *symbol;
    char *place;      /* where to write */
    uint64_t address; /* P */
};

/* ---- Messages ----------------------------------------------------------- */

static span symbol_label(const struct symbol *symbol)
{
    return symbol->name.size ? symbol->name : SPAN("(no symbol)");
}

/* An error, or a warning if that is asked for. */
static bool report_undefined(const struct patch *p)
{
    struct symbol *symbol = p->symbol;
    span name = symbol->name;
    enum bootlink_unresolved unresolved = p->link->request->unresolved;
    bool goes_on = unresolved != BOOTLINK_UNRESOLVED_ERROR;
    if (unresolved == BOOTLINK_UNRESOLVED_IGNORED ||
        symbol->reported > MOST_PLACES)
        return goes_on;
    symbol->reported++;
    char buffer[1536];
    span text =
        symbol->reported > MOST_PLACES
            ? text_print(buffer, sizeof(buffer),
                         "more undefined references to '%.*s' follow",
                         SPAN_ARGS(name))
            : link_describe_undefined(p->link, name, buffer, sizeof(buffer));
    if (!goes_on)
        return link_error_in(p->link, p->section, p->relocation.offset,
                             BOOTLINK_UNDEFINED, "%.*s", SPAN_ARGS(text));
    link_warning_in(p->link, p->section, p->relocation.offset,
                    BOOTLINK_UNDEFINED, "%.*s", SPAN_ARGS(text));
    return true;
}

bool report_discarded(struct link *link, const struct section *section,
                      uint64_t offset, const struct symbol *symbol)
{
    const struct section *home = symbol->section;
    return link_error_in(link, section, offset, BOOTLINK_UNDEFINED,
                         "'%.*s' is defined in %.*s:(%.*s), which was "
                         "discarded; keep that section in the script",
                         SPAN_ARGS(symbol_label(symbol)),
                         SPAN_ARGS(home->object->name), SPAN_ARGS(home->name));
}

/* The likely cause of a value that does not fit. [psABI 3.5.1: Code Models] */
static const char *likely_cause(const struct reloc_kind *kind)
{
    if (kind->width < 4)
        return "the code is for a smaller address range: place it lower, or "
               "use wider fields";
    if (kind->expression != RELOC_S_PLUS_A)
        return "place the two within 2 GiB of each other, or compile with "
               "-mcmodel=large";
    return kind->range == RANGE_UNSIGNED
               ? "such code must lie in the lowest 4 GiB: compile with "
                 "-mcmodel=kernel -fno-pie for the top 2 GiB"
               : "such code must lie in the top or bottom 2 GiB: change the "
                 "script's address, or compile with -mcmodel=large or -fpie";
}

static span range_text(const struct reloc_kind *kind, char *buffer, size_t size)
{
    unsigned bits = kind->width * 8u;
    if (kind->range == RANGE_UNSIGNED)
        return text_print(buffer, size, "[0, 2^%u)", bits);
    if (kind->range == RANGE_SIGNED)
        return text_print(buffer, size, "[-2^%u, 2^%u)", bits - 1, bits - 1);
    return text_print(buffer, size, "[-2^%u, 2^%u)", bits, bits);
}

static bool report_range(const struct patch *p, uint32_t type, uint64_t value)
{
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, type);
    char buffer[32];
    span range = range_text(kind, buffer, sizeof(buffer));
    span where =
        p->symbol->object ? p->symbol->object->name : p->link->script_name;
    return link_error_in(
        p->link, p->section, p->relocation.offset, BOOTLINK_RANGE,
        "%s to '%.*s' out of range: 0x%llx is not in %.*s\n"
        "    defined in %.*s; %s",
        reloc_x86_64.name(type), SPAN_ARGS(symbol_label(p->symbol)),
        (unsigned long long)value, SPAN_ARGS(range), SPAN_ARGS(where),
        likely_cause(kind));
}

/* ---- The symbol --------------------------------------------------------- */

/* Behind a merged section are others' strings: nobody can mean these. */
static void check_end(const struct patch *p)
{
    const struct section *to = p->symbol->section;
    if (p->symbol->type != STT_SECTION || symbol_is_gone(p->symbol) || !to ||
        !to->merged)
        return;
    uint64_t offset = p->symbol->value + (uint64_t)p->relocation.addend;
    if (offset > to->bytes.size && p->symbol->reported < MOST_PLACES) {
        p->symbol->reported++;
        link_warning_in(p->link, p->section, p->relocation.offset,
                        BOOTLINK_CORRUPT,
                        "reference to %.*s%+lld, which is not in that section "
                        "and, as its strings are merged, nowhere else; build "
                        "the file again",
                        SPAN_ARGS(to->name), (long long)offset);
    }
}

/* False after an error. */
static bool check_symbol(const struct patch *p)
{
    const struct symbol *symbol = p->symbol;
    if (p->relocation.symbol == 0)
        return true;
    check_end(p);
    if (symbol->has_warning)
        p->link->scripts.warnings_report(p->link, p->section,
                                         p->relocation.offset, p->symbol);
    if (symbol->state == SYMBOL_UNDEFINED)
        return symbol->binding == STB_WEAK || symbol->may_be_undefined ||
               report_undefined(p);
    /* Debug sections may name what is gone, others may not. */
    return !symbol_is_gone(symbol) || section_is_debugging(p->section) ||
           report_discarded(p->link, p->section, p->relocation.offset, symbol);
}

bool is_unwind_table(const struct section *section)
{
    span name = section->name;
    return span_equal(name, SPAN(".eh_frame")) ||
           span_equal(name, SPAN(".sframe")) ||
           span_equal(name, SPAN(".gcc_except_table"));
}

/* ---- The value ---------------------------------------------------------- */

static bool is_placed(const struct section *section)
{
    return section && section->state == SECTION_PLACED;
}

/* S, of a relocation with that addend. */
static uint64_t operand(const struct patch *p, int64_t addend)
{
    if (p->symbol->operand == OPERAND_PLAIN)
        return p->symbol->address;
    return p->symbol->needs_plt ? symbol_target(p->link, p->symbol)
                                : symbol_operand(p->symbol, addend);
}

static uint64_t evaluate(const struct patch *p, const struct reloc_kind *kind)
{
    struct reloc_operands operands = {
        .S = operand(p, p->relocation.addend),
        .A = p->relocation.addend,
        .Z = p->symbol->size,
        .P = p->address,
        .TLS = p->link->tls_start,
        .TP = p->link->tls_end,
    };
    /* Code counts from the thread pointer: in local-dynamic accesses, too, that
     * is what it now gets. Debug sections count from the template. */
    if (p->section->flags & SHF_EXECINSTR)
        operands.TLS = operands.TP;
    if (kind->expression >= RELOC_G_PLUS_GOT_PLUS_A_MINUS_P) {
        operands.GOT = got_section_address(p->link->got_plt);
        operands.G = got_entry_address(p->link, p->symbol) - operands.GOT;
    }
    return reloc_evaluate(kind, &operands);
}

static bool apply(const struct patch *p)
{
    const struct reloc_kind *kind =
        reloc_kind(&reloc_x86_64, p->relocation.type);
    uint64_t value = evaluate(p, kind);
    if (!reloc_fits(kind, value))
        return report_range(p, p->relocation.type, value);
    reloc_write(kind, p->place, value);
    return true;
}

/* What a debug section says of code that is gone: of a COMDAT copy what it
 * would say of the one that stays, else nothing. That is 0, or 1 where two
 * zeros would end a list. */
static bool apply_gone(struct patch p)
{
    const struct reloc_kind *kind =
        reloc_kind(&reloc_x86_64, p.relocation.type);
    struct symbol moved = *p.symbol;
    moved.section = p.symbol->section->stays;
    if (moved.section && moved.section->state == SECTION_PLACED) {
        p.symbol = &moved;
        return apply(&p);
    }
    bool is_list = span_equal(p.section->name, SPAN(".debug_ranges"));
    reloc_write(kind, p.place, is_list);
    return true;
}

/* What the GOT is needed for: an entry of it, or its address. The script may
 * have discarded it, may load what is not meant to be, or may have redefined a
 * symbol that was near. */
static bool apply_got(const struct patch *p)
{
    unsigned expression =
        reloc_kind(&reloc_x86_64, p->relocation.type)->expression;
    bool by_entry = expression == RELOC_G_PLUS_GOT_PLUS_A_MINUS_P;
    bool has_entry = got_has_entry(p->link, p->symbol);
    if ((has_entry || !(by_entry || expression == RELOC_G_PLUS_A)) &&
        (by_entry || is_placed(p->link->got_plt)))
        return apply(p);
    return link_error_in(p->link, p->section, p->relocation.offset,
                         BOOTLINK_LAYOUT,
                         "%s to '%.*s' needs .got or .got.plt, and there is "
                         "none; keep *(.got) and *(.got.plt) in the script, or "
                         "compile with -fno-pic",
                         reloc_x86_64.name(p->relocation.type),
                         SPAN_ARGS(symbol_label(p->symbol)));
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

static bool try_relaxed(const struct patch *p,
                        const struct reloc_relaxed *relaxed)
{
    return relocation_rewrite(p->place, p->address, operand(p, relaxed->addend),
                              relaxed);
}

/* A GOT load that needs no GOT: an immediate, or else relative to the place. */
static bool apply_load(const struct patch *p)
{
    struct reloc_load load = got_load(p->link, p->section, &p->relocation);
    struct reloc_relaxed relaxed;
    if (!reloc_x86_64.relax(&load, &relaxed))
        return apply_got(p);
    uint32_t first = relaxed.type;
    if (try_relaxed(p, &relaxed))
        return true;
    load.pc_relative = true;
    if (reloc_x86_64.relax(&load, &relaxed) && try_relaxed(p, &relaxed))
        return true;
    return report_range(p, first, symbol_address(p->symbol));
}

/* ---- Thread-local variables --------------------------------------------- */

static bool report_sequence(const struct patch *p)
{
    return link_error_in(p->link, p->section, p->relocation.offset,
                         BOOTLINK_UNSUPPORTED,
                         "%s to '%.*s' is not in a code sequence that the "
                         "psABI has for it, and cannot become local-exec; "
                         "compile with -ftls-model=local-exec, or use @tpoff "
                         "in assembly",
                         reloc_x86_64.name(p->relocation.type),
                         SPAN_ARGS(symbol_label(p->symbol)));
}

/* Rewrites an access to a thread-local variable, and says whether the next
 * relocation is used up. A weak variable that nobody defines has no offset to
 * speak of: as in GNU ld, whatever comes out. */
static bool apply_tls(const struct patch *p, uint32_t i, bool *takes_call)
{
    if (link_is_module(p->link))
        return link_error_in(p->link, p->section, p->relocation.offset,
                             BOOTLINK_UNSUPPORTED,
                             "a module cannot use the thread-local variable "
                             "'%.*s'; let a function of the kernel return it",
                             SPAN_ARGS(symbol_label(p->symbol)));
    struct tls_access access = tls_access(p->section, i);
    struct tls_local_exec local;
    if (!p->link->scripts.local_exec(&access, &local))
        return report_sequence(p);
    memcpy(p->place + local.start, local.bytes, local.size);
    *takes_call = local.takes_call;
    if (!local.has_field)
        return true;
    const struct reloc_kind *kind =
        reloc_kind(&reloc_x86_64, p->relocation.type);
    uint64_t value = evaluate(p, kind);
    if (!reloc_fits(kind, value) && p->symbol->state != SYMBOL_UNDEFINED)
        return report_range(p, p->relocation.type, value);
    reloc_write(kind, p->place + local.field, value);
    return true;
}

/* ---- Any relocation ----------------------------------------------------- */

/* What GNU ld does not relocate: in debug sections, pointers to indirect
 * functions. What the program relocates: late ones. Neither has an addend. */
static bool is_left(const struct patch *p)
{
    bool is_note = p->section->type == SHT_NOTE;
    return symbol_is_ifunc(p->symbol) &&
           (ifunc_is_late(p->section, &p->relocation, p->symbol) ||
            !(p->section->flags & SHF_ALLOC || is_note));
}

static bool report_addend(const struct patch *p)
{
    return link_error_in(p->link, p->section, p->relocation.offset,
                         BOOTLINK_UNSUPPORTED,
                         "a pointer into the indirect function '%.*s': 0x%llx "
                         "bytes behind its start there may be anything; point "
                         "to its start",
                         SPAN_ARGS(symbol_label(p->symbol)),
                         (unsigned long long)p->relocation.addend);
}

/* Without one of its tables a call of an indirect function goes nowhere. */
static bool check_tables(const struct patch *p)
{
    const struct section *discarded =
        symbol_is_ifunc(p->symbol) && p->section->flags & SHF_ALLOC
            ? ifunc_discarded(p->link, p->symbol)
            : NULL;
    if (!discarded)
        return true;
    return link_error(
        p->link, BOOTLINK_LAYOUT,
        "%.*s:(%.*s+0x%llx): %s to the indirect function '%.*s' needs %.*s, "
        "which the script discards; keep *(.iplt), *(.igot.plt) and "
        "*(.rela.iplt)",
        SPAN_ARGS(p->section->object->name), SPAN_ARGS(p->section->name),
        (unsigned long long)p->relocation.offset,
        reloc_x86_64.name(p->relocation.type),
        SPAN_ARGS(symbol_label(p->symbol)), SPAN_ARGS(discarded->name));
}

/* What the kind of relocation calls for. */
static bool apply_kind(const struct patch *p, uint32_t i, bool *takes_call)
{
    switch (reloc_kind(&reloc_x86_64, p->relocation.type)->expression) {
    case RELOC_TLS_OFFSET:
    case RELOC_TLS_CODE:
        return apply_tls(p, i, takes_call);
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
        return apply_load(p);
    case RELOC_G_PLUS_A:
    case RELOC_GOT_PLUS_A_MINUS_P:
    case RELOC_S_PLUS_A_MINUS_GOT:
        return apply_got(p);
    default:
        return apply(p);
    }
}

/* Against a symbol of which something is to be checked. */
static bool apply_special(const struct patch *p, uint32_t i, bool *takes_call)
{
    if (!check_symbol(p))
        return false;
    if (p->relocation.type == R_X86_64_NONE)
        return true;
    if (symbol_is_gone(p->symbol))
        return apply_gone(*p);
    if (!check_tables(p))
        return false;
    if (is_left(p))
        return p->relocation.addend == 0 || !(p->section->flags & SHF_ALLOC) ||
               report_addend(p);
    return apply_kind(p, i, takes_call);
}

bool relocation_apply(struct link *link, const struct section *section,
                      uint32_t i, bool *takes_next)
{
    const struct output_section *output = section->output;
    struct relocation r = relocation_at(section, i);
    uint64_t offset = section_output_offset(section, r.offset);
    struct patch patch = {link,
                          section,
                          r,
                          symbol_at(section, r.symbol),
                          output->data + offset,
                          output->address + offset};
    if (patch.symbol->operand == OPERAND_PLAIN)
        return apply_kind(&patch, i, takes_next);
    if (!symbol_is_gone(patch.symbol) || !is_unwind_table(section))
        return apply_special(&patch, i, takes_next);
    reloc_write(reloc_kind(&reloc_x86_64, r.type), patch.place, 0);
    return true;
}
