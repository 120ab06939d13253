/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes into an object [gABI: Object Files].
 *
 * Receives the bytes of one file or archive member. Afterwards every section,
 * symbol, group and string of the object is in bounds, its COMDAT groups are
 * decided and its globals are in the symbol table; nobody checks again.
 * Relocations are read and checked when their section is chosen
 * (elf_relocations.c).
 *
 * Only the files named after ELF know how it lies in a file.
 */
#include "elf_reader.h"

#include <elf.h>
#include <string.h>

bool elf_corrupt(struct reader *r, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    span what = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    return link_error(r->link, BOOTLINK_CORRUPT,
                      "%.*s: %.*s; the file is damaged: build it again",
                      SPAN_ARGS(r->object->name), SPAN_ARGS(what));
}

bool elf_names_check(struct reader *r)
{
    return !elf_names_exceed(r) ||
           elf_corrupt(r,
                       "its names overlap: more than %u times the %zu bytes "
                       "of the file",
                       (unsigned)ELF_NAME_MULTIPLE, r->object->bytes.size);
}

static bool unsupported(struct reader *r, const char *what, const char *advice)
{
    return link_error(r->link, BOOTLINK_UNSUPPORTED, "%.*s: %s; %s",
                      SPAN_ARGS(r->object->name), what, advice);
}

bool elf_is_object(span bytes)
{
    return bytes.size >= SELFMAG && !memcmp(bytes.data, ELFMAG, SELFMAG);
}

bool elf_is_shared(span head)
{
    return head.size >= offsetof(Elf64_Ehdr, e_machine) &&
           elf_is_object(head) &&
           read16(head.data + offsetof(Elf64_Ehdr, e_type)) == ET_DYN;
}

/* ---- The ELF header ----------------------------------------------------- */

static const char *type_name(unsigned type)
{
    switch (type) {
    case ET_EXEC:
        return "an executable (ET_EXEC)";
    case ET_DYN:
        return "a shared object (ET_DYN)";
    case ET_CORE:
        return "a core dump (ET_CORE)";
    default:
        return "not a relocatable object (unknown e_type)";
    }
}

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386:
        return "an object for i386 (EM_386)";
    case EM_ARM:
        return "an object for ARM (EM_ARM)";
    case EM_AARCH64:
        return "an object for AArch64 (EM_AARCH64)";
    case EM_RISCV:
        return "an object for RISC-V (EM_RISCV)";
    case EM_PPC64:
        return "an object for PowerPC (EM_PPC64)";
    case EM_S390:
        return "an object for S/390 (EM_S390)";
    case EM_LOONGARCH:
        return "an object for LoongArch (EM_LOONGARCH)";
    default:
        return "an object for another machine";
    }
}

/* 1. identity, 2. what kind of file, 3. sizes of the tables' entries. */
bool elf_read_header(struct reader *r)
{
    span bytes = r->object->bytes;
    if (bytes.size < sizeof(r->header))
        return elf_corrupt(r, "ELF header is cut off: %zu bytes of %zu",
                           bytes.size, sizeof(r->header));
    memcpy(&r->header, bytes.data, sizeof(r->header));
    const unsigned char *ident = r->header.e_ident;
    if (ident[EI_CLASS] == ELFCLASS32)
        return unsupported(r, "a 32-bit object (ELFCLASS32)",
                           "compile it with -m64");
    if (ident[EI_CLASS] != ELFCLASS64)
        return elf_corrupt(r, "ELF class %u is neither 32-bit nor 64-bit",
                           ident[EI_CLASS]);
    if (ident[EI_DATA] == ELFDATA2MSB)
        return unsupported(r, "a big-endian object (ELFDATA2MSB)",
                           "compile it for x86-64");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return elf_corrupt(r, "ELF data encoding %u is unknown",
                           ident[EI_DATA]);
    uint32_t version = ident[EI_VERSION] == EV_CURRENT ? r->header.e_version
                                                       : ident[EI_VERSION];
    if (version != EV_CURRENT)
        return elf_corrupt(r, "ELF version is %u, not 1", version);
    if (r->header.e_machine != EM_X86_64)
        return unsupported(r, machine_name(r->header.e_machine),
                           "compile it for x86-64");
    bool is_executable = r->header.e_type == ET_EXEC && r->wants_symbols;
    bool is_shared = r->header.e_type == ET_DYN && r->is_shared;
    if (r->header.e_type != ET_REL && !is_executable && !is_shared)
        return unsupported(r, type_name(r->header.e_type),
                           "link it from objects made by `cc -c`");
    if (r->header.e_shoff && r->header.e_shentsize != sizeof(Elf64_Shdr))
        return elf_corrupt(r, "section header entry size is %u, not %zu",
                           r->header.e_shentsize, sizeof(Elf64_Shdr));
    return true;
}

