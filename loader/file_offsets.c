/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where everything lies in an output file: a section's offset is its address
 * modulo the alignment of its segment, so that pages can be mapped
 * [gABI: Program Header, p_align].
 */
#include "segments.h"

#include <elf.h>

/* No file is that large on purpose. */
#define MOST_BYTES (1ull << 40)

/* The alignment of a segment: a page, or what its sections need. */
static uint64_t segment_align(const struct link *link,
                              const struct program_header *header,
                              uint64_t page)
{
    bool is_paged = header->type == PT_LOAD && !link->request->no_paging;
    uint64_t align = is_paged ? page : 1;
    for (uint64_t i = 0; i < header->section_count; i++)
        if (header->sections[i]->align > align)
            align = header->sections[i]->align;
    return align;
}

/* The first offset from `offset` on that is `address` modulo `align`. */
static uint64_t congruent(uint64_t offset, uint64_t address, uint64_t align)
{
    return offset + ((address - offset) & (align - 1));
}

/* True if PHDRS says FILEHDR or PHDRS of it. */
static bool has_words(const struct program_header *header)
{
    return header->has_file_header || header->has_program_headers;
}

/* ---- Segments that are loaded -------------------------------------------- */

/* Such a segment while its sections are added, by load address. Its bytes in
 * the file follow each other as the load addresses do. */
struct loading {
    struct link *link;
    struct program_header *header;
    uint64_t offset;     /* behind what is in the file so far */
    bool has_file_bytes; /* some section has */
};

/* Headers in front of the first section, up to which their segment reaches. */
static bool include_headers(struct loading *l)
{
    struct program_header *h = l->header;
    uint64_t start = h->has_file_header ? 0 : sizeof(Elf64_Ehdr);
    uint64_t before = l->offset - start;
    bool has_room = h->address >= before &&
                    (h->has_load_address || h->load_address >= before);
    if (!has_room)
        return link_error(l->link, BOOTLINK_LAYOUT,
                          "not enough room for program headers: segment %.*s "
                          "starts at 0x%llx, they need 0x%llx bytes before; "
                          "start with `. = ADDRESS + SIZEOF_HEADERS;`",
                          SPAN_ARGS(h->name), (unsigned long long)h->address,
                          (unsigned long long)before);
    h->offset = start;
    h->address -= before;
    if (!h->has_load_address)
        h->load_address -= before;
    h->memory_size = before;
    h->file_size =
        l->has_file_bytes ? before : segment_headers_size(l->link) - start;
    return true;
}

/* Moves on to where the section is loaded. One that is loaded before the end of
 * the one before it comes behind that. */
static void skip_to(struct loading *l, struct output_section *o)
{
    struct program_header *h = l->header;
    uint64_t end = h->load_address + h->memory_size;
    if (o->load_address < end || end < h->load_address) {
        report_warning(l->link->world, BOOTLINK_LAYOUT,
                       "section %.*s is loaded at 0x%llx, where segment %.*s "
                       "is full already; it comes behind, at 0x%llx",
                       SPAN_ARGS(o->name), (unsigned long long)o->load_address,
                       SPAN_ARGS(h->name), (unsigned long long)end);
        o->load_address = end;
    }
    uint64_t gap = o->load_address - end;
    h->memory_size += gap;
    if (!output_is_in_file(o))
        return;
    l->offset += h->memory_size - h->file_size;
    h->file_size = h->memory_size;
}

/* .tbss, or what its header calls so. */
static bool is_template(const struct output_section *o)
{
    return !output_is_in_file(o) && output_flags(o) & SHF_TLS;
}

static void load_section(struct loading *l, struct output_section *o)
{
    if (!is_template(o))
        skip_to(l, o);
    o->file_offset = l->offset;
    if (output_is_in_file(o)) {
        l->offset += o->size;
        l->header->file_size += o->size;
    }
    if (!is_template(o))
        l->header->memory_size += o->size;
}

/* A segment maps its bytes to addresses in a row: a section whose own address
 * is not in it will not be found there. Sections that take turns at one address
 * (OVERLAY) are moved by the program. */
static void check_addresses(struct link *link, const struct program_header *h)
{
    for (uint64_t i = 1; i < h->section_count; i++)
        if (h->sections[i]->address == h->sections[i - 1]->address)
            return;
    for (uint64_t i = 0; i < h->section_count; i++) {
        const struct output_section *o = h->sections[i];
        if (output_is_tls_bss(o) ||
            in_bounds(h->memory_size, o->address - h->address, o->size))
            continue;
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "section '%.*s' cannot be allocated in segment %.*s: "
                       "its address 0x%llx is not in [0x%llx,0x%llx); give it "
                       "another segment, or an address that goes on",
                       SPAN_ARGS(o->name), SPAN_ARGS(h->name),
                       (unsigned long long)o->address,
                       (unsigned long long)h->address,
                       (unsigned long long)(h->address + h->memory_size));
    }
}

