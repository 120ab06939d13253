/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who needs whom. Receives what each module refers to and what it requires by
 * name; afterwards every need has the module, or the kernel, that meets it. A
 * reference that nobody meets is no error yet: the link of the module reports
 * it with its place, unless it is weak.
 */
#include "modules.h"
#include "version.h"

static bool add_need(struct modules *modules, struct module_node *node,
                     struct module_need need)
{
    struct module_need *needs =
        arena_grow(modules->arena, node->needs, node->need_count,
                   &node->need_capacity, sizeof(*needs));
    if (!needs)
        return false;
    node->needs = needs;
    needs[node->need_count++] = need;
    return true;
}

bool module_add_needs(struct modules *modules, uint64_t index,
                      const struct link *link)
{
    struct module_node *node = &modules->nodes[index];
    for (const struct symbol *s = link->symbols.first; s; s = s->next) {
        if (s->state != SYMBOL_UNDEFINED || !s->is_referenced)
            continue;
        span name = arena_copy(modules->arena, s->name);
        if (!name.data ||
            !add_need(modules, node,
                      (struct module_need){.symbol = name,
                                           .module = MODULES_NOBODY,
                                           .is_weak = !s->is_needed}))
            return false;
    }
    return true;
}

/* ---- Symbols ------------------------------------------------------------- */

bool module_imports(const struct module_node *node, span name_space)
{
    uint64_t i = 0;
    while (i < node->name_space_count &&
           !span_equal(node->name_spaces[i], name_space))
        i++;
    return !name_space.size || i < node->name_space_count;
}

/* A namespace that is not imported hides what is in it. Libraries come first,
 * and are needed as a whole: see add_libraries(). */
static void resolve_symbol(const struct modules *modules,
                           struct module_node *node, struct module_need *need)
{
    span name = need->symbol;
    if (module_find_in_libraries(modules, node, name))
        return;
    const struct symbol *symbol = module_kernel_symbol(modules, name);
    if (module_is_kernel_export(modules, symbol)) {
        if (module_imports(node, module_kernel_name_space(modules, name)))
            need->module = MODULES_KERNEL;
        return;
    }
    const struct module_export *export = module_find_export(modules, name);
    if (!export)
        node->is_uncertain |= modules->has_unreadable && !need->is_weak;
    else if (module_imports(node, export->name_space)) {
        need->module = export->owner;
        need->export = export;
    }
}

/* ---- Modules by name ----------------------------------------------------- */

static struct version_need need_of(const struct modules *modules,
                                   const struct module_requirement *required)
{
    uint64_t index = module_by_name(modules, required->module);
    struct version_need need = {.module = required->module,
                                .version = required->version};
    if (span_is(required->module, "kernel")) {
        need.owner = SPAN("the kernel");
        need.own_version = modules->kernel->link->marks.version;
    } else if (index != MODULES_NOBODY) {
        need.owner = modules->nodes[index].path;
        need.own_version = modules->nodes[index].version;
    }
    return need;
}

/* Nobody knows the version of a module that is not good: then the other one is
 * left out for that. */
static bool require(struct modules *modules, struct module_node *node,
                    const struct module_requirement *required)
{
    uint64_t index = module_by_name(modules, required->module);
    bool is_module = index != MODULES_NOBODY;
    bool is_good = !is_module || modules->nodes[index].state == MODULE_GOOD;
    struct version_need need = need_of(modules, required);
    char text[512];
    span why;
    if (is_good && !version_is_met(&need, text, sizeof(text), &why))
        module_error(modules, node, BOOTLINK_UNDEFINED, "%.*s", SPAN_ARGS(why));
    return !is_module ||
           add_need(modules, node, (struct module_need){.module = index});
}

static bool require_all(struct modules *modules)
{
    bool ok = true;
    for (uint64_t i = 0; i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        bool is_good = node->state == MODULE_GOOD;
        for (uint64_t r = 0; ok && is_good && r < node->required_count; r++)
            ok = require(modules, node, &node->required[r]);
    }
    return ok;
}

/* ---- All of them --------------------------------------------------------- */

static void settle_needs(struct modules *modules)
{
    for (uint64_t i = 0; i < modules->count; i++) {
        const struct module_node *node = &modules->nodes[i];
        for (uint64_t n = 0; n < node->need_count; n++)
            if (!module_find_in_libraries(modules, node, node->needs[n].symbol))
                module_settle_need(modules, node->needs[n].symbol);
    }
}

/* A shared object needs all its libraries, whatever it uses of them. */
static bool add_libraries(struct modules *modules)
{
    bool ok = true;
    for (uint64_t i = 0; i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        const struct system_module_request *request = node->request;
        for (uint64_t n = 0; ok && n < request->needed_count; n++)
            ok = add_need(modules, node,
                          (struct module_need){.module = request->needed[n]});
    }
    return ok;
}

bool module_resolve_needs(struct modules *modules)
{
    settle_needs(modules);
    for (uint64_t i = 0; i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        for (uint64_t n = 0; n < node->need_count; n++)
            resolve_symbol(modules, node, &node->needs[n]);
    }
    return add_libraries(modules) && require_all(modules);
}

const struct module_need *module_lost_need(const struct modules *modules,
                                           const struct module_node *node)
{
    for (uint64_t i = 0; i < node->need_count; i++) {
        const struct module_need *need = &node->needs[i];
        if (!need->is_weak && need->module < modules->count &&
            modules->nodes[need->module].state != MODULE_GOOD)
            return need;
    }
    return NULL;
}
