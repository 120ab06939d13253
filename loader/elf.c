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

static Elf64_Shdr section_header(const struct reader *r, uint32_t index)
{
    Elf64_Shdr header;
    __builtin_memcpy(&header,
                     r->section_headers + (size_t)index * sizeof(header),
                     sizeof(header));
    return header;
}

/* Finds the table and the section that holds its names. Counts that do not fit
 * the ELF header are in the first entry [gABI: ELF Header, e_shnum]. */
static bool find_section_headers(struct reader *r, uint32_t *name_index)
{
    span bytes = r->object->bytes;
    if (!r->header.e_shoff)
        return elf_corrupt(r, "no section header table (e_shoff is 0)");
    if (!in_bounds(bytes.size, r->header.e_shoff, sizeof(Elf64_Shdr)))
        return elf_corrupt(r,
                           "section header table at 0x%llx is outside the file",
                           (unsigned long long)r->header.e_shoff);
    r->section_headers = bytes.data + r->header.e_shoff;
    Elf64_Shdr first = section_header(r, 0);
    uint64_t count = r->header.e_shnum ? r->header.e_shnum : first.sh_size;
    if (count > (bytes.size - r->header.e_shoff) / sizeof(Elf64_Shdr))
        return elf_corrupt(r,
                           "%llu section headers at 0x%llx run past the end of "
                           "the file",
                           (unsigned long long)count,
                           (unsigned long long)r->header.e_shoff);
    if (count > UINT32_MAX)
        return elf_corrupt(r, "%llu section headers are too many",
                           (unsigned long long)count);
    r->object->section_count = count;
    *name_index = r->header.e_shstrndx == SHN_XINDEX ? first.sh_link
                                                     : r->header.e_shstrndx;
    if (*name_index >= count)
        return elf_corrupt(r, "section name table index %u is not below %llu",
                           *name_index, (unsigned long long)count);
    return true;
}

static span section_bytes(const struct reader *r, const Elf64_Shdr *header)
{
    return span_part(r->object->bytes, header->sh_offset, header->sh_size);
}

/* Types that the gABI leaves to nobody else, and does not have. */
static bool is_unknown(uint32_t type)
{
    return type > SHT_RELR && type < SHT_LOOS;
}

/* True for sections that the linker reads and does not place. */
static bool is_table(uint32_t type)
{
    return type == SHT_NULL || type == SHT_SYMTAB || type == SHT_STRTAB ||
           type == SHT_RELA || type == SHT_REL || type == SHT_GROUP ||
           type == SHT_SYMTAB_SHNDX;
}

/* What is wrong with a header by itself; contents are checked apart. */
static bool check_section(struct reader *r, const struct section *s)
{
    uint32_t count = r->object->section_count;
    if (!is_power_of_two(s->align))
        return elf_corrupt(
            r, "section %u (%.*s): alignment %llu is not a power of two",
            s->index, SPAN_ARGS(s->name), (unsigned long long)s->align);
    if (s->flags & SHF_LINK_ORDER && s->link >= count)
        return elf_corrupt(r,
                           "section %u (%.*s): it describes section %u of %u",
                           s->index, SPAN_ARGS(s->name), s->link, count);
    if (is_unknown(s->type) && s->flags & SHF_ALLOC)
        return elf_corrupt(r, "section %u (%.*s): unknown type 0x%x", s->index,
                           SPAN_ARGS(s->name), s->type);
    return true;
}

static bool read_contents(struct reader *r, struct section *s,
                          const Elf64_Shdr *header)
{
    if (!in_bounds(r->object->bytes.size, header->sh_offset, header->sh_size))
        return elf_corrupt(r,
                           "section %u (%.*s): 0x%llx bytes at 0x%llx run past "
                           "the end of the file",
                           s->index, SPAN_ARGS(s->name),
                           (unsigned long long)header->sh_size,
                           (unsigned long long)header->sh_offset);
    s->bytes = section_bytes(r, header);
    if ((s->flags & (SHF_MERGE | SHF_ALLOC)) == (SHF_MERGE | SHF_ALLOC) &&
        s->size && !elf_keep(r, &s->bytes))
        return false;
    r->section_bytes += header->sh_size;
    if (s->flags & SHF_COMPRESSED && s->flags & SHF_ALLOC)
        return elf_corrupt(r, "section %u (%.*s): compressed and allocated",
                           s->index, SPAN_ARGS(s->name));
    return true;
}

