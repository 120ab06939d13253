/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands of a layout script: tokens into the tree of script.h. Receives
 * any text; afterwards the tree holds what it says, in order, and nothing is
 * evaluated yet. Where GNU ld accepts less than is accepted here (stray
 * semicolons, attributes in another order), the meaning is plain.
 * [GNU ld manual: Linker Scripts]
 */
#include "script_lex.h"

/* ---- Lists of commands -------------------------------------------------- */

struct command *command_new(struct parser *p, enum command_kind kind,
                            struct script_place place)
{
    struct command *command = parser_new(p, struct command);
    if (command) {
        command->kind = kind;
        command->place = place;
    }
    return command;
}

void command_append(struct command_list *list, struct command *command)
{
    *list->last = command;
    list->last = &command->next;
}

/* ---- Assignments [GNU ld manual: Assigning Values to Symbols] ----------- */

bool token_is_assignment(int kind)
{
    return kind == '=' || kind >= TOKEN_ADD_ASSIGN;
}

static enum expr_kind operation_of(int assignment)
{
    switch (assignment) {
    case TOKEN_ADD_ASSIGN:
        return EXPR_ADD;
    case TOKEN_SUBTRACT_ASSIGN:
        return EXPR_SUBTRACT;
    case TOKEN_MULTIPLY_ASSIGN:
        return EXPR_MULTIPLY;
    case TOKEN_DIVIDE_ASSIGN:
        return EXPR_DIVIDE;
    case TOKEN_AND_ASSIGN:
        return EXPR_BIT_AND;
    case TOKEN_OR_ASSIGN:
        return EXPR_BIT_OR;
    case TOKEN_XOR_ASSIGN:
        return EXPR_BIT_XOR;
    case TOKEN_SHIFT_LEFT_ASSIGN:
        return EXPR_SHIFT_LEFT;
    default:
        return EXPR_SHIFT_RIGHT;
    }
}

/* The value of `name op= value` is `name op value`. */
static struct expr *assigned_value(struct parser *p, const struct token *name,
                                   int assignment_operator)
{
    struct expr *value = parse_expression(p);
    if (!value || assignment_operator == '=')
        return value;
    struct expr *old = expr_new(p, EXPR_SYMBOL, name->place, NULL, NULL);
    if (!old)
        return NULL;
    old->name = name->name;
    return expr_new(p, operation_of(assignment_operator), name->place, old,
                    value);
}

/* ';' or ',' */
static bool separator(struct parser *p)
{
    return parser_accept(p, LEX_EXPRESSION, ',') ||
           parser_expect(p, LEX_EXPRESSION, ';', "';' after an assignment");
}

static bool append_assignment(struct parser *p, const struct token *name,
                              enum assign_how how, struct expr *value,
                              struct command_list *list)
{
    struct command *command = command_new(p, COMMAND_ASSIGN, name->place);
    if (!command)
        return false;
    command->name = name->name;
    command->how = how;
    command->value = value;
    command->order = p->script->order++;
    *p->last_assignment = command;
    p->last_assignment = &command->next_assignment;
    command_append(list, command);
    return true;
}

/* name op= value ';' after the name; the operator is the next token. */
bool parse_assignment(struct parser *p, enum lex_mode mode, struct token name,
                      struct command_list *list)
{
    int assignment_operator = parser_take(p, mode).kind;
    struct expr *value = assigned_value(p, &name, assignment_operator);
    return value && separator(p) &&
           append_assignment(p, &name, ASSIGN_PLAIN, value, list);
}

/* '(' name = value ')' ';' after PROVIDE and the like. */
bool parse_provide(struct parser *p, enum lex_mode mode, enum assign_how how,
                   struct command_list *list)
{
    struct token name;
    if (!parser_expect(p, mode, '(', "'('") ||
        !parser_expect_name(p, LEX_COMMAND, "a symbol's name", &name) ||
        !parser_check_blanks(p, &name, '=') ||
        !parser_expect(p, LEX_EXPRESSION, '=', "'=' after the symbol's name"))
        return false;
    struct expr *value = parse_expression(p);
    return value &&
           parser_expect(p, LEX_EXPRESSION, ')', "')' after a value") &&
           separator(p) && append_assignment(p, &name, how, value, list);
}

/* '(' condition ',' message ')' after ASSERT. */
bool parse_assert(struct parser *p, struct script_place place,
                  struct command_list *list)
{
    struct expr *value = parse_assertion(p, place);
    if (!value)
        return false;
    struct command *command = command_new(p, COMMAND_ASSERT, place);
    if (!command)
        return false;
    command->value = value;
    command_append(list, command);
    return true;
}

/* ---- Words -------------------------------------------------------------- */

