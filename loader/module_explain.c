/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What modules may use, when they are linked: an address, or why there is none.
 */
#include "imports.h"
#include "modules.h"

/* For the nearest name: a module built against another kernel has hundreds of
 * such names. */
enum { MOST_SEARCHES = 16 };

/* ---- Addresses ----------------------------------------------------------- */

/* True if it is the kernel's or, by a module that is linked, exported. */
static bool find(const struct modules *modules, span name,
                 struct bootlink_export *import)
{
    const struct symbol *symbol = module_kernel_symbol(modules, name);
    const struct module_export *export;
    import->name = name;
    if (module_is_kernel_export(modules, symbol)) {
        import->address = symbol_target(modules->kernel->link, symbol);
        import->name_space = module_kernel_name_space(modules, name);
        return true;
    }
    export = module_find_export(modules, name);
    if (!export || !export->is_placed ||
        modules->nodes[export->owner].state != MODULE_GOOD)
        return false;
    import->address = export->address;
    import->name_space = export->name_space;
    return true;
}

const struct bootlink_export *module_find_import(void *context, span name)
{
    struct modules *modules = context;
    struct bootlink_export *import = &modules->import;
    return find(modules, name, import) &&
                   module_imports(modules->reporter.node, import->name_space)
               ? import
               : NULL;
}

/* ---- Why there is none --------------------------------------------------- */

static span owner_text(const struct modules *modules,
                       const struct symbol *symbol, char *buffer, size_t size)
{
    if (!symbol->object)
        return text_print(buffer, size, "the kernel (%.*s)",
                          SPAN_ARGS(modules->kernel->link->script_name));
    return text_print(buffer, size, "the kernel (%.*s)",
                      SPAN_ARGS(symbol->object->name));
}

static void compare_all(struct modules *modules, struct import_trouble *trouble)
{
    const struct bootlink_image *kernel = modules->kernel;
    if (++modules->searches > MOST_SEARCHES)
        return;
    for (size_t i = 0; i < kernel->symbol_count; i++)
        if (kernel->symbols[i].is_exported)
            import_compare(trouble, kernel->symbols[i].name,
                           SPAN("the kernel"));
    for (uint64_t i = 0; i < modules->count; i++) {
        const struct module_node *node = &modules->nodes[i];
        const struct module_export *e = node->exports;
        for (; e && node != modules->reporter.node; e = e->next)
            import_compare(trouble, e->name, node->path);
    }
}

span module_explain(void *context, span name, char *buffer, size_t size)
{
    struct modules *modules = context;
    const struct symbol *symbol = module_kernel_symbol(modules, name);
    const struct module_export *export = module_find_export(modules, name);
    uint64_t hidden = module_find_hidden(modules, name);
    struct import_trouble trouble = {.name = name};
    char owner[256];
    if (symbol && (!export || module_is_kernel_export(modules, symbol))) {
        trouble.owner = owner_text(modules, symbol, owner, sizeof(owner));
        trouble.name_space = module_kernel_name_space(modules, name);
        trouble.is_hidden = !modules->kernel->link->marks.has_exports;
    } else if (export) {
        trouble.owner = modules->nodes[export->owner].path;
        trouble.name_space = export->name_space;
    } else if (hidden != MODULES_NOBODY) {
        trouble.owner = modules->nodes[hidden].path;
        trouble.is_hidden = !modules->nodes[hidden].marks_exports;
    } else {
        compare_all(modules, &trouble);
    }
    return import_explain(&trouble, buffer, size);
}
