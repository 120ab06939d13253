/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Whose an address is, by what the boot info says. Areas may lie in each other,
 * as the boot info lies in the direct map: the first kind in the table below
 * that has an address owns it.
 */
#include "monitor.h"

/* ---- The kinds, each a list: area i of it, or false behind the last ------ */

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

static struct bootlink_text span_text(struct bootlink_span span)
{
    return (struct bootlink_text){span.data, span.size};
}

static struct area area_of(uint64_t start, uint64_t end,
                           struct bootlink_text name)
{
    return (struct area){.start = start, .size = end - start, .name = name};
}

/* False for one of a module that has been unloaded. */
static bool is_there(const struct bootlink_info *info, uint32_t module)
{
    return module == BOOTLINK_OF_KERNEL || info->modules[module].size > 0;
}

static bool boot_section(const struct monitor *monitor, uint64_t i,
                         struct area *area)
{
    const struct bootlink_info *info = &monitor->kernel->info;
    if (i >= info->section_count)
        return false;
    const struct bootlink_info_section *section = &info->sections[i];
    *area = area_of(section->address, page_up(section->address + section->size),
                    section->name);
    if (section->module != BOOTLINK_OF_KERNEL)
        area->module = info->modules[section->module].name;
    if (!is_there(info, section->module))
        area->size = 0;
    return true;
}

/* Section i of all modules that were loaded after the boot. */
static bool later_section(const struct monitor *monitor, uint64_t i,
                          struct area *area)
{
    const struct bootlink_loaded *module =
        bootlink_loaded_first(monitor->world.modules);
    for (; module && i >= module->section_count; module = module->next)
        i -= module->section_count;
    if (!module)
        return false;
    const struct bootlink_section *section = &module->sections[i];
    *area = area_of(section->address, page_up(section->address + section->size),
                    span_text(section->name));
    area->module = span_text(module->name);
    return true;
}

static bool stack(const struct monitor *monitor, uint64_t i, struct area *area)
{
    const struct bootlink_range *range = &monitor->kernel->info.stack;
    *area = area_of(range->start, range->start + range->size,
                    (struct bootlink_text){0});
    return i == 0;
}

static bool trampoline(const struct monitor *monitor, uint64_t i,
                       struct area *area)
{
    const struct bootlink_range *range = &monitor->kernel->info.trampoline;
    *area = area_of(range->start, range->start + range->size,
                    (struct bootlink_text){0});
    return i == 0;
}

static bool passed_file(const struct monitor *monitor, uint64_t i,
                        struct area *area)
{
    if (i >= monitor->kernel->info.file_count)
        return false;
    const struct bootlink_file *file = &monitor->kernel->info.files[i];
    *area = area_of((uint64_t)file->data,
                    page_up((uint64_t)file->data + file->size), file->name);
    return true;
}

static bool boot_log(const struct monitor *monitor, uint64_t i,
                     struct area *area)
{
    const struct bootlink_text *log = &monitor->kernel->info.log;
    uint64_t start = (uint64_t)log->data & ~(uint64_t)(PAGE_SIZE - 1);
    *area = area_of(start, page_up((uint64_t)log->data + log->size),
                    (struct bootlink_text){0});
    return i == 0;
}

/* The struct comes first, the symbols and their names last. */
static bool boot_info(const struct monitor *monitor, uint64_t i,
                      struct area *area)
{
    const struct bootlink_info *info = &monitor->kernel->info;
    uint64_t end = (uint64_t)monitor->kernel->given + sizeof(*info);
    for (uint64_t n = 0; n < info->symbol_count; n++) {
        const struct bootlink_text *name = &info->symbols[n].name;
        if ((uint64_t)name->data + name->size > end)
            end = (uint64_t)name->data + name->size;
    }
    *area = area_of((uint64_t)monitor->kernel->given, page_up(end),
                    (struct bootlink_text){0});
    return i == 0;
}

static bool memory_map(const struct monitor *monitor, uint64_t i,
                       struct area *area)
{
    const struct bootlink_info *info = &monitor->kernel->info;
    uint64_t start = (uint64_t)info->memory_map;
    *area = area_of(
        start, page_up((uint64_t)(info->memory_map + info->memory_map_count)),
        (struct bootlink_text){0});
    return i == 0;
}

static bool direct_map(const struct monitor *monitor, uint64_t i,
                       struct area *area)
{
    if (i >= monitor->kernel->info.memory_map_count)
        return false;
    const struct bootlink_memory_range *range =
        &monitor->kernel->info.memory_map[i];
    const char *type = memory_type_name(range->type);
    uint64_t start = monitor->kernel->info.direct_map + range->start;
    *area = area_of(start, start + range->size,
                    (struct bootlink_text){type, strlen(type)});
    return true;
}

/* The first two kinds are sections of the kernel and of modules. */
#define IMAGE_KINDS 2

static const struct {
    const char *owner;
    bool (*number)(const struct monitor *monitor, uint64_t i,
                   struct area *area);
} kinds[] = {
    {"", boot_section},
    {"", later_section},
    {"stack", stack},
    {"trampoline", trampoline},
    {"file", passed_file},
    {"boot log", boot_log},
    {"boot info", boot_info},
    {"memory map", memory_map},
    {"direct map:", direct_map},
};

void print_area(const struct area *area)
{
    print("%s", area->owner ? area->owner : "?");
    if (area->module.size > 0)
        print(" %.*s", (int)area->module.size, area->module.data);
    if (area->name.size > 0)
        print(" %.*s", (int)area->name.size, area->name.data);
}

/* ---- Who owns it -------------------------------------------------------- */

struct area area_at(const struct monitor *monitor, uint64_t address,
                    uint64_t *end)
{
    struct area area;
    *end = UINT64_MAX;
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        for (uint64_t i = 0; kinds[kind].number(monitor, i, &area); i++) {
            area.owner = kinds[kind].owner;
            if (kind < IMAGE_KINDS)
                area.owner = area.module.size > 0 ? "module" : "kernel";
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

/* ---- Which file it is from ---------------------------------------------- */

struct bootlink_text file_at(const struct monitor *monitor, uint64_t address)
{
    const struct bootlink_info *info = &monitor->kernel->info;
    struct bootlink_place place;
    for (uint64_t i = 0; i < info->input_count; i++)
        if (address - info->inputs[i].address < info->inputs[i].size)
            return info->inputs[i].file;
    if (bootlink_find(monitor->world.modules, address, &place))
        return span_text(place.file);
    return (struct bootlink_text){0};
}
