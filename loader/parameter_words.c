/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Words of a command line, as Linux cuts them: blanks are between words, but
 * not within double quotes; quotes around a word or around the value behind its
 * `=` go. And which of the kernel's words are for a module.
 */
#include "parameter_words.h"

#include "marks.h"
#include "parameters.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* "..." without its quotes; the last one may be missing. */
static span without_quotes(span text)
{
    if (!text.size || text.data[0] != '"')
        return text;
    size_t end = text.size;
    if (end > 1 && text.data[end - 1] == '"')
        end--;
    return span_part(text, 1, end - 1);
}

static struct parameter_word cut(span text)
{
    span inside = without_quotes(text);
    size_t equals = span_find(inside, '=');
    struct parameter_word word = {
        .text = text,
        .name = span_part(inside, 0, equals),
        .has_value = equals < inside.size,
        .is_quoted = text.size && text.data[0] == '"',
    };
    if (word.has_value)
        word.value = without_quotes(
            span_part(inside, equals + 1, inside.size - equals - 1));
    return word;
}

bool parameter_word_next(span *text, struct parameter_word *word)
{
    size_t start = 0, end;
    bool in_quotes = false;
    while (start < text->size && is_blank(text->data[start]))
        start++;
    for (end = start; end < text->size; end++) {
        if (is_blank(text->data[end]) && !in_quotes)
            break;
        in_quotes ^= text->data[end] == '"';
    }
    *word = cut(span_part(*text, start, end - start));
    word->is_open = in_quotes;
    *text = span_part(*text, end, text->size - end);
    return end > start;
}

/* ---- The kernel's command line ------------------------------------------- */

/* True if the word is `module.name...`; what is behind the dot stays. */
static bool take_module(const struct parameter_word *word, span module,
                        span *rest)
{
    size_t dot = span_find(word->name, '.');
    if (dot == word->name.size ||
        !marks_same_name(span_part(word->name, 0, dot), module))
        return false;
    size_t skip = word->is_quoted + dot + 1;
    *rest = span_part(word->text, skip, word->text.size - skip);
    return true;
}

/* Puts a word behind the others. The room is for `own` and the whole command
 * line: a word gets a blank, and has lost its module and a dot. */
static bool append(struct arena *arena, span *text, uint64_t room,
                   const struct parameter_word *word, span rest, char **joined)
{
    if (!*joined) {
        *joined = arena_array(arena, room, char);
        if (!*joined)
            return false;
        memcpy(*joined, text->data ? text->data : "", text->size);
        text->data = *joined;
    }
    text->size += text_print(*joined + text->size, room - text->size,
                             "%s%s%.*s", text->size ? " " : "",
                             word->is_quoted ? "\"" : "", SPAN_ARGS(rest))
                      .size;
    return true;
}

bool parameters_for_module(struct arena *arena, span own, span command_line,
                           span module, span *text)
{
    uint64_t room = own.size + command_line.size + 1;
    struct parameter_word word;
    char *joined = NULL;
    span rest;
    *text = own;
    while (parameter_word_next(&command_line, &word) &&
           !span_is(word.text, "--"))
        if (take_module(&word, module, &rest) &&
            !append(arena, text, room, &word, rest, &joined))
            return false;
    return true;
}
