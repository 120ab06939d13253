/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A binary heap: what comes next, among things that come and go.
 */
#ifndef BOOTLINK_HEAP_H
#define BOOTLINK_HEAP_H

#include "base.h"

/* The array is the caller's, with room for all that is ever in it at once. */
struct heap {
    struct keyed *items;
    uint64_t count;
};

void heap_put(struct heap *heap, struct keyed item);

/* Takes the one with the least key out, of equal ones that with the least item.
 * The heap must not be empty. */
struct keyed heap_take(struct heap *heap);

#endif
