/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inside an output section [GNU ld manual: Output Section Description]: input
 * sections at their alignment, data, symbols, and the gaps between them, which
 * the fill in force fills.
 */
#include "layout.h"

#include <elf.h>

/* Before the last walk an address may still be wrong. */
SELDOM static bool run_past_end(struct filling *f, uint64_t size)
{
    const struct output_section *o = f->output;
    f->has_run_past = true;
    return !f->pass->is_final ||
           link_error(f->pass->link, BOOTLINK_RANGE,
                      "section %.*s: 0x%llx more bytes run past the end of the "
                      "address space; make it smaller, or give it a lower "
                      "address than 0x%llx",
                      SPAN_ARGS(o->name), (unsigned long long)size,
                      (unsigned long long)o->address);
}

/* How many bytes there are from `dot` on. The end of the address space is 0,
 * but of a section that begins there. */
static inline uint64_t room(const struct output_section *output, uint64_t dot)
{
    return (output->address ? 0 : UINT64_MAX) - dot;
}

/* Moves the location counter. */
static inline bool advance(struct filling *f, uint64_t size)
{
    bool ok = size <= room(f->output, f->eval.dot) || run_past_end(f, size);
    f->eval.dot += size;
    if (size > f->largest)
        f->largest = size;
    return ok;
}

/* Lists what comes next, in the last walk; before that only the location
 * counter counts. NULL if there is no memory. */
static SELDOM struct content *add_content(struct filling *f,
                                          enum piece_kind kind, uint64_t size)
{
    struct output_section *o = f->output;
    struct content *content = arena_new(&f->pass->link->arena, struct content);
    if (!content)
        return NULL;
    content->kind = kind;
    content->size = size;
    content->fill = f->fill;
    *o->last_content = content;
    o->last_content = &content->next;
    return content;
}

SELDOM bool contents_add_gap(struct filling *f, uint64_t size)
{
    if (f->pass->is_final && size && !add_content(f, PIECE_FILL, size))
        return false;
    return advance(f, size);
}

static SELDOM bool add_data(struct filling *f, uint64_t size, uint64_t value)
{
    if (f->pass->is_final) {
        struct content *content = add_content(f, PIECE_DATA, size);
        if (!content)
            return false;
        content->value = value;
    }
    return advance(f, size);
}

static SELDOM bool add_sections(struct filling *f,
                                const struct input_pattern *input)
{
    if (!f->pass->is_final)
        return true;
    struct content *content = add_content(f, PIECE_SECTION, 0);
    if (!content)
        return false;
    content->sections = input->matched.items;
    content->count = input->matched.count;
    return true;
}

/* A fill that is not a plain hex number is four big-endian bytes.
 * [GNU ld manual: Output Section Fill] */
static SELDOM bool set_fill(struct filling *f, const struct fill *fill)
{
    f->fill = fill->bytes;
    if (!fill->value || fill->bytes.size)
        return true;
    struct value v = script_eval_absolute(&f->eval, fill->value);
    if (!f->pass->is_final)
        return true;
    char bytes[4];
    write32(bytes, __builtin_bswap32((uint32_t)v.number));
    f->fill = arena_copy(&f->pass->link->arena, (span){bytes, sizeof(bytes)});
    return f->fill.data != NULL;
}

/* ---- Inside an output section ------------------------------------------- */

static SELDOM uint64_t subalign_of(struct filling *f,
                                   const struct expr *subalign)
{
    struct value v = script_eval_absolute(&f->eval, subalign);
    return v.is_known && is_power_of_two(v.number) ? v.number : 1;
}

/* What all was taken from does not align. */
static SELDOM bool is_gone(const struct filling *f,
                           const struct section *section)
{
    return (section->merged && section->size == 0) ||
           (section->frame && f->pass->link->scripts.eh_frame_is_gone(section));
}

/* A table of the linker's own that is empty has aligned its output section when
 * it was added, but makes no gap here. */
static SELDOM APART uint64_t unusual_align(struct filling *f, uint64_t dot,
                                           const struct section *section)
{
    const struct expr *subalign = f->output->statement->subalign;
    uint64_t align = section->align;
    if (section->is_no_table)
        return 1;
    f->eval.dot = dot;
    if (is_gone(f, section))
        align = 1;
    else if (subalign)
        align = subalign_of(f, subalign);
    if (f->moved && dot & (align - 1))
        f->moved->fill = SPAN("\0");
    f->moved = NULL;
    return align;
}

