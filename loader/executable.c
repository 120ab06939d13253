/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel that is linked already (ET_EXEC) [gABI: Program Header].
 *
 * Receives the name of one file. Its headers are read; its loaded segments
 * become output sections, so that memory is found and pages are planned as for
 * a link; then each segment is read straight to its place. Nothing else of the
 * file is looked at: no sections, no symbols.
 */
#include "elf_reader.h"

#include <elf.h>
#include <string.h>

/* ELF header and program headers; linkers put them in front. */
enum { HEAD_SIZE = 4096, PAGE = 4096 };

struct segment {
    struct output_section output;
    uint64_t file_offset, file_size;
    struct segment *next; /* by file offset: a file is read forwards */
};

struct executable {
    struct link *link;
    struct object file;
    struct reader reader;
    struct segment *segments;
    struct output_section **last_output;
    char head[HEAD_SIZE];
};

/* As much as there is of a part of the file. */
static uint64_t read_part(struct link *link, uint64_t offset, uint64_t size,
                          void *to)
{
    const struct bootlink_world *world = link->world;
    span name = link->request->inputs[0].name, bytes;
    if (link->request->read)
        return link->request->read(world->host, name, offset, size, to);
    if (!world->file(world->host, name, &bytes) || offset > bytes.size)
        return 0;
    uint64_t left = bytes.size - offset;
    uint64_t count = size < left ? size : left;
    memcpy(to, bytes.data + offset, count);
    return count;
}

bool executable_is(span head)
{
    return head.size >= offsetof(Elf64_Ehdr, e_machine) &&
           elf_is_object(head) &&
           read16(head.data + offsetof(Elf64_Ehdr, e_type)) == ET_EXEC;
}

struct executable *executable_open(struct link *link)
{
    const struct bootlink_request *request = link->request;
    if (request->output != BOOTLINK_IN_MEMORY || request->input_count != 1 ||
        request->inputs[0].kind != BOOTLINK_FILE)
        return NULL;
    char start[EI_NIDENT + sizeof(uint16_t)];
    uint64_t size = read_part(link, 0, sizeof(start), start);
    if (!executable_is((span){start, size}))
        return NULL;
    struct executable *e = arena_new(&link->arena, struct executable);
    if (e) {
        e->link = link;
        e->last_output = &link->outputs;
        e->file.name = request->inputs[0].name;
        e->file.bytes.data = e->head;
        e->file.bytes.size = read_part(link, 0, sizeof(e->head), e->head);
        e->reader = (struct reader){
            .link = link, .object = &e->file, .wants_symbols = true};
    }
    return e;
}

/* ---- Segments ----------------------------------------------------------- */

static bool check_header(struct executable *e, const Elf64_Phdr *header,
                         unsigned index)
{
    uint64_t end;
    if (header->p_filesz > header->p_memsz)
        return elf_corrupt(&e->reader,
                           "segment %u has 0x%llx bytes in the file, but only "
                           "0x%llx in memory",
                           index, (unsigned long long)header->p_filesz,
                           (unsigned long long)header->p_memsz);
    if (__builtin_add_overflow(header->p_vaddr, header->p_memsz - 1, &end) ||
        __builtin_add_overflow(header->p_paddr, header->p_memsz - 1, &end) ||
        __builtin_add_overflow(header->p_offset, header->p_filesz, &end))
        return elf_corrupt(&e->reader,
                           "segment %u: 0x%llx bytes at 0x%llx run past the "
                           "end of the address space",
                           index, (unsigned long long)header->p_memsz,
                           (unsigned long long)header->p_vaddr);
    return true;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b ? b - a < a_size : a - b < b_size;
}

static bool check_overlap(struct executable *e,
                          const struct output_section *output)
{
    const struct output_section *o = e->link->outputs;
    for (; o; o = o->next)
        if (overlap(o->address, o->size, output->address, output->size) ||
            overlap(o->load_address, o->size, output->load_address,
                    output->size))
            return elf_corrupt(&e->reader, "%.*s and %.*s overlap",
                               SPAN_ARGS(o->name), SPAN_ARGS(output->name));
    return true;
}

static uint64_t flags_of(uint32_t flags)
{
    return SHF_ALLOC | (flags & PF_W ? SHF_WRITE : 0) |
           (flags & PF_X ? SHF_EXECINSTR : 0);
}

/* A load address of its own is binding, as AT in a script is; so is one in the
 * lower half (image.c). */
