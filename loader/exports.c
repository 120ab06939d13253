/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an image offers to others: the symbols that EXPORT_SYMBOL marks, or
 * every global of default visibility if it marks none; and the symbol table,
 * sorted by address, that backtraces and modules use.
 */
#include "loader.h"

#include <elf.h>

#define EXPORTS SPAN(".bootlink.exports")
#define INIT    SPAN(".bootlink.init")

/* ---- Marks -------------------------------------------------------------- */

/* A mark is a pointer, and so a relocation, to what it marks. */
static bool read_exports(struct link *link, const struct section *section)
{
    if (!relocations_check(link, section))
        return false;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation r = relocation_at(section, i);
        struct symbol *symbol = section->object->symbols[r.symbol];
        bool is_section = symbol->type == STT_SECTION;
        if (symbol->binding == STB_LOCAL)
            return link_error(link, BOOTLINK_UNSUPPORTED,
                              "%.*s: EXPORT_SYMBOL of '%.*s', which is %s",
                              SPAN_ARGS(section->object->name),
                              SPAN_ARGS(symbol->name),
                              is_section ? "a section; name the symbol itself "
                                           "(NASM: `dq name wrt ..sym`)"
                                         : "local; declare it without "
                                           "`static`");
        symbol->is_exported = true;
        link->has_exports = true;
    }
    return true;
}

static bool read_init(struct link *link, const struct section *section)
{
    if (!relocations_check(link, section))
        return false;
    if (section->relocation_count == 0)
        return true;
    if (link->init || section->relocation_count > 1)
        return link_error(link, BOOTLINK_DUPLICATE,
                          "%.*s: a second module_init; a module has one",
                          SPAN_ARGS(section->object->name));
    struct relocation r = relocation_at(section, 0);
    link->init = section->object->symbols[r.symbol];
    link->init_addend = r.addend;
    return true;
}

static bool read_marks(struct link *link, const struct section *section)
{
    if (section->state != SECTION_OPEN)
        return true;
    if (span_equal(section->name, EXPORTS))
        return read_exports(link, section);
    if (span_equal(section->name, INIT))
        return read_init(link, section);
    return true;
}

bool exports_collect(struct link *link)
{
    bool ok = true;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            ok &= read_marks(link, &o->sections[i]);
    return ok;
}

/* ---- The symbol table --------------------------------------------------- */

/* Symbols that somebody who looks at an address wants to see: not those of
 * sections and files, no compiler's local labels, and no thread-local
 * variables, of which each thread has its own. */
static bool is_listed(const struct symbol *symbol)
{
    if (symbol->name.size == 0 || symbol->type == STT_SECTION ||
        symbol->type == STT_FILE || symbol->type == STT_TLS ||
        span_starts(symbol->name, SPAN(".L")))
        return false;
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        return symbol->section->state == SECTION_PLACED &&
               symbol->section->flags & SHF_ALLOC;
    case SYMBOL_SCRIPT:
    case SYMBOL_ABSOLUTE:
        return true;
    default:
        return false;
    }
}

bool exports_offer(const struct link *link, const struct symbol *symbol)
{
    if (link->has_exports)
        return symbol->is_exported;
    return symbol->binding != STB_LOCAL && symbol->visibility == STV_DEFAULT;
}

static struct bootlink_symbol
entry_of(const struct link *link, const struct symbol *symbol, uint64_t address)
{
    return (struct bootlink_symbol){
        .name = symbol->name,
        .address = address,
        .size = symbol->size,
        .is_function =
            symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC,
        .is_exported = exports_offer(link, symbol),
    };
}

static inline void list_symbol(const struct link *link,
                               const struct symbol *symbol, struct keyed *list,
                               uint64_t *count)
{
    if (list)
        list[*count] =
            (struct keyed){symbol_target(link, symbol), (uintptr_t)symbol};
    ++*count;
}

/* Lists the symbols that the table has, with their addresses, or only counts
 * them if there is no list yet. */
static uint64_t list_symbols(const struct link *link, struct keyed *list)
{
    uint64_t count = 0;
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->first_global && i < o->symbol_count; i++)
            if (is_listed(o->symbols[i]))
                list_symbol(link, o->symbols[i], list, &count);
    for (const struct symbol *s = link->symbols.first; s; s = s->next)
        if (is_listed(s))
            list_symbol(link, s, list, &count);
    return count;
}

static bool fill_table(struct link *link)
{
    struct bootlink_image *image = link->image;
    uint64_t count = list_symbols(link, NULL);
    struct keyed *list = arena_array(&link->arena, count, struct keyed);
    struct keyed *room = arena_array(&link->arena, count, struct keyed);
    struct bootlink_symbol *table =
        arena_array(&link->arena, count, struct bootlink_symbol);
    if (!list || !room || !table)
        return false;
    list_symbols(link, list);
    sort_by_key(list, count, room);
    for (uint64_t i = 0; i < count; i++)
        table[i] = entry_of(link, (struct symbol *)(uintptr_t)list[i].item,
                            list[i].key);
    image->symbols = table;
    image->symbol_count = count;
    return true;
}

/* A script may discard the marks, and with them the relocations that would say
 * what is undefined. */
static bool check_mark(struct link *link, const struct symbol *symbol,
                       const char *mark)
{
    if (symbol_has_address(symbol))
        return true;
    return link_error(link, BOOTLINK_UNDEFINED,
                      "%s names '%.*s', which is not defined, or not in the "
                      "output; define it, or keep its section in the script",
                      mark, SPAN_ARGS(symbol->name));
}

static bool check_marks(struct link *link)
{
    bool ok = !link->init || check_mark(link, link->init, "module_init");
    for (struct symbol *s = link->symbols.first; s; s = s->next)
        if (s->is_exported)
            ok &= check_mark(link, s, "EXPORT_SYMBOL");
    return ok;
}

bool exports_fill(struct link *link)
{
    if (!check_marks(link))
        return false;
    if (link->init)
        link->image->init =
            symbol_operand(link->init, link->init_addend) + link->init_addend;
    return fill_table(link);
}
