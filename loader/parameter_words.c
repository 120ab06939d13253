/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Words of a command line, as Linux cuts them: blanks are between words, but
 * not within double quotes; quotes around a word or around the value behind its
 * `=` go.
 */
#include "parameter_words.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

span parameter_without_quotes(span text)
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
    span inside = parameter_without_quotes(text);
    size_t equals = span_find(inside, '=');
    struct parameter_word word = {
        .text = text,
        .name = span_part(inside, 0, equals),
        .has_value = equals < inside.size,
        .is_quoted = text.size && text.data[0] == '"',
    };
    if (word.has_value)
        word.value = span_part(inside, equals + 1, inside.size - equals - 1);
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

span parameter_list(span value)
{
    span inside = parameter_without_quotes(value);
    return span_find(inside, '"') == inside.size ? inside : value;
}

span parameter_element_next(span *list, bool *is_last)
{
    bool in_quotes = false;
    size_t end = 0;
    for (; end < list->size && (in_quotes || list->data[end] != ','); end++)
        in_quotes ^= list->data[end] == '"';
    span element = span_part(*list, 0, end);
    *is_last = end == list->size;
    *list = *is_last ? (span){NULL, 0}
                     : span_part(*list, end + 1, list->size - end - 1);
    return parameter_without_quotes(element);
}
