/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads GNU ld's command line by the table in option_table.c. Long names take
 * one or two dashes (those that begin with an o two: -output is -o utput),
 * values stand behind '=' or in the next argument; one-letter names take theirs
 * at once or next. With two dashes a long name may be cut short.
 */
#include "options.h"

bool option_refuse(struct options *options, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    options->failed = true;
    return report_error(options->arena->world, BOOTLINK_SYNTAX, "%.*s",
                        SPAN_ARGS(text));
}

/* ---- Arguments taken apart ---------------------------------------------- */

/* An argument taken apart. */
struct option_use {
    const struct option_row *row; /* NULL: not an option of the table */
    span value;
    bool has_value;
};

/* Most rows differ in their first letter: asking saves 36,000 instructions. */
static const struct option_row *row_of(span name)
{
    if (name.size == 0)
        return NULL;
    for (const struct option_row *row = option_rows; row->name; row++)
        if (row->name[0] == name.data[0] &&
            span_equal(span_of(row->name), name))
            return row;
    return NULL;
}

/* Two names of one option are no two options. */
static bool is_same(const struct option_row *a, const struct option_row *b)
{
    return a->effect == b->effect && a->effect < IS_IGNORED &&
           a->apply == b->apply && a->field == b->field && a->to == b->to;
}

/* The option whose name is cut short; NULL if there are several. */
static const struct option_row *row_that_starts(span name)
{
    const struct option_row *found = NULL;
    for (const struct option_row *row = option_rows; row->name; row++) {
        if (name.size < 2 || !span_starts(span_of(row->name), name))
            continue;
        if (found && !is_same(found, row))
            return NULL;
        found = row;
    }
    return found;
}

static bool is_long(const struct option_row *row)
{
    return row && row->name[1] != 0;
}

/* "name=value" or "name". */
static struct option_use split_long(span text)
{
    size_t length = span_find(text, '=');
    struct option_use use = {row_of(span_part(text, 0, length)), {0}, false};
    if (length < text.size) {
        use.value = span_part(text, length + 1, text.size - length - 1);
        use.has_value = true;
    }
    return use;
}

/* "xvalue" or "x". */
static struct option_use split_short(span text)
{
    struct option_use use = {row_of(span_part(text, 0, 1)), {0}, false};
    if (text.size == 1)
        return use;
    use.value = span_part(text, 1, text.size - 1);
    use.has_value = true;
    if (use.row && use.row->value == NO_VALUE)
        use.row = NULL; /* -vx is not -v */
    return use;
}

static struct option_use take_apart(span argument)
{
    span text = span_part(argument, 1, argument.size - 1);
    if (span_starts(text, SPAN("-"))) {
        text = span_part(text, 1, text.size - 1);
        struct option_use use = split_long(text);
        if (!use.row)
            use.row = row_that_starts(span_part(text, 0, span_find(text, '=')));
        if (!is_long(use.row))
            use.row = NULL;
        return use;
    }
    struct option_use use = split_long(text);
    if (is_long(use.row) && use.row->name[0] != 'o')
        return use;
    return split_short(text);
}

/* The known option that is written most alike; NULL if none is near. */
static const char *nearest(span argument)
{
    const char *best = NULL;
    size_t fewest = 4;
    while (span_starts(argument, SPAN("-")))
        argument = span_part(argument, 1, argument.size - 1);
    for (const struct option_row *row = option_rows; row->name; row++) {
        span name = span_of(row->name);
        size_t edits = span_distance(argument, name);
        if (row->effect != IS_REFUSED && name.size > 1 && edits < fewest &&
            edits * 2 < name.size) {
            fewest = edits;
            best = row->name;
        }
    }
    return best;
}

static void refuse_unknown(struct options *options, span argument)
{
    span name = span_part(argument, 0, span_find(argument, '='));
    const char *near = nearest(name);
    if (near)
        option_refuse(options, "unknown option '%.*s'; did you mean --%s?",
                      SPAN_ARGS(name), near);
    else
        option_refuse(options,
                      "unknown option '%.*s'; --help lists those there are",
                      SPAN_ARGS(name));
}

/* ---- The command line ---------------------------------------------------- */

/* Of what is ignored, too, the file must be there. */
static void check_file(struct options *options, const struct option_row *row,
                       span name)
{
    const struct bootlink_world *world = options->arena->world;
    bool is_there = world->file(world->host, name, NULL);
    for (uint64_t i = 0; !is_there && i < options->folders.count; i++)
        is_there = world->file(world->host,
                               text_format(options->arena, "%.*s/%.*s",
                                           SPAN_ARGS(options->folders.items[i]),
                                           SPAN_ARGS(name)),
                               NULL);
    if (!is_there)
        option_refuse(options, "--%s=%.*s: no such file", row->name,
                      SPAN_ARGS(name));
}

void option_apply(struct options *options, const struct option_row *row,
                  span value)
{
    void *field = (char *)options + row->field;
    switch (row->effect) {
    case APPLIES:
        row->apply(options, value);
        break;
    case SETS_FLAG:
        *(bool *)field = row->to;
        break;
    case SETS_WORD:
        *(unsigned *)field = row->to;
        break;
    case SETS_TEXT:
        *(span *)field = value;
        break;
    case ADDS_TEXT:
        span_list_add(options->arena, field, value);
        break;
    case IS_IGNORED:
        if (row->value == WITH_FILE)
            check_file(options, row, value);
        break;
    case IS_REFUSED:
        option_refuse(options, "option %s%s: %s", row->name[1] ? "--" : "-",
                      row->name, row->refusal);
        break;
    }
}

static bool needs_value(const struct option_row *row)
{
    return row->value == WITH_VALUE || row->value == WITH_FILE;
}

/* Applies the option at `arguments[i]`; returns the index behind it. */
static uint64_t read_option(struct options *options,
                            const struct span_list *arguments, uint64_t i)
{
    span argument = arguments->items[i++];
    struct option_use use = take_apart(argument);
    if (!use.row) {
        refuse_unknown(options, argument);
        return i;
    }
    if (needs_value(use.row) && !use.has_value) {
        if (i == arguments->count) {
            option_refuse(options, "option '%.*s' needs a value behind it",
                          SPAN_ARGS(argument));
            return i;
        }
        use.value = arguments->items[i++];
    }
    if (use.row->value == NO_VALUE && use.has_value &&
        use.row->effect != IS_REFUSED) {
        option_refuse(options, "option '%.*s' takes no value",
                      SPAN_ARGS(argument));
        return i;
    }
    option_apply(options, use.row, use.value);
    return i;
}

void options_read(struct options *options, struct span_list arguments)
{
    uint64_t i = 0;
    while (i < arguments.count) {
        span argument = arguments.items[i];
        if (argument.size > 1 && argument.data[0] == '-') {
            i = read_option(options, &arguments, i);
        } else {
            option_add_file(options, argument);
            i++;
        }
    }
    option_end(options);
}
