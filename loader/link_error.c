/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The errors of one link, counted: a stage goes on after an error to find the
 * others, and the next stage needs to know that there was one.
 */
#include "loader.h"

enum { LONGEST_ERROR = 2048 };

bool link_error(struct link *link, enum bootlink_class class_,
                const char *format, ...)
{
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    link->error_count++;
    return report_error(link->world, class_, "%.*s", SPAN_ARGS(text));
}

bool link_error_at(struct link *link, struct script_place place,
                   enum bootlink_class class_, const char *format, ...)
{
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    link->error_count++;
    return script_error(link->world, place, class_, "%.*s", SPAN_ARGS(text));
}
