/* SPDX-License-Identifier: BSD-2-Clause
 *
 * MEMORY: ranges of addresses that output sections fill one behind the other.
 * Receives the script's regions and what each output section says; afterwards
 * each has its region for addresses and, maybe, one for load addresses.
 * [GNU ld manual: MEMORY, Output Section Region, Output Section LMA]
 *
 * The first region of the list is all of memory. It takes what no other does,
 * if there is no other. What MEMORY declares is in region_names.c.
 */
#include "layout.h"

#include <elf.h>

/* ---- The regions of the script ------------------------------------------ */

struct region *region_new(struct link *link, span name)
{
    struct region *region = arena_new(&link->arena, struct region);
    if (!region)
        return NULL;
    region->name = name;
    region->length = UINT64_MAX;
    *link->last_region = region;
    link->last_region = &region->next;
    return region;
}

bool regions_open(struct link *link)
{
    link->last_region = &link->regions;
    if (!region_new(link, SPAN("*default*")))
        return false;
    for (unsigned i = 0; i < REGION_ATTRIBUTE_SETS; i++)
        link->regions_by_attributes[i] = link->regions;
    bool ok = link_pass(link, link->scripts.regions_declare);
    regions_reset(&(struct pass){.link = link});
    return ok;
}

/* ---- Which section goes where ------------------------------------------- */

bool regions_choose(struct link *link, struct output_section *output)
{
    const struct section_statement *s = output->statement;
    output->region = link->regions;
    if (s->load_region.size &&
        !(output->load_region =
              link->scripts.region_wanted(link, s, s->load_region)))
        return false;
    if (s->region.size)
        output->region = link->scripts.region_wanted(link, s, s->region);
    else if (output->load_region && (!s->address || s->overlay))
        output->region = output->load_region;
    if (s->load_region.size && s->load_address)
        return link_error_at(link, s->place, BOOTLINK_LAYOUT,
                             "section %.*s has both AT(address) and "
                             "AT>region; leave one of them out",
                             SPAN_ARGS(s->name));
    return output->region != NULL;
}

/* What a section needs a region to have. Data are what is written, or was data
 * in an object. */
static unsigned attributes_of(const struct output_section *output)
{
    bool is_allocated = output->flags & SHF_ALLOC;
    unsigned has = is_allocated ? REGION_ALLOCATED : 0;
    if (output->has_loaded || (is_allocated && output->has_contents))
        has |= REGION_LOADED;
    if (output->flags & SHF_EXECINSTR)
        has |= REGION_EXECUTABLE;
    if (!(output->flags & SHF_WRITE))
        has |= REGION_READ_ONLY;
    bool is_plain = has & REGION_ALLOCATED &&
                    !(has & (REGION_READ_ONLY | REGION_EXECUTABLE));
    return has | (is_plain || output->has_data ? REGION_WRITABLE : 0);
}

struct region *region_of(const struct link *link,
                         const struct output_section *output)
{
    bool wants_region = output->flags & SHF_ALLOC || output->has_loaded;
    if (output->region != link->regions || !wants_region ||
        output_has_address(link, output))
        return output->region;
    return link->regions_by_attributes[attributes_of(output)];
}

/* A section without AT is loaded where the one before it is, if both are in one
 * region. */
void regions_inherit(struct link *link)
{
    struct output_section *last = NULL;
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind != COMMAND_OUTPUT_SECTION)
            continue;
        struct output_section *o = c->section->output;
        if (last && !o->load_region && !c->section->load_address &&
            !c->section->address && o->region == last->region)
            o->load_region = last->load_region;
        last = o;
    }
}

/* ---- At the start of a walk --------------------------------------------- */

static uint64_t evaluate(struct pass *pass, struct region *region,
                         const struct expr *expr, const char *what)
{
    struct eval eval = pass_eval(pass, NULL, 0);
    struct value v = script_eval_absolute(&eval, expr);
    if (!v.is_known && pass->is_final)
        link_error_at(pass->link, expr->place, BOOTLINK_LAYOUT,
                      "invalid %s for memory region '%.*s'", what,
                      SPAN_ARGS(region->name));
    return v.number;
}

void regions_reset(struct pass *pass)
{
    for (struct region *r = pass->link->regions; r; r = r->next) {
        if (r->statement) {
            r->origin = evaluate(pass, r, r->statement->origin, "origin");
            r->length = evaluate(pass, r, r->statement->length, "length");
        }
        r->current = r->origin;
        r->last = NULL;
    }
}
