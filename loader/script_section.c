/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output sections: their attributes, and what stands in their braces. Receives
 * tokens behind a section's name; afterwards the statement is complete and
 * appended to the script's commands.
 * [GNU ld manual: Output Section Description, Output Section Data]
 */
#include "script_lex.h"

#include <elf.h>

/* ---- What stands in the braces ------------------------------------------ */

static bool input_command(struct parser *p, bool keep,
                          struct command_list *list)
{
    struct command *command =
        command_new(p, COMMAND_INPUT, parser_peek(p, LEX_PATTERN)->place);
    if (!command)
        return false;
    command->input = parser_new(p, struct input_pattern);
    if (!command->input || !parse_input_pattern(p, command->input))
        return false;
    command->input->keep = keep;
    command_append(list, command);
    return true;
}

/* KEEP '(' input-pattern ')' after the word. */
static bool keep(struct parser *p, struct command_list *list)
{
    return parser_expect(p, LEX_PATTERN, '(', "'(' after KEEP") &&
           input_command(p, true, list) &&
           parser_expect(p, LEX_PATTERN, ')', "')' of KEEP");
}

/* '(' value ')' after BYTE and the like. */
static bool data(struct parser *p, unsigned size, struct command_list *list)
{
    struct command *command = command_new(p, COMMAND_DATA, p->token.place);
    if (!command)
        return false;
    command->size = size;
    command->value = parse_parenthesised(p, "'(' and a value");
    command_append(list, command);
    return command->value;
}

/* '(' fill ')' after FILL. */
static bool fill_command(struct parser *p, struct command_list *list)
{
    struct command *command = command_new(p, COMMAND_FILL, p->token.place);
    if (!command || !parser_expect(p, LEX_EXPRESSION, '(', "'(' after FILL") ||
        !parse_fill(p, &command->fill))
        return false;
    command_append(list, command);
    return parser_expect(p, LEX_EXPRESSION, ')', "')' after a fill");
}

static bool constructors(struct parser *p, struct command_list *list)
{
    struct command *command =
        command_new(p, COMMAND_CONSTRUCTORS, p->token.place);
    if (!command)
        return false;
    command_append(list, command);
    return true;
}

/* SORT(CONSTRUCTORS) is no pattern. The next token is SORT. */
static bool at_sorted_constructors(const struct parser *p)
{
    struct lexer ahead = p->after;
    struct token token;
    lexer_next(&ahead, LEX_PATTERN, &token);
    if (token.kind != '(')
        return false;
    lexer_next(&ahead, LEX_PATTERN, &token);
    return token_is_word(&token, "CONSTRUCTORS");
}

static bool sort(struct parser *p, struct command_list *list)
{
    if (!at_sorted_constructors(p))
        return input_command(p, false, list);
    parser_take(p, LEX_PATTERN);
    parser_take(p, LEX_PATTERN);
    parser_take(p, LEX_PATTERN);
    return constructors(p, list) &&
           parser_expect(p, LEX_PATTERN, ')', "')' after CONSTRUCTORS");
}

enum content_form {
    CONTENT_PATTERN, /* the word belongs to an input pattern */
    CONTENT_SORT,    /* likewise, but for SORT(CONSTRUCTORS) */
    CONTENT_KEEP,
    CONTENT_DATA,
    CONTENT_FILL,
    CONTENT_CONSTRUCTORS,
    CONTENT_ASSERT,
    CONTENT_PROVIDE,
    CONTENT_INCLUDE,
    CONTENT_TEXT,
    CONTENT_NOTHING,
};

struct content_word {
    const char *name;
    enum content_form form;
    unsigned detail; /* CONTENT_DATA: bytes; CONTENT_PROVIDE: assign_how;
                        CONTENT_TEXT: whether a NUL ends it */
};