static parse_body commands;
static parse_body section_list;
static bool sections(struct parser *p);

static bool assert_word(struct parser *p)
{
    return parse_assert(p, p->token.place, &p->commands);
}

static bool provide_word(struct parser *p)
{
    return parse_provide(p, LEX_COMMAND, ASSIGN_PROVIDE, &p->commands);
}

static bool provide_hidden_word(struct parser *p)
{
    return parse_provide(p, LEX_COMMAND, ASSIGN_PROVIDE_HIDDEN, &p->commands);
}

static bool hidden_word(struct parser *p)
{
    return parse_provide(p, LEX_COMMAND, ASSIGN_HIDDEN, &p->commands);
}

static bool include_commands(struct parser *p)
{
    return parse_include(p, commands, NULL);
}

struct word {
    const char *name;
    bool (*parse)(struct parser *p); /* what follows it, while p->token is the
                                        word still */
    bool in_sections;                /* known within SECTIONS too */
};

/* clang-format off */
static const struct word words[] = {
    {"ASSERT",                    assert_word,          true},
    {"ENTRY",                     parse_entry,          true},
    {"EXTERN",                    parse_extern,         false},
    {"FLOAT",                     parse_nothing,        false},
    {"FORCE_COMMON_ALLOCATION",   parse_nothing,        false}, /* as without -r */
    {"FORCE_GROUP_ALLOCATION",    parse_nothing,        false}, /* likewise */
    {"GROUP",                     parse_group,          false},
    {"HIDDEN",                    hidden_word,          true},
    {"HLL",                       parse_ignored_names,  false},
    {"INCLUDE",                   include_commands,     false},
    {"INHIBIT_COMMON_ALLOCATION", parse_inhibit_common, false},
    {"INPUT",                     parse_input,          false},
    {"INSERT",                    parse_insert,         false},
    {"LD_FEATURE",                parse_feature,        false},
    {"MAP",                       parse_ignored_names,  false},
    {"MEMORY",                    parse_memory,         false},
    {"NOCROSSREFS",               parse_nocrossrefs,    false},
    {"NOCROSSREFS_TO",            parse_nocrossrefs_to, false},
    {"NOFLOAT",                   parse_nothing,        false},
    {"OUTPUT",                    parse_output,         false},
    {"OUTPUT_ARCH",               parse_output_arch,    false},
    {"OUTPUT_FORMAT",             parse_output_format,  false},
    {"PHDRS",                     parse_segments,       false},
    {"PROVIDE",                   provide_word,         true},
    {"PROVIDE_HIDDEN",            provide_hidden_word,  true},
    {"REGION_ALIAS",              parse_region_alias,   false},
    {"SEARCH_DIR",                parse_search_dir,     false},
    {"SECTIONS",                  sections,             false},
    {"STARTUP",                   parse_startup,        false},
    {"SYSLIB",                    parse_ignored_names,  false},
    {"TARGET",                    parse_target,         false},
    {"VERSION",                   parse_version,        false},

    {"OVERLAY",                   parse_overlay,        true},
};
/* clang-format on */

enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

static const struct word *find_word(const struct token *token, bool in_sections)
{
    if (!token_may_be_keyword(token))
        return NULL;
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (token_is_word(token, words[i].name) &&
            (words[i].in_sections || !in_sections))
            return &words[i];
    return NULL;
}

static bool run_word(struct parser *p, const struct word *word)
{
    parser_take(p, LEX_COMMAND);
    return word->parse(p);
}

/* ---- SECTIONS [GNU ld manual: SECTIONS Command] ------------------------- */

bool parser_check_blanks(struct parser *p, const struct token *name, int kind)
{
    if (name->is_quoted || parser_peek(p, LEX_EXPRESSION)->kind == kind)
        return true;
    for (size_t i = 0; i < name->name.size; i++)
        if (name->name.data[i] == kind)
            return parser_fail(
                p, name->place, BOOTLINK_SYNTAX,
                "'%.*s' is one name here; put a blank before its '%c'",
                SPAN_ARGS(name->name), kind);
    return true;
}

static bool section_or_assignment(struct parser *p)
{
    struct token name;
    if (!parser_expect_name(
            p, LEX_COMMAND,
            "an output section, an assignment or '}' of SECTIONS", &name))
        return false;
    if (token_is_assignment(parser_peek(p, LEX_EXPRESSION)->kind))
        return parse_assignment(p, LEX_EXPRESSION, name, &p->commands);
    return parser_check_blanks(p, &name, '=') && parse_output_section(p, name);
}

/* GROUP address ':' '{' sections '}', after the word; as if the location
 * counter were assigned before them. */
