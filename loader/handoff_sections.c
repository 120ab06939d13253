/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sections in the boot info, and the input files that their bytes are from:
 * image by image, the kernel first. With them a kernel can say of an address
 * what it is.
 */
#include "handoff_info.h"

struct writer {
    struct block *block;
    struct bootlink_info_section *next; /* where the next one goes */
};

/* ---- What there is ------------------------------------------------------- */

static void keep_range(void *context, const struct input_range *range)
{
    struct handoff_ranges *ranges = context;
    ranges->list = arena_grow(ranges->arena, ranges->list, ranges->count,
                              &ranges->capacity, sizeof(*ranges->list));
    if (ranges->list)
        ranges->list[ranges->count++] = *range;
}

static void keep_ranges(struct handoff_ranges *ranges,
                        const struct bootlink_image *image)
{
    if (image->link) /* which was linked here */
        input_ranges(image->link, ranges, keep_range);
}

struct handoff_ranges handoff_ranges(struct arena *arena,
                                     const struct handoff_input *input)
{
    struct handoff_ranges ranges = {.arena = arena};
    keep_ranges(&ranges, input->kernel);
    for (uint64_t i = 0; i < input->module_count; i++)
        keep_ranges(&ranges, input->modules[i].image);
    return ranges;
}

static uint64_t sections_size(const struct bootlink_image *image)
{
    uint64_t size = 0;
    for (size_t i = 0; i < image->section_count; i++)
        size += sizeof(struct bootlink_info_section) +
                text_size(image->sections[i].name);
    return size;
}

uint64_t handoff_sections_size(const struct handoff_input *input,
                               const struct handoff_ranges *ranges)
{
    uint64_t size = 2 * INFO_ALIGNMENT + sections_size(input->kernel);
    for (uint64_t i = 0; i < input->module_count; i++)
        size += sections_size(input->modules[i].image);
    for (uint64_t i = 0; i < ranges->count; i++)
        size += sizeof(struct bootlink_info_input) +
                text_size(ranges->list[i].file);
    return size;
}

/* ---- The boot info ------------------------------------------------------- */

static void put_sections(struct writer *writer,
                         const struct bootlink_image *image, uint32_t module)
{
    for (size_t i = 0; i < image->section_count; i++) {
        const struct bootlink_section *section = &image->sections[i];
        *writer->next++ = (struct bootlink_info_section){
            .address = section->address,
            .size = section->size,
            .name = block_text(writer->block, section->name),
            .module = module,
            .permissions = section->permissions,
        };
    }
}

static void put_all_sections(struct block *block,
                             const struct handoff_input *input,
                             struct bootlink_info *info)
{
    uint64_t address;
    info->section_count = input->kernel->section_count;
    for (uint64_t i = 0; i < input->module_count; i++)
        info->section_count += input->modules[i].image->section_count;
    struct writer writer = {block, NULL};
    writer.next = block_take(block, info->section_count * sizeof(*writer.next),
                             INFO_ALIGNMENT, &address);
    info->sections = (const struct bootlink_info_section *)address;
    put_sections(&writer, input->kernel, BOOTLINK_OF_KERNEL);
    for (uint64_t i = 0; i < input->module_count; i++)
        put_sections(&writer, input->modules[i].image, (uint32_t)i);
}

static void put_inputs(struct block *block, const struct handoff_ranges *ranges,
                       struct bootlink_info *info)
{
    uint64_t address;
    struct bootlink_info_input *inputs = block_take(
        block, ranges->count * sizeof(*inputs), INFO_ALIGNMENT, &address);
    info->inputs = (const struct bootlink_info_input *)address;
    info->input_count = ranges->count;
    for (uint64_t i = 0; i < ranges->count; i++) {
        const struct input_range *range = &ranges->list[i];
        inputs[i] = (struct bootlink_info_input){
            range->address, range->size, block_text(block, range->file)};
    }
}

void handoff_sections(struct block *block, const struct handoff_input *input,
                      const struct handoff_ranges *ranges,
                      struct bootlink_info *info)
{
    put_all_sections(block, input, info);
    put_inputs(block, ranges, info);
}
