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
    struct content *moved; /* the gap of `. = ...`, if that came last */
    uint64_t largest;      /* of the pieces */
    bool has_run_past;     /* the end of the address space */
};

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

/* The end of the address space is 0, but of a section that begins there. */
static inline bool has_room(const struct filling *f, uint64_t size)
{
    uint64_t last = f->eval.dot - (f->output->address != 0);
    return size <= UINT64_MAX - last;
}

/* Moves the location counter. */
static inline bool advance(struct filling *f, uint64_t size)
{
    bool ok = has_room(f, size) || run_past_end(f, size);
    f->eval.dot += size;
    if (size > f->largest)
        f->largest = size;
    return ok;
}

/* Lists what comes next, in the last walk; before that only the location
 * counter counts. NULL if there is no memory. */
static struct content *add_content(struct filling *f, enum piece_kind kind,
                                   uint64_t size)
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

static bool add_gap(struct filling *f, uint64_t size)
{
    if (f->pass->is_final && size && !add_content(f, PIECE_FILL, size))
        return false;
    return advance(f, size);
}

static bool add_data(struct filling *f, uint64_t size, uint64_t value)
{
    if (f->pass->is_final) {
        struct content *content = add_content(f, PIECE_DATA, size);
        if (!content)
            return false;
        content->value = value;
    }
    return advance(f, size);
}

static bool add_sections(struct filling *f, const struct input_pattern *input)
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

static uint64_t subalign_of(struct filling *f, const struct expr *subalign)
{
    struct value v = script_eval_absolute(&f->eval, subalign);
    return v.is_known && is_power_of_two(v.number) ? v.number : 1;
}

/* What all was taken from does not align. */
static inline bool is_gone(const struct filling *f,
                           const struct section *section)
{
    return (section->merged && section->size == 0) ||
           (section->frame && f->pass->link->scripts.eh_frame_is_gone(section));
}

static inline uint64_t input_align(struct filling *f,
                                   const struct section *section)
{
    const struct expr *subalign = f->output->statement->subalign;
    if (is_gone(f, section))
        return 1;
    return subalign ? subalign_of(f, subalign) : section->align;
}

/* A table of the linker's own that is empty has aligned its output section when
 * it was added, but makes no gap here. */
static inline bool place_section(struct filling *f, struct section *section)
{
    uint64_t from = f->eval.dot;
    if (!section->is_no_table) {
        uint64_t align = input_align(f, section);
        uint64_t gap = -f->eval.dot & (align - 1);
        if (align > f->output->align)
            f->output->align = align;
        if (gap && f->moved)
            f->moved->fill = SPAN("\0");
        f->moved = NULL;
        if (gap && !advance(f, gap))
            return false;
    }
    section->offset = f->eval.dot - f->output->address;
    bool ok = advance(f, section->size);
    if (f->eval.dot - from > f->largest)
        f->largest = f->eval.dot - from;
    return ok;
}

/* False for what is_gone() may be true of, and for tables. */
static inline bool is_usual(const struct section *section)
{
    return !section->merged && !section->frame && !section->is_no_table;
}

/* Places usual ones from the i-th on, as long as there is room: 30 instructions
 * each, where place_section() takes 90. Returns the next one. */
static uint64_t place_usual(struct filling *f, const struct section_list *list,
                            uint64_t i)
{
    struct output_section *o = f->output;
    uint64_t start = o->address, offset = f->eval.dot - start;
    uint64_t left = (start ? 0 : UINT64_MAX) - f->eval.dot;
    for (; i < list->count && is_usual(list->items[i]); i++) {
        struct section *section = list->items[i];
        uint64_t gap = -(start + offset) & (section->align - 1);
        if (gap > left || section->size > left - gap)
            break;
        uint64_t taken = gap + section->size;
        section->offset = offset + gap;
        offset += taken;
        left -= taken;
        f->largest = taken > f->largest ? taken : f->largest;
        o->align = section->align > o->align ? section->align : o->align;
    }
    f->eval.dot = start + offset;
    return i;
}

/* True if the last walk has placed them as this one would: at the same place in
 * an output section that lies as its alignment wants it. Without that each walk
 * of three would take 65 instructions for each section. */
static bool is_placed(const struct filling *f, const struct placed *placed)
{
    const struct output_section *o = f->output;
    uint64_t moved_by = o->address - placed->address;
    return placed->holds && !f->moved && (moved_by & (o->align - 1)) == 0 &&
           f->eval.dot - o->address == placed->start &&
           has_room(f, placed->size);
}

/* Sections that describe others may change their order between two walks. */
static bool place_sections(struct filling *f, struct input_pattern *input)
{
    const struct output_section *o = f->output;
    struct placed *placed = &input->placed;
    const struct filling before = *f;
    f->largest = 0;
    f->has_run_past = false;
    const struct section_list *list = &input->matched;
    for (uint64_t i = 0; i < list->count; i++) {
        if (!f->moved && !o->statement->subalign)
            i = place_usual(f, list, i);
        if (i < list->count && !place_section(f, list->items[i]))
            return false;
    }
    placed->holds =
        !f->has_run_past && !o->statement->subalign && !o->has_link_order;
    placed->address = o->address;
    placed->start = before.eval.dot - o->address;
    placed->size = f->eval.dot - before.eval.dot;
    placed->largest = f->largest;
    f->largest = before.largest;
    f->eval.dot = before.eval.dot;
    return true;
}

/* GNU ld has one description for the gap behind `. = ...` and for that of a
 * section directly behind, which only an orphan is: the former is not filled.
 */
static bool place_input(struct filling *f, struct input_pattern *input)
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
    struct content **gap = f->output->last_content;
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
    output->largest = f.largest;
    pass->has_moved |= f.eval.has_changed;
    pass_move(pass, &output->size, f.eval.dot - output->address);
    return true;
}
