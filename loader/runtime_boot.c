/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the boot has loaded, as the boot info tells of it: the kernel and its
 * modules, what they export, and who needs whom. All of it is running already.
 */
#include "runtime.h"

static span span_of_text(struct bootlink_text text)
{
    return (span){text.data, text.size};
}

/* ---- The list ------------------------------------------------------------ */

static bool enter_kernel(struct bootlink_modules *modules)
{
    const struct bootlink_info *info = modules->kernel.info;
    struct loaded *kernel = runtime_new(modules, SPAN("kernel"));
    if (!kernel)
        return false;
    kernel->seen.is_kernel = true;
    kernel->seen.version = span_of_text(info->kernel_version);
    kernel->seen.low = info->kernel_virtual.start;
    kernel->seen.high = kernel->seen.low + info->kernel_virtual.size;
    runtime_enter(modules, kernel);
    return true;
}

static void describe(struct loaded *loaded,
                     const struct bootlink_module *module,
                     const struct bootlink_module_info *more)
{
    struct bootlink_loaded *seen = &loaded->seen;
    seen->path = span_of_text(more->path);
    seen->version = span_of_text(more->version);
    seen->description = span_of_text(more->description);
    seen->parameters = span_of_text(module->parameters);
    loaded->base = seen->low = module->address;
    seen->high = module->address + module->size;
    seen->init = (uintptr_t)module->init;
    seen->exit = (uintptr_t)more->exit;
    loaded->fini_array = (uintptr_t)more->finalisers;
    loaded->fini_count = more->finaliser_count;
}

/* Where it lies, for the time when it is unloaded. */
static bool describe_memory(struct bootlink_modules *modules,
                            struct loaded *loaded,
                            const struct bootlink_module *module)
{
    uint64_t data = modules->kernel.info->direct_map + module->physical;
    loaded->whole = (struct bootlink_segment){.name = loaded->seen.name,
                                              .address = module->address,
                                              .physical = module->physical,
                                              .size = module->size};
    loaded->blocks = arena_new(&modules->arena, struct bootlink_memory);
    if (!loaded->blocks)
        return false;
    loaded->blocks[0] = (struct bootlink_memory){
        .data = (void *)(uintptr_t)data,
        .physical = module->physical,
        .size = module->size,
    };
    loaded->block_count = module->size != 0;
    return true;
}

static bool enter_module(struct bootlink_modules *modules, uint64_t index,
                         struct loaded **loaded)
{
    const struct bootlink_info *info = modules->kernel.info;
    const struct bootlink_module *module = &info->modules[index];
    *loaded = runtime_new(modules, span_of_text(module->name));
    if (!*loaded)
        return false;
    (*loaded)->boot_index = (uint32_t)index;
    describe(*loaded, module, &info->module_infos[index]);
    runtime_enter(modules, *loaded);
    return describe_memory(modules, *loaded, module);
}

static bool enter_needs(struct bootlink_modules *modules,
                        struct loaded *const *list, uint64_t index)
{
    const struct bootlink_module_info *more =
        &modules->kernel.info->module_infos[index];
    struct bootlink_loaded **needs = arena_array(
        &modules->arena, more->need_count, struct bootlink_loaded *);
    if (!needs)
        return false;
    for (uint64_t i = 0; i < more->need_count; i++) {
        needs[i] = &list[more->needs[i]]->seen;
        needs[i]->user_count++;
    }
    list[index]->seen.needs = needs;
    list[index]->seen.need_count = more->need_count;
    return true;
}

/* ---- What they export ---------------------------------------------------- */

static struct loaded *owner_of(const struct bootlink_modules *modules,
                               struct loaded *const *list,
                               const struct bootlink_info_export *export)
{
    return export->module == BOOTLINK_OF_KERNEL ? loaded_of(modules->first)
                                                : list[export->module];
}

/* Cuts one array into those of the kernel and of each module. */
static bool divide_exports(struct bootlink_modules *modules,
                           struct loaded *const *list)
{
    const struct bootlink_info *info = modules->kernel.info;
    struct bootlink_export *all = arena_array(
        &modules->arena, info->export_count, struct bootlink_export);
    if (!all)
        return false;
    for (uint64_t i = 0; i < info->export_count; i++)
        owner_of(modules, list, &info->exports[i])->seen.export_count++;
    for (struct bootlink_loaded *l = modules->first; l; l = l->next) {
        l->exports = all;
        all += l->export_count;
        l->export_count = 0;
    }
    for (uint64_t i = 0; i < info->export_count; i++) {
        const struct bootlink_info_export *export = &info->exports[i];
        struct bootlink_loaded *l = &owner_of(modules, list, export)->seen;
        struct bootlink_export *own = (struct bootlink_export *)l->exports;
        own[l->export_count++] = (struct bootlink_export){
            .name = span_of_text(export->name),
            .address = export->address,
            .name_space = span_of_text(export->name_space)};
    }
    return true;
}

static bool enter_exports(struct bootlink_modules *modules)
{
    bool ok = true;
    for (struct bootlink_loaded *l = modules->first; ok && l; l = l->next)
        ok = exported_enter(modules, loaded_of(l));
    return ok;
}

/* ---- The whole ----------------------------------------------------------- */

static bool check_info(const struct bootlink_modules *modules)
{
    const struct bootlink_info *info = modules->kernel.info;
    const char *known = (const char *)info + info->size;
    if (info->magic == BOOTLINK_INFO_MAGIC &&
        known >= (const char *)(&info->export_count + 1))
        return true;
    return report_error(&modules->kernel.world, BOOTLINK_UNSUPPORTED,
                        "the boot info does not say what the kernel exports; "
                        "boot it with a Bootlink that is as new as this "
                        "library");
}

bool runtime_enter_boot(struct bootlink_modules *modules)
{
    const struct bootlink_info *info = modules->kernel.info;
    if (!check_info(modules) || !enter_kernel(modules))
        return false;
    struct loaded **list =
        arena_array(&modules->arena, info->module_count, struct loaded *);
    bool ok = list != NULL;
    for (uint64_t i = 0; ok && i < info->module_count; i++)
        ok = enter_module(modules, i, &list[i]);
    for (uint64_t i = 0; ok && i < info->module_count; i++)
        ok = enter_needs(modules, list, i);
    return ok && divide_exports(modules, list) && enter_exports(modules);
}
