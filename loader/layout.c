/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses [GNU ld manual: SECTIONS].
 *
 * Walks the script with the location counter again and again until nothing
 * moves. After the first walk output sections that came out empty are removed,
 * unless the script keeps them; the symbols in them stay. One last walk gives
 * symbols their final values, evaluates assertions and lists the pieces of each
 * output section.
 */
#include "layout.h"

#include <elf.h>

enum {
    MOST_PASSES = 16,
    FREE_TURNS = 4, /* before room for program headers is only added */
};

/* ---- Assignments between output sections -------------------------------- */

static bool can_be_near(const struct output_section *output)
{
    return output_is_in_memory(output) && !(output->flags & SHF_TLS);
}

/* The first section below that is in the output, or that stands behind `_end`.
 */
static struct output_section *first_below(const struct command *command)
{
    for (; command; command = command->next) {
        if (command->kind != COMMAND_OUTPUT_SECTION)
            continue;
        struct output_section *o = command->section->output;
        if (o->is_past_end ||
            (o->has_input && !o->is_removed && !o->is_discard))
            return o;
    }
    return NULL;
}

/* The section itself, or the nearest that is listed before it. */
static struct output_section *at_or_before(struct pass *pass,
                                           struct output_section *output)
{
    if (pass->asked == output && output)
        return pass->home;
    pass->asked = output;
    while (output && !can_be_near(output))
        output = output->listed_before;
    return pass->home = output;
}

static struct output_section *below(struct pass *pass,
                                    const struct command *command)
{
    if (!pass->has_looked_below)
        pass->below = first_below(command);
    pass->has_looked_below = true;
    return pass->below;
}

/* The output section that a place between two sections belongs to: the one
 * above, but the one below if the location counter was set since, or if there
 * is none above. Behind `_end` nothing belongs to what is below. NULL: an
 * absolute address. */
static struct output_section *near(struct pass *pass,
                                   const struct command *command)
{
    if (!pass->before || pass->is_dot_set) {
        struct output_section *next = below(pass, command);
        if (!pass->before || !next || !next->is_past_end)
            return at_or_before(pass, next ? next : pass->link->last_listed);
    }
    struct output_section *found = at_or_before(pass, pass->before);
    if (!found)
        found = pass->link->first_listed;
    while (found && !can_be_near(found))
        found = found->next_listed;
    return found;
}

static bool names_end(span name)
{
    return span_equal(name, SPAN("_end")) || span_equal(name, SPAN("end"));
}

static bool assign(struct pass *pass, struct command *command)
{
    struct eval eval = pass_eval(pass, NULL, pass->dot);
    if (span_equal(command->name, SPAN("."))) {
        struct value v = script_eval_absolute(&eval, command->value);
        if (v.is_known)
            pass->dot = v.number;
        pass->link->regions->current = pass->dot;
        pass->is_dot_set = true;
        return true;
    }
    pass->link->regions->current = pass->dot;
    pass->is_past_end |= names_end(command->name);
    eval.near = near(pass, command);
    bool ok = script_assign(&eval, command);
    pass->has_moved |= eval.has_changed;
    return ok;
}

/* Before the last walk this only refers to the symbols in it. */
static void check_assertion(struct pass *pass, const struct command *command)
{
    struct eval eval = pass_eval(pass, NULL, pass->dot);
    script_eval(&eval, command->value);
    pass->link->regions->current = pass->dot;
}

/* The last section of an OVERLAY. */
static bool ends_overlay(const struct section_statement *statement)
{
    return statement->overlay && !statement->overlay_next;
}

/* A section that came out empty and in which no symbol is assigned moves
 * nothing. */
static bool is_ignored(const struct output_section *output)
{
    return output->is_removed && !output->has_symbol &&
           !ends_overlay(output->statement);
}

/* Notes what section the script has passed. */
static void pass_by(struct pass *pass, struct output_section *output)
{
    if (pass->below == output)
        pass->has_looked_below = false;
    output->is_past_end = pass->is_past_end;
    if (!output->has_input || is_ignored(output) ||
        !(output->flags & SHF_ALLOC))
        return;
    pass->is_dot_set = false;
    pass->before = output;
}

/* ---- Output sections ---------------------------------------------------- */

static uint64_t statement_align(struct pass *pass,
                                const struct section_statement *statement)
{
    if (!statement->align)
        return 1;
    struct eval eval = pass_eval(pass, NULL, pass->dot);
    struct value v = script_eval_absolute(&eval, statement->align);
    if (v.is_known && is_power_of_two(v.number))
        return v.number;
    if (v.is_known && pass->is_final && v.number)
        link_error_at(pass->link, statement->align->place, BOOTLINK_LAYOUT,
                      "an alignment must be a power of two");
    return 1;
}

