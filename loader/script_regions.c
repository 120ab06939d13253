/* SPDX-License-Identifier: BSD-2-Clause
 *
 * PHDRS and MEMORY: the segments and the regions that output sections name.
 * Afterwards they are in the script's lists, in order; their names may repeat.
 * [GNU ld manual: PHDRS Command, MEMORY Command]
 */
#include "script_lex.h"

#include <elf.h>

/* ---- PHDRS [GNU ld manual: PHDRS] --------------------------------------- */

struct segment_type {
    const char *name;
    uint32_t type;
};

/* clang-format off */
static const struct segment_type segment_types[] = {
    {"PT_NULL",         PT_NULL},
    {"PT_LOAD",         PT_LOAD},
    {"PT_DYNAMIC",      PT_DYNAMIC},
    {"PT_INTERP",       PT_INTERP},
    {"PT_NOTE",         PT_NOTE},
    {"PT_SHLIB",        PT_SHLIB},
    {"PT_PHDR",         PT_PHDR},
    {"PT_TLS",          PT_TLS},
    {"PT_GNU_EH_FRAME", PT_GNU_EH_FRAME},
    {"PT_GNU_STACK",    PT_GNU_STACK},
    {"PT_GNU_RELRO",    PT_GNU_RELRO},
    {"PT_GNU_PROPERTY", PT_GNU_PROPERTY},
};
/* clang-format on */

/* A type is one of these names, or a number. */
static bool segment_type(struct parser *p, uint32_t *type)
{
    const struct token *token = parser_peek(p, LEX_EXPRESSION);
    size_t count = sizeof(segment_types) / sizeof(segment_types[0]);
    for (size_t i = 0; i < count; i++) {
        if (token_is_word(token, segment_types[i].name)) {
            *type = segment_types[i].type;
            parser_take(p, LEX_EXPRESSION);
            return true;
        }
    }
    if (token->kind != TOKEN_NUMBER)
        return parser_unexpected(
            p, "a segment type: PT_LOAD, PT_NOTE ... or a number");
    if (token->is_too_wide || token->number > UINT32_MAX)
        return parser_fail(p, token->place, BOOTLINK_RANGE,
                           "a segment type has 32 bits, this number more");
    *type = (uint32_t)parser_take(p, LEX_EXPRESSION).number;
    return true;
}

/* FILEHDR PHDRS AT(address) FLAGS(flags) up to ';' */
static bool segment_qualifiers(struct parser *p, struct segment_statement *s)
{
    while (!parser_accept(p, LEX_EXPRESSION, ';')) {
        struct expr **value = NULL;
        const struct token *token = parser_peek(p, LEX_EXPRESSION);
        if (token_is_word(token, "FILEHDR"))
            s->has_file_header = true;
        else if (token_is_word(token, "PHDRS"))
            s->has_program_headers = true;
        else if (token_is_word(token, "AT"))
            value = &s->load_address;
        else if (token_is_word(token, "FLAGS"))
            value = &s->flags;
        else
            return parser_unexpected(p, "FILEHDR, PHDRS, AT, FLAGS or ';'");
        parser_take(p, LEX_EXPRESSION);
        if (value && !(*value = parse_parenthesised(p, "'(' and a value")))
            return false;
    }
    return true;
}

static bool segment(struct parser *p)
{
    struct token name;
    if (!parser_expect_name(p, LEX_COMMAND, "a segment's name or '}'", &name))
        return false;
    struct segment_statement *s = parser_new(p, struct segment_statement);
    if (!s)
        return false;
    s->name = name.name;
    s->place = name.place;
    if (!segment_type(p, &s->type) || !segment_qualifiers(p, s))
        return false;
    *p->last_segment = s;
    p->last_segment = &s->next;
    return true;
}

bool parse_segments(struct parser *p)
{
    p->script->has_segments = true;
    if (!parser_expect(p, LEX_COMMAND, '{', "'{' after PHDRS"))
        return false;
    while (!parser_accept(p, LEX_COMMAND, '}'))
        if (!segment(p))
            return false;
    return true;
}

/* ---- MEMORY [GNU ld manual: MEMORY] ------------------------------------- */

