/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections that no pattern of the script took [GNU ld manual: Orphan Sections].
 *
 * An orphan joins the output section of its name. If there is none it gets one,
 * behind the last output section of its kind, and behind the orphans of its
 * kind that came before. Kinds and their order are GNU ld's.
 */
#include "orphans.h"

#include <elf.h>

/* Where the next orphan of a kind goes. */
struct place {
    struct command *model;       /* the output section of that kind, or NULL */
    struct command **where;      /* behind the last orphan; NULL: none yet */
    struct output_section *last; /* that orphan's, as headers are listed */
};

struct placing {
    struct link *link;
    struct place places[KINDS];
    bool is_among_notes;  /* the last orphan went behind ... */
    struct command *note; /* ... this one, or before all if NULL */
    bool has_notes;       /* there were notes before the last one */
    struct command **end; /* of the script, or near it */
};

/* ---- Where exactly ------------------------------------------------------ */

static bool assigns_dot(const struct command *command)
{
    return command->kind == COMMAND_ASSIGN &&
           span_equal(command->name, SPAN("."));
}

/* Behind `after` and what belongs to it: symbols assigned behind a section stay
 * with it, but an assignment to the location counter belongs to the allocated
 * section behind it. Without `after` at the start, behind the first assignment
 * to the location counter. */
static struct command **behind(struct link *link, struct command *after)
{
    struct command **where = after ? &after->next : &link->script.commands;
    struct command **dot = NULL;
    bool skip_first = after == NULL;
    for (; *where && !is_output_section(*where); where = &(*where)->next) {
        if (!assigns_dot(*where) || dot)
            continue;
        if (!skip_first)
            dot = where;
        skip_first = false;
    }
    if (!*where || !dot)
        return where;
    const struct output_section *o = (*where)->section->output;
    return !o->first_input || o->flags & SHF_ALLOC ? dot : where;
}

static struct command **end_of(struct command **where)
{
    while (*where)
        where = &(*where)->next;
    return where;
}

static bool is_note(const struct section *section)
{
    return section->type == SHT_NOTE && section->flags & SHF_ALLOC;
}

/* Notes have an order of their own, which nothing may disturb. */
static struct command **among_notes(struct placing *p,
                                    const struct section *section,
                                    struct command **where)
{
    const struct link_scripts *scripts = &p->link->scripts;
    p->note = NULL;
    p->is_among_notes = false;
    if (link_is_module(p->link)) /* module.ld discards notes */
        return where;
    if (is_note(section))
        p->has_notes = p->is_among_notes =
            scripts->orphan_note_after(p->link, section->align, &p->note);
    else if (p->has_notes)
        p->is_among_notes = (p->note = scripts->orphan_last_note(*where));
    return p->is_among_notes ? behind(p->link, p->note) : where;
}

static struct command **find_where(struct placing *p, struct place *place,
                                   const struct section *section,
                                   unsigned traits, struct command **after)
{
    *after = place->model;
    if (!*after) {
        bool is_alike = true;
        *after =
            place == &p->places[RELA]
                ? orphan_before_relocations(p->link)
                : orphan_nearest(p->link, traits, section->type, &is_alike);
        if (is_alike)
            place->model = *after;
    }
    struct command **where =
        place->where ? place->where : behind(p->link, *after);
    return among_notes(p, section, where);
}

/* ---- Making room -------------------------------------------------------- */

static struct expr *zero(struct arena *arena)
{
    struct expr *expr = arena_new(arena, struct expr);
    if (expr)
        expr->kind = EXPR_NUMBER;
    return expr;
}

/* An output section statement as if the script said `name : { pattern }`. */
static struct command *make_statement(struct link *link, span name,
                                      bool is_allocated)
{
    struct arena *arena = &link->arena;
    struct command *command = arena_new(arena, struct command);
    struct section_statement *statement =
        arena_new(arena, struct section_statement);
    struct command *input = arena_new(arena, struct command);
    struct input_pattern *pattern = arena_new(arena, struct input_pattern);
    if (!command || !statement || !input || !pattern)
        return NULL;
    *input = (struct command){.kind = COMMAND_INPUT, .input = pattern};
    statement->name = name;
    statement->commands = input;
    bool starts_at_0 = !is_allocated || link_is_relocatable(link);
    if (starts_at_0 && !(statement->address = zero(arena)))
        return NULL;
    *command =
        (struct command){.kind = COMMAND_OUTPUT_SECTION, .section = statement};
    return output_create(link, statement) ? command : NULL;
}

