/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts the modules. Bootlink has linked and ordered them: each comes after
 * those whose functions it calls.
 */
#include "kernel.h"

/* What a module may use of this kernel. */
EXPORT_SYMBOL(print);
EXPORT_SYMBOL(strncmp);
EXPORT_SYMBOL(strlen);

/* 0 for success, as the module's init function says. */
static int start(const struct bootlink_info *info, uint64_t index)
{
    const struct bootlink_module *module = &info->modules[index];
    print("     %s: %lu bytes at 0x%lx, parameters \"%s\"\n", module->name.data,
          module->size, module->address, module->parameters.data);
    return bootlink_module_start(info, index);
}

bool modules_start(struct kernel *kernel)
{
    const struct bootlink_info *info = &kernel->info;
#ifdef BREAK_MODULES
    kernel->info.modules++;
    kernel->info.module_count--;
#endif
    for (uint64_t i = 0; i < info->module_count; i++) {
        int status = start(info, i);
        if (status != 0) {
            detail(kernel, "%s returned %d", info->modules[i].name.data,
                   status);
            return false;
        }
    }
    detail(kernel, "%lu of them", info->module_count);
    return true;
}
