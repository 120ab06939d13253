/* SPDX-License-Identifier: BSD-2-Clause
 *
 * DATA_SEGMENT_ALIGN, DATA_SEGMENT_RELRO_END and DATA_SEGMENT_END: where the
 * data of a program begin. [GNU ld manual: Builtin Functions]
 *
 * Walks go over the script in two turns. In the first the data begin one page
 * behind the code, at the same offset in the page, so that both lie side by
 * side in the file; it tells how large everything is. The second moves the
 * data:
 *
 *   - what is read-only after relocation (up to RELRO_END) ends at the end of a
 *     page, so that the pages can be protected whole [-z relro], if there is
 *     something of that kind, or else
 *   - the data begin on a fresh page, if they take one page less so.
 */
#include "layout.h"
#include "pattern_index.h"

#include <elf.h>

/* ---- The functions in an expression ------------------------------------- */

static uint64_t round_up(uint64_t n, uint64_t page)
{
    return align_up(n, page ? page : 1);
}

/* Where the data begin in the first turn. */
static uint64_t first_base(const struct eval *e, uint64_t page)
{
    uint64_t next = round_up(e->dot, page);
    bool is_fresh = e->link->has_relro || page == 0;
    return is_fresh ? next : next + (e->dot & (page - 1));
}

/* Page sizes are `most` and `common`; a page may be mapped in steps of the
 * latter. */
static uint64_t align(const struct eval *e, uint64_t most, uint64_t common)
{
    struct data_segment *d = &e->link->data;
    if (d->phase == DATA_MOVED_RELRO)
        return d->base;
    if (d->phase == DATA_MOVED)
        return round_up(e->dot, most) +
               (common < most ? (e->dot + common - 1) & (most - common) : 0);
    uint64_t base = first_base(e, most);
    if (d->phase == DATA_NONE)
        *d = (struct data_segment){
            .phase = DATA_BEGUN, .base = base, .most = most, .page = common};
    return base;
}

/* `offset` bytes behind `here` belong to what is protected. */
static uint64_t relro_end(const struct eval *e, uint64_t offset, uint64_t here)
{
    struct data_segment *d = &e->link->data;
    if (d->phase == DATA_BEGUN || d->phase == DATA_MOVED_RELRO) {
        d->relro_end = here + offset;
        d->relro_offset = offset;
    }
    if (d->phase == DATA_MOVED_RELRO) {
        d->relro_end = round_up(d->relro_end, d->most);
        return d->relro_end - offset;
    }
    return here;
}

static void end(const struct eval *e, uint64_t here)
{
    struct data_segment *d = &e->link->data;
    if (d->phase == DATA_BEGUN) {
        d->phase = DATA_ENDED;
        d->end = here;
    }
}

static bool are_pages(uint64_t most, uint64_t common)
{
    return (most == 0 || is_power_of_two(most)) &&
           (common == 0 || is_power_of_two(common));
}

struct value data_segment_eval(struct eval *e, const struct expr *expr)
{
    struct value a = script_eval_absolute(e, expr->operand[0]);
    struct value b = a;
    if (expr->operand[1])
        b = script_eval_absolute(e, expr->operand[1]);
    bool is_align = expr->kind == EXPR_DATA_SEGMENT_ALIGN;
    const char *wrong =
        e->section ? "DATA_SEGMENT_... stands between output sections only"
        : is_align && !are_pages(a.number, b.number)
            ? "a page size must be a power of two"
            : NULL;
    if (wrong && e->is_final)
        link_error_at(e->link, expr->place, BOOTLINK_LAYOUT, "%s", wrong);
    if (wrong || !a.is_known || !b.is_known)
        return (struct value){0};
    if (is_align)
        b.number = align(e, a.number, b.number);
    else if (expr->kind == EXPR_DATA_SEGMENT_RELRO)
        b.number = relro_end(e, a.number, b.number);
    else
        end(e, b.number);
    return b;
}

/* ---- Before them: is there anything to protect? -------------------------- */

static bool calls(const struct expr *expr, enum expr_kind function)
{
    for (int i = 0; i < 3; i++)
        if (expr->operand[i] && calls(expr->operand[i], function))
            return true;
    return expr->kind == function;
}

/* The command from `command` on whose value calls the function, or NULL. */
static const struct command *find_call(const struct command *command,
                                       enum expr_kind function)
{
    while (command && !(command->kind == COMMAND_ASSIGN &&
                        calls(command->value, function)))
        command = command->next;
    return command;
}

