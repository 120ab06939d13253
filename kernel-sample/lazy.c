/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Binds the functions of shared objects when they are called for the first
 * time: with `bind: lazy` Bootlink leaves that to the kernel (bootlink/lazy.h).
 * lazy_entry.asm calls this, and goes on to the function that it returns.
 */
#include "kernel.h"

#include <bootlink/lazy.h>

void bootlink_lazy_entry(void);
EXPORT_SYMBOL(bootlink_lazy_entry);

uint64_t lazy_bind(const struct bootlink_link_map *map, uint64_t number);

uint64_t lazy_bind(const struct bootlink_link_map *map, uint64_t number)
{
    uint64_t address = bootlink_lazy_bind(map, number);
    uint32_t symbol = map->slots[number].symbol;
    print("     bound %s: 0x%lx in the slot at 0x%lx\n",
          map->strings + map->symbols[symbol].name, address,
          map->base + map->slots[number].place);
    return address;
}
