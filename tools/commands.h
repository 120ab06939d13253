/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host commands: one program, told apart by its name or first argument.
 */
#ifndef BOOTLINK_COMMANDS_H
#define BOOTLINK_COMMANDS_H

/* Each returns the exit status: 0, or 1 after saying why on standard error.
 * `arguments` ends with NULL and does not hold the program's name. */

/* ld.c: GNU ld's command line. */
int command_ld(const char *program, char **arguments);
/* link.c: what a boot did, again: the line that its log gives. */
int command_link(const char *program, char **arguments);
/* modinfo.c: what modules say of themselves. */
int command_modinfo(const char *program, char **arguments);

#endif
