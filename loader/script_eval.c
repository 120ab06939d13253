/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An expression of the layout script into a value [GNU ld manual: Expressions].
 *
 * A value is a plain number, an absolute address, or relative to an output
 * section. Outside of output sections numbers count as absolute; inside,
 * absolute symbols count as numbers. [GNU ld manual: The Section of an
 * Expression] What module.ld does not have, most operators and functions, is in
 * script_operators.c.
 */
#include "eval.h"

struct value eval_not_known(struct eval *e, const struct expr *expr,
                            const char *what)
{
    if (e->is_final)
        link_error_at(e->link, expr->place, BOOTLINK_UNDEFINED, "%s '%.*s'",
                      what, SPAN_ARGS(expr->name));
    return unknown();
}

/* ---- Names -------------------------------------------------------------- */

struct value eval_position(struct eval *e, uint64_t address)
{
    e->has_used_dot = true;
    return e->section ? relative(e->section, address - e->section->address)
                      : absolute(address);
}

static struct value symbol_value(const struct eval *e,
                                 const struct symbol *symbol)
{
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        if (symbol->section->state == SECTION_DISCARDED)
            return literal(e, symbol->value); /* GNU ld's offset, from 0 */
        if (symbol->section->state != SECTION_PLACED)
            return unknown();
        return relative(symbol->section->output, symbol_output_offset(symbol));
    case SYMBOL_SCRIPT:
        if (!symbol->is_valued)
            return unknown();
        if (symbol->is_near)
            return literal(e, symbol->output->address + symbol->value);
        if (symbol->output)
            return relative(symbol->output, symbol->value);
        return literal(e, symbol->value);
    case SYMBOL_ABSOLUTE:
    case SYMBOL_IMPORTED:
        return literal(e, symbol->value);
    default:
        return unknown();
    }
}

/* Where a new value is computed from an old one, that is the object's until the
 * walk comes by. */
static const struct symbol *as_it_stands(const struct eval *e,
                                         const struct symbol *symbol)
{
    const struct symbol_rest *rest = symbol->rest;
    bool is_before = rest && rest->assigned_in != e->link->walk;
    return is_before && rest->original ? rest->original : symbol;
}

static struct value eval_symbol(struct eval *e, const struct expr *expr)
{
    if (span_equal(expr->name, SPAN(".")))
        return eval_position(e, e->dot);
    struct hashed_name name = symbol_table_hash(&e->link->symbols, expr->name);
    struct symbol *symbol = symbol_enter_reference(e->link, &name);
    if (!symbol)
        return unknown();
    symbol->is_read = symbol->is_referenced = true;
    struct value v = symbol_value(e, as_it_stands(e, symbol));
    if (!v.is_known)
        return eval_not_known(e, expr, "undefined symbol in an expression:");
    e->source = symbol;
    e->source_count++;
    return v;
}

/* A symbol of the script counts from its assignment on. */
static struct value eval_defined(struct eval *e, const struct expr *expr)
{
    struct symbol *symbol = symbol_find(e->link, expr->name);
    if (symbol)
        symbol->is_read = true;
    bool is_defined = symbol && symbol->state != SYMBOL_UNDEFINED;
    if (is_defined && symbol->state == SYMBOL_SCRIPT)
        is_defined = symbol->is_overridden ||
                     symbol_assigned_in(symbol) == e->link->walk;
    return number(is_defined);
}

static struct value eval_constant(struct eval *e, const struct expr *expr)
{
    if (span_equal(expr->name, SPAN("MAXPAGESIZE")))
        return number(e->link->page_size);
    if (span_equal(expr->name, SPAN("COMMONPAGESIZE")))
        return number(e->link->common_page_size);
    return eval_not_known(e, expr, "no such constant:");
}

/* ---- The whole ---------------------------------------------------------- */

uint64_t eval_round_up(uint64_t n, uint64_t multiple)
{
    if (multiple <= 1)
        return n;
    return (n + multiple - 1) / multiple * multiple;
}

/* ALIGN(a), of the location counter. */
static struct value eval_align(struct eval *e, const struct expr *expr)
{
    struct value align = script_eval(e, expr->operand[1]);
    return align.is_known
               ? eval_position(e, eval_round_up(e->dot, align.number))
               : unknown();
}

static struct value eval_conditional(struct eval *e, const struct expr *expr)
{
    unsigned count = e->source_count; /* a condition gives no type */
    const struct symbol *source = e->source;
    struct value v = script_eval(e, expr->operand[0]);
    e->source_count = count;
    e->source = source;
    if (!v.is_known)
        return v;
    return script_eval(e, expr->operand[v.number ? 1 : 2]);
}

static struct value eval_node(struct eval *e, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONDITIONAL:
        return eval_conditional(e, expr);
    case EXPR_DEFINED:
        return eval_defined(e, expr);
    case EXPR_CONSTANT:
        return eval_constant(e, expr);
    case EXPR_ALIGN:
        if (!expr->operand[0])
            return eval_align(e, expr);
        /* fall through */
    default:
        return e->link->scripts.script_compute(e, expr);
    }
}

struct value script_eval(struct eval *e, const struct expr *expr)
{
    struct value given = {0};
    if (e->early && e->early(e, expr, &given))
        return given;
    if (expr->kind == EXPR_NUMBER)
        return literal(e, expr->number);
    if (expr->kind == EXPR_SYMBOL)
        return eval_symbol(e, expr);
    struct value v = eval_node(e, expr);
    return expr->is_literal && v.is_known ? literal(e, v.number) : v;
}

struct value script_eval_absolute(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr);
    return v.is_known ? make_absolute(v) : v;
}
