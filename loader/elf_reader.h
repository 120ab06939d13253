/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An object while it is being read: its header (elf.c), sections
 * (elf_sections.c), groups (elf_groups.c) and symbols (elf_symbols.c).
 */
#ifndef BOOTLINK_ELF_READER_H
#define BOOTLINK_ELF_READER_H

#include "loader.h"
#include "string_table.h"

/* A section header and a symbol as they lie in a file, not aligned to anything.
 */
struct __attribute__((packed, may_alias)) elf_header_in_file {
    Elf64_Shdr is;
};
struct __attribute__((packed, may_alias)) elf_symbol_in_file {
    Elf64_Sym is;
};

/* What is known while one object is being read. */
struct reader {
    struct link *link;
    struct object *object;
    Elf64_Ehdr header;
    const struct elf_header_in_file *headers; /* object->header_count of them */
    uint32_t names_index; /* of the header of section_names */
    span section_names;
    uint64_t section_bytes;       /* in all sections together */
    uint64_t name_bytes;          /* of the names read so far */
    uint64_t most_name_bytes;     /* more than that and they overlap */
    uint32_t symbol_table;        /* index of its header; 0: none */
    uint32_t second_symbol_table; /* likewise; an object has but one */
    const struct elf_symbol_in_file *symbols; /* what is in it */
    span symbol_names;
    const struct symbol_slot *slots; /* of link->symbols, while ... */
    uint64_t seed; /* ... the names that are looked for were hashed by this */
    span extended_indices;               /* SHT_SYMTAB_SHNDX, or empty */
    uint64_t symbols_start, symbols_end; /* of the symbol table in the file */
    bool shares_headers;    /* some contents lie where the headers are ... */
    bool shares_symbols;    /* ... or where the symbol table is */
    bool has_groups;        /* or sections .gnu.linkonce */
    bool wants_symbols;     /* and nothing else: of an executable, too */
    bool is_shared;         /* a shared object is wanted, see shared.h */
    bool takes_relocations; /* they hang on the sections they apply to */
    bool has_plain_names; /* an index tells that no definition has a version */
};

/* strings_keep() for a table of the object, and link_keep(). */
bool elf_keep_strings(struct reader *r, span *table);

/* The name at an offset of such a table; false if it is not in there. */
static inline bool elf_name(struct reader *r, span table, uint64_t offset,
                            span *name)
{
    if (offset >= table.size)
        return false;
    *name = (span){table.data + offset, string_size(table.data + offset)};
    r->name_bytes += name->size;
    return true;
}

/* Names may share bytes: thousands of them in one long string would cost the
 * product of both. True, and reported by elf_names_check(), if they are more
 * than any compiler writes. */
enum { ELF_NAME_MULTIPLE = 64 }; /* bytes of names for each of the file */

static inline bool elf_names_exceed(const struct reader *r)
{
    return r->name_bytes > r->most_name_bytes;
}
bool elf_names_check(struct reader *r);

/* An object of which nothing is read yet; NULL if there is no memory. */
struct object *elf_new_object(struct link *link, span file, span member,
                              span bytes);

/* Reads the ELF header, of an executable too if it wants symbols only. */
bool elf_read_header(struct reader *r);

/* Finds the section headers, and among them the symbol table. */
bool elf_find_headers(struct reader *r);

/* Makes an object's sections of them, and hangs their relocations on them, if
 * that is wanted. */
bool elf_read_sections(struct reader *r);

/* The bytes that belong to a header; empty if they are outside the file. */
span elf_section_bytes(const struct reader *r, uint32_t index);

/* Reports a defect of the object being read. Returns false. */
bool elf_corrupt(struct reader *r, const char *format, ...) PRINTF(2, 3);

/* ---- elf_symbols.c ------------------------------------------------------ */

/* Checks the shape of the symbol table, if there is one. */
bool elf_check_symbols(struct reader *r);

/* Reads a symbol, and where it is, for whom it may concern. */
bool elf_read_symbol(struct reader *r, uint32_t index, span *name,
                     struct symbol_mention *mention);

/* A local gets a record of its own, a global enters the symbol table. */
bool elf_read_local(struct reader *r, uint32_t index, struct symbol *symbol);
bool elf_read_global(struct reader *r, uint32_t index,
                     const struct hashed_name *name);

/* Reports that a symbol's name is not in bounds. */
bool elf_report_name(struct reader *r, uint32_t index);

/* elf_symbols_usual.c: all symbols. */
bool elf_read_symbols(struct reader *r);

/* elf_groups.c: decides the COMDAT groups; before symbols, which depend on
 * that. */
bool elf_read_groups(struct reader *r);

/* The first group with that signature, or the first section of that name, is
 * the one that stays. NULL if there is no memory. */
struct section *group_claim(struct link *link,
                            const struct hashed_name *signature,
                            struct section *section);

/* ---- elf_once.c ---------------------------------------------------------- */

/* Decides whether a section .gnu.linkonce.KIND.NAME stays. */
bool once_read(struct reader *r, struct section *section);

/* One that came before may be what is in a group. */
void once_leave(struct link *link, const struct section *group, span signature);

#endif
