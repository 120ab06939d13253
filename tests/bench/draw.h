/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers and names that look drawn by lot, and are the same at every run.
 */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include <stddef.h>
#include <stdint.h>

uint64_t draw(uint64_t *state);
unsigned draw_below(uint64_t *state, unsigned limit);
void draw_bytes(uint64_t *state, uint8_t *bytes, size_t size);

/* A name like a kernel's: the subsystem, one to four words, and `number`, which
 * makes it the only one. 8 to about 40 characters, 20 on the average. */
enum { NAME_SIZE = 80 };
void draw_name(uint64_t *state, char name[NAME_SIZE], unsigned subsystem,
               unsigned number);

/* A message, with its final zero in the size that is returned. */
enum { TEXT_SIZE = 120 };
size_t draw_text(uint64_t *state, char text[TEXT_SIZE], unsigned subsystem);

#endif
