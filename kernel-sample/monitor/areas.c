/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Whose an address is, by what the boot info says. Areas may lie in each other,
 * as the boot info lies in the direct map: the first kind in the table below
 * that has an address owns it.
 */
#include "monitor.h"

/* ---- The kinds, each a list: area i of it, or false behind the last ------ */

/* linker.ld puts these around the kernel's sections. */
extern const char __text_start[], __text_end[], __rodata_start[],
    __rodata_end[], __data_start[], __data_end[], __bss_start[], __bss_end[];

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

static struct area area_of(uint64_t start, uint64_t end,
                           struct bootlink_text name)
{
    return (struct area){.start = start, .size = end - start, .name = name};
}

static bool kernel_section(const struct kernel *kernel, uint64_t i,
                           struct area *area)
{
    static const struct {
        const char *start, *end;
        struct bootlink_text name;
    } sections[] = {
        {__text_start, __text_end, {".text", 5}},
        {__rodata_start, __rodata_end, {".rodata", 7}},
        {__data_start, __data_end, {".data", 5}},
        {__bss_start, __bss_end, {".bss", 4}},
    };
    (void)kernel;
    if (i >= COUNT(sections))
        return false;
    *area = area_of((uint64_t)sections[i].start,
                    page_up((uint64_t)sections[i].end), sections[i].name);
    return true;
}

static bool boot_module(const struct kernel *kernel, uint64_t i,
                        struct area *area)
{
    if (i >= kernel->info.module_count)
        return false;
    const struct bootlink_module *module = &kernel->info.modules[i];
    *area =
        area_of(module->address, module->address + module->size, module->name);
    return true;
}

static bool stack(const struct kernel *kernel, uint64_t i, struct area *area)
{
    const struct bootlink_range *range = &kernel->info.stack;
    *area = area_of(range->start, range->start + range->size,
                    (struct bootlink_text){0});
    return i == 0;
}

static bool trampoline(const struct kernel *kernel, uint64_t i,
                       struct area *area)
{
    const struct bootlink_range *range = &kernel->info.trampoline;
    *area = area_of(range->start, range->start + range->size,
                    (struct bootlink_text){0});
    return i == 0;
}

static bool passed_file(const struct kernel *kernel, uint64_t i,
                        struct area *area)
{
    if (i >= kernel->info.file_count)
        return false;
    const struct bootlink_file *file = &kernel->info.files[i];
    *area = area_of((uint64_t)file->data,
                    page_up((uint64_t)file->data + file->size), file->name);
    return true;
}

static bool boot_log(const struct kernel *kernel, uint64_t i, struct area *area)
{
    const struct bootlink_text *log = &kernel->info.log;
    uint64_t start = (uint64_t)log->data & ~(uint64_t)(PAGE_SIZE - 1);
    *area = area_of(start, page_up((uint64_t)log->data + log->size),
                    (struct bootlink_text){0});
    return i == 0;
}

/* The struct comes first, the symbols and their names last. */
static bool boot_info(const struct kernel *kernel, uint64_t i,
                      struct area *area)
{
    const struct bootlink_info *info = &kernel->info;
    uint64_t end = (uint64_t)kernel->given + sizeof(*info);
    for (uint64_t n = 0; n < info->symbol_count; n++) {
        const struct bootlink_text *name = &info->symbols[n].name;
        if ((uint64_t)name->data + name->size > end)
            end = (uint64_t)name->data + name->size;
    }
    *area = area_of((uint64_t)kernel->given, page_up(end),
                    (struct bootlink_text){0});
    return i == 0;
}

static bool memory_map(const struct kernel *kernel, uint64_t i,
                       struct area *area)
{
    const struct bootlink_info *info = &kernel->info;
    uint64_t start = (uint64_t)info->memory_map;
    *area = area_of(
        start, page_up((uint64_t)(info->memory_map + info->memory_map_count)),
        (struct bootlink_text){0});
    return i == 0;
}

static bool direct_map(const struct kernel *kernel, uint64_t i,
                       struct area *area)
{
    if (i >= kernel->info.memory_map_count)
        return false;
    const struct bootlink_memory_range *range = &kernel->info.memory_map[i];
    const char *type = memory_type_name(range->type);
    uint64_t start = kernel->info.direct_map + range->start;
    *area = area_of(start, start + range->size,
                    (struct bootlink_text){type, strlen(type)});
    return true;
}

static const struct {
    const char *owner;
    bool (*number)(const struct kernel *kernel, uint64_t i, struct area *area);
} kinds[] = {
    {"kernel", kernel_section},
    {"module", boot_module},
    {"stack", stack},
    {"trampoline", trampoline},
    {"file", passed_file},
    {"boot log", boot_log},
    {"boot info", boot_info},
    {"memory map", memory_map},
    {"direct map:", direct_map},
};

/* ---- Who owns it -------------------------------------------------------- */

struct area area_at(const struct kernel *kernel, uint64_t address,
                    uint64_t *end)
{
    struct area area;
    *end = UINT64_MAX;
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        for (uint64_t i = 0; kinds[kind].number(kernel, i, &area); i++) {
            area.owner = kinds[kind].owner;
            if (address - area.start < area.size) {
                if (area.start + area.size < *end)
                    *end = area.start + area.size;
                return area;
            }
            if (area.start > address && area.start < *end)
                *end = area.start;
        }
    }
    return (struct area){0};
}
