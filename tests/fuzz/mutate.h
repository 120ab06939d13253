/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes to a whole link, by structure.
 */
#ifndef BOOTLINK_FUZZ_MUTATE_H
#define BOOTLINK_FUZZ_MUTATE_H

#include "container.h"

/* One mutation: its random numbers, and the copy that it changes. */
struct mutation {
    uint64_t seed;
    uint8_t *copy;
};

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* Changes one thing in the link, so that it still fits in `most` bytes. */
void mutate_container(struct mutation *m, struct container *c, size_t most);

/* Gives back the copy that the container points to. */
void mutate_close(struct mutation *m);

#endif
