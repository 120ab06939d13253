/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names for addresses, and addresses for names. The loader's boot info has the
 * symbols of the kernel and of the modules that came with it, ascending; each
 * module that is loaded later brings a table of its own.
 */
#include "kernel.h"

static const struct bootlink_info *boot_info;
static struct symbol_table *later_tables;

void symbols_init(const struct kernel *kernel)
{
    boot_info = &kernel->info;
}

void symbols_add(struct symbol_table *table)
{
    table->next = later_tables;
    later_tables = table;
}

void symbols_remove(struct symbol_table *table)
{
    struct symbol_table **link = &later_tables;
    while (*link && *link != table)
        link = &(*link)->next;
    if (*link)
        *link = table->next;
}

/* The boot info as a table. */
static struct symbol_table boot_table(void)
{
    return (struct symbol_table){.next = later_tables,
                                 .symbols = boot_info->symbols,
                                 .count = boot_info->symbol_count};
}

/* Whose it is: the table's module, or in the boot info what the symbol says. */
static struct bootlink_text owner_of(const struct symbol_table *table,
                                     const struct bootlink_info_symbol *symbol)
{
    if (table->module.size > 0 || symbol->module == BOOTLINK_OF_KERNEL)
        return table->module;
    return boot_info->modules[symbol->module].name;
}

/* ---- By address --------------------------------------------------------- */

/* How many symbols begin at or below `address`, found by halving. */
static uint64_t count_below(const struct symbol_table *table, uint64_t address)
{
    uint64_t low = 0, high = table->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (table->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last symbol at or below `address`, if it is long enough. */
static const struct bootlink_info_symbol *
symbol_over(const struct symbol_table *table, uint64_t address, bool functions)
{
    uint64_t i = count_below(table, address);
    while (i-- > 0) {
        const struct bootlink_info_symbol *symbol = &table->symbols[i];
        if (symbol->size > 0 && (symbol->is_function || !functions))
            return address - symbol->address < symbol->size ? symbol : NULL;
    }
    return NULL;
}

static bool find_over(uint64_t address, bool functions, struct symbol *found)
{
    struct symbol_table first = boot_table();
    for (const struct symbol_table *table = &first; table;
         table = table->next) {
        found->at = symbol_over(table, address, functions);
        if (found->at) {
            found->module = owner_of(table, found->at);
            return true;
        }
    }
    return false;
}

bool function_at(uint64_t address, struct symbol *found)
{
    return find_over(address, true, found);
}

bool symbol_at(uint64_t address, struct symbol *found)
{
    return find_over(address, false, found);
}

/* ---- By name ------------------------------------------------------------ */

bool symbols_next(struct symbol_position *position, struct symbol *found)
{
    struct symbol_table first = boot_table();
    if (!position->is_begun) {
        position->is_begun = true;
        position->table = NULL; /* the boot info's */
        position->index = 0;
    }
    const struct symbol_table *table =
        position->table ? position->table : &first;
    while (table && position->index == table->count) {
        table = position->table = table->next;
        position->index = 0;
    }
    if (!table)
        return false;
    found->at = &table->symbols[position->index++];
    found->module = owner_of(table, found->at);
    return true;
}

bool text_is(struct bootlink_text text, const char *string)
{
    return text.size == strlen(string) &&
           memcmp(text.data, string, text.size) == 0;
}
