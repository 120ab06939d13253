/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which pattern takes which input section [GNU ld manual: Input Section].
 *
 * The first pattern of the whole script that matches a section gets it, in
 * order of the script; KEEP, SORT and EXCLUDE_FILE do not change that. What a
 * pattern takes is in link order, unless SORT says otherwise.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

/* ---- Does it match? ----------------------------------------------------- */

/* A file pattern matches a path, "archive:member" a member, "archive:" the
 * whole archive, ":file" a file that is not in one. */
static bool file_matches(span pattern, const struct object *object)
{
    if (span_equal(pattern, SPAN("*")))
        return true;
    size_t colon = 0;
    while (colon < pattern.size && pattern.data[colon] != ':')
        colon++;
    if (colon == pattern.size)
        return glob_match(pattern,
                          object->member.size ? object->member : object->file);
    span archive = span_part(pattern, 0, colon);
    span member = span_part(pattern, colon + 1, pattern.size - colon - 1);
    if (archive.size == 0)
        return object->member.size == 0 && glob_match(member, object->file);
    return object->member.size && glob_match(archive, object->file) &&
           (member.size == 0 || glob_match(member, object->member));
}

/* EXCLUDE_FILE also takes the path of an archive, for all its members. */
static bool is_excluded(const struct wildcard *list,
                        const struct object *object)
{
    for (; list; list = list->next)
        if (file_matches(list->pattern, object) ||
            (object->member.size && glob_match(list->pattern, object->file)))
            return true;
    return false;
}

/* A file may also be meant by the name under which a script asked for it. */
static bool takes_from(const struct input_pattern *input,
                       const struct object *object)
{
    bool is_named =
        object->alias.size && span_equal(input->file, object->alias);
    return (is_named || file_matches(input->file, object)) &&
           !is_excluded(input->excluded_files, object);
}

static bool pattern_matches(const struct section_pattern *pattern,
                            const struct section *section)
{
    return glob_match(pattern->name, section->name) &&
           !is_excluded(pattern->excluded_files, section->object);
}

/* The section pattern of `input` that takes `section`, or NULL. */
static struct section_pattern *matching(struct input_pattern *input,
                                        const struct section *section)
{
    struct section_pattern *p = input->sections;
    while (p && !pattern_matches(p, section))
        p = p->next;
    return p;
}

/* ---- In which order? ---------------------------------------------------- */

/* .init_array.00100 and .fini_array.00100 count up, .ctors.65435 counts down;
 * -1 if there is no number. */
static int64_t init_priority(const struct section *section)
{
    span name = section->name;
    size_t dot = name.size;
    while (dot && name.data[dot - 1] != '.')
        dot--;
    span digits = span_part(name, dot, name.size - dot);
    bool is_hex = span_find(digits, 'x') < digits.size;
    uint64_t priority;
    if (!dot || is_hex || !span_number(digits, &priority))
        return -1;
    bool counts_down =
        dot == sizeof(".ctors") && (span_starts(name, SPAN(".ctors.")) ||
                                    span_starts(name, SPAN(".dtors.")));
    if (counts_down)
        priority = 65535 - priority;
    return priority <= INT32_MAX ? (int64_t)priority : -1;
}

/* Sections without a number are by name, also among those with one. */
static int compare_priorities(const struct section *a, const struct section *b)
{
    int64_t left = init_priority(a), right = init_priority(b);
    if (left >= 0 && right >= 0 && left != right)
        return left < right ? -1 : 1;
    return span_compare(a->name, b->name);
}

static int compare_by(enum script_sort sort, const struct section *a,
                      const struct section *b)
{
    switch (sort) {
    case SORT_BY_NAME:
        return span_compare(a->name, b->name);
    case SORT_BY_ALIGNMENT: /* the largest first */
        return compare_numbers(b->align, a->align);
    case SORT_BY_INIT_PRIORITY:
        return compare_priorities(a, b);
    default:
        return 0;
    }
}

static int compare(const struct section_pattern *pattern,
                   const struct section *a, const struct section *b)
{
    int result = compare_by(pattern->sort, a, b);
    if (!result)
        result = compare_by(pattern->inner_sort, a, b);
    return pattern->reverse ? -result : result;
}

