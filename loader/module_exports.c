/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who offers a name. Receives the kernel, which is linked, and the globals of
 * each module as it is opened.
 *
 * What several images offer nobody can mean, so it is an error of the one that
 * can be left out, else of the one that comes last: if they mark it by
 * EXPORT_SYMBOL, always; if it is there for want of any mark, as a helper that
 * was not made static, only when another one needs it.
 */
#include "modules.h"

#include <elf.h>

/* What modules define under one name. */
struct module_name {
    struct module_export *first, *last; /* of those that offer it */
    uint64_t hidden_owner;              /* the first that keeps it for itself */
    bool is_settled[2]; /* at most one offers it: of those that mark it; of all
                         */
};

/* ---- The kernel ---------------------------------------------------------- */

/* A thread-local variable has no address that another image could use. */
const struct symbol *module_kernel_symbol(const struct modules *modules,
                                          span name)
{
    const struct symbol *symbol = symbol_find(modules->kernel->link, name);
    if (!symbol || symbol->type == STT_TLS || !symbol_has_address(symbol))
        return NULL;
    return symbol;
}

bool module_is_kernel_export(const struct modules *modules,
                             const struct symbol *symbol)
{
    return symbol && exports_offer(modules->kernel->link, symbol);
}

span module_kernel_name_space(const struct modules *modules, span name)
{
    return marks_name_space(&modules->kernel->link->marks, name);
}

/* ---- Modules ------------------------------------------------------------- */

static struct module_name *find_name(const struct modules *modules, span name)
{
    const struct symbol *symbol = symbol_table_find(&modules->names, name);
    return symbol ? (struct module_name *)(uintptr_t)symbol->value : NULL;
}

/* The entry of a name, with the name as it stays. */
static struct module_name *enter_name(struct modules *modules, span name,
                                      span *copy)
{
    struct arena *arena = modules->arena;
    struct symbol *symbol = symbol_table_find(&modules->names, name);
    if (!symbol) {
        struct module_name *made = arena_new(arena, struct module_name);
        span own = arena_copy(arena, name);
        if (!made || !own.data)
            return NULL;
        made->hidden_owner = MODULES_NOBODY;
        symbol = symbol_table_enter(arena, &modules->names, own);
        if (!symbol)
            return NULL;
        symbol->value = (uintptr_t)made;
    }
    *copy = symbol->name;
    return (struct module_name *)(uintptr_t)symbol->value;
}

static bool add_export(struct modules *modules, struct module_export export,
                       bool is_offered)
{
    struct module_node *node = &modules->nodes[export.owner];
    struct module_name *name = enter_name(modules, export.name, &export.name);
    if (!name)
        return false;
    if (!is_offered) {
        if (name->hidden_owner == MODULES_NOBODY)
            name->hidden_owner = export.owner;
        return true;
    }
    struct module_export *made =
        arena_new(modules->arena, struct module_export);
    if (!made)
        return false;
    *made = export;
    made->next = node->exports;
    node->exports = made;
    *(name->first ? &name->last->next_of_name : &name->first) = made;
    name->last = made;
    return true;
}

bool module_add_exports(struct modules *modules, uint64_t index,
                        const struct link *link)
{
    for (const struct symbol *s = link->symbols.first; s; s = s->next) {
        bool is_defined = s->state == SYMBOL_DEFINED ||
                          s->state == SYMBOL_COMMON ||
                          s->state == SYMBOL_ABSOLUTE;
        if (!is_defined || s->type == STT_TLS)
            continue;
        span name_space = marks_name_space(&link->marks, s->name);
        struct module_export export = {
            .name = s->name,
            .name_space = arena_copy(modules->arena, name_space),
            .owner = index,
            .is_marked = s->is_exported};
        if (!add_export(modules, export, exports_offer(link, s)))
            return false;
    }
    return true;
}

/* The first of a list that is of a good module. */
static struct module_export *first_good(const struct modules *modules,
                                        struct module_export *export)
{
    while (export && modules->nodes[export->owner].state != MODULE_GOOD)
        export = export->next_of_name;
    return export;
}

struct module_export *module_find_export(const struct modules *modules,
                                         span name)
{
    const struct module_name *entry = find_name(modules, name);
    struct module_export *first = entry ? entry->first : NULL;
    struct module_export *good = first_good(modules, first);
    return good ? good : first;
}

static bool names_library(const struct module_node *node, uint64_t index)
{
    const struct system_module_request *request = node->request;
    uint64_t i = 0;
    while (i < request->needed_count && request->needed[i] != index)
        i++;
    return i < request->needed_count;
}

struct module_export *module_find_in_libraries(const struct modules *modules,
                                               const struct module_node *node,
                                               span name)
{
    const struct module_name *entry =
        node->request->needed_count ? find_name(modules, name) : NULL;
    struct module_export *export = entry ? entry->first : NULL;
    while (export && !names_library(node, export->owner))
        export = export->next_of_name;
    return export;
}

uint64_t module_find_hidden(const struct modules *modules, span name)
{
    const struct module_name *entry = find_name(modules, name);
    return entry ? entry->hidden_owner : MODULES_NOBODY;
}

/* ---- Two of a name ------------------------------------------------------- */

static void report_two(struct modules *modules, struct module_node *node,
                       span name, span other)
{
    module_error(modules, node, BOOTLINK_DUPLICATE,
                 "exports '%.*s', and so does %.*s; rename it in one (if "
                 "nobody else is to use it: make it static), or leave this "
                 "module out",
                 SPAN_ARGS(name), SPAN_ARGS(other));
}

static void refuse_two(struct modules *modules,
                       const struct module_export *first,
                       const struct module_export *second)
{
    struct module_node *a = &modules->nodes[first->owner];
    struct module_node *b = &modules->nodes[second->owner];
    if (module_is_optional(a) && !module_is_optional(b))
        report_two(modules, a, first->name, b->path);
    else
        report_two(modules, b, first->name, a->path);
}

static void refuse_kernels(struct modules *modules, const struct symbol *symbol,
                           const struct module_export *export)
{
    char text[512];
    span other = SPAN("the kernel");
    if (symbol->object)
        other = text_print(text, sizeof(text), "the kernel (%.*s)",
                           SPAN_ARGS(symbol->object->name));
    report_two(modules, &modules->nodes[export->owner], export->name, other);
}

/* Leaves at most one image that offers the name; of those that do not mark it
 * only if everything counts. */
static void settle(struct modules *modules, span name, bool everything)
{
    struct module_name *entry = find_name(modules, name);
    const struct symbol *symbol = module_kernel_symbol(modules, name);
    if (!entry || entry->is_settled[everything])
        return;
    entry->is_settled[everything] = true;
    bool of_kernel = module_is_kernel_export(modules, symbol) &&
                     (everything || symbol->is_exported);
    const struct module_export *kept = NULL;
    for (struct module_export *e = first_good(modules, entry->first); e;
         e = first_good(modules, e->next_of_name)) {
        if (!everything && !e->is_marked)
            continue;
        if (of_kernel)
            refuse_kernels(modules, symbol, e);
        else if (kept)
            refuse_two(modules, kept, e);
        if (modules->nodes[e->owner].state == MODULE_GOOD)
            kept = e;
    }
}

void module_settle_need(struct modules *modules, span name)
{
    settle(modules, name, true);
}

void module_settle_exports(struct modules *modules)
{
    for (uint64_t i = 0; i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        struct module_export *e = node->exports;
        for (; e && node->state == MODULE_GOOD; e = e->next)
            if (e->is_marked)
                settle(modules, e->name, false);
    }
}
