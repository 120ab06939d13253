/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Between the parts of a system's link:
 *
 *   system.c           the kernel, and the whole
 *   system_modules.c   modules, one by one or in groups
 *   command_line.c     the line for the log
 */
#ifndef BOOTLINK_SYSTEM_LINKER_H
#define BOOTLINK_SYSTEM_LINKER_H

#include "modules.h"

struct system_linker {
    const struct bootlink_world *world;
    const struct system_request *request;
    struct system *system;
    struct system_request complete; /* the request, with libraries */
    struct modules modules;
};

/* Links the modules behind the kernel. */
bool system_link_modules(struct system_linker *l);

/* Writes system->command. */
bool system_write_command(struct system_linker *l);

#endif
