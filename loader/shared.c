/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Opens a shared object (ET_DYN) as a module [gABI: Program Header].
 *
 * Receives its bytes. Afterwards it is an object of the link like any other:
 * its sections are those of its section headers, its dynamic symbols are in the
 * symbol table, and what the macros of module.h left can be read as in an
 * object that was never linked. Every segment, table, name and hash chain is
 * in bounds; relocations are checked when it is placed (shared_x86_64.c).
 */
#include "shared.h"

/* ---- Bytes by address ---------------------------------------------------- */

/* How many of them have a key of at most that. */
uint32_t shared_count_up_to(const struct keyed *list, uint32_t count,
                            uint64_t key)
{
    uint32_t low = 0;
    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        if (list[middle].key <= key)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

const struct shared_load *shared_load_at(const struct shared *shared,
                                         uint64_t address, uint64_t size)
{
    const struct shared_load *load = shared->loads + shared->load_count;
    while (load-- != shared->loads)
        if (load->address <= address)
            return in_bounds(load->size, address - load->address, size) ? load
                                                                        : NULL;
    return NULL;
}

span shared_bytes(const struct shared *shared, uint64_t address, uint64_t size)
{
    const struct shared_load *load = shared_load_at(shared, address, size);
    return load ? span_part(load->bytes, address - load->address, size)
                : (span){NULL, 0};
}

uint64_t shared_word(const struct shared *shared, uint64_t address)
{
    span bytes = shared_bytes(shared, address, sizeof(uint64_t));
    return bytes.size ? read64(bytes.data) : 0;
}

/* ---- Segments ------------------------------------------------------------ */

static bool refuse(struct shared *shared, const char *what, const char *advice)
{
    return link_error(shared->link, BOOTLINK_UNSUPPORTED, "%.*s: %s; %s",
                      SPAN_ARGS(shared->object->name), what, advice);
}

static bool check_load(struct shared *shared, const Elf64_Phdr *header,
                       unsigned index)
{
    struct reader *r = &shared->reader;
    uint64_t end;
    if (header->p_filesz > header->p_memsz ||
        __builtin_add_overflow(header->p_vaddr, header->p_memsz, &end) ||
        !in_bounds(r->object->bytes.size, header->p_offset, header->p_filesz))
        return elf_corrupt(r,
                           "segment %u: its bytes are not in the file, or do "
                           "not fit into memory",
                           index);
    if (shared->load_count == SHARED_LOADS)
        return elf_corrupt(r, "more than %d loaded segments", SHARED_LOADS);
    if (header->p_align && !is_power_of_two(header->p_align))
        return elf_corrupt(r,
                           "segment %u: alignment %llu is not a power of two",
                           index, (unsigned long long)header->p_align);
    const struct shared_load *last = shared->loads + shared->load_count - 1;
    if (shared->load_count && (header->p_vaddr < last->address ||
                               header->p_vaddr - last->address < last->size))
        return elf_corrupt(r, "segments %u and %u overlap, or do not ascend",
                           last->index, index);
    return true;
}

static bool add_load(struct shared *shared, const Elf64_Phdr *header,
                     unsigned index)
{
    if (!header->p_memsz)
        return true;
    if (!check_load(shared, header, index))
        return false;
    if (header->p_align > shared->align)
        shared->align = header->p_align;
    shared->loads[shared->load_count++] = (struct shared_load){
        .address = header->p_vaddr,
        .size = header->p_memsz,
        .bytes = span_part(shared->object->bytes, header->p_offset,
                           header->p_filesz),
        .flags = header->p_flags,
        .index = index,
    };
    return true;
}

/* As a dynamic linker has it: the page that the end is in stays writable. */
static void set_relro(struct shared *shared, const Elf64_Phdr *header)
{
    shared->relro_start = align_down(header->p_vaddr, 4096);
    shared->relro_end = align_down(header->p_vaddr + header->p_memsz, 4096);
}

static bool read_segment(struct shared *shared, const Elf64_Phdr *header,
                         unsigned index, Elf64_Phdr *dynamic)
{
    switch (header->p_type) {
    case PT_LOAD:
        return add_load(shared, header, index);
    case PT_DYNAMIC:
        *dynamic = *header;
        return true;
    case PT_GNU_RELRO:
        set_relro(shared, header);
        return true;
    case PT_INTERP:
        return refuse(shared, "is a program with an interpreter (PT_INTERP)",
                      "link a module with -shared");
    case PT_TLS:
        return refuse(shared, "has thread-local variables (PT_TLS)",
                      "a module has none: compile without them");
    default:
        return true;
    }
}

static bool read_segments(struct shared *shared, Elf64_Phdr *dynamic)
{
    struct reader *r = &shared->reader;
    const Elf64_Ehdr *header = &r->header;
    span table = span_part(r->object->bytes, header->e_phoff,
                           (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
    if (!table.size || header->e_phentsize != sizeof(Elf64_Phdr))
        return elf_corrupt(r, "its program headers are not in the file, or "
                              "none");
    shared->align = 4096;
    bool ok = true;
    for (unsigned i = 0; ok && i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, table.data + i * sizeof(segment), sizeof(segment));
        ok = read_segment(shared, &segment, i, dynamic);
    }
    if (ok && (!shared->load_count || dynamic->p_type != PT_DYNAMIC))
        return elf_corrupt(r, "no %s segment",
                           shared->load_count ? "dynamic" : "loaded");
    return ok;
}

/* ---- Sections ------------------------------------------------------------ */

uint64_t shared_section_address(const struct shared *shared,
                                const struct section *section)
{
    return shared->reader.headers[section->index].is.sh_addr;
}

static bool is_in_memory(const struct section *section)
{
    return section->flags & SHF_ALLOC && section->size;
}

/* What a section says must be what the segments say. */
static bool check_section(struct shared *shared, const struct section *section)
{
    uint64_t address = shared_section_address(shared, section);
    bool has_bytes = section->type != SHT_NOBITS;
    span bytes = shared_bytes(shared, address, section->size);
    if (has_bytes ? bytes.size && bytes.data == section->bytes.data
                  : shared_load_at(shared, address, section->size) != NULL)
        return true;
    return elf_corrupt(&shared->reader,
                       "section %u (%.*s), at 0x%llx, is not in a segment, or "
                       "at another place of the file",
                       section->index, SPAN_ARGS(section->name),
                       (unsigned long long)address);
}

static bool sort_sections(struct shared *shared)
{
    struct object *object = shared->object;
    struct arena *arena = &shared->link->arena;
    uint32_t count = object->section_count;
    struct keyed *room = arena_array(arena, count, struct keyed);
    shared->by_address = arena_array(arena, count, struct keyed);
    if (!room || !shared->by_address)
        return false;
    bool ok = true;
    for (uint32_t i = 1; i < count; i++) {
        const struct section *section = &object->sections[i];
        if (!is_in_memory(section))
            continue;
        ok &= check_section(shared, section);
        shared->by_address[shared->by_address_count++] =
            (struct keyed){shared_section_address(shared, section), i};
    }
    sort_by_key(shared->by_address, shared->by_address_count, room);
    return ok;
}

struct section *shared_section_at(const struct shared *shared, uint64_t address)
{
    uint32_t count = shared_count_up_to(shared->by_address,
                                        shared->by_address_count, address);
    if (!count)
        return NULL;
    const struct keyed *found = &shared->by_address[count - 1];
    struct section *section = &shared->object->sections[found->item];
    return address - found->key < section->size ? section : NULL;
}

/* A library of some system is no module: it was built for another world. */
static bool check_marking(struct shared *shared)
{
    const struct object *object = shared->object;
    for (uint32_t i = 1; i < object->section_count; i++)
        if (span_starts(object->sections[i].name, SPAN(".bootlink.")))
            return true;
    return refuse(shared, "a shared object that is not marked as a module",
                  "use a macro of <bootlink/module.h> in it, such as "
                  "module_init or EXPORT_SYMBOL");
}

/* ---- The whole ----------------------------------------------------------- */

static bool read_all(struct shared *shared)
{
    Elf64_Phdr dynamic = {0};
    return elf_read_header(&shared->reader) &&
           read_segments(shared, &dynamic) &&
           elf_read_sections(&shared->reader) && sort_sections(shared) &&
           check_marking(shared) && shared_read_dynamic(shared, &dynamic) &&
           shared_read_symbols(shared) && shared_read_versions(shared) &&
           shared_read_hashes(shared) && shared_read_marks(shared);
}

static void open_reader(struct shared *shared, struct link *link,
                        struct object *object)
{
    shared->link = link;
    shared->object = object;
    shared->reader.link = link;
    shared->reader.object = object;
    shared->reader.is_shared = true;
}

struct object *shared_open(struct link *link, span name, span bytes)
{
    struct object *object = arena_new(&link->arena, struct object);
    struct shared *shared = arena_new(&link->arena, struct shared);
    if (!object || !shared)
        return NULL;
    object->name = object->file = name;
    object->bytes = bytes;
    open_reader(shared, link, object);
    link->shared = shared;
    return read_all(shared) ? object : NULL;
}

/* ---- Before it is opened ---------------------------------------------------
 */

static void ignore(void *host, const struct bootlink_diagnostic *diagnostic)
{
    (void)host, (void)diagnostic;
}

static void copy_needs(const struct shared *shared, struct arena *arena,
                       struct shared_needs *needs)
{
    needs->soname = arena_copy(arena, shared->soname);
    needs->names = arena_array(arena, shared->needed_count, span);
    for (uint64_t i = 0; needs->names && i < shared->needed_count; i++)
        needs->names[i] = arena_copy(arena, shared->needed[i]);
    needs->count = needs->names ? shared->needed_count : 0;
}

bool shared_read_needs(const struct bootlink_world *world, struct arena *arena,
                       span path, struct shared_needs *needs)
{
    struct bootlink_world quiet = *world;
    quiet.report = ignore;
    const struct bootlink_request request = {.shared = &bootlink_shared};
    struct link link = {.world = &quiet,
                        .request = &request,
                        .arena = arena_open(&quiet, BOOTLINK_MEMORY_SCRATCH)};
    struct object object = {.name = path};
    struct shared *shared = arena_new(&link.arena, struct shared);
    Elf64_Phdr dynamic = {0};
    *needs = (struct shared_needs){0};
    if (shared && world->file(world->host, path, NULL) &&
        world->file(world->host, path, &object.bytes) &&
        elf_is_shared(object.bytes)) {
        open_reader(shared, &link, &object);
        if (elf_read_header(&shared->reader) &&
            read_segments(shared, &dynamic) &&
            shared_read_dynamic(shared, &dynamic))
            copy_needs(shared, arena, needs);
    }
    bool failed = link.arena.failed; /* which nobody heard of */
    arena_close(&link.arena);
    return !failed ||
           report_error(world, BOOTLINK_NO_MEMORY,
                        "out of memory: could not see which libraries %.*s "
                        "needs",
                        SPAN_ARGS(path));
}
