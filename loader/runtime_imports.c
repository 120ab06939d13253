/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a module may use that is loaded into a running kernel, whom it needs for
 * that, and why it may not use the rest.
 */
#include "imports.h"
#include "marks.h"
#include "runtime.h"
#include "shared.h"
#include "version.h"

/* ---- What it uses ------------------------------------------------------- */

static bool note_need(struct load *load, struct loaded *owner)
{
    if (owner->seen.is_kernel || owner->noted == load->modules->load_count)
        return true;
    struct bootlink_loaded **needs =
        arena_grow(&load->arena, load->needs, load->need_count,
                   &load->need_capacity, sizeof(*needs));
    if (!needs)
        return false;
    owner->noted = load->modules->load_count;
    load->needs = needs;
    needs[load->need_count++] = &owner->seen;
    return true;
}

static bool imports_name_space(const struct load *load, span name_space)
{
    const struct module_marks *marks = &load->image.link->marks;
    for (uint64_t i = 0; i < marks->import_count; i++)
        if (span_equal(marks->imports[i], name_space))
            return true;
    return name_space.size == 0;
}

const struct bootlink_export *load_find_import(void *context, span name)
{
    struct load *load = context;
    const struct exported *found = exported_find(load->modules, name);
    if (!found || !imports_name_space(load, found->export->name_space) ||
        !note_need(load, found->owner))
        return NULL;
    return found->export;
}

static span owner_text(const struct bootlink_loaded *owner)
{
    return owner->is_kernel ? SPAN("the kernel") : owner->name;
}

/* ---- What it requires ---------------------------------------------------- */

static struct bootlink_loaded *required(const struct load *load, span name)
{
    struct bootlink_loaded *kernel = load->modules->first;
    return marks_same_name(name, kernel->name)
               ? kernel
               : bootlink_loaded_named(load->modules, name);
}

static bool require(struct load *load, const struct module_requirement *r)
{
    struct bootlink_loaded *owner = required(load, r->module);
    struct version_need need = {.module = r->module, .version = r->version};
    char text[512];
    span why;
    if (owner) {
        need.owner = owner_text(owner);
        need.own_version = owner->version;
    }
    if (version_is_met(&need, text, sizeof(text), &why))
        return note_need(load, loaded_of(owner));
    return report_error(load_world(load), BOOTLINK_UNDEFINED, "%.*s: %.*s",
                        SPAN_ARGS(load->path), SPAN_ARGS(why));
}

bool load_require(struct load *load)
{
    const struct module_marks *marks = &load->image.link->marks;
    bool ok = true;
    for (uint64_t i = 0; i < marks->requirement_count; i++)
        ok &= require(load, &marks->requirements[i]);
    return ok;
}

/* ---- Why it may not ------------------------------------------------------ */

/* Who has a symbol of that name that is not exported. */
static const struct bootlink_loaded *
find_hidden(const struct bootlink_modules *modules, span name)
{
    for (const struct bootlink_loaded *l = modules->first; l; l = l->next)
        if (bootlink_symbol(modules, l, name))
            return l;
    return NULL;
}

static void compare_all(struct load *load, struct import_trouble *trouble)
{
    for (const struct bootlink_loaded *l = load->modules->first; l; l = l->next)
        for (size_t i = 0; i < l->export_count; i++)
            import_compare(trouble, l->exports[i].name, owner_text(l));
}

/* The first library of a shared object that is not loaded, going by the names
 * of files; or nothing. */
static span missing_library(const struct load *load)
{
    const struct shared *shared = load->image.link->shared;
    for (uint64_t i = 0; shared && i < shared->needed_count; i++) {
        const struct bootlink_loaded *l = load->modules->first;
        while (l && !span_ends(l->path, shared->needed[i]))
            l = l->next;
        if (!l)
            return shared->needed[i];
    }
    return (span){NULL, 0};
}

span load_explain(void *context, span name, char *buffer, size_t size)
{
    struct load *load = context;
    const struct exported *found = exported_find(load->modules, name);
    const struct bootlink_loaded *owner = found ? &found->owner->seen : NULL;
    struct import_trouble trouble = {.name = name};
    span library = missing_library(load);
    if (!owner && library.size)
        return text_print(buffer, size,
                          ", which is not loaded; load the library '%.*s' "
                          "(DT_NEEDED) first, which may have it",
                          SPAN_ARGS(library));
    bool may_search = !owner && load->searches++ < LOAD_MOST_SEARCHES;
    if (may_search)
        owner = find_hidden(load->modules, name);
    if (owner)
        trouble.owner = owner_text(owner);
    else if (may_search)
        compare_all(load, &trouble);
    if (found)
        trouble.name_space = found->export->name_space;
    return import_explain(&trouble, buffer, size);
}
