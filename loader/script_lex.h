/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the layout script's parser share: tokens, the place in the
 * text, and the few verbs with which the grammar reads.
 *
 *   script_lex.c      text -> tokens
 *   script_read.c     the verbs: look at a token, take it, insist on it
 *   script_error.c    a message with the line and a caret
 *   script_expr.c     expressions
 *   script_pattern.c  input patterns
 *   script_section.c  output sections and what stands in their braces
 *   script_regions.c  PHDRS and MEMORY
 *   script_inputs.c   INPUT, GROUP and other commands that name files
 *   script_include.c  INCLUDE
 *   script_insert.c   INSERT
 *   script_commands.c what the output is, and rare commands
 *   script_parse.c    everything else: the commands of a script
 */
#ifndef BOOTLINK_SCRIPT_LEX_H
#define BOOTLINK_SCRIPT_LEX_H

#include "script.h"

/* ---- script_lex.c: tokens ----------------------------------------------- */

/* A name may hold other characters in other places: `a-b` is one name between
 * commands and a difference in an expression; `*.o` is a product there and a
 * pattern within an output section. So whoever asks for a token says where he
 * stands. */
enum lex_mode {
    LEX_COMMAND,    /* between commands, and section names in parentheses */
    LEX_EXPRESSION, /* names hold no + - * = , : [ ] */
    LEX_PATTERN,    /* within an output section's braces: wildcards too */
    LEX_FILES,      /* names of files and symbols in a list with commas */
};

/* A token of one character has that character as its kind. */
enum token_kind {
    TOKEN_END = 0, /* the end of the text */
    TOKEN_NAME = 256,
    TOKEN_NUMBER,
    TOKEN_BAD, /* not a token; `problem` says why */
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_ADD_ASSIGN, /* from here on: name op= value */
    TOKEN_SUBTRACT_ASSIGN,
    TOKEN_MULTIPLY_ASSIGN,
    TOKEN_DIVIDE_ASSIGN,
    TOKEN_AND_ASSIGN,
    TOKEN_OR_ASSIGN,
    TOKEN_XOR_ASSIGN,
    TOKEN_SHIFT_LEFT_ASSIGN,
    TOKEN_SHIFT_RIGHT_ASSIGN,
};

struct token {
    int kind; /* enum token_kind, or a character */
    struct script_place place;
    span text;      /* as written */
    span name;      /* TOKEN_NAME: without its quotes */
    bool is_quoted; /* never a keyword then */
    uint64_t number;
    bool is_too_wide; /* the number needs more than 64 bits */
    span hex;         /* its digits, if written 0x... without K or M */
    const char *problem;
};

/* Where in the text the lexer stands. A copy is a way back. */
struct lexer {
    const struct script_text *text;
    size_t at;         /* offset of the next byte */
    size_t line_start; /* offset of its line */
    uint32_t line;     /* from 1 */
};

struct lexer lexer_open(const struct script_text *text);

/* Reads one token and moves behind it. */
void lexer_next(struct lexer *lexer, enum lex_mode mode, struct token *token);

/* True for a bracket, a brace, a semicolon and the end: no name holds them, so
 * they are read alike in all modes. */
static inline bool token_is_same_in_all_modes(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_END:
    case '(':
    case ')':
    case '{':
    case '}':
    case ';':
        return true;
    default:
        return false;
    }
}

/* ---- script_read.c: the parser's verbs ---------------------------------- */

/* How deep the parser may recurse (a bracket, a sign, and an operator that
 * binds closer than the one before it are a level each), and how high an
 * expression's tree may grow, which whoever walks it relies on. Firmware gives
 * us 128 KiB of stack; a level takes up to 600 bytes of it. [UEFI 2.10 2.3.4]
 */
enum { SCRIPT_NESTING = 100, SCRIPT_HEIGHT = 256 };

struct parser {
    const struct bootlink_world *world;
    struct arena *arena;
    struct script *script; /* what is being filled, and the ends of its lists */
    struct command_list commands;
    struct command **insertable; /* from here on INSERT takes commands */
    struct segment_statement **last_segment;
    struct region_statement **last_region;
    struct region_alias **last_alias;
    struct script_input **last_input;
    struct command **last_assignment;
    struct script_name **last_reference;
    struct insertion **last_insertion;
    struct lexer lexer; /* before the token last looked at */
    struct lexer after; /* behind it */
    struct token token; /* that token, if `looked` */
    enum lex_mode mode; /* as it was read */
    bool looked;
    bool reads_binary;        /* TARGET(binary): inputs are data */
    bool allow_wide;          /* a number may be a fill longer than 64 bits */
    struct script_place wide; /* where one stood; line 0: nowhere */
    unsigned depth;
    unsigned include_depth;
    int end;     /* the token that closes what is being read: '}', or that of an
                    included file */
    bool failed; /* an error was reported: the only one, for what follows it
                    is guesswork */
};

/* The next token, read in that mode; it stays the next one. */
const struct token *parser_peek(struct parser *p, enum lex_mode mode);

