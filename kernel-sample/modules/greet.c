/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that others need. It must be started before them.
 */
#include <bootlink/module.h>

#include "../lib/libk.h"
#include "greet.h"

static bool is_started;

int greet(const char *greeting, const char *who)
{
    if (!is_started)
        return -1;
    print("     %s, %s\n", greeting, who);
    return 0;
}
EXPORT_SYMBOL(greet);

static int start(const char *parameters)
{
    (void)parameters;
    is_started = true;
    return 0;
}
module_init(start);

static void stop(void)
{
    is_started = false;
}
module_exit(stop);
