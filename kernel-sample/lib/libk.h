/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libk.a, the kernel's own library. Its members are linked as they are needed.
 */
#ifndef LIBK_H
#define LIBK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- print.c ------------------------------------------------------------- */

/* As printf: flags - and 0, width, precision and * for strings, l, and the
 * conversions d u x c s %. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints into `buffer`, cut to fit, always with a final NUL. */
void print_into(char *buffer, size_t size, const char *format,
                va_list arguments);
void print_text(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- string.c: also what the compiler calls by itself -------------------- */

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

/* ---- serial.c: COM1, 115200 baud, 8N1 ------------------------------------ */

void serial_init(void);
void serial_put(char character);

/* Waits for a byte; negative: there is no port. */
int serial_get(void);

/* ---- ports --------------------------------------------------------------- */

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

#endif
