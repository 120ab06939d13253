/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which files a script asks for, and which symbols: INPUT, GROUP, STARTUP,
 * SEARCH_DIR, EXTERN. Receives tokens behind the word; afterwards the names are
 * in the script's lists, in order, and nothing has been opened.
 * [GNU ld manual: Commands Dealing with Files; Miscellaneous Commands]
 */
#include "script_lex.h"

static struct script_input *input_new(struct parser *p,
                                      enum bootlink_input_kind kind,
                                      const struct token *token)
{
    struct script_input *input = parser_new(p, struct script_input);
    if (input) {
        input->input.kind = kind;
        input->input.name = token->name;
        input->order = p->script->order++;
        input->place = token->place;
    }
    return input;
}

bool parser_add_input(struct parser *p, enum bootlink_input_kind kind,
                      const struct token *token, bool is_pattern)
{
    struct script_input *input = input_new(p, kind, token);
    if (!input)
        return false;
    input->is_pattern = is_pattern;
    *p->last_input = input;
    p->last_input = &input->next;
    return true;
}

/* A file, or the library behind -l. */
static bool append_named(struct parser *p, struct token *token)
{
    if (token->is_quoted || !span_starts(token->name, SPAN("-l")))
        return parser_add_input(
            p, p->reads_binary ? BOOTLINK_BINARY : BOOTLINK_FILE, token, false);
    token->name = span_part(token->name, 2, token->name.size - 2);
    return parser_add_input(p, BOOTLINK_LIBRARY, token, false);
}

/* '(' file -llibrary AS_NEEDED '(' file ')' ... ')', with commas or without.
 * What is needed only as far as it is used is any file, in a static link. */
static bool input_list(struct parser *p)
{
    struct token token;
    unsigned brackets = 1;
    if (!parser_expect(p, LEX_FILES, '(', "'(' and files"))
        return false;
    do {
        if (parser_accept_word(p, LEX_FILES, "AS_NEEDED")) {
            brackets++;
            if (!parser_expect(p, LEX_FILES, '(', "'(' after AS_NEEDED"))
                return false;
            continue;
        }
        if (!parser_expect_name(p, LEX_FILES, "a file's name or -l", &token) ||
            !append_named(p, &token))
            return false;
        while (brackets && parser_accept(p, LEX_FILES, ')'))
            brackets--;
        parser_accept(p, LEX_FILES, ',');
    } while (brackets);
    return true;
}

bool parse_input(struct parser *p)
{
    return input_list(p);
}

bool parse_group(struct parser *p)
{
    struct token token = p->token;
    token.name.size = 0;
    return parser_add_input(p, BOOTLINK_GROUP_START, &token, false) &&
           input_list(p) &&
           parser_add_input(p, BOOTLINK_GROUP_END, &token, false);
}

static bool file_in_parentheses(struct parser *p, const char *what,
                                struct token *name)
{
    return parser_expect(p, LEX_FILES, '(', "'('") &&
           parser_expect_name(p, LEX_FILES, what, name) &&
           parser_expect(p, LEX_FILES, ')', "')' after the name");
}

bool parse_startup(struct parser *p)
{
    struct token name;
    if (!file_in_parentheses(p, "a file's name", &name))
        return false;
    if (p->script->startup)
        return parser_fail(p, name.place, BOOTLINK_SYNTAX,
                           "there is a STARTUP file already, '%.*s'; only one "
                           "can be the first",
                           SPAN_ARGS(p->script->startup->input.name));
    p->script->startup = input_new(p, BOOTLINK_FILE, &name);
    return p->script->startup;
}

bool parse_search_dir(struct parser *p)
{
    struct token name;
    return file_in_parentheses(p, "a folder", &name) &&
           search_add(p->arena, p->script, name.name);
}

/* '(' symbol ... ')' after EXTERN */
bool parse_extern(struct parser *p)
{
    struct token token;
    if (!parser_expect(p, LEX_FILES, '(', "'(' and symbols"))
        return false;
    do {
        if (!parser_expect_name(p, LEX_FILES, "a symbol's name", &token))
            return false;
        struct script_name *name = parser_new(p, struct script_name);
        if (!name)
            return false;
        *name = (struct script_name){token.name, token.place, NULL};
        *p->last_reference = name;
        p->last_reference = &name->next;
        parser_accept(p, LEX_FILES, ',');
    } while (!parser_accept(p, LEX_FILES, ')'));
    return true;
}
