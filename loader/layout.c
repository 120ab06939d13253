/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses [GNU ld manual: SECTIONS].
 *
 * Walks the script with the location counter again and again until nothing
 * moves. After the first walk output sections that came out empty are removed;
 * the symbols in them stay. One last walk gives symbols their final values,
 * evaluates assertions and lists the pieces of each output section.
 */
#include "loader.h"

#include <elf.h>

enum { MOST_PASSES = 16 };

/* One walk. */
struct pass {
    struct link *link;
    uint64_t dot;
    uint64_t region; /* where a section without an address goes: behind the last
                        allocated section or assignment */
    struct output_section *last;   /* decides the next load address */
    struct output_section *before; /* the section that the script passed last */
    bool is_dot_set;  /* `. = ...` stands between `before` and here */
    bool is_past_end; /* `_end = ...` stands somewhere above */
    bool has_moved;
    bool is_final;
};

/* One output section during a walk. */
struct filling {
    struct pass *pass;
    struct output_section *output;
    struct eval eval; /* eval.dot is the location counter */
    span fill;
};

static void move(struct pass *pass, uint64_t *field, uint64_t value)
{
    pass->has_moved |= *field != value;
    *field = value;
}

static struct eval eval_in(const struct pass *pass,
                           struct output_section *section, uint64_t dot)
{
    return (struct eval){.link = pass->link,
                         .section = section,
                         .dot = dot,
                         .is_final = pass->is_final};
}

static bool place_error(struct pass *pass, struct script_place place,
                        enum bootlink_class class_, const char *what)
{
    pass->link->error_count++;
    return script_error(pass->link->world, place, class_, "%s", what);
}

/* ---- Pieces ------------------------------------------------------------- */

/* Lists a piece in the last walk; before that only the location counter counts.
 */
static bool add_piece(struct filling *f, struct piece piece)
{
    struct output_section *o = f->output;
    if (!f->pass->is_final || piece.size == 0)
        return true;
    struct piece *copy = arena_new(&f->pass->link->arena, struct piece);
    if (!copy)
        return false;
    *copy = piece;
    copy->offset = f->eval.dot - o->address;
    *o->last_piece = copy;
    o->last_piece = &copy->next;
    return true;
}

static bool add_gap(struct filling *f, uint64_t size)
{
    if (!add_piece(f, (struct piece){
                          .kind = PIECE_FILL, .size = size, .fill = f->fill}))
        return false;
    f->eval.dot += size;
    return true;
}

/* A fill that is not a plain hex number is four big-endian bytes.
 * [GNU ld manual: Output Section Fill] */
static bool set_fill(struct filling *f, const struct fill *fill)
{
    f->fill = fill->bytes;
    if (!fill->value || fill->bytes.size || !f->pass->is_final)
        return true;
    struct value v = script_eval_absolute(&f->eval, fill->value);
    char bytes[4];
    write32(bytes, __builtin_bswap32((uint32_t)v.number));
    f->fill = arena_copy(&f->pass->link->arena, (span){bytes, sizeof(bytes)});
    return f->fill.data != NULL;
}

/* ---- Inside an output section ------------------------------------------- */

static uint64_t input_align(struct filling *f, const struct section *section)
{
    const struct expr *subalign = f->output->statement->subalign;
    if (!subalign)
        return section->align;
    struct value v = script_eval_absolute(&f->eval, subalign);
    return v.is_known && is_power_of_two(v.number) ? v.number : 1;
}

static bool place_section(struct filling *f, struct section *section)
{
    uint64_t align = input_align(f, section);
    if (align > f->output->align)
        f->output->align = align;
    if (!add_gap(f, align_up(f->eval.dot, align) - f->eval.dot))
        return false;
    section->offset = f->eval.dot - f->output->address;
    if (!add_piece(f, (struct piece){.kind = PIECE_SECTION,
                                     .size = section->size,
                                     .section = section}))
        return false;
    if (__builtin_add_overflow(f->eval.dot, section->size, &f->eval.dot) &&
        f->eval.dot != 0 && f->pass->is_final)
        return link_error(f->pass->link, BOOTLINK_RANGE,
                          "%.*s:(%.*s): 0x%llx bytes run past the end of the "
                          "address space",
                          SPAN_ARGS(section->object->name),
                          SPAN_ARGS(section->name),
                          (unsigned long long)section->size);
    return true;
}

static bool place_input(struct filling *f, const struct input_pattern *input)
{
    for (uint64_t i = 0; i < input->matched_count; i++)
        if (!place_section(f, input->matched[i]))
            return false;
    return true;
}

/* `. = value` inside a section: numbers count from its start, and the location
 * counter never goes back. */
