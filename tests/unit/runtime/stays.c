/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module with a beginning and no end.
 */
#include <bootlink/module.h>

static int stays_init(const char *parameters)
{
    return parameters[0];
}
module_init(stays_init);