/* Adds a section to an output section as its last input. */
static bool join(struct link *link, struct section_statement *statement,
                 struct section *section)
{
    struct command **last = &statement->commands;
    struct command *input = NULL;
    for (; *last; last = &(*last)->next)
        input = *last;
    if (!input || input->kind != COMMAND_INPUT || !input->input->is_orphans) {
        input = arena_new(&link->arena, struct command);
        struct input_pattern *pattern =
            arena_new(&link->arena, struct input_pattern);
        if (!input || !pattern)
            return false;
        pattern->is_orphans = true;
        *input = (struct command){.kind = COMMAND_INPUT, .input = pattern};
        *last = input;
    }
    section->state = SECTION_PLACED;
    if (!match_append(&link->arena, &input->input->matched, section))
        return false;
    output_list(link, statement->output);
    output_add_section(link, statement->output, section);
    return true;
}

/* True if the section can go into that output section: it is loaded alike, of
 * one type, or nothing but symbols is there, or room that is not loaded (INFO).
 * In an object, what a later link is to keep stays apart. */
static bool fits(const struct link *link, const struct output_section *output,
                 const struct section *section)
{
    unsigned traits = orphan_traits(section);
    unsigned others = orphan_output_traits(output);
    if (!output->has_section ||
        (!output->has_contents && !(others & ~(unsigned)CONTENTS)))
        return true;
    if (link_is_relocatable(link) &&
        (output->flags ^ section->flags) & SHF_GNU_RETAIN)
        return false;
    return !((others ^ traits) & (LOAD | ALLOC)) &&
           (section_is_common(section) ||
            output_input_type(output) == section->type);
}

/* The statement of that name that the section fits; an unused one if there is
 * none, or NULL. */
static struct section_statement *find_namesake(struct link *link, span name,
                                               const struct section *section)
{
    struct section_statement *found = NULL;
    struct output_section *o = output_named(link, name);
    for (; o; o = o->next_namesake) {
        if (o->has_input && !fits(link, o, section))
            continue;
        found = o->statement;
        if (o->has_input)
            break;
    }
    return found;
}

/* Segments and regions are those of the model. */
static void go_with(struct link *link, struct section_statement *statement,
                    const struct section_statement *model)
{
    statement->segments = model->segments;
    statement->region = model->region;
    statement->load_region = model->load_region;
    regions_choose(link, statement->output);
}

/* ---- Placing ------------------------------------------------------------ */

/* GNU ld puts all relocations for the program to apply into one section. */
static span orphan_name(const struct section *section)
{
    return section->type == SHT_RELA ? SPAN(".rela.dyn") : section->name;
}

static bool stays_apart(const struct link *link, const struct section *section)
{
    return link->request->unique_orphans || section_stays_apart(link, section);
}

/* Others of its name may join, unless the section stays apart. */
static bool enter(struct link *link, struct output_section *output,
                  const struct section *section)
{
    return stays_apart(link, section) || output_enter_name(link, output);
}

static bool place_new(struct placing *p, struct section *section)
{
    unsigned traits = section->traits;
    struct command *command =
        make_statement(p->link, orphan_name(section), traits & ALLOC);
    if (!command)
        return false;
    enum orphan_kind kind;
    if (!orphan_kind(section, traits, &kind)) {
        p->end = end_of(p->end ? p->end : &p->link->script.commands);
        *p->end = command;
        return enter(p->link, command->section->output, section) &&
               join(p->link, command->section, section);
    }
    struct place *place = &p->places[kind];
    struct command *after;
    struct command **where = find_where(p, place, section, traits, &after);
    if (after && traits & ALLOC)
        go_with(p->link, command->section, after->section);
    command->next = *where;
    *where = command;
    place->where = &command->next;
    if (p->is_among_notes || !place->last)
        place->last =
            output_listed_above(p->link, p->is_among_notes ? p->note : after);
    if (command->section->output->start)
        place->last = NULL;
    output_list_behind(p->link, command->section->output, place->last);
    place->last = command->section->output;
    return enter(p->link, command->section->output, section) &&
           join(p->link, command->section, section);
}

