/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Expressions: tokens into trees no higher than SCRIPT_HEIGHT. Operators and
 * their order are those of C. A function is named after what it parses; it
 * returns NULL after an error.
 * [GNU ld manual: Expressions in Linker Scripts]
 */
#include "script_lex.h"

/* ---- Nodes -------------------------------------------------------------- */

static uint32_t height_of(const struct expr *e)
{
    return e ? e->height : 0;
}

/* GNU ld computes what is made of numbers when it reads it, but for functions
 * that have to do with addresses. */
static bool makes_literal(enum expr_kind kind, const struct expr *a,
                          const struct expr *b)
{
    bool is_operator = kind >= EXPR_NEGATE && kind <= EXPR_CONDITIONAL;
    if (!is_operator && kind != EXPR_MAX && kind != EXPR_MIN &&
        kind != EXPR_LOG2CEIL)
        return kind == EXPR_NUMBER;
    return a->is_literal && (!b || b->is_literal);
}

struct expr *expr_new(struct parser *p, enum expr_kind kind,
                      struct script_place place, struct expr *a, struct expr *b)
{
    uint32_t height = height_of(a) > height_of(b) ? height_of(a) : height_of(b);
    if (height >= SCRIPT_HEIGHT) {
        parser_fail(
            p, place, BOOTLINK_SYNTAX,
            "the expression has more than %d operators in a row; name a part "
            "of it by an assignment of its own",
            SCRIPT_HEIGHT);
        return NULL;
    }
    struct expr *e = parser_new(p, struct expr);
    if (e) {
        e->kind = kind;
        e->is_literal = makes_literal(kind, a, b);
        e->height = height + 1;
        e->place = place;
        e->operand[0] = a;
        e->operand[1] = b;
    }
    return e;
}

static struct expr *named_expr(struct parser *p, enum expr_kind kind,
                               struct script_place place, span name)
{
    struct expr *e = expr_new(p, kind, place, NULL, NULL);
    if (e)
        e->name = name;
    return e;
}

/* ---- Functions [GNU ld manual: Builtin Functions] ----------------------- */

enum function_form {
    FORM_ALONE,      /* SIZEOF_HEADERS */
    FORM_VALUE,      /* (a) */
    FORM_ALIGNMENT,  /* (align), kept as the second operand */
    FORM_MAYBE_TWO,  /* (align) or (a, align) */
    FORM_TWO,        /* (a, b) */
    FORM_SYMBOL,     /* (name) */
    FORM_SECTION,    /* (name), of a section or region: a-b is one name */
    FORM_NAME_VALUE, /* (name, a) */
    FORM_ASSERT,     /* (a, message) */
};

struct function {
    const char *name;
    enum expr_kind kind;
    enum function_form form;
};

/* clang-format off */
static const struct function functions[] = {
    {"ABSOLUTE",               EXPR_ABSOLUTE,           FORM_VALUE},
    {"ADDR",                   EXPR_ADDR,               FORM_SECTION},
    {"ALIGN",                  EXPR_ALIGN,              FORM_MAYBE_TWO},
    {"ALIGNOF",                EXPR_ALIGNOF,            FORM_SECTION},
    {"ASSERT",                 EXPR_ASSERT,             FORM_ASSERT},
    {"BLOCK",                  EXPR_ALIGN,              FORM_ALIGNMENT},
    {"CONSTANT",               EXPR_CONSTANT,           FORM_SYMBOL},
    {"DATA_SEGMENT_ALIGN",     EXPR_DATA_SEGMENT_ALIGN, FORM_TWO},
    {"DATA_SEGMENT_END",       EXPR_DATA_SEGMENT_END,   FORM_VALUE},
    {"DATA_SEGMENT_RELRO_END", EXPR_DATA_SEGMENT_RELRO, FORM_TWO},
    {"DEFINED",                EXPR_DEFINED,            FORM_SYMBOL},
    {"LENGTH",                 EXPR_LENGTH,             FORM_SECTION},
    {"LOADADDR",               EXPR_LOADADDR,           FORM_SECTION},
    {"LOG2CEIL",               EXPR_LOG2CEIL,           FORM_VALUE},
    {"MAX",                    EXPR_MAX,                FORM_TWO},
    {"MIN",                    EXPR_MIN,                FORM_TWO},
    {"NEXT",                   EXPR_NEXT,               FORM_VALUE},
    {"ORIGIN",                 EXPR_ORIGIN,             FORM_SECTION},
    {"SEGMENT_START",          EXPR_SEGMENT_START,      FORM_NAME_VALUE},
    {"SIZEOF",                 EXPR_SIZEOF,             FORM_SECTION},
    {"SIZEOF_HEADERS",         EXPR_SIZEOF_HEADERS,     FORM_ALONE},
};
/* clang-format on */

