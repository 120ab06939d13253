/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Links all that one boot needs: the kernel by its script, then the modules
 * (system_modules.c). Receives what the config entry or the command line names.
 */
#include "builtin.h"
#include "parameters.h"
#include "system_linker.h"

#define LARGE_PAGE (2ull << 20)

static span define(struct arena *arena, const char *name, uint64_t value)
{
    return text_format(arena, "%s = 0x%llx;", name, (unsigned long long)value);
}

/* Links, and leaves nothing in `image` if that fails. */
static bool link_image(struct system_linker *l,
                       const struct bootlink_request *request,
                       struct bootlink_image *image)
{
    if (!l->system->arena.failed && bootlink_link(l->world, request, image))
        return true;
    *image = (struct bootlink_image){0};
    return false;
}

/* ---- The kernel --------------------------------------------------------- */

/* Modules are started; a kernel starts itself. */
static void note_init(const struct system_linker *l)
{
    const struct symbol *init = l->system->kernel.link->marks.init.symbol;
    if (init && init->object)
        report_note(l->world,
                    "%.*s: has a module_init, but is one of the kernel's own "
                    "files, which nobody starts; name it in module_path",
                    SPAN_ARGS(init->object->name));
}

static bool link_kernel(struct system_linker *l)
{
    const struct system_request *request = l->request;
    struct bootlink_request link = {
        .scripts = &bootlink_scripts,
        .inputs = request->kernel,
        .input_count = request->kernel_count,
        .script_name = request->script_name,
        .script = request->script,
        .output = BOOTLINK_IN_MEMORY,
        .needs_entry = true,
        .strip_debug = true, /* nobody reads it in memory */
        .load_anywhere = request->load_anywhere,
        .read = request->read,
        .observer = request->observer,
    };
    if (!request->script_name.size) {
        link.script_name = SPAN("linker.ld");
        link.script = builtin_kernel_script();
    }
    if (request->has_slide)
        link.definitions =
            define(&l->system->arena, "bootlink_slide", request->slide);
    if (!parameters_for_module(&l->system->arena, (span){0},
                               request->command_line, SPAN("kernel"),
                               &link.parameters) ||
        !link_image(l, &link, &l->system->kernel))
        return false;
    if (l->system->kernel.is_executable)
        report_note(l->world, "%.*s: is linked already: no script and no slide",
                    SPAN_ARGS(request->kernel[0].name));
    else if (request->has_slide && !l->system->kernel.slide_used)
        report_note(l->world,
                    "%.*s: does not use bootlink_slide, so the kernel is "
                    "linked where the script says",
                    SPAN_ARGS(link.script_name));
    note_init(l);
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

uint64_t system_slide(uint64_t random)
{
    return random % ((1ull << 30) / LARGE_PAGE) * LARGE_PAGE;
}

void system_close(struct system *system)
{
    for (uint64_t i = 0; i < system->module_count; i++)
        bootlink_close(&system->modules[i].image);
    if (system->kernel.link)
        bootlink_close(&system->kernel);
    arena_close(&system->arena);
    *system = (struct system){0};
}

bool system_link(const struct bootlink_world *world,
                 const struct system_request *request, struct system *system)
{
    *system =
        (struct system){.arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH)};
    /* What modules ask the world goes by way of the linker's. */
    struct system_linker *l = arena_new(&system->arena, struct system_linker);
    if (l)
        *l = (struct system_linker){
            .world = world, .request = request, .system = system};
    if (l && link_kernel(l) && system_link_modules(l) &&
        system_write_command(l))
        return true;
    system_close(system);
    return false;
}
