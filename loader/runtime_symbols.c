/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names to addresses, and addresses to names. Nothing here takes memory, so
 * that a fault handler may ask.
 */
#include "runtime.h"

/* ---- Names --------------------------------------------------------------- */

/* Of what the boot has loaded the boot info has the symbols. */
static bool is_of(const struct loaded *loaded,
                  const struct bootlink_info_symbol *symbol)
{
    return loaded->seen.is_of_boot && symbol->module == loaded->boot_index;
}

/* The kernel's, else the first; of one image if that is wanted. */
static uint64_t address_at_boot(const struct bootlink_modules *modules,
                                const struct loaded *wanted, span name)
{
    const struct bootlink_info *info = modules->kernel.info;
    uint64_t address = 0;
    for (uint64_t i = 0; info && i < info->symbol_count; i++) {
        const struct bootlink_info_symbol *symbol = &info->symbols[i];
        span text = {symbol->name.data, symbol->name.size};
        if ((wanted && !is_of(wanted, symbol)) || !span_equal(text, name))
            continue;
        if (wanted || symbol->module == BOOTLINK_OF_KERNEL)
            return symbol->address;
        address = address ? address : symbol->address;
    }
    return address;
}

static uint64_t address_in(const struct bootlink_loaded *loaded, span name)
{
    for (size_t i = 0; i < loaded->symbol_count; i++)
        if (span_equal(loaded->symbols[i].name, name))
            return loaded->symbols[i].address;
    return 0;
}

static uint64_t exported_by(const struct bootlink_loaded *loaded, span name)
{
    for (size_t i = 0; i < loaded->export_count; i++)
        if (span_equal(loaded->exports[i].name, name))
            return loaded->exports[i].address;
    return 0;
}

static uint64_t address_anywhere(const struct bootlink_modules *modules,
                                 span name)
{
    const struct exported *exported = exported_find(modules, name);
    if (exported)
        return exported->export->address;
    uint64_t address = address_at_boot(modules, NULL, name);
    for (const struct bootlink_loaded *l = modules->first; l && !address;
         l = l->next)
        address = address_in(l, name);
    return address;
}

uint64_t bootlink_symbol(const struct bootlink_modules *modules,
                         const struct bootlink_loaded *module, span name)
{
    if (!module)
        return address_anywhere(modules, name);
    uint64_t address = exported_by(module, name);
    if (address)
        return address;
    return module->is_of_boot
               ? address_at_boot(modules, loaded_of(module), name)
               : address_in(module, name);
}

/* As a symbol of an image. */
static struct bootlink_symbol
symbol_of(const struct bootlink_modules *modules,
          const struct bootlink_info_symbol *symbol)
{
    span name = {symbol->name.data, symbol->name.size};
    const struct exported *exported = exported_find(modules, name);
    return (struct bootlink_symbol){
        .name = name,
        .address = symbol->address,
        .size = symbol->size < UINT32_MAX ? symbol->size : UINT32_MAX,
        .is_function = symbol->is_function,
        .is_exported = exported && exported->export->address == symbol->address,
    };
}

static bool each_of_boot(const struct bootlink_modules *modules,
                         const struct loaded *loaded, void *context,
                         bool (*visit)(void *context,
                                       const struct bootlink_loaded *module,
                                       const struct bootlink_symbol *symbol))
{
    const struct bootlink_info *info = modules->kernel.info;
    bool goes_on = true;
    for (uint64_t i = 0; info && goes_on && i < info->symbol_count; i++) {
        if (!is_of(loaded, &info->symbols[i]))
            continue;
        struct bootlink_symbol symbol = symbol_of(modules, &info->symbols[i]);
        goes_on = visit(context, &loaded->seen, &symbol);
    }
    return goes_on;
}

void bootlink_each_symbol(const struct bootlink_modules *modules, void *context,
                          bool (*visit)(void *context,
                                        const struct bootlink_loaded *module,
                                        const struct bootlink_symbol *symbol))
{
    bool goes_on = true;
    for (const struct bootlink_loaded *l = modules->first; goes_on && l;
         l = l->next) {
        if (l->is_of_boot)
            goes_on = each_of_boot(modules, loaded_of(l), context, visit);
        for (size_t i = 0; goes_on && i < l->symbol_count; i++)
            goes_on = visit(context, l, &l->symbols[i]);
    }
}

/* ---- Addresses ----------------------------------------------------------- */

