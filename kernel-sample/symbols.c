/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names for addresses, and addresses for names. The loader's boot info has the
 * symbols of the kernel and of the modules that came with it, ascending. Who
 * loads modules later adds a source of their symbols.
 */
#include "kernel.h"

static const struct bootlink_info *boot_info;
static const struct symbol_source *later;

void symbols_init(const struct kernel *kernel)
{
    boot_info = &kernel->info;
}

void symbols_add(const struct symbol_source *source)
{
    later = source;
}

/* ---- The boot info ------------------------------------------------------ */

/* False for one of a module that has been unloaded. */
static bool read_symbol(const struct bootlink_info_symbol *from,
                        struct symbol *symbol)
{
    *symbol = (struct symbol){.address = from->address,
                              .size = from->size,
                              .name = from->name,
                              .is_function = from->is_function};
    if (from->module == BOOTLINK_OF_KERNEL)
        return true;
    symbol->module = boot_info->modules[from->module].name;
    return boot_info->modules[from->module].size > 0;
}

/* How many symbols begin at or below `address`, found by halving. */
static uint64_t count_below(uint64_t address)
{
    uint64_t low = 0, high = boot_info->symbol_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (boot_info->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last symbol at or below `address`, if it is long enough. */
static bool boot_symbol_at(uint64_t address, struct symbol *found)
{
    uint64_t i = count_below(address);
    while (i-- > 0 && boot_info->symbols[i].size == 0)
        ;
    return i != UINT64_MAX && read_symbol(&boot_info->symbols[i], found) &&
           address - found->address < found->size;
}

/* ---- All ---------------------------------------------------------------- */

bool symbol_at(uint64_t address, struct symbol *found)
{
    return boot_symbol_at(address, found) ||
           (later && later->at(address, found));
}

bool symbols_next(struct symbol_position *position, struct symbol *found)
{
    while (position->index < boot_info->symbol_count)
        if (read_symbol(&boot_info->symbols[position->index++], found))
            return true;
    return later && later->next(position, found);
}

bool text_is(struct bootlink_text text, const char *string)
{
    return text.size == strlen(string) &&
           memcmp(text.data, string, text.size) == 0;
}
