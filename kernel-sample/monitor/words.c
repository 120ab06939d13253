/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A line taken apart, and words turned into numbers and symbols.
 */
#include "monitor.h"

void words_split(struct words *words, const char *line)
{
    size_t size = strlen(line);
    *words = (struct words){.count = 0};
    memcpy(words->text, line, size + 1);
    for (size_t i = 0; i < size; i++) {
        if (line[i] == ' ') {
            words->text[i] = '\0';
        } else if ((i == 0 || line[i - 1] == ' ') && words->count < WORDS_MAX) {
            words->rest[words->count] = line + i;
            words->word[words->count++] = words->text + i;
        }
    }
}

struct bootlink_span text_span(const char *text)
{
    return (struct bootlink_span){text, strlen(text)};
}

/* ---- Numbers ------------------------------------------------------------ */

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : 16;
}

bool number_of_text(const char *text, uint64_t *number)
{
    int base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    *number = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        int digit = digit_of(*text);
        if (digit >= base ||
            __builtin_mul_overflow(*number, (uint64_t)base, number) ||
            __builtin_add_overflow(*number, (uint64_t)digit, number))
            return false;
    }
    return true;
}

/* ---- Addresses ---------------------------------------------------------- */

bool symbol_named(const char *name, struct symbol *found)
{
    struct symbol_position position = {0};
    while (symbols_next(&position, found))
        if (text_is(found->name, name))
            return true;
    return false;
}

/* Cuts "name+number" in two: where the number begins, or NULL. */
static const char *cut_at_plus(const char *text, char *name)
{
    size_t size = strlen(text);
    memcpy(name, text, size + 1);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '+') {
            name[i] = '\0';
            return text + i + 1;
        }
    }
    return NULL;
}

bool address_of(const char *text, uint64_t *address)
{
    char name[LINE_SIZE];
    uint64_t offset = 0;
    struct symbol symbol;
    const char *number = cut_at_plus(text, name);

    if (number && !number_of_text(number, &offset)) {
        print("'%s' is not a number; write 28 or 0x1c\n", number);
        return false;
    }
    if (number_of_text(name, address)) {
        *address += offset;
        return true;
    }
    if (!symbol_named(name, &symbol)) {
        print("there is no symbol '%s'; TAB completes names, and numbers begin "
              "with a digit, as 0x1c does\n",
              name);
        return false;
    }
    *address = symbol.address + offset;
    return true;
}
