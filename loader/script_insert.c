/* SPDX-License-Identifier: BSD-2-Clause
 *
 * INSERT: a script that adds to another. Receives the commands that stand
 * before each INSERT, taken out of the script's list; afterwards they are in
 * it, where they belong, and it is known in which order all was written. [GNU
 * ld manual: Miscellaneous Commands]
 */
#include "script_lex.h"

/* ---- While the script is read ------------------------------------------- */

/* AFTER or BEFORE and a section's name, after INSERT. What was read since the
 * file began, or since the last INSERT, leaves the list. */
bool parse_insert(struct parser *p)
{
    struct token name;
    bool is_before = parser_accept_word(p, LEX_COMMAND, "BEFORE");
    if (!is_before && !parser_accept_word(p, LEX_COMMAND, "AFTER"))
        return parser_unexpected(p, "AFTER or BEFORE behind INSERT");
    if (!parser_expect_name(p, LEX_COMMAND, "an output section's name", &name))
        return false;
    if (p->script->insertion_count++ == SCRIPT_INSERTIONS)
        return parser_fail(p, name.place, BOOTLINK_SYNTAX,
                           "more than %d times INSERT; write one script that "
                           "has all sections",
                           SCRIPT_INSERTIONS);
    struct insertion *insertion = parser_new(p, struct insertion);
    if (!insertion)
        return false;
    *insertion = (struct insertion){.commands = *p->insertable,
                                    .stood = p->insertable,
                                    .is_before = is_before,
                                    .section = name.name,
                                    .place = name.place};
    *p->insertable = NULL;
    p->commands.last = p->insertable;
    *p->last_insertion = insertion;
    p->last_insertion = &insertion->next;
    p->script->has_insertion = true;
    return true;
}

/* ---- When all scripts are read ------------------------------------------ */

static bool is_section(const struct command *command)
{
    return command->kind == COMMAND_OUTPUT_SECTION;
}

/* What points to the section of that name in a list; NULL if none does. */
static struct command **find_section(struct command **list, span name)
{
    for (; *list; list = &(*list)->next)
        if (is_section(*list) && span_equal((*list)->section->name, name))
            return list;
    return NULL;
}

static bool assigns_dot(const struct command *command)
{
    return command->kind == COMMAND_ASSIGN &&
           span_equal(command->name, SPAN("."));
}

/* The section before another, in the same list from `list` on. */
static struct command **section_before(struct command **list,
                                       struct command **section)
{
    struct command **found = NULL;
    for (; list != section; list = &(*list)->next)
        if (is_section(*list))
            found = list;
    return found;
}

/* Behind a section stand the symbols that are assigned there; an assignment to
 * the location counter belongs to the section behind it. */
static struct command **behind(struct command **section)
{
    struct command **dot = NULL;
    struct command **place = &(*section)->next;
    for (; *place && !is_section(*place); place = &(*place)->next)
        if (!dot && assigns_dot(*place))
            dot = place;
    return *place && dot ? dot : place;
}

/* Where a list begins for what is inserted before its first section: in front
 * of all if that is a section, else of the section, or of the second assignment
 * to the location counter. */
static struct command **beginning(struct command **list,
                                  struct command **section,
                                  const struct command *inserted)
{
    if (inserted && is_section(inserted))
        return list;
    while (list != section && !assigns_dot(*list))
        list = &(*list)->next;
    return list == section ? section : behind(list);
}

/* Where the commands go; NULL if the section is not in this list. BEFORE a
 * section is behind the one before it; before the first it is where the list
 * begins. */
static struct command **find_place(struct command **list,
                                   const struct insertion *insertion)
{
    struct command **section = find_section(list, insertion->section);
    if (!section || !insertion->is_before)
        return section ? behind(section) : NULL;
    struct command **before = section_before(list, section);
    return before ? behind(before)
                  : beginning(list, section, insertion->commands);
}

static void splice(struct command **place, struct insertion *insertion)
{
    struct command *rest = *place;
    *place = insertion->commands;
    while (*place) {
        insertion->last = *place;
        place = &(*place)->next;
    }
    *place = rest;
}

/* Appends a list as it was read. */
static struct command **write_down(struct command **last,
                                   struct command *commands)
{
    for (; commands; commands = commands->next) {
        *last = commands;
        last = &commands->next_written;
    }
    return last;
}

/* Each insertion stood before what its script's list goes on with there. */
static void note_order(struct script *script)
{
    struct command **last = &script->written;
    struct command **list = &script->commands;
    const struct insertion *insertion = script->insertions;
    for (;;) {
        for (; insertion && insertion->stood == list;
             insertion = insertion->next)
            last = write_down(last, insertion->commands);
        if (!*list)
            return;
        *last = *list;
        last = &(*list)->next_written;
        list = &(*list)->next;
    }
}

/* The section that an insertion wants may wait to be inserted itself. */
bool script_insert(const struct bootlink_world *world, struct script *script)
{
    note_order(script);
    for (struct insertion *i = script->insertions; i; i = i->next) {
        struct command **place = find_place(&script->commands, i);
        for (struct insertion *later = i->next; later && !place;
             later = later->next)
            place = find_place(&later->commands, i);
        if (!place)
            return script_error(world, i->place, BOOTLINK_LAYOUT,
                                "INSERT: there is no output section '%.*s' in "
                                "the scripts",
                                SPAN_ARGS(i->section));
        splice(place, i);
    }
    return true;
}
