/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an image offers to others: the symbols that EXPORT_SYMBOL marks, or
 * every global of default visibility if it marks none; the functions that start
 * and end it; and the symbol table, sorted by address, that backtraces use.
 */
#include "loader.h"

#include <elf.h>

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
    if (link->marks.has_exports)
        return symbol->is_exported;
    if (symbol->state == SYMBOL_SCRIPT && link_is_module(link))
        return false; /* the layout's, as every module has it */
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

/* The symbols of the table are no more than these. */
static uint64_t most_symbols(const struct link *link)
{
    uint64_t most = link->symbols.count;
    for (const struct object *o = link->objects; o; o = o->next)
        most += o->first_global;
    return most;
}

static inline void list_symbol(const struct link *link,
                               const struct symbol *symbol, struct keyed *list,
                               uint64_t *count)
{
    if (is_listed(symbol))
        list[(*count)++] =
            (struct keyed){symbol_target(link, symbol), (uintptr_t)symbol};
}

/* Lists the symbols that the table has, with their addresses. */
static uint64_t list_symbols(const struct link *link, struct keyed *list)
{
    uint64_t count = 0;
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->first_global && i < o->symbol_count; i++)
            list_symbol(link, o->symbols[i], list, &count);
    for (const struct symbol *s = link->symbols.first; s; s = s->next)
        list_symbol(link, s, list, &count);
    return count;
}

static bool fill_table(struct link *link)
{
    struct bootlink_image *image = link->image;
    struct keyed *list =
        arena_array(&link->arena, most_symbols(link), struct keyed);
    if (!list)
        return false;
    uint64_t count = list_symbols(link, list);
    struct keyed *room = arena_array(&link->arena, count, struct keyed);
    struct bootlink_symbol *table =
        arena_array(&link->arena, count, struct bootlink_symbol);
    if (!room || !table)
        return false;
    sort_by_key(list, count, room);
    for (uint64_t i = 0; i < count; i++) {
        table[i] = entry_of(link, (struct symbol *)(uintptr_t)list[i].item,
                            list[i].key);
        image->export_count += table[i].is_exported;
    }
    image->symbols = table;
    image->symbol_count = count;
    return true;
}

/* What the symbol table does not list, no other image can use. */
static bool fill_exports(struct link *link)
{
    struct bootlink_image *image = link->image;
    struct bootlink_export *next =
        arena_array(&link->arena, image->export_count, struct bootlink_export);
    image->exports = next;
    for (uint64_t i = 0; next && i < image->symbol_count; i++) {
        const struct bootlink_symbol *symbol = &image->symbols[i];
        if (symbol->is_exported)
            *next++ = (struct bootlink_export){
                .name = symbol->name,
                .address = symbol->address,
                .name_space = marks_name_space(&link->marks, symbol->name),
            };
    }
    return image->exports;
}

/* ---- What the marks name ------------------------------------------------ */

/* A script may discard the marks, and with them the relocations that would say
 * what is undefined. */
static bool check_mark(struct link *link, const struct symbol *symbol,
                       const char *mark)
{
    if (symbol->state == SYMBOL_IMPORTED)
        return link_error(link, BOOTLINK_UNDEFINED,
                          "%s names '%.*s', which another image exports; it "
                          "is for what is defined here",
                          mark, SPAN_ARGS(symbol->name));
    if (symbol_has_address(symbol))
        return true;
    return link_error(link, BOOTLINK_UNDEFINED,
                      "%s names '%.*s', which is not defined, or not in the "
                      "output; define it, or keep its section in the script",
                      mark, SPAN_ARGS(symbol->name));
}

/* It is called. */
static bool check_code(struct link *link, const struct symbol *symbol,
                       const char *mark)
{
    if (!symbol)
        return true;
    if (!check_mark(link, symbol, mark))
        return false;
    if (symbol->state != SYMBOL_DEFINED ||
        symbol->section->flags & SHF_EXECINSTR)
        return true;
    return link_error(link, BOOTLINK_UNSUPPORTED,
                      "%s names '%.*s' in %.*s:(%.*s), which is no code; name "
                      "a function",
                      mark, SPAN_ARGS(symbol->name),
                      SPAN_ARGS(symbol->object->name),
                      SPAN_ARGS(symbol->section->name));
}

static bool check_marks(struct link *link)
{
    bool ok = check_code(link, link->marks.init.symbol, "module_init");
    ok &= check_code(link, link->marks.exit.symbol, "module_exit");
    for (struct symbol *s = link->symbols.first; s; s = s->next)
        if (s->is_exported)
            ok &= check_mark(link, s, "EXPORT_SYMBOL");
    return ok;
}

static uint64_t address_of(const struct marked *mark)
{
    return mark->symbol
               ? symbol_operand(mark->symbol, mark->addend) + mark->addend
               : 0;
}

/* Between two symbols of the script lie pointers to functions. */
static void find_array(const struct link *link, span start_name, span end_name,
                       uint64_t *array, uint64_t *count)
{
    const struct symbol *start = symbol_find(link, start_name);
    const struct symbol *end = symbol_find(link, end_name);
    if (!start || !end || start->state != SYMBOL_SCRIPT ||
        end->state != SYMBOL_SCRIPT ||
        symbol_address(end) <= symbol_address(start))
        return;
    *array = symbol_address(start);
    *count = (symbol_address(end) - symbol_address(start)) / 8;
}

static void describe_functions(struct link *link)
{
    struct bootlink_image *image = link->image;
    image->init = address_of(&link->marks.init);
    image->exit = address_of(&link->marks.exit);
    image->irelative = got_section_address(link->rela_iplt);
    if (image->irelative)
        image->irelative_count = link->rela_iplt->size / sizeof(Elf64_Rela);
    find_array(link, SPAN("__init_array_start"), SPAN("__init_array_end"),
               &image->init_array, &image->init_count);
    find_array(link, SPAN("__fini_array_start"), SPAN("__fini_array_end"),
               &image->fini_array, &image->fini_count);
}

bool exports_fill(struct link *link)
{
    if (!check_marks(link))
        return false;
    describe_functions(link);
    return fill_table(link) && fill_exports(link);
}
