/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a kernel needs to bind functions of shared objects when they are called
 * for the first time (`bind: lazy`).
 *
 * A call of a function that may be another module's goes to an entry of the
 * procedure linkage table, which jumps to where its slot in the global offset
 * table says [psABI 5.2]. With `bind: lazy` that is back to the entry: it
 * pushes the slot's number and goes on to the first entry of the table, which
 * pushes GOT[1] and jumps to GOT[2]. There Bootlink has put
 *
 *   GOT[1]   the address of the module's struct bootlink_link_map
 *   GOT[2]   the address of bootlink_lazy_entry, which the kernel exports
 *
 * so that the kernel is entered like this, with all registers as at the call:
 *
 *   0(%rsp)  GOT[1]
 *   8(%rsp)  the number of the slot
 *  16(%rsp)  where the function returns to
 *
 * It calls bootlink_lazy_bind(), which gives the address of the function and
 * writes it into the slot, takes both words off the stack and jumps there. The
 * next call does not come by. kernel-sample/lazy_entry.asm and lazy.c show how.
 *
 * That there is such a function was found out when the module was loaded.
 */
#ifndef BOOTLINK_LAZY_H
#define BOOTLINK_LAZY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A relocation of DT_JMPREL: Elf64_Rela. */
struct bootlink_jump_slot {
    uint64_t place;  /* of the slot, without `base` */
    uint32_t type;   /* R_X86_64_JUMP_SLOT; or of one that was bound at load */
    uint32_t symbol; /* index into symbols */
    int64_t addend;
};

/* A symbol of DT_SYMTAB: Elf64_Sym. */
struct bootlink_dynamic_symbol {
    uint32_t name; /* where it begins in strings */
    uint8_t info, other;
    uint16_t section; /* 0: it is another module's, see imports */
    uint64_t value;   /* without `base` */
    uint64_t size;
};

/* All pointers are virtual. It lies in the module, as what it points to. */
struct bootlink_link_map {
    uint64_t base; /* address in memory minus address in the file */
    const struct bootlink_dynamic_symbol *symbols;
    const char *strings;
    const struct bootlink_jump_slot *slots;
    uint64_t slot_count;
    const uint64_t *imports; /* by index of the symbol: the address of what is
                                not defined in the module */
};

/* Binds a slot: the function's address. */
static inline uint64_t bootlink_lazy_bind(const struct bootlink_link_map *map,
                                          uint64_t number)
{
    const struct bootlink_jump_slot *slot = &map->slots[number];
    const struct bootlink_dynamic_symbol *symbol = &map->symbols[slot->symbol];
    uint64_t address = symbol->section ? map->base + symbol->value
                                       : map->imports[slot->symbol];
    *(volatile uint64_t *)(map->base + slot->place) = address;
    return address;
}

#ifdef __cplusplus
}
#endif

#endif
