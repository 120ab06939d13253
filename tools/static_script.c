/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies of loader/static.ld and loader/relocatable.ld. They are here, not in
 * loader/, because the firmware makes no files. [GNU ld manual: Default Linker
 * Script]
 */
#include "static_script.h"

#include "embed.h"

#include <stdio.h>

EMBED(static_ld, "loader/static.ld");
EMBED(relocatable_ld, "loader/relocatable.ld");

span static_script(void)
{
    return EMBEDDED(static_ld);
}

span relocatable_script(void)
{
    return EMBEDDED(relocatable_ld);
}

/* Whoever wants to change it cuts out what is between the lines. */
void script_print(span script)
{
    static const char line[] =
        "==================================================\n";
    printf("GNU ld compatible Bootlink %s\n"
           "using internal linker script:\n%s%.*s\n%s",
           BOOTLINK_VERSION, line, SPAN_ARGS(script), line);
}