/* What an option says on where the section starts; NULL: nothing. */
static const struct bootlink_start *option_of(const struct link *link,
                                              const struct output_section *o)
{
    if (!o->start || link->starts_used[o->start - 1])
        return NULL;
    return &link->request->starts[o->start - 1];
}

bool output_has_address(const struct link *link, const struct output_section *o)
{
    return o->statement->address || option_of(link, o);
}

/* Where the section starts: its address, or behind what is in its region,
 * aligned. */
static struct placement start_of(struct pass *pass, struct output_section *o)
{
    struct placement p = {.statement_align =
                              statement_align(pass, o->statement)};
    if (p.statement_align > o->align)
        o->align = p.statement_align;
    bool has_address = output_has_address(pass->link, o);
    uint64_t from = has_address ? pass->dot : region_of(pass->link, o)->current;
    p.align = has_address ? p.statement_align : o->align;
    p.address = align_up(from, p.align);
    p.gap = p.address - from;
    return p;
}

static void set_address(struct pass *pass,
                        const struct section_statement *statement)
{
    const struct bootlink_start *start =
        option_of(pass->link, statement->output);
    if (start)
        pass->dot = start->address;
    if (start || !statement->address)
        return;
    struct eval eval = pass_eval(pass, NULL, pass->dot);
    struct value v = script_eval_absolute(&eval, statement->address);
    if (v.is_known)
        pass->dot = v.number;
}

/* Behind the section, or behind the largest of its OVERLAY. */
static uint64_t end_of(const struct output_section *o)
{
    uint64_t size = output_is_tls_bss(o) ? 0 : o->size;
    if (!ends_overlay(o->statement))
        return o->address + size;
    const struct section_statement *s = o->statement->overlay;
    uint64_t start = s->output->address;
    for (size = 0; s; s = s->overlay_next)
        size = s->output->size > size ? s->output->size : size;
    return start + size;
}

/* Moves on, in the output and in the section's regions. */
static void go_behind(struct pass *pass, const struct output_section *o)
{
    uint64_t size = output_is_tls_bss(o) ? 0 : o->size;
    struct region *region = region_of(pass->link, o);
    pass->dot = end_of(o);
    if (!(o->flags & SHF_ALLOC) && !o->has_loaded)
        return;
    region->current = pass->dot;
    if (o->load_region && o->load_region != region &&
        (output_is_in_file(o) || o->statement->align_with_input))
        o->load_region->current = o->load_address + size;
}

static bool place_output(struct pass *pass, struct section_statement *statement)
{
    struct output_section *output = statement->output;
    if (statement->is_left_out || output->is_discard)
        return true;
    set_address(pass, statement);
    pass_by(pass, output);
    if (!output->has_input)
        return true;
    struct placement placement = start_of(pass, output);
    pass_move(pass, &output->address, placement.address);
    if (!contents_place(pass, output))
        return false;
    if (link_is_module(pass->link)) /* which is loaded anywhere */
        output->load_address = output->address;
    else
        pass->link->scripts.load_address_set(pass, output, &placement);
    if (!is_ignored(output))
        go_behind(pass, output);
    return true;
}

/* ---- The last walk ------------------------------------------------------ */

static void check_expressions(struct pass *pass,
                              const struct section_statement *statement)
{
    struct eval eval = pass_eval(pass, NULL, pass->dot);
    if (statement->address)
        script_eval(&eval, statement->address);
    if (statement->load_address)
        script_eval(&eval, statement->load_address);
    statement_align(pass, statement);
}

/* Addresses hold. Unlike before, a section that is not in the output leaves the
 * location counter alone even if it has an address: so does GNU ld. */
static bool finish_output(struct pass *pass,
                          struct section_statement *statement)
{
    struct output_section *output = statement->output;
    if (statement->is_left_out || output->is_discard)
        return true;
    check_expressions(pass, statement);
    pass_by(pass, output);
    if (!output->has_input)
        return true;
    output->last_content = &output->contents;
    if (!contents_place(pass, output))
        return false;
    if (!is_ignored(output))
        pass->dot = end_of(output);
    return true;
}

/* ---- Walks -------------------------------------------------------------- */

