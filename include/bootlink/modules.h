/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Modules in a running kernel: load, look up, unload. In meaning dlopen, dlsym
 * and dlclose; by the linker that linked the kernel when it booted.
 *
 *     struct bootlink_kernel kernel = {.world = ..., .map = ..., .unmap = ...,
 *                                      .info = info};
 *     struct bootlink_modules *modules = bootlink_modules_open(&kernel);
 *     struct bootlink_loaded *hello = bootlink_load(modules, path, parameters);
 *     greet = (void (*)(void))bootlink_symbol(modules, hello, name);
 *     bootlink_unload(modules, hello);
 *
 * A module is one object, an archive, or several objects joined by `ld -r`, as
 * at boot. It sees what the kernel and other modules export, and nothing else.
 *
 * Every function that can fail has told world.report why, and has changed
 * nothing. Nothing here locks: a kernel with several processors or threads lets
 * one call at a time in. bootlink_find, bootlink_print_address and
 * bootlink_symbol take no memory and write none, so that a fault handler may
 * call them.
 *
 * loader/README.md, "In a kernel of yours", has a whole world to begin with.
 */
#ifndef BOOTLINK_INCLUDE_MODULES_H
#define BOOTLINK_INCLUDE_MODULES_H

#include "bootinfo.h"
#include "link.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bootlink_modules; /* the library's own */
struct bootlink_loaded;  /* below */

/* ---- The kernel --------------------------------------------------------- */

/* What the library needs of a running kernel. */
struct bootlink_kernel {
    /* file() finds modules. Of memory() only two kinds are asked for:
     *
     *   BOOTLINK_MEMORY_SCRATCH  4 KiB and more, which the kernel itself reads
     *                            and writes. All but what is kept of a module
     *                            is given back when a load ends
     *   BOOTLINK_MEMORY_IMAGE    what a module will be in: pages, in one piece.
     *                            Bytes are written through `data`, for instance
     *                            the direct map, before they are mapped where
     *                            the module was linked to; `physical` is what
     *                            `map` will be told of */
    struct bootlink_world world;

    /* Maps a module's pages: `count` runs, each with its permissions, at
     * virtual addresses where nothing is. What is to be executed must not stay
     * writable through `data`. False, after reporting, if that cannot be done:
     * then nothing is mapped. */
    bool (*map)(void *host, const struct bootlink_segment *segments,
                size_t count);

    /* Takes away what `map` mapped, on every processor, before the memory is
     * released. */
    void (*unmap)(void *host, const struct bootlink_segment *segments,
                  size_t count);

    /* Calls function(argument), which runs a module's constructors and init
     * function, or its exit function and finalisers. False if that did not come
     * back, since the kernel has ended it after a fault. NULL: it is simply
     * called. */
    bool (*run)(void *host, const struct bootlink_loaded *module,
                void (*function)(void *argument), void *argument);

    /* What Bootlink handed over: what the kernel and the modules of the boot
     * export, and what they consist of. NULL: a program that Bootlink did not
     * boot, such as a test, which exports what follows. */
    const struct bootlink_info *info;
    const struct bootlink_export *exports;
    size_t export_count;

    /* &bootlink_shared, or NULL: shared objects are refused. They cost 20 KiB
     * of code; what their DT_NEEDED name must be loaded already. */
    const struct link_shared *shared;

    /* Virtual addresses for modules, which nobody else uses: [low, high), whole
     * pages. With both 0 what is left of the 2 GiB that begin with the kernel,
     * behind it and the modules of the boot, but for the last 2 MiB of the
     * address space. */
    uint64_t low, high;
};

/* NULL if there is no memory, or the boot info is not that of a Bootlink that
 * knows of exports. `kernel` is copied; what it points to must stay. The init
 * functions of the boot's modules must have been called. */
struct bootlink_modules *
bootlink_modules_open(const struct bootlink_kernel *kernel);

/* Gives back what the library keeps. Modules stay as they are. */
void bootlink_modules_close(struct bootlink_modules *modules);

/* ---- What is loaded ------------------------------------------------------ */

/* The kernel, or a module; to be read only. */
struct bootlink_loaded {
    struct bootlink_loaded *next; /* the kernel first, then modules in the order
                                     in which they were started */
    struct bootlink_span name;    /* "kernel", or "hello" of hello.ko */
    struct bootlink_span path;    /* of its file; empty: not known */
    struct bootlink_span version, description; /* empty: it does not say */
    struct bootlink_span parameters;

    uint64_t low, high;  /* virtual range [low, high), whole pages */
    uint64_t init, exit; /* virtual; 0: none */

    bool is_kernel;
    bool is_of_boot;     /* the kernel, or Bootlink linked it at boot */
    uint64_t references; /* how often it was loaded, less how often unloaded */
    uint64_t user_count; /* modules that use what it exports */
    struct bootlink_loaded *const *needs; /* the modules whose exports it uses
                                             itself */
    size_t need_count;