/* What FILEHDR and PHDRS say of a segment without sections. */
static void place_words(const struct link *link, struct program_header *h)
{
    uint64_t end = h->has_program_headers ? segment_headers_size(link)
                                          : sizeof(Elf64_Ehdr);
    h->offset = h->has_file_header ? 0 : sizeof(Elf64_Ehdr);
    h->file_size = h->memory_size = end - h->offset;
    if (!h->has_flags)
        h->flags = PF_R;
}

/* Without sections it has the headers that the script says, or nothing. A
 * PT_LOAD has them all. */
static void place_empty_load(const struct link *link, struct program_header *h,
                             uint64_t offset)
{
    if (link->request->no_paging)
        h->align = 8;
    h->offset = offset;
    if (!has_words(h))
        return;
    place_words(link, h);
    h->file_size = h->memory_size = segment_headers_size(link) - h->offset;
}

static bool place_load(struct link *link, struct program_header *header,
                       uint64_t *offset)
{
    struct loading l = {.link = link, .header = header};
    header->align = segment_align(link, header, link->file_page_size);
    if (header->section_count == 0) {
        place_empty_load(link, header, *offset);
        return true;
    }
    for (uint64_t i = 0; i < header->section_count; i++)
        l.has_file_bytes |= output_is_in_file(header->sections[i]);
    header->address = header->sections[0]->address;
    l.offset = congruent(*offset, header->address,
                         segment_align(link, header, link->page_size));
    header->offset = l.offset;
    if (has_words(header) && !include_headers(&l))
        return false;
    for (uint64_t i = 0; i < header->section_count; i++)
        load_section(&l, header->sections[i]);
    check_addresses(link, header);
    if (l.has_file_bytes)
        *offset = l.offset;
    return true;
}

/* ---- Everything else ----------------------------------------------------- */

/* A segment for a part of what others load: notes, the thread-local template.
 * Sizes are from the first section to the last one that counts, in memory and
 * in the file. Each .tbss has its own place in the template, if not in memory.
 */
static bool place_part(struct link *link, struct program_header *header)
{
    const struct output_section *first = header->sections[0];
    if (has_words(header))
        return link_error(link, BOOTLINK_LAYOUT,
                          "segment %.*s has sections, and FILEHDR or PHDRS: "
                          "only a PT_LOAD segment has both",
                          SPAN_ARGS(header->name));
    header->align = segment_align(link, header, 1);
    header->address = first->address;
    header->offset = first->file_offset;
    if (!header->has_load_address)
        header->load_address = first->load_address;
    for (uint64_t i = 0; i < header->section_count; i++) {
        const struct output_section *o = header->sections[i];
        uint64_t start = o->load_address - first->load_address;
        if (output_is_tls_bss(o) && header->type != PT_TLS)
            continue;
        if (output_is_in_file(o))
            header->file_size = o->file_offset - header->offset + o->size;
        if (header->type == PT_TLS &&
            o->load_address < first->load_address + header->memory_size)
            start = header->memory_size;
        if (start + o->size > header->memory_size)
            header->memory_size = start + o->size;
    }
    return true;
}

static void place_empty(const struct link *link, struct program_header *header)
{
    header->align = 8;
    if (has_words(header))
        place_words(link, header);
}

/* Sections that no segment loads lie behind all others. Offset 0 is that of the
 * file's header. */
static void place_rest(struct link *link, uint64_t offset)
{
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (o->is_removed || o->file_offset)
            continue;
        if (o->flags & SHF_ALLOC && !output_is_tls_bss(o))
            report_warning(link->world, BOOTLINK_LAYOUT,
                           "allocated section '%.*s' is in no segment",
                           SPAN_ARGS(o->name));
        o->file_offset = align_up(offset, o->align);
        if (output_is_in_file(o))
            offset = o->file_offset + o->size;
    }
    link->contents_end = offset;
}

/* PT_PHDR covers the program headers, where the segment that holds them has
 * them. */
static bool place_program_headers(struct link *link,
                                  struct program_header *header)
{
    const struct program_header *h = link->headers;
    while (h && !(h->type == PT_LOAD && h->has_program_headers))
        h = h->next;
    header->flags = header->has_flags ? header->flags : PF_R;
    header->align = 8;
    header->offset = sizeof(Elf64_Ehdr);
    header->file_size = header->memory_size =
        link->header_count * sizeof(Elf64_Phdr);
    if (!h)
        return link_error(link, BOOTLINK_LAYOUT,
                          "PHDR segment not covered by LOAD segment: say PHDRS "
                          "for a PT_LOAD segment too");
    header->address = h->address + header->offset - h->offset;
    header->load_address = h->load_address + header->offset - h->offset;
    return true;
}

static uint64_t end_of(const struct output_section *o)
{
    return o->address + (output_is_tls_bss(o) ? 0 : o->size);
}

/* The segment that holds the range up to relro_end, and its first section in
 * it; NULL if there is none. */
