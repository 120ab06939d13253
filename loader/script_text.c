/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ASCII and ASCIZ: text as data of an output section. Receives tokens behind
 * the word; afterwards the bytes are in the list as LONG, SHORT and BYTE would
 * put them there. [GNU ld manual, 2.41: Output Section Data]
 */
#include "script_lex.h"

enum { LONGEST_ROOM = 65536 };

/* Some bytes, as many as one command takes. */
struct packer {
    struct parser *p;
    struct command_list *list;
    struct script_place place;
    uint64_t value;
    unsigned size;
};

static bool flush(struct packer *packer, unsigned size)
{
    struct command *command =
        command_new(packer->p, COMMAND_DATA, packer->place);
    struct expr *value =
        expr_new(packer->p, EXPR_NUMBER, packer->place, NULL, NULL);
    if (!command || !value)
        return false;
    value->number = packer->value;
    command->value = value;
    command->size = size;
    command_append(packer->list, command);
    packer->value = 0;
    packer->size = 0;
    return true;
}

static bool put(struct packer *packer, unsigned char byte)
{
    packer->value |= (uint64_t)byte << 8 * packer->size++;
    return packer->size < 8 || flush(packer, 8);
}

/* What is left goes out byte by byte. */
static bool finish(struct packer *packer)
{
    uint64_t value = packer->value;
    unsigned size = packer->size;
    for (unsigned i = 0; i < size; i++) {
        packer->value = value >> 8 * i & 0xff;
        if (!flush(packer, 1))
            return false;
    }
    return true;
}

static bool is_octal(span text, size_t at)
{
    return at < text.size && text.data[at] >= '0' && text.data[at] <= '7';
}

/* The character at *at, which moves behind it: C's escapes \n \r \t and \ooo;
 * before any other, '\' quotes it. */
static unsigned char character(span text, size_t *at)
{
    unsigned char c = text.data[(*at)++];
    if (c != '\\' || *at == text.size)
        return c;
    if (is_octal(text, *at)) {
        unsigned number = 0;
        for (int i = 0; i < 3 && is_octal(text, *at); i++)
            number = number * 8 + (text.data[(*at)++] - '0');
        return (unsigned char)number;
    }
    c = text.data[(*at)++];
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

/* '(' bytes ')' before the text of ASCII: it is filled up with zeros. */
static bool room(struct parser *p, uint64_t *bytes)
{
    if (!parser_expect(p, LEX_EXPRESSION, '(', "'(' and a number of bytes"))
        return false;
    const struct token *token = parser_peek(p, LEX_EXPRESSION);
    if (token->kind != TOKEN_NUMBER || token->number > LONGEST_ROOM ||
        token->is_too_wide)
        return parser_unexpected(p, "a number of bytes of at most 65536");
    *bytes = parser_take(p, LEX_EXPRESSION).number;
    return parser_expect(p, LEX_EXPRESSION, ')', "')' after the bytes");
}

bool parse_text(struct parser *p, bool ends_in_nul, struct command_list *list)
{
    struct packer packer = {.p = p, .list = list, .place = p->token.place};
    struct token token;
    uint64_t least = 0, size = 0;
    if ((!ends_in_nul && !room(p, &least)) ||
        !parser_expect_name(p, LEX_PATTERN, "a text in quotes", &token))
        return false;
    for (size_t at = 0; at < token.name.size; size++)
        if (!put(&packer, character(token.name, &at)))
            return false;
    if (!ends_in_nul && size > least)
        return parser_fail(p, token.place, BOOTLINK_RANGE,
                           "the text has %llu bytes, more than the room of "
                           "%llu",
                           (unsigned long long)size, (unsigned long long)least);
    for (uint64_t end = ends_in_nul ? size + 1 : least; size < end; size++)
        if (!put(&packer, 0))
            return false;
    return finish(&packer);
}