static bool add_segment(struct executable *e, const Elf64_Phdr *header,
                        unsigned index)
{
    struct link *link = e->link;
    struct segment *segment = arena_new(&link->arena, struct segment);
    if (!check_header(e, header, index) || !segment)
        return false;
    struct output_section *output = &segment->output;
    *output = (struct output_section){
        .name = text_format(&link->arena, "segment %u", index),
        .type = SHT_PROGBITS,
        .flags = flags_of(header->p_flags),
        .address = header->p_vaddr,
        .load_address = header->p_paddr,
        .size = header->p_memsz,
        .is_load_bound = header->p_paddr != header->p_vaddr,
    };
    segment->file_offset = header->p_offset;
    segment->file_size = header->p_filesz;
    if (!check_overlap(e, output))
        return false;
    *e->last_output = output;
    e->last_output = &output->next;
    struct segment **at = &e->segments;
    while (*at && (*at)->file_offset < segment->file_offset)
        at = &(*at)->next;
    segment->next = *at;
    *at = segment;
    return true;
}

static bool check_entry(struct executable *e)
{
    uint64_t entry = e->reader.header.e_entry;
    const struct output_section *o = e->link->outputs;
    while (o && !(o->flags & SHF_EXECINSTR &&
                  in_bounds(o->size, entry - o->address, 1)))
        o = o->next;
    e->link->image->entry = entry;
    return o || elf_corrupt(&e->reader,
                            "the entry 0x%llx is in no executable segment",
                            (unsigned long long)entry);
}

static bool executable_plan(struct executable *e)
{
    e->link->image->is_executable = true;
    if (!elf_read_header(&e->reader))
        return false;
    const Elf64_Ehdr *header = &e->reader.header;
    uint64_t table = (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
    if (header->e_phnum && header->e_phentsize != sizeof(Elf64_Phdr))
        return elf_corrupt(&e->reader,
                           "program header entry size is %u, not %zu",
                           header->e_phentsize, sizeof(Elf64_Phdr));
    if (!in_bounds(e->file.bytes.size, header->e_phoff, table))
        return elf_corrupt(&e->reader,
                           "its %u program headers at 0x%llx are not within "
                           "the first %u bytes",
                           header->e_phnum, (unsigned long long)header->e_phoff,
                           (unsigned)HEAD_SIZE);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, e->head + header->e_phoff + i * sizeof(segment),
               sizeof(segment));
        if (segment.p_type == PT_LOAD && segment.p_memsz &&
            !add_segment(e, &segment, i))
            return false;
    }
    return check_entry(e);
}

/* ---- Into place --------------------------------------------------------- */

/* True if the next segment lies behind this one in memory as it does in the
 * file, without a page between them (so they are in one block of memory): then
 * one read is enough for both. Each costs a walk along the file's chain. */
static bool goes_on(const struct segment *segment)
{
    const struct output_section *output = &segment->output;
    const struct segment *next = segment->next;
    uint64_t distance = next->file_offset - segment->file_offset;
    return distance >= output->size &&
           next->output.load_address - output->load_address == distance &&
           align_down(distance + output->load_address, PAGE) <=
               align_up(output->size + output->load_address, PAGE);
}

/* Behind what came from the file, up to `end`. */
static void zero(struct executable *e, const struct segment *segment,
                 uint64_t end)
{
    link_enter(e->link, LINK_ZEROING);
    memset(segment->output.data + segment->file_size, 0,
           end - segment->file_size);
    link_enter(e->link, LINK_EMITTING);
}

static bool executable_read(struct executable *e)
{
    const struct segment *first = e->segments, *last;
    for (; first; first = last->next) {
        for (last = first; last->next && goes_on(last); last = last->next)
            ;
        uint64_t size =
            last->file_offset - first->file_offset + last->file_size;
        if (size && read_part(e->link, first->file_offset, size,
                              first->output.data) != size)
            return elf_corrupt(
                &e->reader, "%.*s, 0x%llx bytes at 0x%llx, cannot be read",
                SPAN_ARGS(first->output.name), (unsigned long long)size,
                (unsigned long long)first->file_offset);
        for (; first != last; first = first->next)
            zero(e, first, first->next->file_offset - first->file_offset);
        zero(e, last, last->output.size);
    }
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

bool executable_link(struct executable *e)
{
    struct link *link = e->link;
    /* clang-format off */
    return
        executable_plan(e) &&
        link_enter(link, LINK_TABLES) &&
        image_allocate(link) &&
        pages_plan(link) &&
        link_enter(link, LINK_EMITTING) &&
        executable_read(e);
    /* clang-format on */
}
