/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order in which modules are linked and started.
 */
#ifndef BOOTLINK_MODULES_H
#define BOOTLINK_MODULES_H

#include "loader.h"
#include "system.h"

/* The owner of what the kernel exports; a module is its index. */
#define MODULES_KERNEL UINT64_MAX

/* `symbol` of another module, which must be linked and started before. */
struct module_need {
    uint64_t module;
    span symbol;
};

struct module_node {
    span path;
    struct module_need *needs;
    uint64_t need_count, need_capacity;
    bool is_placed; /* in the order */
};

struct modules {
    const struct bootlink_world *world;
    struct arena *arena;
    struct module_node *nodes; /* as in the request */
    uint64_t count;
    uint64_t *order;             /* indices of nodes */
    struct symbol_table exports; /* see modules_export() */
};

/* Reads the symbols of all modules and puts the modules in order: a module
 * comes behind those that export what it needs, and otherwise as in the
 * request. What `kernel` exports is needed from no module. False after
 * reporting: a module that cannot be read, or modules that need each other. */
bool modules_order(const struct bootlink_world *world, struct arena *arena,
                   const struct bootlink_image *kernel,
                   const struct system_module_request *requests, uint64_t count,
                   struct modules *modules);

/* The entry of a name that somebody exports, or NULL. `value` is whose export
 * counts: the kernel's, or else that of the first module in the request; `size`
 * is how many export it. `address` is for the linker of the modules. */
struct symbol *modules_export(const struct modules *modules, span name);

/* The command line of one module: of an archive, every member. */
#define MODULE_INPUTS(path)                                                    \
    {                                                                          \
        {.kind = BOOTLINK_WHOLE_ARCHIVE}, {BOOTLINK_FILE, (path)},             \
        {                                                                      \
            .kind = BOOTLINK_NO_WHOLE_ARCHIVE                                  \
        }                                                                      \
    }
#define MODULE_INPUT_COUNT 3

#endif
