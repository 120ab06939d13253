/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A small printf. One function, format(), understands the language; where a
 * character goes is the sink's affair.
 */
#include "libk.h"

struct sink {
    char *next, *end; /* a buffer; NULL: the serial port */
};

/* One conversion as it is parsed: %[-0][width][.precision][l]letter */
struct conversion {
    bool left, zeros, is_long;
    size_t width, precision;
};

static void put(struct sink *sink, char character)
{
    if (sink->next == NULL)
        serial_put(character);
    else if (sink->next < sink->end)
        *sink->next++ = character;
}

/* `text`, filled to the conversion's width. */
static void put_field(struct sink *sink, const struct conversion *conversion,
                      const char *text, size_t size)
{
    size_t fill = conversion->width > size ? conversion->width - size : 0;
    if (!conversion->left)
        for (; fill > 0; fill--)
            put(sink, conversion->zeros ? '0' : ' ');
    for (size_t i = 0; i < size; i++)
        put(sink, text[i]);
    for (; fill > 0; fill--)
        put(sink, ' ');
}

static void put_number(struct sink *sink, const struct conversion *conversion,
                       uint64_t number, unsigned base, bool negative)
{
    char digits[24];
    char *first = digits + sizeof(digits);
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    if (negative)
        *--first = '-';
    put_field(sink, conversion, first,
              (size_t)(digits + sizeof(digits) - first));
}

static void put_string(struct sink *sink, const struct conversion *conversion,
                       const char *string)
{
    size_t size = 0;
    while (size < conversion->precision && string[size])
        size++;
    put_field(sink, conversion, string, size);
}

/* Reads digits, or a * and its argument. va_list is passed by a pointer, so
 * that the caller's moves on. */
static size_t number_of(const char **format, va_list *arguments)
{
    size_t number = 0;
    if (**format == '*') {
        (*format)++;
        return (size_t)va_arg(*arguments, int);
    }
    for (; **format >= '0' && **format <= '9'; (*format)++)
        number = number * 10 + (size_t)(**format - '0');
    return number;
}

static struct conversion conversion_of(const char **format, va_list *arguments)
{
    struct conversion conversion = {.precision = SIZE_MAX};
    for (; **format == '-' || **format == '0'; (*format)++) {
        conversion.left |= **format == '-';
        conversion.zeros |= **format == '0';
    }
    conversion.width = number_of(format, arguments);
    if (**format == '.') {
        (*format)++;
        conversion.precision = number_of(format, arguments);
    }
    for (; **format == 'l'; (*format)++)
        conversion.is_long = true;
    return conversion;
}

static void convert(struct sink *sink, const struct conversion *conversion,
                    char letter, va_list *arguments)
{
    char character = letter;
    int64_t number;

    switch (letter) {
    case 'd':
        number = conversion->is_long ? va_arg(*arguments, int64_t)
                                     : va_arg(*arguments, int);
        put_number(sink, conversion,
                   number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
                   number < 0);
        return;
    case 'u':
    case 'x':
        put_number(sink, conversion,
                   conversion->is_long ? va_arg(*arguments, uint64_t)
                                       : va_arg(*arguments, unsigned),
                   letter == 'x' ? 16 : 10, false);
        return;
    case 's':
        put_string(sink, conversion, va_arg(*arguments, const char *));
        return;
    case 'c':
        character = (char)va_arg(*arguments, int);
    }
    put_field(sink, conversion, &character, 1);
}

static void format_into(struct sink *sink, const char *format,
                        va_list *arguments)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(sink, *format);
            continue;
        }
        format++;
        struct conversion conversion = conversion_of(&format, arguments);
        if (*format == '\0')
            return;
        convert(sink, &conversion, *format, arguments);
    }
}

void print(const char *format, ...)
{
    struct sink serial = {NULL, NULL};
    va_list arguments;
    va_start(arguments, format);
    format_into(&serial, format, &arguments);
    va_end(arguments);
}

void print_into(char *buffer, size_t size, const char *format,
                va_list arguments)
{
    struct sink sink = {buffer, buffer + size - 1};
    va_list copy;
    va_copy(copy, arguments);
    format_into(&sink, format, &copy);
    va_end(copy);
    *sink.next = '\0';
}

void print_text(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(buffer, size, format, arguments);
    va_end(arguments);
}
