/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output sections: one for each statement of the script, with what goes in; by
 * name, and all of them in order. [GNU ld manual: Output Section Description]
 */
#include "loader.h"

/* For sure: a PROVIDE may come to nothing. */
static bool is_symbol_assigned(const struct command *command)
{
    return !span_equal(command->name, SPAN(".")) &&
           (command->how == ASSIGN_PLAIN || command->how == ASSIGN_HIDDEN);
}

static void add_command(struct link *link, struct output_section *output,
                        const struct command *command)
{
    switch (command->kind) {
    case COMMAND_INPUT:
        output_add_sections(link, output, &command->input->matched);
        output->is_kept |=
            command->input->keep && command->input->matched.count;
        break;
    case COMMAND_DATA:
        output_add_data(output);
        break;
    case COMMAND_FILL:
    case COMMAND_ASSERT:
        output->has_input = true;
        break;
    case COMMAND_ASSIGN:
        output->has_input = true;
        output->has_symbol |= is_symbol_assigned(command);
        break;
    default:
        break;
    }
}

/* Which -T option is about a section, from 1; 0: none. */
static size_t start_of(const struct link *link, span name)
{
    const struct bootlink_start *starts = link->request->starts;
    span rest = span_part(name, 1, name.size - 1);
    for (size_t i = link->request->start_count; i--;)
        if (span_equal(starts[i].name, starts[i].is_section ? name : rest) &&
            (starts[i].is_section || span_starts(name, SPAN("."))))
            return i + 1;
    return 0;
}

/* ALIGN(...), if it is a number as it nearly always is: the alignment of the
 * thread-local template depends on it. */
static uint64_t literal_align(const struct section_statement *statement)
{
    const struct expr *align = statement->align;
    bool is_known =
        align && align->kind == EXPR_NUMBER && is_power_of_two(align->number);
    return is_known ? align->number : 1;
}

/* What is thrown away has no place for anything but inputs. */
static bool check_discard(struct link *link,
                          const struct section_statement *statement)
{
    for (const struct command *c = statement->commands; c; c = c->next)
        if (c->kind != COMMAND_INPUT)
            return link_error_at(link, c->place, BOOTLINK_LAYOUT,
                                 "/DISCARD/ holds patterns only; say this "
                                 "outside of it");
    return true;
}

struct output_section *output_create(struct link *link,
                                     struct section_statement *statement)
{
    struct output_section *output =
        arena_new(&link->arena, struct output_section);
    if (!output)
        return NULL;
    output->name = statement->name;
    output->special = special_section(statement->name);
    output->statement = statement;
    output->type = SHT_NOBITS;
    output->start = start_of(link, statement->name);
    output->align = literal_align(statement);
    output->is_discard = span_equal(statement->name, SPAN("/DISCARD/"));
    output->is_removed = output->is_discard;
    statement->output = output;
    if (!regions_choose(link, output) ||
        (output->is_discard && !check_discard(link, statement)))
        return NULL;
    if (statement->is_left_out)
        return output;
    for (const struct command *c = statement->commands; c; c = c->next)
        add_command(link, output, c);
    output->has_input |= statement->overlay != NULL;
    return output;
}

static bool has_statement(const struct link *link, span name)
{
    const struct command *c = link->script.commands;
    while (c && (c->kind != COMMAND_OUTPUT_SECTION ||
                 !span_equal(c->section->name, name)))
        c = c->next;
    return c != NULL;
}

/* `name : {}` at the end of the script. */
static bool add_statement(struct link *link, span name)
{
    static const struct script_text text = {.name = {"--section-start", 15}};
    struct command *command = arena_new(&link->arena, struct command);
    struct section_statement *statement =
        arena_new(&link->arena, struct section_statement);
    if (!command || !statement)
        return false;
    statement->name = name;
    statement->place.text = &text;
    command->kind = COMMAND_OUTPUT_SECTION;
    command->section = statement;
    struct command **end = &link->script.commands;
    while (*end)
        end = &(*end)->next;
    *end = command;
    for (end = &link->script.written; *end;)
        end = &(*end)->next_written;
    *end = command;
    return true;
}

/* --section-start of what the script does not have: that comes behind it all,
 * and moves nothing of the script. */
static bool add_started(struct link *link)
{
    const struct bootlink_start *starts = link->request->starts;
    for (size_t i = 0; i < link->request->start_count; i++)
        if (starts[i].is_section && !has_statement(link, starts[i].name) &&
            !add_statement(link, starts[i].name))
            return false;
    return true;
}

static bool find_type(struct link *link, struct section_statement *s)
{
    uint64_t number;
    if (!s->type_value || s->type_number)
        return true;
    if (!script_constant(link, s->type_value, &number))
        return link_error_at(link, s->type_value->place, BOOTLINK_LAYOUT,
                             "the type of a section must be a number that is "
                             "known before anything is laid out");
    s->type_number = (uint32_t)number;
    return true;
}

bool outputs_create(struct link *link)
{
    if (!link_pass(link, link->scripts.phdrs_check) || !add_started(link))
        return false;
    for (struct command *c = link->script.written; c; c = c->next_written)
        if (c->kind == COMMAND_OUTPUT_SECTION &&
            (!find_type(link, c->section) || !output_create(link, c->section) ||
             (!c->section->is_left_out &&
              !output_enter_name(link, c->section->output))))
            return false;
    outputs_list(link);
    return true;
}

/* ---- By name ------------------------------------------------------------ */

bool output_enter_name(struct link *link, struct output_section *output)
{
    struct symbol *name =
        symbol_table_enter(&link->arena, &link->output_names, output->name);
    if (!name)
        return false;
    struct output_section **last = &name->output;
    while (*last)
        last = &(*last)->next_namesake;
    *last = output;
    return true;
}

struct output_section *output_named(const struct link *link, span name)
{
    const struct symbol *entry = symbol_table_find(&link->output_names, name);
    return entry ? entry->output : NULL;
}

/* ---- All of them -------------------------------------------------------- */

/* The thread-local template is aligned as a whole [psABI 3.4.6]. */
static void align_tls(struct link *link)
{
    struct output_section *first = NULL;
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!(o->flags & SHF_TLS))
            continue;
        if (!first)
            first = o;
        if (o->align > first->align)
            first->align = o->align;
    }
}

void outputs_thread(struct link *link)
{
    struct output_section **last = &link->outputs;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind != COMMAND_OUTPUT_SECTION || c->section->output->is_discard)
            continue;
        *last = c->section->output;
        last = &c->section->output->next;
        output_settle(c->section->output);
    }
    *last = NULL;
    align_tls(link);
}

struct output_section **
outputs_sorted(struct link *link,
               bool (*wants)(const struct output_section *output),
               sort_order *order, uint64_t *count)
{
    *count = 0;
    for (struct output_section *o = link->outputs; o; o = o->next)
        *count += wants(o);
    struct output_section **list =
        arena_array(&link->arena, *count, struct output_section *);
    uint64_t i = 0;
    for (struct output_section *o = link->outputs; list && o; o = o->next)
        if (wants(o))
            list[i++] = o;
    if (!list || !sort_pointers(&link->arena, list, *count, order, NULL))
        return NULL;
    return list;
}