static bool walk(struct pass *pass)
{
    bool (*place)(struct pass *, struct section_statement *) =
        pass->is_final ? finish_output : place_output;
    pass->link->walk++;
    regions_reset(pass);
    for (struct command *c = pass->link->script.commands; c; c = c->next) {
        if (c->kind == COMMAND_ASSIGN && !assign(pass, c))
            return false;
        if (c->kind == COMMAND_ASSERT)
            check_assertion(pass, c);
        if (c->kind == COMMAND_OUTPUT_SECTION && !place(pass, c->section))
            return false;
    }
    return true;
}

static bool sizing_pass(struct link *link, bool *has_moved)
{
    struct pass pass = {.link = link};
    if (link->data.phase <= DATA_ENDED)
        link->data.phase = DATA_NONE;
    bool ok = walk(&pass) && link_order_sort(link, &pass.has_moved);
    *has_moved = pass.has_moved;
    return ok;
}

static bool final_pass(struct link *link)
{
    struct pass pass = {.link = link, .is_final = true};
    return walk(&pass);
}

/* ---- The whole ---------------------------------------------------------- */

/* Other than what the linker makes, such as a table without entries. */
static bool has_object_input(const struct output_section *output)
{
    const struct section *first = output->first_input;
    return first && (first->index || section_is_common(first));
}

/* Objects say there what they need of a processor or a library; no processor of
 * ours has a say, and then GNU ld leaves nothing of it. */
static bool is_attributes(const struct output_section *output)
{
    return span_equal(output->name, SPAN(".gnu.attributes"));
}

static void remove_empty(struct link *link)
{
    bool keeps_inputs = link_is_relocatable(link) || link->request->emit_relocs;
    for (struct output_section *o = link->outputs; o; o = o->next)
        o->is_removed = (o->size == 0 && !o->is_kept &&
                         !(keeps_inputs && has_object_input(o))) ||
                        is_attributes(o);
}

static void keep_empty(struct link *link)
{
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (o->is_kept)
            output_keep_empty(o);
}

static bool refuse_to_go_on(struct link *link)
{
    return link_error(link, BOOTLINK_LAYOUT,
                      "%.*s: the layout still moves after %u turns: an address "
                      "depends on itself",
                      SPAN_ARGS(link->script_name), (unsigned)MOST_PASSES);
}

static bool repeat_until_stable(struct link *link)
{
    bool has_moved = true;
    for (unsigned i = 0; has_moved && i < MOST_PASSES; i++)
        if (!sizing_pass(link, &has_moved))
            return false;
    return !has_moved || refuse_to_go_on(link);
}

/* The data segment moves when all sizes are known. */
static bool size_all(struct link *link)
{
    link->data.phase = DATA_NONE;
    if (!repeat_until_stable(link) || !link->scripts.data_segment_move(link))
        return false;
    if (link->data.phase != DATA_DONE && !repeat_until_stable(link))
        return false;
    return !link->scripts.data_segment_move_back(link) ||
           repeat_until_stable(link);
}

/* A module has none, and goes where there is room for it. */
static bool size_module(struct link *link)
{
    return repeat_until_stable(link) &&
           (!link->request->place ||
            (module_place(link) && repeat_until_stable(link)));
}

/* SIZEOF_HEADERS depends on the segments, and they on it: after some turns only
 * room for more is made. The first turn has as many as there were if nothing
 * moved, which is mostly right. An object has none. */
static bool size_with_headers(struct link *link)
{
    for (unsigned i = 0; i <= MOST_PASSES; i++) {
        bool has_any = link->has_asked_headers && !link_is_relocatable(link);
        if (has_any && !link->scripts.segments_list(link, false))
            return false;
        bool fits =
            !has_any || link->expected_headers == link->header_count ||
            (i > FREE_TURNS && link->expected_headers > link->header_count);
        if (i && fits)
            return true;
        link->expected_headers = link->header_count;
        if (!size_all(link))
            return false;
    }
    return refuse_to_go_on(link);
}

bool layout(struct link *link)
{
    bool has_moved;
    regions_inherit(link);
    if (!link_pass(link, link->scripts.data_segment_check) ||
        !link_pass(link, link->scripts.data_segment_find_relro) ||
        !sizing_pass(link, &has_moved))
        return false;
    remove_empty(link);
    uint64_t errors = link->error_count;
    if (!(link_is_module(link) ? size_module(link) : size_with_headers(link)))
        return false;
    keep_empty(link);
    if (link_is_relocatable(link))
        return final_pass(link) && link->error_count == errors;
    start_stop_define(link);
    return final_pass(link) && link->error_count == errors &&
           link_pass(link, link->scripts.phdrs_load_addresses) &&
           link_pass(link, link->scripts.regions_check) &&
           (link->request->allow_overlap ||
            link_pass(link, link->scripts.addresses_check));
}