    const struct bootlink_export *exports;
    size_t export_count;

    /* Of what was loaded by this library; none of what the boot did, which is
     * in the boot info. */
    const struct bootlink_segment *segments;
    size_t segment_count;
    const struct bootlink_section *sections; /* without `data` */
    size_t section_count;
    const struct bootlink_symbol *symbols; /* ascending by address */
    size_t symbol_count;
};

/* The kernel; the modules are behind it. */
struct bootlink_loaded *
bootlink_loaded_first(const struct bootlink_modules *modules);

/* The module of that name (`-` and `_` are one), or NULL. */
struct bootlink_loaded *
bootlink_loaded_named(const struct bootlink_modules *modules,
                      struct bootlink_span name);

/* ---- Load and unload ----------------------------------------------------- */

/* Links the module in file `path`, maps it, and starts it: its parameters are
 * set, constructors run, then its init function gets the whole text of
 * parameters. If that returns anything but 0 or does not return, or anything
 * before it fails, all is taken back, and the answer is NULL. Functions of a
 * module that the library calls must not load or unload modules.
 *
 * A module whose name is loaded already, from the same path, only has one more
 * reference; parameters are then ignored, with a note. */
struct bootlink_loaded *bootlink_load(struct bootlink_modules *modules,
                                      struct bootlink_span path,
                                      struct bootlink_span parameters);

/* Takes back one reference. With the last one the module ends: its exit
 * function runs, then finalisers in reverse, its pages are unmapped and given
 * back, and `module` is no more. False, after saying why: others use it (they
 * are named), it is the kernel, its exit function does not return, or it has an
 * init function but no exit function, so that nobody can say what still points
 * to it. Then it stays, with its reference.
 *
 * A module of the boot has one reference, and can be unloaded likewise. Its
 * memory is not from world.memory: world.release gets its physical range, with
 * `data` in the direct map. */
bool bootlink_unload(struct bootlink_modules *modules,
                     struct bootlink_loaded *module);

/* ---- Look up ------------------------------------------------------------- */

/* The address of a symbol of `module`, or, if that is NULL, of whatever defines
 * it: exports come before what is not exported, and the kernel before modules.
 * 0: there is none. */
uint64_t bootlink_symbol(const struct bootlink_modules *modules,
                         const struct bootlink_loaded *module,
                         struct bootlink_span name);

/* Shows every symbol, module by module, ascending by address, until `visit`
 * returns false. */
void bootlink_each_symbol(const struct bootlink_modules *modules, void *context,
                          bool (*visit)(void *context,
                                        const struct bootlink_loaded *module,
                                        const struct bootlink_symbol *symbol));

/* What lies at an address. What is not known is empty. */
struct bootlink_place {
    const struct bootlink_loaded *module;
    struct bootlink_span section;  /* output section */
    struct bootlink_span file;     /* input: "hello.ko", "net.a(tcp.o)" */
    struct bootlink_symbol symbol; /* the last one that begins at or before the
                                      address; no name: there is none */
};

/* False if the address is in neither the kernel nor a module. */
bool bootlink_find(const struct bootlink_modules *modules, uint64_t address,
                   struct bootlink_place *place);

/* For backtraces: "function+0x1c/0x40 [module]", where 0x40 is the size of the
 * function; of the kernel without the brackets; without a symbol a number. Cut
 * to fit; with a final NUL, which is not counted. Returns its size. */
size_t bootlink_print_address(const struct bootlink_modules *modules,
                              uint64_t address, char *buffer, size_t size);

/* A relocation as it was applied [psABI 4.4]. */
struct bootlink_applied {
    struct bootlink_span file, section;  /* input, that it applies to ... */
    uint64_t offset;                     /* ... at this place */
    struct bootlink_span type;           /* "R_X86_64_PLT32" */
    struct bootlink_span symbol;         /* its name, or that of a section */
    uint64_t s;                          /* the symbol's address */
    int64_t a;                           /* the addend */
    uint64_t p;                          /* the address of the place */
    const unsigned char *before, *after; /* the place's bytes: in the file, and
                                            in memory when it was linked ... */
    unsigned width;                      /* ... so many of them */
};

/* Shows the relocations of a module until `visit` returns false. Nothing is
 * kept for that: its file is linked once more, to where it lies, but elsewhere
 * in memory, which is given back. False, after reporting, if that fails, or if
 * the code that comes out is not what is in memory, since the file is another
 * one by now. */
bool bootlink_relocations(
    struct bootlink_modules *modules, const struct bootlink_loaded *module,
    void *context,
    bool (*visit)(void *context, const struct bootlink_applied *applied));

#ifdef __cplusplus
}
#endif

#endif
