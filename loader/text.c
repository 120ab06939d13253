/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Formatted text without a C library: the conversions of printf that messages
 * have, %c %d %s %u %x and %%, with flags "-0+", a width and a precision (each
 * a number or *), and the lengths l, ll and z. [C11 7.21.6.1]
 */
#include "base.h"

enum { LONGEST_TEXT = 2048, MOST_DIGITS = 20 };

/* What is written, and what is still to be: the text is cut where its room
 * ends. */
struct text {
    char *data;
    size_t size, room;
    va_list arguments;
};

/* What stands between % and the letter, which is `kind`. */
struct conversion {
    bool is_left, has_zeros, has_plus, has_precision, is_long;
    unsigned width, precision;
    char kind;
};

static void put(struct text *text, const char *bytes, size_t count)
{
    size_t left = text->room - text->size;
    size_t fitting = count < left ? count : left;
    if (fitting)
        memcpy(text->data + text->size, bytes, fitting);
    text->size += fitting;
}

static void fill(struct text *text, char c, size_t count)
{
    while (count-- && text->size < text->room)
        put(text, &c, 1);
}

/* A prefix (the sign) and a word, in as many columns as are asked for. */
static void put_word(struct text *text, const struct conversion *c, span prefix,
                     span word)
{
    size_t size = prefix.size + word.size;
    size_t missing = c->width > size ? c->width - size : 0;
    if (!c->is_left && !c->has_zeros)
        fill(text, ' ', missing);
    put(text, prefix.data, prefix.size);
    if (!c->is_left && c->has_zeros)
        fill(text, '0', missing);
    put(text, word.data, word.size);
    if (c->is_left)
        fill(text, ' ', missing);
}

static void put_number(struct text *text, const struct conversion *c,
                       uint64_t number, span sign)
{
    unsigned base = c->kind == 'x' ? 16 : 10;
    char digits[MOST_DIGITS], *first = digits + MOST_DIGITS;
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    put_word(text, c, sign,
             (span){first, (size_t)(digits + MOST_DIGITS - first)});
}

static void put_signed(struct text *text, const struct conversion *c)
{
    int64_t number = c->is_long ? va_arg(text->arguments, long long)
                                : va_arg(text->arguments, int);
    uint64_t amount = number < 0 ? -(uint64_t)number : (uint64_t)number;
    put_number(text, c, amount,
               number < 0    ? SPAN("-")
               : c->has_plus ? SPAN("+")
                             : SPAN(""));
}

static void put_unsigned(struct text *text, const struct conversion *c)
{
    uint64_t number = c->is_long ? va_arg(text->arguments, unsigned long long)
                                 : va_arg(text->arguments, unsigned);
    put_number(text, c, number, SPAN(""));
}

/* Ends at a NUL; with a precision there need be none. */
static void put_string(struct text *text, const struct conversion *c)
{
    const char *string = va_arg(text->arguments, const char *);
    size_t most = c->has_precision ? c->precision : SIZE_MAX, size = 0;
    while (size < most && string[size])
        size++;
    put_word(text, c, SPAN(""), (span){string, size});
}

static void put_character(struct text *text, const struct conversion *c)
{
    char character = (char)va_arg(text->arguments, int);
    put_word(text, c, SPAN(""), (span){&character, 1});
}

static void put_conversion(struct text *text, const struct conversion *c)
{
    switch (c->kind) {
    case 'c':
        put_character(text, c);
        break;
    case 'd':
        put_signed(text, c);
        break;
    case 's':
        put_string(text, c);
        break;
    case 'u':
    case 'x':
        put_unsigned(text, c);
        break;
    default:
        put(text, &c->kind, 1);
    }
}

/* A width or a precision. */
static unsigned read_amount(struct text *text, const char **format)
{
    unsigned amount = 0;
    if (**format == '*') {
        (*format)++;
        return (unsigned)va_arg(text->arguments, int);
    }
    for (; **format >= '0' && **format <= '9'; (*format)++)
        amount = amount * 10 + (unsigned)(**format - '0');
    return amount;
}

/* Reads on behind a %, to behind the letter. */
static struct conversion read_conversion(struct text *text, const char **format)
{
    struct conversion c = {0};
    for (;; (*format)++) {
        if (**format == '-')
            c.is_left = true;
        else if (**format == '0')
            c.has_zeros = true;
        else if (**format == '+')
            c.has_plus = true;
        else
            break;
    }
    c.width = read_amount(text, format);
    c.has_precision = **format == '.';
    if (c.has_precision) {
        (*format)++;
        c.precision = read_amount(text, format);
    }
    for (; **format == 'l' || **format == 'z'; (*format)++)
        c.is_long = true;
    c.kind = *(*format)++;
    return c;
}

span text_print_list(char *buffer, size_t size, const char *format,
                     va_list arguments)
{
    struct text text = {.data = buffer, .room = size - 1};
    va_copy(text.arguments, arguments);
    while (*format) {
        const char *start = format;
        while (*format && *format != '%')
            format++;
        put(&text, start, (size_t)(format - start));
        if (!*format++)
            break;
        struct conversion conversion = read_conversion(&text, &format);
        put_conversion(&text, &conversion);
    }
    va_end(text.arguments);
    buffer[text.size] = '\0';
    return (span){buffer, text.size};
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
