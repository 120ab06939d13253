/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A message about a place of a script, with the line and a caret below it:
 *
 *     linker.ld:7:12: expected ';' after an assignment, found '}'
 *         . = 0x1000 }
 *                    ^
 */
#include "script_lex.h"

enum {
    LONGEST_MESSAGE = 1024,
    LONGEST_LINE = 120, /* bytes of the line that are shown */
    BEFORE_CARET = 80,  /* of them before the place, if the line is longer */
};

/* The line of the text that the place is in, without its newline. */
static span line_of(struct script_place place)
{
    span text = place.text->text;
    size_t start = 0;
    for (uint32_t line = 1; line < place.line && start < text.size; start++)
        line += text.data[start] == '\n';
    size_t end = start;
    while (end < text.size && text.data[end] != '\n')
        end++;
    return span_part(text, start, end - start);
}

/* Cuts a long line to what is around the column, which moves with it. */
static span cut(span line, uint32_t *column)
{
    if (line.size <= LONGEST_LINE)
        return line;
    size_t first = *column > BEFORE_CARET ? *column - BEFORE_CARET : 0;
    size_t size = line.size - first;
    *column -= first;
    return span_part(line, first, size < LONGEST_LINE ? size : LONGEST_LINE);
}

/* Copies the line. What a terminal could not print becomes a question mark, so
 * that a byte is a column. */
static span printable(char *to, span line)
{
    for (size_t i = 0; i < line.size; i++) {
        char c = line.data[i];
        to[i] = (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
    }
    while (line.size && (line.data[line.size - 1] == '\r' ||
                         line.data[line.size - 1] == ' '))
        line.size--;
    return (span){to, line.size};
}

/* Blanks up to the caret: a tab under each tab, however wide it is. */
static span indent(char *to, span line, uint32_t column)
{
    size_t size = 0;
    for (; size + 1 < column && size < LONGEST_LINE; size++)
        to[size] = size < line.size && line.data[size] == '\t' ? '\t' : ' ';
    return (span){to, size};
}

bool script_error(const struct bootlink_world *world, struct script_place place,
                  enum bootlink_class class_, const char *format, ...)
{
    char buffer[LONGEST_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    span message = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    char shown[LONGEST_LINE], blanks[LONGEST_LINE];
    uint32_t column = place.column;
    span line = printable(shown, cut(line_of(place), &column));
    span name = place.text->name;
    if (place.line == 0) /* not all that is laid out stands in a script */
        return report_error(world, class_, "%.*s: %.*s", SPAN_ARGS(name),
                            SPAN_ARGS(message));
    if (line.size == 0)
        return report_error(world, class_, "%.*s:%u:%u: %.*s", SPAN_ARGS(name),
                            place.line, place.column, SPAN_ARGS(message));
    span caret = indent(blanks, line, column);
    return report_error(world, class_, "%.*s:%u:%u: %.*s\n    %.*s\n    %.*s^",
                        SPAN_ARGS(name), place.line, place.column,
                        SPAN_ARGS(message), SPAN_ARGS(line), SPAN_ARGS(caret));
}
