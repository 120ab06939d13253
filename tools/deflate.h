/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compressed debug sections in the output.
 */
#ifndef BOOTLINK_DEFLATE_H
#define BOOTLINK_DEFLATE_H

#include "loader.h"

enum compression { COMPRESS_NONE, COMPRESS_ZLIB, COMPRESS_ZSTD };

/* Compresses what is worth it. `packed[i]` becomes the bytes of the section of
 * index i, or stays empty; behind them all sections move up. */
bool deflate_sections(struct link *link, enum compression how, span *packed);

#endif
