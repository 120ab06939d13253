/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file becomes a module that runs: link, keep what stays, map, start.
 * Whatever fails, nothing of it is left.
 */
#include "runtime.h"

#include "modules.h"

/* ---- The link ----------------------------------------------------------- */

bool load_link(struct load *load)
{
    const struct bootlink_input inputs[] = MODULE_INPUTS(load->path);
    struct bootlink_request request = {
        .inputs = inputs,
        .input_count = MODULE_INPUT_COUNT,
        .find_import = load_find_import,
        .explain = load_explain,
        .imports = load,
        .parameters = load->parameters,
        .shared = load->modules->kernel.shared,
        .load_anywhere = true,
        .strip_debug = true,
    };
    if (load->again) {
        request.module_base = load->again->base;
    } else {
        request.place = runtime_place;
        request.placer = load->modules;
    }
    return bootlink_link(load_world(load), &request, &load->image);
}

/* Of two modules that are marked to export one name nobody could say whose it
 * is. A module that marks nothing offers what it happens to define. */
static bool check_exports(const struct load *load)
{
    const struct bootlink_image *image = &load->image;
    bool ok = true;
    size_t count = image->link->marks.has_exports ? image->symbol_count : 0;
    for (size_t i = 0; i < count; i++) {
        span name = image->symbols[i].name;
        const struct exported *other = exported_find(load->modules, name);
        if (other && image->symbols[i].is_exported)
            ok = report_error(load_world(load), BOOTLINK_DUPLICATE,
                              "%.*s: exports '%.*s', and so does %.*s; rename "
                              "one of the two",
                              SPAN_ARGS(load->path), SPAN_ARGS(name),
                              SPAN_ARGS(other->owner->seen.name));
    }
    return ok;
}

static bool check_name(const struct load *load)
{
    span name = module_name(&load->image.link->marks, load->path);
    const struct bootlink_loaded *other =
        bootlink_loaded_named(load->modules, name);
    return !other ||
           report_error(load_world(load), BOOTLINK_DUPLICATE,
                        "%.*s: a module '%.*s' is loaded already, from %.*s; "
                        "unload that one, or give this one another "
                        "MODULE_NAME",
                        SPAN_ARGS(load->path), SPAN_ARGS(name),
                        SPAN_ARGS(other->path));
}

static bool keep_needs(const struct load *load, struct loaded *loaded)
{
    struct bootlink_loaded **needs =
        arena_array(&loaded->arena, load->need_count, struct bootlink_loaded *);
    if (!needs)
        return false;
    for (uint64_t i = 0; i < load->need_count; i++) {
        needs[i] = load->needs[i];
        needs[i]->user_count++;
    }
    loaded->seen.needs = needs;
    loaded->seen.need_count = load->need_count;
    return true;
}

/* The module as it will stay, not mapped yet; NULL after reporting. */
static struct loaded *link_and_keep(struct load *load)
{
    struct loaded *loaded = NULL;
    if (!load_link(load))
        return NULL;
    if (check_name(load) && check_exports(load) && load_require(load))
        loaded = runtime_keep(load->modules, &load->image, load->path,
                              load->parameters);
    if (!loaded)
        image_release(load->image.link);
    bootlink_close(&load->image);
    if (!loaded || keep_needs(load, loaded))
        return loaded;
    runtime_release(load->modules, loaded, false);
    return NULL;
}

/* ---- The start ---------------------------------------------------------- */

static bool map(const struct load *load, const struct loaded *loaded)
{
    const struct bootlink_kernel *kernel = &load->modules->kernel;
    return kernel->map(kernel->world.host, loaded->seen.segments,
                       loaded->seen.segment_count);
}

typedef int init_function(const char *parameters);

/* Where a byte of the module can be written, wherever it is mapped. */
static char *writable_at(const struct loaded *loaded, uint64_t address)
{
    const struct bootlink_segment *segment = loaded->seen.segments;
    const struct bootlink_memory *block = loaded->blocks;
    while (address - segment->address >= segment->size)
        segment++;
    uint64_t physical = segment->physical + (address - segment->address);
    while (physical - block->physical >= block->size)
        block++;
    return (char *)block->data + (physical - block->physical);
}

