/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --help, printed from the table, so that it lists what there is.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 31, WIDTH = 79 };

static bool is_letter(const struct option_row *row)
{
    return row->name[1] == 0;
}

/* "-o FILE" or "--output=FILE"; of -z, "-z name=N". Returns the length. */
static int print_name(const struct option_row *row, bool is_keyword)
{
    const char *dashes = is_keyword ? "-z " : is_letter(row) ? "-" : "--";
    const char *between = is_letter(row) && !is_keyword ? " " : "=";
    if (!row->argument)
        return printf("%s%s", dashes, row->name);
    if (row->value == EQUALS_OR_NONE)
        return printf("%s%s[=%s]", dashes, row->name, row->argument);
    return printf("%s%s%s%s", dashes, row->name, between, row->argument);
}

static bool is_listed(const struct option_row *row)
{
    return row->name && row->effect < IS_IGNORED;
}

/* One option under all its names. Returns the row behind. */
static const struct option_row *print_row(const struct option_row *row,
                                          bool is_keyword)
{
    const char *help = row->help;
    int length = printf("  ") + print_name(row++, is_keyword);
    while (is_listed(row) && !row->help)
        length += printf(", ") + print_name(row++, is_keyword);
    if (length >= COLUMN)
        length = printf("\n") - 1;
    printf("%*s%s\n", COLUMN - length, "", help);
    return row;
}

static void print_rows(const struct option_row *row, bool is_keyword)
{
    while (row->name)
        row = is_listed(row) ? print_row(row, is_keyword) : row + 1;
}

/* Names in lines that are filled. */
static void print_names(const char *title, const struct option_row *row,
                        bool is_keyword, enum option_effect effect)
{
    int length = printf("%s", title);
    for (; row->name; row++) {
        if (row->effect != effect)
            continue;
        if (length + 6 + (int)strlen(row->name) > WIDTH)
            length = printf("\n ") - 1;
        length += printf(" ") + print_name(row, is_keyword);
    }
    printf("\n");
}

bool options_help(void)
{
    printf("Usage: ld.bootlink [-T SCRIPT] [-o FILE] [options] file...\n");
    print_rows(option_rows, false);
    printf("  %-*s%s\n", COLUMN - 2, "@FILE", "more arguments");
    print_rows(keyword_rows, true);
    print_names("Accepted without effect:", option_rows, false, IS_IGNORED);
    print_names(" ", keyword_rows, true, IS_IGNORED);
    print_names("Refused:", option_rows, false, IS_REFUSED);
    return fflush(stdout) == 0 && !ferror(stdout);
}