/* Where GNU ld puts a section of a sorted pattern among what its list has taken
 * so far: before the first that is greater. */
static uint64_t sorted_position(const struct input_pattern *input,
                                const struct section_pattern *pattern,
                                const struct section *section)
{
    uint64_t at = 0;
    while (at < input->matched_count &&
           compare(pattern, section, input->matched[at]) >= 0)
        at++;
    return at;
}

bool match_append(struct link *link, struct input_pattern *input,
                  struct section *section)
{
    input->matched =
        arena_grow(&link->arena, input->matched, input->matched_count,
                   &input->matched_capacity, sizeof(section));
    if (!input->matched)
        return false;
    input->matched[input->matched_count++] = section;
    return true;
}

static bool match_insert(struct link *link, struct input_pattern *input,
                         uint64_t at, struct section *section)
{
    if (!match_append(link, input, section))
        return false;
    struct section **place = input->matched + at;
    memmove(place + 1, place,
            (input->matched_count - 1 - at) * sizeof(section));
    *place = section;
    return true;
}

static int compare_pointers(const void *pattern, const void *a, const void *b)
{
    return compare(pattern, a, b);
}

/* True if one sort at the end gives what inserting one by one would. */
static bool is_uniform(const struct input_pattern *input)
{
    const struct section_pattern *first = input->sections;
    for (const struct section_pattern *p = first; p; p = p->next)
        if (p->sort != first->sort || p->inner_sort != first->inner_sort ||
            p->reverse != first->reverse)
            return false;
    return true;
}

static bool is_sorted(const struct section_pattern *pattern)
{
    return pattern && pattern->sort != SORT_NOT && pattern->sort != SORT_NONE;
}

static bool sort_matched(struct link *link, struct input_pattern *input)
{
    if (!is_sorted(input->sections) || !is_uniform(input))
        return true;
    return sort_pointers(&link->arena, input->matched, input->matched_count,
                         compare_pointers, input->sections);
}

/* ---- Taking ------------------------------------------------------------- */

static bool take(struct link *link, struct input_pattern *input,
                 const struct section_pattern *pattern, struct section *section)
{
    section->state = SECTION_PLACED;
    uint64_t at = input->matched_count;
    if (is_sorted(pattern) && !is_uniform(input))
        at = sorted_position(input, pattern, section);
    return match_insert(link, input, at, section);
}

/* INPUT_SECTION_FLAGS; common symbols have none. */
static bool flags_match(const struct input_pattern *input,
                        const struct section *section)
{
    uint64_t flags = section_is_common(section) ? 0 : section->flags;
    return (flags & input->flags) == input->flags && !(flags & input->no_flags);
}

static bool try_section(struct link *link, struct input_pattern *input,
                        struct section *section)
{
    if (section->state != SECTION_OPEN || section_stays_apart(link, section) ||
        !flags_match(input, section))
        return true;
    struct section_pattern *pattern = matching(input, section);
    if (input->sections && !pattern)
        return true;
    return take(link, input, pattern, section);
}

static bool match_object(struct link *link, struct input_pattern *input,
                         struct object *object)
{
    if (!takes_from(input, object))
        return true;
    for (uint32_t i = 1; i < object->section_count; i++)
        if (!try_section(link, input, &object->sections[i]))
            return false;
    for (struct section *s = object->made; s; s = s->next_made)
        if (!try_section(link, input, s))
            return false;
    return true;
}

static int compare_files(const struct object *a, const struct object *b)
{
    int result = span_compare(a->file, b->file);
    return result ? result : span_compare(a->member, b->member);
}

static int compare_objects(const void *context, const void *a, const void *b)
{
    (void)context;
    return compare_files(a, b);
}

/* All objects as SORT(*)(...) goes through them. */
static struct object **objects_by_name(struct link *link, uint64_t *count)
{
    *count = 0;
    for (struct object *o = link->objects; o; o = o->next)
        ++*count;
    struct object **objects =
        arena_array(&link->arena, *count, struct object *);
    if (!objects)
        return NULL;
    uint64_t i = 0;
    for (struct object *o = link->objects; o; o = o->next)
        objects[i++] = o;
    return sort_pointers(&link->arena, objects, *count, compare_objects, NULL)
               ? objects
               : NULL;
}

