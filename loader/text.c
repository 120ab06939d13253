/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Formatted text without a C library: stb_sprintf, a header.
 */
#include "base.h"

#include <string.h>

#define STB_SPRINTF_STATIC
#define STB_SPRINTF_IMPLEMENTATION
#define STB_SPRINTF_NOFLOAT
#define STB_SPRINTF_NOUNALIGNED
#include <stb/stb_sprintf.h>

enum { LONGEST_TEXT = 2048 };

span text_print_list(char *buffer, size_t size, const char *format,
                     va_list arguments)
{
    int length = stbsp_vsnprintf(buffer, (int)size, format, arguments);
    size_t written = length < 0 ? 0 : (size_t)length;
    return (span){buffer, written < size ? written : size - 1};
}

span text_print(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, size, format, arguments);
    va_end(arguments);
    return text;
}

span text_format(struct arena *arena, const char *format, ...)
{
    char buffer[LONGEST_TEXT];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    return arena_copy(arena, text);
}
