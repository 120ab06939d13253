/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The map file: what went where, as text. [GNU ld manual: -Map]
 */
#ifndef BOOTLINK_MAP_H
#define BOOTLINK_MAP_H

#include "loader.h"

/* Takes the map piece by piece. */
struct map_sink {
    void *context;
    void (*put)(void *context, span text);
};

/* Writes the map of a finished link, of which exports_fill has listed the
 * symbols: what was discarded, what was loaded, then
 * every output section with its input sections and symbols by address. */
void map_write(const struct link *link, const struct map_sink *sink);

#endif
