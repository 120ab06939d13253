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

bool match_append(struct arena *arena, struct section_list *list,
                  struct section *section)
{
    if (list->count == list->capacity)
        list->items = arena_grow(arena, list->items, list->count,
                                 &list->capacity, sizeof(section));
    if (!list->items)
        return false;
    list->items[list->count++] = section;
    return true;
}

/* ---- All sections that are to be matched -------------------------------- */

struct matching {
    struct link *link;
    struct arena *lists; /* until lists_keep() */
    struct pattern_index index;
    bool may_stay_apart; /* some section may; most links have none */
    bool has_left_out;   /* --gc-sections has dropped something writable */
    bool has_given_back; /* lists may be in another order than the link's */
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
static const struct pattern_use *find_apart(const struct matching *m,
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

/* Gives a section to its pattern, or to the orphans. */
static bool give(const struct matching *m, struct section *section)
{
    const struct pattern_use *use =
        m->may_stay_apart ? find_apart(m, section)
                          : pattern_index_find(&m->index, section, 0);
    while (use && use->statement->is_left_out)
        use = pattern_index_find(&m->index, section, use->order);
    section->state = use ? SECTION_PLACED : SECTION_OPEN;
    return match_append(
        m->lists, use ? &use->input->matched : &m->link->orphans, section);
}

/* Gives it to the pattern that takes what is named like it, as it is with most:
 * 45 instructions instead of 300. */
static inline bool give_alike(const struct matching *m, struct section *section)
{
    const struct pattern_use *use =
        m->may_stay_apart ? NULL : pattern_index_recall(&m->index, section);
    struct section_list *list = use ? &use->input->matched : NULL;
    if (!use || use->statement->is_left_out || list->count == list->capacity)
        return false;
    section->state = SECTION_PLACED;
    list->items[list->count++] = section;
    return true;
}

/* each_section(), without a call for each. */
static bool give_all(struct matching *m)
{
    for (struct object *o = m->link->objects; o; o = o->next) {
        struct section *s = o->sections;
        for (uint32_t left = o->section_count; left > 1; left--) {
            s++;
            if (s->state != SECTION_OPEN)
                m->has_left_out |=
                    s->state == SECTION_DISCARDED && s->flags & SHF_WRITE;
            else if (!give_alike(m, s) && !give(m, s))
                return false;
        }
        for (s = o->made; s; s = s->next_made)
            if (s->state == SECTION_OPEN && !give(m, s))
                return false;
    }
    return true;
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
    const struct object *o = m->has_left_out ? m->link->objects : NULL;
    for (; o; o = o->next)
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
    for (const struct command *c = statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            continue;
        const struct section_list *list = &c->input->matched;
        for (uint64_t i = 0; i < list->count; i++)
            if (list->items[i]->flags & SHF_WRITE)
                return false;
    }
    return !had_writable(m, statement);
}

/* Patterns behind the statement may take what it would have had. */
static bool give_back(struct matching *m,
                      const struct section_statement *statement)
{
    bool ok = true;
    for (const struct command *c = statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            continue;
        struct section_list *list = &c->input->matched;
        m->has_given_back |= list->count != 0;
        for (uint64_t i = 0; ok && i < list->count; i++)
            ok = give(m, list->items[i]);
        list->count = 0;
    }
    return ok;
}

static bool apply_constraint(struct matching *m,
                             struct section_statement *statement)
{
    bool wants_read_only = statement->constraint == ONLY_IF_RO;
    if (statement->constraint == CONSTRAINT_NONE ||
        is_read_only(m, statement) == wants_read_only)
        return true;
    statement->is_left_out = true;
    return give_back(m, statement);
}

static bool is_made_before(const struct section *a, const struct section *b)
{
    while (a && a != b)
        a = a->next_made;
    return a;
}

/* Sections that the linker made come behind their object's own. */
static int in_link_order(const void *context, const void *a, const void *b)
{
    const struct section *left = a, *right = b;
    (void)context;
    int order = compare_numbers(left->object->number, right->object->number);
    if (!order)
        order = compare_numbers(left->index - 1, right->index - 1);
    return order || left->index ? order : is_made_before(left, right) ? -1 : 1;
}

static bool sort_list(struct link *link, const struct section_list *list)
{
    return sort_pointers(&link->arena, list->items, list->count, in_link_order,
                         NULL);
}

/* ---- The whole ---------------------------------------------------------- */

static bool sort_statement(const struct matching *m,
                           const struct section_statement *statement)
{
    for (struct command *c = statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            continue;
        if (m->has_given_back && !sort_list(m->link, &c->input->matched))
            return false;
        if (!match_sort(m->link, &m->index, c->input))
            return false;
    }
    return true;
}

bool script_match(struct link *link)
{
    struct matching m = {.link = link,
                         .lists = link->scripts.lists_keep ? &link->passing
                                                           : &link->arena,
                         .may_stay_apart = link->request->unique_count ||
                                           link_is_relocatable(link)};
    bool ok = link_pass(link, link->scripts.patterns_sort) &&
              pattern_index_make(link, &m.index) && give_all(&m);
    struct command *c = link->script.written;
    for (; ok && c; c = c->next_written)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok = apply_constraint(&m, c->section);
    for (c = link->script.commands; ok && c; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok = sort_statement(&m, c->section);
    return ok && (!m.has_given_back || sort_list(link, &link->orphans)) &&
           link_pass(link, link->scripts.lists_keep);
}
