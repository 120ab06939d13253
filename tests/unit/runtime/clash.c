/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that exports what another one exports.
 */
#include <bootlink/module.h>

int hello_count(void);

int hello_count(void)
{
    return 0;
}
EXPORT_SYMBOL(hello_count);
