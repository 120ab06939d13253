/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel that takes snprintf, qsort and strtol from musl's libc.a, which lies
 * on the boot volume as the distribution built it: 1,300 members, of which a
 * few dozen are needed.
 */
#include "console.h"

#include <stdarg.h>
#include <stddef.h>

/* C11 7.21.6.5, 7.22.1.4, 7.22.5.2 */
int snprintf(char *buffer, size_t size, const char *format, ...);
long strtol(const char *text, char **end, int base);
void qsort(void *items, size_t count, size_t size,
           int (*compare)(const void *, const void *));
int strcmp(const char *a, const char *b);

void _start(void);

/* musl finds errno in the thread's own block, whose address is its first word
 * and the base of %fs. */
static uint64_t thread[512];

static void set_fs(uint64_t base)
{
    const uint32_t fs_base = 0xc0000100;
    __asm__ volatile("wrmsr"
                     :
                     : "c"(fs_base), "a"((uint32_t)base),
                       "d"((uint32_t)(base >> 32)));
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void _start(void)
{
    static int numbers[] = {30, 10, 40, 20};
    char line[64], *end;

    thread[0] = (uint64_t)thread;
    set_fs((uint64_t)thread);
    numbers[1] = (int)strtol("0x0f rest", &end, 0);
    qsort(numbers, 4, sizeof(numbers[0]), by_value);
    int size = snprintf(line, sizeof(line), "%d %d %d %d|%5s|%#06x", numbers[0],
                        numbers[1], numbers[2], numbers[3], end, 0xbeef);
    say(line);
    say("\n");
    leave(size == 24 && strcmp(line, "15 20 30 40| rest|0xbeef") == 0);
}
