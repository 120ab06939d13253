/* SPDX-License-Identifier: BSD-2-Clause
 *
 * In which order a list of patterns that sort in different ways has what it
 * takes [GNU ld manual: Input Section Wildcards]. Receives the sections in link
 * order.
 *
 * The result is that of GNU ld, which puts one section after the other into a
 * binary tree, each by what its own pattern compares: down to the left of what
 * is greater, else to the right; what is not sorted goes to the right end. A
 * section that several patterns of the list match is put in for each, and stays
 * where it comes first. So it is, too, where SORT_BY_INIT_PRIORITY compares
 * some sections by number and some by name.
 */
#include "pattern_index.h"

/* What the trees may cost for each section; few links come near. */
enum { MOST_STEPS = 1024 };

/* ---- Which lists? -------------------------------------------------------- */

static bool are_alike(const struct section_pattern *a,
                      const struct section_pattern *b)
{
    return a->sort == b->sort && a->inner_sort == b->inner_sort &&
           a->reverse == b->reverse;
}

/* True if one sort at the end gives what inserting one by one would. */
static bool is_uniform(const struct input_pattern *input)
{
    const struct section_pattern *p = input->sections;
    while (p && are_alike(p, input->sections))
        p = p->next;
    return !p;
}

static bool sorts_by_priority(const struct input_pattern *input)
{
    const struct section_pattern *p = input->sections;
    while (p && p->sort != SORT_BY_INIT_PRIORITY &&
           p->inner_sort != SORT_BY_INIT_PRIORITY)
        p = p->next;
    return p;
}

/* True if sections are compared by number and by name. */
static bool is_mixed(const struct input_pattern *input)
{
    if (!sorts_by_priority(input))
        return false;
    bool is_first_named = match_priority(input->matched.items[0]) < 0;
    uint64_t i = 1;
    while (i < input->matched.count &&
           (match_priority(input->matched.items[i]) < 0) == is_first_named)
        i++;
    return i < input->matched.count;
}

bool match_differs(const struct input_pattern *input)
{
    return !is_uniform(input) || is_mixed(input);
}

/* ---- What one pattern took ----------------------------------------------- */

/* A section on its way to its place. */
struct taken {
    struct section *section;
    const struct section_pattern *pattern; /* that takes it */
    const struct taken *first; /* of its section: who comes to be in the list */
    bool is_out;               /* ... if it is in it */
    unsigned kind;
    struct taken *next;
    struct taken *before,
        **last_before;        /* come somewhere before it, in order */
    struct taken *greatest[]; /* by each kind, of its chain up to here */
};

/* Patterns that compare alike are of a kind: by two sorts and REVERSE. */
enum { MOST_KINDS = (SORT_NONE + 1) * (SORT_NONE + 1) * 2 };

struct arranging {
    struct link *link;
    const struct section_pattern *kinds[MOST_KINDS]; /* one of each */
    unsigned kind_count;
    struct taken **chain; /* room for all */
    bool is_mixed;
    uint64_t steps; /* that may still be taken */
};

static unsigned kind_of(struct arranging *a,
                        const struct section_pattern *pattern)
{
    unsigned i = 0;
    while (i < a->kind_count && !are_alike(a->kinds[i], pattern))
        i++;
    if (i == a->kind_count)
        a->kinds[a->kind_count++] = pattern;
    return i;
}

static struct taken *take(struct arranging *a, struct section *section,
                          const struct section_pattern *pattern)
{
    uint64_t size =
        sizeof(struct taken) + a->kind_count * sizeof(struct taken *);
    struct taken *taken = arena_take(&a->link->arena, 1, size);
    if (!taken)
        return NULL;
    taken->section = section;
    taken->pattern = pattern;
    taken->first = taken;
    taken->kind = kind_of(a, pattern);
    taken->last_before = &taken->before;
    return taken;
}

/* A chain goes to the right from its first section on: which of it is the first
 * that is greater? All up to it are not, so their greatest is not either. */
