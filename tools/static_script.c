/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A copy of loader/static.ld. It is here, not in loader/, because the firmware
 * links no programs. [GNU ld manual: Default Linker Script]
 */
#include "static_script.h"

#include "embed.h"

#include <stdio.h>

EMBED(static_ld, "loader/static.ld");

span static_script(void)
{
    return EMBEDDED(static_ld);
}

/* Whoever wants to change it cuts out what is between the lines. */
void static_script_print(void)
{
    static const char line[] =
        "==================================================\n";
    printf("GNU ld compatible Bootlink %s\n"
           "using internal linker script:\n%s%.*s\n%s",
           BOOTLINK_VERSION, line, SPAN_ARGS(static_script()), line);
}
