/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies of linker.ld and loader/module.ld in read-only data, without comments
 * (Makefile).
 */
#include "builtin.h"

#include "embed.h"

EMBED(builtin_kernel_ld, "builtin/linker.ld");
EMBED(builtin_module_ld, "builtin/loader/module.ld");

span builtin_kernel_script(void)
{
    return EMBEDDED(builtin_kernel_ld);
}

span builtin_module_script(void)
{
    return EMBEDDED(builtin_module_ld);
}
