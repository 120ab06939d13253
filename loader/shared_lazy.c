/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Binds functions of a shared object when they are called
 * [psABI 5.2: Procedure Linkage Table].
 *
 * Receives a shared object whose symbols are known. The slots of its procedure
 * linkage table keep what the linker wrote: the second instruction of their
 * entry, which leads to the kernel's bootlink_lazy_entry. GOT[1] and GOT[2] say
 * what that needs (include/bootlink/lazy.h), and a section behind the segments
 * holds the link map. Every symbol has been found by then: nothing can be
 * missing when it is called.
 *
 * Bound at load all the same: a module that asks for it (-z now), a slot in
 * RELRO pages, and an indirect function.
 */
#include "shared.h"

#include <bootlink/lazy.h>

#define ENTRY SPAN("bootlink_lazy_entry")

enum { WORD = 8, GOT_MAP = 8, GOT_ENTRY = 16 };

static bool wants_to_be_bound(const struct shared *shared)
{
    return shared->dynamic[DYNAMIC_FLAGS] & DF_BIND_NOW ||
           shared->dynamic[DYNAMIC_FLAGS_1] & DF_1_NOW;
}

bool shared_lazy_refer(struct shared *shared)
{
    struct link *link = shared->link;
    shared->is_lazy = link->request->binds_lazily && shared->plt_rela.size &&
                      shared->has[DYNAMIC_PLTGOT] && !wants_to_be_bound(shared);
    return !shared->is_lazy || link_refer_to(link, ENTRY);
}

bool shared_lazy_make(struct shared *shared)
{
    struct link *link = shared->link;
    const struct symbol *entry = symbol_find(link, ENTRY);
    uint64_t got = shared->dynamic[DYNAMIC_PLTGOT];
    if (!shared->is_lazy)
        return true;
    if (entry->state != SYMBOL_IMPORTED)
        return link_error(link, BOOTLINK_UNDEFINED,
                          "%.*s: `bind: lazy` wants the kernel to export "
                          "'bootlink_lazy_entry' (bootlink/lazy.h); write it, "
                          "or say `bind: now`",
                          SPAN_ARGS(shared->object->name));
    shared->link_map = section_make(
        link, shared->object,
        (struct section){.name = SPAN(".bootlink.link_map"),
                         .type = SHT_PROGBITS,
                         .flags = SHF_ALLOC,
                         .size = sizeof(struct bootlink_link_map) +
                                 (uint64_t)shared->symbol_count * WORD,
                         .align = WORD});
    return shared->link_map && shared_check_place(shared, got + GOT_MAP) &&
           shared_check_place(shared, got + GOT_ENTRY);
}

bool shared_is_lazy_slot(const struct shared *shared,
                         const struct shared_relocation *r)
{
    const struct shared_load *load =
        shared_load_at(shared, shared_word(shared, r->address), 1);
    return shared->is_lazy && r->type == R_X86_64_JUMP_SLOT && load &&
           load->flags & PF_X &&
           r->address - shared->relro_start >=
               shared->relro_end - shared->relro_start;
}

static const void *pointer(uint64_t address)
{
    return (const void *)(uintptr_t)address;
}

static void fill_imports(const struct shared *shared, char *imports)
{
    for (uint32_t i = 0; i < shared->symbol_count; i++) {
        const struct symbol *symbol = shared_symbol(shared, i);
        write64(imports + (uint64_t)i * WORD,
                symbol->state == SYMBOL_IMPORTED ? symbol_address(symbol) : 0);
    }
}

void shared_lazy_fill(const struct shared *shared)
{
    const struct section *section = shared->link_map;
    if (!section)
        return;
    uint64_t address = section->output->address + section->offset;
    uint64_t got = shared->dynamic[DYNAMIC_PLTGOT], bias = shared->bias;
    char *to = section->output->data + section->offset;
    struct bootlink_link_map map = {
        .base = bias,
        .symbols = pointer(bias + shared->dynamic[DYNAMIC_SYMTAB]),
        .strings = pointer(bias + shared->dynamic[DYNAMIC_STRTAB]),
        .slots = pointer(bias + shared->dynamic[DYNAMIC_JMPREL]),
        .slot_count = shared->plt_rela.size / sizeof(Elf64_Rela),
        .imports = pointer(address + sizeof(map)),
    };
    memcpy(to, &map, sizeof(map));
    fill_imports(shared, to + sizeof(map));
    write64(shared_place_at(shared, got + GOT_MAP), address);
    write64(shared_place_at(shared, got + GOT_ENTRY),
            symbol_address(symbol_find(shared->link, ENTRY)));
}
