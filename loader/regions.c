/* SPDX-License-Identifier: BSD-2-Clause
 *
 * MEMORY: ranges of addresses that output sections fill one behind the other.
 * Receives the script's regions and what each output section says; afterwards
 * each has its region for addresses and, maybe, one for load addresses.
 * [GNU ld manual: MEMORY, Output Section Region, Output Section LMA]
 *
 * The first region of the list is all of memory. It takes what no other does,
 * if there is no other.
 */
#include "layout.h"

#include <elf.h>

/* ---- The regions of the script ------------------------------------------ */

/* A region, new or not, that goes by a name. NULL if there is no memory. */
static struct region *enter(struct link *link, span name, struct region *region)
{
    struct symbol *entry =
        symbol_table_enter(&link->arena, &link->region_names, name);
    if (!entry || entry->region)
        return entry ? entry->region : NULL;
    if (!region && (region = arena_new(&link->arena, struct region))) {
        region->name = name;
        region->length = UINT64_MAX;
        *link->last_region = region;
        link->last_region = &region->next;
    }
    return entry->region = region;
}

struct region *region_find(const struct link *link, span name)
{
    const struct symbol *entry = symbol_table_find(&link->region_names, name);
    return entry ? entry->region : NULL;
}

static bool declare(struct link *link, const struct region_statement *s)
{
    struct region *region = enter(link, s->name, NULL);
    if (region && region->statement)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "%.*s:%u: region '%.*s' is declared again; this one "
                       "counts",
                       SPAN_ARGS(s->place.text->name), s->place.line,
                       SPAN_ARGS(s->name));
    if (region)
        region->statement = s;
    return region != NULL;
}

static bool alias(struct link *link, const struct region_alias *a)
{
    struct region *region = region_find(link, a->region);
    if (!region)
        return link_error_at(link, a->place, BOOTLINK_LAYOUT,
                             "REGION_ALIAS(%.*s, %.*s): MEMORY has no region "
                             "'%.*s'",
                             SPAN_ARGS(a->name), SPAN_ARGS(a->region),
                             SPAN_ARGS(a->region));
    if (region == link->regions)
        return link_error_at(link, a->place, BOOTLINK_LAYOUT,
                             "REGION_ALIAS: '%.*s' is all of memory, and has "
                             "no other name; name a region of MEMORY",
                             SPAN_ARGS(a->region));
    if (region_find(link, a->name))
        return link_error_at(link, a->place, BOOTLINK_LAYOUT,
                             "REGION_ALIAS: '%.*s' is a region or alias "
                             "already; take another name",
                             SPAN_ARGS(a->name));
    return enter(link, a->name, region) != NULL;
}

/* For each set of attributes, the first region with one of them and nothing
 * that excludes them. */
static void list_by_attributes(struct link *link)
{
    for (unsigned has = 0; has < REGION_ATTRIBUTE_SETS; has++)
        link->regions_by_attributes[has] = link->regions;
    for (struct region *r = link->regions->next; r; r = r->next)
        for (unsigned has = 0; r->statement && has < REGION_ATTRIBUTE_SETS;
             has++)
            if (link->regions_by_attributes[has] == link->regions &&
                r->statement->attributes & has &&
                !(r->statement->excluded & has))
                link->regions_by_attributes[has] = r;
}

bool regions_open(struct link *link)
{
    bool ok = true;
    link->last_region = &link->regions;
    if (!enter(link, SPAN("*default*"), NULL))
        return false;
    for (struct region_statement *s = link->script.regions; s; s = s->next)
        ok &= declare(link, s);
    for (struct region_alias *a = link->script.aliases; a; a = a->next)
        ok &= alias(link, a);
    list_by_attributes(link);
    regions_reset(&(struct pass){.link = link});
    return ok;
}

/* ---- Which section goes where ------------------------------------------- */

/* A region that MEMORY does not have is, as in GNU ld, all of memory. */
static struct region *wanted(struct link *link,
                             const struct section_statement *s, span name)
{
    struct region *region = region_find(link, name);
    if (region)
        return region;
    report_warning(link->world, BOOTLINK_LAYOUT,
                   "%.*s:%u: section %.*s: MEMORY has no region '%.*s'; it "
                   "starts at 0 and has no end",
                   SPAN_ARGS(s->place.text->name), s->place.line,
                   SPAN_ARGS(s->name), SPAN_ARGS(name));
    return enter(link, name, NULL);
}

bool regions_choose(struct link *link, struct output_section *output)
{
    const struct section_statement *s = output->statement;
    output->region = link->regions;
    if (s->load_region.size &&
        !(output->load_region = wanted(link, s, s->load_region)))
        return false;
    if (s->region.size)
        output->region = wanted(link, s, s->region);
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

/* ---- Does it fit? -------------------------------------------------------- */

/* `end` is behind the section. One that overflows is named once, one with an
 * address of its own always. */
static bool check_end(struct link *link, struct region *region,
                      const struct output_section *o, uint64_t end,
                      bool has_address)
{
    bool is_at_end = end == region->origin + region->length && o->size;
    region->current = end;
    if (is_at_end ||
        (end >= region->origin && end - region->origin <= region->length))
        return true;
    if (has_address)
        return link_error(
            link, BOOTLINK_RANGE,
            "address 0x%llx of section '%.*s' is not within "
            "region '%.*s' [0x%llx,0x%llx)",
            (unsigned long long)end, SPAN_ARGS(o->name),
            SPAN_ARGS(region->name), (unsigned long long)region->origin,
            (unsigned long long)(region->origin + region->length));
    bool is_first = !region->is_full;
    region->is_full = true;
    return is_first && link_error(link, BOOTLINK_RANGE,
                                  "section '%.*s' will not fit in region "
                                  "'%.*s'",
                                  SPAN_ARGS(o->name), SPAN_ARGS(region->name));
}

static bool report_overflow(struct link *link, const struct region *region)
{
    uint64_t over = region->current - region->origin - region->length;
    return link_error(link, BOOTLINK_RANGE,
                      "region '%.*s' overflowed by %llu byte%s; make it longer "
                      "in MEMORY, or send a section elsewhere",
                      SPAN_ARGS(region->name), (unsigned long long)over,
                      over == 1 ? "" : "s");
}

static bool report_homeless(struct link *link, const struct output_section *o)
{
    return link_error(link, BOOTLINK_LAYOUT,
                      "no memory region specified for loadable section '%.*s'; "
                      "say >region behind its '}', or give a region attributes "
                      "that it has",
                      SPAN_ARGS(o->name));
}

static bool check_section(struct link *link, const struct output_section *o)
{
    struct region *region = region_of(link, o);
    bool has_address = output_has_address(link, o);
    uint64_t size = output_is_tls_bss(o) ? 0 : o->size;
    bool ok = true;
    if (region == link->regions && region->next && !has_address &&
        !output_is_tls_bss(o))
        ok = report_homeless(link, o);
    ok &= check_end(link, region, o, o->address + size, has_address);
    if (o->load_region && o->load_region != region &&
        (output_is_in_file(o) || o->statement->align_with_input))
        ok &= check_end(link, o->load_region, o, o->load_address + size, false);
    return ok;
}

bool regions_check(struct link *link)
{
    bool ok = true;
    for (struct region *r = link->regions; r; r = r->next)
        r->current = r->origin;
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (output_is_in_memory(o))
            ok &= check_section(link, o);
    for (struct region *r = link->regions->next; r; r = r->next)
        if (r->is_full && r->current >= r->origin)
            ok = report_overflow(link, r);
    return ok;
}
