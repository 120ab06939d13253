/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel as courses have it: linked at physical 1 MiB by a script of twenty
 * lines, with physical and virtual addresses equal. Built with -DWORDS=n it has
 * that many words of data, so that it reaches into memory that the firmware
 * uses, and can only be moved to its place when boot services have ended.
 */
#include "console.h"

#ifndef WORDS
#define WORDS 4
#endif
#define PATTERN 0x5ca1ab1e

/* teaching.ld */
extern char _kernel_start[], _bss_start[], _bss_end[], _kernel_end[];

volatile uint32_t pattern[WORDS] = {[0 ... WORDS - 1] = PATTERN};
char zeros[20000];
int shared_with_nobody; /* COMMON, as -fcommon makes it */

void teach(void);

static int is_zero(const char *from, const char *to)
{
    for (const volatile char *at = from; at < to; at++)
        if (*at)
            return 0;
    return 1;
}

static int pattern_is_whole(void)
{
    for (uint64_t i = 0; i < WORDS; i++)
        if (pattern[i] != PATTERN)
            return 0;
    return 1;
}

/* The stack lies in .bss and is in use already. */
void teach(void)
{
    say("teaching kernel from ");
    say_hex((uint64_t)_kernel_start);
    say(" to ");
    say_hex((uint64_t)_kernel_end);
    say("\n");
    leave((uint64_t)_kernel_start == 0x100000 &&
          is_zero(zeros, zeros + sizeof(zeros)) && !shared_with_nobody &&
          zeros >= _bss_start && zeros < _bss_end && pattern_is_whole());
}