static bool match_files_by_name(struct link *link, struct input_pattern *input)
{
    uint64_t count;
    struct object **objects = objects_by_name(link, &count);
    for (uint64_t i = 0; objects && i < count; i++)
        if (!match_object(link, input, objects[i]))
            return false;
    return objects != NULL;
}

static bool match_files(struct link *link, struct input_pattern *input)
{
    for (struct object *o = link->objects; o; o = o->next)
        if (!match_object(link, input, o))
            return false;
    return true;
}

static int compare_homes(const void *context, const void *a, const void *b)
{
    const struct section *left = a, *right = b;
    (void)context;
    return compare_files(left->object, right->object);
}

/* Patterns sort within the files that SORT(file) has in order. */
static bool sort_by_file(struct link *link, struct input_pattern *input)
{
    return sort_pointers(&link->arena, input->matched, input->matched_count,
                         compare_homes, NULL);
}

static bool match_input(struct link *link, struct input_pattern *input)
{
    bool ok = input->file_sort == SORT_NOT ? match_files(link, input)
                                           : match_files_by_name(link, input);
    return ok && sort_matched(link, input) &&
           (input->file_sort != SORT_BY_NAME || sort_by_file(link, input));
}

/* ---- KEEP --------------------------------------------------------------- */

struct visitor {
    struct link *link;
    void (*visit)(void *context, struct section *section);
    void *context;
};

static void visit_kept(const struct visitor *v, struct input_pattern *input,
                       struct object *object)
{
    if (!takes_from(input, object))
        return;
    for (uint32_t i = 1; i < object->section_count; i++)
        if (!input->sections || matching(input, &object->sections[i]))
            v->visit(v->context, &object->sections[i]);
    for (struct section *s = object->made; s; s = s->next_made)
        if (!input->sections || matching(input, s))
            v->visit(v->context, s);
}

static void each_kept(const struct visitor *v, struct command *command)
{
    for (; command; command = command->next) {
        if (command->kind == COMMAND_OUTPUT_SECTION)
            each_kept(v, command->section->commands);
        if (command->kind != COMMAND_INPUT || !command->input->keep)
            continue;
        for (struct object *o = v->link->objects; o; o = o->next)
            visit_kept(v, command->input, o);
    }
}

void script_each_kept(struct link *link,
                      void (*visit)(void *context, struct section *section),
                      void *context)
{
    struct visitor visitor = {link, visit, context};
    each_kept(&visitor, link->script.commands);
}

/* ---- ONLY_IF_RO, ONLY_IF_RW [GNU ld manual: Output Section Constraint] -- */

static bool is_read_only(const struct section_statement *statement)
{
    for (const struct command *c = statement->commands; c; c = c->next)
        for (uint64_t i = 0; c->input && i < c->input->matched_count; i++)
            if (c->input->matched[i]->flags & SHF_WRITE)
                return false;
    return true;
}

static void give_back(const struct section_statement *statement)
{
    for (const struct command *c = statement->commands; c; c = c->next) {
        for (uint64_t i = 0; c->input && i < c->input->matched_count; i++)
            c->input->matched[i]->state = SECTION_OPEN;
        if (c->input)
            c->input->matched_count = 0;
    }
}

static void apply_constraint(struct section_statement *statement)
{
    if (statement->constraint == CONSTRAINT_NONE)
        return;
    bool wants_read_only = statement->constraint == ONLY_IF_RO;
    if (is_read_only(statement) == wants_read_only)
        return;
    give_back(statement);
    statement->is_left_out = true;
}

/* ---- The whole ---------------------------------------------------------- */

static bool match_statement(struct link *link,
                            struct section_statement *statement)
{
    for (struct command *c = statement->commands; c; c = c->next)
        if (c->kind == COMMAND_INPUT && !match_input(link, c->input))
            return false;
    apply_constraint(statement);
    return true;
}

bool script_match(struct link *link)
{
    for (struct command *c = link->script.commands; c; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION &&
            !match_statement(link, c->section))
            return false;
    return true;
}
