/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbols of modules that were loaded after the boot, for symbols.c: the
 * library knows them from before a module's first instruction runs, so that
 * even a fault in its init function is traced by name.
 */
#include "world.h"

/* A fault has no argument through which it could be given this. */
static const struct bootlink_modules *modules;

static struct bootlink_text text_of(struct bootlink_span span)
{
    return (struct bootlink_text){span.data, span.size};
}

static void read_symbol(const struct bootlink_symbol *from,
                        const struct bootlink_loaded *module,
                        struct symbol *symbol)
{
    *symbol = (struct symbol){.address = from->address,
                              .size = from->size,
                              .name = text_of(from->name),
                              .module = text_of(module->name),
                              .is_function = from->is_function};
}

static bool later_symbol_at(uint64_t address, struct symbol *found)
{
    struct bootlink_place place;
    if (!bootlink_find(modules, address, &place) || place.module->is_of_boot ||
        address - place.symbol.address >= place.symbol.size)
        return false;
    read_symbol(&place.symbol, place.module, found);
    return true;
}

static bool next_later_symbol(struct symbol_position *position,
                              struct symbol *found)
{
    const struct bootlink_loaded *module = position->module;
    if (!module)
        module = bootlink_loaded_first(modules);
    while (module && (module->is_of_boot ||
                      position->module_index == module->symbol_count)) {
        module = module->next;
        position->module_index = 0;
    }
    if (!module)
        return false;
    position->module = module;
    read_symbol(&module->symbols[position->module_index++], module, found);
    return true;
}

void names_init(const struct bootlink_modules *of)
{
    static const struct symbol_source source = {later_symbol_at,
                                                next_later_symbol};
    modules = of;
    symbols_add(&source);
}
