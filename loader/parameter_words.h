/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One word of a command line: name, name=value, name="a value" or
 * "name=a value".
 */
#ifndef BOOTLINK_PARAMETER_WORDS_H
#define BOOTLINK_PARAMETER_WORDS_H

#include "base.h"

struct parameter_word {
    span text;        /* all of it, with its quotes */
    span name, value; /* value: with quotes of its own */
    bool has_value;   /* there is a `=` */
    bool is_quoted;   /* as a whole */
    bool is_open;     /* a quote in it is not closed */
};

/* Takes the next word off `text`. False at its end. */
bool parameter_word_next(span *text, struct parameter_word *word);

/* "..." without its quotes, of which the last one may be missing. */
span parameter_without_quotes(span text);

/* A value, or a list of them, without the quotes around all of it: of "a b,c",
 * but not of "a b","c". */
span parameter_list(span value);

/* Takes the next value off such a list, without its quotes. */
span parameter_element_next(span *list, bool *is_last);

#endif
