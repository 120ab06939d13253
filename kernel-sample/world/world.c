/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The world of the linker in this kernel: the four functions of
 * bootlink/link.h, and the three of bootlink/modules.h that map a module and
 * run it. `host` is always struct world.
 */
#include "world.h"

/* ---- Files -------------------------------------------------------------- */

static const char modules_folder[] = "modules/";

/* Whether `name` is what follows `skipped` bytes of the file's name. */
static bool is_rest_of(struct bootlink_text path, size_t skipped,
                       struct bootlink_span name)
{
    return path.size == skipped + name.size &&
           memcmp(path.data + skipped, name.data, name.size) == 0;
}

const struct bootlink_file *file_named(const struct kernel *kernel,
                                       struct bootlink_span name)
{
    size_t folder = strlen(modules_folder);
    for (uint64_t i = 0; i < kernel->info.file_count; i++) {
        const struct bootlink_file *file = &kernel->info.files[i];
        if (is_rest_of(file->name, 0, name))
            return file;
        if (strncmp(file->name.data, modules_folder, folder) == 0 &&
            is_rest_of(file->name, folder, name))
            return file;
    }
    return NULL;
}

static bool give_file(void *host, struct bootlink_span name,
                      struct bootlink_span *bytes)
{
    const struct world *world = host;
    const struct bootlink_file *file = file_named(world->kernel, name);
    if (file && bytes)
        *bytes = (struct bootlink_span){file->data, file->size};
    return file != NULL;
}

/* ---- Memory ------------------------------------------------------------- */

/* Scratch and images alike: pages that are written in the direct map. */
static bool give_memory(void *host, enum bootlink_memory_kind kind,
                        uint64_t size, uint64_t align, uint64_t wanted,
                        struct bootlink_memory *block)
{
    struct world *world = host;
    (void)kind;
    if (wanted != BOOTLINK_ANYWHERE ||
        !pages_take(world, size, align, &block->physical))
        return false;
    block->data = direct(world, block->physical);
    block->size = size;
    block->is_zero = false;
    return true;
}

static void take_back(void *host, enum bootlink_memory_kind kind,
                      struct bootlink_memory block)
{
    (void)kind;
    pages_give(host, block.physical, block.size);
}

/* ---- Messages ----------------------------------------------------------- */

static void report(void *host, const struct bootlink_diagnostic *diagnostic)
{
    static const char *const severities[] = {
        [BOOTLINK_ERROR] = "error: ",
        [BOOTLINK_WARNING] = "warning: ",
        [BOOTLINK_NOTE] = "note: ",
    };
    (void)host;
    print("%s%.*s\n", severities[diagnostic->severity],
          (int)diagnostic->text.size, diagnostic->text.data);
}

/* ---- The modules of the boot -------------------------------------------- */

/* One that is unloaded has no size any more, for whoever reads the boot info.
 */
static void forget_boot_module(const struct kernel *kernel, uint64_t address)
{
    for (uint64_t i = 0; i < kernel->info.module_count; i++) {
        struct bootlink_module *module =
            (struct bootlink_module *)&kernel->info.modules[i];
        if (module->address == address)
            module->size = 0;
    }
}

/* ---- Pages of a module -------------------------------------------------- */

/* What is not writable in the module must not be writable in the direct map,
 * either, as long as it is mapped. */
static bool close_direct_map(struct world *world,
                             const struct bootlink_segment *segment,
                             unsigned permissions)
{
    uint64_t address = (uint64_t)direct(world, segment->physical);
    return segment->permissions & BOOTLINK_WRITE ||
           protect(world, address, segment->size, permissions);
}

static bool map_segment(struct world *world,
                        const struct bootlink_segment *segment)
{
    return close_direct_map(world, segment, READ) &&
           map(world, segment->address, segment->physical, segment->size,
               segment->permissions);
}

static void unmap_module(void *host, const struct bootlink_segment *segments,
                         size_t count)
{
    const struct world *world = host;
    if (count > 0)
        forget_boot_module(world->kernel, segments[0].address);
    for (size_t i = 0; i < count; i++) {
        unmap(host, segments[i].address, segments[i].size);
        close_direct_map(host, &segments[i], READ | WRITE);
    }
}

static bool map_module(void *host, const struct bootlink_segment *segments,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!map_segment(host, &segments[i])) {
            unmap_module(host, segments, i + 1);
            print("error: no memory for page tables; unload a module\n");
            return false;
        }
    }
    return true;
}

/* ---- Faults ------------------------------------------------------------- */

/* A module's own functions may fault: then the fault ends them. */
static bool run_module(void *host, const struct bootlink_loaded *module,
                       void (*function)(void *), void *argument)
{
    (void)host;
    (void)module;
    return survives(function, argument);
}

/* ---- The library -------------------------------------------------------- */

bool world_open(struct world *world, struct kernel *kernel)
{
    *world = (struct world){.kernel = kernel};
    pages_init(world);
    const struct bootlink_kernel needs = {
        .world = {world, give_file, give_memory, take_back, report},
        .map = map_module,
        .unmap = unmap_module,
        .run = run_module,
        .info = kernel->given,
        .shared = &bootlink_shared,
    };
    world->modules = bootlink_modules_open(&needs);
    if (world->modules)
        names_init(world->modules);
    return world->modules != NULL;
}
