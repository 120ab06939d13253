/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes an ELF file: receives a finished link, whose sections and program
 * headers know their places in the file, and adds what only files have.
 *
 *     ELF header, program headers      (the link left room for them)
 *     output sections                  at their file_offset
 *     .symtab .strtab .shstrtab        behind the last of them
 *     section headers
 *
 * [gABI: ELF Header, Sections, Program Header]
 */
#include "elf_file.h"
#include "build_id.h"
#include "deflate.h"
#include "elf_tables.h"
#include "output_file.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* Where the file's bytes go: to the file, or into its hash. */
struct elf_sink {
    void (*put)(void *to, uint64_t offset, span bytes);
    void *to;
    bool wants_streamed; /* what is in the file already, too */
};

struct elf_writer {
    struct link *link;
    uint64_t entry;
    uint64_t section_count; /* output sections; their indices are 1 to this */
    uint64_t header_count;  /* program headers */
    struct elf_symbols symbols;
    uint64_t
        table_count; /* behind the output sections; the last is .shstrtab */
    bool has_symbols;
    Elf64_Shdr *headers; /* section headers, the null one first */
    span *packed;        /* compressed bytes by section index, or empty */
    char *names;         /* .shstrtab */
    uint64_t names_size;
    uint64_t size; /* of the file */
    bool is_freebsd;
    struct output_file *file;
};

static void count(struct elf_writer *writer)
{
    const struct link *link = writer->link;
    static const char tables[] = "\0.symtab\0.symtab_shndx\0.strtab\0.shstrtab";
    writer->names_size = sizeof(tables);
    for (const struct output_section *s = link->outputs; s; s = s->next)
        if (s->index != 0) {
            writer->section_count++;
            writer->names_size += s->name.size + 1;
        }
    for (const struct program_header *h = link->headers; h; h = h->next)
        writer->header_count++;
}

/* 0 if there are no symbols. */
static uint32_t symbol_table_index(const struct elf_writer *writer)
{
    return writer->has_symbols ? writer->section_count + 1 : 0;
}

/* ---- Section headers ----------------------------------------------------- */

static uint32_t add_name(struct elf_writer *writer, span name)
{
    uint64_t at = writer->names_size;
    memcpy(writer->names + at, name.data, name.size);
    writer->names_size += name.size + 1;
    return at;
}

/* An address that the script gave may have less than the section wants. */
static uint64_t actual_alignment(const struct output_section *section)
{
    uint64_t bits = section->align | section->address;
    return bits & -bits;
}

/* Arrays of pointers say so, whatever their inputs say; of the GOT, only the
 * part for a dynamic linker does. */
static uint64_t entry_size(const struct link *link,
                           const struct output_section *section)
{
    const struct section *plt = link->got_plt;
    bool is_array = plt && plt->size && plt->output == section;
    is_array |=
        section->type >= SHT_INIT_ARRAY && section->type <= SHT_PREINIT_ARRAY;
    return is_array ? sizeof(Elf64_Addr) : section->entry_size;
}

/* Where a section that describes another one says which. */
static uint32_t described_index(const struct output_section *section)
{
    const struct section *described = link_order_first(section);
    return described ? described->output->index : 0;
}

/* Which section relocations apply to, by their section's name; those of .plt to
 * the slots in the GOT. NULL if that is no section of the script. */
static const struct output_section *
relocated_section(const struct link *link, const struct output_section *section)
{
    span name = section->name;
    if (!span_starts(name, SPAN(".rela")))
        return NULL;
    name = span_part(name, 5, name.size - 5);
    if (!span_equal(name, SPAN(".plt")))
        return output_named(link, name);
    const struct output_section *got_plt = output_named(link, SPAN(".got.plt"));
    return got_plt ? got_plt : output_named(link, SPAN(".got"));
}

/* Relocations that the program applies, .rela.iplt. [gABI: Section Header,
 * sh_link and sh_info] */
