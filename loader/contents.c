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
    struct piece *moved; /* the gap of `. = ...`, if that came last */
};

/* Moves the location counter, up to the end of the address space, which is 0.
 */
static inline bool advance(struct filling *f, uint64_t size)
{
    const struct output_section *o = f->output;
    uint64_t before = f->eval.dot - o->address;
    f->eval.dot += size;
    if (!f->pass->is_final)
        return true;
    uint64_t room = o->address ? -o->address : UINT64_MAX;
    if (in_bounds(room, before, size))
        return true;
    return link_error(f->pass->link, BOOTLINK_RANGE,
                      "section %.*s: 0x%llx more bytes run past the end of the "
                      "address space; make it smaller, or give it a lower "
                      "address than 0x%llx",
                      SPAN_ARGS(o->name), (unsigned long long)size,
                      (unsigned long long)o->address);
}

/* Lists a piece, in the last walk; before that only the location counter
 * counts. NULL if there is no memory. */
static struct piece *add_piece(struct filling *f, enum piece_kind kind,
                               uint64_t size)
{
    struct output_section *o = f->output;
    struct piece *piece = arena_new(&f->pass->link->arena, struct piece);
    if (!piece)
        return NULL;
    piece->kind = kind;
    piece->size = size;
    piece->offset = f->eval.dot - o->address;
    *o->last_piece = piece;
    o->last_piece = &piece->next;
    return piece;
}

static bool add_gap(struct filling *f, uint64_t size)
{
    if (f->pass->is_final && size) {
        struct piece *piece = add_piece(f, PIECE_FILL, size);
        if (!piece)
            return false;
        piece->fill = f->fill;
    }
    return advance(f, size);
}

static bool add_section(struct filling *f, struct section *section)
{
    bool is_frame = section->frame; /* -q counts on it */
    if (f->pass->is_final && (section->size || is_frame)) {
        struct piece *piece = add_piece(f, PIECE_SECTION, section->size);
        if (!piece)
            return false;
        piece->section = section;
    }
    return advance(f, section->size);
}

static bool add_data(struct filling *f, uint64_t size, uint64_t value)
{
    if (f->pass->is_final) {
        struct piece *piece = add_piece(f, PIECE_DATA, size);
        if (!piece)
            return false;
        piece->value = value;
    }
    return advance(f, size);
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

/* A table of the linker's own that is empty has aligned its output section when
 * it was added, but makes no gap here. */
static bool place_section(struct filling *f, struct section *section)
{
    if (section->is_no_table) {
        section->offset = f->eval.dot - f->output->address;
        return true;
    }
    bool is_gone =
        (section->merged && section->size == 0) ||
        (section->frame && f->eval.link->scripts.eh_frame_is_gone(section));
    uint64_t align = is_gone ? 1 : input_align(f, section);
    uint64_t gap = align_up(f->eval.dot, align) - f->eval.dot;
    if (align > f->output->align)
        f->output->align = align;
    if (gap && f->moved)
        f->moved->fill = SPAN("\0");
    f->moved = NULL;
    if (gap && !add_gap(f, gap))
        return false;
    section->offset = f->eval.dot - f->output->address;
    return add_section(f, section);
}

/* GNU ld has one description for the gap behind `. = ...` and for that of a
 * section directly behind, which only an orphan is: the former is not filled.
 */
static bool place_input(struct filling *f, const struct input_pattern *input)
{
    if (!input->is_orphans)
        f->moved = NULL;
    for (uint64_t i = 0; i < input->matched_count; i++)
        if (!place_section(f, input->matched[i]))
            return false;
    return true;
}

static bool is_number(struct filling *f, const struct expr *expr, uint64_t n)
{
    return expr->is_literal && script_eval(&f->eval, expr).number == n;
}

/* The forms of zero that GNU ld takes to say nothing: literals, and symbols
 * that the script made absolute. */
static bool is_zero(struct filling *f, const struct expr *expr)
{
    const struct symbol *symbol = expr->kind == EXPR_SYMBOL
                                      ? symbol_find(f->pass->link, expr->name)
                                      : NULL;
    if (symbol)
        return symbol->state == SYMBOL_SCRIPT && symbol_assigned_in(symbol) &&
               symbol->is_valued && !symbol->output && symbol->value == 0;
    return is_number(f, expr, 0);
}

static bool is_dot(const struct expr *expr)
{
    return expr->kind == EXPR_SYMBOL && span_equal(expr->name, SPAN("."));
}

/* ALIGN(. != 0 ? anything : 1) */
static bool is_conditional_align(struct filling *f, const struct expr *expr)
{
    const struct expr *align = expr->operand[1];
    if (expr->kind != EXPR_ALIGN || expr->operand[0] ||
        align->kind != EXPR_CONDITIONAL)
        return false;
    const struct expr *condition = align->operand[0];
    return condition->kind == EXPR_NOT_EQUAL && is_dot(condition->operand[0]) &&
           is_number(f, condition->operand[1], 0) &&
           is_number(f, align->operand[2], 1);
}

/* True for `. = 0`, `. = . + 0` and the ALIGN above where they move nothing.
 * Any other `. = ...` keeps its section in the output, empty as it may be. */
static bool says_nothing(struct filling *f, const struct expr *expr)
{
    if (f->eval.dot != f->output->address)
        return false;
    return is_zero(f, expr) || is_conditional_align(f, expr) ||
           (expr->kind == EXPR_ADD && is_dot(expr->operand[0]) &&
            is_zero(f, expr->operand[1]));
}

/* `. = value` inside a section: numbers count from its start, and the location
 * counter never goes back. */
static bool set_dot_inside(struct filling *f, const struct command *command)
{
    struct value v = script_eval(&f->eval, command->value);
    f->output->is_kept |= !says_nothing(f, command->value);
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
    if (!f->output->has_section)
        f->output->flags |= SHF_WRITE;
    enum section_type type = f->output->statement->type;
    if (moves && type != SECTION_TYPE_INFO)
        f->output->flags |= SHF_ALLOC;
    if (moves && type == SECTION_TYPE_NOLOAD)
        f->output->type = SHT_NOBITS;
    struct piece **gap = f->output->last_piece;
    if (!add_gap(f, to - f->eval.dot))
        return false;
    f->moved = f->pass->is_final ? *gap : NULL;
    return true;
}

/* Its numbers are absolute, as they are outside of output sections. */
static bool place_data(struct filling *f, const struct command *command)
{
    struct eval outside = f->eval;
    outside.section = outside.near = NULL;
    uint64_t value = script_eval_absolute(&outside, command->value).number;
    return add_data(f, command->size, value);
}

/* A PROVIDE that nobody asks for assigns nothing. */
static bool assign(struct filling *f, struct command *command)
{
    bool ok = script_assign(&f->eval, command);
    f->output->has_symbol |= command->is_assigned;
    return ok;
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
        return assign(f, command);
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
    for (struct command *c = output->statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            f.moved = NULL;
        if (!place_command(&f, c))
            return false;
    }
    pass->has_moved |= f.eval.has_changed;
    pass_move(pass, &output->size, f.eval.dot - output->address);
    return true;
}
