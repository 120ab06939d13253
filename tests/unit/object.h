/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes small ELF objects for unit tests [gABI: Object Files]:
 *
 *     struct test_object o;
 *     object_open(&o);
 *     uint32_t f = object_define(&o, "f", 0);      at offset 0 of .text
 *     object_refer(&o, object_mention(&o, "g"));   a pointer to g in .data
 *     object_export(&o, f);                        EXPORT_SYMBOL(f)
 *     span bytes = object_bytes(&o);
 */
#ifndef BOOTLINK_TEST_OBJECT_H
#define BOOTLINK_TEST_OBJECT_H

#include "unit/world.h"

#include <elf.h>

enum { OBJECT_MOST = 16, OBJECT_TEXT = 64 };

enum object_section {
    OBJECT_TEXT_INDEX = 1, /* .text */
    OBJECT_POINTERS_INDEX, /* .data, .bootlink.exports, .bootlink.init: */
    OBJECT_EXPORTS_INDEX,  /* pointers, each with one relocation */
    OBJECT_INIT_INDEX,
    OBJECT_RELA_INDEX, /* one for each of these three */
    OBJECT_SYMTAB_INDEX = 8,
    OBJECT_STRTAB_INDEX, /* names of symbols and of sections */
    OBJECT_SECTIONS,
};

struct test_object {
    Elf64_Ehdr header;
    Elf64_Shdr sections[OBJECT_SECTIONS];
    char text[OBJECT_TEXT];
    uint64_t pointers[3][OBJECT_MOST];
    Elf64_Rela relocations[3][OBJECT_MOST];
    Elf64_Sym symbols[OBJECT_MOST];
    char names[512];
    uint32_t counts[3]; /* pointers used */
    uint32_t symbol_count, names_size;
};

static inline uint32_t object_name(struct test_object *o, const char *name)
{
    uint32_t at = o->names_size;
    assert_true(at + strlen(name) + 1 <= sizeof(o->names));
    memcpy(o->names + at, name, strlen(name) + 1);
    o->names_size += strlen(name) + 1;
    return at;
}

static inline uint32_t object_symbol(struct test_object *o, Elf64_Sym symbol)
{
    assert_true(o->symbol_count < OBJECT_MOST);
    o->symbols[o->symbol_count] = symbol;
    return o->symbol_count++;
}

/* A section whose bytes are a member of the struct. */
#define OBJECT_PLACE(o, member, used)                                          \
    .sh_offset = (size_t)((char *)(member) - (char *)(o)), .sh_size = (used)

static inline void object_open(struct test_object *o)
{
    memset(o, 0, sizeof(*o));
    memset(o->text, 0xcc, sizeof(o->text));
    o->names_size = o->symbol_count = 1;
}

static inline uint32_t object_define(struct test_object *o, const char *name,
                                     uint64_t offset)
{
    return object_symbol(o, (Elf64_Sym){
                                .st_name = object_name(o, name),
                                .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                .st_shndx = OBJECT_TEXT_INDEX,
                                .st_value = offset,
                                .st_size = 1,
                            });
}

static inline uint32_t object_mention(struct test_object *o, const char *name)
{
    return object_symbol(
        o, (Elf64_Sym){.st_name = object_name(o, name),
                       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)});
}

/* One more pointer to a symbol, in section `which` of the three. */
static inline void object_pointer(struct test_object *o, unsigned which,
                                  uint32_t symbol)
{
    uint32_t i = o->counts[which]++;
    assert_true(i < OBJECT_MOST);
    o->relocations[which][i] = (Elf64_Rela){
        .r_offset = i * 8, .r_info = ELF64_R_INFO(symbol, R_X86_64_64)};
}

static inline void object_refer(struct test_object *o, uint32_t symbol)
{
    object_pointer(o, 0, symbol);
}

static inline void object_export(struct test_object *o, uint32_t symbol)
{
    object_pointer(o, 1, symbol);
}

static inline void object_init(struct test_object *o, uint32_t symbol)
{
    object_pointer(o, 2, symbol);
}

static inline void object_pointers(struct test_object *o, unsigned which,
                                   const char *name, const char *rela)
{
    uint64_t count = o->counts[which];
    o->sections[OBJECT_POINTERS_INDEX + which] =
        (Elf64_Shdr){.sh_name = object_name(o, name),
                     .sh_type = SHT_PROGBITS,
                     .sh_flags = SHF_ALLOC | (which ? 0 : SHF_WRITE),
                     .sh_addralign = 8,
                     OBJECT_PLACE(o, o->pointers[which], count * 8)};
    o->sections[OBJECT_RELA_INDEX + which] = (Elf64_Shdr){
        .sh_name = object_name(o, rela),
        .sh_type = SHT_RELA,
        .sh_flags = SHF_INFO_LINK,
        .sh_link = OBJECT_SYMTAB_INDEX,
        .sh_info = OBJECT_POINTERS_INDEX + which,
        .sh_addralign = 8,
        .sh_entsize = sizeof(Elf64_Rela),
        OBJECT_PLACE(o, o->relocations[which], count * sizeof(Elf64_Rela))};
}

static inline void object_tables(struct test_object *o)
{
    o->sections[OBJECT_TEXT_INDEX] =
        (Elf64_Shdr){.sh_name = object_name(o, ".text"),
                     .sh_type = SHT_PROGBITS,
                     .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                     .sh_addralign = 16,
                     OBJECT_PLACE(o, o->text, OBJECT_TEXT)};
    o->sections[OBJECT_SYMTAB_INDEX] = (Elf64_Shdr){
        .sh_name = object_name(o, ".symtab"),
        .sh_type = SHT_SYMTAB,
        .sh_link = OBJECT_STRTAB_INDEX,
        .sh_info = 1,
        .sh_addralign = 8,
        .sh_entsize = sizeof(Elf64_Sym),
        OBJECT_PLACE(o, o->symbols, o->symbol_count * sizeof(Elf64_Sym))};
    o->sections[OBJECT_STRTAB_INDEX] =
        (Elf64_Shdr){.sh_name = object_name(o, ".strtab"),
                     .sh_type = SHT_STRTAB,
                     .sh_addralign = 1,
                     OBJECT_PLACE(o, o->names, o->names_size)};
}

static inline span object_bytes(struct test_object *o)
{
    object_pointers(o, 0, ".data", ".rela.data");
    object_pointers(o, 1, ".bootlink.exports", ".rela.bootlink.exports");
    object_pointers(o, 2, ".bootlink.init", ".rela.bootlink.init");
    object_tables(o);
    o->header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = offsetof(struct test_object, sections),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = OBJECT_SECTIONS,
        .e_shstrndx = OBJECT_STRTAB_INDEX,
    };
    return (span){(const char *)o, sizeof(*o)};
}

#endif
