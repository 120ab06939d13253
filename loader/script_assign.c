/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The script gives a symbol its value: plainly, HIDDEN, or PROVIDE. Each walk
 * over the script assigns anew; when nothing changes, values are final.
 * [GNU ld manual: Assigning Values to Symbols]
 */
#include "loader.h"

#include <elf.h>

/* PROVIDE gives way to a definition, an earlier PROVIDE among them, and needs a
 * reference. */
static struct symbol *target(struct eval *e, const struct command *command)
{
    bool is_provided =
        command->how == ASSIGN_PROVIDE || command->how == ASSIGN_PROVIDE_HIDDEN;
    if (!is_provided)
        return symbol_enter(e->link, command->name);
    struct symbol *symbol = symbol_find(e->link, command->name);
    bool is_free =
        symbol && !symbol->is_foreseen &&
        (symbol->state == SYMBOL_UNDEFINED || symbol->state == SYMBOL_IMPORTED);
    struct symbol_rest *rest = symbol ? symbol->rest : NULL;
    if (rest && rest->provider)
        is_free = rest->provider == command;
    if (!is_free || !(rest = symbol_rest(&e->link->arena, symbol)))
        return NULL;
    rest->provider = command;
    return symbol;
}

/* What a symbol gets: a number inside an output section counts from its start;
 * a place outside of output sections belongs to the one it is near. */
static struct value assigned(struct eval *e, const struct expr *expr)
{
    struct output_section *near = e->section ? e->section : e->near;
    e->has_used_dot = false;
    e->source_count = 0;
    struct value v = script_eval(e, expr);
    if (v.is_number) {
        v.section = e->section;
        v.is_number = false;
    }
    bool is_place = v.is_known && !v.section && e->has_used_dot;
    if (is_place && near) {
        v.section = near;
        v.number -= near->address;
        v.is_near = true;
    }
    return v;
}

/* The type stays what references say, but a number is no resolver. */
static void define(struct symbol *symbol, struct value v)
{
    if (symbol->state == SYMBOL_UNDEFINED) {
        symbol->size = 0;
        if (symbol->type == STT_GNU_IFUNC)
            symbol->type = STT_NOTYPE;
    }
    if (symbol->state != SYMBOL_SCRIPT) { /* type and size stay the object's */
        symbol->is_overridden = symbol->state != SYMBOL_UNDEFINED;
        symbol->state = SYMBOL_SCRIPT;
        symbol->object = NULL;
        symbol->section = NULL;
        symbol->binding = STB_GLOBAL;
    }
    symbol->output = v.section;
    symbol->value = v.number;
    symbol->is_valued = v.is_known;
    symbol->is_near = v.is_near;
}

static bool names(const struct expr *expr, span name)
{
    bool is_so = expr->kind == EXPR_SYMBOL && span_equal(expr->name, name);
    for (unsigned i = 0; !is_so && i < 3; i++)
        is_so = expr->operand[i] && names(expr->operand[i], name);
    return is_so;
}

/* A definition of an object that its new value is computed from: there each
 * walk begins. False if there is no memory. */
static bool keep_original(struct link *link, struct symbol *symbol,
                          const struct expr *value)
{
    bool is_object =
        symbol->state == SYMBOL_DEFINED || symbol->state == SYMBOL_ABSOLUTE;
    if (!is_object || !names(value, symbol->name))
        return true;
    struct symbol *original = arena_new(&link->arena, struct symbol);
    struct symbol_rest *rest = symbol_rest(&link->arena, symbol);
    if (!original || !rest)
        return false;
    *original = *symbol;
    rest->original = original;
    return true;
}

/* `a = b` and `a = b + 4` give the type and visibility of `b`, too, when it is
 * known for sure that a condition chooses it. */
static void copy_type(const struct eval *e, struct symbol *symbol)
{
    if (!e->is_final || !symbol->is_valued || e->source_count != 1)
        return;
    symbol->type = e->source->type;
    symbol_constrain(symbol, e->source->visibility);
}

static void note_change(struct eval *e, struct command *command, struct value v)
{
    uint64_t n = v.is_known ? value_address(v) : 0;
    e->has_changed |=
        command->is_assigned != v.is_known || command->assigned != n;
    command->is_assigned = v.is_known;
    command->assigned = n;
}