static const struct function *find_function(const struct token *token)
{
    if (!token_may_be_keyword(token))
        return NULL;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (token_is_word(token, functions[i].name))
            return &functions[i];
    return NULL;
}

/* expression ',' expression ')' */
static struct expr *two_values(struct parser *p, enum expr_kind kind,
                               struct script_place place)
{
    struct expr *a = parse_expression(p);
    if (!a || !parser_expect(p, LEX_EXPRESSION, ',', "',' and a second value"))
        return NULL;
    struct expr *b = parse_expression(p);
    if (!b || !parser_expect(p, LEX_EXPRESSION, ')', "')' after two values"))
        return NULL;
    return expr_new(p, kind, place, a, b);
}

/* expression ')' or expression ',' expression ')' */
static struct expr *one_or_two_values(struct parser *p, enum expr_kind kind,
                                      struct script_place place)
{
    struct expr *a = parse_expression(p);
    if (!a)
        return NULL;
    if (parser_accept(p, LEX_EXPRESSION, ')'))
        return expr_new(p, kind, place, NULL, a);
    if (!parser_expect(p, LEX_EXPRESSION, ',', "')' or ',' after a value"))
        return NULL;
    struct expr *b = parse_expression(p);
    if (!b || !parser_expect(p, LEX_EXPRESSION, ')', "')' after two values"))
        return NULL;
    return expr_new(p, kind, place, a, b);
}

static struct expr *name_argument(struct parser *p, enum expr_kind kind,
                                  struct script_place place, enum lex_mode mode)
{
    struct token name;
    if (!parser_expect_name(p, mode, "a name in parentheses", &name) ||
        !parser_expect(p, mode, ')', "')' after the name"))
        return NULL;
    return named_expr(p, kind, place, name.name);
}

static struct expr *name_and_value(struct parser *p, enum expr_kind kind,
                                   struct script_place place)
{
    struct token name;
    if (!parser_expect_name(p, LEX_COMMAND, "a segment's name", &name) ||
        !parser_expect(p, LEX_EXPRESSION, ',', "',' after the segment's name"))
        return NULL;
    struct expr *value = parse_expression(p);
    if (!value || !parser_expect(p, LEX_EXPRESSION, ')', "')' after the value"))
        return NULL;
    struct expr *e = expr_new(p, kind, place, value, NULL);
    if (e)
        e->name = name.name;
    return e;
}

/* What follows the '(' of ASSERT: the condition, and the message if it is 0. */
static struct expr *condition_and_message(struct parser *p,
                                          struct script_place place)
{
    struct token message;
    struct expr *condition = parse_expression(p);
    if (!condition ||
        !parser_expect(p, LEX_EXPRESSION, ',',
                       "',' and a message for ASSERT") ||
        !parser_expect_name(p, LEX_EXPRESSION, "a quoted message for ASSERT",
                            &message) ||
        !parser_expect(p, LEX_EXPRESSION, ')', "')' after ASSERT's message"))
        return NULL;
    struct expr *e = expr_new(p, EXPR_ASSERT, place, condition, NULL);
    if (e)
        e->name = message.name;
    return e;
}

static struct expr *one_value(struct parser *p, enum expr_kind kind,
                              struct script_place place, bool is_second)
{
    struct expr *value = parse_expression(p);
    if (!value || !parser_expect(p, LEX_EXPRESSION, ')', "')' after a value"))
        return NULL;
    return expr_new(p, kind, place, is_second ? NULL : value,
                    is_second ? value : NULL);
}

static struct expr *arguments(struct parser *p, const struct function *f,
                              struct script_place place)
{
    switch (f->form) {
    case FORM_ALONE:
        break;
    case FORM_VALUE:
    case FORM_ALIGNMENT:
        return one_value(p, f->kind, place, f->form == FORM_ALIGNMENT);
    case FORM_MAYBE_TWO:
        return one_or_two_values(p, f->kind, place);
    case FORM_TWO:
        return two_values(p, f->kind, place);
    case FORM_SYMBOL:
        return name_argument(p, f->kind, place, LEX_EXPRESSION);
    case FORM_SECTION:
        return name_argument(p, f->kind, place, LEX_COMMAND);
    case FORM_NAME_VALUE:
        return name_and_value(p, f->kind, place);
    case FORM_ASSERT:
        return condition_and_message(p, place);
    }
    return NULL;
}

