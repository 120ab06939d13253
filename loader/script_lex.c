/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Text into tokens. Receives any bytes; a token lies within the text, and what
 * is no token is a TOKEN_BAD that says why. Every byte is read a bounded number
 * of times. Which characters a name may hold is what GNU ld 2.40 takes.
 * [GNU ld manual: Linker Script Format, Symbol Names, Constants]
 */
#include "script_lex.h"

struct lexer lexer_open(const struct script_text *text)
{
    return (struct lexer){.text = text, .line = 1};
}

/* ---- Characters --------------------------------------------------------- */

/* The modes in which a name may hold a character, or begin with it. A pattern
 * begins with anything that it may hold. */
enum {
    COMMAND = 1 << LEX_COMMAND,
    EXPRESSION = 1 << LEX_EXPRESSION,
    PATTERN = 1 << LEX_PATTERN,
    FILES = 1 << LEX_FILES,
    ALL = COMMAND | EXPRESSION | PATTERN | FILES,
};

/* What else a character may be. */
enum {
    BLANK = 1 << 8,
    OPERATOR = 1 << 9, /* by itself */
    SECOND = 1 << 10,  /* in a longer operator */
    DIGIT = 1 << 11,
    LETTER = 1 << 12,
};

#define NAME(holds, begins) ((holds) | (begins) << 4)

/* By character. One look instead of searching sets of them for each byte makes
 * a token cost 330 instructions, which took 900. */
static const uint16_t classes[256] = {
    [' '] = BLANK,
    ['\t'] = BLANK,
    ['\r'] = BLANK,
    ['\n'] = BLANK,
    ['a' ... 'z'] = LETTER | NAME(ALL, ALL),
    ['A' ... 'Z'] = LETTER | NAME(ALL, ALL),
    ['0' ... '9'] = DIGIT | NAME(ALL, PATTERN | FILES),
    ['_'] = NAME(ALL, ALL),
    ['.'] = NAME(ALL, ALL),
    ['\\'] = NAME(ALL, ALL),
    ['$'] = NAME(ALL, ALL),
    ['/'] = OPERATOR | NAME(ALL, ALL & ~EXPRESSION),
    ['~'] = OPERATOR | NAME(ALL, ALL & ~EXPRESSION),
    ['-'] = OPERATOR | NAME(ALL & ~EXPRESSION, PATTERN | FILES),
    ['='] = OPERATOR | SECOND | NAME(ALL & ~EXPRESSION, PATTERN | FILES),
    ['+'] = OPERATOR | NAME(ALL & ~EXPRESSION, PATTERN),
    [':'] = OPERATOR | NAME(ALL & ~EXPRESSION, PATTERN),
    ['['] = OPERATOR | NAME(ALL & ~EXPRESSION, PATTERN),
    [']'] = OPERATOR | NAME(ALL & ~EXPRESSION, PATTERN),
    [','] = OPERATOR | NAME(COMMAND | PATTERN, PATTERN),
    ['?'] = OPERATOR | NAME(PATTERN, PATTERN),
    ['*'] = OPERATOR | NAME(PATTERN, PATTERN),
    ['^'] = OPERATOR | NAME(PATTERN, PATTERN),
    ['!'] = OPERATOR | NAME(PATTERN, PATTERN),
    ['<'] = OPERATOR | SECOND,
    ['>'] = OPERATOR | SECOND,
    ['&'] = OPERATOR | SECOND,
    ['|'] = OPERATOR | SECOND,
    ['{'] = OPERATOR,
    ['}'] = OPERATOR,
    ['('] = OPERATOR,
    [')'] = OPERATOR,
    [';'] = OPERATOR,
    ['%'] = OPERATOR,
};

static bool is_a(char c, unsigned what)
{
    return classes[(unsigned char)c] & what;
}

static unsigned name_character(enum lex_mode mode)
{
    return NAME(1u << mode, 0);
}

static bool is_name_start(char c, enum lex_mode mode)
{
    return is_a(c, NAME(0, 1u << mode));
}

