/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout scripts that are part of Bootlink.
 */
#ifndef BOOTLINK_BUILTIN_H
#define BOOTLINK_BUILTIN_H

#include "base.h"

span builtin_kernel_script(void); /* linker.ld */
span builtin_module_script(void); /* loader/module.ld */

#endif
