/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Indirect functions. by_call has an entry in .iplt, because it is called and
 * its address is in a constant; by_pointer and by_got have none: the program
 * fills in a pointer and an entry of the GOT.
 */
#include "runtime.h"

int has_fast;

static int plain(void)
{
    return 1;
}

static int fast(void)
{
    return 2;
}

/* Runs before anything else: it may call no indirect function. */
static body *choose(void)
{
    return has_fast ? fast : plain;
}

int by_call(void) __attribute__((ifunc("choose")));
int by_pointer(void) __attribute__((ifunc("choose")));
int by_got(void) __attribute__((ifunc("choose")));
static int local(void) __attribute__((ifunc("choose")));

body *pointer = by_pointer;
body *const constant = by_call;

body *local_function(void)
{
    return local;
}
