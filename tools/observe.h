/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What ld.bootlink tells about a link: while it reads (-t, -y, --warn-common)
 * and when it is done (--cref, --print-memory-usage).
 */
#ifndef BOOTLINK_OBSERVE_H
#define BOOTLINK_OBSERVE_H

#include "loader.h"

struct observer {
    struct arena *arena;
    struct symbol_table traced; /* -y */
    bool traces_files;          /* -t */
    bool warns_common;          /* --warn-common */
};

/* What the link calls back. */
struct link_observer observer_of(struct observer *observer);

/* Prints which object defines, and which ones use, each global symbol. */
bool cross_references_print(struct link *link);

/* Prints how full the regions of MEMORY are. */
void memory_usage_print(struct link *link);

#endif
