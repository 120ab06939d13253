/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who needs whom. Receives what each module refers to and what it requires by
 * name; afterwards every need has the module, or the kernel, that meets it. A
 * reference that nobody meets is no error yet: the link of the module reports
 * it with its place, unless it is weak.
 */
#include "modules.h"

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

static void resolve_symbol(const struct modules *modules,
                           struct module_node *node, struct module_need *need)
{
    const struct symbol *symbol = module_kernel_symbol(modules, need->symbol);
    if (module_is_kernel_export(modules, symbol)) {
        need->module = MODULES_KERNEL;
        return;
    }
    need->export = module_find_export(modules, need->symbol);
    if (need->export)
        need->module = need->export->owner;
    else if (modules->has_unreadable && !need->is_weak)
        node->is_uncertain = true;
}

static void settle_needs(struct modules *modules)
{
    for (uint64_t i = 0; i < modules->count; i++)
        for (uint64_t n = 0; n < modules->nodes[i].need_count; n++)
            module_settle_need(modules, modules->nodes[i].needs[n].symbol);
}

bool module_resolve_needs(struct modules *modules)
{
    settle_needs(modules);
    for (uint64_t i = 0; i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        for (uint64_t n = 0; n < node->need_count; n++)
            resolve_symbol(modules, node, &node->needs[n]);
    }
    return !modules->arena->failed;
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
