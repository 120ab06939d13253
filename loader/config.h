/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The config file as data: bootlink.conf or limine.conf, in Limine's grammar.
 *
 *     # a comment on a line of its own
 *     timeout: 3                        a global key
 *     ${DIR}=boot():/kernel             a macro
 *
 *     /Title                            opens an entry; //Title one below it,
 *         protocol: bootlink            + before the title: shown expanded
 *         kernel_path: ${DIR}/
 *
 * Keys know no case, indentation means nothing, lines end in LF or CR LF.
 */
#ifndef BOOTLINK_CONFIG_H
#define BOOTLINK_CONFIG_H

#include "base.h"
#include "script.h"

/* A value with the place at which it is written. An empty value was not
 * given, and then has no place. */
struct config_value {
    span text;
    struct script_place place;
};

/* A file, or with a final '/' a folder, as its path below the volume's root:
 * "kernel/net.o" for boot():/kernel/net.o. Components are separated by one
 * '/', none is ".", ".." or empty. The root itself is "". */
struct config_path {
    span path; /* without the '/' in front and behind */
    bool is_folder;
    struct script_place place;
};

struct config_module {
    struct config_path path; /* of a folder: each file in it is a module */
    struct config_value command_line; /* module_cmdline, else empty */
    struct config_value optional;     /* `optional: yes` or `no`, else empty */
    bool is_optional;
    struct config_module *next;
};

/* A path in a list, in the order of the file. */
struct config_file {
    struct config_path path;
    struct config_file *next;
};

struct config_entry {
    span title;
    struct script_place place;
    uint32_t depth; /* 1: /Title, 2: //Title ... */
    bool is_folder; /* deeper entries follow; it has nothing to boot */
    bool is_expanded;

    struct config_value protocol; /* "bootlink" is the only one that boots */
    struct config_value comment;
    struct config_file *kernels; /* kernel_path: at least one if it boots */
    struct config_path script;   /* script_path; place.text is NULL without */
    struct config_module *modules;
    struct config_file *files;
    struct config_file *library_paths; /* folders */
    struct config_value command_line;
    bool kaslr;          /* yes unless it says no */
    bool phys_any;       /* phys: any */
    bool groups_modules; /* module_cycles: group */
    bool binds_lazily;   /* bind: lazy */
    struct config_entry *next;
};

#define CONFIG_WAITS_FOREVER UINT32_MAX

struct config {
    struct script_text text;
    struct config_entry *entries; /* folders too, in the order of the file */
    struct config_entry *first;   /* the one that boots: the first that is not
                                     a folder */
    uint32_t timeout;             /* seconds; CONFIG_WAITS_FOREVER for `no` */
    bool verbose;                 /* log to the firmware console too */
    bool serial; /* log to the serial port: yes unless it says no */
    bool quiet;
};

/* Reads the config file `text` (stable as long as the arena), called `name` in
 * messages. False after every error in it has been reported:
 *
 *     bootlink.conf:4:5: unknown key 'kernle_path'; did you mean 'kernel_path'?
 *         kernle_path: boot():/kernel/
 *         ^
 */
bool config_parse(const struct bootlink_world *world, struct arena *arena,
                  span name, span text, struct config *config);

#endif
