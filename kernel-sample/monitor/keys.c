/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes of a terminal become keys. A key that is no character comes as several
 * bytes: escape, [ or O, perhaps a number, a letter or ~. [ECMA-48 5.4: Control
 * Sequences; xterm: PC-Style Function Keys]
 */
#include "monitor.h"

#define ESCAPE 27

/* ESC [ A */
static int key_of_letter(char letter)
{
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    default:
        return KEY_UNKNOWN;
    }
}

/* ESC [ 3 ~ */
static int key_of_number(unsigned number)
{
    switch (number) {
    case 1:
    case 7:
        return KEY_HOME;
    case 3:
        return KEY_DELETE;
    case 4:
    case 8:
        return KEY_END;
    default:
        return KEY_UNKNOWN;
    }
}

/* What follows an escape. Parameters end with the first byte from @ on. */
static int read_sequence(void)
{
    unsigned number = 0;
    int byte = serial_get();
    if (byte != '[' && byte != 'O')
        return KEY_UNKNOWN;
    byte = serial_get();
    for (; byte >= 0 && byte < '@'; byte = serial_get())
        if (byte >= '0' && byte <= '9')
            number = number * 10 + (unsigned)(byte - '0');
    return byte == '~' ? key_of_number(number) : key_of_letter((char)byte);
}

int key_read(void)
{
    int byte = serial_get();
    switch (byte) {
    case ESCAPE:
        return read_sequence();
    case '\n':
        return KEY_ENTER;
    case CONTROL('H'):
        return KEY_BACKSPACE;
    default:
        return byte < 0 ? KEY_NONE : byte;
    }
}
