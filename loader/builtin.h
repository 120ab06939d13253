/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout script of kernels that is part of Bootlink; that of modules is
 * module_layout.c.
 */
#ifndef BOOTLINK_BUILTIN_H
#define BOOTLINK_BUILTIN_H

#include "base.h"

span builtin_kernel_script(void); /* linker.ld */

#endif
