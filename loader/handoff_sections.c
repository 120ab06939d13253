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

/* The ranges are gone over twice rather than kept: there may be as many as
 * input sections. */
static void each_range(const struct handoff_input *input, void *context,
                       input_range_visit *visit)
{
    if (input->kernel->link) /* which was linked here */
        input_ranges(input->kernel->link, context, visit);
    for (uint64_t i = 0; i < input->module_count; i++)
        if (input->modules[i].image->link)
            input_ranges(input->modules[i].image->link, context, visit);
}

static void add_range(void *context, const struct input_range *range)
{
    struct handoff_ranges *ranges = context;
    ranges->count++;
    ranges->size += sizeof(struct bootlink_info_input) + text_size(range->file);
}

struct handoff_ranges handoff_ranges(const struct handoff_input *input)
{
    struct handoff_ranges ranges = {0, 0};
    each_range(input, &ranges, add_range);
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
    uint64_t size =
        2 * INFO_ALIGNMENT + sections_size(input->kernel) + ranges->size;
    for (uint64_t i = 0; i < input->module_count; i++)
        size += sections_size(input->modules[i].image);
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

struct input_writer {
    struct block *block;
    struct bootlink_info_input *next; /* where the next one goes */
};

static void put_input(void *context, const struct input_range *range)
{
    struct input_writer *writer = context;
    *writer->next++ = (struct bootlink_info_input){
        range->address, range->size, block_text(writer->block, range->file)};
}

static void put_inputs(struct block *block, const struct handoff_input *input,
                       const struct handoff_ranges *ranges,
                       struct bootlink_info *info)
{
    uint64_t address;
    struct input_writer writer = {block, NULL};
    writer.next = block_room(block, ranges->count * sizeof(*writer.next),
                             INFO_ALIGNMENT, &address);
    info->inputs = (const struct bootlink_info_input *)address;
    info->input_count = ranges->count;
    each_range(input, &writer, put_input);
}

void handoff_sections(struct block *block, const struct handoff_input *input,
                      const struct handoff_ranges *ranges,
                      struct bootlink_info *info)
{
    put_all_sections(block, input, info);
    put_inputs(block, input, ranges, info);
}