/* Takes the next token. */
struct token parser_take(struct parser *p, enum lex_mode mode);

/* Takes the next token if it is of that kind. */
bool parser_accept(struct parser *p, enum lex_mode mode, int kind);

/* Takes the next token if it is that keyword. */
bool parser_accept_word(struct parser *p, enum lex_mode mode, const char *word);
bool token_is_word(const struct token *token, const char *word);

/* Keywords begin with a capital, and few other names do. */
static inline bool token_may_be_keyword(const struct token *token)
{
    return token->kind == TOKEN_NAME && !token->is_quoted &&
           (unsigned char)(token->name.data[0] - 'A') < 26;
}

/* Takes a token of that kind or reports "expected WHAT, found ...", so `what`
 * names the token and its context: "';' after an assignment". */
bool parser_expect(struct parser *p, enum lex_mode mode, int kind,
                   const char *what);
bool parser_expect_name(struct parser *p, enum lex_mode mode, const char *what,
                        struct token *name);

/* Reports that the next token is not what was expected. Returns false. */
bool parser_unexpected(struct parser *p, const char *what);

/* Reports unless an error was reported before. Returns false. */
bool parser_fail(struct parser *p, struct script_place place,
                 enum bootlink_class class_, const char *format, ...)
    PRINTF(4, 5);

/* Enter and leave a bracket. */
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);

/* Zeroed memory of the parser's arena; NULL sets `failed`. */
void *parser_alloc(struct parser *p, uint64_t size);
#define parser_new(p, type) ((type *)parser_alloc((p), sizeof(type)))

/* ---- The grammar: each function is named after what it parses ----------- */

/* script_expr.c. NULL after reporting. */
struct expr *parse_expression(struct parser *p);
struct expr *parse_parenthesised(struct parser *p, const char *what);
struct expr *parse_assertion(struct parser *p, struct script_place place);
bool parse_fill(struct parser *p, struct fill *fill);
struct expr *expr_new(struct parser *p, enum expr_kind kind,
                      struct script_place place, struct expr *a,
                      struct expr *b);

/* script_parse.c: what may stand between commands and in sections. */
struct command *command_new(struct parser *p, enum command_kind kind,
                            struct script_place place);
void command_append(struct command_list *list, struct command *command);
bool token_is_assignment(int kind);
bool parse_assignment(struct parser *p, enum lex_mode mode, struct token name,
                      struct command_list *list);
bool parse_provide(struct parser *p, enum lex_mode mode, enum assign_how how,
                   struct command_list *list);
bool parse_assert(struct parser *p, struct script_place place,
                  struct command_list *list);

/* Reports a name that swallowed the character which should stand behind it, as
 * in `.text:{` and `a=1;`. */
bool parser_check_blanks(struct parser *p, const struct token *name, int kind);

/* script_include.c: what stands in braces, or in another file in their place.
 * A body reads up to p->end, and takes it. */
typedef bool parse_body(struct parser *p, void *context);
bool parse_braces(struct parser *p, enum lex_mode mode, const char *what,
                  parse_body *body, void *context);
/* After INCLUDE. */
bool parse_include(struct parser *p, parse_body *body, void *context);

/* script_inputs.c: after the word, which is p->token. */
bool parse_input(struct parser *p);
bool parse_group(struct parser *p);
bool parse_startup(struct parser *p);
bool parse_search_dir(struct parser *p);
bool parse_extern(struct parser *p);

/* Appends an input; `is_pattern`: an output section names the file. */
bool parser_add_input(struct parser *p, enum bootlink_input_kind kind,
                      const struct token *token, bool is_pattern);

/* script_commands.c: after the word. */
bool parse_entry(struct parser *p);
bool parse_output(struct parser *p);
bool parse_output_format(struct parser *p);
bool parse_output_arch(struct parser *p);
bool parse_target(struct parser *p);
bool parse_inhibit_common(struct parser *p);
bool parse_nocrossrefs(struct parser *p);
bool parse_nocrossrefs_to(struct parser *p);
bool parse_feature(struct parser *p);
bool parse_version(struct parser *p);
bool parse_ignored_names(struct parser *p);
bool parse_nothing(struct parser *p);

/* script_insert.c: after INSERT. */
bool parse_insert(struct parser *p);

/* script_regions.c: { ... } after PHDRS and after MEMORY. */
bool parse_segments(struct parser *p);
bool parse_memory(struct parser *p);
bool parse_region_alias(struct parser *p);

/* script_text.c: after ASCII and ASCIZ. */
bool parse_text(struct parser *p, bool ends_in_nul, struct command_list *list);

/* script_pattern.c: a pattern, or KEEP's, into an empty struct. */
bool parse_input_pattern(struct parser *p, struct input_pattern *input);

/* script_section.c: NAME ... { ... } ..., after the name. */
bool parse_output_section(struct parser *p, struct token name);
bool parse_section_braces(struct parser *p, struct section_statement *s);
bool parse_section_placement(struct parser *p, struct section_statement *s);

/* script_overlay.c: after OVERLAY. */
bool parse_overlay(struct parser *p);

#endif