static const struct loaded *owner_of(const struct bootlink_modules *modules,
                                     uint64_t address)
{
    const struct loaded *l = modules->lowest;
    while (l && address - l->seen.low >= l->seen.high - l->seen.low)
        l = l->next_above;
    return l;
}

static span section_at(const struct bootlink_loaded *loaded, uint64_t address)
{
    for (size_t i = 0; i < loaded->section_count; i++)
        if (address - loaded->sections[i].address < loaded->sections[i].size)
            return loaded->sections[i].name;
    return (span){0};
}

static span file_at(const struct loaded *loaded, uint64_t address)
{
    for (uint64_t i = 0; i < loaded->range_count; i++)
        if (address - loaded->ranges[i].address < loaded->ranges[i].size)
            return loaded->ranges[i].file;
    return (span){0};
}

/* Of several symbols at one place the first that has a size counts, since
 * labels have none. */
static bool is_better(uint64_t size, uint64_t best_size)
{
    return size || !best_size;
}

/* The last symbol at or before the address. */
static struct bootlink_symbol
symbol_before(const struct bootlink_loaded *loaded, uint64_t address)
{
    const struct bootlink_symbol *list = loaded->symbols, *best;
    size_t low = 0, high = loaded->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || list[low - 1].address < loaded->low)
        return (struct bootlink_symbol){0};
    best = &list[low - 1];
    for (size_t i = low; i-- > 0 && list[i].address == best->address;)
        if (is_better(list[i].size, best->size))
            best = &list[i];
    return *best;
}

/* The same in the boot info, where other images' symbols may lie between. */
static struct bootlink_symbol
boot_symbol_before(const struct bootlink_modules *modules,
                   const struct loaded *loaded, uint64_t address)
{
    const struct bootlink_info *info = modules->kernel.info;
    const struct bootlink_info_symbol *best = NULL;
    uint64_t low = 0, high = info ? info->symbol_count : 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (info->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    while (low-- > 0 && info->symbols[low].address >= loaded->seen.low &&
           (!best || info->symbols[low].address == best->address))
        if (is_of(loaded, &info->symbols[low]) &&
            (!best || is_better(info->symbols[low].size, best->size)))
            best = &info->symbols[low];
    return best ? symbol_of(modules, best) : (struct bootlink_symbol){0};
}

/* Of what the boot has loaded, if its Bootlink tells. */
static void find_at_boot(const struct bootlink_info *info, uint64_t address,
                         struct bootlink_place *place)
{
    if (!info || (const char *)info + info->size <
                     (const char *)(&info->input_count + 1))
        return;
    for (uint64_t i = 0; i < info->section_count; i++) {
        const struct bootlink_info_section *s = &info->sections[i];
        if (address - s->address < s->size)
            place->section = (span){s->name.data, s->name.size};
    }
    for (uint64_t i = 0; i < info->input_count; i++) {
        const struct bootlink_info_input *input = &info->inputs[i];
        if (address - input->address < input->size)
            place->file = (span){input->file.data, input->file.size};
    }
}

bool bootlink_find(const struct bootlink_modules *modules, uint64_t address,
                   struct bootlink_place *place)
{
    const struct loaded *loaded = owner_of(modules, address);
    *place = (struct bootlink_place){0};
    if (!loaded)
        return false;
    place->module = &loaded->seen;
    place->section = section_at(&loaded->seen, address);
    place->file = file_at(loaded, address);
    if (loaded->seen.is_of_boot)
        find_at_boot(modules->kernel.info, address, place);
    place->symbol = loaded->seen.is_of_boot
                        ? boot_symbol_before(modules, loaded, address)
                        : symbol_before(&loaded->seen, address);
    return true;
}

size_t bootlink_print_address(const struct bootlink_modules *modules,
                              uint64_t address, char *buffer, size_t size)
{
    struct bootlink_place place;
    bool is_known = bootlink_find(modules, address, &place);
    if (!size)
        return 0;
    const struct bootlink_symbol *symbol = &place.symbol;
    char module[64] = "";
    if (is_known && !place.module->is_kernel)
        text_print(module, sizeof(module), " [%.*s]",
                   SPAN_ARGS(place.module->name));
    if (!symbol->name.size)
        return text_print(buffer, size, "0x%llx%s", (unsigned long long)address,
                          module)
            .size;
    return text_print(buffer, size, "%.*s+0x%llx/0x%llx%s",
                      SPAN_ARGS(symbol->name),
                      (unsigned long long)(address - symbol->address),
                      (unsigned long long)symbol->size, module)
        .size;
}
