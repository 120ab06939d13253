/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An expression of the layout script into a value [GNU ld manual: Expressions].
 *
 * A value is a plain number, an absolute address, or relative to an output
 * section. Outside of output sections numbers count as absolute; inside,
 * absolute symbols count as numbers. [GNU ld manual: The Section of an
 * Expression]
 */
#include "loader.h"

#include <elf.h>

/* ---- Values ------------------------------------------------------------- */

static struct value unknown(void)
{
    return (struct value){0};
}

static struct value number(uint64_t n)
{
    return (struct value){.is_known = true, .is_number = true, .number = n};
}

static struct value absolute(uint64_t address)
{
    return (struct value){.is_known = true, .number = address};
}

static struct value relative(struct output_section *section, uint64_t offset)
{
    return (struct value){
        .is_known = true, .section = section, .number = offset};
}

static struct value make_absolute(struct value v)
{
    v.number = value_address(v);
    v.section = NULL;
    v.is_number = false;
    return v;
}

/* A literal: a number inside an output section, absolute elsewhere; after
 * LD_FEATURE("SANE_EXPR") a number anywhere. */
static struct value literal(const struct eval *e, uint64_t n)
{
    bool is_number = e->section || e->link->script.has_sane_numbers;
    return is_number ? number(n) : absolute(n);
}

/* An error if all is laid out; before that the value may still become known. */
static struct value not_known(struct eval *e, const struct expr *expr,
                              const char *what)
{
    if (e->is_final)
        link_error_at(e->link, expr->place, BOOTLINK_UNDEFINED, "%s '%.*s'",
                      what, SPAN_ARGS(expr->name));
    return unknown();
}

static struct value refuse(struct eval *e, const struct expr *expr,
                           const char *what)
{
    if (e->is_final)
        link_error_at(e->link, expr->place, BOOTLINK_SYNTAX, "%s", what);
    return unknown();
}

/* ---- Names -------------------------------------------------------------- */

/* A place in the output as the location counter gives it: relative to the
 * output section that the expression stands in. */
static struct value position(struct eval *e, uint64_t address)
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
    bool is_before = symbol->assigned_in != e->link->walk;
    return symbol->original && is_before ? symbol->original : symbol;
}

static struct value eval_symbol(struct eval *e, const struct expr *expr)
{
    if (span_equal(expr->name, SPAN(".")))
        return position(e, e->dot);
    struct hashed_name name = symbol_table_hash(&e->link->symbols, expr->name);
    struct symbol *symbol = symbol_enter_reference(e->link, &name);
    if (!symbol)
        return unknown();
    symbol->is_read = symbol->is_referenced = true;
    struct value v = symbol_value(e, as_it_stands(e, symbol));
    if (!v.is_known)
        return not_known(e, expr, "undefined symbol in an expression:");
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
        is_defined =
            symbol->is_overridden || symbol->assigned_in == e->link->walk;
    return number(is_defined);
}

/* ADDR, LOADADDR, SIZEOF, ALIGNOF. A section with nothing in it has an address
 * if the script asks for that, and an alignment of 0 otherwise: so GNU ld. */
static struct value eval_section(struct eval *e, const struct expr *expr)
{
    struct output_section *o = output_named(e->link, expr->name);
    if (!o)
        return not_known(e, expr, "no such output section:");
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
        return not_known(e, expr, "no such region in MEMORY:");
    if (expr->kind == EXPR_LENGTH)
        return number(r->length);
    return position(e, r->origin);
}

static struct value eval_constant(struct eval *e, const struct expr *expr)
{
    if (span_equal(expr->name, SPAN("MAXPAGESIZE")))
        return number(e->link->page_size);
    if (span_equal(expr->name, SPAN("COMMONPAGESIZE")))
        return number(e->link->common_page_size);
    return not_known(e, expr, "no such constant:");
}

/* ---- Operators ---------------------------------------------------------- */

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

/* ---- Functions ---------------------------------------------------------- */

/* Rounds up to any multiple, as GNU ld does; 0 and 1 change nothing. */
static uint64_t round_up(uint64_t n, uint64_t multiple)
{
    if (multiple <= 1)
        return n;
    return (n + multiple - 1) / multiple * multiple;
}

/* What two operands that share a section, or of which one is a number, make. */
static struct value joined(struct value a, struct value b, uint64_t n)
{
    struct value v = a.is_number ? b : a;
    v.number = n;
    return v;
}

/* ALIGN(a) is ALIGN(., a); a place in a section counts from its start. */
static struct value eval_align(struct eval *e, const struct expr *expr)
{
    struct value v = {.is_known = true};
    if (expr->operand[0])
        v = script_eval(e, expr->operand[0]);
    struct value align = script_eval(e, expr->operand[1]);
    if (!v.is_known || !align.is_known)
        return unknown();
    if (!expr->operand[0])
        return position(e, round_up(e->dot, align.number));
    align_sections(e, &v, &align);
    return joined(v, align, round_up(v.number, align.number));
}

/* NEXT(a) is ALIGN(a), but no place in a section. */
static struct value eval_next(struct eval *e, const struct expr *expr)
{
    struct value align = script_eval_absolute(e, expr->operand[0]);
    e->has_used_dot = false;
    return align.is_known ? absolute(round_up(e->dot, align.number)) : align;
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
        return position(e, request->starts[i].address);
    }
    struct value v = script_eval(e, expr->operand[0]);
    return v.is_known ? position(e, v.number) : v;
}

static struct value eval_function(struct eval *e, const struct expr *expr)
{
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
    case EXPR_DEFINED:
        return eval_defined(e, expr);
    case EXPR_ORIGIN:
    case EXPR_LENGTH:
        return eval_region(e, expr);
    case EXPR_CONSTANT:
        return eval_constant(e, expr);
    case EXPR_SIZEOF_HEADERS:
        return eval_headers(e);
    case EXPR_SEGMENT_START:
        return eval_segment_start(e, expr);
    default:
        return e->link->scripts.data_segment_eval(e, expr);
    }
}

/* ---- The whole ---------------------------------------------------------- */

static struct value eval_operator(struct eval *e, const struct expr *expr)
{
    if (expr->kind <= EXPR_COMPLEMENT)
        return eval_unary(e, expr);
    if (expr->kind <= EXPR_OR)
        return eval_binary(e, expr);
    if (expr->kind == EXPR_CONDITIONAL)
        return eval_conditional(e, expr);
    return eval_function(e, expr);
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
    struct value v = eval_operator(e, expr);
    return expr->is_literal && v.is_known ? literal(e, v.number) : v;
}

struct value script_eval_absolute(struct eval *e, const struct expr *expr)
{
    struct value v = script_eval(e, expr);
    return v.is_known ? make_absolute(v) : v;
}
