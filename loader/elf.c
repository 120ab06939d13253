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
 * Only these two files know how ELF lies in a file.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

/* What is known while one object is being read. */
struct reader {
    struct link *link;
    struct object *object;
    Elf64_Ehdr header;
    const char *section_headers; /* object->section_count of them */
    span section_names;
    uint64_t section_bytes;       /* in all sections together */
    struct section *symbol_table; /* NULL: none */
    span symbol_names;
    span extended_indices; /* SHT_SYMTAB_SHNDX, or empty */
};

static bool corrupt(struct reader *r, const char *format, ...) PRINTF(2, 3);

/* Reports a defect of the object being read. */
static bool corrupt(struct reader *r, const char *format, ...)
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

static bool unsupported(struct reader *r, const char *what, const char *advice)
{
    return link_error(r->link, BOOTLINK_UNSUPPORTED, "%.*s: %s; %s",
                      SPAN_ARGS(r->object->name), what, advice);
}

bool elf_is_object(span bytes)
{
    return bytes.size >= SELFMAG && !memcmp(bytes.data, ELFMAG, SELFMAG);
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
static bool read_header(struct reader *r)
{
    span bytes = r->object->bytes;
    if (bytes.size < sizeof(r->header))
        return corrupt(r, "ELF header is cut off: %zu bytes of %zu", bytes.size,
                       sizeof(r->header));
    memcpy(&r->header, bytes.data, sizeof(r->header));
    const unsigned char *ident = r->header.e_ident;
    if (ident[EI_CLASS] == ELFCLASS32)
        return unsupported(r, "a 32-bit object (ELFCLASS32)",
                           "compile it with -m64");
    if (ident[EI_CLASS] != ELFCLASS64)
        return corrupt(r, "ELF class %u is neither 32-bit nor 64-bit",
                       ident[EI_CLASS]);
    if (ident[EI_DATA] == ELFDATA2MSB)
        return unsupported(r, "a big-endian object (ELFDATA2MSB)",
                           "compile it for x86-64");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return corrupt(r, "ELF data encoding %u is unknown", ident[EI_DATA]);
    uint32_t version = ident[EI_VERSION] == EV_CURRENT ? r->header.e_version
                                                       : ident[EI_VERSION];
    if (version != EV_CURRENT)
        return corrupt(r, "ELF version is %u, not 1", version);
    if (r->header.e_machine != EM_X86_64)
        return unsupported(r, machine_name(r->header.e_machine),
                           "compile it for x86-64");
    if (r->header.e_type != ET_REL)
        return unsupported(r, type_name(r->header.e_type),
                           "link it from objects made by `cc -c`");
    if (r->header.e_shoff && r->header.e_shentsize != sizeof(Elf64_Shdr))
        return corrupt(r, "section header entry size is %u, not %zu",
                       r->header.e_shentsize, sizeof(Elf64_Shdr));
    return true;
}

/* ---- Section headers [gABI: Sections] ----------------------------------- */

static Elf64_Shdr section_header(const struct reader *r, uint32_t index)
{
    Elf64_Shdr header;
    memcpy(&header, r->section_headers + (size_t)index * sizeof(header),
           sizeof(header));
    return header;
}

/* Finds the table and the section that holds its names. Counts that do not fit
 * the ELF header are in the first entry [gABI: ELF Header, e_shnum]. */
static bool find_section_headers(struct reader *r, uint32_t *name_index)
{
    span bytes = r->object->bytes;
    if (!r->header.e_shoff)
        return corrupt(r, "no section header table (e_shoff is 0)");
    if (!in_bounds(bytes.size, r->header.e_shoff, sizeof(Elf64_Shdr)))
        return corrupt(r, "section header table at 0x%llx is outside the file",
                       (unsigned long long)r->header.e_shoff);
    r->section_headers = bytes.data + r->header.e_shoff;
    Elf64_Shdr first = section_header(r, 0);
    uint64_t count = r->header.e_shnum ? r->header.e_shnum : first.sh_size;
    if (count > (bytes.size - r->header.e_shoff) / sizeof(Elf64_Shdr))
        return corrupt(r,
                       "%llu section headers at 0x%llx run past the end of "
                       "the file",
                       (unsigned long long)count,
                       (unsigned long long)r->header.e_shoff);
    if (count > UINT32_MAX)
        return corrupt(r, "%llu section headers are too many",
                       (unsigned long long)count);
    r->object->section_count = count;
    *name_index = r->header.e_shstrndx == SHN_XINDEX ? first.sh_link
                                                     : r->header.e_shstrndx;
    if (*name_index >= count)
        return corrupt(r, "section name table index %u is not below %llu",
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

static bool read_section(struct reader *r, uint32_t index)
{
    Elf64_Shdr header = section_header(r, index);
    struct section *s = &r->object->sections[index];
    *s = (struct section){
        .object = r->object,
        .index = index,
        .type = header.sh_type,
        .flags = header.sh_flags,
        .size = header.sh_size,
        .align = header.sh_addralign ? header.sh_addralign : 1,
        .entry_size = header.sh_entsize,
        .link = header.sh_link,
        .info = header.sh_info,
        .state = is_table(header.sh_type) ? SECTION_IGNORED : SECTION_OPEN,
    };
    if (header.sh_type == SHT_NULL)
        return true;
    if (!span_string(r->section_names, header.sh_name, &s->name))
        return corrupt(r,
                       "section %u: name at 0x%x is outside the section "
                       "name table",
                       index, header.sh_name);
    if (!is_power_of_two(s->align))
        return corrupt(r,
                       "section %u (%.*s): alignment %llu is not a power of "
                       "two",
                       index, SPAN_ARGS(s->name), (unsigned long long)s->align);
    if (is_unknown(header.sh_type) && header.sh_flags & SHF_ALLOC)
        return corrupt(r, "section %u (%.*s): unknown type 0x%x", index,
                       SPAN_ARGS(s->name), header.sh_type);
    if (header.sh_type == SHT_NOBITS)
        return true;
    if (!in_bounds(r->object->bytes.size, header.sh_offset, header.sh_size))
        return corrupt(r,
                       "section %u (%.*s): 0x%llx bytes at 0x%llx run past "
                       "the end of the file",
                       index, SPAN_ARGS(s->name),
                       (unsigned long long)header.sh_size,
                       (unsigned long long)header.sh_offset);
    s->bytes = section_bytes(r, &header);
    r->section_bytes += header.sh_size;
    if (header.sh_flags & SHF_COMPRESSED && header.sh_flags & SHF_ALLOC)
        return corrupt(r, "section %u (%.*s): compressed and allocated", index,
                       SPAN_ARGS(s->name));
    return true;
}

/* The names come first, since every message about a section shows its name. */
static bool read_section_names(struct reader *r, uint32_t name_index)
{
    Elf64_Shdr header = section_header(r, name_index);
    if (header.sh_type != SHT_STRTAB)
        return corrupt(r,
                       "section name table (section %u) is not a string "
                       "table",
                       name_index);
    r->section_names = section_bytes(r, &header);
    if (r->section_names.size == 0)
        return corrupt(r,
                       "section name table at 0x%llx is empty or outside "
                       "the file",
                       (unsigned long long)header.sh_offset);
    return true;
}

/* Sections share no byte of the file [gABI: Sections], so that its size bounds
 * the work, whatever its headers say. */
static bool check_overlap(struct reader *r)
{
    uint64_t most = r->object->bytes.size;
    if (r->section_bytes <= most)
        return true;
    return corrupt(r, "sections overlap: 0x%llx bytes in a file of 0x%llx",
                   (unsigned long long)r->section_bytes,
                   (unsigned long long)most);
}

static bool read_sections(struct reader *r)
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
    for (uint32_t i = 0; i < object->section_count; i++)
        ok &= read_section(r, i);
    return ok && check_overlap(r);
}

/* ---- Symbol table [gABI: Symbol Table] ---------------------------------- */

static Elf64_Sym symbol_entry(const struct reader *r, uint32_t index)
{
    Elf64_Sym entry;
    memcpy(&entry, r->symbol_table->bytes.data + (size_t)index * sizeof(entry),
           sizeof(entry));
    return entry;
}

/* Checks the table's shape, so that symbol_entry() may trust it. */
static bool check_symbol_table(struct reader *r)
{
    struct object *object = r->object;
    struct section *table = r->symbol_table;
    if (table->entry_size != sizeof(Elf64_Sym) ||
        table->size % sizeof(Elf64_Sym))
        return corrupt(r,
                       "symbol table: %llu bytes in entries of %llu, not of "
                       "%zu",
                       (unsigned long long)table->size,
                       (unsigned long long)table->entry_size,
                       sizeof(Elf64_Sym));
    uint64_t count = table->size / sizeof(Elf64_Sym);
    if (count == 0 || count > UINT32_MAX)
        return corrupt(r, "symbol table has %llu symbols",
                       (unsigned long long)count);
    if (table->info == 0 || table->info > count)
        return corrupt(r,
                       "symbol table: first global symbol %u is not among "
                       "1 to %llu",
                       table->info, (unsigned long long)count);
    if (table->link >= object->section_count ||
        object->sections[table->link].type != SHT_STRTAB)
        return corrupt(r,
                       "symbol table: its names (section %u) are not a "
                       "string table",
                       table->link);
    r->symbol_names = object->sections[table->link].bytes;
    object->symbol_count = count;
    object->first_global = table->info;
    return true;
}

static bool find_symbol_table(struct reader *r)
{
    struct object *object = r->object;
    for (uint32_t i = 1; i < object->section_count; i++) {
        struct section *s = &object->sections[i];
        if (s->type == SHT_SYMTAB && r->symbol_table)
            return corrupt(r, "two symbol tables (sections %u and %u)",
                           r->symbol_table->index, i);
        if (s->type == SHT_SYMTAB)
            r->symbol_table = s;
        else if (s->type == SHT_SYMTAB_SHNDX)
            r->extended_indices = s->bytes;
    }
    return !r->symbol_table || check_symbol_table(r);
}

/* The real section index of a symbol whose st_shndx is SHN_XINDEX. */
static bool extended_index(struct reader *r, uint32_t symbol, uint32_t *index)
{
    span cell = span_part(r->extended_indices, (uint64_t)symbol * 4, 4);
    if (cell.size == 0)
        return corrupt(r, "symbol %u: no extended section index", symbol);
    *index = read32(cell.data);
    return true;
}

/* Fills in what the entry's section index means. */
static bool place_symbol(struct reader *r, uint32_t i, const Elf64_Sym *entry,
                         struct symbol_mention *m)
{
    uint32_t index = entry->st_shndx;
    if (index == SHN_UNDEF) {
        m->state = SYMBOL_UNDEFINED;
        return true;
    }
    if (index == SHN_ABS || index == SHN_COMMON) {
        m->state = index == SHN_ABS ? SYMBOL_ABSOLUTE : SYMBOL_COMMON;
        if (m->state == SYMBOL_COMMON && !is_power_of_two(m->value))
            return corrupt(r,
                           "symbol %u: common alignment %llu is not a power "
                           "of two",
                           i, (unsigned long long)m->value);
        return true;
    }
    if (index == SHN_XINDEX) {
        if (!extended_index(r, i, &index))
            return false;
    } else if (index >= SHN_LORESERVE) {
        return corrupt(r, "symbol %u: reserved section index 0x%x", i, index);
    }
    if (index >= r->object->section_count)
        return corrupt(r, "symbol %u: section %u of %u", i, index,
                       r->object->section_count);
    m->state = SYMBOL_DEFINED;
    m->section = &r->object->sections[index];
    return true;
}

/* Bindings that there are, and types that we can link. */
static bool check_kind(struct reader *r, uint32_t i, span name,
                       const struct symbol_mention *m)
{
    if (m->binding > STB_WEAK && m->binding != STB_GNU_UNIQUE)
        return corrupt(r, "symbol %u (%.*s): unknown binding %u", i,
                       SPAN_ARGS(name), m->binding);
    const char *what = NULL, *advice = NULL;
    if (m->type == STT_GNU_IFUNC) {
        what = "an indirect function (STT_GNU_IFUNC)";
        advice = "use a library that has none, such as musl";
    } else if (m->type == STT_TLS) {
        what = "thread-local (STT_TLS)";
        advice = "compile without _Thread_local";
    } else if (span_equal(name, SPAN("__gnu_lto_slim"))) {
        what = "the mark of an object without code, for -flto";
        advice = "compile without -flto, or with -ffat-lto-objects";
    }
    if (!what)
        return true;
    return link_error(r->link, BOOTLINK_UNSUPPORTED,
                      "%.*s: '%.*s' is %s, which is not supported yet; %s",
                      SPAN_ARGS(r->object->name), SPAN_ARGS(name), what,
                      advice);
}

static bool read_symbol(struct reader *r, uint32_t i, span *name,
                        struct symbol_mention *m)
{
    Elf64_Sym entry = symbol_entry(r, i);
    if (!span_string(r->symbol_names, entry.st_name, name))
        return corrupt(r, "symbol %u: name at 0x%x is outside the string table",
                       i, entry.st_name);
    *m = (struct symbol_mention){
        .object = r->object,
        .value = entry.st_value,
        .size = entry.st_size,
        .type = ELF64_ST_TYPE(entry.st_info),
        .binding = ELF64_ST_BIND(entry.st_info),
        .visibility = ELF64_ST_VISIBILITY(entry.st_other),
    };
    return check_kind(r, i, *name, m) && place_symbol(r, i, &entry, m);
}

/* A local is a symbol of its own that no table knows. */
static bool read_local(struct reader *r, uint32_t i, struct symbol *symbol)
{
    struct symbol_mention m;
    span name;
    if (!read_symbol(r, i, &name, &m))
        return false;
    if (m.binding != STB_LOCAL)
        return corrupt(r, "symbol %u (%.*s) is global among the locals", i,
                       SPAN_ARGS(name));
    if (m.type == STT_SECTION && m.section && name.size == 0)
        name = m.section->name;
    *symbol = (struct symbol){
        .name = name,
        .object = r->object,
        .section = m.section,
        .value = m.value,
        .size = m.size,
        .state = m.state,
        .type = m.type,
        .binding = STB_LOCAL,
    };
    r->object->symbols[i] = symbol;
    return true;
}

static bool read_global(struct reader *r, uint32_t i)
{
    struct symbol_mention m;
    span name;
    if (!read_symbol(r, i, &name, &m))
        return false;
    if (m.binding == STB_LOCAL)
        return corrupt(r, "symbol %u (%.*s) is local among the globals", i,
                       SPAN_ARGS(name));
    if (name.size == 0)
        return corrupt(r, "symbol %u is global and has no name", i);
    struct symbol *symbol = symbol_enter(r->link, name);
    r->object->symbols[i] = symbol;
    return symbol && symbol_mention(r->link, symbol, &m);
}

static bool read_symbols(struct reader *r)
{
    struct object *object = r->object;
    struct arena *arena = &r->link->arena;
    object->symbols = arena_array(arena, object->symbol_count, struct symbol *);
    struct symbol *locals =
        arena_array(arena, object->first_global, struct symbol);
    if (!object->symbols || !locals)
        return false;
    bool ok = true;
    for (uint32_t i = 0; i < object->first_global; i++)
        ok &= read_local(r, i, &locals[i]);
    for (uint32_t i = object->first_global; i < object->symbol_count; i++)
        ok &= read_global(r, i);
    return ok;
}

/* ---- Groups [gABI: Section Groups] -------------------------------------- */

/* The name that identifies a group: that of its symbol, or, for a section
 * symbol (as assemblers write it), that of the section. */
static bool group_signature(struct reader *r, const struct section *group,
                            span *signature)
{
    if (!r->symbol_table || group->link != r->symbol_table->index ||
        group->info >= r->object->symbol_count)
        return corrupt(r,
                       "group (section %u): signature symbol %u does not "
                       "exist",
                       group->index, group->info);
    struct symbol_mention m;
    if (!read_symbol(r, group->info, signature, &m))
        return false;
    if (signature->size == 0 && m.section)
        *signature = m.section->name;
    return true;
}

static bool read_group(struct reader *r, const struct section *group)
{
    if (group->size < 4 || group->size % 4)
        return corrupt(r, "group (section %u): %llu bytes are not words",
                       group->index, (unsigned long long)group->size);
    span signature;
    if (!group_signature(r, group, &signature))
        return false;
    bool is_comdat = read32(group->bytes.data) & GRP_COMDAT;
    bool keep = !is_comdat || group_claim(r->link, signature, r->object);
    for (uint64_t at = 4; at < group->size; at += 4) {
        uint32_t member = read32(group->bytes.data + at);
        if (member == 0 || member >= r->object->section_count)
            return corrupt(r, "group (section %u): member section %u of %u",
                           group->index, member, r->object->section_count);
        struct section *s = &r->object->sections[member];
        if (!keep && s->state == SECTION_OPEN)
            s->state = SECTION_DUPLICATE;
    }
    return !r->link->arena.failed;
}

static bool read_groups(struct reader *r)
{
    for (uint32_t i = 1; i < r->object->section_count; i++) {
        struct section *s = &r->object->sections[i];
        if (s->type == SHT_GROUP && !read_group(r, s))
            return false;
    }
    return true;
}

/* ---- Relocations [gABI: Relocation] ------------------------------------- */

/* Hangs each relocation section on the section it applies to. */
static bool attach_relocations(struct reader *r, const struct section *table)
{
    uint64_t size =
        table->type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    if (table->entry_size != size || table->size % size ||
        table->size / size > UINT32_MAX)
        return corrupt(r,
                       "relocations (section %u): %llu bytes in entries of "
                       "%llu, not of %llu",
                       table->index, (unsigned long long)table->size,
                       (unsigned long long)table->entry_size,
                       (unsigned long long)size);
    if (table->info == 0 || table->info >= r->object->section_count)
        return corrupt(r, "relocations (section %u): for section %u of %u",
                       table->index, table->info, r->object->section_count);
    if (table->size &&
        (!r->symbol_table || table->link != r->symbol_table->index))
        return corrupt(r,
                       "relocations (section %u): symbol table is section "
                       "%u, which is none",
                       table->index, table->link);
    struct section *target = &r->object->sections[table->info];
    if (target->relocation_count)
        return corrupt(r, "section %u (%.*s) has two relocation sections",
                       target->index, SPAN_ARGS(target->name));
    target->relocations = table->bytes;
    target->relocation_count = table->size / size;
    target->has_addends = table->type == SHT_RELA;
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

struct object *elf_open(struct link *link, span file, span member, span bytes)
{
    struct object *object = arena_new(&link->arena, struct object);
    if (!object)
        return NULL;
    object->name = object_name(&link->arena, file, member);
    object->file = file;
    object->member = member;
    object->bytes = bytes;
    struct reader reader = {.link = link, .object = object};
    bool ok = read_header(&reader) && read_sections(&reader) &&
              find_symbol_table(&reader) && read_groups(&reader) &&
              read_symbols(&reader) && read_relocations(&reader);
    return ok ? object : NULL;
}

/* ---- A look at an archive member ---------------------------------------- */

/* Whether symbol `i` defines `name`, and not as a common symbol. */
static bool defines(const struct reader *r, uint32_t i, span name)
{
    Elf64_Sym entry = symbol_entry(r, i);
    span found;
    return entry.st_shndx != SHN_UNDEF && entry.st_shndx != SHN_COMMON &&
           span_string(r->symbol_names, entry.st_name, &found) &&
           span_equal(found, name);
}

static void ignore(void *host, const struct bootlink_diagnostic *diagnostic)
{
    (void)host, (void)diagnostic;
}

bool elf_defines(struct link *link, span bytes, span name)
{
    struct bootlink_world world = *link->world;
    world.report = ignore;
    struct link quiet = {.world = &world,
                         .arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH)};
    struct object object = {.bytes = bytes};
    struct reader reader = {.link = &quiet, .object = &object};
    bool found = false;
    if (read_header(&reader) && read_sections(&reader) &&
        find_symbol_table(&reader) && reader.symbol_table)
        for (uint32_t i = object.first_global; i < object.symbol_count; i++)
            found |= defines(&reader, i, name);
    if (quiet.arena.failed) /* which nobody heard of */
        link_error(link, BOOTLINK_NO_MEMORY,
                   "out of memory: could not see whether an archive member "
                   "defines '%.*s'",
                   SPAN_ARGS(name));
    arena_close(&quiet.arena);
    return found;
}