/* HIDDEN and PROVIDE_HIDDEN; what an object defines becomes local by it. */
static void hide(const struct eval *e, const struct command *command)
{
    struct symbol *symbol = symbol_find(e->link, command->name);
    bool hides =
        command->how == ASSIGN_HIDDEN || command->how == ASSIGN_PROVIDE_HIDDEN;
    if (!symbol || !hides)
        return;
    symbol->visibility = STV_HIDDEN;
    symbol->is_hidden = true;
    if (symbol->state == SYMBOL_DEFINED || symbol->state == SYMBOL_ABSOLUTE)
        symbol->binding = STB_LOCAL;
}

bool script_assign(struct eval *e, struct command *command)
{
    struct symbol *symbol = target(e, command);
    hide(e, command);
    if (!symbol)
        return !e->link->arena.failed;
    struct symbol_rest *rest = symbol_rest(&e->link->arena, symbol);
    if (!rest || !keep_original(e->link, symbol, command->value))
        return false;
    struct value v = assigned(e, command->value);
    define(symbol, v);
    copy_type(e, symbol);
    note_change(e, command, v);
    rest->assigned_in = e->link->walk;
    return true;
}

/* PROVIDE leaves what an object has. */
static void claim(struct link *link, const struct command *command)
{
    bool is_claim =
        command->kind == COMMAND_ASSIGN &&
        (command->how == ASSIGN_PLAIN || command->how == ASSIGN_HIDDEN);
    struct symbol *symbol = is_claim ? symbol_find(link, command->name) : NULL;
    if (symbol && symbol->state == SYMBOL_COMMON)
        define(symbol, (struct value){0});
}

bool script_claim(struct link *link)
{
    for (struct command *c = link->script.commands; c; c = c->next) {
        claim(link, c);
        if (c->kind == COMMAND_OUTPUT_SECTION)
            for (struct command *i = c->section->commands; i; i = i->next)
                claim(link, i);
    }
    return true;
}

/* ---- Before layout ------------------------------------------------------ */

/* An expression of numbers, and of symbols that are numbers already. */
static bool is_constant(const struct link *link, const struct expr *expr)
{
    if (expr->kind == EXPR_SYMBOL) {
        const struct symbol *symbol = symbol_find(link, expr->name);
        return symbol && (symbol->state == SYMBOL_ABSOLUTE ||
                          symbol->state == SYMBOL_SCRIPT);
    }
    bool is_so = expr->kind <= EXPR_CONDITIONAL ||
                 expr->kind == EXPR_ABSOLUTE || expr->kind == EXPR_MAX ||
                 expr->kind == EXPR_MIN || expr->kind == EXPR_ORIGIN ||
                 expr->kind == EXPR_LENGTH;
    for (unsigned i = 0; i < 3; i++)
        if (expr->operand[i])
            is_so = is_so && is_constant(link, expr->operand[i]);
    return is_so;
}

bool script_constant(struct link *link, const struct expr *expr,
                     uint64_t *value)
{
    struct eval e = {.link = link};
    if (!is_constant(link, expr))
        return false;
    *value = script_eval_absolute(&e, expr).number;
    return true;
}

/* What is a number has its value from now on, what is a place only promises to
 * get one. */
static void foresee(struct link *link, const struct command *command,
                    bool is_outside)
{
    struct eval e = {.link = link};
    struct symbol *symbol = target(&e, command);
    if (!symbol || symbol->state != SYMBOL_UNDEFINED)
        return;
    if (is_outside && is_constant(link, command->value))
        define(symbol, assigned(&e, command->value));
    else
        symbol->is_foreseen = true;
}

static void foresee_all(struct link *link, const struct command *command,
                        bool is_outside)
{
    for (; command; command = command->next)
        if (command->kind == COMMAND_OUTPUT_SECTION)
            foresee_all(link, command->section->commands, false);
        else if (command->kind == COMMAND_ASSIGN &&
                 !span_equal(command->name, SPAN(".")))
            foresee(link, command, is_outside);
}

bool script_foresee(struct link *link)
{
    foresee_all(link, link->script.commands, true);
    return !link->arena.failed;
}
