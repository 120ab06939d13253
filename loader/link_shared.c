/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The passes of a module that is a shared object: it is linked already, but for
 * what it uses of others and where it lies.
 */
#include "parameters.h"
#include "shared.h"

static bool is_input(const struct link *link)
{
    const struct bootlink_request *request = link->request;
    const struct bootlink_world *world = link->world;
    span bytes;
    for (size_t i = 0; i < request->input_count; i++)
        if (request->inputs[i].kind == BOOTLINK_FILE &&
            world->file(world->host, request->inputs[i].name, NULL) &&
            world->file(world->host, request->inputs[i].name, &bytes) &&
            elf_is_shared(bytes))
            return true;
    return false;
}

static bool check_alone(struct link *link)
{
    return (link->shared && !link->objects->next) ||
           link_error(link, BOOTLINK_UNSUPPORTED,
                      "%.*s: a shared object is a module of its own; it cannot "
                      "be linked with other objects",
                      SPAN_ARGS(link->objects->name));
}

static bool link_shared(struct link *link)
{
    /* clang-format off */
    return
        link_enter(link, LINK_OPENING) &&
        inputs_open(link) &&           /* segments, tables, symbols, marks */
        check_alone(link) &&
        link_enter(link, LINK_RESOLVING) &&
        shared_bind(link->shared) &&   /* what its libraries define */
        shared_lazy_refer(link->shared) && /* `bind: lazy` */
        marks_read(link) &&             /* what the macros of module.h left */
        imports_enter(link) &&         /* what other images export */
        parameters_read(link) &&       /* values of module_param */
        shared_check_relocations(link->shared) &&
        shared_lazy_make(link->shared) &&
        link_enter(link, LINK_PLACING) &&
        shared_place(link->shared) &&  /* segments become output sections */
        /* Every address is fixed below this line. */

        link_enter(link, LINK_TABLES) &&
        image_allocate(link) &&
        pages_plan(link) &&
        exports_fill(link) &&
        link_enter(link, LINK_EMITTING) &&
        shared_copy(link->shared) &&
        shared_relocate(link->shared) &&
        parameters_write(link);        /* into variables */
    /* clang-format on */
}

const struct link_shared bootlink_shared = {
    .is_input = is_input,
    .open = shared_open,
    .link = link_shared,
};