/* Most sections are aligned as they say: 30 instructions each. */
static OFTEN bool place_list(struct filling *f, const struct section_list *list)
{
    struct output_section *o = f->output;
    struct section **next = list->items;
    uint64_t address = o->address, dot = f->eval.dot, left = room(o, dot);
    uint64_t most_align = o->align, largest = f->largest;
    bool is_unusual = f->moved || f->has_subalign;
    for (uint64_t count = list->count; count; count--, next++) {
        struct section *section = *next;
        uint64_t align = section->align;
        if (is_unusual ||
            (section->size == 0 &&
             (section->merged || section->frame || section->is_no_table))) {
            align = unusual_align(f, dot, section);
            is_unusual = f->moved || f->has_subalign;
        }
        uint64_t gap = -dot & (align - 1), size = section->size + gap;
        if ((size < gap || size > left) &&
            !run_past_end(f, gap > left ? gap : section->size))
            return false;
        section->offset = dot + gap - address;
        dot += size;
        left -= size;
        largest = size > largest ? size : largest;
        most_align = align > most_align ? align : most_align;
    }
    f->eval.dot = dot;
    f->largest = largest;
    o->align = most_align;
    return true;
}

/* True if the last walk has placed them as this one would: at the same place in
 * an output section that lies as its alignment wants it. Without that each walk
 * of three would take 65 instructions for each section. */
static SELDOM bool is_placed(const struct filling *f,
                             const struct placed *placed)
{
    const struct output_section *o = f->output;
    uint64_t moved_by = o->address - placed->address;
    return placed->holds && !f->moved && (moved_by & (o->align - 1)) == 0 &&
           f->eval.dot - o->address == placed->start &&
           placed->size <= room(o, f->eval.dot);
}

/* Sections that describe others may change their order between two walks. */
static SELDOM bool place_sections(struct filling *f,
                                  struct input_pattern *input)
{
    const struct output_section *o = f->output;
    struct placed *placed = &input->placed;
    uint64_t largest = f->largest, dot = f->eval.dot;
    f->largest = 0;
    f->has_run_past = false;
    if (!place_list(f, &input->matched))
        return false;
    placed->holds =
        !f->has_run_past && !o->statement->subalign && !o->has_link_order;
    placed->address = o->address;
    placed->start = dot - o->address;
    placed->size = f->eval.dot - dot;
    placed->largest = f->largest;
    f->largest = largest;
    f->eval.dot = dot;
    return true;
}

/* GNU ld has one description for the gap behind `. = ...` and for that of a
 * section directly behind, which only an orphan is: the former is not filled.
 */
static SELDOM bool place_input(struct filling *f, struct input_pattern *input)
{
    if (!input->is_orphans)
        f->moved = NULL;
    if (input->matched.count == 0)
        return true;
    if (!add_sections(f, input) ||
        (!is_placed(f, &input->placed) && !place_sections(f, input)))
        return false;
    f->eval.dot += input->placed.size;
    if (input->placed.largest > f->largest)
        f->largest = input->placed.largest;
    return true;
}

/* Its numbers are absolute, as they are outside of output sections. */
static SELDOM bool place_data(struct filling *f, const struct command *command)
{
    struct eval outside = f->eval;
    outside.section = outside.near = NULL;
    uint64_t value = script_eval_absolute(&outside, command->value).number;
    return add_data(f, command->size, value);
}

/* A PROVIDE that nobody asks for assigns nothing. */
static SELDOM bool assign(struct filling *f, struct command *command)
{
    bool ok = script_assign(&f->eval, command);
    f->output->has_symbol |= command->is_assigned;
    return ok;
}

static SELDOM bool place_command(struct filling *f, struct command *command)
{
    switch (command->kind) {
    case COMMAND_INPUT:
        return place_input(f, command->input);
    case COMMAND_DATA:
        return place_data(f, command);
    case COMMAND_FILL:
        return set_fill(f, &command->fill);
    case COMMAND_ASSIGN:
        if (span_equal(command->name, SPAN(".")))
            return f->pass->link->scripts.contents_set_dot(f, command);
        return assign(f, command);
    case COMMAND_ASSERT:
        script_eval(&f->eval, command->value);
        return true;
    default:
        return true;
    }
}

SELDOM bool contents_place(struct pass *pass, struct output_section *output)
{
    struct filling f = {.pass = pass,
                        .output = output,
                        .eval = pass_eval(pass, output, output->address),
                        .has_subalign = output->statement->subalign};
    if (!set_fill(&f, &output->statement->fill))
        return false;
    for (struct command *c = output->statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            f.moved = NULL;
        if (!place_command(&f, c))
            return false;
    }
    output->largest = f.largest;
    pass->has_moved |= f.eval.has_changed;
    pass_move(pass, &output->size, f.eval.dot - output->address);
    return true;
}
