/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A linked image as an ELF file. [gABI: Object Files]
 */
#ifndef BOOTLINK_ELF_FILE_H
#define BOOTLINK_ELF_FILE_H

#include "deflate.h"
#include "loader.h"

/* What an image was made of, until bootlink_close. */
static inline struct link *link_of(const struct bootlink_image *image)
{
    return (struct link *)image->link;
}

struct build_id;
struct elf_tables;
struct output_file;

/* Which local symbols go: none, all, those that the assembler made (.L...), or
 * of these only those of merged strings. */
enum discard { DISCARD_OF_MERGED, DISCARD_NONE, DISCARD_MADE, DISCARD_ALL };

/* Which symbols a file has. */
struct symbol_choice {
    enum discard discard;
    bool strip_all;    /* none that nothing needs */
    bool makes_unique; /* locals get numbers behind their names */
    const struct symbol_table *retained; /* those alone; NULL: all */
};

/* What a file has beyond the link, if it is not NULL. */
struct elf_extras {
    struct symbol_choice symbols;
    const struct build_id *id;       /* a hash for the note of the link */
    const struct elf_tables *tables; /* groups and relocations */
    enum compression compression;    /* of debug sections */
    bool is_freebsd;                 /* what the header says */
};

/* Writes the link's ELF64 file, ET_EXEC or ET_REL: program headers, sections,
 * section headers and symbols, laid out as GNU ld does; sections that were
 * streamed are in the file. False after reporting. */
bool elf_file_write(struct link *link, uint64_t entry,
                    const struct elf_extras *extras, struct output_file *file);

/* ---- symbol_home.c ------------------------------------------------------ */

/* The section that a symbol at `address` is said to be in, if its own is not in
 * the output; NULL if there is none that could be. */
const struct output_section *symbol_home(struct output_section *gone,
                                         uint64_t address);

/* ---- elf_symbols.c ------------------------------------------------------ */

/* A part of .strtab. */
struct name_block {
    span bytes;
    uint64_t room;
    struct name_block *next;
};

/* .symtab and .strtab as they go into the file. */
struct elf_symbols {
    span entries; /* Elf64_Sym, the null symbol first */
    struct name_block *names;
    uint64_t names_size;
    span indices; /* .symtab_shndx; empty: 16 bits are enough for all */
    bool is_gnu;  /* some are of a kind that the gABI leaves to ELFOSABI_GNU */
    uint32_t local_count; /* sh_info: the first symbol that is not local */
};

/* In the link's arena; with the symbols of output sections and what relocations
 * need, if there are tables that refer to them. Symbols and output sections get
 * their indices. False after reporting that there is no memory. */
bool elf_symbols_make(struct link *link, const struct elf_extras *extras,
                      struct elf_symbols *symbols);

#endif
