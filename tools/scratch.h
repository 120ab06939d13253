/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages for the linker's own memory.
 */
#ifndef BOOTLINK_SCRATCH_H
#define BOOTLINK_SCRATCH_H

#include "base.h"

/* One run of addresses; begins zeroed. */
struct scratch {
    char *start, *next, *end;    /* taken up to `next` */
    char *large;                 /* the large page that is asked for next */
    struct scratch_spare *spare; /* what came back of it, by address */
    bool is_open, is_slow;       /* large pages take their time */
};

/* Whole pages; false if the system has none. */
bool scratch_take(struct scratch *scratch, uint64_t size,
                  struct bootlink_memory *block);
void scratch_give(struct scratch *scratch, struct bootlink_memory block);
void scratch_close(struct scratch *scratch);

#endif
