/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a boot links: the kernel, then its modules in the order that their
 * symbols ask for. Firmware and `bootlink link` on the host call the same
 * function with the same request, and get the same bytes.
 */
#ifndef BOOTLINK_SYSTEM_H
#define BOOTLINK_SYSTEM_H

#include "base.h"

struct system_module_request {
    span path; /* an object or an archive (of which every member is taken) */
    span parameters;  /* module_cmdline */
    bool is_optional; /* without it, and what needs it, the boot goes on */

    /* Filled in by libraries.c: its DT_NEEDED, as indices of modules, and what
     * to say of one that is nowhere. */
    const uint64_t *needed;
    uint64_t needed_count;
    span missing;
};

struct system_request {
    const struct bootlink_input *kernel;
    uint64_t kernel_count;
    span command_line; /* the kernel's: `name.parameter=value` is for a module,
                          or for the "kernel" */
    span script_name;  /* empty: the built-in copy of linker.ld */
    span script;       /* its text */
    const struct system_module_request *modules;
    uint64_t module_count;
    bool groups_modules;       /* modules may need each other */
    const span *library_paths; /* folders with a final `/`, for libraries.c */
    uint64_t library_path_count;
    bool binds_lazily; /* functions of shared objects, when they are called */
    uint64_t slide;    /* bootlink_slide, if has_slide */
    bool has_slide;
    bool load_anywhere; /* phys: any */
    /* As in struct bootlink_request, for a kernel that is linked already. */
    size_t (*read)(void *host, span name, uint64_t offset, size_t size,
                   void *to);
    const struct link_observer *observer; /* of all links; NULL: none */
};

struct system_module {
    span name; /* "hello" of modules/hello.ko */
    span path;
    span parameters; /* module_cmdline, and what the kernel's command line says
                      */
    struct bootlink_image image; /* image.init starts it */
    const struct system_module_request *request;
    span version, description; /* as it says, or empty */
    uint32_t *needs; /* indices of the modules whose exports it uses */
    uint64_t need_count;
};

/* A module that could not be linked, or needs one that could not be. */
struct system_left_out {
    span name, path, reason;
};

/* All pointers stay valid until system_close. */
struct system {
    struct bootlink_image kernel;
    struct system_module *modules; /* in the order to start them */
    uint64_t module_count;
    struct system_left_out *left_out; /* in the order of the request */
    uint64_t left_out_count;
    span command; /* see below */
    struct arena arena;
};

/* Links. False after every error has been reported; nothing is left then.
 *
 * `command` is the line for the log that does the same on the host, with file
 * names below the root of the boot volume and quoted for a POSIX shell:
 *
 *     bootlink link --script linker.ld --defsym bootlink_slide=0x200000
 *         --phys 0x2000000 kernel/a.o kernel/b.o --start-group kernel/c.a
 *         --end-group --module modules/hello.ko --phys 0x2400000
 *         --cmdline 'greeting=hi there'
 *
 * (one line). --script is left out for the built-in script, --defsym without a
 * slide. --phys-any stands for load_anywhere. --phys and --cmdline belong to
 * the --module before them, or else to the kernel; --phys is where the image
 * was loaded, which the host's world answers when it is asked for memory.
 * Modules are in the order of the request. */
bool system_link(const struct bootlink_world *world,
                 const struct system_request *request, struct system *system);
void system_close(struct system *system);

/* A slide from a random number: a multiple of 2 MiB below 1 GiB, so that the
 * other GiB of the top 2 GiB is left for the image and its modules. */
uint64_t system_slide(uint64_t random);

/* "hello" of "modules/hello.ko". */
span system_module_name(span path);

#endif