/* ---- Section headers [gABI: Sections] ----------------------------------- */

/* The table, and the section that holds its names. Counts that do not fit the
 * ELF header are in the first entry [gABI: ELF Header, e_shnum]. */
bool elf_find_headers(struct reader *r)
{
    span bytes = r->object->bytes;
    if (!r->header.e_shoff)
        return elf_corrupt(r, "no section header table (e_shoff is 0)");
    if (!in_bounds(bytes.size, r->header.e_shoff, sizeof(Elf64_Shdr)))
        return elf_corrupt(r,
                           "section header table at 0x%llx is outside the file",
                           (unsigned long long)r->header.e_shoff);
    r->headers = (const void *)(bytes.data + r->header.e_shoff);
    uint64_t count =
        r->header.e_shnum ? r->header.e_shnum : r->headers[0].is.sh_size;
    if (count > (bytes.size - r->header.e_shoff) / sizeof(Elf64_Shdr))
        return elf_corrupt(r,
                           "%llu section headers at 0x%llx run past the end of "
                           "the file",
                           (unsigned long long)count,
                           (unsigned long long)r->header.e_shoff);
    if (count > UINT32_MAX)
        return elf_corrupt(r, "%llu section headers are too many",
                           (unsigned long long)count);
    r->object->header_count = count;
    r->names_index = r->header.e_shstrndx == SHN_XINDEX
                         ? r->headers[0].is.sh_link
                         : r->header.e_shstrndx;
    if (r->names_index >= count)
        return elf_corrupt(r, "section name table index %u is not below %llu",
                           r->names_index, (unsigned long long)count);
    return true;
}

span elf_section_bytes(const struct reader *r, uint32_t index)
{
    const struct elf_header_in_file *header = &r->headers[index];
    return span_part(r->object->bytes, header->is.sh_offset,
                     header->is.sh_size);
}

/* Types that the gABI leaves to nobody else, and does not have. */
static bool is_unknown(uint32_t type)
{
    return type > SHT_RELR && type < SHT_LOOS;
}

/* True for sections that the linker reads and does not place. */
static bool is_table(uint32_t type)
{
    return type == SHT_SYMTAB || type == SHT_STRTAB || type == SHT_RELA ||
           type == SHT_REL || type == SHT_SYMTAB_SHNDX;
}

/* Half of all headers are of tables, which nobody asks for again, but for those
 * of a shared object that are in memory. */
static inline bool is_recorded(const struct elf_header_in_file *header)
{
    uint32_t type = header->is.sh_type;
    return type != SHT_NULL &&
           (!is_table(type) || header->is.sh_flags & SHF_ALLOC);
}

/* What is recorded, and the null section. */
static uint32_t count_sections(const struct reader *r)
{
    uint32_t count = 1;
    for (uint32_t i = 1; i < r->object->header_count; i++)
        count += is_recorded(&r->headers[i]);
    return count;
}

SELDOM static bool corrupt_name(struct reader *r, uint32_t index)
{
    return elf_corrupt(r,
                       "section %u: name at 0x%x is outside the section name "
                       "table",
                       index, r->headers[index].is.sh_name);
}

SELDOM static bool corrupt_section(struct reader *r, uint32_t index,
                                   const char *format, ...)
{
    char buffer[256];
    span name = {NULL, 0};
    va_list arguments;
    va_start(arguments, format);
    span what = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    elf_name(r, r->section_names, r->headers[index].is.sh_name, &name);
    return elf_corrupt(r, "section %u (%.*s): %.*s", index, SPAN_ARGS(name),
                       SPAN_ARGS(what));
}

