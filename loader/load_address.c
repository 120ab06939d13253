/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where an output section is loaded: receives its address. What the script says
 * by AT counts, or AT>region, or else the distance between the two addresses of
 * the section before. [GNU ld manual: Output Section LMA]
 */
#include "layout.h"

#include <elf.h>

/* Without AT a section keeps the distance that the last one in its region has
 * between its two addresses, unless the location counter went back. */
static uint64_t default_load_address(struct pass *pass,
                                     const struct output_section *o,
                                     uint64_t align)
{
    const struct output_section *last = region_of(pass->link, o)->last;
    if (!last || !(o->flags & SHF_ALLOC))
        return o->address;
    bool went_back = o->address < last->address && o->size != 0 &&
                     o->address + o->size <= last->address;
    if (went_back)
        return o->address;
    if (o->statement->overlay && o->statement->overlay != o->statement)
        return last->load_address + last->size;
    return align_up(o->address + last->load_address - last->address, align);
}

/* Behind what is in AT>region, aligned as the section is in its region if it is
 * the same one, else as its statement says. */
static uint64_t region_load_address(struct pass *pass,
                                    const struct output_section *o,
                                    const struct placement *placement)
{
    uint64_t address = o->load_region->current;
    if (o->statement->align_with_input)
        return address + placement->gap;
    if (o->load_region == region_of(pass->link, o))
        return align_up(address, placement->align);
    return align_up(address, placement->statement_align);
}

static uint64_t load_address(struct pass *pass, struct output_section *o,
                             const struct placement *placement)
{
    const struct expr *at = o->statement->load_address;
    const struct region *region = region_of(pass->link, o);
    o->is_load_bound =
        at || o->load_region || (region->last && region->last->is_load_bound);
    if (o->load_region && !at)
        return region_load_address(pass, o, placement);
    if (at) {
        struct eval eval = pass_eval(pass, NULL, o->address);
        struct value v = script_eval_absolute(&eval, at);
        if (v.is_known)
            return v.number;
    }
    return default_load_address(pass, o, placement->align);
}

/* Sections in a load region of their own, and empty ones behind which the
 * location counter went back, decide no other load address. */
void load_address_set(struct pass *pass, struct output_section *o,
                      const struct placement *placement)
{
    struct region *region = region_of(pass->link, o);
    bool begins_overlay = o->statement->overlay == o->statement;
    pass_move(pass, &o->load_address, load_address(pass, o, placement));
    if ((!(o->flags & SHF_ALLOC) && !begins_overlay) || output_is_tls_bss(o) ||
        o->load_region)
        return;
    if (o->size || begins_overlay ||
        (!region->last && o->load_address != o->address) ||
        (region->last && o->address >= region->last->address))
        region->last = o;
}
