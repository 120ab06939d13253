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

static bool is_listed(const struct command *command)
{
    return command->kind == COMMAND_OUTPUT_SECTION &&
           command->section->output->is_listed;
}

/* What is listed and stands nearest in the script above a command. */
static struct output_section *listed_before(struct link *link,
                                            const struct command *command)
{
    struct output_section *found = NULL;
    for (struct command *c = link->script.commands; c != command; c = c->next)
        if (is_listed(c) && !c->section->output->waits)
            found = c->section->output;
    return found;
}

struct output_section *output_listed_above(struct link *link,
                                           const struct command *command)
{
    if (!command)
        return NULL;
    return is_listed(command) ? command->section->output
                              : listed_before(link, command);
}

/* ---- What the script has ------------------------------------------------ */

/* A section whose address an expression asks for is there from then on; its
 * size may be asked for without. */
static void list_asked(struct link *link, const struct expr *expr)
{
    bool asks = expr->kind == EXPR_ADDR || expr->kind == EXPR_LOADADDR;
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

/* BYTE ... QUAD make a section loaded and, if they make it, read-only: data
 * that come when it is there already do not. */
static void list_data(struct link *link, struct output_section *output,
                      bool is_first)
{
    if (is_first && output->statement->type != SECTION_TYPE_READONLY)
        output->has_late_data = output->is_listed;
    output_list(link, output);
}

/* An assignment, say, makes a section; a pattern only if it takes something. */
static bool makes_section(const struct command *command)
{
    switch (command->kind) {
    case COMMAND_INPUT:
        return command->input->matched.count != 0;
    case COMMAND_ASSIGN:
    case COMMAND_ASSERT:
    case COMMAND_FILL:
        return true;
    default:
        return false;
    }
}

static void list_section(struct link *link,
                         const struct section_statement *statement)
{
    if (statement->is_left_out)
        return;
    bool has_data = false;
    for (const struct command *c = statement->commands; c; c = c->next) {
        if (makes_section(c))
            output_list(link, statement->output);
        if (c->value)
            list_asked(link, c->value);
        if (c->kind == COMMAND_DATA) {
            list_data(link, statement->output, !has_data);
            has_data = true;
        }
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

static void unlist(struct link *link, struct output_section *output)
{
    struct output_section *before = output->listed_before;
    struct output_section *next = output->next_listed;
    if (before)
        before->next_listed = next;
    else
        link->first_listed = next;
    if (next)
        next->listed_before = before;
    else
        link->last_listed = before;
    output->is_listed = false;
}

/* Whether an insertion's output sections wait to be inserted. */
static void set_waiting(const struct insertion *insertion, bool waits)
{
    struct command *c = insertion->commands;
    for (; c; c = c == insertion->last ? NULL : c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            c->section->output->waits = waits;
}

/* What INSERT moves in the script moves among the headers, too: behind what is
 * listed above, other than what later ones move. */
static void list_inserted(struct link *link, const struct insertion *insertion)
{
    struct command *c = insertion->commands;
    struct output_section *above = c ? listed_before(link, c) : NULL;
    set_waiting(insertion, false);
    for (; c; c = c == insertion->last ? NULL : c->next) {
        if (!is_listed(c))
            continue;
        unlist(link, c->section->output);
        output_list_behind(link, c->section->output, above);
        above = c->section->output;
    }
}

static void list_insertions(struct link *link)
{
    for (struct insertion *i = link->script.insertions; i; i = i->next)
        set_waiting(i, true);
    for (struct insertion *i = link->script.insertions; i; i = i->next)
        list_inserted(link, i);
}

void outputs_list(struct link *link)
{
    for (size_t i = 1; i <= link->request->start_count; i++)
        list_starts(link, i);
    for (const struct command *c = link->script.written; c;
         c = c->next_written) {
        if (c->kind == COMMAND_OUTPUT_SECTION)
            list_section(link, c->section);
        else if (c->value)
            list_asked(link, c->value);
    }
    list_insertions(link);
}