static void describe_relocations(const struct elf_writer *writer,
                                 const struct output_section *section)
{
    Elf64_Shdr *header = &writer->headers[section->index];
    const struct output_section *to = relocated_section(writer->link, section);
    header->sh_link = symbol_table_index(writer);
    if (!to)
        return;
    header->sh_info = to->index;
    header->sh_flags |= SHF_INFO_LINK;
}

/* As it stands in the file. */
static span bytes_of(const struct elf_writer *writer,
                     const struct output_section *section)
{
    span packed = writer->packed[section->index];
    return packed.size ? packed : (span){section->data, section->size};
}

static void describe_section(struct elf_writer *writer,
                             const struct output_section *section)
{
    bool is_packed = writer->packed[section->index].size > 0;
    uint64_t size = bytes_of(writer, section).size;
    writer->headers[section->index] = (Elf64_Shdr){
        .sh_name = add_name(writer, section->name),
        .sh_type = section->type,
        .sh_flags = output_flags(section) | (is_packed ? SHF_COMPRESSED : 0),
        .sh_addr = section->address,
        .sh_offset = section->file_offset,
        .sh_size = size,
        .sh_link = section->link ? section->link : described_index(section),
        .sh_info = section->info,
        .sh_addralign =
            is_packed ? sizeof(uint64_t) : actual_alignment(section),
        .sh_entsize = entry_size(writer->link, section),
    };
    if (section->type == SHT_RELA && section->flags & SHF_ALLOC)
        describe_relocations(writer, section);
    uint64_t end = section->file_offset + size;
    if (section->type != SHT_NOBITS && writer->size < end)
        writer->size = end;
}

static Elf64_Shdr *describe_table(struct elf_writer *writer, span name,
                                  uint32_t type, uint64_t align, uint64_t size)
{
    Elf64_Shdr *header =
        &writer->headers[writer->section_count + ++writer->table_count];
    writer->size = align_up(writer->size, align);
    *header = (Elf64_Shdr){
        .sh_name = add_name(writer, name),
        .sh_type = type,
        .sh_offset = writer->size,
        .sh_size = size,
        .sh_addralign = align,
    };
    writer->size += size;
    return header;
}

static void describe_symbols(struct elf_writer *writer)
{
    const struct elf_symbols *symbols = &writer->symbols;
    uint64_t indices = symbols->indices.size;
    Elf64_Shdr *table = describe_table(writer, SPAN(".symtab"), SHT_SYMTAB, 8,
                                       symbols->entries.size);
    table->sh_entsize = sizeof(Elf64_Sym);
    table->sh_link = writer->section_count + (indices ? 3 : 2);
    table->sh_info = symbols->local_count;
    if (indices) {
        table = describe_table(writer, SPAN(".symtab_shndx"), SHT_SYMTAB_SHNDX,
                               4, indices);
        table->sh_entsize = sizeof(Elf32_Word);
        table->sh_link = writer->section_count + 1;
    }
    describe_table(writer, SPAN(".strtab"), SHT_STRTAB, 1, symbols->names_size);
}

/* The names of sections come last, with their own. */
static void describe_tables(struct elf_writer *writer)
{
    if (writer->has_symbols)
        describe_symbols(writer);
    Elf64_Shdr *names =
        describe_table(writer, SPAN(".shstrtab"), SHT_STRTAB, 1, 0);
    names->sh_size = writer->names_size;
    writer->size += names->sh_size;
}

static uint64_t header_count(const struct elf_writer *writer)
{
    return 1 + writer->section_count + writer->table_count;
}

/* Counts that do not fit the ELF header stand in the first section header.
 * [gABI: ELF Header, e_shnum] */
static void describe_counts(struct elf_writer *writer)
{
    uint64_t count = header_count(writer);
    if (count >= SHN_LORESERVE)
        writer->headers[0].sh_size = count;
    if (count - 1 >= SHN_LORESERVE)
        writer->headers[0].sh_link = count - 1;
    if (writer->header_count >= PN_XNUM)
        writer->headers[0].sh_info = writer->header_count;
}

