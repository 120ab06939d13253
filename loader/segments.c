/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which program headers an output file has [gABI: Program Header].
 *
 * PHDRS in the script decides, or else GNU ld's habits: one PT_LOAD for each
 * run of output sections that can share pages and permissions, before them
 * PT_PHDR and PT_INTERP, behind them PT_NOTE, PT_TLS and PT_GNU_STACK, where
 * there is a reason for them.
 */
#include "segments.h"

#include <elf.h>

static uint64_t memory_size(const struct output_section *o)
{
    return output_is_tls_bss(o) ? 0 : o->size;
}

/* By its inputs or its name, not if TYPE alone says so. */
static bool is_note(const struct output_section *o)
{
    return o->type == SHT_NOTE && output_input_type(o) == SHT_NOTE;
}

/* ---- Making headers ----------------------------------------------------- */

struct program_header *segment_add(struct planner *p, uint32_t type)
{
    struct program_header *header =
        arena_new(&p->link->arena, struct program_header);
    if (!header)
        return NULL;
    header->type = type;
    *p->last = header;
    p->last = &header->next;
    p->link->header_count++;
    return header;
}

uint32_t segment_flags(const struct output_section *o)
{
    return PF_R | (output_flags(o) & SHF_WRITE ? PF_W : 0) |
           (output_flags(o) & SHF_EXECINSTR ? PF_X : 0);
}

/* A header over the sections [from, to) of the sorted list. */
static bool add_run(struct planner *p, uint32_t type, uint64_t from,
                    uint64_t to)
{
    struct program_header *header = segment_add(p, type);
    if (!header)
        return false;
    header->sections = p->sections + from;
    header->section_count = to - from;
    for (uint64_t i = from; i < to; i++)
        header->flags |= segment_flags(p->sections[i]);
    return true;
}

/* ---- GNU ld's habits ---------------------------------------------------- */

static uint64_t load_end(const struct output_section *o)
{
    return o->load_address + memory_size(o);
}

static bool are_on_one_page(const struct planner *p,
                            const struct output_section *last,
                            const struct output_section *next)
{
    uint64_t page = p->link->page_size;
    return align_down(load_end(last) - 1, page) ==
           align_down(next->load_address, page);
}

/* Whether `next` begins a new segment behind `last`; `flags` are those of the
 * sections that it has so far. */
static bool begins_segment(const struct planner *p,
                           const struct output_section *last,
                           const struct output_section *next, uint64_t flags)
{
    uint64_t page = p->link->page_size;
    if (last->load_address - last->address !=
        next->load_address - next->address)
        return true;
    if (next->load_address < load_end(last))
        return true;
    uint64_t next_page = align_up(load_end(last), page);
    if (next_page + page > last->load_address &&
        next_page + page <= next->load_address)
        return true; /* a page would be skipped */
    if (region_of(p->link, last) != region_of(p->link, next))
        return true; /* what MEMORY keeps apart */
    bool is_paged = !p->link->request->no_paging;
    if (is_paged && are_on_one_page(p, last, next))
        return false;
    bool was_loaded = output_is_in_file(last) || last->flags & SHF_TLS;
    bool is_now = output_is_in_file(next) || next->flags & SHF_TLS;
    if (!was_loaded && is_now)
        return true; /* .bss would have to be in the file */
    if (!is_paged)
        return false;
    bool is_apart = !p->link->request->no_separate_code;
    return (is_apart && (flags ^ next->flags) & SHF_EXECINSTR) ||
           next->flags & ~flags & SHF_WRITE;
}

static bool plan_loads(struct planner *p)
{
    uint64_t from = 0;
    uint64_t flags = 0;
    for (uint64_t i = 0; i < p->count; i++) {
        if (i > from &&
            begins_segment(p, p->sections[i - 1], p->sections[i], flags)) {
            if (!add_run(p, PT_LOAD, from, i))
                return false;
            from = i;
            flags = 0;
        }
        flags |= p->sections[i]->flags;
    }
    bool is_nothing =
        from == p->count ||
        (from == p->count - 1 && output_is_tls_bss(p->sections[from]));
    return is_nothing || add_run(p, PT_LOAD, from, p->count);
}

/* One PT_NOTE for neighbours of one alignment. */
static bool plan_notes(struct planner *p)
{
    for (uint64_t i = 0; i < p->count; i++) {
        if (!is_note(p->sections[i]))
            continue;
        uint64_t from = i;
        uint64_t align = p->sections[i]->align;
        while (i + 1 < p->count && is_note(p->sections[i + 1]) &&
               p->sections[i + 1]->align == align &&
               align_up(load_end(p->sections[i]), align) ==
                   p->sections[i + 1]->load_address)
            i++;
        if (!add_run(p, PT_NOTE, from, i + 1))
            return false;
    }
    return true;
}

