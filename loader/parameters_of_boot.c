/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which words of the kernel's command line are for a module. A boot asks; a
 * kernel that runs has heeded its command line already.
 */
#include "marks.h"
#include "parameter_words.h"
#include "parameters.h"

/* True if the word is `module.name...`; what is behind the dot stays. */
static bool take_module(const struct parameter_word *word, span module,
                        span *rest)
{
    size_t dot = module.size; /* a file's name may have others */
    if (dot >= word->name.size || word->name.data[dot] != '.' ||
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
