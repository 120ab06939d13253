/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is loaded in a running kernel: the kernel itself, then modules in the
 * order in which they were started.
 */
#include "marks.h"
#include "runtime.h"

/* ---- The lists ---------------------------------------------------------- */

void runtime_enter(struct bootlink_modules *modules, struct loaded *loaded)
{
    struct bootlink_loaded **last = &modules->first;
    struct loaded **above = &modules->lowest;
    while (*last)
        last = &(*last)->next;
    *last = &loaded->seen;
    while (*above && (*above)->seen.low < loaded->seen.low)
        above = &(*above)->next_above;
    loaded->next_above = *above;
    *above = loaded;
}

void runtime_remove(struct bootlink_modules *modules, struct loaded *loaded)
{
    struct bootlink_loaded **place = &modules->first;
    struct loaded **above = &modules->lowest;
    while (*place != &loaded->seen)
        place = &(*place)->next;
    *place = loaded->seen.next;
    while (*above != loaded)
        above = &(*above)->next_above;
    *above = loaded->next_above;
}

struct bootlink_loaded *
bootlink_loaded_first(const struct bootlink_modules *modules)
{
    return modules->first;
}

struct bootlink_loaded *
bootlink_loaded_named(const struct bootlink_modules *modules, span name)
{
    struct bootlink_loaded *loaded = modules->first->next;
    while (loaded && !marks_same_name(loaded->name, name))
        loaded = loaded->next;
    return loaded;
}

/* ---- Open and close ------------------------------------------------------ */

struct loaded *runtime_new(struct bootlink_modules *modules, span name)
{
    struct loaded *loaded = arena_new(&modules->arena, struct loaded);
    if (!loaded)
        return NULL;
    loaded->seen.name = name;
    loaded->seen.is_of_boot = true;
    loaded->seen.references = 1;
    loaded->boot_index = BOOTLINK_OF_KERNEL;
    loaded->arena = arena_open(&modules->kernel.world, BOOTLINK_MEMORY_SCRATCH);
    return loaded;
}

/* The kernel of a program that Bootlink did not boot: it lies nowhere. */
static bool enter_program(struct bootlink_modules *modules)
{
    struct loaded *kernel = runtime_new(modules, SPAN("kernel"));
    if (!kernel)
        return false;
    kernel->seen.is_kernel = true;
    kernel->seen.exports = modules->kernel.exports;
    kernel->seen.export_count = modules->kernel.export_count;
    runtime_enter(modules, kernel);
    return exported_enter(modules, kernel);
}

struct bootlink_modules *
bootlink_modules_open(const struct bootlink_kernel *kernel)
{
    struct arena arena = arena_open(&kernel->world, BOOTLINK_MEMORY_SCRATCH);
    struct bootlink_modules *modules =
        arena_new(&arena, struct bootlink_modules);
    if (!modules) {
        arena_close(&arena);
        return NULL;
    }
    modules->kernel = *kernel;
    modules->arena = arena;
    modules->arena.world = &modules->kernel.world;
    if (kernel->info ? runtime_enter_boot(modules) : enter_program(modules))
        return modules;
    bootlink_modules_close(modules);
    return NULL;
}

/* Each arena holds what it belongs to. */
void bootlink_modules_close(struct bootlink_modules *modules)
{
    struct bootlink_loaded *next;
    for (struct bootlink_loaded *l = modules->first; l; l = next) {
        struct arena arena = loaded_of(l)->arena;
        next = l->next;
        arena_close(&arena);
    }
    struct bootlink_kernel kernel = modules->kernel;
    struct arena arena = modules->arena;
    arena.world = &kernel.world;
    arena_close(&arena);
}
