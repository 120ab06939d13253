/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols of the script as --gc-sections sees them: where one is defined by
 * another symbol, the two are used together.
 */
#include "gc.h"

/* What can be said of a condition before layout. */
static bool is_true(struct link *link, const struct expr *condition)
{
    uint64_t value;
    if (script_constant(link, condition, &value))
        return value != 0;
    if (condition->kind != EXPR_DEFINED)
        return true;
    const struct symbol *symbol = symbol_find(link, condition->name);
    return symbol && symbol->state != SYMBOL_UNDEFINED;
}

/* The symbol of that name as the script knows it so far. */
static struct symbol *script_symbol(const struct gc *gc, span name)
{
    struct symbol *symbol = symbol_table_find(&gc->assigned, name);
    return symbol ? symbol : symbol_find(gc->link, name);
}

/* The symbol that an expression's value moves with; NULL if there is none, or
 * if there are two, whose distance it may be. */
static struct symbol *base_of(const struct gc *gc, const struct expr *expr)
{
    if (expr->kind == EXPR_SYMBOL)
        return script_symbol(gc, expr->name);
    unsigned first = 0, end = 3;
    if (expr->kind == EXPR_CONDITIONAL) {
        first = is_true(gc->link, expr->operand[0]) ? 1 : 2;
        end = first + 1;
    }
    struct symbol *found = NULL;
    for (unsigned i = first; i < end; i++) {
        struct symbol *base =
            expr->operand[i] ? base_of(gc, expr->operand[i]) : NULL;
        if (base && found)
            return NULL;
        found = base ? base : found;
    }
    return found;
}

static bool set_alias(struct gc *gc, struct symbol *symbol,
                      struct symbol *alias)
{
    struct symbol_rest *rest = symbol_rest(&gc->link->arena, symbol);
    if (rest)
        rest->alias = alias;
    return rest;
}

/* PROVIDE gives way to a definition. */
static bool read_assignment(struct gc *gc, const struct command *command)
{
    struct symbol *symbol = symbol_find(gc->link, command->name);
    bool provides =
        command->how == ASSIGN_PROVIDE || command->how == ASSIGN_PROVIDE_HIDDEN;
    if (provides && (!symbol || symbol->state != SYMBOL_UNDEFINED))
        return true;
    struct symbol *base = base_of(gc, command->value);
    struct symbol *assigned =
        symbol_table_enter(&gc->link->arena, &gc->assigned, command->name);
    if (!assigned)
        return false;
    assigned->is_assigned = !provides;
    return base == assigned || set_alias(gc, assigned, base);
}

static bool read_assignments(struct gc *gc, const struct command *command)
{
    for (; command; command = command->next) {
        if (command->kind == COMMAND_ASSIGN && !read_assignment(gc, command))
            return false;
        if (command->kind == COMMAND_OUTPUT_SECTION &&
            !read_assignments(gc, command->section->commands))
            return false;
    }
    return true;
}

/* The objects' symbols learn what the script makes of them. */
bool gc_read_script(struct gc *gc)
{
    if (!read_assignments(gc, gc->link->script.commands))
        return false;
    for (struct symbol *s = gc->assigned.first; s; s = s->next) {
        struct symbol *symbol = symbol_find(gc->link, s->name);
        if (!symbol)
            continue;
        symbol->is_assigned = s->is_assigned;
        if (!set_alias(gc, symbol, s))
            return false;
    }
    return true;
}
