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

enum { LEAST_NAMES = 64 << 10 }; /* bytes of names in a block */

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

static uint64_t all_names_size(const struct handoff_input *input)
{
    uint64_t size = 0;
    for (uint64_t i = 0; i <= input->module_count; i++)
        size += names_size(image_at(input, i));
    return size;
}

/* Where names of an image lie, one behind the other. */
struct part {
    size_t end; /* the first symbol whose name is in the next one */
    const char *name;
    uint64_t address; /* where the kernel sees it */
    struct part *next;
};

/* An image, as it is gone through. */
struct cursor {
    size_t next;           /* its first symbol that is not in the lists */
    const char *name;      /* of that */
    uint64_t name_address; /* where the kernel sees it */
    struct part *part;     /* that it is in */
};

/* Names as they are written: into what is left of a block, then another. */
struct names {
    struct arena *arena;
    const struct bootlink_image *image; /* whose names they are, ... */
    size_t next;                        /* ... from this symbol on */
    struct block block;
    uint64_t end;   /* of the block's room */
    uint64_t left;  /* to be written behind that, most likely */
    uint64_t whole; /* that much at a time */
    uint64_t direct_map;
};

/* So much is wanted at once: pieces of memory that nobody needs any more are
 * large enough, where one for all names is not. */
static uint64_t names_at_once(uint64_t size)
{
    uint64_t whole = size / 16 > LEAST_NAMES ? size / 16 : LEAST_NAMES;
    return size < whole ? size : whole;
}

uint64_t handoff_names_size(const struct handoff_input *input)
{
    return names_at_once(all_names_size(input));
}

/* As many as the block has room for; most images have no namespaces. */
static void put_plain(struct names *names)
{
    const struct bootlink_symbol *symbol = names->image->symbols + names->next;
    const struct bootlink_symbol *last =
        names->image->symbols + names->image->symbol_count;
    struct block block = names->block;
    for (; symbol < last && symbol->name.size < names->end - block.used;
         symbol++)
        block_text(&block, symbol->name);
    names->block.used = block.used;
    names->next = symbol - names->image->symbols;
}

/* The same, each with its namespace behind it. */
static void put_spaced(struct names *names)
{
    for (; names->next < names->image->symbol_count; names->next++) {
        const struct bootlink_symbol *symbol =
            &names->image->symbols[names->next];
        span space = name_space_of(names->image, symbol);
        if (text_size(symbol->name) + text_size(space) >
            names->end - names->block.used)
            return;
        block_text(&names->block, symbol->name);
        block_text(&names->block, space);
    }
}

/* A block for what is left, or for some of it, but the next name. */
static bool add_block(struct names *names)
{
    const struct bootlink_symbol *symbol = names->image->symbols + names->next;
    uint64_t size = text_size(symbol->name);
    if (has_name_spaces(names->image))
        size += text_size(name_space_of(names->image, symbol));
    names->left += names->end - names->block.used;
    if (size < names->whole)
        size = names->left < names->whole ? names->left : names->whole;
    names->left -= size;
    names->end = size;
    return block_open(names->arena->world, names->direct_map, size,
                      &names->block);
}

static struct part *put_part(struct names *names)
{
    struct part *part = arena_new(names->arena, struct part);
    if (!part)
        return NULL;
    part->name = names->block.data + names->block.used;
    part->address = names->block.address + names->block.used;
    if (has_name_spaces(names->image))
        put_spaced(names);
    else
        put_plain(names);
    part->end = names->next;
    return part;
}

static struct part *put_names(struct names *names,
                              const struct bootlink_image *image)
{
    names->image = image;
    names->next = 0;
    struct part *first = put_part(names), *last = first;
    while (last && names->next < image->symbol_count)
        last = last->next = add_block(names) ? put_part(names) : NULL;
    return last ? first : NULL;
}

/* To the names of the next symbol, if they are elsewhere. */
static void next_part(struct cursor *at)
{
    const struct part *part = at->part;
    if (at->next < part->end || !part->next)
        return;
    at->part = part->next;
    at->name = at->part->name;
    at->name_address = at->part->address;
}

struct cursor *handoff_names(struct arena *arena, struct block *block,
                             const struct handoff_input *input,
                             uint64_t direct_map)
{
    uint64_t left = all_names_size(input), whole = names_at_once(left);
    struct names names = {.arena = arena,
                          .block = *block,
                          .end = block->used + whole,
                          .left = left - whole,
                          .whole = whole,
                          .direct_map = direct_map};
    struct cursor *cursors =
        arena_array(arena, input->module_count + 1, struct cursor);
    for (uint64_t i = 0; cursors && i <= input->module_count; i++) {
        struct part *part = put_names(&names, image_at(input, i));
        if (!part)
            return NULL;
        cursors[i] = (struct cursor){0, part->name, part->address, part};
        next_part(&cursors[i]); /* of no name, where a block was full */
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
 * all others, as far as their names lie together; of equal addresses that of
 * the first image comes first. */
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
    } while (at.next < at.part->end && image->symbols[at.next].address < end);
    next_part(&at);
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
