/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where everything lies in an output file: a section's offset is its address
 * modulo the alignment of its segment, so that pages can be mapped
 * [gABI: Program Header, p_align].
 */
#include "segments.h"

#include <elf.h>

/* The alignment of a segment: a page, or what its sections need. */
static uint64_t segment_align(const struct link *link,
                              const struct program_header *header)
{
    bool is_paged = header->type == PT_LOAD && !link->request->no_paging;
    uint64_t align = is_paged ? link->page_size : 1;
    for (uint64_t i = 0; i < header->section_count; i++)
        if (header->sections[i]->align > align)
            align = header->sections[i]->align;
    return align;
}

/* Sizes from the first section to the last one that counts. Each .tbss has its
 * own place in the template, if not in memory. */
static void measure(struct program_header *header)
{
    for (uint64_t i = 0; i < header->section_count; i++) {
        const struct output_section *o = header->sections[i];
        uint64_t end = o->address - header->address + o->size;
        if (output_is_tls_bss(o) && header->type != PT_TLS)
            continue;
        if (output_is_in_file(o) && end > header->file_size)
            header->file_size = end;
        if (header->type == PT_TLS && end - o->size < header->memory_size)
            end = header->memory_size + o->size;
        if (end > header->memory_size)
            header->memory_size = end;
    }
}

/* The first offset from `offset` on that is `address` modulo `align`. */
static uint64_t congruent(uint64_t offset, uint64_t address, uint64_t align)
{
    return offset + ((address - offset) & (align - 1));
}

static void include_headers(struct program_header *header,
                            uint64_t headers_size)
{
    uint64_t before = header->sections[0]->file_offset;
    header->offset -= before;
    header->address -= before;
    header->file_size =
        header->file_size ? header->file_size + before : headers_size;
    header->memory_size += before;
    if (!header->has_load_address)
        header->load_address -= before;
}

static void place_header(struct link *link, struct program_header *header,
                         uint64_t *offset)
{
    header->align = segment_align(link, header);
    if (header->section_count == 0) {
        header->offset = segment_headers_size(link);
        return;
    }
    const struct output_section *first = header->sections[0];
    header->address = first->address;
    if (!header->has_load_address)
        header->load_address = first->load_address;
    measure(header);
    if (header->type != PT_LOAD) {
        header->offset = first->file_offset;
        return;
    }
    header->offset = congruent(*offset, first->address, header->align);
    for (uint64_t i = 0; i < header->section_count; i++)
        header->sections[i]->file_offset =
            header->offset + header->sections[i]->address - header->address;
    if (header->file_size)
        *offset = header->offset + header->file_size;
}

/* Sections that no segment loads lie behind all others. */
static void place_rest(struct link *link, uint64_t offset)
{
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (o->is_removed || o->flags & SHF_ALLOC)
            continue;
        o->file_offset = align_up(offset, o->align);
        if (output_is_in_file(o))
            offset = o->file_offset + o->size;
    }
    link->contents_end = offset;
}

/* PT_PHDR covers the program headers, where the segment that holds them has
 * them. */
static void place_program_headers(struct link *link,
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
        return;
    header->address = h->address + header->offset - h->offset;
    header->load_address = h->load_address + header->offset - h->offset;
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

static void place_other(struct link *link, struct program_header *header)
{
    uint64_t offset = 0;
    if (header->type == PT_GNU_RELRO)
        place_relro(link, header);
    else if (header->type == PT_PHDR)
        place_program_headers(link, header);
    else if (header->section_count)
        place_header(link, header, &offset);
    else if (link->script.has_segments)
        header->align = 8;
}

void file_offsets_set(struct link *link)
{
    uint64_t offset = segment_headers_size(link);
    for (struct program_header *h = link->headers; h; h = h->next) {
        if (h->type != PT_LOAD || h->is_headers)
            continue;
        place_header(link, h, &offset);
        if (h->has_file_header && h->section_count)
            include_headers(h, segment_headers_size(link));
    }
    for (struct program_header *h = link->headers; h; h = h->next)
        if (h->type != PT_LOAD)
            place_other(link, h);
    place_rest(link, offset);
}
