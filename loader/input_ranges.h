/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which input file the bytes of an image are from.
 */
#ifndef BOOTLINK_INPUT_RANGES_H
#define BOOTLINK_INPUT_RANGES_H

#include "loader.h"

/* A run of bytes that come from one input file. */
struct input_range {
    uint64_t address, size;
    span file; /* "main.o", "net.a(tcp.o)" */
};

typedef void input_range_visit(void *context, const struct input_range *range);

/* Shows all of them, output section by output section. */
void input_ranges(const struct link *link, void *context,
                  input_range_visit *visit);

#endif