/* Something that takes up memory, wherever it is in the output. */
static bool is_data(const struct section *s)
{
    bool is_tls_bss = (s->flags & SHF_TLS) && s->type == SHT_NOBITS;
    return s->state == SECTION_PLACED && !s->output->is_discard &&
           (s->flags & SHF_ALLOC) && s->size && !is_tls_bss;
}

bool data_segment_check(struct link *link)
{
    bool has_begun = false;
    const struct command *c = link->script.commands;
    for (; c; c = c->next) {
        if (c->kind != COMMAND_ASSIGN)
            continue;
        bool ends = calls(c->value, EXPR_DATA_SEGMENT_END);
        bool is_within = ends || calls(c->value, EXPR_DATA_SEGMENT_RELRO);
        has_begun |= calls(c->value, EXPR_DATA_SEGMENT_ALIGN);
        if (is_within && !has_begun && span_equal(c->name, SPAN(".")))
            return link_error_at(link, c->place, BOOTLINK_LAYOUT,
                                 "this ends a data segment, but none has begun "
                                 "by DATA_SEGMENT_ALIGN before");
        has_begun &= !ends;
    }
    return true;
}

static bool has_data(const struct pattern_index *index, struct object *object)
{
    for (uint32_t i = 1; i < object->section_count; i++)
        if (is_data(&object->sections[i]) &&
            pattern_index_find(index, &object->sections[i], 0))
            return true;
    for (struct section *s = object->made; s; s = s->next_made)
        if (is_data(s) && pattern_index_find(index, s, 0))
            return true;
    return false;
}

/* That a pattern matches is enough, even if another one took the section: so
 * has it GNU ld. */
bool data_segment_find_relro(struct link *link)
{
    const struct command *begin =
        find_call(link->script.commands, EXPR_DATA_SEGMENT_ALIGN);
    if (!begin || link->request->no_relro)
        return true;
    struct pattern_index index = {
        .first = begin,
        .end = find_call(begin, EXPR_DATA_SEGMENT_RELRO),
        .has_any_flags = true,
    };
    if (!pattern_index_make(link, &index))
        return false;
    for (struct object *o = link->objects; o && !link->has_relro; o = o->next)
        link->has_relro = has_data(&index, o);
    return true;
}

/* ---- Between the turns --------------------------------------------------- */

static bool is_protected(const struct data_segment *d,
                         const struct output_section *o)
{
    return output_is_in_memory(o) && o->address >= d->base &&
           o->address < d->relro_end - d->relro_offset;
}

/* Goes back from the end of the last protected page, section by section, to
 * where the first must begin. False if there is no memory. */
static bool move_relro(struct link *link)
{
    struct data_segment *d = &link->data;
    uint64_t count = 0;
    for (struct output_section *o = link->outputs; o; o = o->next)
        count += is_protected(d, o);
    struct output_section **list =
        arena_array(&link->arena, count, struct output_section *);
    if (!list)
        return false;
    uint64_t i = 0;
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (is_protected(d, o))
            list[i++] = o;
    uint64_t wanted = round_up(d->relro_end, d->most) - d->relro_offset;
    while (i--) {
        uint64_t end =
            list[i]->address + (output_is_tls_bss(list[i]) ? 0 : list[i]->size);
        wanted = align_down(list[i]->address + wanted - end, list[i]->align);
    }
    d->base = wanted;
    d->phase = DATA_MOVED_RELRO;
    return true;
}

/* Whether data that begin on a fresh page touch one page less. */
static bool saves_a_page(const struct data_segment *d)
{
    uint64_t page = d->page ? d->page : 1;
    uint64_t first = -d->base & (page - 1), last = d->end & (page - 1);
    return first && last &&
           align_down(d->base, page) != align_down(d->end, page) &&
           first + last <= page;
}

bool data_segment_move(struct link *link)
{
    struct data_segment *d = &link->data;
    if (d->phase != DATA_ENDED) {
        *d = (struct data_segment){.phase = DATA_DONE};
        return true;
    }
    d->first_base = d->base;
    d->first_relro_end = d->relro_end;
    if (d->relro_end && link->has_relro)
        return move_relro(link);
    d->relro_end = 0;
    d->phase = saves_a_page(d) ? DATA_MOVED : DATA_DONE;
    return true;
}

/* What the script aligns may have made the protected part larger: then the
 * data go back to where they were first. */
bool data_segment_move_back(struct link *link)
{
    struct data_segment *d = &link->data;
    if (d->phase != DATA_MOVED_RELRO || d->base == d->first_base ||
        d->relro_end <= round_up(d->first_relro_end, d->most))
        return false;
    d->base = d->first_base;
    return true;
}
