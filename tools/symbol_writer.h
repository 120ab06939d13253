/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How the output's symbol table is written, for the files that write it.
 */
#ifndef BOOTLINK_SYMBOL_WRITER_H
#define BOOTLINK_SYMBOL_WRITER_H

#include "elf_file.h"

#include <elf.h>

struct symbol_writer {
    struct link *link;
    char *entries; /* room for all that there can be */
    char *indices; /* of sections, if 16 bits are not enough */
    uint64_t count;
    struct name_block *names, *last_names;
    uint64_t names_size;
    bool has_file_symbol;
    bool is_gnu; /* a unique symbol or an indirect function */
    struct symbol_choice choice;
    struct symbol_table local_names; /* `value`: how many have it so far */
    bool has_references; /* relocations name symbols by their indices */
    bool takes_plain;    /* every plain symbol has an entry */
};

/* ---- plain_symbols.c ----------------------------------------------------- */

/* True if each symbol that is plain has an entry. */
bool plain_symbols_wanted(const struct symbol_writer *writer);

/* True for a local that plain_symbols_add_locals() adds. */
bool plain_symbols_is_local(const struct symbol_writer *writer,
                            const struct object *object, uint32_t index);

/* Adds the plain ones from the i-th local on, and passes by those of sections,
 * which have no entries. Returns the next one. */
uint32_t plain_symbols_add_locals(struct symbol_writer *writer,
                                  const struct object *object, uint32_t i);

/* Adds the plain ones from a global on. Returns the next one, or NULL. */
struct symbol *plain_symbols_add_globals(struct symbol_writer *writer,
                                         struct symbol *symbol);

#endif