static struct expr *function_call(struct parser *p, const struct function *f)
{
    struct script_place place = parser_take(p, LEX_EXPRESSION).place;
    if (f->form == FORM_ALONE)
        return expr_new(p, f->kind, place, NULL, NULL);
    char what[64];
    text_print(what, sizeof(what), "'(' after %s", f->name);
    if (!parser_expect(p, LEX_EXPRESSION, '(', what))
        return NULL;
    return arguments(p, f, place);
}

/* ---- Operands ----------------------------------------------------------- */

static struct expr *number(struct parser *p)
{
    struct token token = parser_take(p, LEX_EXPRESSION);
    if (token.is_too_wide && !(p->allow_wide && token.hex.size)) {
        parser_fail(p, token.place, BOOTLINK_RANGE,
                    "this number does not fit in 64 bits");
        return NULL;
    }
    if (token.is_too_wide)
        p->wide = token.place;
    struct expr *e = named_expr(p, EXPR_NUMBER, token.place, token.hex);
    if (e)
        e->number = token.number;
    return e;
}

static struct expr *symbol_or_function(struct parser *p)
{
    const struct function *f = find_function(parser_peek(p, LEX_EXPRESSION));
    if (f)
        return function_call(p, f);
    struct token name = parser_take(p, LEX_EXPRESSION);
    return named_expr(p, EXPR_SYMBOL, name.place, name.name);
}

struct expr *parse_parenthesised(struct parser *p, const char *what)
{
    if (!parser_expect(p, LEX_EXPRESSION, '(', what))
        return NULL;
    struct expr *e = parse_expression(p);
    if (e && !parser_expect(p, LEX_EXPRESSION, ')', "')' after an expression"))
        return NULL;
    return e;
}

static struct expr *primary(struct parser *p)
{
    switch (parser_peek(p, LEX_EXPRESSION)->kind) {
    case TOKEN_NUMBER:
        return number(p);
    case TOKEN_NAME:
        return symbol_or_function(p);
    case '(':
        return parse_parenthesised(p, "'('");
    default:
        parser_unexpected(p, "a number, a name or '('");
        return NULL;
    }
}

/* ---- Operators ---------------------------------------------------------- */

static struct expr *unary(struct parser *p);

/* The operand of a sign; the sign itself is the next token. */
static struct expr *signed_operand(struct parser *p)
{
    parser_take(p, LEX_EXPRESSION);
    if (!parser_enter(p))
        return NULL;
    struct expr *operand = unary(p);
    parser_leave(p);
    return operand;
}

static struct expr *unary(struct parser *p)
{
    const struct token *token = parser_peek(p, LEX_EXPRESSION);
    struct script_place place = token->place;
    enum expr_kind kind;
    switch (token->kind) {
    case '+':
        return signed_operand(p);
    case '-':
        kind = EXPR_NEGATE;
        break;
    case '!':
        kind = EXPR_NOT;
        break;
    case '~':
        kind = EXPR_COMPLEMENT;
        break;
    default:
        return primary(p);
    }
    struct expr *operand = signed_operand(p);
    return operand ? expr_new(p, kind, place, operand, NULL) : NULL;
}

struct binary_operator {
    int token;
    enum expr_kind kind;
    int precedence; /* the higher, the closer it binds */
};

/* clang-format off */
static const struct binary_operator binary_operators[] = {
    {'*',                 EXPR_MULTIPLY,      10},
    {'/',                 EXPR_DIVIDE,        10},
    {'%',                 EXPR_REMAINDER,     10},
    {'+',                 EXPR_ADD,            9},
    {'-',                 EXPR_SUBTRACT,       9},
    {TOKEN_SHIFT_LEFT,    EXPR_SHIFT_LEFT,     8},
    {TOKEN_SHIFT_RIGHT,   EXPR_SHIFT_RIGHT,    8},
    {'<',                 EXPR_LESS,           7},
    {TOKEN_LESS_EQUAL,    EXPR_LESS_EQUAL,     7},
    {'>',                 EXPR_GREATER,        7},
    {TOKEN_GREATER_EQUAL, EXPR_GREATER_EQUAL,  7},
    {TOKEN_EQUAL,         EXPR_EQUAL,          6},
    {TOKEN_NOT_EQUAL,     EXPR_NOT_EQUAL,      6},
    {'&',                 EXPR_BIT_AND,        5},
    {'^',                 EXPR_BIT_XOR,        4},
    {'|',                 EXPR_BIT_OR,         3},
    {TOKEN_AND,           EXPR_AND,            2},
    {TOKEN_OR,            EXPR_OR,             1},
};
/* clang-format on */

