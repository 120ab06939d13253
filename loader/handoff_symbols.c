/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbols in the boot info. Receives those of each image, ascending by
 * address; afterwards all of them are in one list, ascending, and in another
 * one those that modules may use.
 */
#include "handoff_info.h"
#include "heap.h"
#include "loader.h"

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

uint64_t handoff_symbols_size(const struct bootlink_image *image)
{
    uint64_t size =
        image->symbol_count * (sizeof(struct bootlink_info_symbol) + 1) +
        image->names_size +
        image->export_count * sizeof(struct bootlink_info_export);
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

/* The lists of the images, as they are gone through. */
struct merge {
    const struct handoff_input *input;
    size_t *next;     /* by image: its first symbol that is not written */
    struct heap heap; /* the images that have one, by its address */
    struct block *block;
    struct bootlink_info_symbol *symbols; /* where the next one goes */
    struct bootlink_info_export *exports; /* likewise */
};

static void put_back(struct merge *merge, uint64_t index)
{
    const struct bootlink_image *image = image_at(merge->input, index);
    size_t next = merge->next[index];
    if (next < image->symbol_count)
        heap_put(&merge->heap,
                 (struct keyed){image->symbols[next].address, index});
}

/* Without a namespace it is an empty text, which lies at the end of the name.
 */
static struct bootlink_text put_name_space(struct merge *merge,
                                           const struct bootlink_image *image,
                                           const struct bootlink_symbol *symbol,
                                           struct bootlink_text name)
{
    return has_name_spaces(image)
               ? block_text(merge->block, name_space_of(image, symbol))
               : (struct bootlink_text){name.data + name.size, 0};
}

static inline void put_symbol(struct merge *merge,
                              const struct bootlink_image *image,
                              uint32_t module,
                              const struct bootlink_symbol *symbol)
{
    struct bootlink_text name = block_text(merge->block, symbol->name);
    *merge->symbols++ =
        (struct bootlink_info_symbol){.address = symbol->address,
                                      .size = symbol->size,
                                      .name = name,
                                      .module = module,
                                      .is_function = symbol->is_function};
    if (symbol->is_exported)
        *merge->exports++ = (struct bootlink_info_export){
            .address = symbol->address,
            .name = name,
            .name_space = put_name_space(merge, image, symbol, name),
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
    size_t next = merge->next[from];
    do {
        put_symbol(merge, image, module, &image->symbols[next++]);
    } while (next < image->symbol_count && image->symbols[next].address < end);
    merge->next[from] = next;
    put_back(merge, from);
}

/* How many symbols there are, and how many of them are exported. */
static void count_all(struct merge *merge, uint64_t count,
                      struct bootlink_info *info)
{
    for (uint64_t i = 0; i < count; i++) {
        info->symbol_count += image_at(merge->input, i)->symbol_count;
        info->export_count += image_at(merge->input, i)->export_count;
    }
}

static void put_symbols(struct merge *merge, uint64_t count,
                        struct bootlink_info *info)
{
    uint64_t address;
    count_all(merge, count, info);
    merge->symbols =
        block_room(merge->block, info->symbol_count * sizeof(*merge->symbols),
                   INFO_ALIGNMENT, &address);
    info->symbols = (const struct bootlink_info_symbol *)address;
    merge->exports =
        block_room(merge->block, info->export_count * sizeof(*merge->exports),
                   INFO_ALIGNMENT, &address);
    info->exports = (const struct bootlink_info_export *)address;
    for (uint64_t i = 0; i < count; i++)
        put_back(merge, i);
    while (merge->heap.count)
        put_run(merge);
}

bool handoff_symbols(struct arena *arena, struct block *block,
                     const struct handoff_input *input,
                     struct bootlink_info *info)
{
    uint64_t count = input->module_count + 1;
    struct merge merge = {input,
                          arena_array(arena, count, size_t),
                          {arena_array(arena, count, struct keyed), 0},
                          block,
                          NULL,
                          NULL};
    if (!merge.next || !merge.heap.items)
        return false;
    put_symbols(&merge, count, info);
    return true;
}
