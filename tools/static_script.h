/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of a static program, which ld.bootlink uses without -T.
 */
#ifndef BOOTLINK_STATIC_SCRIPT_H
#define BOOTLINK_STATIC_SCRIPT_H

#include "base.h"

span static_script(void); /* loader/static.ld */

/* Shows it as GNU ld --verbose shows its own. */
void static_script_print(void);

#endif
