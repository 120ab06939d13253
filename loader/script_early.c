/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What assignments mean to archives. When the turn of a script or --defsym
 * comes on the command line, GNU ld evaluates its assignments for the first
 * time, as far as that can be done before anything is laid out: a name that
 * nothing has mentioned yet becomes a reference, and so takes a member out of
 * an archive behind it; for a symbol that is assigned no member is taken any
 * more. Afterwards the values are forgotten. [GNU ld manual: Assigning Values
 * to Symbols; the order is GNU ld's habit]
 */
#include "loader.h"

static struct value early_value(uint64_t n)
{
    return (struct value){.is_known = true, .number = n};
}

/* What an assignment gave it, or NULL. */
static const struct symbol *early_entry(const struct link *link, span name)
{
    return symbol_table_find(&link->early, name);
}

/* An offset in its section is all that is known of what an object defines. */
static struct value early_symbol(struct link *link, span name)
{
    struct hashed_name hashed = symbol_table_hash(&link->symbols, name);
    struct symbol *symbol = symbol_enter_reference(link, &hashed);
    const struct symbol *entry =
        symbol ? early_entry(link, symbol->name) : NULL;
    if (!symbol || symbol->state == SYMBOL_COMMON)
        return (struct value){0};
    if (symbol->state != SYMBOL_UNDEFINED)
        return early_value(symbol->value);
    if (entry)
        return early_value(entry->value);
    if (!symbol->is_referenced || symbol->is_scripted) {
        symbol->is_scripted = false;
        symbol_want(link, symbol);
    }
    return (struct value){0};
}

static bool is_defined(const struct link *link, span name)
{
    const struct symbol *symbol = symbol_find(link, name);
    return symbol && (symbol->state != SYMBOL_UNDEFINED ||
                      early_entry(link, symbol->name));
}

/* Functions that can have a value before there are sections. */
static bool is_plain(const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_ALIGN:
        return expr->operand[0];
    case EXPR_ABSOLUTE:
    case EXPR_MAX:
    case EXPR_MIN:
    case EXPR_LOG2CEIL:
    case EXPR_ASSERT:
    case EXPR_CONSTANT:
    case EXPR_SEGMENT_START:
        return true;
    default:
        return expr->kind <= EXPR_CONDITIONAL;
    }
}

/* Of a function of places the operands alone are looked at. */
static bool early(struct eval *e, const struct expr *expr, struct value *v)
{
    if (expr->kind == EXPR_SYMBOL && !span_equal(expr->name, SPAN(".")))
        *v = early_symbol(e->link, expr->name);
    else if (expr->kind == EXPR_DEFINED)
        *v = early_value(is_defined(e->link, expr->name));
    else if (is_plain(expr))
        return false;
    else
        for (unsigned i = 0; i < 3; i++)
            if (expr->operand[i])
                script_eval(e, expr->operand[i]);
    return true;
}

/* PROVIDE gives a value to what is referred to, and to nothing else. */
static bool is_for_nobody(struct link *link, const struct command *command)
{
    const struct symbol *symbol = symbol_find(link, command->name);
    bool is_provided =
        command->how == ASSIGN_PROVIDE || command->how == ASSIGN_PROVIDE_HIDDEN;
    return is_provided && (!symbol || symbol->state != SYMBOL_UNDEFINED ||
                           !symbol->is_referenced || symbol->is_scripted);
}

/* Without a value it is still too late to refer to it for the first time. */
static bool assign(struct link *link, const struct command *command)
{
    struct eval e = {.link = link, .early = early};
    if (span_equal(command->name, SPAN(".")) || is_for_nobody(link, command))
        return true;
    struct value v = script_eval(&e, command->value);
    struct symbol *symbol = symbol_enter(link, command->name);
    if (!symbol || !v.is_known) {
        if (symbol)
            symbol->is_scripted |= !symbol->is_referenced;
        return symbol;
    }
    struct symbol *entry =
        symbol_table_enter(&link->arena, &link->early, command->name);
    if (!entry)
        return false;
    entry->value = v.number;
    symbol->is_scripted = true;
    return true;
}

bool script_anticipate(struct link *link, struct command **next, uint32_t order)
{
    bool ok = true;
    for (; ok && *next && (*next)->order < order;
         *next = (*next)->next_assignment)
        ok = assign(link, *next);
    return ok && !link->arena.failed;
}