/* clang-format off */
static const struct content_word content_words[] = {
    {"EXCLUDE_FILE",          CONTENT_PATTERN,      0},
    {"REVERSE",               CONTENT_PATTERN,      0},
    {"SORT",                  CONTENT_SORT,         0},
    {"SORT_BY_ALIGNMENT",     CONTENT_PATTERN,      0},
    {"SORT_BY_INIT_PRIORITY", CONTENT_PATTERN,      0},
    {"SORT_BY_NAME",          CONTENT_SORT,         0},
    {"SORT_NONE",             CONTENT_PATTERN,      0},
    {"KEEP",                  CONTENT_KEEP,         0},
    {"BYTE",                  CONTENT_DATA,         1},
    {"SHORT",                 CONTENT_DATA,         2},
    {"LONG",                  CONTENT_DATA,         4},
    {"QUAD",                  CONTENT_DATA,         8},
    {"SQUAD",                 CONTENT_DATA,         8},
    {"FILL",                  CONTENT_FILL,         0},
    {"CONSTRUCTORS",          CONTENT_CONSTRUCTORS, 0},
    {"ASSERT",                CONTENT_ASSERT,       0},
    {"HIDDEN",                CONTENT_PROVIDE,      ASSIGN_HIDDEN},
    {"PROVIDE",               CONTENT_PROVIDE,      ASSIGN_PROVIDE},
    {"PROVIDE_HIDDEN",        CONTENT_PROVIDE,      ASSIGN_PROVIDE_HIDDEN},
    {"ASCII",                 CONTENT_TEXT,         false},
    {"ASCIZ",                 CONTENT_TEXT,         true},
    {"INCLUDE",               CONTENT_INCLUDE,      0},
    {"INPUT_SECTION_FLAGS",   CONTENT_PATTERN,      0},
    {"CREATE_OBJECT_SYMBOLS", CONTENT_NOTHING,      0}, /* a.out only */
    {"LINKER_VERSION",        CONTENT_NOTHING,      0}, /* unless asked for */
};
/* clang-format on */

static const struct content_word *find_content_word(const struct token *token)
{
    size_t count = sizeof(content_words) / sizeof(content_words[0]);
    if (!token_may_be_keyword(token))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (token_is_word(token, content_words[i].name))
            return &content_words[i];
    return NULL;
}

static parse_body contents;

static bool run_content_word(struct parser *p, const struct content_word *word,
                             struct command_list *list)
{
    if (word->form == CONTENT_PATTERN)
        return input_command(p, false, list);
    if (word->form == CONTENT_SORT)
        return sort(p, list);
    struct token token = parser_take(p, LEX_PATTERN);
    switch (word->form) {
    case CONTENT_KEEP:
        return keep(p, list);
    case CONTENT_DATA:
        return data(p, word->detail, list);
    case CONTENT_FILL:
        return fill_command(p, list);
    case CONTENT_CONSTRUCTORS:
        return constructors(p, list);
    case CONTENT_ASSERT:
        return parse_assert(p, token.place, list);
    case CONTENT_PROVIDE:
        return parse_provide(p, LEX_PATTERN, word->detail, list);
    case CONTENT_INCLUDE:
        return parse_include(p, contents, list);
    case CONTENT_TEXT:
        return parse_text(p, word->detail, list);
    default:
        return true;
    }
}

/* Whether the next token is the name in `name = value`. Mostly it is a pattern
 * with its bracket behind it. */
static bool at_assignment(struct parser *p)
{
    if (parser_peek(p, LEX_PATTERN)->kind != TOKEN_NAME)
        return false;
    struct lexer ahead = p->after;
    span text = ahead.text->text;
    struct token token;
    if (ahead.at < text.size && text.data[ahead.at] == '(')
        return false;
    lexer_next(&ahead, LEX_PATTERN, &token);
    return token_is_assignment(token.kind);
}

static bool pattern_or_assignment(struct parser *p, struct command_list *list)
{
    if (at_assignment(p)) {
        struct token name = parser_take(p, LEX_PATTERN);
        return parse_assignment(p, LEX_PATTERN, name, list);
    }
    if (parser_peek(p, LEX_PATTERN)->kind != TOKEN_NAME)
        return parser_unexpected(
            p, "an input section pattern, an assignment or '}' "
               "of the output section");
    return input_command(p, false, list);
}

static bool contents(struct parser *p, void *context)
{
    struct command_list *list = context;
    while (!parser_accept(p, LEX_PATTERN, p->end)) {
        const struct content_word *word =
            find_content_word(parser_peek(p, LEX_PATTERN));
        if (parser_accept(p, LEX_PATTERN, ';'))
            continue;
        if (!(word ? run_content_word(p, word, list)
                   : pattern_or_assignment(p, list)))
            return false;
    }
    return true;
}

bool parse_section_braces(struct parser *p, struct section_statement *s)
{
    struct command_list list = {NULL, &s->commands};
    return parse_braces(p, LEX_PATTERN, "'{' of the output section", contents,
                        &list);
}

/* ---- What stands before the braces -------------------------------------- */

struct type_word {
    const char *name;
    enum section_type type;
};

