/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Findings go to the world as values; only its edge prints.
 */
#include "base.h"

enum { LONGEST_FINDING = 2048 };

static void report(const struct bootlink_world *world,
                   enum bootlink_severity severity, enum bootlink_class class_,
                   const char *format, va_list arguments)
{
    char buffer[LONGEST_FINDING];
    struct bootlink_diagnostic diagnostic = {
        severity, class_,
        text_print_list(buffer, sizeof(buffer), format, arguments)};
    world->report(world->host, &diagnostic);
}

bool report_error(const struct bootlink_world *world,
                  enum bootlink_class class_, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(world, BOOTLINK_ERROR, class_, format, arguments);
    va_end(arguments);
    return false;
}

void report_warning(const struct bootlink_world *world,
                    enum bootlink_class class_, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(world, BOOTLINK_WARNING, class_, format, arguments);
    va_end(arguments);
}

void report_note(const struct bootlink_world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(world, BOOTLINK_NOTE, BOOTLINK_LAYOUT, format, arguments);
    va_end(arguments);
}
