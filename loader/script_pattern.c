/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Input patterns: which sections of which files an output section takes, and in
 * which order. Names stay wildcards; `archive:member` stays as written.
 * [GNU ld manual: Input Section Description]
 */
#include "script_lex.h"

#include <elf.h>

/* EXCLUDE_FILE '(' pattern ... ')' after the word. */
static bool exclude_file(struct parser *p, struct wildcard **excluded)
{
    struct token name;
    if (!parser_expect(p, LEX_PATTERN, '(', "'(' after EXCLUDE_FILE"))
        return false;
    do {
        if (!parser_expect_name(p, LEX_PATTERN, "a file's name in EXCLUDE_FILE",
                                &name))
            return false;
        struct wildcard *wildcard = parser_new(p, struct wildcard);
        if (!wildcard)
            return false;
        wildcard->pattern = name.name;
        *excluded = wildcard;
        excluded = &wildcard->next;
    } while (!parser_accept(p, LEX_PATTERN, ')'));
    return true;
}

struct sort_word {
    const char *name;
    enum script_sort sort;
};

static const struct sort_word sort_words[] = {
    {"SORT", SORT_BY_NAME},
    {"SORT_BY_NAME", SORT_BY_NAME},
    {"SORT_BY_ALIGNMENT", SORT_BY_ALIGNMENT},
    {"SORT_BY_INIT_PRIORITY", SORT_BY_INIT_PRIORITY},
    {"SORT_NONE", SORT_NONE},
    {"REVERSE", SORT_NOT},
};

static const struct sort_word *find_sort_word(const struct token *token)
{
    if (!token_may_be_keyword(token))
        return NULL;
    for (size_t i = 0; i < sizeof(sort_words) / sizeof(sort_words[0]); i++)
        if (token_is_word(token, sort_words[i].name))
            return &sort_words[i];
    return NULL;
}

/* The words around one pattern, outermost first. */
struct sorting {
    enum script_sort sort, inner_sort;
    bool reverse;
    unsigned brackets; /* still open */
};

/* GNU ld knows two levels: by name and by alignment, in either order. */
static bool add_sort_word(struct sorting *s, enum script_sort sort)
{
    s->brackets++;
    if (sort == SORT_NOT) {
        bool is_first = !s->reverse;
        s->reverse = true;
        return is_first;
    }
    if (s->sort == SORT_NOT) {
        s->sort = sort;
        return true;
    }
    bool nests = s->inner_sort == SORT_NOT &&
                 (s->sort == SORT_BY_NAME || s->sort == SORT_BY_ALIGNMENT) &&
                 (sort == SORT_BY_NAME || sort == SORT_BY_ALIGNMENT);
    s->inner_sort = sort;
    return nests;
}

/* SORT... '(' as often as it stands there. */
static bool sort_words_before(struct parser *p, struct sorting *s)
{
    const struct sort_word *word;
    while ((word = find_sort_word(parser_peek(p, LEX_PATTERN)))) {
        struct script_place place = parser_take(p, LEX_PATTERN).place;
        if (!add_sort_word(s, word->sort))
            return parser_fail(
                p, place, BOOTLINK_SYNTAX,
                "%s cannot stand inside these brackets; by name and by "
                "alignment may be nested, nothing else",
                word->name);
        if (!parser_expect(p, LEX_PATTERN, '(', "'(' and a pattern to sort"))
            return false;
    }
    if (s->reverse && s->sort == SORT_NOT)
        s->sort = SORT_BY_NAME;
    if (s->inner_sort == s->sort)
        s->inner_sort = SORT_NOT;
    return true;
}

static bool close_brackets(struct parser *p, unsigned brackets)
{
    while (brackets--)
        if (!parser_expect(p, LEX_PATTERN, ')',
                           "')' after one pattern to sort"))
            return false;
    return true;
}

/* SORT...(EXCLUDE_FILE(files) name) */
static bool section_pattern(struct parser *p, struct section_pattern *s)
{
    struct sorting sorting = {0};
    struct token name;
    if (!sort_words_before(p, &sorting))
        return false;
    if (parser_accept_word(p, LEX_PATTERN, "EXCLUDE_FILE") &&
        !exclude_file(p, &s->excluded_files))
        return false;
    if (!parser_expect_name(p, LEX_PATTERN, "a section's name or pattern",
                            &name))
        return false;
    s->name = name.name;
    s->sort = sorting.sort;
    s->inner_sort = sorting.inner_sort;
    s->reverse = sorting.reverse;
    return close_brackets(p, sorting.brackets);
}

/* '(' section-pattern ... ')', with commas between them if standing alone. */
static bool section_patterns(struct parser *p, struct section_pattern **last)
{
    if (!parser_expect(p, LEX_PATTERN, '(', "'(' and section patterns"))
        return false;
    do {
        struct section_pattern *s = parser_new(p, struct section_pattern);
        if (!s || !section_pattern(p, s))
            return false;
        *last = s;
        last = &s->next;
        parser_accept_word(p, LEX_PATTERN, ",");
    } while (!parser_accept(p, LEX_PATTERN, ')'));
    return true;
}