static const struct type_word type_words[] = {
    {"NOLOAD", SECTION_TYPE_NOLOAD}, {"READONLY", SECTION_TYPE_READONLY},
    {"INFO", SECTION_TYPE_INFO},     {"COPY", SECTION_TYPE_INFO},
    {"DSECT", SECTION_TYPE_INFO},    {"OVERLAY", SECTION_TYPE_INFO},
    {"TYPE", SECTION_TYPE_NONE},
};

static const struct type_word *find_type_word(const struct token *token)
{
    if (!token_may_be_keyword(token))
        return NULL;
    for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); i++)
        if (token_is_word(token, type_words[i].name))
            return &type_words[i];
    return NULL;
}

/* Whether the next token is the '(' of a type, not of an address. */
static bool at_type(struct parser *p)
{
    if (parser_peek(p, LEX_EXPRESSION)->kind != '(')
        return false;
    struct lexer ahead = p->after;
    struct token token;
    lexer_next(&ahead, LEX_EXPRESSION, &token);
    return token.kind == ')' || find_type_word(&token);
}

struct type_number {
    const char *name;
    uint32_t number;
};

/* clang-format off */
static const struct type_number type_numbers[] = {
    {"SHT_PROGBITS",      SHT_PROGBITS},
    {"SHT_STRTAB",        SHT_STRTAB},
    {"SHT_NOTE",          SHT_NOTE},
    {"SHT_NOBITS",        SHT_NOBITS},
    {"SHT_INIT_ARRAY",    SHT_INIT_ARRAY},
    {"SHT_FINI_ARRAY",    SHT_FINI_ARRAY},
    {"SHT_PREINIT_ARRAY", SHT_PREINIT_ARRAY},
};
/* clang-format on */

/* '=' SHT_... or an expression of numbers, after TYPE. */
static bool type_number(struct parser *p, struct section_statement *s)
{
    if (!parser_expect(p, LEX_EXPRESSION, '=', "'=' after TYPE"))
        return false;
    s->type_value = parse_expression(p);
    if (!s->type_value || s->type_value->kind != EXPR_SYMBOL)
        return s->type_value;
    size_t count = sizeof(type_numbers) / sizeof(type_numbers[0]);
    for (size_t i = 0; i < count; i++)
        if (span_is(s->type_value->name, type_numbers[i].name))
            s->type_number = type_numbers[i].number;
    return s->type_number ||
           parser_fail(p, s->type_value->place, BOOTLINK_SYNTAX,
                       "'%.*s' is no section type; SHT_PROGBITS, SHT_NOTE ... "
                       "and numbers are",
                       SPAN_ARGS(s->type_value->name));
}

/* '(' type ')' or '(' ')', where type may be READONLY '(' TYPE = value ')' */
static bool type(struct parser *p, struct section_statement *s)
{
    parser_take(p, LEX_EXPRESSION);
    if (parser_accept(p, LEX_EXPRESSION, ')'))
        return true;
    struct token word = parser_take(p, LEX_EXPRESSION);
    s->type = find_type_word(&word)->type;
    if (s->type == SECTION_TYPE_NONE && !type_number(p, s))
        return false;
    if (s->type == SECTION_TYPE_READONLY &&
        parser_accept(p, LEX_EXPRESSION, '(') &&
        !(parser_accept_word(p, LEX_EXPRESSION, "TYPE")
              ? type_number(p, s) &&
                    parser_expect(p, LEX_EXPRESSION, ')', "')' after the type")
              : parser_unexpected(p, "TYPE = and a section type")))
        return false;
    return parser_expect(p, LEX_EXPRESSION, ')',
                         "')' after the section's type");
}

static bool starts_expression(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_NAME:
    case TOKEN_NUMBER:
    case TOKEN_BAD:
    case '(':
    case '-':
    case '+':
    case '!':
    case '~':
        return true;
    default:
        return false;
    }
}

/* '(' address ')', and BLOCK '(' n ')', which says nothing beside an address.
 */
static bool bind(struct parser *p, struct section_statement *s)
{
    s->address = parse_parenthesised(p, "'(' and an address after BIND");
    return s->address &&
           (!parser_accept_word(p, LEX_EXPRESSION, "BLOCK") ||
            parse_parenthesised(p, "'(' and a number after BLOCK"));
}

