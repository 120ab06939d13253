/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel as courses have it: linked at physical 1 MiB (or -DBASE) by a script
 * of twenty lines, with physical and virtual addresses equal. The data is large
 * enough that moving it to the wrong place would show.
 */
#include "console.h"

#ifndef BASE
#define BASE 0x100000
#endif
#define WORDS   (1 << 18)
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

static int is_in_bss(const void *place)
{
    return (uint64_t)place >= (uint64_t)_bss_start &&
           (uint64_t)place < (uint64_t)_bss_end;
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
    leave((uint64_t)_kernel_start == BASE && is_in_bss(zeros) &&
          is_in_bss(&shared_with_nobody) &&
          is_zero(zeros, zeros + sizeof(zeros)) && !shared_with_nobody &&
          pattern_is_whole());
}
