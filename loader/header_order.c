/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of section headers, which is GNU ld's: an output section comes to
 * the end of the list when something first goes into it, or when an expression
 * asks for it; that of an orphan comes behind the one that it is placed behind.
 * Symbols that are near no section look for one in that order.
 */
#include "loader.h"

void output_list_behind(struct link *link, struct output_section *output,
                        struct output_section *before)
{
    struct output_section **next =
        before ? &before->next_listed : &link->first_listed;
    output->is_listed = true;
    output->listed_before = before;
    output->next_listed = *next;
    if (*next)
        (*next)->listed_before = output;
    else
        link->last_listed = output;
    *next = output;
}

void output_list(struct link *link, struct output_section *output)
{
    if (!output->is_listed && !output->is_discard)
        output_list_behind(link, output, link->last_listed);
}

struct output_section *output_listed_above(struct link *link,
                                           const struct command *command)
{
    struct output_section *found = NULL;
    for (struct command *c = link->script.commands; command && c; c = c->next) {
        if (c->kind == COMMAND_OUTPUT_SECTION && c->section->output->is_listed)
            found = c->section->output;
        if (c == command)
            return found;
    }
    return NULL;
}

/* ---- What the script has ------------------------------------------------ */

/* A section that an expression asks for is there from then on. */
static void list_asked(struct link *link, const struct expr *expr)
{
    bool asks = expr->kind == EXPR_ADDR || expr->kind == EXPR_LOADADDR ||
                expr->kind == EXPR_SIZEOF;
    struct output_section *output =
        asks ? output_named(link, expr->name) : NULL;
    if (output && !output->is_discard) {
        output->has_input = true;
        output_list(link, output);
    }
    for (unsigned i = 0; i < 3; i++)
        if (expr->operand[i])
            list_asked(link, expr->operand[i]);
}

static void list_section(struct link *link,
                         const struct section_statement *statement)
{
    if (statement->is_left_out)
        return;
    for (const struct command *c = statement->commands; c; c = c->next) {
        if (c->kind == COMMAND_ASSIGN ||
            (c->kind == COMMAND_INPUT && c->input->matched_count))
            output_list(link, statement->output);
        if (c->value)
            list_asked(link, c->value);
        if (c->kind == COMMAND_DATA)
            output_list(link, statement->output);
    }
}

static bool uses_start(const struct expr *expr, span name)
{
    if (expr->kind == EXPR_SEGMENT_START && span_equal(expr->name, name))
        return true;
    for (unsigned i = 0; i < 3; i++)
        if (expr->operand[i] && uses_start(expr->operand[i], name))
            return true;
    return false;
}

/* True if SEGMENT_START makes use of a -T option, which then asks for no
 * section. */
static bool is_start_used(const struct link *link, span name)
{
    for (const struct command *c = link->script.commands; c; c = c->next)
        if (c->value && uses_start(c->value, name))
            return true;
    return false;
}

/* -T options ask for sections before the script does. */
static void list_starts(struct link *link, size_t start)
{
    const struct bootlink_start *option = &link->request->starts[start - 1];
    if (!option->is_section && is_start_used(link, option->name))
        return;
    for (const struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind != COMMAND_OUTPUT_SECTION ||
            c->section->output->start != start)
            continue;
        c->section->output->has_input = true;
        output_list(link, c->section->output);
    }
}

void outputs_list(struct link *link)
{
    for (size_t i = 1; i <= link->request->start_count; i++)
        list_starts(link, i);
    for (const struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind == COMMAND_OUTPUT_SECTION)
            list_section(link, c->section);
        else if (c->value)
            list_asked(link, c->value);
    }
}
