/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an object warns of [GNU ld: .gnu.warning]: the text of the section
 * .gnu.warning.SYMBOL is for those who use that symbol, that of .gnu.warning
 * for those who link the file.
 *
 * Receives opened objects. Afterwards these sections are left out; who uses a
 * symbol comes out when relocations are applied.
 */
#include "loader.h"

#define PREFIX SPAN(".gnu.warning")

struct symbol_warning {
    const struct symbol *symbol;
    const struct object *object; /* that warns */
    span text;
    struct symbol_warning *next;
};

static bool note(struct link *link, const struct section *section, span text)
{
    span name = section->name;
    name = span_part(name, PREFIX.size + 1, name.size - PREFIX.size - 1);
    struct symbol *symbol = symbol_find(link, name);
    if (!symbol)
        return true;
    struct symbol_warning *warning =
        arena_new(&link->arena, struct symbol_warning);
    if (!warning)
        return false;
    *warning =
        (struct symbol_warning){symbol, section->object, text, link->warnings};
    link->warnings = warning;
    symbol->has_warning = true;
    return true;
}

static bool take(struct link *link, struct section *section)
{
    if (section->state != SECTION_OPEN || !span_starts(section->name, PREFIX))
        return true;
    span text = section->bytes;
    text.size = span_find(text, '\0');
    section->state = SECTION_DISCARDED;
    if (section->name.size > PREFIX.size + 1)
        return note(link, section, text);
    report_warning(link->world, BOOTLINK_UNSUPPORTED, "%.*s: %.*s",
                   SPAN_ARGS(section->object->name), SPAN_ARGS(text));
    return true;
}

bool warnings_collect(struct link *link)
{
    if (link_is_relocatable(link))
        return true;
    for (struct object *o = link->objects; o; o = o->next) {
        if (!(o->section_names & name_family(PREFIX)))
            continue;
        for (uint32_t i = 1; i < o->section_count; i++)
            if (!take(link, &o->sections[i]))
                return false;
    }
    return true;
}

void warnings_report(struct link *link, const struct section *section,
                     uint64_t offset, struct symbol *symbol)
{
    const struct symbol_warning *w = link->warnings;
    while (w && w->symbol != symbol)
        w = w->next;
    if (!w || w->object == section->object)
        return;
    symbol->has_warning = false; /* once */
    link_warning_in(link, section, offset, BOOTLINK_UNSUPPORTED,
                    "'%.*s' is used: %.*s", SPAN_ARGS(symbol->name),
                    SPAN_ARGS(w->text));
}
