/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the linker wrote where [psABI 4.4]. No load keeps that: a module is
 * linked once more to where it lies, and what comes out is shown while its link
 * is open, and given back.
 */
#include "runtime.h"

/* ---- One relocation ------------------------------------------------------ */

static span name_of(const struct symbol *symbol)
{
    return symbol->type == STT_SECTION && symbol->section
               ? symbol->section->name
               : symbol->name;
}

static uint64_t target_of(const struct link *link, const struct symbol *symbol,
                          int64_t addend)
{
    if (symbol->needs_plt)
        return symbol_target(link, symbol);
    return symbol_has_address(symbol) ? symbol_operand(symbol, addend) : 0;
}

static bool show(const struct listing *l, const struct section *section,
                 uint32_t index)
{
    struct relocation r = relocation_at(section, index);
    const struct symbol *symbol = symbol_at(section, r.symbol);
    uint64_t offset = section_output_offset(section, r.offset);
    const struct bootlink_applied applied = {
        .file = section->object->name,
        .section = section->name,
        .offset = r.offset,
        .type = span_of(reloc_x86_64.name(r.type)),
        .symbol = name_of(symbol),
        .s = target_of(l->link, symbol, r.addend),
        .a = r.addend,
        .p = section->output->address + offset,
        .before = (const unsigned char *)section->bytes.data + r.offset,
        .after = (const unsigned char *)section->output->data + offset,
        .width = reloc_kind(&reloc_x86_64, r.type)->width,
    };
    return l->visit(l->context, &applied);
}

/* ---- All of them --------------------------------------------------------- */

/* Has the linker applied relocations to it? */
static bool is_relocated(const struct section *section)
{
    return section->state == SECTION_PLACED && section->relocation_count &&
           section->flags & SHF_ALLOC && section->output->data;
}

static bool show_section(const struct listing *l, const struct section *section)
{
    bool goes_on = true;
    for (uint32_t i = 0; goes_on && i < section->relocation_count; i++)
        goes_on = show(l, section, i);
    return goes_on;
}

static void show_objects(const struct listing *l)
{
    for (const struct object *o = l->link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (is_relocated(&o->sections[i]) &&
                !show_section(l, &o->sections[i]))
                return;
}

/* ---- Is it the same file? ------------------------------------------------ */

static bool is_same_code(const struct bootlink_image *image,
                         const struct bootlink_loaded *loaded)
{
    bool is_same = image->low == loaded->low && image->high == loaded->high;
    for (size_t i = 0; is_same && i < image->section_count; i++) {
        const struct bootlink_section *s = &image->sections[i];
        if (s->permissions & BOOTLINK_EXECUTE)
            is_same =
                !memcmp(s->data, (const void *)(uintptr_t)s->address, s->size);
    }
    return is_same;
}

static bool check(const struct load *load, const struct bootlink_loaded *module)
{
    if (is_same_code(&load->image, module))
        return true;
    return report_error(load_world(load), BOOTLINK_CORRUPT,
                        "%.*s: is not the file any more that module %.*s was "
                        "loaded from; load it again",
                        SPAN_ARGS(load->path), SPAN_ARGS(module->name));
}

/* ---- The whole ----------------------------------------------------------- */

static bool link_and_show(struct load *load,
                          const struct bootlink_loaded *module,
                          struct listing listing)
{
    if (!load_link(load))
        return false;
    bool is_same = check(load, module);
    listing.link = load->image.link;
    if (is_same && load->image.link->shared)
        runtime_show_shared(&listing);
    else if (is_same)
        show_objects(&listing);
    image_release(load->image.link);
    bootlink_close(&load->image);
    return is_same;
}

bool bootlink_relocations(struct bootlink_modules *modules,
                          const struct bootlink_loaded *module, void *context,
                          bool (*visit)(void *context,
                                        const struct bootlink_applied *applied))
{
    const struct bootlink_world *world = &modules->kernel.world;
    struct load load = {.modules = modules,
                        .path = module->path,
                        .parameters = module->parameters,
                        .again = loaded_of(module),
                        .arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH)};
    struct listing listing = {.context = context, .visit = visit};
    if (module->is_kernel)
        return report_error(world, BOOTLINK_UNSUPPORTED,
                            "the kernel's relocations are not known any more; "
                            "those of modules are");
    modules->load_count++;
    bool ok = link_and_show(&load, module, listing);
    arena_close(&load.arena);
    return ok;
}
