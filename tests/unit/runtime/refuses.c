/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module whose init function fails.
 */
#include <bootlink/module.h>

void note(const char *text);
int hello_count(void);

__attribute__((destructor)) static void finaliser(void)
{
    note("finaliser");
}

static int refuses_init(const char *parameters)
{
    (void)parameters;
    hello_count();
    return -5;
}
module_init(refuses_init);