static bool read_section(struct reader *r, uint32_t index)
{
    Elf64_Shdr header = section_header(r, index);
    struct section *s = &r->object->sections[index];
    s->object = r->object; /* all else is 0 */
    s->index = index;
    s->type = header.sh_type;
    s->flags = header.sh_flags;
    s->size = header.sh_size;
    s->align = header.sh_addralign ? header.sh_addralign : 1;
    s->entry_size = header.sh_entsize;
    s->link = header.sh_link;
    s->info = header.sh_info;
    s->state = is_table(header.sh_type) ? SECTION_IGNORED : SECTION_OPEN;
    if (s->type == SHT_NULL)
        return true;
    if (!elf_name(r, r->section_names, header.sh_name, &s->name))
        return elf_corrupt(r,
                           "section %u: name at 0x%x is outside the section "
                           "name table",
                           index, header.sh_name);
    return check_section(r, s) &&
           (s->type == SHT_NOBITS || read_contents(r, s, &header));
}

/* The names come first, since every message about a section shows its name. */
static bool read_section_names(struct reader *r, uint32_t name_index)
{
    Elf64_Shdr header = section_header(r, name_index);
    if (header.sh_type != SHT_STRTAB)
        return elf_corrupt(r,
                           "section name table (section %u) is not a string "
                           "table",
                           name_index);
    r->section_names = section_bytes(r, &header);
    if (r->section_names.size == 0)
        return elf_corrupt(r,
                           "section name table at 0x%llx is empty or outside "
                           "the file",
                           (unsigned long long)header.sh_offset);
    return elf_keep(r, &r->section_names);
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

bool elf_read_sections(struct reader *r)
{
    uint32_t name_index = 0;
    if (!find_section_headers(r, &name_index) ||
        !read_section_names(r, name_index))
        return false;
    struct object *object = r->object;
    object->sections =
        arena_array(&r->link->arena, object->section_count, struct section);
    if (!object->sections)
        return false;
    bool ok = true;
    for (uint32_t i = 0; i < object->section_count && !elf_names_exceed(r); i++)
        ok &= read_section(r, i);
    return elf_names_check(r) && ok && check_overlap(r);
}

/* ---- Relocations [gABI: Relocation] ------------------------------------- */

/* Hangs each relocation section on the section it applies to. */
static bool attach_relocations(struct reader *r, const struct section *table)
{
    uint64_t size =
        table->type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    if (table->entry_size != size || table->size % size ||
        table->size / size > UINT32_MAX)
        return elf_corrupt(r,
                           "relocations (section %u): %llu bytes in entries of "
                           "%llu, not of %llu",
                           table->index, (unsigned long long)table->size,
                           (unsigned long long)table->entry_size,
                           (unsigned long long)size);
    if (table->info == 0 || table->info >= r->object->section_count)
        return elf_corrupt(r, "relocations (section %u): for section %u of %u",
                           table->index, table->info, r->object->section_count);
    if (table->size &&
        (!r->symbol_table || table->link != r->symbol_table->index))
        return elf_corrupt(r,
                           "relocations (section %u): symbol table is section "
                           "%u, which is none",
                           table->index, table->link);
    struct section *target = &r->object->sections[table->info];
    if (target->relocation_count)
        return elf_corrupt(r, "section %u (%.*s) has two relocation sections",
                           target->index, SPAN_ARGS(target->name));
    target->relocations = table->bytes.data;
    target->relocation_count = table->size / size;
    target->has_addends = table->type == SHT_RELA;
    if (target->flags & SHF_ALLOC ||
        r->link->request->output == BOOTLINK_IN_FILE)
        relocations_foresee(target);
    return true;
}

static bool read_relocations(struct reader *r)
{
    bool ok = true;
    for (uint32_t i = 1; i < r->object->section_count; i++) {
        struct section *s = &r->object->sections[i];
        if (s->type == SHT_RELA || s->type == SHT_REL)
            ok &= attach_relocations(r, s);
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
              elf_find_symbols(&reader) && elf_read_groups(&reader) &&
              link_enter(link, LINK_RESOLVING) && elf_read_symbols(&reader) &&
              link_enter(link, LINK_OPENING) && read_relocations(&reader);
    return ok ? object : NULL;
}
