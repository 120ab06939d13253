/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_INTERRUPT_H
#define TOOLS_INTERRUPT_H

/* From now on a signal that ends the program removes its temporary file first,
 * and an input that got shorter while it was read is an error with a message.
 */
void interrupt_prepare(void);

/* The temporary file, from its creation until it has its name: NULL for none.
 * The text stays the caller's. */
void interrupt_removes(const char *path);

#endif