/* Fills all section headers and finds the size of the file. */
static bool plan(struct elf_writer *writer, enum compression compression)
{
    struct link *link = writer->link;
    writer->headers =
        arena_array(&link->arena, writer->section_count + 5, Elf64_Shdr);
    writer->names = arena_take(&link->arena, writer->names_size, 1);
    writer->packed = arena_array(&link->arena, writer->section_count + 1, span);
    if (!writer->headers || !writer->names || !writer->packed ||
        !deflate_sections(link, compression, writer->packed))
        return false;
    writer->names_size = 1;
    writer->size =
        sizeof(Elf64_Ehdr) + writer->header_count * sizeof(Elf64_Phdr);
    for (const struct output_section *s = link->outputs; s; s = s->next)
        if (s->index != 0)
            describe_section(writer, s);
    describe_tables(writer);
    describe_counts(writer);
    writer->size =
        align_up(writer->size, 8) + header_count(writer) * sizeof(Elf64_Shdr);
    return true;
}

/* ---- Writing ------------------------------------------------------------- */

/* What no link may drop is GNU's, too. */
static bool has_retained(const struct link *link)
{
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (o->sections[i].flags & SHF_GNU_RETAIN &&
                o->sections[i].state == SECTION_PLACED)
                return true;
    return false;
}

static bool is_gnu(const struct elf_writer *writer)
{
    return writer->symbols.is_gnu ||
           (link_is_relocatable(writer->link) && has_retained(writer->link));
}

static unsigned char os_abi(const struct elf_writer *writer)
{
    if (writer->is_freebsd)
        return ELFOSABI_FREEBSD;
    return is_gnu(writer) ? ELFOSABI_GNU : ELFOSABI_SYSV;
}

static void write_file_header(const struct elf_writer *writer,
                              const struct elf_sink *sink)
{
    uint64_t count = header_count(writer);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT, os_abi(writer)},
        .e_type = link_is_relocatable(writer->link) ? ET_REL : ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = writer->entry,
        .e_phoff = writer->header_count ? sizeof(Elf64_Ehdr) : 0,
        .e_shoff = writer->size - count * sizeof(Elf64_Shdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = writer->header_count ? sizeof(Elf64_Phdr) : 0,
        .e_phnum =
            writer->header_count < PN_XNUM ? writer->header_count : PN_XNUM,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = count < SHN_LORESERVE ? count : 0,
        .e_shstrndx = count - 1 < SHN_LORESERVE ? count - 1 : SHN_XINDEX,
    };
    sink->put(sink->to, 0, (span){(char *)&header, sizeof(header)});
}

static void write_program_headers(const struct elf_writer *writer,
                                  const struct elf_sink *sink)
{
    uint64_t offset = sizeof(Elf64_Ehdr);
    for (const struct program_header *h = writer->link->headers; h;
         h = h->next) {
        Elf64_Phdr header = {
            .p_type = h->type,
            .p_flags = h->flags,
            .p_offset = h->offset,
            .p_vaddr = h->address,
            .p_paddr = h->load_address,
            .p_filesz = h->file_size,
            .p_memsz = h->memory_size,
            .p_align = h->align,
        };
        sink->put(sink->to, offset, (span){(char *)&header, sizeof(header)});
        offset += sizeof(header);
    }
}

/* A section that the link has written. */
static void read_again(const struct elf_writer *writer,
                       const struct elf_sink *sink,
                       const struct output_section *section)
{
    char part[BUFSIZ];
    for (uint64_t at = 0; at < section->size; at += sizeof(part)) {
        uint64_t size = section->size - at, offset = section->file_offset + at;
        size = size < sizeof(part) ? size : sizeof(part);
        if (!output_read(writer->file, offset, part, size))
            return;
        sink->put(sink->to, offset, (span){part, size});
    }
}