typedef uint64_t resolver(void);

/* Indirect functions, before anything can call them [psABI 4.4.1:
 * R_X86_64_IRELATIVE]. The linker has made the table, so its places are right.
 */
static void resolve(const struct loaded *loaded)
{
    const Elf64_Rela *table = (const Elf64_Rela *)(uintptr_t)loaded->irelative;
    for (uint64_t i = 0; i < loaded->irelative_count; i++)
        write64(writable_at(loaded, table[i].r_offset),
                ((resolver *)(uintptr_t)table[i].r_addend)());
}

struct start {
    const struct loaded *loaded;
    int status; /* of the init function */
};

/* Constructors, then the init function [gABI: Initialization and Termination
 * Functions]. */
static void call_start(void *context)
{
    struct start *start = context;
    const struct loaded *loaded = start->loaded;
    const uint64_t *constructors =
        (const uint64_t *)(uintptr_t)loaded->init_array;
    init_function *init = (init_function *)(uintptr_t)loaded->seen.init;
    resolve(loaded);
    for (uint64_t i = 0; i < loaded->init_count; i++)
        ((plain_function *)(uintptr_t)constructors[i])();
    if (init)
        start->status = init(loaded->seen.parameters.data);
}

/* True if it can stay; `has_started` if finalisers have something to undo. */
static bool start(const struct load *load, const struct loaded *loaded,
                  bool *has_started)
{
    struct start start = {.loaded = loaded};
    *has_started = runtime_run(load->modules, loaded, call_start, &start);
    if (!*has_started)
        return report_error(load_world(load), BOOTLINK_REFUSED,
                            "%.*s: its init function did not return, so it is "
                            "not loaded",
                            SPAN_ARGS(loaded->seen.path));
    return start.status == 0 ||
           report_error(load_world(load), BOOTLINK_REFUSED,
                        "%.*s: its init function returned %d, so it is not "
                        "loaded",
                        SPAN_ARGS(loaded->seen.path), start.status);
}

/* From here on names and addresses of the module are known, to its own init
 * function, too. */
static bool run(struct load *load, struct loaded *loaded)
{
    if (!map(load, loaded)) {
        runtime_release(load->modules, loaded, false);
        return false;
    }
    bool has_started = false;
    runtime_enter(load->modules, loaded);
    if (exported_enter(load->modules, loaded) &&
        start(load, loaded, &has_started)) {
        loaded->seen.references = 1;
        return true;
    }
    if (has_started)
        runtime_finish(load->modules, loaded, false);
    exported_remove(load->modules, loaded);
    runtime_remove(load->modules, loaded);
    runtime_release(load->modules, loaded, true);
    return false;
}

/* ---- The whole ----------------------------------------------------------- */

static struct bootlink_loaded *load_again(struct bootlink_modules *modules,
                                          struct bootlink_loaded *loaded,
                                          span parameters)
{
    loaded->references++;
    if (parameters.size && !span_equal(parameters, loaded->parameters))
        report_note(&modules->kernel.world,
                    "%.*s: is loaded already; its parameters stay \"%.*s\"",
                    SPAN_ARGS(loaded->path), SPAN_ARGS(loaded->parameters));
    return loaded;
}

struct bootlink_loaded *bootlink_load(struct bootlink_modules *modules,
                                      span path, span parameters)
{
    for (struct bootlink_loaded *l = modules->first; l; l = l->next)
        if (path.size && span_equal(l->path, path))
            return load_again(modules, l, parameters);
    struct load load = {
        .modules = modules,
        .path = path,
        .parameters = parameters,
        .arena = arena_open(&modules->kernel.world, BOOTLINK_MEMORY_SCRATCH)};
    modules->load_count++;
    struct loaded *loaded = link_and_keep(&load);
    bool ok = loaded && run(&load, loaded);
    arena_close(&load.arena);
    return ok ? &loaded->seen : NULL;
}