/* The byte `ahead` of where the lexer stands; NUL behind the end. */
static char look(const struct lexer *lexer, size_t ahead)
{
    span text = lexer->text->text;
    return in_bounds(text.size, lexer->at, ahead + 1)
               ? text.data[lexer->at + ahead]
               : '\0';
}

static bool at_end(const struct lexer *lexer)
{
    return lexer->at >= lexer->text->text.size;
}

/* Moves over all that are one of these. */
static void pass(struct lexer *lexer, unsigned what)
{
    span text = lexer->text->text;
    size_t at = lexer->at;
    while (at < text.size && is_a(text.data[at], what))
        at++;
    lexer->at = at;
}

/* Moves over one byte, counting lines. */
static void step(struct lexer *lexer)
{
    bool is_newline = look(lexer, 0) == '\n';
    lexer->at++;
    if (is_newline) {
        lexer->line++;
        lexer->line_start = lexer->at;
    }
}

static struct script_place place_of(const struct lexer *lexer)
{
    return (struct script_place){lexer->text, lexer->line,
                                 (uint32_t)(lexer->at - lexer->line_start) + 1};
}

static span text_since(const struct lexer *lexer, size_t start)
{
    return (span){lexer->text->text.data + start, lexer->at - start};
}

/* ---- Blanks and comments ------------------------------------------------ */

/* Moves over a comment; false if it is never closed. */
static bool skip_comment(struct lexer *lexer)
{
    lexer->at += 2;
    while (!at_end(lexer)) {
        if (look(lexer, 0) == '*' && look(lexer, 1) == '/') {
            lexer->at += 2;
            return true;
        }
        step(lexer);
    }
    return false;
}

static void skip_line(struct lexer *lexer)
{
    while (!at_end(lexer) && look(lexer, 0) != '\n')
        step(lexer);
}

/* step() over all blanks. */
static void pass_blanks(struct lexer *lexer)
{
    span text = lexer->text->text;
    size_t at = lexer->at;
    for (; at < text.size && is_a(text.data[at], BLANK); at++)
        if (text.data[at] == '\n') {
            lexer->line++;
            lexer->line_start = at + 1;
        }
    lexer->at = at;
}

/* Moves to the next token; false, in front of it, at an open comment. */
static bool skip_blanks(struct lexer *lexer)
{
    while (!at_end(lexer)) {
        char c = look(lexer, 0);
        if (is_a(c, BLANK)) {
            pass_blanks(lexer);
        } else if (c == '#') {
            skip_line(lexer);
        } else if (c == '/' && look(lexer, 1) == '*') {
            struct lexer start = *lexer;
            if (!skip_comment(lexer)) {
                *lexer = start;
                return false;
            }
        } else {
            break;
        }
    }
    return true;
}

/* ---- Numbers ------------------------------------------------------------ */

/* How a number is written: its digits apart from base and scale. */
struct notation {
    span digits;
    unsigned base;
    uint64_t scale; /* 1, or 1024 for K, or 1024 * 1024 for M */
    bool is_plain_hex;
};

