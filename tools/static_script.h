/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layouts of a static program and of an object, which ld.bootlink uses
 * without -T.
 */
#ifndef BOOTLINK_STATIC_SCRIPT_H
#define BOOTLINK_STATIC_SCRIPT_H

#include "base.h"

span static_script(void);      /* loader/static.ld */
span relocatable_script(void); /* loader/relocatable.ld, for -r */

/* Shows one as GNU ld --verbose shows its own. */
void script_print(span script);

#endif
