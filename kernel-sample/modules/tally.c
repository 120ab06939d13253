/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module to load by hand: a constructor, parameters, an exit function.
 *
 *     insmod tally.ko step=5 name="Ada"
 *     rmmod tally
 */
#include <bootlink/module.h>

#include "../lib/libk.h"

MODULE_VERSION("1.0");
MODULE_DESCRIPTION("counts up to its sum");

static int step = 1;
module_param(step, int);
MODULE_PARM_DESC(step, "how far apart the numbers are");

static const char *name = "nobody";
module_param(name, string);
MODULE_PARM_DESC(name, "for whom they are counted");

static bool verbose = true;
module_param(verbose, bool);

static bool trace;
module_param(trace, bool);
MODULE_PARM_DESC(trace, "show who calls init and exit");

static int numbers[4], sum;

/* kernel.h */
void backtrace(void);

/* Runs before start(), but parameters have their values by then. */
__attribute__((constructor)) static void construct(void)
{
    for (int i = 0; i < 4; i++)
        numbers[i] = (i + 1) * step;
}

static int start(const char *parameters)
{
    (void)parameters;
    for (int i = 0; i < 4; i++)
        sum += numbers[i];
    if (trace)
        backtrace();
    if (verbose)
        print("     tally: %d for %s\n", sum, name);
    return 0;
}
module_init(start);

static void stop(void)
{
    if (trace)
        backtrace();
    if (verbose)
        print("     tally: goodbye, %s\n", name);
}
module_exit(stop);
