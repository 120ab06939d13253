/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Builds any ELF object, right or wrong, for unit tests [gABI: Object Files].
 * (object.h writes one of a fixed shape.)
 *
 *     struct builder b;
 *     build_open(&b);
 *     uint32_t data = build_section(&b, ".data", SHT_PROGBITS,
 *                                   SHF_ALLOC | SHF_WRITE, bytes, size);
 *     uint32_t f = build_global(&b, "f", data, 8);
 *     build_relocation(&b, data, 0, R_X86_64_64, f, 4);
 *     span object = build_bytes(&b);
 *     build_header(&b, data)->sh_addralign = 3;      and now it is damaged
 *
 * Section 1 is the symbol table, 2 the names, 3 and up are the test's own; one
 * SHT_RELA for each that has relocations comes last. Locals come before
 * globals.
 */
#ifndef BOOTLINK_TEST_BUILDER_H
#define BOOTLINK_TEST_BUILDER_H

#include "unit/world.h"

#include <elf.h>

enum {
    BUILD_SYMTAB = 1,
    BUILD_STRTAB = 2,
    BUILD_SECTIONS = 24,
    BUILD_SYMBOLS = 32,
    BUILD_RELOCATIONS = 32,
};

struct build_relocation {
    uint32_t section;
    Elf64_Rela entry;
};

struct builder {
    Elf64_Shdr sections[BUILD_SECTIONS];
    span contents[BUILD_SECTIONS];
    uint32_t section_count;
    Elf64_Sym symbols[BUILD_SYMBOLS];
    uint32_t symbol_count, local_count;
    struct build_relocation relocations[BUILD_RELOCATIONS];
    uint32_t relocation_count;
    char names[2048];
    uint32_t names_size;
    _Alignas(16) char file[32768];
    uint32_t size;
};

static inline uint32_t build_name(struct builder *b, const char *name)
{
    uint32_t at = b->names_size;
    assert_true(at + strlen(name) + 1 <= sizeof(b->names));
    memcpy(b->names + at, name, strlen(name) + 1);
    b->names_size += strlen(name) + 1;
    return at;
}

static inline uint32_t build_section(struct builder *b, const char *name,
                                     uint32_t type, uint64_t flags,
                                     const void *bytes, uint64_t size)
{
    uint32_t index = b->section_count++;
    assert_true(index < BUILD_SECTIONS);
    b->sections[index] = (Elf64_Shdr){.sh_name = build_name(b, name),
                                      .sh_type = type,
                                      .sh_flags = flags,
                                      .sh_size = size,
                                      .sh_addralign = 1};
    if (type != SHT_NOBITS && type != SHT_NULL)
        b->contents[index] = (span){bytes, size};
    return index;
}

static inline void build_open(struct builder *b)
{
    memset(b, 0, sizeof(*b));
    b->names_size = b->symbol_count = b->local_count = 1;
    build_section(b, "", SHT_NULL, 0, NULL, 0);
    build_section(b, ".symtab", SHT_SYMTAB, 0, NULL, 0);
    build_section(b, ".strtab", SHT_STRTAB, 0, NULL, 0);
}

static inline uint32_t build_symbol(struct builder *b, const char *name,
                                    unsigned binding, unsigned type,
                                    uint32_t section, uint64_t value,
                                    uint64_t size)
{
    uint32_t index = b->symbol_count++;
    assert_true(index < BUILD_SYMBOLS);
    if (binding == STB_LOCAL) {
        assert_int_equal(index, b->local_count);
        b->local_count++;
    }
    b->symbols[index] = (Elf64_Sym){.st_name = name ? build_name(b, name) : 0,
                                    .st_info = ELF64_ST_INFO(binding, type),
                                    .st_shndx = section,
                                    .st_value = value,
                                    .st_size = size};
    return index;
}

static inline uint32_t build_global(struct builder *b, const char *name,
                                    uint32_t section, uint64_t value)
{
    return build_symbol(b, name, STB_GLOBAL, STT_NOTYPE, section, value, 0);
}

static inline uint32_t build_weak(struct builder *b, const char *name,
                                  uint32_t section, uint64_t value)
{
    return build_symbol(b, name, STB_WEAK, STT_NOTYPE, section, value, 0);
}

static inline uint32_t build_reference(struct builder *b, const char *name)
{
    return build_global(b, name, SHN_UNDEF, 0);
}

