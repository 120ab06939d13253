/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Works out the order of modules from their symbols. Receives the linked kernel
 * and the modules as they lie in their files; afterwards `order` names every
 * module once, and each stands behind those whose exports it needs.
 *
 * A name that several images export belongs to one of them:
 *
 *   1. the kernel
 *   2. the module that comes first in the request
 */
#include "modules.h"

#include <elf.h>

enum { LONGEST_CIRCLE = 1024 }; /* bytes of it that are shown */

/* ---- Who exports what --------------------------------------------------- */

static bool add_export(struct modules *modules, span name, uint64_t owner)
{
    span copy = arena_copy(modules->arena, name);
    struct symbol *entry =
        copy.data ? symbol_table_enter(modules->arena, &modules->exports, copy)
                  : NULL;
    if (!entry)
        return false;
    if (!entry->size++)
        entry->value = owner;
    return true;
}

struct symbol *modules_export(const struct modules *modules, span name)
{
    return symbol_table_find(&modules->exports, name);
}

static bool add_kernel_exports(struct modules *modules,
                               const struct bootlink_image *kernel)
{
    for (size_t i = 0; i < kernel->symbol_count; i++)
        if (kernel->symbols[i].is_exported &&
            !add_export(modules, kernel->symbols[i].name, MODULES_KERNEL))
            return false;
    return true;
}

/* ---- Reading one module ------------------------------------------------- */

/* A need is resolved when all modules have been read. */
static bool add_need(struct modules *modules, struct module_node *node,
                     span name)
{
    struct module_need *needs =
        arena_grow(modules->arena, node->needs, node->need_count,
                   &node->need_capacity, sizeof(*needs));
    span copy = arena_copy(modules->arena, name);
    if (!needs || !copy.data)
        return false;
    node->needs = needs;
    needs[node->need_count++] = (struct module_need){0, copy};
    return true;
}

/* As exports.c has it for a linked image. */
static bool is_offered(const struct link *link, const struct symbol *symbol)
{
    return link->marks.has_exports ? symbol->is_exported
                             : symbol->visibility == STV_DEFAULT;
}

static bool add_symbols(struct modules *modules, uint64_t index,
                        const struct link *link)
{
    struct module_node *node = &modules->nodes[index];
    for (struct symbol *s = link->symbols.first; s; s = s->next) {
        bool is_undefined = s->state == SYMBOL_UNDEFINED;
        if (is_undefined && s->is_referenced &&
            !add_need(modules, node, s->name))
            return false;
        if (!is_undefined && is_offered(link, s) &&
            !add_export(modules, s->name, index))
            return false;
    }
    return true;
}

/* Opens a module as its link will, and goes no further. */
static bool read_module(struct modules *modules, uint64_t index)
{
    const struct bootlink_input inputs[] =
        MODULE_INPUTS(modules->nodes[index].path);
    const struct bootlink_request request = {.inputs = inputs,
                                             .input_count = MODULE_INPUT_COUNT};
    struct link link = {
        .world = modules->world,
        .request = &request,
        .arena = arena_open(modules->world, BOOTLINK_MEMORY_SCRATCH),
        .last_object = &link.objects,
    };
    bool ok = inputs_open(&link) && marks_read(&link) &&
              add_symbols(modules, index, &link);
    arena_close(&link.arena);
    return ok;
}

/* ---- Needs -------------------------------------------------------------- */

static void note_choice(struct modules *modules, const struct module_node *node,
                        span name)
{
    const struct symbol *entry = modules_export(modules, name);
    if (entry && entry->size > 1 && entry->value != MODULES_KERNEL)
        report_note(modules->world,
                    "%.*s: '%.*s' is exported by more than one module; that "
                    "of %.*s is used",
                    SPAN_ARGS(node->path), SPAN_ARGS(name),
                    SPAN_ARGS(modules->nodes[entry->value].path));
}

/* Keeps the needs that another module meets. One that nobody meets is an
 * undefined reference, which the link of the module reports with its place. */
