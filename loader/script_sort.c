/* SPDX-License-Identifier: BSD-2-Clause
 *
 * In which order a list of patterns has what it takes [GNU ld manual: Input
 * Section Wildcards]. Receives the sections in link order.
 *
 * If all patterns of the list sort alike, that is a stable sort. Otherwise the
 * result is that of GNU ld, which puts one section after the other into a
 * binary tree, each by what its own pattern compares: down to the left of what
 * is greater, else to the right; what is not sorted goes to the right end. A
 * section that several patterns of the list match is put in for each, and stays
 * where it comes first. So it is, too, where SORT_BY_INIT_PRIORITY compares
 * some sections by number and some by name.
 */
#include "pattern_index.h"

#include <elf.h>

/* What the trees may cost for each section; few links come near. */
enum { MOST_STEPS = 1024 };

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

/* Sections without a number are by name, also among those with one: so there is
 * no order that holds for all of them. */
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

static int compare_pointers(const void *pattern, const void *a, const void *b)
{
    return compare(pattern, a, b);
}

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
    bool is_first_named = init_priority(input->matched.items[0]) < 0;
    uint64_t i = 1;
    while (i < input->matched.count &&
           (init_priority(input->matched.items[i]) < 0) == is_first_named)
        i++;
    return i < input->matched.count;
}

static bool is_sorted(const struct section_pattern *pattern)
{
    return pattern && pattern->sort != SORT_NOT && pattern->sort != SORT_NONE;
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
    uint64_t low = 0, high = is_sorted(taken->pattern) ? count : 0;
    while (low < high && a->steps) {
        uint64_t middle = a->is_mixed ? low : low + (high - low) / 2;
        const struct taken *t = a->chain[middle];
        if (!a->is_mixed)
            t = t->greatest[taken->kind];
        else
            a->steps--;
        if (compare(taken->pattern, taken->section, t->section) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return is_sorted(taken->pattern) ? low : count;
}

static void add_to_chain(struct arranging *a, uint64_t at, struct taken *taken)
{
    for (unsigned kind = 0; kind < a->kind_count; kind++) {
        struct taken *greatest = at ? a->chain[at - 1]->greatest[kind] : taken;
        bool is_greater =
            compare(a->kinds[kind], taken->section, greatest->section) > 0;
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
static bool arrange_matched(struct link *link,
                            const struct pattern_index *index,
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
           sort_pointers(&link->arena, input->matched.items,
                         input->matched.count, compare_homes, NULL);
}

static bool sort_by_pattern(struct link *link, struct input_pattern *input)
{
    return !is_sorted(input->sections) ||
           sort_pointers(&link->arena, input->matched.items,
                         input->matched.count, compare_pointers,
                         input->sections);
}

/* What SORT says about files is the first criterion. */
bool match_sort(struct link *link, const struct pattern_index *index,
                struct input_pattern *input)
{
    if (input->matched.count < 2)
        return true;
    if (!is_uniform(input) || is_mixed(input))
        return sort_by_file(link, input) && arrange_matched(link, index, input);
    return sort_by_pattern(link, input) && sort_by_file(link, input);
}