static bool set_dot_inside(struct filling *f, const struct command *command)
{
    struct value v = script_eval(&f->eval, command->value);
    if (!v.is_known)
        return true;
    uint64_t base = v.section ? v.section->address : 0;
    if (v.is_number)
        base = f->output->address;
    uint64_t to = base + v.number;
    if (to < f->eval.dot) {
        if (f->pass->is_final)
            place_error(f->pass, command->place, BOOTLINK_LAYOUT,
                        "cannot move the location counter backwards inside an "
                        "output section");
        return true;
    }
    bool moves = to != f->eval.dot;
    if (moves && !f->output->has_section)
        f->output->flags |= SHF_ALLOC | SHF_WRITE;
    if (moves && f->output->statement->type != SECTION_TYPE_INFO)
        f->output->flags |= SHF_ALLOC;
    return add_gap(f, to - f->eval.dot);
}

static bool place_data(struct filling *f, const struct command *command)
{
    uint64_t value = 0;
    if (f->pass->is_final)
        value = script_eval_absolute(&f->eval, command->value).number;
    if (!add_piece(f, (struct piece){.kind = PIECE_DATA,
                                     .size = command->size,
                                     .value = value}))
        return false;
    f->eval.dot += command->size;
    return true;
}

static bool place_command(struct filling *f, const struct command *command)
{
    switch (command->kind) {
    case COMMAND_INPUT:
        return place_input(f, command->input);
    case COMMAND_DATA:
        return place_data(f, command);
    case COMMAND_FILL:
        return set_fill(f, &command->fill);
    case COMMAND_ASSIGN:
        if (span_equal(command->name, SPAN(".")))
            return set_dot_inside(f, command);
        return script_assign(&f->eval, command);
    case COMMAND_ASSERT:
        script_eval(&f->eval, command->value);
        return true;
    default:
        return true;
    }
}

/* Fills `output` from its address on; its size is known afterwards. */
static bool fill_output(struct pass *pass, struct output_section *output)
{
    struct filling f = {.pass = pass,
                        .output = output,
                        .eval = eval_in(pass, output, output->address)};
    if (!set_fill(&f, &output->statement->fill))
        return false;
    for (const struct command *c = output->statement->commands; c; c = c->next)
        if (!place_command(&f, c))
            return false;
    move(pass, &output->size, f.eval.dot - output->address);
    return true;
}

/* ---- Load addresses [GNU ld manual: Output Section LMA] ----------------- */

/* Without AT a section keeps the distance that the section before it has
 * between its two addresses, unless the location counter went back. */
static uint64_t default_load_address(const struct pass *pass,
                                     const struct output_section *output)
{
    const struct output_section *last = pass->last;
    if (!last || !(output->flags & SHF_ALLOC))
        return output->address;
    bool went_back = output->address < last->address && output->size != 0 &&
                     output->address + output->size <= last->address;
    if (went_back)
        return output->address;
    return output->address + last->load_address - last->address;
}

static void set_load_address(struct pass *pass, struct output_section *output)
{
    const struct section_statement *statement = output->statement;
    uint64_t address = default_load_address(pass, output);
    output->is_load_bound = pass->last && pass->last->is_load_bound;
    if (statement->load_address) {
        struct eval eval = eval_in(pass, NULL, output->address);
        struct value v = script_eval_absolute(&eval, statement->load_address);
        if (v.is_known)
            address = v.number;
        output->is_load_bound = true;
    }
    move(pass, &output->load_address, address);
    if (!(output->flags & SHF_ALLOC) || output_is_tls_bss(output))
        return;
    if (output->size || (!pass->last && address != output->address) ||
        (pass->last && output->address >= pass->last->address))
        pass->last = output;
}

/* ---- Assignments between output sections -------------------------------- */

static bool can_be_near(const struct output_section *output)
{
    return output_is_in_memory(output) && !(output->flags & SHF_TLS);
}

static struct output_section *first_behind(const struct command *command)
{
    for (; command; command = command->next)
        if (command->kind == COMMAND_OUTPUT_SECTION &&
            can_be_near(command->section->output))
            return command->section->output;
    return NULL;
}

/* The output section that a place between two sections belongs to: the one
 * above, but the one below if the location counter was set since, or if there
 * is none above. Behind `_end` nothing belongs to what is below. */
static struct output_section *near(const struct pass *pass,
                                   const struct command *command)
{
    struct output_section *below = NULL;
    if (!pass->before || (pass->is_dot_set && !pass->is_past_end))
        below = first_behind(command);
    return below ? below : pass->before;
}

static bool names_end(span name)
{
    return span_equal(name, SPAN("_end")) || span_equal(name, SPAN("end"));
}

static bool assign(struct pass *pass, const struct command *command)
{
    struct eval eval = eval_in(pass, NULL, pass->dot);
    if (span_equal(command->name, SPAN("."))) {
        struct value v = script_eval_absolute(&eval, command->value);
        if (v.is_known)
            pass->dot = v.number;
        pass->region = pass->dot;
        pass->is_dot_set = true;
        return true;
    }
    pass->region = pass->dot;
    pass->is_past_end |= names_end(command->name);
    eval.near = near(pass, command);
    return script_assign(&eval, command);
}

