/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An object as arrays that grow, and its file: header, sections, relocations,
 * symbol table, strings, section headers. [gABI: Object Files]
 */
#include "object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    uint8_t *data;
    size_t size, capacity;
};

struct section {
    Elf64_Shdr header;
    struct buffer bytes;
    struct buffer relocations; /* Elf64_Rela, with symbols as they were added */
    unsigned symbol;           /* of type STT_SECTION; 0 if nobody asked */
    unsigned group;            /* the section of its group; 0 if in none */
};

struct object {
    struct section *sections; /* [0] is unused */
    unsigned section_count, section_capacity;
    struct buffer symbols; /* Elf64_Sym, [0] is unused */
    struct buffer names, section_names;
};

/* ---- arrays ------------------------------------------------------------- */

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("bench: no memory\n", stderr);
        exit(1);
    }
    return memory;
}

static size_t grow(struct buffer *buffer, size_t size)
{
    size_t at = buffer->size;
    if (at + size > buffer->capacity) {
        buffer->capacity = 2 * (at + size);
        buffer->data = checked(realloc(buffer->data, buffer->capacity));
    }
    memset(buffer->data + at, 0, size);
    buffer->size += size;
    return at;
}

static size_t append(struct buffer *buffer, const void *bytes, size_t size)
{
    size_t at = grow(buffer, size);
    memcpy(buffer->data + at, bytes, size);
    return at;
}

static size_t append_name(struct buffer *names, const char *name)
{
    return *name == '\0' ? 0 : append(names, name, strlen(name) + 1);
}

/* ---- building ----------------------------------------------------------- */

struct object *object_new(void)
{
    struct object *object = checked(calloc(1, sizeof(*object)));
    grow(&object->symbols, sizeof(Elf64_Sym));
    append(&object->names, "", 1);
    append(&object->section_names, "", 1);
    object_section(object, "", SHT_NULL, 0, 0, 0);
    return object;
}

static unsigned name_section(struct object *object, const char *name,
                             bool relocatable)
{
    struct buffer *names = &object->section_names;
    if (!relocatable)
        return (unsigned)append_name(names, name);
    /* The name of its relocations ends in its own. */
    size_t at = append(names, ".rela", 5);
    append(names, name, strlen(name) + 1);
    return (unsigned)at + 5;
}

unsigned object_section(struct object *object, const char *name, uint32_t type,
                        uint64_t flags, uint64_t align, uint64_t entry_size)
{
    if (object->section_count == object->section_capacity) {
        object->section_capacity = 2 * object->section_capacity + 16;
        object->sections =
            checked(realloc(object->sections, object->section_capacity *
                                                  sizeof(*object->sections)));
    }
    struct section *section = &object->sections[object->section_count];
    *section = (struct section){0};
    section->header.sh_name =
        name_section(object, name, (flags & SHF_ALLOC) != 0);
    section->header.sh_type = type;
    section->header.sh_flags = flags;
    section->header.sh_addralign = align;
    section->header.sh_entsize = entry_size;
    return object->section_count++;
}

unsigned object_section_symbol(struct object *object, unsigned section)
{
    struct section *s = &object->sections[section];
    if (s->symbol == 0)
        s->symbol = object_symbol(
            object, "", ELF64_ST_INFO(STB_LOCAL, STT_SECTION), section, 0, 0);
    return s->symbol;
}

unsigned object_group(struct object *object, unsigned signature)
{
    unsigned group = object_section(object, ".group", SHT_GROUP, 0, 4, 4);
    uint32_t comdat = GRP_COMDAT;
    object->sections[group].header.sh_info = signature;
    append(&object->sections[group].bytes, &comdat, sizeof(comdat));
    return group;
}

void object_join(struct object *object, unsigned group, unsigned section)
{
    uint32_t index = section;
    append(&object->sections[group].bytes, &index, sizeof(index));
    object->sections[section].group = group;
    object->sections[section].header.sh_flags |= SHF_GROUP;
}

uint64_t object_add(struct object *object, unsigned section, uint64_t size,
                    uint64_t align)
{
    struct section *s = &object->sections[section];
    uint64_t end = s->header.sh_size;
    uint64_t at = (end + align - 1) / align * align;
    s->header.sh_size = at + size;
    if (s->header.sh_type != SHT_NOBITS)
        grow(&s->bytes, at + size - end);
    return at;
}

uint8_t *object_bytes(struct object *object, unsigned section)
{
    return object->sections[section].bytes.data;
}

uint64_t object_size(const struct object *object, unsigned section)
{
    return object->sections[section].header.sh_size;
}

unsigned object_symbol(struct object *object, const char *name, uint8_t info,
                       unsigned section, uint64_t value, uint64_t size)
{
    Elf64_Sym symbol = {
        .st_name = (uint32_t)append_name(&object->names, name),
        .st_info = info,
        .st_shndx = (uint16_t)section,
        .st_value = value,
        .st_size = size,
    };
    return (unsigned)(append(&object->symbols, &symbol, sizeof(symbol)) /
                      sizeof(symbol));
}

void object_relocate(struct object *object, unsigned section, uint64_t offset,
                     uint32_t type, unsigned symbol, int64_t addend)
{
    Elf64_Rela rela = {offset, ELF64_R_INFO((uint64_t)symbol, type), addend};
    append(&object->sections[section].relocations, &rela, sizeof(rela));
}

/* ---- writing ------------------------------------------------------------ */

/* Local symbols come first; places[i] becomes the new index of symbol i.
 * Returns the index of the first global. */
