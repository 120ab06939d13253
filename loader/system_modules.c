/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Links the modules, in their order. Afterwards each that is not left out is
 * linked and placed behind the image before it:
 *
 *   kernel.low                 the kernel, by its script
 *   the next multiple of 2 MiB the first module, by module.ld
 *   the next page              the second module ...
 *   kernel.low + 2 GiB         no module ends behind this, so that any of them
 *                              reaches any other with 32 bits
 *
 * Modules that need each other are linked twice, each time one by one: for the
 * first time with roughly the addresses of the others, which tells how large
 * each is; then with the right ones. Each stays a link of its own, with a scope
 * of its own.
 */
#include "libraries.h"
#include "system_linker.h"

enum { PAGE_SIZE = 4096 };

#define LARGE_PAGE (2ull << 20)
#define REACH      (2ull << 30)

/* ---- One module ---------------------------------------------------------- */

/* Where the next module goes. */
static uint64_t next_base(const struct system *system)
{
    if (!system->module_count)
        return align_up(system->kernel.high, LARGE_PAGE);
    return align_up(system->modules[system->module_count - 1].image.high,
                    PAGE_SIZE);
}

static bool is_in_reach(const struct system *system,
                        const struct bootlink_image *image)
{
    uint64_t low = system->kernel.low;
    return image->low >= low && image->high >= image->low &&
           image->high - low <= REACH;
}

static bool check_reach(struct system_linker *l, struct module_node *node,
                        const struct bootlink_image *image)
{
    return is_in_reach(l->system, image) ||
           report_error(&l->modules.reporter.world, BOOTLINK_LAYOUT,
                        "%.*s: does not fit into the 2 GiB that begin with "
                        "the kernel (0x%llx); load fewer or smaller modules, "
                        "or choose a smaller slide",
                        SPAN_ARGS(node->path),
                        (unsigned long long)l->system->kernel.low);
}

/* Gives back the image too. */
static void unlink_image(struct bootlink_image *image)
{
    image_release(image->link);
    bootlink_close(image);
}

/* The libraries of a module, in the order of a search: what it names, then what
 * these name. */
struct library_list {
    struct module_node **nodes;
    uint64_t count, capacity;
};

static bool add_library(struct system_linker *l, struct library_list *list,
                        struct module_node *library,
                        const struct module_node *user)
{
    if (library->library_of == user)
        return true;
    library->library_of = user;
    list->nodes = arena_grow(&l->system->arena, list->nodes, list->count,
                             &list->capacity, sizeof(library));
    if (!list->nodes)
        return false;
    list->nodes[list->count++] = library;
    return true;
}

/* The image of a library, if it is linked by now. */
static const struct bootlink_image *image_of(const struct system *system,
                                             const struct module_node *node)
{
    const struct system_module *module = &system->modules[node->position];
    bool is_linked = node->position < system->module_count &&
                     module->request == node->request;
    return is_linked && node->is_shared ? &module->image : NULL;
}

/* NULL if there is no memory, or none of them. */
static const struct bootlink_image **
list_libraries(struct system_linker *l, const struct module_node *user,
               size_t *count)
{
    struct library_list list = {0};
    const struct module_node *node = user;
    for (uint64_t at = 0;; node = list.nodes[at++]) {
        const struct system_module_request *request = node->request;
        for (uint64_t i = 0; i < request->needed_count; i++)
            if (!add_library(l, &list, &l->modules.nodes[request->needed[i]],
                             user))
                return NULL;
        if (at == list.count)
            break;
    }
    const struct bootlink_image **images = arena_array(
        &l->system->arena, list.count, const struct bootlink_image *);
    for (uint64_t i = 0; images && i < list.count; i++) {
        images[*count] = image_of(l->system, list.nodes[i]);
        *count += images[*count] != NULL;
    }
    return images;
}

static bool link_at(struct system_linker *l, struct module_node *node,
                    uint64_t base, span parameters,
                    struct bootlink_image *image)
{
    size_t library_count = 0;
    const struct bootlink_image **libraries =
        list_libraries(l, node, &library_count);
    const struct bootlink_input inputs[] = MODULE_INPUTS(node->path);
    const struct bootlink_request link = {
        .inputs = inputs,
        .input_count = MODULE_INPUT_COUNT,
        .shared = &bootlink_shared,
        .libraries = libraries,
        .library_count = library_count,
        .binds_lazily = l->request->binds_lazily,
        .module_base = base,
        .parameters = parameters,
        .find_import = module_find_import,
        .explain = module_explain,
        .imports = &l->modules,
        .output = BOOTLINK_IN_MEMORY,
        .strip_debug = true,
        .load_anywhere = true,
        .observer = l->request->observer,
    };
    if (l->system->arena.failed ||
        !bootlink_link(&l->modules.reporter.world, &link, image))
        return false;
    if (!image->segment_count) /* it says something of itself, and no more */
        image->low = image->high = base;
    if (check_reach(l, node, image))
        return true;
    unlink_image(image);
    return false;
}