static unsigned digit_value(char c)
{
    if (is_a(c, DIGIT))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

static bool digits_fit(span digits, unsigned base)
{
    for (size_t i = 0; i < digits.size; i++)
        if (digit_value(digits.data[i]) >= base)
            return false;
    return digits.size > 0;
}

/* The base that a last letter stands for: 10h, 12x, 101b, 17o, 19d. */
static unsigned suffix_base(char c)
{
    switch (c) {
    case 'h':
    case 'H':
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    case 'd':
    case 'D':
        return 10;
    default:
        return 0;
    }
}

static struct notation prefix_notation(span text)
{
    struct notation n = {text, 10, 1, false};
    char last = text.data[text.size - 1] | 0x20; /* a small letter */
    if (text.size > 1 && (last == 'k' || last == 'm')) {
        n.scale = last == 'k' ? 1024 : 1024 * 1024;
        n.digits.size--;
    }
    if (span_starts(n.digits, SPAN("0x")) ||
        span_starts(n.digits, SPAN("0X"))) {
        n.digits = span_part(n.digits, 2, n.digits.size - 2);
        n.base = 16;
        n.is_plain_hex = n.scale == 1;
    } else if (span_starts(n.digits, SPAN("$"))) {
        n.digits = span_part(n.digits, 1, n.digits.size - 1);
        n.base = 16;
    } else if (n.digits.size > 1 && n.digits.data[0] == '0') {
        n.base = 8;
    }
    return n;
}

/* Only expressions know the bases of a last letter. */
static struct notation number_notation(span text, enum lex_mode mode)
{
    struct notation n = prefix_notation(text);
    unsigned base = suffix_base(text.data[text.size - 1]);
    if (mode != LEX_EXPRESSION || !base || n.base == 16)
        return n;
    return (struct notation){{text.data, text.size - 1}, base, 1, false};
}

static void evaluate_number(struct token *token, struct notation n)
{
    uint64_t number = 0;
    bool wide = false;
    for (size_t i = 0; i < n.digits.size; i++) {
        wide |= __builtin_mul_overflow(number, n.base, &number);
        wide |= __builtin_add_overflow(number, digit_value(n.digits.data[i]),
                                       &number);
    }
    wide |= __builtin_mul_overflow(number, n.scale, &number);
    token->kind = TOKEN_NUMBER;
    token->number = number;
    token->is_too_wide = wide;
    if (n.is_plain_hex)
        token->hex = n.digits;
}

static void read_number(struct lexer *lexer, enum lex_mode mode,
                        struct token *token)
{
    size_t start = lexer->at;
    while (is_a(look(lexer, 0), LETTER | DIGIT) || look(lexer, 0) == '_')
        lexer->at++;
    span text = text_since(lexer, start);
    struct notation n = number_notation(text, mode);
    if (digits_fit(n.digits, n.base)) {
        evaluate_number(token, n);
        return;
    }
    token->kind = TOKEN_BAD;
    token->problem = n.base == 8    ? "is not an octal number, though it "
                                      "begins with 0 or ends in o"
                     : n.base == 16 ? "is not a hexadecimal number"
                     : n.base == 2  ? "is not a binary number"
                                    : "is not a number";
}

/* ---- Names -------------------------------------------------------------- */

static bool holds_no_numbers(enum lex_mode mode)
{
    return mode == LEX_PATTERN || mode == LEX_FILES;
}

/* In an expression a name of hex digits with a last letter is a number (abh is
 * 0xab), and between commands one of hex digits after a $. */
static bool name_is_number(span text, enum lex_mode mode)
{
    if (holds_no_numbers(mode))
        return false;
    if (text.data[0] == '$') {
        struct notation n = prefix_notation(text);
        return digits_fit(n.digits, n.base);
    }
    unsigned base = suffix_base(text.data[text.size - 1]);
    return mode == LEX_EXPRESSION && base &&
           digits_fit((span){text.data, text.size - 1}, base);
}

static void read_name(struct lexer *lexer, enum lex_mode mode,
                      struct token *token)
{
    size_t start = lexer->at;
    pass(lexer, name_character(mode));
    span text = text_since(lexer, start);
    if (name_is_number(text, mode)) {
        evaluate_number(token, number_notation(text, mode));
        return;
    }
    token->kind = TOKEN_NAME;
    token->name = text;
}

/* A quoted name holds anything but a quote; there are no escapes. */
static void read_quoted(struct lexer *lexer, struct token *token)
{
    step(lexer);
    size_t start = lexer->at;
    while (!at_end(lexer) && look(lexer, 0) != '"')
        step(lexer);
    token->kind = TOKEN_NAME;
    token->name = text_since(lexer, start);
    token->is_quoted = true;
    if (at_end(lexer)) {
        token->kind = TOKEN_BAD;
        token->problem = "opens a name that has no closing quote";
        return;
    }
    step(lexer);
}

/* ---- Operators ---------------------------------------------------------- */

struct spelling {
    char text[4];
    int kind;
};

/* The longest first. */
static const struct spelling operators[] = {
    {"<<=", TOKEN_SHIFT_LEFT_ASSIGN},
    {">>=", TOKEN_SHIFT_RIGHT_ASSIGN},
    {"<<", TOKEN_SHIFT_LEFT},
    {">>", TOKEN_SHIFT_RIGHT},
    {"<=", TOKEN_LESS_EQUAL},
    {">=", TOKEN_GREATER_EQUAL},
    {"==", TOKEN_EQUAL},
    {"!=", TOKEN_NOT_EQUAL},
    {"&&", TOKEN_AND},
    {"||", TOKEN_OR},
    {"+=", TOKEN_ADD_ASSIGN},
    {"-=", TOKEN_SUBTRACT_ASSIGN},
    {"*=", TOKEN_MULTIPLY_ASSIGN},
    {"/=", TOKEN_DIVIDE_ASSIGN},
    {"&=", TOKEN_AND_ASSIGN},
    {"|=", TOKEN_OR_ASSIGN},
    {"^=", TOKEN_XOR_ASSIGN},
};

/* The bytes of the operator that comes next; 0 if it is another one. */
static size_t match_operator(const struct lexer *lexer, const char *text)
{
    size_t size = 0;
    while (text[size] && look(lexer, size) == text[size])
        size++;
    return text[size] ? 0 : size;
}

/* Most are of one character: all the others have one of these second. */
static bool is_long_operator(const struct lexer *lexer)
{
    return is_a(look(lexer, 1), SECOND);
}

static bool read_long_operator(struct lexer *lexer, struct token *token)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        size_t size = match_operator(lexer, operators[i].text);
        if (size) {
            token->kind = operators[i].kind;
            lexer->at += size;
            return true;
        }
    }
    return false;
}

