/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that needs another one without using a name of it.
 */
#include <bootlink/module.h>

MODULE_REQUIRES("hello", "1.3");