/* A file that is named in full is linked even if nobody else names it. */
static bool add_file(struct parser *p, const struct token *name)
{
    return glob_has_wildcard(name->name) ||
           span_find(name->name, ':') < name->name.size ||
           span_starts(name->name, SPAN("-l")) ||
           parser_add_input(p, BOOTLINK_FILE, name, true);
}

/* The file pattern; `sorting` says what stands around it. */
static bool file_pattern(struct parser *p, struct input_pattern *input,
                         struct sorting *sorting)
{
    struct token name;
    if (!sort_words_before(p, sorting))
        return false;
    if (parser_accept_word(p, LEX_PATTERN, "EXCLUDE_FILE") &&
        !exclude_file(p, &input->excluded_files))
        return false;
    if (!parser_expect_name(p, LEX_PATTERN, "a file's name or pattern", &name))
        return false;
    input->file = name.name;
    input->file_sort = sorting->sort;
    return close_brackets(p, sorting->brackets) && add_file(p, &name);
}

/* ---- INPUT_SECTION_FLAGS ------------------------------------------------ */

struct flag_word {
    const char *name;
    uint64_t flag;
};

/* clang-format off */
static const struct flag_word flag_words[] = {
    {"SHF_WRITE",            SHF_WRITE},
    {"SHF_ALLOC",            SHF_ALLOC},
    {"SHF_EXECINSTR",        SHF_EXECINSTR},
    {"SHF_MERGE",            SHF_MERGE},
    {"SHF_STRINGS",          SHF_STRINGS},
    {"SHF_INFO_LINK",        SHF_INFO_LINK},
    {"SHF_LINK_ORDER",       SHF_LINK_ORDER},
    {"SHF_OS_NONCONFORMING", SHF_OS_NONCONFORMING},
    {"SHF_GROUP",            SHF_GROUP},
    {"SHF_TLS",              SHF_TLS},
    {"SHF_COMPRESSED",       SHF_COMPRESSED},
    {"SHF_EXCLUDE",          SHF_EXCLUDE},
};
/* clang-format on */

static bool section_flag(struct parser *p, uint64_t *flags)
{
    const struct token *token = parser_peek(p, LEX_FILES);
    size_t count = sizeof(flag_words) / sizeof(flag_words[0]);
    for (size_t i = 0; i < count; i++) {
        if (token_is_word(token, flag_words[i].name)) {
            *flags |= flag_words[i].flag;
            parser_take(p, LEX_FILES);
            return true;
        }
    }
    uint64_t number;
    if (token->kind == TOKEN_NAME && span_number(token->name, &number)) {
        *flags |= number;
        parser_take(p, LEX_FILES);
        return true;
    }
    return parser_unexpected(p, "a section flag such as SHF_WRITE");
}

/* '(' flag & !flag ... ')' after the word */
static bool section_flags(struct parser *p, struct input_pattern *input)
{
    if (!parser_expect(p, LEX_FILES, '(', "'(' after INPUT_SECTION_FLAGS"))
        return false;
    do {
        bool is_not = parser_accept(p, LEX_FILES, '!');
        if (!section_flag(p, is_not ? &input->no_flags : &input->flags))
            return false;
    } while (parser_accept(p, LEX_FILES, '&'));
    return parser_expect(p, LEX_FILES, ')', "'&' or ')' after a flag");
}

/* ---- The whole pattern -------------------------------------------------- */

/* `a=.` without blanks is a name among patterns; it was meant otherwise. */
static bool check_file(struct parser *p, struct script_place place, span file)
{
    for (size_t i = 0; i < file.size; i++)
        if (file.data[i] == '=')
            return parser_fail(
                p, place, BOOTLINK_SYNTAX,
                "'%.*s' is the name of a file here; put blanks around "
                "the operator of an assignment",
                SPAN_ARGS(file));
    return true;
}

/* file-pattern '(' section-patterns ')', or a plain file-pattern for all the
 * sections of its files. */
bool parse_input_pattern(struct parser *p, struct input_pattern *input)
{
    struct sorting sorting = {0};
    if (parser_accept_word(p, LEX_PATTERN, "INPUT_SECTION_FLAGS") &&
        !section_flags(p, input))
        return false;
    struct script_place place = parser_peek(p, LEX_PATTERN)->place;
    if (!file_pattern(p, input, &sorting))
        return false;
    if (sorting.reverse ||
        (sorting.sort != SORT_NOT && sorting.sort != SORT_BY_NAME &&
         sorting.sort != SORT_NONE))
        return parser_fail(
            p, place, BOOTLINK_SYNTAX,
            "files can be sorted by name only: SORT or SORT_NONE");
    bool is_plain = !sorting.brackets && !input->excluded_files;
    if (is_plain && parser_peek(p, LEX_PATTERN)->kind != '(')
        return check_file(p, place, input->file);
    return section_patterns(p, &input->sections);
}