static const struct binary_operator *find_operator(int token)
{
    for (size_t i = 0;
         i < sizeof(binary_operators) / sizeof(binary_operators[0]); i++)
        if (binary_operators[i].token == token)
            return &binary_operators[i];
    return NULL;
}

/* Operands joined by operators that bind at least so closely. All of them group
 * to the left. */
static struct expr *binary(struct parser *p, int precedence)
{
    struct expr *left = unary(p);
    while (left) {
        const struct binary_operator *operator_ =
            find_operator(parser_peek(p, LEX_EXPRESSION)->kind);
        if (!operator_ || operator_->precedence < precedence)
            return left;
        parser_take(p, LEX_EXPRESSION);
        struct expr *right = NULL;
        if (parser_enter(p)) {
            right = binary(p, operator_->precedence + 1);
            parser_leave(p);
        }
        if (!right)
            return NULL;
        left = expr_new(p, operator_->kind, left->place, left, right);
    }
    return NULL;
}

/* condition '?' expression ':' expression; the condition is parsed. */
static struct expr *conditional(struct parser *p, struct expr *condition)
{
    parser_take(p, LEX_EXPRESSION);
    struct expr *yes = parse_expression(p);
    if (!yes || !parser_expect(p, LEX_EXPRESSION, ':', "':' of a '?'"))
        return NULL;
    struct expr *no = parse_expression(p);
    if (!no)
        return NULL;
    struct expr *higher = yes->height > no->height ? yes : no;
    struct expr *e =
        expr_new(p, EXPR_CONDITIONAL, condition->place, condition, higher);
    if (e) {
        e->is_literal &= yes->is_literal && no->is_literal;
        e->operand[1] = yes;
        e->operand[2] = no;
    }
    return e;
}

struct expr *parse_expression(struct parser *p)
{
    if (!parser_enter(p))
        return NULL;
    struct expr *e = binary(p, 1);
    if (e && parser_peek(p, LEX_EXPRESSION)->kind == '?')
        e = conditional(p, e);
    parser_leave(p);
    return e;
}

/* '(' condition ',' message ')' after the word ASSERT, which stood there. */
struct expr *parse_assertion(struct parser *p, struct script_place place)
{
    if (!parser_expect(p, LEX_EXPRESSION, '(', "'(' after ASSERT"))
        return NULL;
    return condition_and_message(p, place);
}

/* ---- Fills [GNU ld manual: Output Section Fill] ------------------------- */

static unsigned nibble(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Two digits are a byte; of an odd number of digits the first is one. */
static bool hex_bytes(struct parser *p, span digits, span *bytes)
{
    size_t size = digits.size / 2 + digits.size % 2;
    unsigned char *data = parser_alloc(p, size);
    if (!data)
        return false;
    size_t skew = digits.size % 2;
    for (size_t i = 0; i < digits.size; i++)
        data[(i + skew) / 2] =
            data[(i + skew) / 2] << 4 | nibble(digits.data[i]);
    *bytes = (span){(const char *)data, size};
    return true;
}

/* A number 0x... alone is a pattern as long as its digits; it need not fit in
 * 64 bits. Anything else is a value. */
bool parse_fill(struct parser *p, struct fill *fill)
{
    p->allow_wide = true;
    p->wide.line = 0;
    struct expr *e = parse_expression(p);
    p->allow_wide = false;
    if (!e)
        return false;
    fill->value = e;
    if (e->kind == EXPR_NUMBER && e->name.size)
        return hex_bytes(p, e->name, &fill->bytes);
    if (p->wide.line)
        return parser_fail(
            p, p->wide, BOOTLINK_RANGE,
            "this number does not fit in 64 bits; only a fill that is "
            "one number may be longer");
    return true;
}
