/* SPDX-License-Identifier: BSD-2-Clause
 *
 * In which order a list of patterns has what it takes [GNU ld manual: Input
 * Section Wildcards]. Receives the sections in link order.
 *
 * If all patterns of the list sort alike, that is a stable sort; if not, see
 * script_arrange.c.
 */
#include "pattern_index.h"

/* ---- In which order? ---------------------------------------------------- */

/* .init_array.00100 and .fini_array.00100 count up, .ctors.65435 counts down;
 * -1 if there is no number. */
int64_t match_priority(const struct section *section)
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
    int64_t left = match_priority(a), right = match_priority(b);
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

int match_compare(const struct section_pattern *pattern,
                  const struct section *a, const struct section *b)
{
    int result = compare_by(pattern->sort, a, b);
    if (!result)
        result = compare_by(pattern->inner_sort, a, b);
    return pattern->reverse ? -result : result;
}

static int compare_pointers(const void *pattern, const void *a, const void *b)
{
    return match_compare(pattern, a, b);
}

bool match_is_sorted(const struct section_pattern *pattern)
{
    return pattern && pattern->sort != SORT_NOT && pattern->sort != SORT_NONE;
}

/* ---- What a list took ---------------------------------------------------- */

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
    return !match_is_sorted(input->sections) ||
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
    if (link->scripts.match_differs && link->scripts.match_differs(input))
        return sort_by_file(link, input) &&
               link->scripts.match_arrange(link, index, input);
    return sort_by_pattern(link, input) && sort_by_file(link, input);
}
