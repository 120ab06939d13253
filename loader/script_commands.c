/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands that say what the output is, and rare ones: OUTPUT, OUTPUT_FORMAT,
 * OUTPUT_ARCH, TARGET, ENTRY, NOCROSSREFS, LD_FEATURE, VERSION and those that
 * mean nothing to a static link of ELF files. Receives tokens behind the word.
 * [GNU ld manual: Simple Linker Script Commands]
 */
#include "script_lex.h"

static bool name_in_parentheses(struct parser *p, const char *what,
                                struct token *name)
{
    return parser_expect(p, LEX_COMMAND, '(', "'('") &&
           parser_expect_name(p, LEX_COMMAND, what, name) &&
           parser_expect(p, LEX_COMMAND, ')', "')' after the name");
}

/* ---- The output --------------------------------------------------------- */

/* ENTRY(symbol): the last one wins. */
bool parse_entry(struct parser *p)
{
    struct token name;
    if (!name_in_parentheses(p, "the entry symbol's name", &name))
        return false;
    p->script->entry = name.name;
    return true;
}

/* OUTPUT(file): what -o says is stronger. */
bool parse_output(struct parser *p)
{
    struct token name;
    if (!name_in_parentheses(p, "a file's name", &name))
        return false;
    p->script->output = name.name;
    return true;
}

static bool format_name(struct parser *p, const struct token *name)
{
    return span_equal(name->name, SPAN("elf64-x86-64")) ||
           span_equal(name->name, SPAN("elf64-x86-64-freebsd")) ||
           span_equal(name->name, SPAN("default")) ||
           parser_fail(p, name->place, BOOTLINK_UNSUPPORTED,
                       "format '%.*s' is not supported; elf64-x86-64 and "
                       "binary are; objcopy makes others",
                       SPAN_ARGS(name->name));
}

/* Of several the first counts. In memory there is no format, flat or not. */
static bool output_format(struct parser *p, const struct token *name)
{
    bool is_flat = span_equal(name->name, SPAN("binary"));
    if (!is_flat && !format_name(p, name))
        return false;
    if (!p->script->has_format) {
        p->script->is_flat = is_flat;
        p->script->is_freebsd = span_ends(name->name, SPAN("-freebsd"));
    }
    p->script->has_format = true;
    return true;
}

/* OUTPUT_FORMAT(default) or (default, big-endian, little-endian). Nobody asks
 * for an endianness, so the first one is it. */
bool parse_output_format(struct parser *p)
{
    struct token name, other;
    if (!parser_expect(p, LEX_FILES, '(', "'(' after OUTPUT_FORMAT") ||
        !parser_expect_name(p, LEX_FILES, "a format's name", &name) ||
        !output_format(p, &name))
        return false;
    for (int i = 0; i < 2 && (i || parser_peek(p, LEX_FILES)->kind == ','); i++)
        if (!parser_expect(p, LEX_FILES, ',', "',' and a third format") ||
            !parser_expect_name(p, LEX_FILES, "a format's name", &other))
            return false;
    return parser_expect(p, LEX_FILES, ')', "')' after the format");
}

/* TARGET(format): how the inputs that this script names behind it are read. */
bool parse_target(struct parser *p)
{
    struct token name;
    if (!name_in_parentheses(p, "a format's name", &name))
        return false;
    p->reads_binary = span_equal(name.name, SPAN("binary"));
    return p->reads_binary || format_name(p, &name);
}

bool parse_output_arch(struct parser *p)
{
    struct token name;
    if (!name_in_parentheses(p, "an architecture's name", &name))
        return false;
    if (!span_equal(name.name, SPAN("i386:x86-64")) &&
        !span_equal(name.name, SPAN("i386:x86-64:intel")))
        return parser_fail(
            p, name.place, BOOTLINK_UNSUPPORTED,
            "output architecture '%.*s' is not supported; i386:x86-64 "
            "is",
            SPAN_ARGS(name.name));
    return true;
}

/* INHIBIT_COMMON_ALLOCATION makes sense for what is linked once more. */
bool parse_inhibit_common(struct parser *p)
{
    return parser_fail(p, p->token.place, BOOTLINK_UNSUPPORTED,
                       "INHIBIT_COMMON_ALLOCATION is for shared libraries; "
                       "common symbols need their place here");
}

/* ---- NOCROSSREFS -------------------------------------------------------- */

/* '(' section ... ')' */
static bool crossrefs(struct parser *p, bool to_first)
{
    struct crossref_list *list = parser_new(p, struct crossref_list);
    struct script_name **last = list ? &list->sections : NULL;
    if (!list || !parser_expect(p, LEX_FILES, '(', "'(' and output sections"))
        return false;
    while (!parser_accept(p, LEX_FILES, ')')) {
        struct token token;
        struct script_name *name = parser_new(p, struct script_name);
        if (!name ||
            !parser_expect_name(p, LEX_FILES, "an output section's name or ')'",
                                &token))
            return false;
        *name = (struct script_name){token.name, token.place, NULL};
        *last = name;
        last = &name->next;
        parser_accept(p, LEX_FILES, ',');
    }
    list->to_first = to_first;
    list->next = p->script->crossrefs;
    p->script->crossrefs = list;
    return true;
}

bool parse_nocrossrefs(struct parser *p)
{
    return crossrefs(p, false);
}

bool parse_nocrossrefs_to(struct parser *p)
{
    return crossrefs(p, true);
}

/* ---- Words that change nothing here ------------------------------------- */

bool parse_nothing(struct parser *p)
{
    (void)p;
    return true;
}

/* '(' names ')' that nobody asks for. */
bool parse_ignored_names(struct parser *p)
{
    if (!parser_expect(p, LEX_FILES, '(', "'('"))
        return false;
    while (!parser_accept(p, LEX_FILES, ')')) {
        struct token name;
        if (!parser_expect_name(p, LEX_FILES, "a name or ')'", &name))
            return false;
        parser_accept(p, LEX_FILES, ',');
    }
    return true;
}

/* LD_FEATURE("SANE_EXPR") is the one there is. */
bool parse_feature(struct parser *p)
{
    struct token name;
    if (!name_in_parentheses(p, "a feature's name", &name))
        return false;
    p->script->has_sane_numbers = span_equal(name.name, SPAN("SANE_EXPR"));
    return p->script->has_sane_numbers ||
           parser_fail(p, name.place, BOOTLINK_UNSUPPORTED,
                       "unknown feature '%.*s'; SANE_EXPR is one",
                       SPAN_ARGS(name.name));
}

/* VERSION '{' nodes '}': what a shared library would offer. Only the braces
 * are checked. [GNU ld manual: VERSION Command] */
bool parse_version(struct parser *p)
{
    unsigned open = 0;
    do {
        struct token token = parser_take(p, LEX_PATTERN);
        open += token.kind == '{';
        open -= token.kind == '}';
        if (token.kind == TOKEN_END || !open)
            p->token = token;
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return parser_unexpected(p, "'}' of VERSION");
        if (token.kind != '{' && !open && token.kind != '}')
            return parser_unexpected(p, "'{' after VERSION");
    } while (open);
    return true;
}
