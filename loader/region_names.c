/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What MEMORY declares: regions with their names, aliases and attributes; and
 * whether what went there fits. [GNU ld manual: MEMORY, REGION_ALIAS]
 */
#include "layout.h"

#include <elf.h>

/* ---- Names and attributes ----------------------------------------------- */

/* A region, new or not, that goes by a name. NULL if there is no memory. */
static struct region *enter(struct link *link, span name, struct region *region)
{
    struct symbol *entry =
        symbol_table_enter(&link->arena, &link->region_names, name);
    if (!entry || entry->region)
        return entry ? entry->region : NULL;
    return entry->region = region ? region : region_new(link, name);
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
    for (struct region *r = link->regions->next; r; r = r->next)
        for (unsigned has = 0; r->statement && has < REGION_ATTRIBUTE_SETS;
             has++)
            if (link->regions_by_attributes[has] == link->regions &&
                r->statement->attributes & has &&
                !(r->statement->excluded & has))
                link->regions_by_attributes[has] = r;
}

bool regions_declare(struct link *link)
{
    bool ok = enter(link, link->regions->name, link->regions) != NULL;
    for (struct region_statement *s = link->script.regions; ok && s;
         s = s->next)
        ok = declare(link, s);
    for (struct region_alias *a = link->script.aliases; a; a = a->next)
        ok &= alias(link, a);
    list_by_attributes(link);
    return ok;
}

/* A region that MEMORY does not have is, as in GNU ld, all of memory. */
struct region *region_wanted(struct link *link,
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