/* What others may use of it. False if that is not where it was said to be. */
static bool place_exports(const struct module_node *node,
                          const struct bootlink_image *image)
{
    bool as_said = true;
    for (struct module_export *e = node->exports; e; e = e->next) {
        const struct symbol *symbol = symbol_find(image->link, e->name);
        uint64_t address = symbol && symbol_has_address(symbol)
                               ? symbol_target(image->link, symbol)
                               : 0;
        as_said &= e->address == address;
        e->address = address;
        e->is_placed = true;
    }
    return as_said;
}

/* Links a module behind the others, and adds it to them. */
static bool link_module(struct system_linker *l, struct module_node *node)
{
    struct system *system = l->system;
    struct system_module *module = &system->modules[system->module_count];
    l->modules.reporter.node = node;
    span parameters;
    bool linked =
        parameters_for_module(&system->arena, node->request->parameters,
                              l->request->command_line, node->name,
                              &parameters) &&
        link_at(l, node, next_base(system), parameters, &module->image);
    l->modules.reporter.node = NULL;
    if (!linked) {
        *module = (struct system_module){0};
        module_give_up(&l->modules, node);
        return false;
    }
    module->path = node->path;
    module->name = node->name;
    module->parameters = parameters;
    module->version = node->version;
    module->description = node->description;
    module->request = node->request;
    node->position = system->module_count++;
    return true;
}

/* ---- Modules that need each other ---------------------------------------- */

/* Takes the modules behind the first `count` away again. */
static void unlink_modules(struct system *system, uint64_t count)
{
    while (system->module_count > count)
        unlink_image(&system->modules[--system->module_count].image);
}

/* Links the group once; false if some module of it cannot be linked. */
static bool link_each(struct system_linker *l, const uint64_t *order,
                      uint64_t count, bool *as_said)
{
    struct modules *modules = &l->modules;
    for (uint64_t i = 0; i < count; i++) {
        struct module_node *node = &modules->nodes[order[i]];
        if (!link_module(l, node))
            return false;
        *as_said &= place_exports(
            node, &l->system->modules[l->system->module_count - 1].image);
    }
    return true;
}

static void guess_exports(struct system_linker *l, const uint64_t *order,
                          uint64_t count)
{
    uint64_t base = next_base(l->system);
    for (uint64_t i = 0; i < count; i++) {
        struct module_export *e = l->modules.nodes[order[i]].exports;
        for (; e; e = e->next) {
            e->address = base;
            e->is_placed = true;
        }
    }
}

static bool link_group(struct system_linker *l, const uint64_t *order,
                       uint64_t count)
{
    uint64_t before = l->system->module_count;
    bool as_said = true;
    guess_exports(l, order, count);
    l->modules.reporter.is_trial = true;
    bool linked = link_each(l, order, count, &as_said);
    l->modules.reporter.is_trial = false;
    unlink_modules(l->system, before);
    as_said = true;
    linked = linked && link_each(l, order, count, &as_said);
    if (linked && as_said)
        return true;
    unlink_modules(l->system, before);
    if (linked)
        module_error(&l->modules, &l->modules.nodes[order[0]], BOOTLINK_LAYOUT,
                     "the sizes of this module and of those that it needs "
                     "depend on each other's addresses; link them to one "
                     "object by `ld.bootlink -r`");
    return false;
}

/* ---- What is left out ---------------------------------------------------- */

/* A module whose needs could not be linked would only repeat the errors. */
static void lose(struct system_linker *l, struct module_node *node,
                 const struct module_need *need)
{
    struct modules *modules = &l->modules;
    const struct module_node *other = &modules->nodes[need->module];
    if (other->state == MODULE_FAILED)
        node->state = MODULE_FAILED;
    else if (need->symbol.size)
        module_leave_out(modules, node,
                         "it needs '%.*s' of %.*s, which is left out",
                         SPAN_ARGS(need->symbol), SPAN_ARGS(other->path));
    else
        module_leave_out(modules, node, "it needs %.*s, which is left out",
                         SPAN_ARGS(other->path));
}

