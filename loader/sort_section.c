/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What --sort-section makes of the patterns of a script that say nothing of
 * their order [GNU ld manual: Command-line Options, --sort-section].
 */
#include "loader.h"

/* SORT that is written counts first; SORT_NONE counts alone. The parts of the
 * functions .init and .fini keep their order, where a pattern names them so. */
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

bool patterns_sort(struct link *link)
{
    enum bootlink_sort_section sort = link->request->sort_section;
    for (struct command *c = link->script.commands; c && sort; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            sort_as_asked(c->section, sort == BOOTLINK_SORT_SECTION_BY_NAME
                                          ? SORT_BY_NAME
                                          : SORT_BY_ALIGNMENT);
    return true;
}
