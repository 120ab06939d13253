/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A shared object (ET_DYN) as a module: what is known of it, and the files that
 * find it out, in their order [gABI: Dynamic Linking].
 */
#ifndef BOOTLINK_SHARED_H
#define BOOTLINK_SHARED_H

#include "elf_reader.h"

enum { SHARED_LOADS = 32 }; /* more than any linker makes */

/* A loaded segment (PT_LOAD). Addresses are the file's: what the dynamic
 * section and relocations count in. */
struct shared_load {
    uint64_t address, size; /* in memory */
    span bytes;             /* what of it is in the file */
    uint32_t flags;         /* PF_... */
    uint32_t index;         /* of its program header */
    char *data;             /* in the image */
};

/* What of the dynamic section is read: a value each. */
enum dynamic_value {
    DYNAMIC_NONE, /* nothing that a kernel needs */
    DYNAMIC_STRTAB,
    DYNAMIC_STRSZ,
    DYNAMIC_SYMTAB,
    DYNAMIC_HASH,
    DYNAMIC_GNU_HASH,
    DYNAMIC_RELA,
    DYNAMIC_RELASZ,
    DYNAMIC_RELAENT,
    DYNAMIC_RELR,
    DYNAMIC_RELRSZ,
    DYNAMIC_RELRENT,
    DYNAMIC_JMPREL,
    DYNAMIC_PLTRELSZ,
    DYNAMIC_PLTREL,
    DYNAMIC_PLTGOT,
    DYNAMIC_INIT_ARRAY,
    DYNAMIC_INIT_ARRAYSZ,
    DYNAMIC_FINI_ARRAY,
    DYNAMIC_FINI_ARRAYSZ,
    DYNAMIC_SONAME,
    DYNAMIC_FLAGS,
    DYNAMIC_FLAGS_1,
    DYNAMIC_VERSYM,
    DYNAMIC_VERDEF,
    DYNAMIC_VERDEFNUM,
    DYNAMIC_VERNEED,
    DYNAMIC_VERNEEDNUM,
    DYNAMIC_NEEDED, /* a list: shared->needed */
    DYNAMIC_COUNT,
};

/* The hash tables by which others find its symbols; those that it has. */
struct gnu_hash {
    uint32_t bucket_count, first_symbol, bloom_words, bloom_shift;
    uint64_t chain_count; /* at most: up to where the segment ends */
    const char *bloom, *buckets, *chains; /* NULL: there is none */
};

struct sysv_hash {
    uint32_t bucket_count, chain_count;
    const char *buckets, *chains; /* NULL: there is none */
};

/* A version that it defines, or asks of a library. */
struct shared_version {
    span name;
    span library; /* the name in DT_NEEDED; empty: is_defined */
    bool is_defined, is_weak;
};

struct shared {
    struct link *link;
    struct object *object; /* its sections are those of its headers */
    struct reader reader;

    struct shared_load loads[SHARED_LOADS]; /* ascending, without overlap */
    uint32_t load_count;
    uint64_t align;                  /* the largest of any segment */
    uint64_t relro_start, relro_end; /* whole pages that become read-only */

    uint64_t dynamic[DYNAMIC_COUNT];
    bool has[DYNAMIC_COUNT];
    span names; /* DT_STRTAB */
    span soname;
    span *needed; /* DT_NEEDED, in order */
    uint64_t needed_count, needed_capacity;

    struct keyed *by_address; /* sections in memory, ascending */
    uint32_t by_address_count;

    const char *symbols; /* DT_SYMTAB, symbol_count of them */
    uint32_t symbol_count;
    uint32_t first_symbol;     /* where they begin in object->symbols */
    const char *versions;      /* DT_VERSYM, one for each; NULL: none */
    uint16_t *version_numbers; /* by number: a place in version_list, + 1 */
    struct shared_version *version_list;
    uint64_t version_count, version_capacity, version_records;
    struct gnu_hash gnu_hash;
    struct sysv_hash sysv_hash;

    span rela, plt_rela, relr; /* relocations, whole entries */
    uint64_t bias;             /* address in memory minus that in the file */

    struct output_section **last_output;
    uint64_t late_count;   /* pointers that the kernel fills in by IRELATIVE */
    struct section *late;  /* Elf64_Rela of these, or NULL */
    uint64_t late_written; /* so many of them */
    bool is_lazy;          /* functions are bound when they are called */
    struct section *link_map;
};

/* A relocation of a shared object: its place is an address of the file. */
struct shared_relocation {
    uint64_t address;
    uint32_t type, symbol; /* symbol: of the dynamic symbol table */
    int64_t addend;
};

/* Elf64_Rela i of a table of them. */
static inline struct shared_relocation shared_rela(span table, uint64_t i)
{
    const char *entry = table.data + i * sizeof(Elf64_Rela);
    uint64_t info = read64(entry + offsetof(Elf64_Rela, r_info));
    return (struct shared_relocation){
        read64(entry), ELF64_R_TYPE(info), ELF64_R_SYM(info),
        (int64_t)read64(entry + offsetof(Elf64_Rela, r_addend))};
}

