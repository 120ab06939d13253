/* SPDX-License-Identifier: BSD-2-Clause
 *
 * NOCROSSREFS: output sections that must not refer to each other, such as those
 * of which only one is in memory at a time. Receives sections in their output
 * sections; reports each relocation that goes from one of a list to another.
 * [GNU ld manual: Miscellaneous Commands]
 */
#include "loader.h"

static bool is_in(const struct script_name *names, span name)
{
    while (names && !span_equal(names->name, name))
        names = names->next;
    return names;
}

/* Whether a reference from one output section to another is prohibited. */
static bool is_prohibited(const struct crossref_list *list, span from, span to)
{
    if (span_equal(from, to) || !is_in(list->sections, to))
        return false;
    return !list->to_first || span_equal(list->sections->name, to);
}

static const struct output_section *home_of(const struct symbol *symbol)
{
    return symbol->section ? symbol->section->output : symbol->output;
}

static bool check_section(struct link *link, const struct crossref_list *list,
                          const struct section *section)
{
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation relocation = relocation_at(section, i);
        const struct symbol *symbol = symbol_at(section, relocation.symbol);
        const struct output_section *home = home_of(symbol);
        if (home && is_prohibited(list, section->output->name, home->name))
            ok = link_error_in(
                link, section, relocation.offset, BOOTLINK_LAYOUT,
                "prohibited cross reference from %.*s to '%.*s' in %.*s; "
                "NOCROSSREFS in the script says so",
                SPAN_ARGS(section->output->name), SPAN_ARGS(symbol->name),
                SPAN_ARGS(home->name));
    }
    return ok;
}

static bool check_list(struct link *link, const struct crossref_list *list)
{
    bool ok = true;
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!is_in(list->sections, o->name))
            continue;
        struct piece_walk walk = {.content = o->contents};
        while (piece_next(&walk))
            if (walk.piece.kind == PIECE_SECTION)
                ok &= check_section(link, list, walk.piece.section);
    }
    return ok;
}

bool crossrefs_check(struct link *link)
{
    bool ok = true;
    const struct crossref_list *list = link->script.crossrefs;
    for (; list; list = list->next)
        ok &= check_list(link, list);
    return ok;
}
