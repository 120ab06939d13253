/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which pattern takes which input section [GNU ld manual: Input Section].
 *
 * The first pattern of the whole script that matches a section gets it, in
 * order of the script; KEEP, SORT and EXCLUDE_FILE do not change that. What a
 * pattern takes is in link order, unless SORT says otherwise.
 */
#include "loader.h"
#include "pattern_index.h"

#include <elf.h>
#include <string.h>

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

/* ---- What one pattern took ----------------------------------------------- */

/* Sorts what a list of different patterns took, as GNU ld does: one section
 * after the other comes to its place. */
static bool insert_matched(struct link *link, struct input_pattern *input)
{
    struct section **taken = input->matched;
    uint64_t count = input->matched_count;
    input->matched = NULL;
    input->matched_count = input->matched_capacity = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct section_pattern *pattern = pattern_of(input, taken[i]);
        uint64_t at = is_sorted(pattern)
                          ? sorted_position(input, pattern, taken[i])
                          : input->matched_count;
        if (!match_insert(link, input, at, taken[i]))
            return false;
    }
    return true;
}

static int compare_homes(const void *context, const void *a, const void *b)
{
    const struct section *left = a, *right = b;
    (void)context;
    int result = span_compare(left->object->file, right->object->file);
    return result ? result
                  : span_compare(left->object->member, right->object->member);
}

static bool sort_by_file(struct link *link, struct input_pattern *input)
{
    return input->file_sort != SORT_BY_NAME ||
           sort_pointers(&link->arena, input->matched, input->matched_count,
                         compare_homes, NULL);
}

static bool sort_by_pattern(struct link *link, struct input_pattern *input)
{
    if (!is_uniform(input))
        return insert_matched(link, input);
    return !is_sorted(input->sections) ||
           sort_pointers(&link->arena, input->matched, input->matched_count,
                         compare_pointers, input->sections);
}

/* What SORT says about files is the first criterion, and for a list of
 * different patterns also the order to come in. */
static bool sort_matched(struct link *link, struct input_pattern *input)
{
    return input->matched_count < 2 ||
           (sort_by_file(link, input) && sort_by_pattern(link, input) &&
            sort_by_file(link, input));
}

/* ---- All sections that are to be matched -------------------------------- */

/* A section, and the pattern that takes it, or NULL. */
struct choice {
    struct section *section;
    const struct pattern_use *use;
};

struct matching {
    struct link *link;
    struct pattern_index index;
    struct choice *choices; /* in link order */
    uint64_t count;
};

typedef void section_visitor(void *context, struct section *section);

static void each_section(struct link *link, section_visitor *visit,
                         void *context)
{
    for (struct object *o = link->objects; o; o = o->next) {
        for (uint32_t i = 1; i < o->section_count; i++)
            visit(context, &o->sections[i]);
        for (struct section *s = o->made; s; s = s->next_made)
            visit(context, s);
    }
}

/* What stays apart no pattern takes, but a member of a group may be discarded.
 */
static const struct pattern_use *find_pattern(const struct matching *m,
                                              const struct section *section)
{
    bool is_member = section_is_member(m->link, section);
    if (!is_member && section_stays_apart(m->link, section))
        return NULL;
    const struct pattern_use *use = pattern_index_find(&m->index, section, 0);
    while (is_member && use && !pattern_discards(use))
        use = pattern_index_find(&m->index, section, use->order);
    return use;
}

/* Counts the section, or chooses a pattern for it once there is room. */
static void choose(void *context, struct section *section)
{
    struct matching *m = context;
    if (section->state != SECTION_OPEN)
        return;
    if (m->choices)
        m->choices[m->count] =
            (struct choice){section, find_pattern(m, section)};
    m->count++;
}

static bool choose_all(struct matching *m)
{
    each_section(m->link, choose, m);
    m->choices = arena_array(&m->link->arena, m->count, struct choice);
    m->count = 0;
    if (m->choices)
        each_section(m->link, choose, m);
    return m->choices;
}

/* ---- KEEP --------------------------------------------------------------- */

struct keeping {
    struct pattern_index index;
    section_visitor *visit;
    void *context;
};