/* ---- shared.c: segments, sections, bytes by address ---------------------- */

struct object *shared_open(struct link *link, span name, span bytes);

/* How many of a list that ascends by key have at most that key. */
uint32_t shared_count_up_to(const struct keyed *list, uint32_t count,
                            uint64_t key);

/* The segment that holds `size` bytes at an address, or NULL. */
const struct shared_load *shared_load_at(const struct shared *shared,
                                         uint64_t address, uint64_t size);

/* The bytes of the file at an address; empty if they are not all there. */
span shared_bytes(const struct shared *shared, uint64_t address, uint64_t size);

/* The eight bytes there: 0 behind what is in the file. */
uint64_t shared_word(const struct shared *shared, uint64_t address);

/* The section that an address is in; NULL: in none. */
struct section *shared_section_at(const struct shared *shared,
                                  uint64_t address);
/* Where a section lies by its header. */
uint64_t shared_section_address(const struct shared *shared,
                                const struct section *section);

/* ---- shared_dynamic.c: the dynamic section ------------------------------- */

bool shared_read_dynamic(struct shared *shared, const Elf64_Phdr *header);

/* DT_SONAME and DT_NEEDED; the texts are the arena's. */
struct shared_needs {
    span soname; /* or empty */
    span *names;
    uint64_t count;
};

/* Reads them, if the file is a shared object in order, and reports nothing but
 * that there is no memory. */
bool shared_read_needs(const struct bootlink_world *world, struct arena *arena,
                       span path, struct shared_needs *needs);

/* ---- shared_symbols.c: who defines what ---------------------------------- */

bool shared_read_symbols(struct shared *shared);

/* One that no other file knows; NULL if there is no memory. */
struct symbol *shared_make_symbol(struct shared *shared, span name,
                                  const struct symbol_mention *mention);

/* A symbol of the dynamic symbol table, index in bounds. */
static inline struct symbol *shared_symbol(const struct shared *shared,
                                           uint32_t index)
{
    return shared->object->symbols[shared->first_symbol + index].symbol;
}

/* ---- shared_marks.c: what the macros of module.h left -------------------- */

/* Gives the sections .bootlink.* the relocations that an object's have. */
bool shared_read_marks(struct shared *shared);

/* ---- shared_relr.c ------------------------------------------------------- */

/* Visits each place of DT_RELR [gABI: Relative Relocation Table]. */
bool shared_each_relr(struct shared *shared,
                      bool (*visit)(void *context, uint64_t address),
                      void *context);

/* ---- shared_hash.c: finding symbols -------------------------------------- */

/* A name with its hashes, and the version that is asked for. */
struct shared_name {
    span text, version; /* version: empty: the one for who asks for none */
    uint32_t gnu, sysv;
};

bool shared_read_hashes(struct shared *shared);
struct shared_name shared_name(span text, span version);
/* The index of the symbol that the shared object defines, or 0. */
uint32_t shared_find(const struct shared *shared,
                     const struct shared_name *name);

/* ---- shared_versions.c: symbol versions [LSB: Symbol Versioning] ----------
 */

bool shared_read_versions(struct shared *shared);

/* True if a definition is the one for who asks for that version; empty: for who
 * asks for none. */
bool shared_has_version(const struct shared *shared, uint32_t index,
                        span version);

/* The version that an undefined symbol asks for; empty: none. */
span shared_wanted_version(const struct shared *shared, uint32_t index);

/* Each version that it asks for must be one that the library has. */
bool shared_check_versions(struct shared *shared);

/* ---- shared_bind.c: what it uses of its libraries -------------------------
 */

/* The library that DT_NEEDED calls so, or NULL. */
const struct shared *shared_library(const struct shared *shared, span name);

/* True if its DT_NEEDED have the name. */
bool shared_names(const struct shared *shared, span library);

/* True if that is its DT_SONAME, or the name of its file. */
bool shared_is_called(const struct shared *library, span name);

/* Gives undefined symbols the definitions of its DT_NEEDED libraries. */
bool shared_bind(struct shared *shared);

/* ---- shared_place.c: where it lies --------------------------------------- */

bool shared_place(struct shared *shared);
bool shared_copy(struct shared *shared);

/* ---- shared_x86_64.c ----------------------------------------------------- */

/* Checks all relocations, and counts what the kernel is left to do. */
bool shared_check_relocations(struct shared *shared);
bool shared_relocate(struct shared *shared);

/* Whether eight bytes can be written at an address, and where they are. */
bool shared_check_place(struct shared *shared, uint64_t address);
char *shared_place_at(const struct shared *shared, uint64_t address);

/* ---- shared_lazy.c ------------------------------------------------------- */

/* Refers to what the kernel needs for it, before imports are entered. */
bool shared_lazy_refer(struct shared *shared);

/* Makes the link map's section. */
bool shared_lazy_make(struct shared *shared);

/* True if the place keeps what is in it, moved. */
bool shared_is_lazy_slot(const struct shared *shared,
                         const struct shared_relocation *r);

/* Writes the link map, GOT[1] and GOT[2]. */
void shared_lazy_fill(const struct shared *shared);

#endif
