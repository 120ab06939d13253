/* SPDX-License-Identifier: BSD-2-Clause
 *
 * OVERLAY: output sections that take turns at one address. Afterwards each is a
 * statement of its own that starts where the first does, with the symbols
 * __load_start_NAME and __load_stop_NAME behind it, if anybody asks for them.
 * [GNU ld manual: Overlay Description]
 */
#include "script_lex.h"

/* What is being read. */
struct overlay {
    struct section_statement *first, *last;
    struct section_statement whole;  /* what is said of all of them */
    struct crossref_list *crossrefs; /* NOCROSSREFS; or NULL */
    struct script_name **last_name;
};

/* ---- One section -------------------------------------------------------- */

static struct expr *function_of(struct parser *p, enum expr_kind kind,
                                const struct section_statement *s)
{
    struct expr *expr = expr_new(p, kind, s->place, NULL, NULL);
    if (expr)
        expr->name = s->name;
    return expr;
}

/* The prefix and what a C name may have of the section's. */
static span symbol_name(struct parser *p, span prefix, span section)
{
    char *name = parser_alloc(p, prefix.size + section.size);
    size_t size = 0;
    for (size_t i = 0; name && i < prefix.size; i++)
        name[size++] = prefix.data[i];
    for (size_t i = 0; name && i < section.size; i++) {
        char c = section.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '_')
            name[size++] = c;
    }
    return (span){name, size};
}

static bool provide(struct parser *p, const struct section_statement *s,
                    span prefix, struct expr *value)
{
    struct command *command = command_new(p, COMMAND_ASSIGN, s->place);
    if (!command || !value)
        return false;
    command->how = ASSIGN_PROVIDE;
    command->name = symbol_name(p, prefix, s->name);
    command->value = value;
    command_append(&p->commands, command);
    return !p->failed;
}

static bool provide_ends(struct parser *p, const struct section_statement *s)
{
    struct expr *start = function_of(p, EXPR_LOADADDR, s);
    struct expr *size = function_of(p, EXPR_SIZEOF, s);
    return start && size && provide(p, s, SPAN("__load_start_"), start) &&
           provide(p, s, SPAN("__load_stop_"),
                   expr_new(p, EXPR_ADD, s->place, start, size));
}

/* Lists a section that the others must not refer to. */
static bool prohibit(struct parser *p, struct overlay *overlay,
                     const struct section_statement *s)
{
    if (!overlay->crossrefs)
        return true;
    struct script_name *name = parser_new(p, struct script_name);
    if (!name)
        return false;
    *name = (struct script_name){s->name, s->place, NULL};
    *overlay->last_name = name;
    overlay->last_name = &name->next;
    return true;
}

static bool enter(struct parser *p, struct overlay *overlay,
                  struct section_statement *s)
{
    s->subalign = overlay->whole.subalign;
    s->address = overlay->first ? function_of(p, EXPR_ADDR, overlay->first)
                                : overlay->whole.address;
    if (overlay->first)
        overlay->last->overlay_next = s;
    else
        overlay->first = s;
    s->overlay = overlay->first;
    overlay->last = s;
    return !p->failed && prohibit(p, overlay, s);
}

/* name '{' ... '}' :segment =fill */
static bool member(struct parser *p, struct overlay *overlay)
{
    struct token name;
    if (!parser_expect_name(p, LEX_COMMAND,
                            "a section's name or '}' of OVERLAY", &name))
        return false;
    struct command *command =
        command_new(p, COMMAND_OUTPUT_SECTION, name.place);
    struct section_statement *s = parser_new(p, struct section_statement);
    if (!command || !s || !parser_check_blanks(p, &name, '{'))
        return false;
    s->name = name.name;
    s->place = name.place;
    command->section = s;
    command_append(&p->commands, command);
    return enter(p, overlay, s) && parse_section_braces(p, s) &&
           parse_section_placement(p, s) && provide_ends(p, s);
}

static bool members(struct parser *p, void *context)
{
    while (!parser_accept(p, LEX_COMMAND, p->end))
        if (!member(p, context))
            return false;
    return true;
}

/* ---- All of them -------------------------------------------------------- */

static bool no_crossrefs(struct parser *p, struct overlay *overlay)
{
    struct crossref_list *list = parser_new(p, struct crossref_list);
    if (!list)
        return false;
    list->next = p->script->crossrefs;
    p->script->crossrefs = overlay->crossrefs = list;
    overlay->last_name = &list->sections;
    return true;
}

/* address ':' NOCROSSREFS AT(a) SUBALIGN(b), all but the ':' may be missing */
static bool head(struct parser *p, struct overlay *overlay)
{
    if (!parser_accept(p, LEX_EXPRESSION, ':')) {
        overlay->whole.address = parse_expression(p);
        if (!overlay->whole.address ||
            !parser_expect(p, LEX_EXPRESSION, ':', "':' after OVERLAY"))
            return false;
    }
    if (parser_accept_word(p, LEX_EXPRESSION, "NOCROSSREFS") &&
        !no_crossrefs(p, overlay))
        return false;
    if (parser_accept_word(p, LEX_EXPRESSION, "AT") &&
        !(overlay->whole.load_address =
              parse_parenthesised(p, "'(' and a value")))
        return false;
    return !parser_accept_word(p, LEX_EXPRESSION, "SUBALIGN") ||
           (overlay->whole.subalign =
                parse_parenthesised(p, "'(' and a value"));
}

/* What is said behind the '}' counts where a section says nothing itself. */
static void share(struct overlay *overlay)
{
    const struct section_statement *whole = &overlay->whole;
    for (struct section_statement *s = overlay->first; s; s = s->overlay_next) {
        s->region = whole->region;
        s->load_region = whole->load_region;
        if (!s->segments)
            s->segments = whole->segments;
        if (!s->fill.value && !s->fill.bytes.size)
            s->fill = whole->fill;
    }
    if (overlay->first)
        overlay->first->load_address = whole->load_address;
}

bool parse_overlay(struct parser *p)
{
    struct overlay overlay = {0};
    if (!head(p, &overlay) ||
        !parse_braces(p, LEX_COMMAND, "'{' of OVERLAY", members, &overlay) ||
        !parse_section_placement(p, &overlay.whole))
        return false;
    share(&overlay);
    return true;
}
