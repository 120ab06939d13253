/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Linker sets: where an output section has the name of a C variable, X, the
 * symbols __start_X and __stop_X are its ends, if anybody asks for them.
 * [GNU ld manual: Input Section Example] .startof.X and .sizeof.X tell the same
 * of any X. And __ehdr_start, where the file's
 * header is in memory.
 */
#include "loader.h"

#include <elf.h>

#define START SPAN("__start_")
#define STOP  SPAN("__stop_")

bool start_stop_can_name(span name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.size > 0;
}

bool start_stop_names(span symbol, span *section)
{
    span prefix = span_starts(symbol, START) ? START : STOP;
    *section = span_part(symbol, prefix.size, symbol.size - prefix.size);
    return span_starts(symbol, prefix) && start_stop_can_name(*section);
}

/* The first output section of that name that is in the output. */
static struct output_section *find_output(const struct link *link, span name)
{
    struct output_section *output = output_named(link, name);
    while (output && output->is_removed)
        output = output->next_namesake;
    return output;
}

static bool has_namesake(const struct output_section *output)
{
    const struct command *c = output->statement->commands;
    for (; c; c = c->next)
        for (uint64_t i = 0;
             c->kind == COMMAND_INPUT && i < c->input->matched.count; i++)
            if (span_equal(c->input->matched.items[i]->name, output->name))
                return true;
    return false;
}

/* The first output section of that name with inputs of that name, be they
 * empty, and it not in the output. */
static struct output_section *find_set(const struct link *link, span name)
{
    struct output_section *output = output_named(link, name);
    while (output && !has_namesake(output))
        output = output->next_namesake;
    return output;
}

/* As those say that refer to it, or else as -z says. */
static uint8_t visibility_of(const struct bootlink_request *request,
                             uint8_t referred)
{
    if (referred != STV_DEFAULT)
        return referred;
    return request->has_start_stop_visibility
               ? (uint8_t)request->start_stop_visibility
               : STV_PROTECTED;
}

static void define(const struct link *link, struct symbol *symbol)
{
    span name;
    if (!start_stop_names(symbol->name, &name))
        return;
    struct output_section *output = find_set(link, name);
    if (!output)
        return;
    bool is_stop = span_starts(symbol->name, STOP);
    symbol->state = SYMBOL_SCRIPT;
    symbol->binding = STB_GLOBAL;
    symbol->visibility = visibility_of(link->request, symbol->visibility);
    symbol->object = NULL;
    symbol->output = output;
    symbol->value = is_stop ? output->size : 0;
    symbol->is_valued = true;
}

/* .startof.NAME and .sizeof.NAME, which assemblers make of operators. */
static void define_measure(const struct link *link, struct symbol *symbol)
{
    bool is_size = span_starts(symbol->name, SPAN(".sizeof."));
    size_t prefix = is_size ? sizeof(".sizeof.") - 1 : sizeof(".startof.") - 1;
    if (symbol->state != SYMBOL_UNDEFINED ||
        (!is_size && !span_starts(symbol->name, SPAN(".startof."))))
        return;
    struct output_section *output = find_output(
        link, span_part(symbol->name, prefix, symbol->name.size - prefix));
    if (!output)
        return;
    symbol->state = SYMBOL_SCRIPT;
    symbol->binding = STB_LOCAL;
    symbol->object = NULL;
    symbol->output = is_size ? NULL : output;
    symbol->value = is_size ? output->size : 0;
    symbol->is_valued = true;
}

void start_stop_define(struct link *link)
{
    for (struct symbol *s = link->symbols.first; s; s = s->next) {
        if (s->state != SYMBOL_UNDEFINED)
            continue;
        define(link, s);
        define_measure(link, s);
    }
}

/* ---- __ehdr_start ------------------------------------------------------- */

static const struct program_header *file_header_segment(const struct link *link)
{
    const struct program_header *h = link->headers;
    while (h && !(h->type == PT_LOAD && (h->has_file_header || h->is_headers)))
        h = h->next;
    return h;
}

/* Of that segment, or else of one behind it. */
static struct output_section *first_section(const struct program_header *header)
{
    for (; header; header = header->next)
        if (header->type == PT_LOAD && header->section_count)
            return header->sections[0];
    return NULL;
}

void ehdr_start_define(struct link *link)
{
    struct symbol *symbol = symbol_find(link, SPAN("__ehdr_start"));
    const struct program_header *header = file_header_segment(link);
    if (!symbol || symbol->state != SYMBOL_UNDEFINED || !header)
        return;
    struct output_section *output = first_section(header);
    symbol->state = SYMBOL_SCRIPT;
    symbol->binding = STB_LOCAL;
    symbol->object = NULL;
    symbol->output = output;
    symbol->value = header->address - (output ? output->address : 0);
    symbol->is_valued = true;
}