static void visit_kept(void *context, struct section *section)
{
    const struct keeping *k = context;
    if (pattern_index_find(&k->index, section, 0))
        k->visit(k->context, section);
}

bool script_each_kept(struct link *link, section_visitor *visit, void *context)
{
    struct keeping keeping = {
        {.only_kept = true, .has_any_flags = true}, visit, context};
    if (!pattern_index_make(link, &keeping.index))
        return false;
    each_section(link, visit_kept, &keeping);
    return true;
}

/* ---- ONLY_IF_RO, ONLY_IF_RW [GNU ld manual: Output Section Constraint] -- */

static bool is_read_only(const struct matching *m,
                         const struct section_statement *statement)
{
    for (uint64_t i = 0; i < m->count; i++) {
        const struct choice *c = &m->choices[i];
        if (c->use && c->use->statement == statement &&
            (c->section->flags & SHF_WRITE))
            return false;
    }
    return true;
}

/* Patterns behind the statement may take what it would have had. */
static void give_back(struct matching *m,
                      const struct section_statement *statement)
{
    for (uint64_t i = 0; i < m->count; i++) {
        struct choice *c = &m->choices[i];
        while (c->use && c->use->statement == statement)
            c->use = pattern_index_find(&m->index, c->section, c->use->order);
    }
}

static void apply_constraint(struct matching *m,
                             struct section_statement *statement)
{
    if (statement->constraint == CONSTRAINT_NONE)
        return;
    bool wants_read_only = statement->constraint == ONLY_IF_RO;
    if (is_read_only(m, statement) == wants_read_only)
        return;
    give_back(m, statement);
    statement->is_left_out = true;
}

/* ---- --sort-section ----------------------------------------------------- */

/* SORT that is written counts first; SORT_NONE counts alone. */
/* The parts of the functions .init and .fini keep their order, where a pattern
 * names them so. */
static void sort_pattern(struct section_pattern *pattern, enum script_sort sort)
{
    if (span_equal(pattern->name, SPAN(".init")) ||
        span_equal(pattern->name, SPAN(".fini")))
        return;
    if (pattern->sort == SORT_NOT)
        pattern->sort = sort;
    else if (pattern->inner_sort == SORT_NOT && pattern->sort != sort &&
             (pattern->sort == SORT_BY_NAME ||
              pattern->sort == SORT_BY_ALIGNMENT))
        pattern->inner_sort = sort;
}

static void sort_as_asked(const struct section_statement *statement,
                          enum script_sort sort)
{
    for (struct command *c = statement->commands; c; c = c->next)
        if (c->kind == COMMAND_INPUT)
            for (struct section_pattern *p = c->input->sections; p; p = p->next)
                sort_pattern(p, sort);
}

static void sort_patterns(struct link *link)
{
    enum bootlink_sort_section sort = link->request->sort_section;
    for (struct command *c = link->script.commands; c && sort; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            sort_as_asked(c->section, sort == BOOTLINK_SORT_SECTION_BY_NAME
                                          ? SORT_BY_NAME
                                          : SORT_BY_ALIGNMENT);
}

/* ---- The whole ---------------------------------------------------------- */

static bool take_all(const struct matching *m)
{
    for (uint64_t i = 0; i < m->count; i++) {
        struct choice *c = &m->choices[i];
        if (!c->use)
            continue;
        c->section->state = SECTION_PLACED;
        if (!match_append(m->link, c->use->input, c->section))
            return false;
    }
    return true;
}

static bool sort_statement(struct link *link,
                           const struct section_statement *statement)
{
    for (struct command *c = statement->commands; c; c = c->next)
        if (c->kind == COMMAND_INPUT && !sort_matched(link, c->input))
            return false;
    return true;
}

bool script_match(struct link *link)
{
    sort_patterns(link);
    struct matching m = {.link = link};
    if (!pattern_index_make(link, &m.index) || !choose_all(&m))
        return false;
    for (struct command *c = link->script.written; c; c = c->next_written)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            apply_constraint(&m, c->section);
    bool ok = take_all(&m);
    for (struct command *c = link->script.commands; ok && c; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok = sort_statement(link, c->section);
    return ok;
}
