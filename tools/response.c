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

/* A response file, of which `at` to `end` is still to be read. */
struct response {
    char *at, *end; /* a NUL is at the end */
};

/* The text of a response file, copied; false if it cannot be read whole. */
static bool read_text(struct arena *arena, const char *path,
                      struct response *text)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    char *data = malloc(LARGEST);
    size_t size = data ? fread(data, 1, LARGEST, file) : 0;
    bool whole = data && size < LARGEST && !ferror(file);
    char *copy = whole ? arena_take(arena, size + 1, 1) : NULL;
    if (copy)
        *text = (struct response){memcpy(copy, data, size), copy + size};
    free(data);
    fclose(file);
    return copy;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts off the next argument, which is written over what was read of it, as it
 * is no longer. False if there is none. */
static bool next_argument(struct response *r, span *argument)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
    bool found = r->at < r->end;
    char *start = r->at, *to = start;
    char quote = 0;
    for (; r->at < r->end; r->at++) {
        char c = *r->at;
        if (!quote && is_space(c))
            break;
        if (c == '\\' && r->at + 1 < r->end)
            *to++ = *++r->at;
        else if (c == quote)
            quote = 0;
        else if (!quote && (c == '\'' || c == '"'))
            quote = c;
        else
            *to++ = c;
    }
    if (r->at < r->end)
        r->at++; /* the space, where the NUL may go */
    *to = 0;
    *argument = (span){start, to - start};
    return found;
}

static void expand(struct arena *arena, struct span_list *list, span argument,
                   unsigned depth)
{
    struct response text;
    span part;
    if (depth == DEEPEST || !span_starts(argument, SPAN("@")) ||
        !read_text(arena, argument.data + 1, &text)) {
        span_list_add(arena, list, argument);
        return;
    }
    while (next_argument(&text, &part))
        expand(arena, list, part, depth + 1);
}

struct span_list response_expand(struct arena *arena, char **arguments)
{
    struct span_list list = {0};
    for (; *arguments; arguments++)
        expand(arena, &list, span_of(*arguments), 0);
    return list;
}
