/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Shell wildcards as GNU ld matches file and section names. A '*' is tried with
 * as few characters as possible; on a mismatch only the last one takes one
 * more, so that time is the product of the two lengths at most.
 * [GNU ld manual: Input Section Wildcards; POSIX 2.13: Pattern Matching]
 */
#include "script.h"

struct glob {
    span pattern;
    size_t unclosed; /* from here on no '[' has its ']': it is a character */
};

bool glob_has_wildcard(span pattern)
{
    for (size_t i = 0; i < pattern.size; i++) {
        char c = pattern.data[i];
        if (c == '*' || c == '?' || c == '[')
            return true;
    }
    return false;
}

/* One character of a bracket, at *at and not behind the end; '\' quotes. */
static unsigned char bracket_character(span pattern, size_t *at)
{
    if (pattern.data[*at] == '\\' && *at + 1 < pattern.size)
        ++*at;
    return pattern.data[(*at)++];
}

/* Where the bracket that begins at `at` ends: behind its ']', or at the end of
 * the pattern if there is none. A ']' in first place is a character. */
static bool find_bracket_end(span pattern, size_t at, size_t *end)
{
    size_t i = at + 1;
    if (i < pattern.size && (pattern.data[i] == '!' || pattern.data[i] == '^'))
        i++;
    size_t first = i;
    while (i < pattern.size) {
        if (pattern.data[i] == ']' && i > first) {
            *end = i + 1;
            return true;
        }
        bracket_character(pattern, &i);
    }
    return false;
}

/* Whether the bracket [at, end) holds the character. */
static bool bracket_matches(span pattern, size_t at, size_t end,
                            unsigned char c)
{
    size_t i = at + 1;
    bool inverted = pattern.data[i] == '!' || pattern.data[i] == '^';
    bool found = false;
    i += inverted;
    while (i < end - 1) {
        unsigned char low = bracket_character(pattern, &i);
        unsigned char high = low;
        if (i + 1 < end - 1 && pattern.data[i] == '-') {
            i++;
            high = bracket_character(pattern, &i);
        }
        found |= low <= c && c <= high;
    }
    return found != inverted;
}

/* Matches one character against the item at *at, and moves behind the item. */
static bool item_matches(struct glob *g, size_t *at, unsigned char c)
{
    size_t start = (*at)++, end;
    switch (g->pattern.data[start]) {
    case '?':
        return true;
    case '[':
        if (start < g->unclosed && find_bracket_end(g->pattern, start, &end)) {
            *at = end;
            return bracket_matches(g->pattern, start, end, c);
        }
        if (start < g->unclosed)
            g->unclosed = start;
        return c == '[';
    case '\\':
        if (*at < g->pattern.size)
            return (unsigned char)g->pattern.data[(*at)++] == c;
        return false;
    default:
        return (unsigned char)g->pattern.data[start] == c;
    }
}

static bool wildcard_matches(span pattern, span text)
{
    struct glob g = {pattern, SIZE_MAX};
    size_t at = 0, i = 0;             /* in the pattern, in the text */
    size_t star = SIZE_MAX, from = 0; /* behind the last '*', and where in the
                                         text the items behind it began */
    for (;;) {
        if (at < pattern.size && pattern.data[at] == '*') {
            star = ++at;
            from = i;
        } else if (i == text.size) {
            return at == pattern.size;
        } else if (at < pattern.size && item_matches(&g, &at, text.data[i])) {
            i++;
        } else if (star != SIZE_MAX) {
            at = star;
            i = ++from;
        } else {
            return false;
        }
    }
}

/* Without a wildcard a pattern is a name, and its '\' a character. */
bool glob_match(span pattern, span text)
{
    if (!glob_has_wildcard(pattern))
        return span_equal(pattern, text);
    return wildcard_matches(pattern, text);
}
