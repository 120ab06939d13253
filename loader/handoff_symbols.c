/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbols in the boot info. Receives those of each image, ascending by
 * address; afterwards all of them are in one list, ascending.
 */
#include "handoff_info.h"
#include "heap.h"

uint64_t handoff_symbols_size(const struct bootlink_image *image)
{
    uint64_t size = image->symbol_count * sizeof(struct bootlink_info_symbol);
    for (size_t i = 0; i < image->symbol_count; i++)
        size += text_size(image->symbols[i].name);
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
};

static void put_back(struct merge *merge, uint64_t index)
{
    const struct bootlink_image *image = image_at(merge->input, index);
    size_t next = merge->next[index];
    if (next < image->symbol_count)
        heap_put(&merge->heap,
                 (struct keyed){image->symbols[next].address, index});
}

static struct bootlink_info_symbol
symbol_of(struct block *block, const struct bootlink_symbol *symbol,
          uint64_t index)
{
    return (struct bootlink_info_symbol){
        .address = symbol->address,
        .size = symbol->size,
        .name = block_text(block, symbol->name),
        .module = index ? index - 1 : BOOTLINK_OF_KERNEL,
        .is_function = symbol->is_function,
    };
}

/* Writes the first symbol of all, and those of the same image that come before
 * all others; of equal addresses that of the first image comes first. */
static struct bootlink_info_symbol *
put_run(struct block *block, struct merge *merge,
        struct bootlink_info_symbol *symbols)
{
    uint64_t from = heap_take(&merge->heap).item;
    const struct bootlink_image *image = image_at(merge->input, from);
    uint64_t end = merge->heap.count ? merge->heap.items[0].key : UINT64_MAX;
    size_t next = merge->next[from];
    do {
        *symbols++ = symbol_of(block, &image->symbols[next++], from);
    } while (next < image->symbol_count && image->symbols[next].address < end);
    merge->next[from] = next;
    put_back(merge, from);
    return symbols;
}

static void put_symbols(struct block *block, struct merge *merge,
                        uint64_t count, struct bootlink_info *info)
{
    uint64_t address, total = 0;
    for (uint64_t i = 0; i < count; i++) {
        total += image_at(merge->input, i)->symbol_count;
        put_back(merge, i);
    }
    struct bootlink_info_symbol *symbols =
        block_take(block, total * sizeof(*symbols), INFO_ALIGNMENT, &address);
    info->symbols = (const struct bootlink_info_symbol *)address;
    info->symbol_count = total;
    while (merge->heap.count)
        symbols = put_run(block, merge, symbols);
}

bool handoff_symbols(const struct bootlink_world *world, struct block *block,
                     const struct handoff_input *input,
                     struct bootlink_info *info)
{
    struct arena arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH);
    uint64_t count = input->module_count + 1;
    struct merge merge = {input,
                          arena_array(&arena, count, size_t),
                          {arena_array(&arena, count, struct keyed), 0}};
    bool ok = merge.next && merge.heap.items;
    if (ok)
        put_symbols(block, &merge, count, info);
    arena_close(&arena);
    return ok;
}
