/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What greet.ko offers to other modules.
 */
#ifndef GREET_H
#define GREET_H

/* Prints a greeting. 0, or -1 if greet.ko has not been started. */
int greet(const char *greeting, const char *who);

#endif
