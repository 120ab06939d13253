/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file may be made of inputs that have nothing for it: archives of which
 * nobody wants a member, or symbols alone (-R). Then an object without anything
 * stands for them, so that whoever comes behind finds one, as ever.
 */
#include "loader.h"

static bool has_inputs(const struct bootlink_request *request)
{
    bool has_any = false;
    for (size_t i = 0; i < request->input_count; i++)
        has_any |= request->inputs[i].kind == BOOTLINK_FILE ||
                   request->inputs[i].kind == BOOTLINK_LIBRARY ||
                   request->inputs[i].kind == BOOTLINK_SYMBOLS;
    return has_any && request->output != BOOTLINK_IN_MEMORY;
}

struct object *input_nothing(struct link *link)
{
    if (!has_inputs(link->request))
        return NULL;
    struct object *object = arena_new(&link->arena, struct object);
    struct section *null_section = arena_new(&link->arena, struct section);
    union symbol_ref *null_symbol = arena_new(&link->arena, union symbol_ref);
    if (!object || !null_section || !null_symbol)
        return NULL;
    *null_section =
        (struct section){.object = object, .state = SECTION_IGNORED};
    null_symbol->symbol = &link->null_symbol;
    *object = (struct object){.name = SPAN("nothing"),
                              .file = SPAN("nothing"),
                              .sections = null_section,
                              .section_count = 1,
                              .symbols = null_symbol,
                              .symbol_count = 1,
                              .first_global = 1};
    return object;
}
