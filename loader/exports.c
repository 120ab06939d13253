/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an image offers to others: the symbols that EXPORT_SYMBOL marks, or
 * every global of default visibility if it marks none; and the functions that
 * start and end it.
 */
#include "loader.h"

#include <elf.h>

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
    const struct symbol *s =
        link->marks.has_exports ? link->symbols.first : NULL;
    for (; s; s = s->next)
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
    return symbols_by_address(link);
}