static const struct program_header *
relro_segment(const struct link *link, const struct output_section **first)
{
    const struct data_segment *d = &link->data;
    const struct program_header *h = link->headers;
    for (; h; h = h->next)
        if (h->type == PT_LOAD && h->section_count &&
            end_of(h->sections[h->section_count - 1]) > d->base &&
            h->sections[0]->address < d->relro_end)
            break;
    for (uint64_t i = 0; h && i < h->section_count; i++) {
        const struct output_section *o = h->sections[i];
        if (o->address >= d->base && o->address < d->relro_end && o->size) {
            *first = o;
            return h;
        }
    }
    return NULL;
}

/* From the first section to the end of the range, in the file no further than
 * there is something. Nothing to protect is PT_NULL. */
static void place_relro(const struct link *link, struct program_header *header)
{
    const struct output_section *first = NULL;
    const struct program_header *load = relro_segment(link, &first);
    if (!load) {
        header->type = PT_NULL;
        return;
    }
    uint64_t in_file = load->address + load->file_size - first->address;
    header->align = header->align ? header->align : 1;
    header->address = first->address;
    header->load_address = first->load_address;
    header->offset = first->file_offset;
    header->memory_size = link->data.relro_end - first->address;
    header->file_size =
        in_file < header->memory_size ? in_file : header->memory_size;
}

static bool place_other(struct link *link, struct program_header *header)
{
    if (header->type == PT_GNU_RELRO)
        place_relro(link, header);
    else if (header->type == PT_PHDR)
        return place_program_headers(link, header);
    else if (header->section_count)
        return place_part(link, header);
    else if (link->script.has_segments)
        place_empty(link, header);
    return true;
}

/* A gap of load addresses within a segment is a gap in the file. */
static bool check_size(struct link *link, const struct program_header *header)
{
    for (uint64_t i = 0; i < header->section_count; i++) {
        const struct output_section *o = header->sections[i];
        if (o->file_offset + (output_is_in_file(o) ? o->size : 0) < MOST_BYTES)
            continue;
        return link_error(
            link, BOOTLINK_LAYOUT,
            "section %.*s would be at 0x%llx in the file: its load address "
            "0x%llx is far behind that of its segment, or its alignment is "
            "too large; give it a segment of its own, or say AT() where PHDRS "
            "does",
            SPAN_ARGS(o->name), (unsigned long long)o->file_offset,
            (unsigned long long)o->load_address);
    }
    return true;
}

static int by_load_address(const void *context, const void *a, const void *b)
{
    const struct program_header *left = a, *right = b;
    (void)context;
    if (left->has_file_header != right->has_file_header)
        return left->has_file_header ? -1 : 1;
    return compare_numbers(left->load_address, right->load_address);
}

/* In the file segments follow each other by load address, behind the one with
 * the headers. */
static bool place_loads(struct link *link, uint64_t *offset)
{
    uint64_t count = 0;
    struct program_header **loads =
        arena_array(&link->arena, link->header_count, struct program_header *);
    for (struct program_header *h = link->headers; loads && h; h = h->next) {
        if (h->type != PT_LOAD || h->is_headers)
            continue;
        loads[count++] = h;
        if (h->section_count && !h->has_load_address)
            h->load_address = h->sections[0]->load_address;
    }
    if (!loads ||
        !sort_pointers(&link->arena, loads, count, by_load_address, NULL))
        return false;
    bool ok = true;
    for (uint64_t i = 0; i < count; i++)
        ok = ok && place_load(link, loads[i], offset) &&
             check_size(link, loads[i]);
    return ok;
}

static bool set_offsets(struct link *link)
{
    uint64_t offset = segment_headers_size(link);
    bool ok = place_loads(link, &offset);
    for (struct program_header *h = link->headers; ok && h; h = h->next)
        if (h->type != PT_LOAD)
            ok &= place_other(link, h);
    if (ok)
        place_rest(link, offset);
    return ok;
}

/* ---- The whole ---------------------------------------------------------- */

/* In a file GNU ld has the first .text read-only whatever is in it, or with -N
 * writable; in memory that would only hide a mistake. */
static void protect_text(struct link *link)
{
    struct output_section *o = link->outputs;
    while (o && (!o->has_input || !span_equal(o->name, SPAN(".text"))))
        o = o->next;
    if (o && link->request->writable_text)
        o->flags |= SHF_WRITE;
    else if (o)
        o->flags &= ~(uint64_t)SHF_WRITE;
}

/* What PHDRS has in a PT_NOTE is a note, as GNU ld has it. */
static void type_notes(struct link *link)
{
    for (struct program_header *h = link->headers; h; h = h->next)
        for (uint64_t i = 0; h->type == PT_NOTE && i < h->section_count; i++)
            if (h->sections[i]->type != SHT_NOBITS)
                h->sections[i]->type = SHT_NOTE;
}

bool segments_plan(struct link *link)
{
    protect_text(link);
    if (!segments_list(link, true))
        return false;
    type_notes(link);
    if (!set_offsets(link))
        return false;
    ehdr_start_define(link);
    return true;
}
