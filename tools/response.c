/* SPDX-License-Identifier: BSD-2-Clause
 *
 * @file on the command line: arguments apart by white space, which quotes and
 * backslashes protect. [GNU ld manual: Command-line Options, @FILE]
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 100, /* a file that names itself ends here */
    LARGEST = 1 << 24,
};

bool span_list_add(struct arena *arena, struct span_list *list, span item)
{
    span *items = arena_grow(arena, list->items, list->count, &list->capacity,
                             sizeof(*items));
    if (!items)
        return false;
    list->items = items;
    items[list->count++] = item;
    return true;
}

/* The text of a response file, copied; false if it cannot be read whole. */
static bool read_text(struct arena *arena, const char *path, span *text)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    char *data = malloc(LARGEST);
    size_t size = data ? fread(data, 1, LARGEST, file) : 0;
    bool whole = data && size < LARGEST && !ferror(file);
    if (whole)
        *text = arena_copy(arena, (span){data, size});
    free(data);
    fclose(file);
    return whole;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts the next argument off `text`. False if there is none. */
static bool next_argument(struct arena *arena, span *text, span *argument)
{
    size_t i = 0, length = 0;
    while (i < text->size && is_space(text->data[i]))
        i++;
    bool found = i < text->size;
    char *copy = arena_take(arena, text->size - i + 1, 1);
    char quote = 0;
    for (; copy && i < text->size; i++) {
        char c = text->data[i];
        if (!quote && is_space(c))
            break;
        if (c == '\\' && i + 1 < text->size)
            copy[length++] = text->data[++i];
        else if (c == quote)
            quote = 0;
        else if (!quote && (c == '\'' || c == '"'))
            quote = c;
        else
            copy[length++] = c;
    }
    *text = span_part(*text, i, text->size - i);
    *argument = (span){copy, length};
    return found && copy;
}

static void expand(struct arena *arena, struct span_list *list, span argument,
                   unsigned depth)
{
    span text, part;
    if (depth == DEEPEST || !span_starts(argument, SPAN("@")) ||
        !read_text(arena, argument.data + 1, &text)) {
        span_list_add(arena, list, argument);
        return;
    }
    while (next_argument(arena, &text, &part))
        expand(arena, list, part, depth + 1);
}

struct span_list response_expand(struct arena *arena, char **arguments)
{
    struct span_list list = {0};
    for (; *arguments; arguments++)
        expand(arena, &list, span_of(*arguments), 0);
    return list;
}
