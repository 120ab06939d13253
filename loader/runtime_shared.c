/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the linker wrote where in a shared object [psABI 4.4.1]: its dynamic
 * relocations, as shared_x86_64.c has applied them. Receives one that is
 * linked; its tables are sound. Of the code for shared objects, which a kernel
 * may do without, nothing is called but the reader of DT_RELR.
 */
#include "runtime.h"

#include "shared.h"

enum { WORD = 8 };

/* ---- Places, by the file's addresses ------------------------------------- */

static const struct shared_load *load_of(const struct shared *shared,
                                         uint64_t address)
{
    const struct shared_load *load = shared->loads;
    while (address - load->address >= load->size)
        load++;
    return load;
}

/* The section that begins last at or before it, and where; or NULL. */
static const struct section *section_of(const struct shared *shared,
                                        uint64_t address, uint64_t *start)
{
    const struct section *found = NULL;
    for (uint32_t i = 0; i < shared->by_address_count; i++) {
        const struct keyed *entry = &shared->by_address[i];
        if (entry->key > address)
            break;
        *start = entry->key;
        found = &shared->object->sections[entry->item];
    }
    return found;
}

/* The file's bytes of a place; behind them there are zeros. */
static const unsigned char *word_before(const struct shared_load *load,
                                        uint64_t address)
{
    static const unsigned char zeros[WORD];
    uint64_t offset = address - load->address;
    return in_bounds(load->bytes.size, offset, WORD)
               ? (const unsigned char *)load->bytes.data + offset
               : zeros;
}

/* ---- One relocation ------------------------------------------------------ */

static bool has_symbol(uint32_t type)
{
    return type != R_X86_64_RELATIVE && type != R_X86_64_IRELATIVE;
}

/* B, by how much it was moved, has the place of S where there is none. */
static bool show(const struct listing *l, const struct shared_relocation *r)
{
    const struct shared *shared = l->link->shared;
    const struct shared_load *load = load_of(shared, r->address);
    uint64_t start = 0;
    const struct section *section = section_of(shared, r->address, &start);
    struct bootlink_applied applied = {
        .file = shared->object->name,
        .offset = r->address - start,
        .type = span_of(reloc_x86_64.name(r->type)),
        .symbol = SPAN("(base)"),
        .s = shared->bias,
        .a = r->addend,
        .p = shared->bias + r->address,
        .before = word_before(load, r->address),
        .after =
            (const unsigned char *)load->data + (r->address - load->address),
        .width = WORD,
    };
    if (section)
        applied.section = section->name;
    if (has_symbol(r->type)) {
        const struct symbol *symbol = shared_symbol(shared, r->symbol);
        applied.symbol = symbol->name;
        applied.s = symbol_has_address(symbol) ? symbol_address(symbol) : 0;
    }
    return l->visit(l->context, &applied);
}

static bool show_table(const struct listing *l, span table)
{
    bool goes_on = true;
    for (uint64_t i = 0; goes_on && i < table.size / sizeof(Elf64_Rela); i++) {
        struct shared_relocation r = shared_rela(table, i);
        goes_on = r.type == R_X86_64_NONE || show(l, &r);
    }
    return goes_on;
}

/* Its addend is the word in the file. */
static bool show_relr(void *context, uint64_t address)
{
    const struct listing *l = context;
    const struct shared_load *load = load_of(l->link->shared, address);
    struct shared_relocation r = {
        .address = address,
        .type = R_X86_64_RELATIVE,
        .addend = (int64_t)read64(word_before(load, address))};
    return show(l, &r);
}

void runtime_show_shared(const struct listing *l)
{
    struct shared *shared = l->link->shared;
    if (show_table(l, shared->rela) && show_table(l, shared->plt_rela))
        shared_each_relr(shared, show_relr, (void *)l);
}