static bool report_apart(struct planner *p, const struct output_section *other,
                         const struct output_section *thread_local)
{
    return link_error(p->link, BOOTLINK_LAYOUT,
                      "section %.*s stands between thread-local sections; put "
                      "%.*s next to the others in the script",
                      SPAN_ARGS(other->name), SPAN_ARGS(thread_local->name));
}

/* One segment has them all, so their headers must follow each other. */
static bool check_tls(struct planner *p)
{
    const struct output_section *other = NULL;
    bool has_begun = false;
    for (const struct output_section *o = p->link->first_listed; o;
         o = o->next_listed) {
        if (o->is_removed)
            continue;
        if (!(o->flags & SHF_TLS))
            other = has_begun && !other ? o : other;
        else if (other)
            return report_apart(p, other, o);
        has_begun |= (o->flags & SHF_TLS) != 0;
    }
    return true;
}

static bool plan_tls(struct planner *p)
{
    uint64_t from = 0;
    while (from < p->count && !(p->sections[from]->flags & SHF_TLS))
        from++;
    uint64_t to = from;
    while (to < p->count && p->sections[to]->flags & SHF_TLS)
        to++;
    if (from == to)
        return true;
    if (!check_tls(p))
        return false;
    struct program_header **header = p->last;
    if (!add_run(p, PT_TLS, from, to))
        return false;
    (*header)->flags = PF_R; /* a template: each thread has a copy */
    return true;
}

/* PT_GNU_PROPERTY points to the note of that name, for a program loader. */
static bool plan_property(struct planner *p)
{
    for (uint64_t i = 0; i < p->count; i++)
        if (is_note(p->sections[i]) && p->sections[i]->size &&
            span_equal(p->sections[i]->name, SPAN(".note.gnu.property")))
            return add_run(p, PT_GNU_PROPERTY, i, i + 1);
    return true;
}

static bool plan_eh_frame_hdr(struct planner *p)
{
    const struct section *section = p->link->eh_frame_hdr;
    uint64_t i = 0;
    while (section && i < p->count && p->sections[i] != section->output)
        i++;
    return !section || i == p->count || !output_is_in_file(section->output) ||
           add_run(p, PT_GNU_EH_FRAME, i, i + 1);
}

/* What names the program's interpreter has a segment for it, and one for the
 * program headers, from which the interpreter learns where the program is. */
static bool plan_interpreter(struct planner *p)
{
    const struct output_section *o = p->link->outputs;
    while (o && !span_equal(o->name, SPAN(".interp")))
        o = o->next;
    uint64_t i = 0;
    while (o && i < p->count && p->sections[i] != o)
        i++;
    return !o || i == p->count || !output_is_in_file(o) || !o->size ||
           (segment_add(p, PT_PHDR) && add_run(p, PT_INTERP, i, i + 1));
}

static bool has_outputs(const struct link *link)
{
    const struct output_section *o = link->outputs;
    while (o && o->is_removed)
        o = o->next;
    return o != NULL;
}

static bool plan_stack(struct planner *p)
{
    uint32_t flags = stack_flags(p->link);
    if (!flags || !has_outputs(p->link))
        return true;
    struct program_header *header = segment_add(p, PT_GNU_STACK);
    if (header) {
        header->flags = flags;
        header->memory_size = p->link->request->stack_size;
        header->align = 16;
    }
    return header != NULL;
}

/* Whether the segment has something to protect: its first section is in the
 * range, and something of it is in the file. */
static bool has_relro(const struct data_segment *d,
                      const struct program_header *h)
{
    bool is_in = h->type == PT_LOAD && h->section_count &&
                 h->sections[0]->address >= d->base &&
                 h->sections[0]->address < d->relro_end;
    for (uint64_t i = 0; is_in && i < h->section_count; i++)
        if (h->sections[i]->size && output_is_in_file(h->sections[i]))
            return true;
    return false;
}

/* What the program protects when it has relocated itself [-z relro]. */
static bool plan_relro(struct planner *p)
{
    const struct program_header *h = p->link->headers;
    while (h && !has_relro(&p->link->data, h))
        h = h->next;
    if (!h)
        return true;
    struct program_header *header = segment_add(p, PT_GNU_RELRO);
    if (!header)
        return false;
    header->flags = PF_R;
    header->align = 1;
    return true;
}

