/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which input file the bytes of an image are from. Receives a link whose
 * addresses are fixed; within an output section, what one file has put in one
 * piece after the other, with what fills the gaps, is one range. What a shared
 * object brings is its segments, which are not made of pieces.
 */
#include "input_ranges.h"

static const struct object *object_of(const struct piece *piece)
{
    bool is_of_file = piece->kind == PIECE_SECTION && piece->size &&
                      piece->section->object->name.size;
    return is_of_file ? piece->section->object : NULL;
}

static void ranges_of_output(const struct output_section *output, void *context,
                             input_range_visit *visit)
{
    const struct object *last = NULL;
    struct input_range range = {0};
    struct piece_walk walk = {.content = output->contents};
    while (piece_next(&walk)) {
        const struct piece *p = &walk.piece;
        const struct object *object = object_of(p);
        if (!object)
            continue;
        uint64_t start = output->address + p->offset;
        if (object != last) {
            if (last)
                visit(context, &range);
            range =
                (struct input_range){.address = start, .file = object->name};
            last = object;
        }
        range.size = start + p->size - range.address;
    }
    if (last)
        visit(context, &range);
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
