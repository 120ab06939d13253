/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The modules in the boot info: where each lies, how it is started, what it
 * needs; and those that were left out.
 */
#include "handoff_info.h"

uint64_t handoff_physical(const struct bootlink_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].address == image->low)
            return image->segments[i].physical;
    return 0;
}

static uint64_t module_size(const struct handoff_module *module)
{
    return sizeof(struct bootlink_module) +
           sizeof(struct bootlink_module_info) +
           module->need_count * sizeof(*module->needs) + INFO_ALIGNMENT +
           text_size(module->name) + text_size(module->parameters) +
           text_size(module->path) + text_size(module->version) +
           text_size(module->description);
}

uint64_t handoff_modules_size(const struct handoff_input *input)
{
    uint64_t size = 3 * INFO_ALIGNMENT;
    for (uint64_t i = 0; i < input->module_count; i++)
        size += module_size(&input->modules[i]);
    for (uint64_t i = 0; i < input->left_out_count; i++)
        size += sizeof(struct bootlink_left_out) +
                text_size(input->left_out[i].name) +
                text_size(input->left_out[i].path) +
                text_size(input->left_out[i].reason);
    return size;
}

static struct bootlink_module put_module(struct block *block,
                                         const struct handoff_module *from)
{
    const struct bootlink_image *image = from->image;
    return (struct bootlink_module){
        .name = block_text(block, from->name),
        .parameters = block_text(block, from->parameters),
        .address = image->low,
        .size = image->high - image->low,
        .physical = handoff_physical(image),
        .init = (bootlink_init_function)image->init,
    };
}

static const uint32_t *put_needs(struct block *block,
                                 const struct handoff_module *from)
{
    uint64_t address, size = from->need_count * sizeof(*from->needs);
    void *needs = block_take(block, size, sizeof(*from->needs), &address);
    if (size)
        memcpy(needs, from->needs, size);
    return (const uint32_t *)address;
}

static struct bootlink_module_info put_more(struct block *block,
                                            const struct handoff_module *from)
{
    const struct bootlink_image *image = from->image;
    return (struct bootlink_module_info){
        .path = block_text(block, from->path),
        .version = block_text(block, from->version),
        .description = block_text(block, from->description),
        .constructors = (const bootlink_function *)image->init_array,
        .constructor_count = image->init_count,
        .finalisers = (const bootlink_function *)image->fini_array,
        .finaliser_count = image->fini_count,
        .exit = (bootlink_function)image->exit,
        .irelative = (const struct bootlink_irelative *)image->irelative,
        .irelative_count = image->irelative_count,
        .needs = put_needs(block, from),
        .need_count = from->need_count,
    };
}

static void put_left_out(struct block *block, const struct handoff_input *input,
                         struct bootlink_info *info)
{
    uint64_t address;
    struct bootlink_left_out *left_out =
        block_take(block, input->left_out_count * sizeof(*left_out),
                   INFO_ALIGNMENT, &address);
    info->left_out = (const struct bootlink_left_out *)address;
    info->left_out_count = input->left_out_count;
    for (uint64_t i = 0; i < input->left_out_count; i++)
        left_out[i] = (struct bootlink_left_out){
            block_text(block, input->left_out[i].name),
            block_text(block, input->left_out[i].path),
            block_text(block, input->left_out[i].reason)};
}

void handoff_modules(struct block *block, const struct handoff_input *input,
                     struct bootlink_info *info)
{
    uint64_t address, count = input->module_count;
    struct bootlink_module *modules =
        block_take(block, count * sizeof(*modules), INFO_ALIGNMENT, &address);
    info->modules = (const struct bootlink_module *)address;
    info->module_count = count;
    struct bootlink_module_info *more =
        block_take(block, count * sizeof(*more), INFO_ALIGNMENT, &address);
    info->module_infos = (const struct bootlink_module_info *)address;
    for (uint64_t i = 0; i < count; i++) {
        modules[i] = put_module(block, &input->modules[i]);
        more[i] = put_more(block, &input->modules[i]);
    }
    put_left_out(block, input, info);
}
