/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A linked image as a file of nothing but its bytes. (--oformat=binary)
 */
#ifndef BOOTLINK_FLAT_FILE_H
#define BOOTLINK_FLAT_FILE_H

#include "loader.h"

/* Writes what is loaded, by load address, the lowest first. False after
 * reporting; then there is no file. */
bool flat_file_write(const struct link *link, const char *path);

#endif
