/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Between the parts of the config reader:
 *
 *   config.c        lines -> macros, entries, options
 *   config_keys.c   the keys there are and what each does
 *   config_path.c   boot():/path -> a path below the volume's root
 */
#ifndef BOOTLINK_CONFIG_READER_H
#define BOOTLINK_CONFIG_READER_H

#include "config.h"

/* Keys that set one thing, so that giving it twice is seen, by alias too. */
enum config_key_id {
    KEY_TIMEOUT,
    KEY_VERBOSE,
    KEY_SERIAL,
    KEY_QUIET,
    KEY_GLOBAL_COUNT, /* the ids above are of global keys */
    KEY_PROTOCOL = KEY_GLOBAL_COUNT,
    KEY_COMMENT,
    KEY_SCRIPT_PATH,
    KEY_CMDLINE,
    KEY_KASLR,
    KEY_PHYS,
    KEY_MODULE_CYCLES,
    KEY_BIND,
    KEY_COUNT,
    KEY_REPEATS = KEY_COUNT, /* may be given again and again */
};

/* ${NAME}=value */
struct config_macro {
    span name;
    span value;
    struct config_macro *next;
};

struct config_reader {
    const struct bootlink_world *world;
    struct arena *arena;
    struct config *config;
    unsigned errors;
    struct config_macro *macros;

    /* the entry in hand, and where the next item of each list goes */
    struct config_entry *entry; /* NULL before the first */
    struct config_entry **next_entry;
    struct config_file **next_kernel, **next_file, **next_library_path;
    struct config_module *module; /* the last one, or NULL */
    struct config_module **next_module;
    bool is_foreign; /* an entry of another protocol: its keys are not ours */

    uint32_t line_of[KEY_COUNT]; /* where each key was given; 0: not yet */
};

/* Reports at a place, as script_error does; returns false. */
bool config_error(struct config_reader *reader, struct script_place place,
                  const char *format, ...) PRINTF(3, 4);

/* `value` without `count` bytes in front, its place moved along. */
struct config_value config_skip(struct config_value value, size_t count);

/* Acts on one `key: value`. `key` is as written. */
void config_set(struct config_reader *reader, struct config_value key,
                struct config_value value);

/* Reads boot():/path. */
bool config_read_path(struct config_reader *reader, struct config_value value,
                      struct config_path *path);

#endif
