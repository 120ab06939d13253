/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that requires what is not there.
 */
#include <bootlink/module.h>

MODULE_REQUIRES("kernel", "2.0");