/* Notes what section the script has passed. */
static void pass_by(struct pass *pass, struct output_section *output)
{
    pass->is_dot_set = false;
    if (can_be_near(output))
        pass->before = output;
}

/* ---- Output sections ---------------------------------------------------- */

static uint64_t statement_align(struct pass *pass,
                                const struct section_statement *statement)
{
    if (!statement->align)
        return 1;
    struct eval eval = eval_in(pass, NULL, pass->dot);
    struct value v = script_eval_absolute(&eval, statement->align);
    if (v.is_known && is_power_of_two(v.number))
        return v.number;
    if (v.is_known && pass->is_final && v.number)
        place_error(pass, statement->align->place, BOOTLINK_LAYOUT,
                    "an alignment must be a power of two");
    return 1;
}

/* Where the section starts: its address, or behind what is there, aligned. */
static uint64_t start_of(struct pass *pass, struct output_section *output)
{
    const struct section_statement *statement = output->statement;
    uint64_t align = statement_align(pass, statement);
    if (align > output->align)
        output->align = align;
    if (statement->address)
        return align_up(pass->dot, align);
    return align_up(pass->region, output->align);
}

static void set_address(struct pass *pass,
                        const struct section_statement *statement)
{
    if (!statement->address)
        return;
    struct eval eval = eval_in(pass, NULL, pass->dot);
    struct value v = script_eval_absolute(&eval, statement->address);
    if (v.is_known)
        pass->dot = v.number;
}

/* A section that came out empty and in which no symbol is assigned moves
 * nothing. */
static bool is_ignored(const struct output_section *output)
{
    return output->is_removed && !output->has_symbol;
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
    move(pass, &output->address, start_of(pass, output));
    if (!fill_output(pass, output))
        return false;
    set_load_address(pass, output);
    if (is_ignored(output))
        return true;
    pass->dot =
        output->address + (output_is_tls_bss(output) ? 0 : output->size);
    if (output->flags & SHF_ALLOC)
        pass->region = pass->dot;
    return true;
}

/* SIZEOF_HEADERS depends on the segments, and they on it. */
static bool count_headers(struct pass *pass)
{
    struct link *link = pass->link;
    uint64_t count;
    if (!link->has_asked_headers)
        return true;
    if (!segments_count(link, &count))
        return false;
    move(pass, &link->expected_headers, count);
    return true;
}

static bool sizing_pass(struct link *link, bool *has_moved)
{
    struct pass pass = {.link = link};
    link->walk++;
    for (const struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind == COMMAND_ASSIGN && !assign(&pass, c))
            return false;
        if (c->kind == COMMAND_ASSERT)
            pass.region = pass.dot;
        if (c->kind == COMMAND_OUTPUT_SECTION &&
            !place_output(&pass, c->section))
            return false;
    }
    bool ok = count_headers(&pass);
    *has_moved = pass.has_moved;
    return ok;
}

/* ---- The last walk ------------------------------------------------------ */

static void check_expressions(struct pass *pass,
                              const struct section_statement *statement)
{
    struct eval eval = eval_in(pass, NULL, pass->dot);
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
    output->last_piece = &output->pieces;
    if (!fill_output(pass, output))
        return false;
    if (!is_ignored(output))
        pass->dot =
            output->address + (output_is_tls_bss(output) ? 0 : output->size);
    return true;
}

static bool final_pass(struct link *link)
{
    struct pass pass = {.link = link, .is_final = true};
    link->walk++;
    for (const struct command *c = link->script.commands; c; c = c->next) {
        struct eval eval = eval_in(&pass, NULL, pass.dot);
        if (c->kind == COMMAND_ASSIGN && !assign(&pass, c))
            return false;
        if (c->kind == COMMAND_ASSERT)
            script_eval(&eval, c->value);
        if (c->kind == COMMAND_OUTPUT_SECTION &&
            !finish_output(&pass, c->section))
            return false;
    }
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

static void remove_empty(struct link *link)
{
    for (struct output_section *o = link->outputs; o; o = o->next)
        o->is_removed = o->size == 0;
}

static bool repeat_until_stable(struct link *link)
{
    bool has_moved = true;
    for (unsigned i = 0; has_moved && i < MOST_PASSES; i++)
        if (!sizing_pass(link, &has_moved))
            return false;
    if (has_moved)
        return link_error(link, BOOTLINK_LAYOUT,
                          "%.*s: the layout still moves after %u turns: an "
                          "address depends on itself",
                          SPAN_ARGS(link->request->script_name),
                          (unsigned)MOST_PASSES);
    return true;
}

bool layout(struct link *link)
{
    bool has_moved;
    if (!sizing_pass(link, &has_moved))
        return false;
    remove_empty(link);
    uint64_t errors = link->error_count;
    if (!repeat_until_stable(link))
        return false;
    start_stop_define(link);
    return final_pass(link) && link->error_count == errors &&
           phdrs_load_addresses(link) && addresses_check(link);
}
