/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a shared object uses of the libraries that its DT_NEEDED name
 * [gABI: Shared Object Dependencies].
 *
 * Receives the libraries, linked, in the order of a search: those that it
 * names, then those that these name. What the module itself does not define it
 * takes from the first library that has it, in the version that it asks for,
 * and only else from what kernel and other modules export: a library that it
 * names is nearer to it than all others.
 */
#include "shared.h"

static const struct shared *library_at(const struct shared *shared, size_t i)
{
    return shared->link->request->libraries[i]->link->shared;
}

bool shared_is_called(const struct shared *library, span name)
{
    span path = library->object->name;
    bool is_file =
        span_ends(path, name) &&
        (path.size == name.size || path.data[path.size - name.size - 1] == '/');
    return is_file || span_equal(library->soname, name);
}

const struct shared *shared_library(const struct shared *shared, span name)
{
    const struct bootlink_request *request = shared->link->request;
    for (size_t i = 0; i < request->library_count; i++)
        if (shared_is_called(library_at(shared, i), name))
            return library_at(shared, i);
    return NULL;
}

bool shared_names(const struct shared *shared, span library)
{
    uint64_t i = 0;
    while (i < shared->needed_count && !span_equal(shared->needed[i], library))
        i++;
    return i < shared->needed_count;
}

/* A definition in another image: an indirect function is one there, too. */
static struct symbol *import(struct shared *shared, span name,
                             const struct symbol *definition)
{
    struct symbol_mention mention = {.value = symbol_address(definition),
                                     .state = SYMBOL_IMPORTED,
                                     .type = definition->type};
    return shared_make_symbol(shared, name, &mention);
}

static bool bind_symbol(struct shared *shared, uint32_t index)
{
    struct symbol **place =
        &shared->object->symbols[shared->first_symbol + index].symbol;
    const struct bootlink_request *request = shared->link->request;
    if (!*place || (*place)->state != SYMBOL_UNDEFINED || !(*place)->name.size)
        return true;
    struct shared_name name =
        shared_name((*place)->name, shared_wanted_version(shared, index));
    for (size_t i = 0; i < request->library_count; i++) {
        const struct shared *library = library_at(shared, i);
        uint32_t found = shared_find(library, &name);
        if (!found)
            continue;
        *place = import(shared, name.text, shared_symbol(library, found));
        return *place != NULL;
    }
    return true;
}

bool shared_bind(struct shared *shared)
{
    bool ok = shared_check_versions(shared);
    if (!shared->link->request->library_count)
        return ok;
    for (uint32_t i = 1; ok && i < shared->symbol_count; i++)
        ok = bind_symbol(shared, i);
    return ok;
}