static void resolve_needs(struct modules *modules, uint64_t index)
{
    struct module_node *node = &modules->nodes[index];
    uint64_t kept = 0;
    for (uint64_t i = 0; i < node->need_count; i++) {
        span name = node->needs[i].symbol;
        const struct symbol *entry = modules_export(modules, name);
        if (!entry)
            continue;
        note_choice(modules, node, name);
        if (entry->value != MODULES_KERNEL && entry->value != index)
            node->needs[kept++] = (struct module_need){entry->value, name};
    }
    node->need_count = kept;
}

/* ---- The order ---------------------------------------------------------- */

/* The first need that is not placed yet, or NULL. */
static const struct module_need *open_need(const struct modules *modules,
                                           const struct module_node *node)
{
    for (uint64_t i = 0; i < node->need_count; i++)
        if (!modules->nodes[node->needs[i].module].is_placed)
            return &node->needs[i];
    return NULL;
}

/* The first module of the request that may come next, or `count`. */
static uint64_t next_module(const struct modules *modules)
{
    uint64_t i = 0;
    while (i < modules->count && (modules->nodes[i].is_placed ||
                                  open_need(modules, &modules->nodes[i])))
        i++;
    return i;
}

/* The module that an unplaced one waits for. */
static uint64_t waits_for(const struct modules *modules, uint64_t index)
{
    return open_need(modules, &modules->nodes[index])->module;
}

/* Every module that is left waits for one that is left: following these from
 * any of them for as many steps as there are modules ends within a circle.
 * Gives the module of it that comes first in the request. */
static uint64_t find_circle(const struct modules *modules)
{
    uint64_t at = 0;
    while (modules->nodes[at].is_placed)
        at++;
    for (uint64_t i = 0; i < modules->count; i++)
        at = waits_for(modules, at);
    uint64_t first = at;
    for (uint64_t i = waits_for(modules, at); i != at;
         i = waits_for(modules, i))
        first = i < first ? i : first;
    return first;
}

/* Modules that need each other cannot be started one after the other:
 *
 *     modules need each other, so none can be started first:
 *         a.ko needs 'x' of b.ko
 *         b.ko needs 'y' of a.ko
 */
static bool report_circle(const struct modules *modules)
{
    char text[LONGEST_CIRCLE];
    size_t used = 0;
    uint64_t start = find_circle(modules), at = start;
    do {
        const struct module_node *node = &modules->nodes[at];
        const struct module_need *need = open_need(modules, node);
        used += text_print(text + used, sizeof(text) - used,
                           "\n    %.*s needs '%.*s' of %.*s",
                           SPAN_ARGS(node->path), SPAN_ARGS(need->symbol),
                           SPAN_ARGS(modules->nodes[need->module].path))
                    .size;
        at = need->module;
    } while (at != start && used < sizeof(text) - 1);
    return report_error(modules->world, BOOTLINK_UNDEFINED,
                        "modules need each other, so none of them can be "
                        "started first; move what they share into one of "
                        "them:%.*s",
                        (int)used, text);
}

static bool place_all(struct modules *modules)
{
    for (uint64_t placed = 0; placed < modules->count; placed++) {
        uint64_t next = next_module(modules);
        if (next == modules->count)
            return report_circle(modules);
        modules->nodes[next].is_placed = true;
        modules->order[placed] = next;
    }
    return true;
}

bool modules_order(const struct bootlink_world *world, struct arena *arena,
                   const struct bootlink_image *kernel,
                   const struct system_module_request *requests, uint64_t count,
                   struct modules *modules)
{
    *modules = (struct modules){.world = world, .arena = arena, .count = count};
    modules->nodes = arena_array(arena, count, struct module_node);
    modules->order = arena_array(arena, count, uint64_t);
    if (!modules->nodes || !modules->order ||
        !add_kernel_exports(modules, kernel))
        return false;
    bool ok = true;
    for (uint64_t i = 0; i < count; i++) {
        modules->nodes[i].path = requests[i].path;
        ok &= read_module(modules, i);
    }
    for (uint64_t i = 0; ok && i < count; i++)
        resolve_needs(modules, i);
    return ok && place_all(modules);
}
