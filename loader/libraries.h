/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The libraries that modules need, as modules themselves.
 */
#ifndef BOOTLINK_LIBRARIES_H
#define BOOTLINK_LIBRARIES_H

#include "system.h"

/* Where libraries are looked for: `library_path`. Adds to a list of modules
 * those that their DT_NEEDED name, each once, and fills in `needed` and
 * `missing` of each. False if there is no memory. */
bool libraries_add(const struct bootlink_world *world, struct arena *arena,
                   const struct system_request *request,
                   struct system_request *complete);

#endif