static inline uint32_t build_common(struct builder *b, const char *name,
                                    uint64_t size, uint64_t align)
{
    return build_symbol(b, name, STB_GLOBAL, STT_OBJECT, SHN_COMMON, align,
                        size);
}

static inline void build_relocation(struct builder *b, uint32_t section,
                                    uint64_t offset, uint32_t type,
                                    uint32_t symbol, int64_t addend)
{
    assert_true(b->relocation_count < BUILD_RELOCATIONS);
    b->relocations[b->relocation_count++] = (struct build_relocation){
        section, {offset, ELF64_R_INFO((uint64_t)symbol, type), addend}};
}

/* A COMDAT group [gABI: Section Groups]; `words` is the flags and the members,
 * and must stay. */
static inline uint32_t build_group(struct builder *b, const uint32_t *words,
                                   uint32_t count, uint32_t signature)
{
    uint32_t group = build_section(b, ".group", SHT_GROUP, 0, words, count * 4);
    b->sections[group].sh_link = BUILD_SYMTAB;
    b->sections[group].sh_info = signature;
    b->sections[group].sh_entsize = 4;
    return group;
}

/* ---- Writing ------------------------------------------------------------ */

static inline uint64_t build_append(struct builder *b, const void *bytes,
                                    uint64_t size)
{
    uint64_t at = align_up(b->size, 8);
    assert_true(at + size <= sizeof(b->file));
    if (size)
        memcpy(b->file + at, bytes, size);
    b->size = at + size;
    return at;
}

/* The relocations of one section as a section of their own. */
static inline void build_rela(struct builder *b, uint32_t section)
{
    Elf64_Rela entries[BUILD_RELOCATIONS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->relocation_count; i++)
        if (b->relocations[i].section == section)
            entries[count++] = b->relocations[i].entry;
    if (!count)
        return;
    uint32_t index = build_section(b, ".rela", SHT_RELA, 0, NULL, 0);
    Elf64_Shdr *header = &b->sections[index];
    header->sh_link = BUILD_SYMTAB;
    header->sh_info = section;
    header->sh_entsize = sizeof(Elf64_Rela);
    header->sh_size = count * sizeof(Elf64_Rela);
    header->sh_offset = build_append(b, entries, header->sh_size);
}

static inline void build_tables(struct builder *b)
{
    Elf64_Shdr *symbols = &b->sections[BUILD_SYMTAB];
    symbols->sh_link = BUILD_STRTAB;
    symbols->sh_info = b->local_count;
    symbols->sh_entsize = sizeof(Elf64_Sym);
    symbols->sh_size = b->symbol_count * sizeof(Elf64_Sym);
    symbols->sh_offset = build_append(b, b->symbols, symbols->sh_size);
    b->sections[BUILD_STRTAB].sh_size = b->names_size;
    b->sections[BUILD_STRTAB].sh_offset =
        build_append(b, b->names, b->names_size);
}

static inline span build_bytes(struct builder *b)
{
    uint32_t own = b->section_count;
    b->size = sizeof(Elf64_Ehdr);
    for (uint32_t i = BUILD_STRTAB + 1; i < own; i++)
        b->sections[i].sh_offset =
            build_append(b, b->contents[i].data, b->contents[i].size);
    for (uint32_t i = BUILD_STRTAB + 1; i < own; i++)
        build_rela(b, i);
    build_tables(b);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = b->section_count,
        .e_shstrndx = BUILD_STRTAB,
    };
    header.e_shoff =
        build_append(b, b->sections, b->section_count * sizeof(Elf64_Shdr));
    memcpy(b->file, &header, sizeof(header));
    return (span){b->file, b->size};
}

/* ---- What was written, for damage --------------------------------------- */

static inline Elf64_Ehdr *build_file_header(struct builder *b)
{
    return (Elf64_Ehdr *)b->file;
}

static inline Elf64_Shdr *build_header(struct builder *b, uint32_t section)
{
    return (Elf64_Shdr *)(b->file + build_file_header(b)->e_shoff) + section;
}

static inline Elf64_Sym *build_entry(struct builder *b, uint32_t symbol)
{
    return (Elf64_Sym *)(b->file + build_header(b, BUILD_SYMTAB)->sh_offset) +
           symbol;
}

#endif
