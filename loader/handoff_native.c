/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The boot info of the native protocol. Receives what the loader knows;
 * afterwards a few blocks of memory hold struct bootlink_info and all that it
 * points to: one has the lists of symbols, whose memory may have been that of
 * the input files, one the memory map, and others have names that the first has
 * no room for. They are written through the world's pointers, and every pointer
 * in them is a virtual address in the direct map: the two are never mixed,
 * since the kernel's page tables are not in force yet.
 */
#include "handoff_info.h"

#include <string.h>

enum {
    PAGE_SIZE = 4096,
    ARRAYS = 3, /* info, framebuffer, files */
};

static const char loader_name[] = "Bootlink " BOOTLINK_VERSION;

/* ---- How large it is ---------------------------------------------------- */

/* Everything that is copied exists in memory, so the sum cannot overflow. */
static uint64_t info_size(const struct handoff_input *input,
                          const struct handoff_ranges *ranges)
{
    uint64_t size =
        sizeof(struct bootlink_info) + sizeof(struct bootlink_framebuffer) +
        input->file_count * sizeof(struct bootlink_file) +
        text_size(SPAN(loader_name)) + text_size(input->command_line) +
        text_size(input->kernel_version) + handoff_modules_size(input) +
        handoff_names_size(input) + handoff_sections_size(input, ranges) +
        ARRAYS * INFO_ALIGNMENT;
    for (uint64_t i = 0; i < input->file_count; i++)
        size += text_size(input->files[i].name);
    return size;
}

/* ---- A block of boot info ----------------------------------------------- */

bool block_open(const struct bootlink_world *world, uint64_t direct_map,
                uint64_t size, struct block *block)
{
    struct bootlink_memory memory;
    uint64_t whole = align_up(size, PAGE_SIZE);
    if (whole < size || !world->memory(world->host, BOOTLINK_MEMORY_INFO, whole,
                                       PAGE_SIZE, BOOTLINK_ANYWHERE, &memory))
        return report_error(world, BOOTLINK_NO_MEMORY,
                            "no memory for %llu bytes of boot info; give the "
                            "machine more memory",
                            (unsigned long long)size);
    *block = (struct block){memory.data, direct_map + memory.physical, 0};
    return true;
}

void *block_room(struct block *block, uint64_t size, uint64_t align,
                 uint64_t *address)
{
    uint64_t at = align_up(block->used, align);
    while (block->used < at)
        block->data[block->used++] = 0;
    *address = block->address + at;
    block->used = at + size;
    return block->data + at;
}

void *block_take(struct block *block, uint64_t size, uint64_t align,
                 uint64_t *address)
{
    return memset(block_room(block, size, align, address), 0, size);
}

/* ---- Files and framebuffer ---------------------------------------------- */

static void put_files(struct block *block, const struct handoff_input *input,
                      uint64_t direct_map, struct bootlink_info *info)
{
    uint64_t address;
    struct bootlink_file *files = block_take(
        block, input->file_count * sizeof(*files), INFO_ALIGNMENT, &address);
    info->files = (const struct bootlink_file *)address;
    info->file_count = input->file_count;
    for (uint64_t i = 0; i < input->file_count; i++) {
        const struct handoff_file *file = &input->files[i];
        files[i] = (struct bootlink_file){
            .name = block_text(block, file->name),
            .data = (const void *)(direct_map + file->physical),
            .physical = file->physical,
            .size = file->size,
        };
    }
}

static void put_framebuffer(struct block *block,
                            const struct bootlink_framebuffer *framebuffer,
                            uint64_t direct_map, struct bootlink_info *info)
{
    uint64_t address;
    if (!framebuffer)
        return;
    struct bootlink_framebuffer *copy =
        block_take(block, sizeof(*copy), INFO_ALIGNMENT, &address);
    *copy = *framebuffer;
    copy->data = (void *)(direct_map + framebuffer->physical);
    info->framebuffer = (const struct bootlink_framebuffer *)address;
}

/* ---- The info ----------------------------------------------------------- */

static void put_scalars(const struct handoff_input *input,
                        const struct handoff *handoff,
                        struct bootlink_info *info)
{
    const struct bootlink_image *kernel = input->kernel;
    info->magic = BOOTLINK_INFO_MAGIC;
    info->version = BOOTLINK_INFO_VERSION;
    info->size = sizeof(*info);
    info->direct_map = handoff->direct_map;
    info->kernel_virtual =
        (struct bootlink_range){kernel->low, kernel->high - kernel->low};
    info->kernel_physical = handoff_physical(kernel);
    info->slide = kernel->slide;
    info->rsdp = input->rsdp;
    info->smbios = input->smbios;
    info->efi_system_table = input->efi_system_table;
    info->log.data = (const char *)(handoff->direct_map + input->log.physical);
    info->trampoline = (struct bootlink_range){input->trampoline, PAGE_SIZE};
    info->stack = handoff->stack_range;
}

