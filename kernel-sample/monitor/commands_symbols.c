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
    *candidate = symbol.at->name;
    return true;
}

/* ---- sym ---------------------------------------------------------------- */

static void print_symbol(const struct symbol *symbol)
{
    print("0x%016lx %6lu bytes  %-8s %.*s", symbol->at->address,
          symbol->at->size, symbol->at->is_function ? "function" : "data",
          (int)symbol->at->name.size, symbol->at->name.data);
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
        if (text_is(symbol.at->name, name)) {
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

static void print_area(const struct area *area)
{
    print("area      %s", area->owner);
    if (area->name.size > 0)
        print(" %.*s", (int)area->name.size, area->name.data);
    print(", 0x%lx-0x%lx\n", area->start, area->start + area->size);
}

void run_info(struct monitor *monitor, const struct words *words)
{
    const struct kernel *kernel = monitor->kernel;
    uint64_t address, end;
    struct symbol symbol;
    struct page page;

    if (!address_of(words->word[1], &address))
        return;
    print("address   0x%lx\n", address);
    struct area area = area_at(kernel, address, &end);
    if (area.owner)
        print_area(&area);
    if (symbol_at(address, &symbol)) {
        print("symbol    ");
        print_place(address, &symbol);
        print("\n");
    }
    if (page_of(&kernel->info, address, &page))
        print("page      %s, %lu KiB, physical 0x%lx\n",
              permission_text(page.permissions), page.size / 1024,
              page.physical);
    else
        print("page      none: nothing is mapped there\n");
}

/* ---- bt ----------------------------------------------------------------- */

void run_bt(struct monitor *monitor, const struct words *words)
{
    (void)words;
    print_trace(&monitor->kernel->info.stack);
}