/* If one of a group is lost, all are: as many turns as it takes. True if there
 * is nothing left to be linked. */
static bool lose_group(struct system_linker *l, const uint64_t *order,
                       uint64_t count)
{
    bool is_lost = false, again = true;
    while (again) {
        again = false;
        for (uint64_t i = 0; i < count; i++) {
            struct module_node *node = &l->modules.nodes[order[i]];
            if (node->state != MODULE_GOOD) {
                is_lost = true;
                continue;
            }
            const struct module_need *need =
                module_lost_need(&l->modules, node);
            if (need)
                lose(l, node, need);
            again |= need != NULL;
        }
    }
    return is_lost;
}

static bool list_left_out(struct system_linker *l)
{
    struct system *system = l->system;
    const struct modules *modules = &l->modules;
    system->left_out =
        arena_array(&system->arena, modules->count, struct system_left_out);
    if (!system->left_out)
        return false;
    for (uint64_t i = 0; i < modules->count; i++) {
        const struct module_node *node = &modules->nodes[i];
        if (node->state == MODULE_LEFT_OUT)
            system->left_out[system->left_out_count++] =
                (struct system_left_out){node->name, node->path, node->reason};
    }
    return true;
}

/* ---- Who uses whom ------------------------------------------------------- */

/* A weak reference is of use only if the other was linked by then. */
static bool is_used(const struct modules *modules,
                    const struct module_node *node,
                    const struct module_need *need)
{
    if (need->module >= modules->count || &modules->nodes[need->module] == node)
        return false;
    const struct module_node *other = &modules->nodes[need->module];
    return other->state == MODULE_GOOD &&
           (other->position < node->position || other->group == node->group);
}

/* `seen` has the module, + 1, that each one was listed for last. */
static bool list_needs(struct system_linker *l, const struct module_node *node,
                       uint64_t *seen)
{
    struct system_module *module = &l->system->modules[node->position];
    module->needs = arena_array(&l->system->arena, node->need_count, uint32_t);
    for (uint64_t i = 0; module->needs && i < node->need_count; i++) {
        const struct module_need *need = &node->needs[i];
        if (!is_used(&l->modules, node, need) ||
            seen[need->module] == node->position + 1)
            continue;
        seen[need->module] = node->position + 1;
        module->needs[module->need_count++] =
            l->modules.nodes[need->module].position;
    }
    return module->needs != NULL;
}

static bool list_all_needs(struct system_linker *l)
{
    const struct modules *modules = &l->modules;
    uint64_t *seen = arena_array(&l->system->arena, modules->count, uint64_t);
    bool ok = seen;
    for (uint64_t i = 0; ok && i < modules->count; i++)
        if (modules->nodes[i].state == MODULE_GOOD)
            ok = list_needs(l, &modules->nodes[i], seen);
    return ok;
}

/* ---- All of them --------------------------------------------------------- */

static bool refuse_executable(const struct system_linker *l)
{
    return report_error(l->world, BOOTLINK_UNSUPPORTED,
                        "%.*s: modules are linked with a kernel's objects, and "
                        "%.*s is linked already; name its objects in "
                        "kernel_path",
                        SPAN_ARGS(l->request->modules[0].path),
                        SPAN_ARGS(l->request->kernel[0].name));
}

static void link_next(struct system_linker *l, const uint64_t *order,
                      uint64_t count)
{
    struct module_node *node = &l->modules.nodes[order[0]];
    if (lose_group(l, order, count))
        return;
    if (count == 1) {
        if (link_module(l, node))
            place_exports(
                node, &l->system->modules[l->system->module_count - 1].image);
    } else if (!link_group(l, order, count)) {
        lose_group(l, order, count);
    }
}

bool system_link_modules(struct system_linker *l)
{
    struct modules *modules = &l->modules;
    struct system *system = l->system;
    if (!l->request->module_count)
        return true;
    if (!libraries_add(l->world, &system->arena, l->request, &l->complete))
        return false;
    l->request = &l->complete;
    uint64_t count = l->request->module_count;
    system->modules = arena_array(&system->arena, count, struct system_module);
    if (system->kernel.is_executable)
        return refuse_executable(l);
    if (!system->modules || !modules_open(modules, l->world, &system->arena,
                                          &system->kernel, l->request))
        return false;
    for (uint64_t i = 0, size; i < count; i += size) {
        size =
            modules->nodes[modules->nodes[modules->order[i]].group].group_size;
        link_next(l, modules->order + i, size);
    }
    return !modules->failed && list_left_out(l) && list_all_needs(l);
}
