/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Operators and functions of the layout script's expressions: what a value
 * becomes of others. The layout of a module has none of them.
 * [GNU ld manual: Operators, Evaluation, Builtin Functions]
 */
#include "eval.h"

#include <elf.h>

/* ---- Sections and regions -------------------------------------------------
 */

/* ADDR, LOADADDR, SIZEOF, ALIGNOF. A section with nothing in it has an address
 * if the script asks for that, and an alignment of 0 otherwise: so GNU ld. */
static struct value eval_section(struct eval *e, const struct expr *expr)
{
    struct output_section *o = output_named(e->link, expr->name);
    if (!o)
        return eval_not_known(e, expr, "no such output section:");
    o->has_input |= expr->kind == EXPR_ADDR || expr->kind == EXPR_LOADADDR;
    switch (expr->kind) {
    case EXPR_ADDR:
        return relative(o, 0);
    case EXPR_LOADADDR:
        return absolute(o->load_address);
    case EXPR_SIZEOF:
        return number(o->size);
    default:
        return number(o->has_input ? o->align : 0);
    }
}

/* A start is an address, a length a number. */
static struct value eval_region(struct eval *e, const struct expr *expr)
{
    const struct region *r = region_find(e->link, expr->name);
    if (!r)
        return eval_not_known(e, expr, "no such region in MEMORY:");
    if (expr->kind == EXPR_LENGTH)
        return number(r->length);
    return eval_position(e, r->origin);
}

/* ---- Operators ---------------------------------------------------------- */

static struct value refuse(struct eval *e, const struct expr *expr,
                           const char *what)
{
    if (e->is_final)
        link_error_at(e->link, expr->place, BOOTLINK_SYNTAX, "%s", what);
    return unknown();
}

/* GNU ld takes a place in a section for its offset, and leaves it there. */
static struct value eval_unary(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr->operand[0]);
    if (expr->kind == EXPR_NEGATE)
        v.number = -v.number;
    else if (expr->kind == EXPR_COMPLEMENT)
        v.number = ~v.number;
    else
        v.number = !v.number;
    return v;
}

/* Division and remainder are signed, as in GNU ld; INT64_MIN / -1 wraps. */
static uint64_t divide(uint64_t a, uint64_t b, bool is_remainder)
{
    if (b == UINT64_MAX)
        return is_remainder ? 0 : -a;
    return is_remainder ? (uint64_t)((int64_t)a % (int64_t)b)
                        : (uint64_t)((int64_t)a / (int64_t)b);
}

static uint64_t compute(enum expr_kind kind, uint64_t a, uint64_t b)
{
    switch (kind) {
    case EXPR_MULTIPLY:
        return a * b;
    case EXPR_DIVIDE:
        return divide(a, b, false);
    case EXPR_REMAINDER:
        return divide(a, b, true);
    case EXPR_ADD:
        return a + b;
    case EXPR_SUBTRACT:
        return a - b;
    case EXPR_SHIFT_LEFT:
        return a << (b & 63);
    case EXPR_SHIFT_RIGHT:
        return a >> (b & 63);
    case EXPR_LESS:
        return a < b;
    case EXPR_LESS_EQUAL:
        return a <= b;
    case EXPR_GREATER:
        return a > b;
    case EXPR_GREATER_EQUAL:
        return a >= b;
    case EXPR_EQUAL:
        return a == b;
    case EXPR_NOT_EQUAL:
        return a != b;
    case EXPR_BIT_AND:
        return a & b;
    case EXPR_BIT_XOR:
        return a ^ b;
    case EXPR_BIT_OR:
        return a | b;
    case EXPR_AND:
        return a && b;
    case EXPR_OR:
        return a || b;
    default:
        return 0;
    }
}

static bool gives_number(enum expr_kind kind)
{
    return (kind >= EXPR_LESS && kind <= EXPR_NOT_EQUAL) || kind == EXPR_AND ||
           kind == EXPR_OR;
}

/* Brings two operands to one section: as they are if they share it or one is a
 * plain number, absolute otherwise. */
static void align_sections(struct eval *e, struct value *a, struct value *b)
{
    bool is_same = a->section == b->section && a->is_number == b->is_number;
    if (is_same || a->is_number || b->is_number)
        return;
    *a = make_absolute(*a);
    *b = make_absolute(*b);
    e->has_used_dot = false;
}

static struct value combine(struct eval *e, enum expr_kind kind, struct value a,
                            struct value b)
{
    uint64_t n = compute(kind, a.number, b.number);
    if (gives_number(kind))
        return number(n);
    struct value v = a.is_number ? b : a;
    bool is_same = a.section == b.section && a.is_number == b.is_number;
    if (is_same)
        v = literal(e, n); /* the distance of two addresses is a number */
    v.number = n;
    return v;
}

