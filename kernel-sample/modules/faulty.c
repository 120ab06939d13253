/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module whose init function faults: the kernel shows where, by name, and the
 * module is not loaded.
 */
#include <bootlink/module.h>

#include "../lib/libk.h"

static volatile int *volatile nowhere;

/* It calls print, for the compiler makes no frame for a function that calls
 * nobody. */
__attribute__((noinline)) static void write_to(volatile int *place)
{
    print("     faulty: a write to nowhere\n");
    *place = 1;
}

static int start(const char *parameters)
{
    (void)parameters;
    write_to(nowhere);
    return 0;
}
module_init(start);