static bool put_info(struct arena *arena, const struct handoff_input *input,
                     struct handoff *handoff)
{
    struct block block;
    struct handoff_ranges ranges = handoff_ranges(input);
    if (!block_open(arena->world, handoff->direct_map,
                    info_size(input, &ranges), &block))
        return false;
    struct bootlink_info *info = block_take(
        &block, sizeof(*info), INFO_ALIGNMENT, &handoff->info_address);
    handoff->info = info;
    put_scalars(input, handoff, info);
    info->loader = block_text(&block, SPAN(loader_name));
    info->command_line = block_text(&block, input->command_line);
    info->kernel_version = block_text(&block, input->kernel_version);
    put_framebuffer(&block, input->framebuffer, handoff->direct_map, info);
    handoff_modules(&block, input, info);
    put_files(&block, input, handoff->direct_map, info);
    handoff_sections(&block, input, &ranges, info);
    struct cursor *cursors =
        handoff_names(arena, &block, input, handoff->direct_map);
    if (!cursors)
        return false;
    if (input->inputs_done)
        input->inputs_done(arena->world->host);
    return handoff_symbols(arena, input, cursors, handoff->direct_map, info);
}

static bool make_info(const struct bootlink_world *world,
                      const struct handoff_input *input,
                      struct handoff *handoff)
{
    struct arena arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH);
    bool ok = put_info(&arena, input, handoff);
    arena_close(&arena);
    return ok;
}

/* ---- The memory map ----------------------------------------------------- */

static uint64_t count_used_ranges(const struct handoff_input *input)
{
    uint64_t count = input->kernel->segment_count + input->file_count + 2;
    for (uint64_t i = 0; i < input->module_count; i++)
        count += input->modules[i].image->segment_count;
    return count;
}

static void add_image(struct memmap *map, const struct bootlink_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        memmap_add_bytes(map, image->segments[i].physical,
                         image->segments[i].size, BOOTLINK_MEMORY_KERNEL);
}

/* What the loader knows better than the firmware. */
static void add_used_ranges(struct memmap *map,
                            const struct handoff_input *input)
{
    add_image(map, input->kernel);
    for (uint64_t i = 0; i < input->module_count; i++)
        add_image(map, input->modules[i].image);
    for (uint64_t i = 0; i < input->file_count; i++)
        memmap_add_bytes(map, input->files[i].physical, input->files[i].size,
                         BOOTLINK_MEMORY_KERNEL);
    memmap_add_bytes(map, input->trampoline, PAGE_SIZE, BOOTLINK_MEMORY_KERNEL);
    if (input->framebuffer)
        memmap_add_bytes(map, input->framebuffer->physical,
                         input->framebuffer->size, BOOTLINK_MEMORY_FRAMEBUFFER);
}

/* Opens a map with room for all that may come when nothing can be had any
 * more. */
static bool open_memory_map(const struct bootlink_world *world,
                            const struct handoff_input *input,
                            struct handoff *handoff)
{
    struct block block;
    uint64_t count, work, result, total, work_address, result_address;
    if (__builtin_add_overflow(input->memory_limit, count_used_ranges(input),
                               &count) ||
        !memmap_sizes(count, &work, &result) ||
        __builtin_add_overflow(work, result, &total))
        total = UINT64_MAX; /* which the world refuses */
    if (!block_open(world, handoff->direct_map, total, &block))
        return false;
    void *ranges = block_take(&block, result, INFO_ALIGNMENT, &result_address);
    void *edges = block_room(&block, work, INFO_ALIGNMENT, &work_address);
    handoff->info->memory_map =
        (const struct bootlink_memory_range *)result_address;
    handoff->memory = memmap_open(edges, ranges, count);
    add_used_ranges(&handoff->memory, input);
    return true;
}

bool handoff_memory(struct handoff *handoff, struct memmap_range range)
{
    return memmap_add(&handoff->memory, range);
}

void handoff_finish(struct handoff *handoff, uint64_t log_size)
{
    memmap_finish(&handoff->memory);
    handoff->info->memory_map_count = handoff->memory.range_count;
    handoff->info->log.size = log_size;
}

/* ---- The whole ---------------------------------------------------------- */

bool handoff_build(const struct bootlink_world *world,
                   const struct handoff_input *input, struct handoff *handoff)
{
    *handoff = (struct handoff){.entry = input->kernel->entry};
    return handoff_pages(world, input, handoff) &&
           make_info(world, input, handoff) &&
           open_memory_map(world, input, handoff);
}
