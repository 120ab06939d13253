/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module ends: its exit function, finalisers, and then its pages go back.
 */
#include "runtime.h"

enum { LONGEST_LIST = 512 };

/* ---- May it end? --------------------------------------------------------- */

static bool uses(const struct bootlink_loaded *user,
                 const struct bootlink_loaded *used)
{
    for (size_t i = 0; i < user->need_count; i++)
        if (user->needs[i] == used)
            return true;
    return false;
}

static bool report_users(const struct bootlink_modules *modules,
                         const struct bootlink_loaded *used)
{
    char text[LONGEST_LIST];
    size_t size = 0;
    for (const struct bootlink_loaded *l = modules->first; l; l = l->next)
        if (uses(l, used))
            size += text_print(text + size, sizeof(text) - size, "%s%.*s",
                               size ? ", " : "", SPAN_ARGS(l->name))
                        .size;
    return report_error(&modules->kernel.world, BOOTLINK_REFUSED,
                        "%.*s: is in use by %.*s; unload these first",
                        SPAN_ARGS(used->name), (int)size, text);
}

static bool may_end(const struct bootlink_modules *modules,
                    const struct bootlink_loaded *loaded)
{
    const struct bootlink_world *world = &modules->kernel.world;
    if (loaded->is_kernel)
        return report_error(world, BOOTLINK_REFUSED,
                            "the kernel cannot be unloaded");
    if (loaded->user_count)
        return report_users(modules, loaded);
    return !loaded->init || loaded->exit ||
           report_error(world, BOOTLINK_REFUSED,
                        "%.*s: has module_init but no module_exit, so nobody "
                        "can say what still points to it; it stays",
                        SPAN_ARGS(loaded->name));
}

/* ---- The end ------------------------------------------------------------- */

bool runtime_run(const struct bootlink_modules *modules,
                 const struct loaded *loaded, void (*function)(void *argument),
                 void *argument)
{
    const struct bootlink_kernel *kernel = &modules->kernel;
    if (kernel->run)
        return kernel->run(kernel->world.host, &loaded->seen, function,
                           argument);
    function(argument);
    return true;
}

struct finish {
    const struct loaded *loaded;
    bool with_exit;
};

static void call_finish(void *context)
{
    const struct finish *finish = context;
    const struct loaded *loaded = finish->loaded;
    const uint64_t *finalisers =
        (const uint64_t *)(uintptr_t)loaded->fini_array;
    if (finish->with_exit && loaded->seen.exit)
        ((plain_function *)(uintptr_t)loaded->seen.exit)();
    for (uint64_t i = loaded->fini_count; i-- > 0;)
        ((plain_function *)(uintptr_t)finalisers[i])();
}

bool runtime_finish(const struct bootlink_modules *modules,
                    const struct loaded *loaded, bool with_exit)
{
    struct finish finish = {loaded, with_exit};
    return runtime_run(modules, loaded, call_finish, &finish);
}

void runtime_release(struct bootlink_modules *modules, struct loaded *loaded,
                     bool is_mapped)
{
    const struct bootlink_kernel *kernel = &modules->kernel;
    const struct bootlink_loaded *seen = &loaded->seen;
    for (size_t i = 0; i < seen->need_count; i++)
        seen->needs[i]->user_count--;
    if (is_mapped && seen->is_of_boot)
        kernel->unmap(kernel->world.host, &loaded->whole, 1);
    else if (is_mapped)
        kernel->unmap(kernel->world.host, seen->segments, seen->segment_count);
    for (uint64_t i = 0; i < loaded->block_count; i++)
        kernel->world.release(kernel->world.host, BOOTLINK_MEMORY_IMAGE,
                              loaded->blocks[i]);
    struct arena arena = loaded->arena; /* the module lies in it */
    arena_close(&arena);
}

bool bootlink_unload(struct bootlink_modules *modules,
                     struct bootlink_loaded *module)
{
    struct loaded *loaded = loaded_of(module);
    if (module->references > 1) {
        module->references--;
        return true;
    }
    if (!may_end(modules, module))
        return false;
    if (!runtime_finish(modules, loaded, true))
        return report_error(&modules->kernel.world, BOOTLINK_REFUSED,
                            "%.*s: its exit function did not return, so it "
                            "stays",
                            SPAN_ARGS(module->name));
    exported_remove(modules, loaded);
    runtime_remove(modules, loaded);
    runtime_release(modules, loaded, true);
    return true;
}