static void read_operator(struct lexer *lexer, struct token *token)
{
    if (is_long_operator(lexer) && read_long_operator(lexer, token))
        return;
    char c = look(lexer, 0);
    step(lexer);
    if (is_a(c, OPERATOR)) {
        token->kind = c;
        return;
    }
    token->kind = TOKEN_BAD;
    token->problem = "cannot stand here; a name that holds it must be quoted";
}

/* ---- Tokens ------------------------------------------------------------- */

/* /DISCARD/ is a name even where a slash divides: it may follow a fill. */
static bool at_discard(const struct lexer *lexer)
{
    span text = lexer->text->text;
    return span_equal(span_part(text, lexer->at, 9), SPAN("/DISCARD/"));
}

/* In the bytes of an operator that assigns, which are up to three. */
static bool has_equals_sign(const struct lexer *lexer)
{
    return look(lexer, 0) == '=' ||
           (is_a(look(lexer, 0), OPERATOR) &&
            (look(lexer, 1) == '=' || look(lexer, 2) == '='));
}

/* In a pattern += is a name unless it stands alone, so that `a += 1` assigns.
 */
static bool at_lone_operator(const struct lexer *lexer, enum lex_mode mode)
{
    if (mode != LEX_PATTERN || !has_equals_sign(lexer))
        return false;
    struct lexer behind = *lexer;
    struct token token = {0};
    read_operator(&behind, &token);
    bool assigns = token.kind == '=' || token.kind >= TOKEN_ADD_ASSIGN;
    return assigns && !is_a(look(&behind, 0), name_character(mode));
}

void lexer_next(struct lexer *lexer, enum lex_mode mode, struct token *token)
{
    bool is_closed = skip_blanks(lexer);
    *token = (struct token){.kind = TOKEN_END, .place = place_of(lexer)};
    size_t start = lexer->at;
    char c = look(lexer, 0);
    if (!is_closed) {
        token->kind = TOKEN_BAD;
        token->problem = "opens a comment that is never closed";
        lexer->at += 2;
    } else if (at_end(lexer)) {
        return;
    } else if (c == '"') {
        read_quoted(lexer, token);
    } else if (at_lone_operator(lexer, mode)) {
        read_operator(lexer, token);
    } else if (is_a(c, DIGIT) && !holds_no_numbers(mode)) {
        read_number(lexer, mode, token);
    } else if (is_name_start(c, mode) || (c == '/' && at_discard(lexer))) {
        read_name(lexer, mode, token);
    } else {
        read_operator(lexer, token);
    }
    token->text = text_since(lexer, start);
}