static unsigned order_symbols(const struct object *object, Elf64_Sym *ordered,
                              unsigned *places)
{
    const Elf64_Sym *symbols = (const Elf64_Sym *)object->symbols.data;
    unsigned count = (unsigned)(object->symbols.size / sizeof(*symbols));
    unsigned next = 0, globals = 0;
    for (int global = 0; global <= 1; global++) {
        for (unsigned i = 0; i < count; i++) {
            if ((ELF64_ST_BIND(symbols[i].st_info) != STB_LOCAL) != global)
                continue;
            ordered[next] = symbols[i];
            places[i] = next++;
        }
        if (!global)
            globals = next;
    }
    return globals;
}

/* A member's relocations are members too. */
static void write_relocations(struct object *object, unsigned target,
                              unsigned symbol_table, const unsigned *places)
{
    struct buffer relocations = object->sections[target].relocations;
    if (relocations.size == 0)
        return;
    uint64_t flags = SHF_INFO_LINK;
    unsigned group = object->sections[target].group;
    unsigned made =
        object_section(object, "", SHT_RELA, flags, 8, sizeof(Elf64_Rela));
    struct section *section = &object->sections[made];
    section->header.sh_name = object->sections[target].header.sh_name - 5;
    section->header.sh_link = symbol_table;
    section->header.sh_info = target;
    section->header.sh_size = relocations.size;
    section->bytes = relocations;
    object->sections[target].relocations = (struct buffer){0};
    Elf64_Rela *rela = (Elf64_Rela *)relocations.data;
    for (size_t i = 0; i < relocations.size / sizeof(*rela); i++)
        rela[i].r_info =
            ELF64_R_INFO((uint64_t)places[ELF64_R_SYM(rela[i].r_info)],
                         ELF64_R_TYPE(rela[i].r_info));
    if (group != 0)
        object_join(object, group, made);
}

static void finish_groups(struct object *object, unsigned symbol_table,
                          const unsigned *places)
{
    for (unsigned i = 1; i < object->section_count; i++) {
        Elf64_Shdr *header = &object->sections[i].header;
        if (header->sh_type != SHT_GROUP)
            continue;
        header->sh_link = symbol_table;
        header->sh_info = places[header->sh_info];
        header->sh_size = object->sections[i].bytes.size;
    }
}

static unsigned add_table(struct object *object, const char *name,
                          uint32_t type, struct buffer bytes)
{
    unsigned made = object_section(object, name, type, 0, 1, 0);
    object->sections[made].bytes = bytes;
    object->sections[made].header.sh_size = bytes.size;
    return made;
}

/* Relocations, the symbol table and the two string tables become sections. */
static void add_tables(struct object *object)
{
    size_t count = object->symbols.size / sizeof(Elf64_Sym);
    Elf64_Sym *ordered = checked(calloc(count, sizeof(*ordered)));
    unsigned *places = checked(calloc(count, sizeof(*places)));
    unsigned globals = order_symbols(object, ordered, places);
    memcpy(object->symbols.data, ordered, object->symbols.size);
    free(ordered);

    unsigned table = add_table(object, ".symtab", SHT_SYMTAB, object->symbols);
    for (unsigned i = 1; i < table; i++)
        write_relocations(object, i, table, places);
    finish_groups(object, table, places);
    free(places);
    unsigned strings = add_table(object, ".strtab", SHT_STRTAB, object->names);
    Elf64_Shdr *header = &object->sections[table].header;
    header->sh_link = strings;
    header->sh_info = globals;
    header->sh_addralign = 8;
    header->sh_entsize = sizeof(Elf64_Sym);

    unsigned last =
        add_table(object, ".shstrtab", SHT_STRTAB, (struct buffer){0});
    object->sections[last].bytes = object->section_names;
    object->sections[last].header.sh_size = object->section_names.size;
}

static uint64_t place_sections(struct object *object)
{
    uint64_t offset = sizeof(Elf64_Ehdr);
    for (unsigned i = 1; i < object->section_count; i++) {
        Elf64_Shdr *header = &object->sections[i].header;
        uint64_t align = header->sh_addralign ? header->sh_addralign : 1;
        offset = (offset + align - 1) / align * align;
        header->sh_offset = offset;
        if (header->sh_type != SHT_NOBITS)
            offset += header->sh_size;
    }
    return (offset + 7) / 8 * 8;
}

static void write_file(const struct object *object, uint64_t headers,
                       FILE *file)
{
    Elf64_Ehdr header = {
        .e_ident = ELFMAG "\x02\x01\x01",
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = headers,
        .e_ehsize = sizeof(header),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = (uint16_t)object->section_count,
        .e_shstrndx = (uint16_t)(object->section_count - 1),
    };
    static const char zeros[64];
    uint64_t at = fwrite(&header, 1, sizeof(header), file);
    for (unsigned i = 1; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        if (section->header.sh_type == SHT_NOBITS)
            continue;
        at += fwrite(zeros, 1, section->header.sh_offset - at, file);
        at += fwrite(section->bytes.data, 1, section->bytes.size, file);
    }
    fwrite(zeros, 1, headers - at, file);
    for (unsigned i = 0; i < object->section_count; i++)
        fwrite(&object->sections[i].header, sizeof(Elf64_Shdr), 1, file);
}

bool object_write(struct object *object, const char *path)
{
    add_tables(object);
    uint64_t headers = place_sections(object);
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && object->section_count < SHN_LORESERVE;
    if (good)
        write_file(object, headers, file);
    if (file != NULL)
        good = !ferror(file) && fclose(file) == 0 && good;
    for (unsigned i = 0; i < object->section_count; i++)
        free(object->sections[i].bytes.data);
    free(object->sections);
    free(object);
    return good;
}
