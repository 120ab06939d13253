/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `. = value` inside an output section [GNU ld manual: Output Section
 * Description], which makes a gap. Modules have none.
 */
#include "layout.h"

#include <elf.h>

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
bool contents_set_dot(struct filling *f, const struct command *command)
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
    if (!contents_add_gap(f, to - f->eval.dot))
        return false;
    f->moved = f->pass->is_final ? *gap : NULL;
    return true;
}
