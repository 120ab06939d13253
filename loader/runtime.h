/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Modules in a running kernel: what the library keeps of each, and the parts
 * that bootlink/modules.h is made of.
 *
 *   runtime.c          open, close, the list of what is loaded
 *   runtime_boot.c     what the boot has loaded
 *   runtime_exports.c  who exports a name
 *   runtime_imports.c  what a module may use, and why not
 *   runtime_place.c    where there is room for a module
 *   runtime_load.c     a file -> a module that runs
 *   runtime_keep.c     what stays of its link
 *   runtime_unload.c   the way back
 *   runtime_symbols.c  names and addresses
 *   runtime_relocations.c  what the linker wrote where ...
 *   runtime_shared.c       ... in a shared object
 */
#ifndef BOOTLINK_RUNTIME_H
#define BOOTLINK_RUNTIME_H

#include "input_ranges.h"

/* A name in the table of what may be used. */
struct exported {
    const struct bootlink_export *export;
    struct loaded *owner;
    uint64_t hash;
    struct exported *next; /* in its bucket */
};

struct loaded {
    struct bootlink_loaded seen; /* what others see of it; first, so that a
                                    pointer to the one is one to the other */
    struct arena arena;          /* it lies in there, and all that it needs */
    struct loaded *next_above;   /* by address */
    uint32_t boot_index; /* if it is of the boot: in the boot info's modules, or
                            BOOTLINK_OF_KERNEL */
    struct bootlink_segment whole;  /* likewise: all of it, to be unmapped */
    struct exported *exported;      /* its names in the table */
    struct bootlink_memory *blocks; /* the image */
    uint64_t block_count;
    uint64_t irelative, irelative_count; /* as in struct bootlink_image ... */
    uint64_t init_array, init_count;
    uint64_t fini_array, fini_count;
    struct input_range *ranges; /* ascending */
    uint64_t range_count;
    uint64_t base;  /* that it was linked to; at boot its lowest page */
    uint64_t noted; /* the number of the load that was last to use it */
};

struct bootlink_modules {
    struct bootlink_kernel kernel;
    struct arena arena;            /* this struct lies in it */
    struct bootlink_loaded *first; /* the kernel */
    struct loaded *lowest;         /* by address */
    struct exported **buckets;     /* a power of two of them, or none */
    uint64_t bucket_count, exported_count;
    uint64_t load_count;
};

static inline struct loaded *loaded_of(const struct bootlink_loaded *seen)
{
    return (struct loaded *)(uintptr_t)seen;
}

/* ---- runtime.c ---------------------------------------------------------- */

/* One in the modules' arena, for what a load did not make, with one reference;
 * NULL if there is no memory. */
struct loaded *runtime_new(struct bootlink_modules *modules, span name);

/* Enters one as the last that was started. */
void runtime_enter(struct bootlink_modules *modules, struct loaded *loaded);
void runtime_remove(struct bootlink_modules *modules, struct loaded *loaded);

/* ---- runtime_boot.c ----------------------------------------------------- */

/* Enters the kernel and the modules that the boot info tells of. */
bool runtime_enter_boot(struct bootlink_modules *modules);

/* ---- runtime_exports.c -------------------------------------------------- */

/* Enters what a module exports; false if there is no memory. */
bool exported_enter(struct bootlink_modules *modules, struct loaded *loaded);
void exported_remove(struct bootlink_modules *modules, struct loaded *loaded);

/* The first of those who export the name, or NULL. */
const struct exported *exported_find(const struct bootlink_modules *modules,
                                     span name);

/* ---- runtime_imports.c -------------------------------------------------- */

enum {
    LOAD_MOST_SEARCHES = 16
}; /* of a module that was built for another
      kernel, and lacks hundreds of names */

/* One load, while its module is linked. */
struct load {
    struct bootlink_modules *modules;
    span path, parameters;
    const struct loaded *again;  /* that is loaded, and linked once more; NULL:
                                    it goes where there is room */
    struct bootlink_image image; /* what is there of it */
    struct arena arena;
    struct bootlink_loaded **needs; /* whose exports it uses, each once */
    uint64_t need_count, need_capacity;
    unsigned searches; /* for similar names, so far */
};

static inline const struct bootlink_world *load_world(const struct load *load)
{
    return &load->modules->kernel.world;
}

/* Meets MODULE_REQUIRES, or reports what is missing or too old. */
bool load_require(struct load *load);

/* For the request of a link, with the load as their context. */
const struct bootlink_export *load_find_import(void *load, span name);
span load_explain(void *load, span name, char *buffer, size_t size);

/* ---- runtime_place.c ---------------------------------------------------- */

/* Finds room for a module; `modules` is the context of request->place. */
bool runtime_place(void *modules, uint64_t size, uint64_t *base);

/* ---- runtime_load.c ----------------------------------------------------- */

/* Links a module, and nothing else. */
bool load_link(struct load *load);

/* ---- runtime_keep.c ----------------------------------------------------- */

/* Copies what stays of a linked image. NULL if there is no memory. */
struct loaded *runtime_keep(struct bootlink_modules *modules,
                            const struct bootlink_image *image, span path,
                            span parameters);

/* ---- runtime_unload.c --------------------------------------------------- */

typedef void plain_function(void);

/* Calls function(argument), which calls a module; false if that does not come
 * back. */
bool runtime_run(const struct bootlink_modules *modules,
                 const struct loaded *loaded, void (*function)(void *argument),
                 void *argument);

/* Runs the exit function, if that is wanted, and the finalisers; false if they
 * do not come back. */
bool runtime_finish(const struct bootlink_modules *modules,
                    const struct loaded *loaded, bool with_exit);

/* Gives back what a module is in, and the module; it is mapped or not. */
void runtime_release(struct bootlink_modules *modules, struct loaded *loaded,
                     bool is_mapped);

/* ---- runtime_relocations.c, runtime_shared.c ----------------------------- */

/* A module that is linked once more, and who looks on. */
struct listing {
    struct link *link;
    void *context;
    bool (*visit)(void *context, const struct bootlink_applied *applied);
};

/* Shows the relocations of a shared object. */
void runtime_show_shared(const struct listing *listing);

#endif