static uint64_t first_greater(struct arranging *a, uint64_t count,
                              const struct taken *taken)
{
    uint64_t low = 0, high = match_is_sorted(taken->pattern) ? count : 0;
    while (low < high && a->steps) {
        uint64_t middle = a->is_mixed ? low : low + (high - low) / 2;
        const struct taken *t = a->chain[middle];
        if (!a->is_mixed)
            t = t->greatest[taken->kind];
        else
            a->steps--;
        if (match_compare(taken->pattern, taken->section, t->section) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return match_is_sorted(taken->pattern) ? low : count;
}

static void add_to_chain(struct arranging *a, uint64_t at, struct taken *taken)
{
    for (unsigned kind = 0; kind < a->kind_count; kind++) {
        struct taken *greatest = at ? a->chain[at - 1]->greatest[kind] : taken;
        bool is_greater = match_compare(a->kinds[kind], taken->section,
                                        greatest->section) > 0;
        taken->greatest[kind] = is_greater ? taken : greatest;
    }
    a->chain[at] = taken;
}

/* Of sections in order the chain, each with those that come before it; `end`
 * follows. NULL if they are in an order for which that would take too long. */
static struct taken *make_chain(struct arranging *a, struct taken *queue,
                                struct taken *end)
{
    uint64_t count = 0;
    for (struct taken *t = queue, *next; t; t = next) {
        next = t->next;
        if (a->steps == 0)
            return NULL;
        a->steps--;
        t->next = NULL;
        uint64_t at = first_greater(a, count, t);
        if (at == count) {
            add_to_chain(a, count++, t);
            continue;
        }
        *a->chain[at]->last_before = t;
        a->chain[at]->last_before = &t->next;
    }
    for (uint64_t i = 0; i < count; i++)
        a->chain[i]->next = i + 1 < count ? a->chain[i + 1] : end;
    return a->chain[0];
}

static bool refuse_order(struct link *link, const struct section_pattern *p)
{
    return link_error(
        link, BOOTLINK_LAYOUT,
        "%.*s: patterns around '%.*s' sort in different ways what "
        "is in an order that makes this too slow; give each a "
        "list of its own",
        SPAN_ARGS(link->script_name), SPAN_ARGS(p->name));
}

/* From the left to the right: before a section what waits before it. */
static bool arrange(struct arranging *a, struct taken *queue,
                    struct section **sections)
{
    struct taken root = {.before = queue};
    struct taken *at = &root;
    while (at != &root || at->before) {
        if (at->before) {
            struct taken *waiting = at->before;
            at->before = NULL;
            at->last_before = &at->before;
            at = make_chain(a, waiting, at);
            if (!at)
                return refuse_order(a->link, waiting->pattern);
            continue;
        }
        struct taken *first = (struct taken *)at->first;
        if (!first->is_out)
            *sections++ = at->section;
        first->is_out = true;
        at = at->next;
    }
    return true;
}

/* Sections [from, to) of the list, for each pattern of the list that matches.
 */
static bool arrange_run(struct arranging *a, const struct pattern_index *index,
                        const struct input_pattern *input, uint64_t from,
                        uint64_t to)
{
    struct taken *queue = NULL, **last = &queue;
    uint64_t count = 0;
    for (uint64_t i = from; i < to; i++) {
        struct section *section = input->matched.items[i];
        const struct taken *first = NULL;
        const struct pattern_use *use =
            pattern_index_find(index, section, input->first_use - 1);
        for (; use && use->input == input;
             use = pattern_index_find(index, section, use->order)) {
            struct taken *taken = take(a, section, use->pattern);
            if (!taken)
                return false;
            taken->first = first = first ? first : taken;
            *last = taken;
            last = &taken->next;
            count++;
        }
    }
    a->steps = count * MOST_STEPS;
    a->chain = arena_array(&a->link->arena, count, struct taken *);
    return a->chain && arrange(a, queue, input->matched.items + from);
}

static bool is_one_file(const struct section *a, const struct section *b)
{
    return a->object == b->object;
}

/* Where files are sorted, each for itself. */
bool match_arrange(struct link *link, const struct pattern_index *index,
                   struct input_pattern *input)
{
    struct arranging a = {.link = link, .is_mixed = is_mixed(input)};
    for (struct section_pattern *p = input->sections; p; p = p->next)
        kind_of(&a, p);
    uint64_t from = 0;
    for (uint64_t to = 1; to <= input->matched.count; to++) {
        if (to < input->matched.count &&
            (input->file_sort != SORT_BY_NAME ||
             is_one_file(input->matched.items[from], input->matched.items[to])))
            continue;
        if (!arrange_run(&a, index, input, from, to))
            return false;
        from = to;
    }
    return true;
}
