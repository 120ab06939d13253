/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which input file the bytes of an image are from. Receives a link whose
 * addresses are fixed; within an output section, what one file has put in one
 * piece after the other, with what fills the gaps, is one range. What a shared
 * object brings is its segments, which are not made of pieces.
 */
#include "input_ranges.h"

/* A run of sections, of whose file it is not yet known where it ends. */
struct run {
    const struct output_section *output;
    struct input_range range;
    const struct object *object; /* NULL: there is none yet */
    void *context;
    input_range_visit *visit;
};

static void end_run(struct run *run)
{
    if (run->object)
        run->visit(run->context, &run->range);
    run->object = NULL;
}

static void add_section(struct run *run, const struct section *section)
{
    const struct object *object = section->object;
    uint64_t start = run->output->address + section->offset;
    if (!section->size || !object->name.size)
        return;
    if (object != run->object) {
        end_run(run);
        run->object = object;
        run->range =
            (struct input_range){.address = start, .file = object->name};
    }
    run->range.size = start + section->size - run->range.address;
}

static void ranges_of_output(const struct output_section *output, void *context,
                             input_range_visit *visit)
{
    struct run run = {.output = output, .context = context, .visit = visit};
    for (const struct content *c = output->contents; c; c = c->next)
        for (uint64_t i = 0; c->kind == PIECE_SECTION && i < c->count; i++)
            add_section(&run, c->sections[i]);
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