/* address (type) ':' */
static bool address_and_type(struct parser *p, const struct token *name,
                             struct section_statement *s)
{
    if (!parser_check_blanks(p, name, ':'))
        return false;
    if (parser_accept_word(p, LEX_EXPRESSION, "BIND")) {
        if (!bind(p, s))
            return false;
    } else if (starts_expression(parser_peek(p, LEX_EXPRESSION)) &&
               !at_type(p) && !(s->address = parse_expression(p))) {
        return false;
    }
    if (at_type(p) && !type(p, s))
        return false;
    return parser_expect(p, LEX_EXPRESSION, ':',
                         "':' after an output section's name");
}

static bool value_attribute(struct parser *p, struct expr **value)
{
    parser_take(p, LEX_EXPRESSION);
    *value = parse_parenthesised(p, "'(' and a value");
    return *value;
}

static bool constraint(struct parser *p, struct section_statement *s,
                       enum section_constraint constraint)
{
    parser_take(p, LEX_EXPRESSION);
    s->constraint = constraint;
    return true;
}

/* AT(a) ALIGN(b) ALIGN_WITH_INPUT SUBALIGN(c) ONLY_IF_RO, up to '{' */
static bool attributes(struct parser *p, struct section_statement *s)
{
    bool ok = true;
    while (ok && parser_peek(p, LEX_EXPRESSION)->kind == TOKEN_NAME) {
        const struct token *word = parser_peek(p, LEX_EXPRESSION);
        if (token_is_word(word, "AT"))
            ok = value_attribute(p, &s->load_address);
        else if (token_is_word(word, "ALIGN"))
            ok = value_attribute(p, &s->align);
        else if (token_is_word(word, "SUBALIGN"))
            ok = value_attribute(p, &s->subalign);
        else if (parser_accept_word(p, LEX_EXPRESSION, "ALIGN_WITH_INPUT"))
            s->align_with_input = true;
        else if (token_is_word(word, "ONLY_IF_RO"))
            ok = constraint(p, s, ONLY_IF_RO);
        else if (token_is_word(word, "ONLY_IF_RW"))
            ok = constraint(p, s, ONLY_IF_RW);
        else if (!parser_accept_word(p, LEX_EXPRESSION, "SPECIAL"))
            ok = parser_unexpected(p, "AT, ALIGN, ALIGN_WITH_INPUT, SUBALIGN, "
                                      "ONLY_IF_RO, ONLY_IF_RW or '{'");
    }
    if (ok && s->align_with_input && s->align)
        return parser_fail(p, s->place, BOOTLINK_SYNTAX,
                           "section %.*s has both ALIGN_WITH_INPUT and "
                           "ALIGN; leave one of them out",
                           SPAN_ARGS(s->name));
    return ok;
}

/* ---- What stands behind the braces -------------------------------------- */

static bool region_name(struct parser *p, span *region)
{
    struct token name;
    if (!parser_expect(p, LEX_COMMAND, '>', "'>' and a region's name") ||
        !parser_expect_name(p, LEX_COMMAND, "a region's name after '>'", &name))
        return false;
    *region = name.name;
    return true;
}

/* ':' name ... */
static bool segment_names(struct parser *p, struct section_statement *s)
{
    struct script_name **last = &s->segments;
    struct token token;
    while (parser_accept(p, LEX_COMMAND, ':')) {
        if (!parser_expect_name(p, LEX_COMMAND, "a segment's name after ':'",
                                &token))
            return false;
        struct script_name *name = parser_new(p, struct script_name);
        if (!name)
            return false;
        name->name = token.name;
        name->place = token.place;
        *last = name;
        last = &name->next;
    }
    return true;
}

/* '>' region AT '>' region ':' segment '=' fill ',' all of which may be missing
 */
bool parse_section_placement(struct parser *p, struct section_statement *s)
{
    if (parser_peek(p, LEX_COMMAND)->kind == '>' && !region_name(p, &s->region))
        return false;
    if (parser_accept_word(p, LEX_COMMAND, "AT") &&
        !region_name(p, &s->load_region))
        return false;
    if (!segment_names(p, s))
        return false;
    if (parser_accept(p, LEX_COMMAND, '=') && !parse_fill(p, &s->fill))
        return false;
    parser_accept(p, LEX_COMMAND, ',');
    return true;
}

bool parse_output_section(struct parser *p, struct token name)
{
    struct command *command =
        command_new(p, COMMAND_OUTPUT_SECTION, name.place);
    struct section_statement *s = parser_new(p, struct section_statement);
    if (!command || !s)
        return false;
    s->name = name.name;
    s->place = name.place;
    command->section = s;
    command_append(&p->commands, command);
    return address_and_type(p, &name, s) && attributes(p, s) &&
           parse_section_braces(p, s) && parse_section_placement(p, s);
}
