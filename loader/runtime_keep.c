/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What stays of a module's link: who it is, where it lies, its symbols and
 * exports, and which file its bytes are from. Receives the image while its link
 * is open; afterwards nothing points into the link any more, and it can be
 * closed.
 */
#include "runtime.h"

/* Names are copied to one block, one behind the other. */
struct keeper {
    const struct bootlink_image *image;
    struct loaded *loaded;
    struct arena *arena; /* of `loaded` */
    char *names;
};

static span keep_name(struct keeper *k, span name)
{
    span copy = {k->names, name.size};
    if (name.size)
        memcpy(k->names, name.data, name.size);
    k->names += name.size;
    return copy;
}

/* ---- Where bytes are from ------------------------------------------------ */

static void count_range(void *context, const struct input_range *range)
{
    struct loaded *loaded = context;
    (void)range;
    loaded->range_count++;
}

static void list_range(void *context, const struct input_range *range)
{
    struct loaded *loaded = context;
    loaded->ranges[loaded->range_count++] = *range;
}

static bool list_ranges(struct keeper *k, const struct link *link)
{
    struct loaded *loaded = k->loaded;
    input_ranges(link, loaded, count_range);
    loaded->ranges =
        arena_array(k->arena, loaded->range_count, struct input_range);
    loaded->range_count = 0;
    if (loaded->ranges)
        input_ranges(link, loaded, list_range);
    return loaded->ranges;
}

/* ---- How long the names are ---------------------------------------------- */

static uint64_t names_size(const struct keeper *k)
{
    const struct bootlink_image *image = k->image;
    uint64_t size = image->names_size;
    for (size_t i = 0; i < image->segment_count; i++)
        size += image->segments[i].name.size;
    for (size_t i = 0; i < image->section_count; i++)
        size += image->sections[i].name.size;
    for (uint64_t i = 0; i < k->loaded->range_count; i++)
        size += k->loaded->ranges[i].file.size;
    return size;
}

/* ---- Copies -------------------------------------------------------------- */

/* Copies an array of the image. */
static void *keep_array(struct keeper *k, const void *items, uint64_t count,
                        uint64_t size)
{
    void *copy = arena_take(k->arena, count, size);
    if (copy && count)
        memcpy(copy, items, count * size);
    return copy;
}

static bool keep_places(struct keeper *k)
{
    const struct bootlink_image *image = k->image;
    struct bootlink_loaded *seen = &k->loaded->seen;
    struct bootlink_segment *segments =
        keep_array(k, image->segments, image->segment_count, sizeof(*segments));
    struct bootlink_section *sections =
        keep_array(k, image->sections, image->section_count, sizeof(*sections));
    if (!segments || !sections)
        return false;
    seen->segments = segments;
    seen->sections = sections;
    seen->segment_count = image->segment_count;
    seen->section_count = image->section_count;
    for (size_t i = 0; i < image->segment_count; i++)
        segments[i].name = keep_name(k, segments[i].name);
    for (size_t i = 0; i < image->section_count; i++) {
        sections[i].name = keep_name(k, sections[i].name);
        sections[i].data = NULL;
    }
    for (uint64_t i = 0; i < k->loaded->range_count; i++)
        k->loaded->ranges[i].file = keep_name(k, k->loaded->ranges[i].file);
    return true;
}

static bool keep_symbols(struct keeper *k)
{
    const struct bootlink_image *image = k->image;
    struct bootlink_loaded *seen = &k->loaded->seen;
    struct bootlink_symbol *symbols =
        keep_array(k, image->symbols, image->symbol_count, sizeof(*symbols));
    struct bootlink_export *exports =
        arena_array(k->arena, image->export_count, struct bootlink_export);
    if (!symbols || !exports)
        return false;
    seen->symbols = symbols;
    seen->exports = exports;
    seen->symbol_count = image->symbol_count;
    seen->export_count = image->export_count;
    for (size_t i = 0; i < image->symbol_count; i++) {
        span name = symbols[i].name;
        symbols[i].name = keep_name(k, name);
        if (symbols[i].is_exported)
            *exports++ = (struct bootlink_export){
                symbols[i].name, symbols[i].address,
                arena_copy(k->arena,
                           marks_name_space(&image->link->marks, name))};
    }
    return true;
}

/* The image's memory, which from now on belongs to the module. */
static bool keep_blocks(struct keeper *k)
{
    struct loaded *loaded = k->loaded;
    struct link *link = k->image->link;
    uint64_t count = 0;
    for (const struct kept_memory *m = link->kept; m; m = m->next)
        count++;
    loaded->blocks = arena_array(k->arena, count, struct bootlink_memory);
    if (!loaded->blocks)
        return false;
    for (const struct kept_memory *m = link->kept; m; m = m->next)
        loaded->blocks[loaded->block_count++] = m->memory;
    link->kept = NULL;
    return true;
}

static void describe(struct keeper *k, span path, span parameters)
{
    const struct bootlink_image *image = k->image;
    const struct module_marks *marks = &image->link->marks;
    struct loaded *loaded = k->loaded;
    struct bootlink_loaded *seen = &loaded->seen;
    seen->path = arena_copy(k->arena, path);
    seen->name = arena_copy(k->arena, module_name(marks, path));
    seen->version = arena_copy(k->arena, marks->version);
    seen->description = arena_copy(k->arena, marks->description);
    seen->parameters = arena_copy(k->arena, parameters);
    loaded->base = image->link->module_base ? image->link->module_base->number
                                            : image->low; /* a shared object */
    seen->low = image->low;
    seen->high = image->high;
    seen->init = image->init;
    seen->exit = image->exit;
    loaded->irelative = image->irelative;
    loaded->irelative_count = image->irelative_count;
    loaded->init_array = image->init_array;
    loaded->init_count = image->init_count;
    loaded->fini_array = image->fini_array;
    loaded->fini_count = image->fini_count;
}

static bool keep(struct keeper *k)
{
    if (!list_ranges(k, k->image->link))
        return false;
    k->names = arena_take(k->arena, names_size(k), 1);
    return k->names && keep_places(k) && keep_symbols(k) && keep_blocks(k);
}

struct loaded *runtime_keep(struct bootlink_modules *modules,
                            const struct bootlink_image *image, span path,
                            span parameters)
{
    struct arena arena =
        arena_open(&modules->kernel.world, BOOTLINK_MEMORY_SCRATCH);
    struct loaded *loaded = arena_new(&arena, struct loaded);
    if (!loaded)
        return NULL;
    loaded->arena = arena;
    struct keeper k = {image, loaded, &loaded->arena, NULL};
    describe(&k, path, parameters);
    if (keep(&k) && !loaded->arena.failed)
        return loaded;
    arena = loaded->arena;
    arena_close(&arena);
    return NULL;
}
