/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Warnings of memory that can be both written and executed.
 */
#ifndef BOOTLINK_PERMISSIONS_H
#define BOOTLINK_PERMISSIONS_H

#include "loader.h"
#include "options.h"

void permissions_check(const struct options *options, const struct link *link,
                       const char *output);

#endif