/* What is wrong with a header by itself. */
static bool check_header(struct reader *r, uint32_t i)
{
    const struct elf_header_in_file *h = &r->headers[i];
    uint64_t align = h->is.sh_addralign, flags = h->is.sh_flags;
    if (h->is.sh_type == SHT_NULL)
        return true;
    if (h->is.sh_name >= r->section_names.size)
        return corrupt_name(r, i);
    if (align & (align - 1))
        return corrupt_section(r, i, "alignment %llu is not a power of two",
                               (unsigned long long)align);
    if (flags & SHF_LINK_ORDER && h->is.sh_link >= r->object->header_count)
        return corrupt_section(r, i, "it describes section %u of %u",
                               h->is.sh_link, r->object->header_count);
    if (is_unknown(h->is.sh_type) && flags & SHF_ALLOC)
        return corrupt_section(r, i, "unknown type 0x%x", h->is.sh_type);
    if (h->is.sh_type == SHT_NOBITS)
        return true;
    if (!in_bounds(r->object->bytes.size, h->is.sh_offset, h->is.sh_size))
        return corrupt_section(
            r, i, "0x%llx bytes at 0x%llx run past the end of the file",
            (unsigned long long)h->is.sh_size,
            (unsigned long long)h->is.sh_offset);
    r->section_bytes += h->is.sh_size;
    return !(flags & SHF_COMPRESSED && flags & SHF_ALLOC) ||
           corrupt_section(r, i, "compressed and allocated");
}

/* Texts that are merged are looked at later, when other inputs have come by. */
static bool read_contents(struct reader *r, struct section *s)
{
    const uint64_t is_text = SHF_MERGE | SHF_ALLOC;
    s->bytes = elf_section_bytes(r, s->index);
    return (s->flags & is_text) != is_text || !s->size ||
           elf_keep(r, &s->bytes);
}

/* What later passes may want to know before they go over all of them. */
static inline void note_section(struct object *object, const struct section *s)
{
    uint64_t family = name_family(s->name);
    object->section_flags |= s->flags;
    if (family == name_family(STACK_NOTE) && span_equal(s->name, STACK_NOTE))
        object->stack_note = s;
    else
        object->section_names |= family;
}

/* A section whose header is sound; all else is 0. */
static bool read_section(struct reader *r, uint32_t index, struct section *s)
{
    const struct elf_header_in_file *h = &r->headers[index];
    s->object = r->object;
    s->index = index;
    s->type = h->is.sh_type;
    s->flags = h->is.sh_flags;
    s->size = h->is.sh_size;
    s->align = h->is.sh_addralign ? h->is.sh_addralign : 1;
    s->entry_size = h->is.sh_entsize;
    s->link = h->is.sh_link;
    s->info = h->is.sh_info;
    s->state = s->type == SHT_GROUP || is_table(s->type) ? SECTION_IGNORED
                                                         : SECTION_OPEN;
    if (!elf_name(r, r->section_names, h->is.sh_name, &s->name))
        return corrupt_name(r, index);
    r->has_groups |=
        s->type == SHT_GROUP || span_starts(s->name, SPAN(".gnu.linkonce."));
    note_section(r->object, s);
    return s->type == SHT_NOBITS || read_contents(r, s);
}

bool elf_keep_strings(struct reader *r, span *table)
{
    span file = r->object->bytes, text = *table;
    size_t end = (size_t)(text.data - file.data) + text.size;
    bool is_closed = text.size && !text.data[text.size - 1];
    if (is_closed && in_bounds(file.size, end, STRING_MARGIN) &&
        !r->link->lets_go)
        return true;
    char *copy = arena_take(&r->link->arena, text.size + STRING_MARGIN, 1);
    if (!copy)
        return false;
    memcpy(copy, text.data, text.size);
    table->data = copy;
    return true;
}

/* The names come first, since every message about a section shows its name. */
static bool read_section_names(struct reader *r)
{
    const struct elf_header_in_file *h = &r->headers[r->names_index];
    if (h->is.sh_type != SHT_STRTAB)
        return elf_corrupt(r,
                           "section name table (section %u) is not a string "
                           "table",
                           r->names_index);
    r->section_names = elf_section_bytes(r, r->names_index);
    if (r->section_names.size == 0)
        return elf_corrupt(r,
                           "section name table at 0x%llx is empty or outside "
                           "the file",
                           (unsigned long long)h->is.sh_offset);
    return elf_keep_strings(r, &r->section_names);
}

/* Sections share no byte of the file [gABI: Sections], so that its size bounds
 * the work, whatever its headers say. */
static bool check_overlap(struct reader *r)
{
    uint64_t most = r->object->bytes.size;
    if (r->section_bytes <= most)
        return true;
    return elf_corrupt(r, "sections overlap: 0x%llx bytes in a file of 0x%llx",
                       (unsigned long long)r->section_bytes,
                       (unsigned long long)most);
}