static bool names_common(const struct command *command)
{
    const struct section_pattern *p =
        command->kind == COMMAND_INPUT ? command->input->sections : NULL;
    while (p && !span_equal(p->name, SPAN("COMMON")))
        p = p->next;
    return p != NULL;
}

/* The output section that takes common symbols, if one does. */
static struct section_statement *common_statement(struct link *link)
{
    for (struct command *c = link->script.commands; c; c = c->next)
        if (is_output_section(c) && !c->section->is_left_out &&
            !c->section->output->is_discard)
            for (struct command *i = c->section->commands; i; i = i->next)
                if (names_common(i))
                    return c->section;
    return NULL;
}

/* The first one of that name, whatever is in it. */
static struct section_statement *statement_named(struct link *link, span name)
{
    struct output_section *output = output_named(link, name);
    return output ? output->statement : NULL;
}

/* A common section that no pattern wanted goes where the others go, or else to
 * .bss. */
static bool place_common(struct placing *p, struct section *section)
{
    const span name = SPAN(".bss");
    struct section_statement *statement = common_statement(p->link);
    if (!statement)
        statement = statement_named(p->link, name);
    if (!statement) {
        struct command *command = make_statement(p->link, name, true);
        if (!command)
            return false;
        *end_of(&p->link->script.commands) = command;
        statement = command->section;
        if (!output_enter_name(p->link, statement->output))
            return false;
    }
    return join(p->link, statement, section);
}

/* --orphan-handling. After an error the others are looked at, too. */
static void handle_orphan(struct link *link, struct section *section)
{
    const char *what = "is an orphan: no pattern of the script "
                       "takes it; name it there, or discard it";
    switch (link->request->orphans) {
    case BOOTLINK_ORPHANS_DISCARDED:
        section->state = SECTION_DISCARDED;
        break;
    case BOOTLINK_ORPHANS_WARNED:
        report_warning(link->world, BOOTLINK_LAYOUT, "%.*s:(%.*s) %s",
                       SPAN_ARGS(section->object->name),
                       SPAN_ARGS(section->name), what);
        break;
    case BOOTLINK_ORPHANS_REFUSED:
        link_error(link, BOOTLINK_LAYOUT, "%.*s:(%.*s) %s",
                   SPAN_ARGS(section->object->name), SPAN_ARGS(section->name),
                   what);
        section->state = SECTION_DISCARDED;
        break;
    default:
        break;
    }
}

static bool place_orphan(struct placing *p, struct section *section)
{
    if (section_is_common(section))
        return place_common(p, section);
    handle_orphan(p->link, section);
    if (section->state != SECTION_OPEN)
        return true;
    struct section_statement *statement = NULL;
    if (!stays_apart(p->link, section))
        statement = find_namesake(p->link, orphan_name(section), section);
    return statement ? join(p->link, statement, section)
                     : place_new(p, section);
}

static void find_models(struct placing *p)
{
    for (unsigned i = 0; i < KINDS; i++)
        for (struct command *c = p->link->script.commands; c; c = c->next)
            if (is_output_section(c) && orphan_models[i].name.data &&
                !p->places[i].model && !c->section->is_left_out &&
                span_equal(c->section->name, orphan_models[i].name))
                p->places[i].model = c;
}

bool orphans_place(struct link *link)
{
    struct placing placing = {.link = link};
    if (!orphan_traits_collect(link))
        return false;
    find_models(&placing);
    const struct section_list *orphans = &link->orphans;
    for (uint64_t i = 0; i < orphans->count; i++)
        if (orphans->items[i]->state == SECTION_OPEN &&
            !place_orphan(&placing, orphans->items[i]))
            return false;
    outputs_thread(link);
    return true;
}
