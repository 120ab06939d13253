/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A linked image as an ELF file. [gABI: Object Files]
 */
#ifndef BOOTLINK_ELF_FILE_H
#define BOOTLINK_ELF_FILE_H

#include "loader.h"

/* What an image was made of, until bootlink_close. */
static inline struct link *link_of(const struct bootlink_image *image)
{
    return (struct link *)image->link;
}

struct build_id;

/* Writes the image's ELF64 ET_EXEC file: program headers, sections, section
 * headers and symbols, laid out as GNU ld does. A hash that `id` asks for (if
 * it is not NULL) goes into the note of the link. False after reporting; then
 * there is no such file. */
bool elf_file_write(struct link *link, uint64_t entry,
                    const struct build_id *id, const char *path);

/* ---- elf_symbols.c ------------------------------------------------------ */

/* .symtab and .strtab as they go into the file. */
struct elf_symbols {
    span entries; /* Elf64_Sym, the null symbol first */
    span names;
    bool is_gnu; /* some are of a kind that the gABI leaves to ELFOSABI_GNU */
    uint32_t local_count; /* sh_info: the first symbol that is not local */
};

/* In the link's arena; false after reporting that there is no memory. */
bool elf_symbols_make(struct link *link, struct elf_symbols *symbols);

#endif
