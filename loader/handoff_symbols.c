/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbols in the boot info. Receives those of each image, ascending by
 * address; afterwards all of them are in one list, ascending, and in another
 * one those that modules may use. Their names come first, image by image: they
 * are in the input files, whose memory the lists may then use.
 */
#include "handoff_info.h"
#include "heap.h"
#include "loader.h"

/* ---- Names --------------------------------------------------------------- */

/* Most images have none, and this is asked for each of their exports. */
static inline bool has_name_spaces(const struct bootlink_image *image)
{
    return image->link && image->link->marks.name_spaces.count;
}

static span name_space_of(const struct bootlink_image *image,
                          const struct bootlink_symbol *symbol)
{
    return symbol->is_exported
               ? marks_name_space(&image->link->marks, symbol->name)
               : (span){NULL, 0};
}

static uint64_t names_size(const struct bootlink_image *image)
{
    uint64_t size = image->symbol_count + image->names_size;
    for (size_t i = 0; has_name_spaces(image) && i < image->symbol_count; i++)
        size += text_size(name_space_of(image, &image->symbols[i]));
    return size;
}

/* Image 0 is the kernel, image i + 1 module i. */
static const struct bootlink_image *image_at(const struct handoff_input *input,
                                             uint64_t index)
{
    return index ? input->modules[index - 1].image : input->kernel;
}

uint64_t handoff_names_size(const struct handoff_input *input)
{
    uint64_t size = 0;
    for (uint64_t i = 0; i <= input->module_count; i++)
        size += names_size(image_at(input, i));
    return size;
}

/* An image, as it is gone through. */
struct cursor {
    size_t next;           /* its first symbol that is not in the lists */
    const char *name;      /* of that */
    uint64_t name_address; /* where the kernel sees it */
};

/* Each with its namespace behind it, where there is one at all. */
static void put_names(struct block *block, const struct bootlink_image *image)
{
    bool has_spaces = has_name_spaces(image);
    for (size_t i = 0; i < image->symbol_count; i++) {
        block_text(block, image->symbols[i].name);
        if (has_spaces)
            block_text(block, name_space_of(image, &image->symbols[i]));
    }
}

struct cursor *handoff_names(struct arena *arena, struct block *block,
                             const struct handoff_input *input)
{
    struct cursor *cursors =
        arena_array(arena, input->module_count + 1, struct cursor);
    for (uint64_t i = 0; cursors && i <= input->module_count; i++) {
        cursors[i].name = block->data + block->used;
        cursors[i].name_address = block->address + block->used;
        put_names(block, image_at(input, i));
    }
    return cursors;
}

/* ---- Lists --------------------------------------------------------------- */

/* The images, as their lists become one. */
struct merge {
    const struct handoff_input *input;
    struct cursor *cursors; /* by image */
    struct heap heap; /* the images that have a symbol left, by its address */
    struct bootlink_info_symbol *symbols; /* where the next one goes */
    struct bootlink_info_export *exports; /* likewise */
};

static void put_back(struct merge *merge, uint64_t index)
{
    const struct bootlink_image *image = image_at(merge->input, index);
    size_t next = merge->cursors[index].next;
    if (next < image->symbol_count)
        heap_put(&merge->heap,
                 (struct keyed){image->symbols[next].address, index});
}

static uint64_t length(const char *text)
{
    uint64_t size = 0;
    while (text[size])
        size++;
    return size;
}

static inline struct bootlink_text next_name(struct cursor *at, uint64_t size)
{
    struct bootlink_text name = {(const char *)at->name_address, size};
    at->name += size + 1;
    at->name_address += size + 1;
    return name;
}

static inline void put_symbol(struct merge *merge, struct cursor *at,
                              bool has_spaces, uint32_t module,
                              const struct bootlink_symbol *symbol)
{
    struct bootlink_text name = next_name(at, symbol->name.size);
    /* Without namespaces an empty text, which lies at the end of the name. */
    struct bootlink_text space = {name.data + name.size, 0};
    if (has_spaces)
        space = next_name(at, length(at->name));
    *merge->symbols++ =
        (struct bootlink_info_symbol){.address = symbol->address,
                                      .size = symbol->size,
                                      .name = name,
                                      .module = module,
                                      .is_function = symbol->is_function};
    if (symbol->is_exported)
        *merge->exports++ =
            (struct bootlink_info_export){.address = symbol->address,
                                          .name = name,
                                          .name_space = space,
                                          .module = module};
}

/* Writes the first symbol of all, and those of the same image that come before
 * all others; of equal addresses that of the first image comes first. */
static void put_run(struct merge *merge)
{
    uint64_t from = heap_take(&merge->heap).item;
    uint32_t module = from ? from - 1 : BOOTLINK_OF_KERNEL;
    const struct bootlink_image *image = image_at(merge->input, from);
    uint64_t end = merge->heap.count ? merge->heap.items[0].key : UINT64_MAX;
    bool has_spaces = has_name_spaces(image);
    struct cursor at = merge->cursors[from];
    do {
        put_symbol(merge, &at, has_spaces, module, &image->symbols[at.next++]);
    } while (at.next < image->symbol_count &&
             image->symbols[at.next].address < end);
    merge->cursors[from] = at;
    put_back(merge, from);
}

/* How many symbols there are, and how many of them are exported. */
static void count_all(const struct handoff_input *input,
                      struct bootlink_info *info)
{
    for (uint64_t i = 0; i <= input->module_count; i++) {
        info->symbol_count += image_at(input, i)->symbol_count;
        info->export_count += image_at(input, i)->export_count;
    }
}

/* Room for the lists, in a block of their own. */
static bool open_lists(const struct bootlink_world *world, struct merge *merge,
                       struct bootlink_info *info, uint64_t direct_map)
{
    struct block block;
    uint64_t address;
    count_all(merge->input, info);
    uint64_t symbols = info->symbol_count * sizeof(*merge->symbols);
    uint64_t exports = info->export_count * sizeof(*merge->exports);
    if (!block_open(world, direct_map, symbols + exports + INFO_ALIGNMENT,
                    &block))
        return false;
    merge->symbols = block_room(&block, symbols, INFO_ALIGNMENT, &address);
    info->symbols = (const struct bootlink_info_symbol *)address;
    merge->exports = block_room(&block, exports, INFO_ALIGNMENT, &address);
    info->exports = (const struct bootlink_info_export *)address;
    return true;
}

bool handoff_symbols(struct arena *arena, const struct handoff_input *input,
                     struct cursor *cursors, uint64_t direct_map,
                     struct bootlink_info *info)
{
    uint64_t count = input->module_count + 1;
    struct merge merge = {.input = input, .cursors = cursors};
    merge.heap.items = arena_array(arena, count, struct keyed);
    if (!merge.heap.items ||
        !open_lists(arena->world, &merge, info, direct_map))
        return false;
    for (uint64_t i = 0; i < count; i++)
        put_back(&merge, i);
    while (merge.heap.count)
        put_run(&merge);
    return true;
}
