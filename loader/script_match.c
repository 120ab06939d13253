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

bool match_append(struct link *link, struct input_pattern *input,
                  struct section *section)
{
    if (input->matched_count == input->matched_capacity)
        input->matched =
            arena_grow(&link->arena, input->matched, input->matched_count,
                       &input->matched_capacity, sizeof(section));
    if (!input->matched)
        return false;
    input->matched[input->matched_count++] = section;
    return true;
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
    bool may_stay_apart; /* some section may; most links have none */
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
    if (!m->may_stay_apart)
        return pattern_index_find(&m->index, section, 0);
    bool is_member = section_is_member(m->link, section);
    if (!is_member && section_stays_apart(m->link, section))
        return NULL;
    const struct pattern_use *use = pattern_index_find(&m->index, section, 0);
    while (is_member && use && !pattern_discards(use))
        use = pattern_index_find(&m->index, section, use->order);
    return use;
}

/* Counts the section, or chooses a pattern for it once there is room. */
static inline void choose(struct matching *m, struct section *section)
{
    if (section->state != SECTION_OPEN)
        return;
    if (m->choices)
        m->choices[m->count] =
            (struct choice){section, find_pattern(m, section)};
    m->count++;
}

/* each_section(), without a call for each. */
static void choose_each(struct matching *m)
{
    for (struct object *o = m->link->objects; o; o = o->next) {
        for (uint32_t i = 1; i < o->section_count; i++)
            choose(m, &o->sections[i]);
        for (struct section *s = o->made; s; s = s->next_made)
            choose(m, s);
    }
}

static bool choose_all(struct matching *m)
{
    choose_each(m);
    m->choices = arena_array(&m->link->arena, m->count, struct choice);
    m->count = 0;
    if (m->choices)
        choose_each(m);
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

static bool would_take(const struct matching *m,
                       const struct section_statement *statement,
                       const struct section *section)
{
    const struct pattern_use *use = pattern_index_find(&m->index, section, 0);
    while (use && use->statement != statement)
        use = pattern_index_find(&m->index, section, use->order);
    return use != NULL;
}

/* What --gc-sections has dropped counts, too. */
static bool had_writable(const struct matching *m,
                         const struct section_statement *statement)
{
    for (const struct object *o = m->link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (o->sections[i].state == SECTION_DISCARDED &&
                o->sections[i].flags & SHF_WRITE &&
                would_take(m, statement, &o->sections[i]))
                return true;
    return false;
}

static bool is_read_only(const struct matching *m,
                         const struct section_statement *statement)
{
    for (uint64_t i = 0; i < m->count; i++) {
        const struct choice *c = &m->choices[i];
        if (c->use && c->use->statement == statement &&
            (c->section->flags & SHF_WRITE))
            return false;
    }
    return !had_writable(m, statement);
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

static bool sort_statement(const struct matching *m,
                           const struct section_statement *statement)
{
    for (struct command *c = statement->commands; c; c = c->next)
        if (c->kind == COMMAND_INPUT &&
            !match_sort(m->link, &m->index, c->input))
            return false;
    return true;
}

bool script_match(struct link *link)
{
    sort_patterns(link);
    struct matching m = {.link = link,
                         .may_stay_apart = link->request->unique_count ||
                                           link_is_relocatable(link)};
    if (!pattern_index_make(link, &m.index) || !choose_all(&m))
        return false;
    for (struct command *c = link->script.written; c; c = c->next_written)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            apply_constraint(&m, c->section);
    bool ok = take_all(&m);
    for (struct command *c = link->script.commands; ok && c; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok = sort_statement(&m, c->section);
    return ok;
}
