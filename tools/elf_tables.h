/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections that only an object, or a file with relocations, has: groups and
 * relocation tables.
 */
#ifndef BOOTLINK_ELF_TABLES_H
#define BOOTLINK_ELF_TABLES_H

#include "loader.h"

struct elf_tables {
    struct link *link;
    struct rela_table *relas;
    uint64_t rela_count;
    struct group_table *groups;
    uint64_t group_count;
};

/* Makes an object's sections (-r): groups, the output sections, their
 * relocations. Afterwards each has its index and its place in the file. */
bool elf_tables_make_object(struct link *link, struct elf_tables *tables);

/* Adds the relocations to an executable that is laid out (--emit-relocs). */
bool elf_tables_add_relocations(struct link *link, struct elf_tables *tables);

/* Marks the symbols that relocations and groups name. */
void elf_tables_name_symbols(const struct elf_tables *tables);

/* Fills what depends on the output's symbols, which have their indices. */
void elf_tables_fill(const struct elf_tables *tables, uint32_t symbol_table);

#endif
