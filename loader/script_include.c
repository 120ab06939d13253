/* SPDX-License-Identifier: BSD-2-Clause
 *
 * INCLUDE: another file's text in the place of the command. Receives the name;
 * afterwards what the file says stands in the tree as if it had been written
 * there, and messages about it name the file and its lines. A file holds whole
 * statements: a brace is closed where it was opened.
 * [GNU ld manual: Commands Dealing with Files]
 */
#include "script_lex.h"

/* The end of what is being read is a brace, or the end of an included file. */
static bool parse_up_to(struct parser *p, int end, parse_body *body,
                        void *context)
{
    int outer = p->end;
    p->end = end;
    bool ok = body(p, context);
    p->end = outer;
    return ok;
}

bool parse_braces(struct parser *p, enum lex_mode mode, const char *what,
                  parse_body *body, void *context)
{
    return parser_expect(p, mode, '{', what) &&
           parse_up_to(p, '}', body, context);
}

/* Without a bound two lines could ask for any number of files. */
static bool check_bounds(struct parser *p, const struct token *name)
{
    if (p->include_depth == SCRIPT_INCLUDE_DEPTH)
        return parser_fail(p, name->place, BOOTLINK_SYNTAX,
                           "INCLUDE is nested deeper than %d files; does "
                           "'%.*s' include itself?",
                           SCRIPT_INCLUDE_DEPTH, SPAN_ARGS(name->name));
    if (p->script->include_count++ >= SCRIPT_INCLUDES)
        return parser_fail(p, name->place, BOOTLINK_SYNTAX,
                           "more than %d files are included; put them into "
                           "one",
                           SCRIPT_INCLUDES);
    return true;
}

static struct script_text *open_text(struct parser *p, const struct token *name)
{
    struct script_text *text = parser_new(p, struct script_text);
    if (!text)
        return NULL;
    text->name = search_file(p->arena, p->script, name->name, name->place.text);
    if (text->name.size &&
        p->world->file(p->world->host, text->name, &text->text))
        return text;
    parser_fail(p, name->place, BOOTLINK_MISSING,
                "cannot find the file '%.*s'; it is looked for as it stands, "
                "in the folders of -L and SEARCH_DIR, and beside this file",
                SPAN_ARGS(name->name));
    return NULL;
}

bool parse_include(struct parser *p, parse_body *body, void *context)
{
    struct token name;
    if (!parser_expect_name(p, LEX_FILES, "a file's name after INCLUDE",
                            &name) ||
        !check_bounds(p, &name))
        return false;
    struct script_text *text = open_text(p, &name);
    if (!text)
        return false;
    struct lexer behind = p->lexer;
    p->lexer = lexer_open(text);
    p->looked = false;
    p->include_depth++;
    bool ok = parse_up_to(p, TOKEN_END, body, context);
    p->include_depth--;
    p->lexer = behind;
    p->looked = false;
    return ok;
}
