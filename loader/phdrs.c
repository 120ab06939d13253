/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program headers that the script asks for [GNU ld manual: PHDRS].
 */
#include "segments.h"

#include <elf.h>

/* The headers that a section is in: what it says, or else what the last section
 * said. Before any has said something, it is in the first header if the first
 * that says something is, in another if the last is: so GNU ld has it. */
static void name_headers(struct planner *p)
{
    const struct script_name *names = NULL;
    for (struct output_section *o = p->link->outputs; o; o = o->next) {
        if (o->statement->segments)
            names = o->statement->segments;
        if (!p->first_names)
            p->first_names = names;
        o->header_names = names;
    }
    p->last_names = names;
}

static const struct script_name *names_of(const struct planner *p,
                                          const struct output_section *o,
                                          const struct program_header *header)
{
    if (o->header_names)
        return o->header_names;
    return header == p->link->headers ? p->first_names : p->last_names;
}

static bool is_named(const struct script_name *names, span name)
{
    for (; names; names = names->next)
        if (span_equal(names->name, name))
            return true;
    return false;
}

static bool fill_header(struct planner *p, struct program_header *header)
{
    header->sections =
        arena_array(&p->link->arena, p->count, struct output_section *);
    if (!header->sections)
        return false;
    uint32_t flags = 0;
    for (uint64_t i = 0; i < p->count; i++) {
        if (!is_named(names_of(p, p->sections[i], header), header->name))
            continue;
        header->sections[header->section_count++] = p->sections[i];
        flags |= segment_flags(p->sections[i]);
    }
    if (!header->has_flags)
        header->flags = flags;
    return true;
}

static bool plan_statement(struct planner *p,
                           const struct segment_statement *statement)
{
    struct program_header *header = segment_add(p, statement->type);
    if (!header)
        return false;
    struct eval eval = {.link = p->link, .is_final = p->is_final};
    header->name = statement->name;
    header->has_file_header = statement->has_file_header;
    header->has_program_headers = statement->has_program_headers;
    if (statement->load_address) {
        header->has_load_address = true;
        header->load_address =
            script_eval_absolute(&eval, statement->load_address).number;
    }
    if (statement->flags) {
        header->has_flags = true;
        header->flags = script_eval_absolute(&eval, statement->flags).number;
    }
    return fill_header(p, header);
}

static bool is_declared(const struct link *link, span name)
{
    if (span_equal(name, SPAN("NONE")))
        return true;
    for (struct segment_statement *s = link->script.segments; s; s = s->next)
        if (span_equal(s->name, name))
            return true;
    return false;
}

static bool check_statement(struct link *link,
                            const struct section_statement *statement)
{
    bool ok = true;
    for (struct script_name *n = statement->segments; n; n = n->next) {
        if (is_declared(link, n->name))
            continue;
        ok = link_error_at(link, n->place, BOOTLINK_LAYOUT,
                           "section %.*s is assigned to program header '%.*s', "
                           "which PHDRS does not have",
                           SPAN_ARGS(statement->name), SPAN_ARGS(n->name));
    }
    return ok;
}

/* What holds the headers is the first segment that is loaded. */
static bool check_headers(struct link *link)
{
    bool is_late = false;
    for (struct segment_statement *s = link->script.segments; s; s = s->next) {
        bool has_headers = s->has_file_header || s->has_program_headers;
        if (s->type != PT_LOAD)
            continue;
        if (has_headers && is_late)
            return link_error_at(link, s->place, BOOTLINK_LAYOUT,
                                 "FILEHDR and PHDRS belong to the first "
                                 "PT_LOAD: those before '%.*s' lack them",
                                 SPAN_ARGS(s->name));
        is_late |= !has_headers;
    }
    return true;
}

bool phdrs_check(struct link *link)
{
    bool ok = check_headers(link);
    for (struct command *c = link->script.commands; c; c = c->next)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok &= check_statement(link, c->section);
    return ok;
}

bool phdrs_plan(struct planner *p)
{
    name_headers(p);
    for (struct segment_statement *s = p->link->script.segments; s; s = s->next)
        if (!plan_statement(p, s))
            return false;
    return true;
}

bool phdrs_load_addresses(struct link *link)
{
    if (!link->script.has_segments || link->request->output == BOOTLINK_IN_FILE)
        return true;
    if (!segments_list(link, true))
        return false;
    for (struct program_header *h = link->headers; h; h = h->next) {
        if (h->type != PT_LOAD || !h->has_load_address)
            continue;
        for (uint64_t i = 0; i < h->section_count; i++) {
            struct output_section *o = h->sections[i];
            o->load_address =
                h->load_address + o->address - h->sections[0]->address;
            o->is_load_bound = true;
        }
    }
    return true;
}
