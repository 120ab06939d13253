/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about symbols: where a name is, what an address is, who called whom.
 */
#include "monitor.h"

/* For TAB. */
bool symbol_candidates(struct monitor *monitor, struct candidates *position,
                       struct bootlink_text *candidate)
{
    struct symbol symbol;
    (void)monitor;
    if (!symbols_next(&position->symbols, &symbol))
        return false;
    *candidate = symbol.name;
    return true;
}

/* ---- sym ---------------------------------------------------------------- */

static void print_symbol(const struct symbol *symbol)
{
    print("0x%016lx %6lu bytes  %-8s %.*s", symbol->address, symbol->size,
          symbol->is_function ? "function" : "data", (int)symbol->name.size,
          symbol->name.data);
    if (symbol->module.size > 0)
        print(" [%.*s]", (int)symbol->module.size, symbol->module.data);
    print("\n");
}

/* All symbols of that name: modules have theirs for themselves. */
static unsigned print_named(const char *name)
{
    struct symbol_position position = {0};
    struct symbol symbol;
    unsigned count = 0;
    while (symbols_next(&position, &symbol)) {
        if (text_is(symbol.name, name)) {
            print_symbol(&symbol);
            count++;
        }
    }
    return count;
}

void run_sym(struct monitor *monitor, const struct words *words)
{
    uint64_t address;
    struct symbol symbol;
    (void)monitor;
    if (print_named(words->word[1]) > 0 ||
        !address_of(words->word[1], &address))
        return;
    if (!symbol_at(address, &symbol)) {
        print("0x%lx is in no symbol; 'info 0x%lx' says what is there\n",
              address, address);
        return;
    }
    print_place(address, &symbol);
    print("\n");
}

/* ---- info --------------------------------------------------------------- */

static void print_file(const struct bootlink_text *file)
{
    if (file->size > 0)
        print("file      %.*s\n", (int)file->size, file->data);
}

static void print_range(const struct area *area)
{
    if (!area->owner)
        return;
    print("section   ");
    print_area(area);
    print(", 0x%lx-0x%lx\n", area->start, area->start + area->size);
}

static void print_symbol_at(uint64_t address)
{
    struct symbol symbol;
    if (!symbol_at(address, &symbol))
        return;
    print("symbol    ");
    print_place(address, &symbol);
    print("\n");
}

static void print_page_of(const struct bootlink_info *info, uint64_t address)
{
    struct page page;
    if (page_of(info, address, &page))
        print("page      %s, %lu KiB, physical 0x%lx\n",
              permission_text(page.permissions), page.size / 1024,
              page.physical);
    else
        print("page      none: nothing is mapped there\n");
}

void run_info(struct monitor *monitor, const struct words *words)
{
    uint64_t address, end;
    if (!address_of(words->word[1], &address))
        return;
    struct bootlink_text file = file_at(monitor, address);
    struct area area = area_at(monitor, address, &end);
    print("address   0x%lx\n", address);
    print_file(&file);
    print_range(&area);
    print_symbol_at(address);
    print_page_of(&monitor->kernel->info, address);
}

/* ---- bt ----------------------------------------------------------------- */

void run_bt(struct monitor *monitor, const struct words *words)
{
    (void)monitor;
    (void)words;
    backtrace();
}
