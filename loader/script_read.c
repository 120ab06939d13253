/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The verbs with which the grammar reads: look at the next token, take it,
 * insist on it. The first error is reported and no other, because what a
 * parser says after it is guesswork.
 */
#include "script_lex.h"

/* ---- Looking and taking ------------------------------------------------- */

const struct token *parser_peek(struct parser *p, enum lex_mode mode)
{
    if (!p->looked ||
        (p->mode != mode && !token_is_same_in_all_modes(&p->token))) {
        p->after = p->lexer;
        lexer_next(&p->after, mode, &p->token);
        p->mode = mode;
        p->looked = true;
    }
    return &p->token;
}

static void pass(struct parser *p)
{
    p->lexer = p->after;
    p->looked = false;
}

struct token parser_take(struct parser *p, enum lex_mode mode)
{
    struct token token = *parser_peek(p, mode);
    pass(p);
    return token;
}

bool parser_accept(struct parser *p, enum lex_mode mode, int kind)
{
    if (parser_peek(p, mode)->kind != kind)
        return false;
    pass(p);
    return true;
}

bool token_is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_NAME && !token->is_quoted &&
           token->name.data[0] == word[0] && span_is(token->name, word);
}

bool parser_accept_word(struct parser *p, enum lex_mode mode, const char *word)
{
    if (!token_is_word(parser_peek(p, mode), word))
        return false;
    pass(p);
    return true;
}

bool parser_expect(struct parser *p, enum lex_mode mode, int kind,
                   const char *what)
{
    return parser_accept(p, mode, kind) || parser_unexpected(p, what);
}

bool parser_expect_name(struct parser *p, enum lex_mode mode, const char *what,
                        struct token *name)
{
    if (parser_peek(p, mode)->kind != TOKEN_NAME)
        return parser_unexpected(p, what);
    *name = p->token;
    pass(p);
    return true;
}

/* ---- Errors ------------------------------------------------------------- */

enum { LONGEST_QUOTE = 40 };

/* The token for a message: cut, and printable. */
static span quote(char *to, span text)
{
    size_t size = 0;
    while (size < text.size && size < LONGEST_QUOTE &&
           text.data[size] != '\n' && text.data[size] != '\r') {
        char c = text.data[size];
        to[size++] = c >= ' ' && c <= '~' ? c : '?';
    }
    return (span){to, size};
}

bool parser_fail(struct parser *p, struct script_place place,
                 enum bootlink_class class_, const char *format, ...)
{
    if (p->failed)
        return false;
    p->failed = true;
    char buffer[1024];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    return script_error(p->world, place, class_, "%.*s", SPAN_ARGS(text));
}

bool parser_unexpected(struct parser *p, const char *what)
{
    char buffer[LONGEST_QUOTE];
    const struct token *token = &p->token;
    span text = quote(buffer, token->text);
    if (token->kind == TOKEN_BAD)
        return parser_fail(p, token->place, BOOTLINK_SYNTAX, "'%.*s' %s",
                           SPAN_ARGS(text), token->problem);
    if (token->kind == TOKEN_END)
        return parser_fail(p, token->place, BOOTLINK_SYNTAX,
                           "expected %s, found the end of the file", what);
    return parser_fail(p, token->place, BOOTLINK_SYNTAX,
                       "expected %s, found '%.*s'", what, SPAN_ARGS(text));
}

/* ---- Depth and memory --------------------------------------------------- */

bool parser_enter(struct parser *p)
{
    if (p->depth < SCRIPT_NESTING) {
        p->depth++;
        return true;
    }
    parser_peek(p, LEX_EXPRESSION);
    return parser_fail(
        p, p->token.place, BOOTLINK_SYNTAX,
        "the expression nests deeper than %d levels; name a part of "
        "it by an assignment of its own",
        SCRIPT_NESTING);
}

void parser_leave(struct parser *p)
{
    p->depth--;
}

void *parser_alloc(struct parser *p, uint64_t size)
{
    void *memory = arena_take(p->arena, 1, size);
    p->failed |= !memory;
    return memory;
}
