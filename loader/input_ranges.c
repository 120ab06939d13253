/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which input file the bytes of an image are from. Receives a link whose
 * addresses are fixed; within an output section, what one file has put in one
 * piece after the other, with what fills the gaps, is one range. What a shared
 * object brings is its segments, which are not made of pieces.
 */
#include "input_ranges.h"

/* A run of sections of one file, of which it is not yet known where it ends. */
struct run {
    const struct output_section *output;
    const struct section *first, *last; /* NULL: there is none yet */
    void *context;
    input_range_visit *visit;
};

static void end_run(struct run *run)
{
    const struct section *first = run->first, *last = run->last;
    if (!first || !first->object->name.size)
        return;
    const struct input_range range = {run->output->address + first->offset,
                                      last->offset + last->size - first->offset,
                                      first->object->name};
    run->visit(run->context, &range);
}

/* An empty one is nowhere. */
static void add_sections(struct run *run, const struct content *content)
{
    struct section **at = content->sections, **end = at + content->count;
    const struct section *last = run->last;
    for (; at < end; at++) {
        if (!(*at)->size)
            continue;
        if (!last || (*at)->object != last->object) {
            run->last = last;
            end_run(run);
            run->first = *at;
        }
        last = *at;
    }
    run->last = last;
}

static void ranges_of_output(const struct output_section *output, void *context,
                             input_range_visit *visit)
{
    struct run run = {.output = output, .context = context, .visit = visit};
    for (const struct content *c = output->contents; c; c = c->next)
        if (c->kind == PIECE_SECTION)
            add_sections(&run, c);
    end_run(&run);
}

static void range_of_segment(const struct link *link,
                             const struct output_section *output, void *context,
                             input_range_visit *visit)
{
    const struct input_range range = {output->address, output->size,
                                      link->objects->name};
    visit(context, &range);
}

void input_ranges(const struct link *link, void *context,
                  input_range_visit *visit)
{
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (!output_takes_memory(o))
            continue;
        else if (link->shared && !o->contents)
            range_of_segment(link, o, context, visit);
        else
            ranges_of_output(o, context, visit);
}