static bool section_group(struct parser *p)
{
    struct token dot = p->token;
    dot.name = SPAN(".");
    if (parser_peek(p, LEX_EXPRESSION)->kind != ':') {
        struct expr *address = parse_expression(p);
        if (!address ||
            !append_assignment(p, &dot, ASSIGN_PLAIN, address, &p->commands))
            return false;
    }
    return parser_expect(p, LEX_EXPRESSION, ':', "':' after GROUP") &&
           parse_braces(p, LEX_COMMAND, "'{' after GROUP :", section_list,
                        NULL);
}

static bool section_list(struct parser *p, void *context)
{
    while (!parser_accept(p, LEX_COMMAND, p->end)) {
        const struct word *word = find_word(parser_peek(p, LEX_COMMAND), true);
        if (parser_accept(p, LEX_COMMAND, ';'))
            continue;
        if (!(parser_accept_word(p, LEX_COMMAND, "INCLUDE")
                  ? parse_include(p, section_list, context)
              : parser_accept_word(p, LEX_COMMAND, "GROUP") ? section_group(p)
              : word                                        ? run_word(p, word)
                     : section_or_assignment(p)))
            return false;
    }
    return true;
}

static bool sections(struct parser *p)
{
    p->script->has_sections = true;
    return parse_braces(p, LEX_COMMAND, "'{' after SECTIONS", section_list,
                        NULL);
}

/* ---- The script --------------------------------------------------------- */

/* The command that a misspelt word comes nearest to, if it is near. */
static const char *nearest_word(span name)
{
    const char *nearest = NULL;
    size_t least = 3;
    for (size_t i = 0; i < WORD_COUNT; i++) {
        size_t distance = span_distance(name, span_of(words[i].name));
        if (distance < least) {
            least = distance;
            nearest = words[i].name;
        }
    }
    return nearest;
}

static bool unknown_command(struct parser *p, const struct token *name)
{
    const char *nearest = nearest_word(name->name);
    if (nearest)
        return parser_fail(p, name->place, BOOTLINK_SYNTAX,
                           "unknown command '%.*s'; did you mean %s?",
                           SPAN_ARGS(name->name), nearest);
    return parser_unexpected(p, "'=' of an assignment after a name");
}

static bool outer_assignment(struct parser *p)
{
    struct token name;
    if (!parser_expect_name(p, LEX_COMMAND, "a command or an assignment",
                            &name))
        return false;
    if (token_is_assignment(parser_peek(p, LEX_EXPRESSION)->kind))
        return parse_assignment(p, LEX_EXPRESSION, name, &p->commands);
    return parser_check_blanks(p, &name, '=') && unknown_command(p, &name);
}

/* Up to the end of the file. */
static bool commands(struct parser *p, void *context)
{
    (void)context;
    while (parser_peek(p, LEX_COMMAND)->kind != TOKEN_END) {
        const struct word *word = find_word(parser_peek(p, LEX_COMMAND), false);
        if (parser_accept(p, LEX_COMMAND, ';'))
            continue;
        if (!(word ? run_word(p, word) : outer_assignment(p)))
            return false;
    }
    return true;
}

/* Where the lists of an earlier text end. */
static void find_ends(struct parser *p)
{
    p->commands =
        (struct command_list){p->script->commands, &p->script->commands};
    while (*p->commands.last)
        p->commands.last = &(*p->commands.last)->next;
    p->last_segment = &p->script->segments;
    while (*p->last_segment)
        p->last_segment = &(*p->last_segment)->next;
    p->last_region = &p->script->regions;
    while (*p->last_region)
        p->last_region = &(*p->last_region)->next;
    p->last_alias = &p->script->aliases;
    while (*p->last_alias)
        p->last_alias = &(*p->last_alias)->next;
    p->last_input = &p->script->turn.inputs;
    while (*p->last_input)
        p->last_input = &(*p->last_input)->next;
    p->last_assignment = &p->script->turn.assignments;
    while (*p->last_assignment)
        p->last_assignment = &(*p->last_assignment)->next_assignment;
    p->last_reference = &p->script->references;
    while (*p->last_reference)
        p->last_reference = &(*p->last_reference)->next;
    p->last_insertion = &p->script->insertions;
    while (*p->last_insertion)
        p->last_insertion = &(*p->last_insertion)->next;
    p->insertable = p->commands.last;
}

bool script_parse(const struct bootlink_world *world, struct arena *arena,
                  span name, span text, struct script *script)
{
    struct script_text *source = arena_new(arena, struct script_text);
    if (!source)
        return false;
    *source = (struct script_text){name, text};
    struct parser parser = {.world = world,
                            .arena = arena,
                            .script = script,
                            .lexer = lexer_open(source)};
    find_ends(&parser);
    return commands(&parser, NULL);
}
