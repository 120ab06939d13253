/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the kernel gives the linker when it runs: memory, files, a way to say
 * what is wrong, and pages with permissions. Each part uses those above it.
 */
#ifndef WORLD_H
#define WORLD_H

#include "../kernel.h"

#include <bootlink/link.h>

/* ---- free_list.c: memory that nobody uses ------------------------------- */

/* A run of free bytes. It lies in those bytes itself. */
struct free_run {
    struct free_run *next; /* ascending by address, never touching */
    uint64_t size;
};

struct free_list {
    struct free_run *first;
    uint64_t size; /* of all runs */
};

/* `size` bytes, aligned to `align`, a power of two: their address, or 0. Both
 * are multiples of the size of struct free_run. */
uint64_t free_take(struct free_list *list, uint64_t size, uint64_t align);

void free_give(struct free_list *list, uint64_t address, uint64_t size);

/* ---- pages.c: physical memory ------------------------------------------- */

struct world {
    struct kernel *kernel;
    struct free_list pages;           /* by their addresses in the direct map */
    struct bootlink_modules *modules; /* the library's */
};

/* Collects what the memory map calls usable. */
void pages_init(struct world *world);

/* `size` bytes in whole pages, one behind the other: false if there are none.
 */
bool pages_take(struct world *world, uint64_t size, uint64_t align,
                uint64_t *physical);
void pages_give(struct world *world, uint64_t physical, uint64_t size);

/* How many pages are free. */
uint64_t pages_left(const struct world *world);

/* Where physical memory can be read and written. */
void *direct(const struct world *world, uint64_t physical);

/* ---- mapping.c: pages at virtual addresses ------------------------------ */

/* Maps `size` bytes at `address`, where nothing is yet. False: there is no
 * memory for page tables, and nothing is mapped. */
bool map(struct world *world, uint64_t address, uint64_t physical,
         uint64_t size, unsigned permissions);
void unmap(struct world *world, uint64_t address, uint64_t size);

/* Changes what may be done with pages that are mapped. */
bool protect(struct world *world, uint64_t address, uint64_t size,
             unsigned permissions);

/* ---- names.c ------------------------------------------------------------ */

/* Lets backtraces and commands know the symbols of what is loaded. */
void names_init(const struct bootlink_modules *modules);

/* ---- world.c: the linker's world ---------------------------------------- */

/* Opens the library: what the boot has linked is known to it then. False, after
 * saying why, if that cannot be. */
bool world_open(struct world *world, struct kernel *kernel);

/* The file that the loader has passed: "modules/hello.ko", or "hello.ko". */
const struct bootlink_file *file_named(const struct kernel *kernel,
                                       struct bootlink_span name);

#endif
