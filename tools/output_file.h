/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file that is there whole or not at all: it is written under another name
 * in the same folder and renamed at the end.
 */
#ifndef BOOTLINK_OUTPUT_FILE_H
#define BOOTLINK_OUTPUT_FILE_H

#include "base.h"

struct output_file {
    const struct bootlink_world *world; /* for errors */
    const char *path;
    char *temporary; /* its name until the end; NULL: written in place */
    int descriptor;
    bool failed; /* a write was refused, and reported */
};

/* True if it would be written in place, from the start to the end. */
bool output_is_device(const char *path);
/* Starts a file. False after reporting. */
bool output_open(struct output_file *file, const struct bootlink_world *world,
                 const char *path);
/* What is not written of `size` bytes is zero. */
void output_resize(struct output_file *file, uint64_t size);
/* So many bytes at `offset` will be written, piece by piece: the system may
 * find room for all of them at once. Where it cannot, or there is none, writing
 * tells. */
void output_reserve(struct output_file *file, uint64_t offset, uint64_t size);
/* Writes at `offset`. Failures are kept for output_close. */
void output_write(struct output_file *file, uint64_t offset, span bytes);
/* Reads what was written, unless in place. False after reporting. */
bool output_read(struct output_file *file, uint64_t offset, char *to,
                 size_t size);
/* Gives the file its mode and its name. False after reporting; then there is
 * no file of that name unless there was one before. */
bool output_close(struct output_file *file, bool executable);
/* Leaves everything as it was before. */
void output_abandon(struct output_file *file);

#endif