static struct value eval_binary(struct eval *e, const struct expr *expr)
{
    struct value a = script_eval(e, expr->operand[0]);
    struct value b = script_eval(e, expr->operand[1]);
    if (!a.is_known || !b.is_known)
        return unknown();
    align_sections(e, &a, &b);
    bool divides = expr->kind == EXPR_DIVIDE || expr->kind == EXPR_REMAINDER;
    if (divides && b.number == 0)
        return refuse(e, expr, "division by zero");
    return combine(e, expr->kind, a, b);
}

/* ---- Functions ---------------------------------------------------------- */

/* What two operands that share a section, or of which one is a number, make. */
static struct value joined(struct value a, struct value b, uint64_t n)
{
    struct value v = a.is_number ? b : a;
    v.number = n;
    return v;
}

/* ALIGN(value, a); script_eval.c has ALIGN(a). */
static struct value eval_align(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr->operand[0]);
    struct value align = script_eval(e, expr->operand[1]);
    if (!v.is_known || !align.is_known)
        return unknown();
    align_sections(e, &v, &align);
    return joined(v, align, eval_round_up(v.number, align.number));
}

/* NEXT(a) is ALIGN(a), but no place in a section. */
static struct value eval_next(struct eval *e, const struct expr *expr)
{
    struct value align = script_eval_absolute(e, expr->operand[0]);
    e->has_used_dot = false;
    return align.is_known ? absolute(eval_round_up(e->dot, align.number))
                          : align;
}

static struct value eval_extreme(struct eval *e, const struct expr *expr)
{
    struct value a = script_eval(e, expr->operand[0]);
    struct value b = script_eval(e, expr->operand[1]);
    if (!a.is_known || !b.is_known)
        return unknown();
    align_sections(e, &a, &b);
    bool a_wins =
        expr->kind == EXPR_MAX ? a.number > b.number : a.number < b.number;
    return joined(a, b, a_wins ? a.number : b.number);
}

/* Of a place it counts the distance from the start of its section. */
static struct value eval_log2ceil(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr->operand[0]);
    uint64_t bits = 0;
    while (bits < 64 && v.number > 1 && (v.number - 1) >> bits)
        bits++;
    return v.is_known ? number(bits) : v;
}

static struct value eval_assert(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr->operand[0]);
    if (e->is_final && v.is_known && v.number == 0)
        link_error_at(e->link, expr->place, BOOTLINK_LAYOUT,
                      "assertion failed: %.*s", SPAN_ARGS(expr->name));
    return v;
}

static struct value eval_absolute_function(struct eval *e,
                                           const struct expr *expr)
{
    struct value v = script_eval_absolute(e, expr->operand[0]);
    e->has_used_dot = false;
    return v;
}

static struct value eval_headers(struct eval *e)
{
    if (link_is_relocatable(e->link))
        return number(sizeof(Elf64_Ehdr)); /* an object has no segments */
    if (link_is_flat(e->link))
        return number(0);
    e->link->has_asked_headers = true;
    return number(sizeof(Elf64_Ehdr) +
                  e->link->expected_headers * sizeof(Elf64_Phdr));
}

/* What -Ttext-segment and its likes say, or else the default. GNU ld makes it a
 * place, like the location counter, and takes the number of a default that is
 * one. */
static struct value eval_segment_start(struct eval *e, const struct expr *expr)
{
    const struct bootlink_request *request = e->link->request;
    for (size_t i = request->start_count; i--;) {
        if (request->starts[i].is_section ||
            !span_equal(request->starts[i].name, expr->name))
            continue;
        e->link->starts_used[i] = true;
        return eval_position(e, request->starts[i].address);
    }
    struct value v = script_eval(e, expr->operand[0]);
    return v.is_known ? eval_position(e, v.number) : v;
}

/* ---- The whole ---------------------------------------------------------- */

struct value script_compute(struct eval *e, const struct expr *expr)
{
    if (expr->kind <= EXPR_COMPLEMENT)
        return eval_unary(e, expr);
    if (expr->kind <= EXPR_OR)
        return eval_binary(e, expr);
    switch (expr->kind) {
    case EXPR_ALIGN:
        return eval_align(e, expr);
    case EXPR_NEXT:
        return eval_next(e, expr);
    case EXPR_ABSOLUTE:
        return eval_absolute_function(e, expr);
    case EXPR_MAX:
    case EXPR_MIN:
        return eval_extreme(e, expr);
    case EXPR_LOG2CEIL:
        return eval_log2ceil(e, expr);
    case EXPR_ASSERT:
        return eval_assert(e, expr);
    case EXPR_ADDR:
    case EXPR_LOADADDR:
    case EXPR_SIZEOF:
    case EXPR_ALIGNOF:
        return eval_section(e, expr);
    case EXPR_ORIGIN:
    case EXPR_LENGTH:
        return eval_region(e, expr);
    case EXPR_SIZEOF_HEADERS:
        return eval_headers(e);
    case EXPR_SEGMENT_START:
        return eval_segment_start(e, expr);
    default:
        return data_segment_eval(e, expr);
    }
}
