/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Orphans that are notes stay together and come by alignment, the largest
 * first, so that those of one alignment share a PT_NOTE; no other orphan comes
 * between them. The rules are GNU ld's. [GNU ld manual: Orphan Sections]
 */
#include "orphans.h"

#include <elf.h>

static bool is_section(const struct command *command)
{
    return command->kind == COMMAND_OUTPUT_SECTION &&
           command->section->output->has_section;
}

static bool is_note(const struct command *command)
{
    const struct output_section *o = command->section->output;
    return o->type == SHT_NOTE && o->flags & SHF_ALLOC;
}

/* In the first run of notes: behind the last one that is aligned as much, or
 * before all. */
bool orphan_note_after(struct link *link, uint64_t align,
                       struct command **after)
{
    struct command *last = NULL;
    bool has_notes = false;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind != COMMAND_OUTPUT_SECTION)
            continue;
        bool is_used = is_section(c);
        if (has_notes && is_used && !is_note(c))
            break;
        if (is_used && is_note(c)) {
            if (!has_notes)
                *after = last;
            has_notes = true;
            if (c->section->output->align >= align)
                *after = c;
        }
        last = c;
    }
    return has_notes;
}

struct command *orphan_last_note(struct command *from)
{
    while (from && !is_section(from))
        from = from->next;
    if (!from || !is_note(from))
        return NULL;
    struct command *last = from;
    for (struct command *c = from; c; c = c->next)
        if (is_section(c) && is_note(c))
            last = c;
    return last;
}