static unsigned attribute_of(char c)
{
    switch (c) {
    case 'a':
    case 'A':
        return REGION_ALLOCATED;
    case 'r':
    case 'R':
        return REGION_READ_ONLY;
    case 'w':
    case 'W':
        return REGION_WRITABLE;
    case 'x':
    case 'X':
        return REGION_EXECUTABLE;
    case 'i':
    case 'I':
    case 'l':
    case 'L':
        return REGION_LOADED;
    default:
        return 0;
    }
}

static bool attribute_letters(struct parser *p, const struct token *letters,
                              unsigned *attributes)
{
    for (size_t i = 0; i < letters->name.size; i++) {
        unsigned attribute = attribute_of(letters->name.data[i]);
        if (!attribute)
            return parser_fail(
                p, letters->place, BOOTLINK_SYNTAX,
                "'%.*s' is not made of the attributes r w x a i l and !",
                SPAN_ARGS(letters->name));
        *attributes |= attribute;
    }
    return true;
}

/* (rx !w): '!' turns around what follows it in its word. */
static bool region_attributes(struct parser *p, struct region_statement *r)
{
    if (!parser_accept(p, LEX_COMMAND, '('))
        return true;
    do {
        struct token letters;
        bool is_excluded = parser_accept(p, LEX_COMMAND, '!');
        if (!parser_expect_name(p, LEX_COMMAND, "attributes: r w x a i l and !",
                                &letters) ||
            !attribute_letters(p, &letters,
                               is_excluded ? &r->excluded : &r->attributes))
            return false;
    } while (!parser_accept(p, LEX_COMMAND, ')'));
    return true;
}

/* One of three words for the same, '=' and a value. */
static struct expr *region_value(struct parser *p, const char *word,
                                 const char *shorter, const char *shortest)
{
    char what[48];
    if (!parser_accept_word(p, LEX_COMMAND, word) &&
        !parser_accept_word(p, LEX_COMMAND, shorter) &&
        !parser_accept_word(p, LEX_COMMAND, shortest)) {
        text_print(what, sizeof(what), "%s = value", word);
        parser_unexpected(p, what);
        return NULL;
    }
    text_print(what, sizeof(what), "'=' after %s", word);
    return parser_expect(p, LEX_COMMAND, '=', what) ? parse_expression(p)
                                                    : NULL;
}

/* name (attributes) : ORIGIN = value, LENGTH = value */
static bool region(struct parser *p)
{
    struct token name;
    if (!parser_expect_name(p, LEX_COMMAND, "a region's name or '}'", &name))
        return false;
    struct region_statement *r = parser_new(p, struct region_statement);
    if (!r)
        return false;
    r->name = name.name;
    r->place = name.place;
    if (!parser_check_blanks(p, &name, ':') || !region_attributes(p, r) ||
        !parser_expect(p, LEX_COMMAND, ':', "':' after the region's name"))
        return false;
    if (!(r->origin = region_value(p, "ORIGIN", "org", "o")))
        return false;
    parser_accept(p, LEX_EXPRESSION, ',');
    if (!(r->length = region_value(p, "LENGTH", "len", "l")))
        return false;
    parser_accept(p, LEX_EXPRESSION, ',');
    *p->last_region = r;
    p->last_region = &r->next;
    return true;
}

static bool regions(struct parser *p, void *context)
{
    while (!parser_accept(p, LEX_COMMAND, p->end))
        if (!(parser_accept_word(p, LEX_COMMAND, "INCLUDE")
                  ? parse_include(p, regions, context)
                  : region(p)))
            return false;
    return true;
}

bool parse_memory(struct parser *p)
{
    return parse_braces(p, LEX_COMMAND, "'{' after MEMORY", regions, NULL);
}

/* '(' name ',' region ')' after REGION_ALIAS. */
bool parse_region_alias(struct parser *p)
{
    struct token name, region;
    if (!parser_expect(p, LEX_COMMAND, '(', "'(' after REGION_ALIAS") ||
        !parser_expect_name(p, LEX_COMMAND, "a name for a region", &name) ||
        !parser_expect(p, LEX_COMMAND, ',', "',' and a region's name") ||
        !parser_expect_name(p, LEX_COMMAND, "a region's name", &region) ||
        !parser_expect(p, LEX_COMMAND, ')', "')' after a region's name"))
        return false;
    struct region_alias *alias = parser_new(p, struct region_alias);
    if (!alias)
        return false;
    *alias = (struct region_alias){
        .name = name.name, .region = region.name, .place = name.place};
    *p->last_alias = alias;
    p->last_alias = &alias->next;
    return true;
}
