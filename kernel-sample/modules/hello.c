/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module with a parameter, that calls the kernel and another module.
 */
#include <bootlink/module.h>

#include "../lib/libk.h"
#include "greet.h"

/* module_cmdline: greeting=WORD */
static int start(const char *parameters)
{
    static const char key[] = "greeting=";
    size_t size = strlen(key);

    if (strncmp(parameters, key, size) != 0) {
        print("     hello: \"%s\" is not greeting=WORD\n", parameters);
        return -1;
    }
    return greet(parameters + size, "kernel");
}
module_init(start);

static void stop(void)
{
}
module_exit(stop);
