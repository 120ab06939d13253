/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A rule for make: the output depends on all that was read.
 * [GNU ld manual: --dependency-file]
 */
#ifndef BOOTLINK_DEPENDENCY_FILE_H
#define BOOTLINK_DEPENDENCY_FILE_H

#include "base.h"

/* Writes the rule into the file `path`: of `output`, and of every file that the
 * host has read so far an empty one, so that make does without it. False after
 * reporting. */
bool dependency_file_write(struct arena *arena, const char *path,
                           const char *output);

#endif
