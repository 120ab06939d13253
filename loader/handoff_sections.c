/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sections in the boot info, and the input files that their bytes are from:
 * image by image, the kernel first. With them a kernel can say of an address
 * what it is.
 */
#include "handoff_info.h"
#include "input_ranges.h"

/* Where the next ones go. */
struct writer {
    struct block *block;
    struct bootlink_info_section *section;
    struct bootlink_info_input *input;
    uint64_t input_count, size; /* of what was gone through */
};

/* Goes over the ranges of an image that was linked here. */
static void each_range(struct writer *writer,
                       const struct bootlink_image *image,
                       input_range_visit *visit)
{
    if (image->link)
        input_ranges(image->link, writer, visit);
}

static void count_range(void *context, const struct input_range *range)
{
    struct writer *writer = context;
    writer->input_count++;
    writer->size += sizeof(struct bootlink_info_input) + text_size(range->file);
}

uint64_t handoff_sections_size(const struct bootlink_image *image)
{
    struct writer writer = {.size = 2 * INFO_ALIGNMENT};
    each_range(&writer, image, count_range);
    for (size_t i = 0; i < image->section_count; i++)
        writer.size += sizeof(struct bootlink_info_section) +
                       text_size(image->sections[i].name);
    return writer.size;
}

static void put_range(void *context, const struct input_range *range)
{
    struct writer *writer = context;
    *writer->input++ = (struct bootlink_info_input){
        range->address, range->size, block_text(writer->block, range->file)};
}

static void put_image(struct writer *writer, const struct bootlink_image *image,
                      uint32_t module)
{
    for (size_t i = 0; i < image->section_count; i++) {
        const struct bootlink_section *section = &image->sections[i];
        *writer->section++ = (struct bootlink_info_section){
            .address = section->address,
            .size = section->size,
            .name = block_text(writer->block, section->name),
            .module = module,
            .permissions = section->permissions,
        };
    }
    each_range(writer, image, put_range);
}

static void take_arrays(struct writer *writer,
                        const struct handoff_input *input,
                        struct bootlink_info *info)
{
    uint64_t address;
    info->section_count = input->kernel->section_count;
    each_range(writer, input->kernel, count_range);
    for (uint64_t i = 0; i < input->module_count; i++) {
        info->section_count += input->modules[i].image->section_count;
        each_range(writer, input->modules[i].image, count_range);
    }
    info->input_count = writer->input_count;
    writer->section = block_take(writer->block,
                                 info->section_count * sizeof(*writer->section),
                                 INFO_ALIGNMENT, &address);
    info->sections = (const struct bootlink_info_section *)address;
    writer->input =
        block_take(writer->block, info->input_count * sizeof(*writer->input),
                   INFO_ALIGNMENT, &address);
    info->inputs = (const struct bootlink_info_input *)address;
}

void handoff_sections(struct block *block, const struct handoff_input *input,
                      struct bootlink_info *info)
{
    struct writer writer = {.block = block};
    take_arrays(&writer, input, info);
    put_image(&writer, input->kernel, BOOTLINK_OF_KERNEL);
    for (uint64_t i = 0; i < input->module_count; i++)
        put_image(&writer, input->modules[i].image, (uint32_t)i);
}