static void write_sections(const struct elf_writer *writer,
                           const struct elf_sink *sink)
{
    for (const struct output_section *s = writer->link->outputs; s; s = s->next)
        if (s->index != 0 && s->is_streamed && sink->wants_streamed)
            read_again(writer, sink, s);
        else if (s->index != 0 && s->type != SHT_NOBITS && s->data)
            sink->put(sink->to, s->file_offset, bytes_of(writer, s));
}

static void write_names(const struct elf_symbols *symbols,
                        const struct elf_sink *sink, uint64_t offset)
{
    for (const struct name_block *b = symbols->names; b; b = b->next) {
        sink->put(sink->to, offset, b->bytes);
        offset += b->bytes.size;
    }
}

static void write_tables(const struct elf_writer *writer,
                         const struct elf_sink *sink)
{
    const Elf64_Shdr *table = writer->headers + writer->section_count + 1;
    const struct elf_symbols *symbols = &writer->symbols;
    uint64_t size = header_count(writer) * sizeof(Elf64_Shdr);
    if (writer->has_symbols)
        sink->put(sink->to, table++->sh_offset, symbols->entries);
    if (writer->has_symbols && symbols->indices.size)
        sink->put(sink->to, table++->sh_offset, symbols->indices);
    if (writer->has_symbols)
        write_names(symbols, sink, table++->sh_offset);
    sink->put(sink->to, table->sh_offset,
              (span){writer->names, table->sh_size});
    sink->put(sink->to, writer->size - size,
              (span){(char *)writer->headers, size});
}

/* A large program has as many bytes of names as of code. */
static void reserve_tables(const struct elf_writer *writer)
{
    uint64_t start = writer->headers[writer->section_count + 1].sh_offset;
    output_reserve(writer->file, start, writer->size - start);
}

static void write_all(const struct elf_writer *writer,
                      const struct elf_sink *sink)
{
    write_file_header(writer, sink);
    write_program_headers(writer, sink);
    write_sections(writer, sink);
    write_tables(writer, sink);
}

/* ---- The build ID -------------------------------------------------------- */

static void put_into_hash(void *to, uint64_t offset, span bytes)
{
    (void)offset;
    build_id_hash_add(to, bytes);
}

/* A hash of all that will be written goes into its note. */
static bool fill_build_id(const struct elf_writer *writer,
                          const struct build_id *id)
{
    struct link *link = writer->link;
    char *data = build_id_data(link);
    if (id && id->bytes.size && !data)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "--build-id is ignored: the script leaves out section "
                       ".note.gnu.build-id");
    if (!id || !id->hash || !data)
        return true;
    struct build_id_hash hash;
    if (!build_id_hash_open(&hash, &link->arena, id))
        return false;
    write_all(writer, &(struct elf_sink){put_into_hash, &hash, true});
    build_id_hash_close(&hash, data);
    return true;
}

/* ---- The file ------------------------------------------------------------ */

static void put_into_file(void *to, uint64_t offset, span bytes)
{
    output_write(to, offset, bytes);
}

bool elf_file_write(struct link *link, uint64_t entry,
                    const struct elf_extras *extras, struct output_file *file)
{
    struct elf_writer writer = {.link = link, .entry = entry, .file = file};
    count(&writer);
    writer.is_freebsd = extras->is_freebsd;
    writer.has_symbols = !extras->symbols.strip_all || extras->tables;
    if (extras->tables)
        elf_tables_name_symbols(extras->tables);
    if (!elf_symbols_make(link, extras, &writer.symbols))
        return false;
    if (extras->tables)
        elf_tables_fill(extras->tables, symbol_table_index(&writer));
    if (!plan(&writer, extras->compression) ||
        !fill_build_id(&writer, extras->id))
        return false;
    output_resize(file, writer.size);
    if (writer.has_symbols)
        reserve_tables(&writer);
    write_all(&writer, &(struct elf_sink){put_into_file, file, false});
    return true;
}