/* ---- A segment for the headers [-z separate-code] ----------------------- */

uint64_t segment_headers_size(const struct link *link)
{
    return sizeof(Elf64_Ehdr) + link->header_count * sizeof(Elf64_Phdr);
}

static struct program_header **first_load(struct link *link)
{
    struct program_header **at = &link->headers;
    while (*at && (*at)->type != PT_LOAD)
        at = &(*at)->next;
    return at;
}

/* The headers go in front of the first section if they can end where it begins
 * in its page, or if the script counted them or PT_PHDR is there, and there are
 * addresses for them. */
static bool are_headers_loaded(const struct link *link,
                               const struct program_header *first,
                               uint64_t size)
{
    if (!first || !first->section_count || link->request->no_paging)
        return false;
    uint64_t address = first->sections[0]->load_address;
    bool has_room = address % link->page_size >= size % link->page_size;
    bool is_wanted = link->has_asked_headers || link->headers->type == PT_PHDR;
    return (has_room || is_wanted) && address >= size;
}

/* GNU ld keeps headers out of code: before code they get a segment of their
 * own. Code in the first pages of all leaves no place for one. [GNU ld manual:
 * -z separate-code] */
static bool is_apart(const struct link *link,
                     const struct program_header *first)
{
    return !link->request->no_separate_code && first && first->section_count &&
           first->sections[0]->flags & SHF_EXECINSTR &&
           first->sections[0]->load_address >=
               align_up(segment_headers_size(link), link->page_size);
}

/* Puts headers into the first segment, or into one of their own before it. */
static bool place_headers(struct planner *p)
{
    struct link *link = p->link;
    struct program_header **at = first_load(link), *first_header = *at;
    bool apart = is_apart(link, first_header);
    uint64_t size =
        segment_headers_size(link) + (apart ? sizeof(Elf64_Phdr) : 0);
    if (!are_headers_loaded(link, first_header, size))
        return true;
    if (!apart) {
        first_header->has_file_header = true;
        first_header->has_program_headers = true;
        return true;
    }
    struct program_header *header =
        arena_new(&link->arena, struct program_header);
    if (!header)
        return false;
    link->header_count++;
    uint64_t page = link->page_size;
    size = segment_headers_size(link);
    const struct output_section *first = first_header->sections[0];
    *header = (struct program_header){
        .type = PT_LOAD,
        .flags = PF_R,
        .address = align_down(first->address - size, page),
        /* a page below, even if the address is not: as GNU ld has it */
        .load_address =
            align_down(first->load_address, page) - align_up(size, page),
        .file_size = size,
        .memory_size = size,
        .align = link->file_page_size,
        .is_headers = true,
        .has_program_headers = true,
        .next = first_header,
    };
    *at = header;
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

static uint64_t file_size(const struct output_section *o)
{
    return output_is_in_file(o) ? o->size : 0;
}

static bool is_plain_bss(const struct output_section *o)
{
    return !output_is_in_file(o) && !(o->flags & SHF_TLS) && o->size;
}

/* At one address what is in the file comes first, and what is empty, and then
 * the order is that of the headers. */
static int by_load_address(const void *context, const void *a, const void *b)
{
    const struct output_section *left = a, *right = b;
    (void)context;
    int order = compare_numbers(left->load_address, right->load_address);
    if (!order)
        order = compare_numbers(left->address, right->address);
    if (!order)
        order = is_plain_bss(left) - is_plain_bss(right);
    if (!order)
        order = compare_numbers(file_size(left), file_size(right));
    return order ? order : compare_numbers(left->index, right->index);
}

static void number_sections(struct link *link)
{
    uint32_t index = 1;
    for (struct output_section *o = link->first_listed; o; o = o->next_listed)
        if (!o->is_removed)
            o->index = index++;
}

static bool plan_habits(struct planner *p)
{
    return plan_interpreter(p) && plan_loads(p) && plan_notes(p) &&
           plan_tls(p) && plan_property(p) && plan_eh_frame_hdr(p) &&
           plan_stack(p) && plan_relro(p) && place_headers(p);
}

bool segments_list(struct link *link, bool is_final)
{
    struct planner p = {
        .link = link, .last = &link->headers, .is_final = is_final};
    link->headers = NULL;
    link->header_count = 0;
    number_sections(link);
    p.sections =
        outputs_sorted(link, output_is_in_memory, by_load_address, &p.count);
    if (!p.sections)
        return false;
    return link->script.has_segments ? phdrs_plan(&p) : plan_habits(&p);
}