static bool read_all_sections(struct reader *r)
{
    struct object *object = r->object;
    struct section *next = object->sections;
    *next++ = (struct section){
        .object = object, .name = SPAN("*table*"), .state = SECTION_IGNORED};
    bool ok = true;
    for (uint32_t i = 1; i < object->header_count && !elf_names_exceed(r);
         i++) {
        ok &= check_header(r, i);
        if (!is_recorded(&r->headers[i]) || !ok)
            continue;
        object->places[i] = (uint32_t)(next - object->sections);
        ok &= read_section(r, i, next++);
    }
    return elf_names_check(r) && ok && check_overlap(r);
}

bool elf_read_sections(struct reader *r)
{
    struct object *object = r->object;
    struct arena *arena = &r->link->arena;
    if (!elf_find_headers(r) || !read_section_names(r))
        return false;
    object->section_count = count_sections(r);
    object->sections =
        arena_array(arena, object->section_count, struct section);
    object->places = arena_array(arena, object->header_count, uint32_t);
    return object->sections && object->places && read_all_sections(r);
}

/* ---- Relocations [gABI: Relocation] ------------------------------------- */

/* What is wrong with a table of relocations. */
static bool check_relocations(struct reader *r, uint32_t index)
{
    const struct elf_header_in_file *table = &r->headers[index];
    uint64_t size = table->is.sh_size, entry_size = sizeof(Elf64_Rela);
    if (table->is.sh_type == SHT_REL)
        entry_size = sizeof(Elf64_Rel);
    if (table->is.sh_entsize != entry_size || size % entry_size ||
        size / entry_size > UINT32_MAX)
        return elf_corrupt(r,
                           "relocations (section %u): %llu bytes in entries of "
                           "%llu, not of %llu",
                           index, (unsigned long long)size,
                           (unsigned long long)table->is.sh_entsize,
                           (unsigned long long)entry_size);
    if (table->is.sh_info == 0 || table->is.sh_info >= r->object->header_count)
        return elf_corrupt(r, "relocations (section %u): for section %u of %u",
                           index, table->is.sh_info, r->object->header_count);
    return !size || (r->symbol_table && table->is.sh_link == r->symbol_table) ||
           elf_corrupt(r,
                       "relocations (section %u): symbol table is section "
                       "%u, which is none",
                       index, table->is.sh_link);
}

/* Hangs a relocation section on the section it applies to. */
static bool attach_relocations(struct reader *r, uint32_t index)
{
    const struct elf_header_in_file *table = &r->headers[index];
    bool has_addends = table->is.sh_type == SHT_RELA;
    if (!check_relocations(r, index))
        return false;
    struct section *target = object_section(r->object, table->is.sh_info);
    if (target->type == SHT_NULL)
        return true; /* of a table: nobody reads them */
    if (target->relocation_count)
        return elf_corrupt(r, "section %u (%.*s) has two relocation sections",
                           target->index, SPAN_ARGS(target->name));
    span bytes = elf_section_bytes(r, index);
    target->relocations = bytes.data;
    target->relocation_count =
        bytes.size / (has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel));
    target->has_addends = has_addends;
    if (target->flags & SHF_ALLOC ||
        r->link->request->output == BOOTLINK_IN_FILE)
        relocations_foresee(r->link, target);
    return true;
}

static bool read_relocations(struct reader *r)
{
    bool ok = true;
    for (uint32_t i = 1; i < r->object->header_count; i++) {
        uint32_t type = r->headers[i].is.sh_type;
        if (type == SHT_RELA || type == SHT_REL)
            ok &= attach_relocations(r, i);
    }
    return ok;
}

/* ---- The whole ---------------------------------------------------------- */

static span object_name(struct arena *arena, span file, span member)
{
    if (member.size == 0)
        return file;
    return text_format(arena, "%.*s(%.*s)", SPAN_ARGS(file), SPAN_ARGS(member));
}

struct object *elf_new_object(struct link *link, span file, span member,
                              span bytes)
{
    struct object *object = arena_new(&link->arena, struct object);
    if (!object)
        return NULL;
    object->name = object_name(&link->arena, file, member);
    object->file = file;
    object->member = member;
    object->bytes = bytes;
    return object;
}

struct object *elf_open(struct link *link, span file, span member, span bytes)
{
    struct object *object = elf_new_object(link, file, member, bytes);
    if (!object)
        return NULL;
    struct reader reader = {.link = link, .object = object};
    bool ok = elf_read_header(&reader) && elf_read_sections(&reader) &&
              elf_find_symbols(&reader) &&
              (!reader.has_groups || elf_read_groups(&reader)) &&
              link_enter(link, LINK_RESOLVING) && elf_read_symbols(&reader) &&
              link_enter(link, LINK_OPENING) && read_relocations(&reader);
    return ok ? object : NULL;
}
