/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What modules say of themselves. Receives the linked kernel and the modules as
 * they lie in their files; afterwards each that can be read has its name, what
 * it offers and what it needs, and `order` is the order to link them in.
 */
#include "modules.h"

/* ---- Names --------------------------------------------------------------- */

uint64_t module_by_name(const struct modules *modules, span name)
{
    span plain = marks_plain_name(modules->arena, name);
    const struct symbol *entry = symbol_table_find(&modules->by_name, plain);
    return entry ? entry->value : MODULES_NOBODY;
}

static void refuse_name(struct modules *modules, uint64_t index, uint64_t other)
{
    struct module_node *a = &modules->nodes[other];
    struct module_node *b = &modules->nodes[index];
    bool is_first = module_is_optional(a) && !module_is_optional(b);
    if (span_equal(a->path, b->path))
        module_error(modules, b, BOOTLINK_DUPLICATE,
                     "is among the modules twice; name it once");
    else
        module_error(
            modules, is_first ? a : b, BOOTLINK_DUPLICATE,
            "this module is called '%.*s', and so is %.*s; give one of "
            "them another file name or MODULE_NAME, or load only one",
            SPAN_ARGS(b->name), SPAN_ARGS((is_first ? b : a)->path));
}

/* "kernel" is the kernel. */
static bool enter_name(struct modules *modules, uint64_t index)
{
    struct module_node *node = &modules->nodes[index];
    if (span_is(node->name, "kernel")) {
        module_error(modules, node, BOOTLINK_DUPLICATE,
                     "a module cannot be called 'kernel', as this is the "
                     "kernel's name; rename it");
        return true;
    }
    span plain = marks_plain_name(modules->arena, node->name);
    struct symbol *entry =
        plain.data
            ? symbol_table_enter(modules->arena, &modules->by_name, plain)
            : NULL;
    if (!entry)
        return false;
    bool is_taken =
        entry->size++ && modules->nodes[entry->value].state == MODULE_GOOD;
    if (is_taken && node->state == MODULE_GOOD)
        refuse_name(modules, index, entry->value);
    if (!is_taken || modules->nodes[entry->value].state != MODULE_GOOD)
        entry->value = index;
    return true;
}

/* ---- Reading one module -------------------------------------------------- */

static bool copy_texts(struct arena *arena, struct module_node *node,
                       const struct module_marks *marks)
{
    uint64_t count = node->name_space_count = marks->import_count;
    if (marks->name.size)
        node->name = arena_copy(arena, marks->name);
    node->version = arena_copy(arena, marks->version);
    node->description = arena_copy(arena, marks->description);
    node->name_spaces = arena_array(arena, count, span);
    for (uint64_t i = 0; node->name_spaces && i < count; i++)
        node->name_spaces[i] = arena_copy(arena, marks->imports[i]);
    return !arena->failed;
}

static bool copy_wishes(struct arena *arena, struct module_node *node,
                        const struct module_marks *marks)
{
    uint64_t count = node->wish_count = marks->softdep_count;
    node->wishes = arena_array(arena, count, struct module_softdep);
    for (uint64_t i = 0; node->wishes && i < count; i++)
        node->wishes[i] = (struct module_softdep){
            arena_copy(arena, marks->softdeps[i].module),
            marks->softdeps[i].is_post};
    return !arena->failed;
}

static bool copy_required(struct arena *arena, struct module_node *node,
                          const struct module_marks *marks)
{
    uint64_t count = node->required_count = marks->requirement_count;
    node->required = arena_array(arena, count, struct module_requirement);
    for (uint64_t i = 0; node->required && i < count; i++)
        node->required[i] = (struct module_requirement){
            arena_copy(arena, marks->requirements[i].module),
            arena_copy(arena, marks->requirements[i].version)};
    return !arena->failed;
}

/* The link, and maybe the file, does not stay. */
static bool add_all(struct modules *modules, uint64_t index,
                    const struct link *link)
{
    struct module_node *node = &modules->nodes[index];
    node->is_shared = link->shared;
    node->marks_exports = link->marks.has_exports;
    return copy_texts(modules->arena, node, &link->marks) &&
           copy_wishes(modules->arena, node, &link->marks) &&
           copy_required(modules->arena, node, &link->marks) &&
           module_add_exports(modules, index, link) &&
           module_add_needs(modules, index, link);
}

/* Nobody need hear of it from the world if an optional module is not there. */
static bool is_there(struct modules *modules, struct module_node *node)
{
    struct bootlink_world *world = &modules->reporter.world;
    if (!module_is_optional(node) || world->file(world->host, node->path, NULL))
        return true;
    return report_error(world, BOOTLINK_MISSING,
                        "%.*s: no such file, or it cannot be read",
                        SPAN_ARGS(node->path));
}

/* Opens a module as its link will, and goes no further. */
static bool read_file(struct modules *modules, uint64_t index)
{
    const struct bootlink_input inputs[] =
        MODULE_INPUTS(modules->nodes[index].path);
    const struct bootlink_request request = {.inputs = inputs,
                                             .input_count = MODULE_INPUT_COUNT,
                                             .shared = &bootlink_shared};
    struct link link = {
        .world = &modules->reporter.world,
        .request = &request,
        .arena = arena_open(&modules->reporter.world, BOOTLINK_MEMORY_SCRATCH),
        .passing =
            arena_open(&modules->reporter.world, BOOTLINK_MEMORY_SCRATCH),
        .last_object = &link.objects,
    };
    bool ok = inputs_open(&link) && marks_read(&link) &&
              add_all(modules, index, &link);
    arena_close(&link.arena);
    return ok;
}

static bool read_module(struct modules *modules, uint64_t index)
{
    struct module_node *node = &modules->nodes[index];
    modules->reporter.node = node;
    bool ok = is_there(modules, node) && read_file(modules, index);
    modules->reporter.node = NULL;
    if (!ok)
        module_give_up(modules, node);
    node->is_unreadable = !ok;
    modules->has_unreadable |= node->state == MODULE_LEFT_OUT;
    return enter_name(modules, index);
}

/* ---- All of them --------------------------------------------------------- */

static bool read_all(struct modules *modules,
                     const struct system_module_request *requests)
{
    bool ok = true;
    for (uint64_t i = 0; ok && i < modules->count; i++) {
        struct module_node *node = &modules->nodes[i];
        node->request = &requests[i];
        node->path = requests[i].path;
        node->name = system_module_name(node->path);
        ok = read_module(modules, i);
        if (node->state == MODULE_GOOD && requests[i].missing.size)
            module_error(modules, node, BOOTLINK_MISSING, "%.*s",
                         SPAN_ARGS(requests[i].missing));
    }
    return ok;
}

/* The passes go on after an error, to find the others, but not without memory.
 */
bool modules_open(struct modules *modules, const struct bootlink_world *world,
                  struct arena *arena, const struct bootlink_image *kernel,
                  const struct system_request *request)
{
    *modules = (struct modules){.arena = arena,
                                .kernel = kernel,
                                .count = request->module_count,
                                .groups = request->groups_modules};
    reporter_open(&modules->reporter, world, arena);
    modules->nodes = arena_array(arena, modules->count, struct module_node);
    if (!modules->nodes || !read_all(modules, request->modules))
        return false;
    module_settle_exports(modules);
    return module_resolve_needs(modules) && module_order(modules);
}
