/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The output section that is most like an orphan, and behind which it goes: as
 * GNU ld looks for it, in rounds that overlook more and more of the traits.
 * [GNU ld manual: Orphan Sections]
 */
#include "orphans.h"

enum { ANY_TYPE = UINT32_MAX };

/* Output sections that have inputs must be of the orphan's type. What the
 * linker makes itself may have none (SHT_NULL); it goes with code, and with
 * what has none either. */
static bool is_of_type(const struct output_section *output, uint32_t type)
{
    if (type == ANY_TYPE || !output->has_input)
        return true;
    return output_input_type(output) == type ||
           (type == SHT_NULL && orphan_output_traits(output) & CODE);
}

/* The last output section of that type whose traits do not differ in `mask`. */
static struct command *last_alike(struct link *link, unsigned traits,
                                  unsigned mask, uint32_t type)
{
    struct command *found = NULL;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (!is_output_section(c))
            continue;
        const struct output_section *o = c->section->output;
        if (is_of_type(o, type) && !((orphan_output_traits(o) ^ traits) & mask))
            found = c;
    }
    return found;
}

/* .tdata and .tbss are neighbours, in that order, or else behind the data. */
static struct command *last_thread_local(struct link *link, unsigned traits)
{
    struct command *found = NULL;
    bool seen = false;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (!is_output_section(c))
            continue;
        unsigned other = orphan_output_traits(c->section->output);
        unsigned differ = other ^ (traits | LOAD | CONTENTS);
        if (!(differ & (THREAD_LOCAL | ALLOC))) {
            if (!(other & LOAD) && traits & LOAD)
                break;
            found = c;
            seen = true;
        } else if (seen) {
            break;
        } else if (!(differ & (CONTENTS | ALLOC | LOAD))) {
            found = c;
        }
    }
    return found;
}

/* What may differ if nothing is exactly alike: code goes behind writable code,
 * read-only data behind code, data behind read-only data, .bss behind anything
 * allocated, the rest at the end. */
static struct command *last_similar(struct link *link, unsigned traits,
                                    uint32_t type)
{
    unsigned mask = DEBUGGING;
    if (traits & ALLOC) {
        if (traits & CODE)
            mask = CONTENTS | ALLOC | LOAD | CODE | THREAD_LOCAL;
        else if (traits & READ_ONLY)
            mask = CONTENTS | ALLOC | LOAD | READ_ONLY;
        else if (traits & THREAD_LOCAL)
            return last_thread_local(link, traits);
        else if (traits & CONTENTS)
            mask = CONTENTS | ALLOC | LOAD | THREAD_LOCAL;
        else
            mask = ALLOC;
    }
    return last_alike(link, traits, mask, type);
}

/* Allocated orphans keep to output sections of their type, if they can. */
struct command *orphan_nearest(struct link *link, unsigned traits,
                               uint32_t type, bool *is_alike)
{
    const unsigned exact =
        CONTENTS | ALLOC | LOAD | READ_ONLY | CODE | THREAD_LOCAL;
    struct command *found = last_alike(link, traits, exact, type);
    *is_alike = found != NULL;
    if (found)
        return found;
    found = last_similar(link, traits, traits & ALLOC ? type : ANY_TYPE);
    if (found || !(traits & ALLOC))
        return found;
    found = last_alike(link, traits, exact, ANY_TYPE);
    return found ? found : last_similar(link, traits, ANY_TYPE);
}

/* A table of relocations for the program to apply goes behind what is read-only
 * and has something in it by then; before any other such table. */
struct command *orphan_before_relocations(struct link *link)
{
    struct command *last = NULL, *allocated = NULL, *read_only = NULL;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (!is_output_section(c))
            continue;
        const struct output_section *o = c->section->output;
        if (span_starts(o->name, SPAN(".rel")))
            break;
        last = c;
        if (!o->has_section || !(orphan_output_traits(o) & ALLOC))
            continue;
        allocated = c;
        if (orphan_output_traits(o) & READ_ONLY)
            read_only = c;
    }
    return read_only ? read_only : allocated ? allocated : last;
}
