/* SPDX-License-Identifier: BSD-2-Clause
 *
 * COM1 and the way out, for the tests' kernels.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* The loader has set the port up. */
static inline void say(const char *text)
{
    for (; *text; text++) {
        while (!(in8(0x3fd) & 0x20))
            ;
        out8(0x3f8, (uint8_t)*text);
    }
}

static inline void say_hex(uint64_t number)
{
    char digits[] = "0x0000000000000000";
    for (int i = 17; i > 1; i--, number >>= 4)
        digits[i] = "0123456789abcdef"[number & 15];
    say(digits);
}

/* Ends QEMU with 33 (passed) or 35. */
static inline _Noreturn void leave(int passed)
{
    say(passed ? "passed\n" : "failed\n");
    out8(0xf4, passed ? 0x10 : 0x11);
    for (;;)
        __asm__ volatile("cli; hlt");
}

#endif
