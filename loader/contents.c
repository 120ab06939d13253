/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inside an output section [GNU ld manual: Output Section Description]: input
 * sections at their alignment, data, symbols, and the gaps between them, which
 * the fill in force fills.
 */
#include "layout.h"

#include <elf.h>

/* One output section during a walk. */
struct filling {
    struct pass *pass;
    struct output_section *output;
    struct eval eval; /* eval.dot is the location counter */
    span fill;
};

/* Moves the location counter, up to the end of the address space, which is 0.
 */
static bool advance(struct filling *f, uint64_t size)
{
    const struct output_section *o = f->output;
    uint64_t room = o->address ? -o->address : UINT64_MAX;
    bool fits = in_bounds(room, f->eval.dot - o->address, size);
    f->eval.dot += size;
    if (fits || !f->pass->is_final)
        return true;
    return link_error(f->pass->link, BOOTLINK_RANGE,
                      "section %.*s: 0x%llx more bytes run past the end of the "
                      "address space; make it smaller, or give it a lower "
                      "address than 0x%llx",
                      SPAN_ARGS(o->name), (unsigned long long)size,
                      (unsigned long long)o->address);
}

/* Lists a piece in the last walk; before that only the location counter counts.
 */
static bool add_piece(struct filling *f, struct piece piece)
{
    struct output_section *o = f->output;
    if (!f->pass->is_final || piece.size == 0)
        return true;
    struct piece *copy = arena_new(&f->pass->link->arena, struct piece);
    if (!copy)
        return false;
    *copy = piece;
    copy->offset = f->eval.dot - o->address;
    *o->last_piece = copy;
    o->last_piece = &copy->next;
    return true;
}

static bool add_gap(struct filling *f, uint64_t size)
{
    return add_piece(f, (struct piece){.kind = PIECE_FILL,
                                       .size = size,
                                       .fill = f->fill}) &&
           advance(f, size);
}

/* A fill that is not a plain hex number is four big-endian bytes.
 * [GNU ld manual: Output Section Fill] */
static bool set_fill(struct filling *f, const struct fill *fill)
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

static uint64_t input_align(struct filling *f, const struct section *section)
{
    const struct expr *subalign = f->output->statement->subalign;
    if (!subalign)
        return section->align;
    struct value v = script_eval_absolute(&f->eval, subalign);
    return v.is_known && is_power_of_two(v.number) ? v.number : 1;
}

static bool place_section(struct filling *f, struct section *section)
{
    bool is_gone = section->merged && section->size == 0;
    uint64_t align = is_gone ? 1 : input_align(f, section);
    if (align > f->output->align)
        f->output->align = align;
    if (!add_gap(f, align_up(f->eval.dot, align) - f->eval.dot))
        return false;
    section->offset = f->eval.dot - f->output->address;
    return add_piece(f, (struct piece){.kind = PIECE_SECTION,
                                       .size = section->size,
                                       .section = section}) &&
           advance(f, section->size);
}

static bool place_input(struct filling *f, const struct input_pattern *input)
{
    for (uint64_t i = 0; i < input->matched_count; i++)
        if (!place_section(f, input->matched[i]))
            return false;
    return true;
}

/* `. = value` inside a section: numbers count from its start, and the location
 * counter never goes back. */
static bool set_dot_inside(struct filling *f, const struct command *command)
{
    struct value v = script_eval(&f->eval, command->value);
    if (!v.is_known)
        return true;
    uint64_t base = v.section ? v.section->address : 0;
    if (v.is_number)
        base = f->output->address;
    uint64_t to = base + v.number;
    bool is_end = to == 0 && f->output->address; /* of the address space */
    if (to < f->eval.dot && !is_end) {
        if (f->pass->is_final)
            link_error_at(
                f->pass->link, command->place, BOOTLINK_LAYOUT,
                "cannot move the location counter backwards inside an "
                "output section");
        return true;
    }
    bool moves = to != f->eval.dot;
    if (moves && !f->output->has_section)
        f->output->flags |= SHF_ALLOC | SHF_WRITE;
    if (moves && f->output->statement->type != SECTION_TYPE_INFO)
        f->output->flags |= SHF_ALLOC;
    return add_gap(f, to - f->eval.dot);
}

static bool place_data(struct filling *f, const struct command *command)
{
    uint64_t value = script_eval_absolute(&f->eval, command->value).number;
    return add_piece(f, (struct piece){.kind = PIECE_DATA,
                                       .size = command->size,
                                       .value = value}) &&
           advance(f, command->size);
}

static bool place_command(struct filling *f, struct command *command)
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
            return set_dot_inside(f, command);
        return script_assign(&f->eval, command);
    case COMMAND_ASSERT:
        script_eval(&f->eval, command->value);
        return true;
    default:
        return true;
    }
}

bool contents_place(struct pass *pass, struct output_section *output)
{
    struct filling f = {.pass = pass,
                        .output = output,
                        .eval = pass_eval(pass, output, output->address)};
    if (!set_fill(&f, &output->statement->fill))
        return false;
    for (struct command *c = output->statement->commands; c; c = c->next)
        if (!place_command(&f, c))
            return false;
    pass->has_moved |= f.eval.has_changed;
    pass_move(pass, &output->size, f.eval.dot - output->address);
    return true;
}
