/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A copy of linker.ld in read-only data, without comments (Makefile).
 */
#include "builtin.h"

#include "embed.h"

EMBED(builtin_kernel_ld, "builtin/linker.ld");

span builtin_kernel_script(void)
{
    return EMBEDDED(builtin_kernel_ld);
}
