/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the linker reads: objects with their sections and relocations, archives
 * with their members, and the files that hold them.
 */
#ifndef BOOTLINK_OBJECTS_H
#define BOOTLINK_OBJECTS_H

#include "base.h"
#include "reloc.h"
#include "script.h"

#include <elf.h>

#ifndef SHF_GNU_RETAIN
#define SHF_GNU_RETAIN (1 << 21) /* older <elf.h> lack it */
#endif

/* Data that is far from code [psABI 4.2.1, 4.3]; <elf.h> lacks these. */
#ifndef SHF_X86_64_LARGE
#define SHF_X86_64_LARGE 0x10000000
#endif
#ifndef SHN_X86_64_LCOMMON
#define SHN_X86_64_LCOMMON 0xff02
#endif

struct link;

/* ---- elf.c: an object, ELF32 and ELF64 alike [gABI: Object Files] ------- */

/* One relocation in normal form [gABI: Relocation]. */
struct relocation {
    uint64_t offset; /* in the section it applies to */
    uint32_t type;   /* R_X86_64_... */
    uint32_t symbol; /* index into its object's symbols, checked */
    int64_t addend;
};

/* What is known of the relocations of a section. */
enum relocations_seen {
    RELOCATIONS_SOUND = 1, /* types are known, symbols and places in bounds */
    RELOCATIONS_GOT = 2,   /* some read the GOT, and got_plan() looks at them */
    RELOCATIONS_LOADS = 4, /* some would, but for got_foresee() */
    RELOCATIONS_UNSOUND = 8, /* for elf_relocations.c: some are not sound */
};

/* Where in the output one part of it comes from. */
enum section_state {
    SECTION_OPEN,      /* not placed yet */
    SECTION_PLACED,    /* `output` is set */
    SECTION_DISCARDED, /* by /DISCARD/ or a script's EXCLUDE */
    SECTION_DUPLICATE, /* a COMDAT group that another object won has it */
    SECTION_IGNORED, /* groups, which the linker reads, and the null section */
};

/* An input section. */
struct section {
    struct object *object;
    span name;
    uint32_t index; /* in the section header table */
    uint32_t type;  /* SHT_... */
    uint64_t flags; /* SHF_... */
    uint64_t size;
    uint64_t align; /* a power of two, at least 1 */
    uint32_t entry_size;
    uint32_t traits; /* if an orphan: see orphans.h */
    uint32_t link, info;
    span bytes; /* contents; empty for SHT_NOBITS */

    union {
        const char *relocations;   /* Elf64_Rela or Elf64_Rel as in the file */
        struct section *next_made; /* in object->made; these have none */
    };
    uint32_t relocation_count;
    bool has_addends; /* SHT_RELA; else the addend is in the place */
    bool is_no_table; /* one of the linker's that has nothing to hold */
    uint8_t seen;     /* of its relocations, RELOCATIONS_...; 0: not known */

    uint8_t state;                 /* enum section_state */
    struct output_section *output; /* if SECTION_PLACED */
    union {
        uint64_t offset;       /* likewise: within `output` */
        struct section *stays; /* else, of a SECTION_DUPLICATE, its like in
                                  the copy that stays, or NULL */
    };
    struct eh_frame *frame; /* .eh_frame that is edited */
    union {
        struct vertex *vertex; /* for gc.c, which clears it; NULL: nothing to
                                  decide */
        struct merged_section *merged; /* by merge.c; NULL: it is as it was */
    };
};

/* Where a reference finds a symbol: what its record, a struct symbol, begins
 * with. A local has no more than that until somebody wants its record, since
 * most are named by nothing but relocations, or by nothing at all: locals.h. */
struct __attribute__((may_alias)) symbol_place {
    union {
        uint64_t address;              /* if OPERAND_PLAIN */
        const struct section *section; /* if OPERAND_MERGED, and bare */
    };
    uint8_t operand; /* enum symbol_operand */
    uint8_t state;   /* enum symbol_state; SYMBOL_BARE: it has no record */
    uint8_t type;    /* STT_...; if bare, 0 */
};

/* A symbol of an object. */
union symbol_ref {
    const struct symbol_place *at;
    struct symbol *symbol; /* if that is not SYMBOL_BARE, as no global is */
};

struct object {
    span name;   /* for messages: "kernel/net.o", "lib.a(x.o)" */
    span file;   /* for patterns: the path of the file or of its archive */
    span alias;  /* how a script names it, if it was found elsewhere */
    span member; /* "x.o", or empty */
    span bytes;
    struct section *sections; /* what has contents, and groups, in the order of
                                 their headers; [0] is the null section */
    uint32_t section_count;
    uint32_t header_count;
    uint32_t *places; /* by header: which of `sections`; 0: none, a table */
    union symbol_ref *symbols; /* by index; [0] is the null symbol */
    uint32_t symbol_count;
    uint32_t first_global;
    const char *locals; /* Elf64_Sym of each, as in the file, checked ... */
    const char *local_names; /* ... and where their names begin */
    struct link *link;       /* for records that they want, if any is bare */
    uint32_t number;         /* in link order, from 0 */
    uint64_t *symbol_sums;   /* for elf_groups.c, by section; NULL: not asked */
    bool has_commons; /* a common symbol is or was to be allocated in it ... */
    bool has_large_commons; /* ... or a large one */
    bool is_elsewhere;      /* -R: only its symbols are read */
    bool is_binary;         /* of any bytes: it says nothing of itself */
    bool has_local_entries; /* local symbols with one in .got or .iplt */
    bool has_ifuncs;        /* its symbol table names an indirect function */
    uint8_t seen; /* of relocations of its sections, RELOCATIONS_GOT (or not
                     known) and _LOADS */
    struct ifunc_pointer *pointers; /* to indirect functions, in its data */
    struct ifunc_pointer **last_pointer;
    const struct section *stack_note; /* .note.GNU-stack, or NULL */
    uint32_t first_note;    /* in `sections`: the first that is called as other
                               notes are; 0: there is none */
    uint64_t section_flags; /* SHF_... that any of its sections has ... */
    uint64_t section_names; /* ... and name_family() of all but that note */
    struct section *made;   /* sections that the linker made for it: COMMON,
                               .got */
    struct object *next;    /* in link order */
};

/* A bit for how a name begins: that of ".not", of ".gnu", of ".tex". Another
 * one may share it. So who looks for sections by name passes by the objects
 * that have none such, which are most: 15 instructions less for each section.
 * By this factor none of the 30 usual beginnings meets another. */
static inline uint64_t name_family(span name)
{
    return name.size < 4 ? 1 : 1ull << (read32(name.data) * 0x3fd3bb67u >> 26);
}

/* The section of a header, of which there are object->header_count; the null
 * section for tables that the linker reads. */
static inline struct section *object_section(const struct object *object,
                                             uint32_t index)
{
    return &object->sections[object->places[index]];
}

/* True if the bytes are an ELF file of any kind. */
bool elf_is_object(span bytes);

/* True if `head` begins an executable (ET_EXEC). */
bool executable_is(span head);

/* True if `head` begins a shared object (ET_DYN). */
bool elf_is_shared(span head);

/* True if the object in `bytes` defines the global `name`, other than as a
 * common symbol. Reports nothing. */
bool elf_defines(struct link *link, span bytes, span name);

/* Reads and validates headers, sections, symbols and relocations of an
 * ET_REL file for x86-64. Locals stay as they are there (locals.h), globals are
 * entered into the symbol table (symbols.c). Every index, offset and string is
 * in bounds afterwards. If it `has_plain_names`, as the index of an archive can
 * tell, nobody looks whether a definition has a version. NULL after reporting.
 */
struct object *elf_open(struct link *link, span file, span member, span bytes,
                        bool has_plain_names);

/* Enters the global symbols that an executable or object defines, with their
 * values, and nothing else of it. */
bool elf_open_symbols(struct link *link, span file, span bytes);

/* ---- binary.c ------------------------------------------------------------ */

/* Makes an object of any bytes: .data and _binary_FILE_start, _end and _size.
 * NULL after reporting. */
struct object *binary_open(struct link *link, span file, span bytes);

/* ---- elf_relocations.c -------------------------------------------------- */

/* Looks at the relocations of a section that goes into the output, and returns
 * what it saw. 0 after reporting all that are not sound. */
unsigned relocations_look(struct link *link, const struct section *section);

/* Looks at those of an object's sections that may go in, and remembers what is
 * there, if all is sound. */
void relocations_foresee(struct link *link, struct object *object);

/* relocation_at() for SHT_REL. */
struct relocation relocation_with_addend_in_place(const struct section *section,
                                                  uint32_t i);

/* Parts of one of a section that has_addends. */
static inline uint64_t relocation_offset(const char *entry)
{
    return read64(entry + offsetof(Elf64_Rela, r_offset));
}

static inline uint32_t relocation_type(const char *entry)
{
    return read32(entry + offsetof(Elf64_Rela, r_info));
}

static inline uint32_t relocation_symbol(const char *entry)
{
    return read32(entry + offsetof(Elf64_Rela, r_info) + sizeof(uint32_t));
}

static inline int64_t relocation_addend(const char *entry)
{
    return (int64_t)read64(entry + offsetof(Elf64_Rela, r_addend));
}

/* All of it. Field by field, so that who asks gets it in registers: half the
 * instructions of a copy. */
static inline struct relocation relocation_in_table(const char *entry)
{
    return (struct relocation){relocation_offset(entry), relocation_type(entry),
                               relocation_symbol(entry),
                               relocation_addend(entry)};
}

/* The i-th relocation of a section, i < relocation_count. */
static inline struct relocation relocation_at(const struct section *section,
                                              uint32_t i)
{
    return section->has_addends
               ? relocation_in_table(section->relocations +
                                     (size_t)i * sizeof(Elf64_Rela))
               : relocation_with_addend_in_place(section, i);
}

/* Where it is: both kinds begin with the place, the type and the symbol. */
static inline const char *relocation_entry(const struct section *section,
                                           uint32_t i)
{
    size_t size = section->has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    return section->relocations + i * size;
}

/* Nothing but its type. */
static inline uint32_t relocation_type_at(const struct section *section,
                                          uint32_t i)
{
    return relocation_type(relocation_entry(section, i));
}

/* ---- archive.c [GNU and BSD ar] ----------------------------------------- */

struct member {
    span archive; /* the name of the archive that it is in */
    span name;
    span bytes;
    uint64_t offset; /* of its header, as the symbol index names it */
    bool taken;
    bool is_unread; /* nothing is known of it but the offset */

    bool is_outside;       /* of a thin archive: a file not opened yet */
    uint64_t inner_offset; /* ... or in an archive, at this offset, if not 0 */
};

enum { ARCHIVE_HEADER_SIZE = 60 }; /* in front of each member */

struct archive {
    span name, bytes;
    uint64_t next;          /* the offset of the header to be read next */
    span long_names;        /* the content of "//" */
    struct member *members; /* in the order of the file; of one that has an
                               index only what that names, and the first */
    uint64_t member_count, member_capacity;
    span index;           /* the content of the symbol index; NULL: none */
    unsigned index_width; /* of its big-endian numbers: 4, 8; 0: BSD's */
    bool is_thin;
    struct archive *next_opened; /* in link->archives */
    struct archive *inner;       /* archives that a thin one refers to ... */
    struct archive *next_inner;
    span name_in_outer; /* ... by this name */

    /* for archive_search.c */
    unsigned turns; /* over the whole index */
    uint64_t asked; /* how many of link->wanted it was asked for */

    /* for archive_index.c and archive_names.c */
    struct archive_symbol *symbols; /* in the order of the symbol index */
    uint64_t symbol_count;
    bool has_versions; /* an '@' is in a name of the index */
    uint64_t seed;     /* of the symbols' hashes */
    uint32_t *slots;   /* places in `symbols`, + 1; 0: none. NULL until a second
                          turn */
    uint64_t slot_count;
};

/* A member behind all others, of which nothing is known yet; NULL if there is
 * no memory. */
static inline struct member *archive_new_member(struct arena *arena,
                                                struct archive *archive)
{
    struct member *members = archive->members;
    if (archive->member_count == archive->member_capacity)
        members = arena_grow(arena, members, archive->member_count,
                             &archive->member_capacity, sizeof(*members));
    if (!members)
        return NULL;
    archive->members = members;
    return &members[archive->member_count++];
}

struct archive_symbol {
    span name;
    uint64_t hash;   /* of the name without its version */
    uint32_t member; /* index into members */
    uint32_t next;   /* the next place of its name, + 1; 0: none */
};

bool archive_is_archive(span bytes);

/* Reads on: all members or, if there is an index, as far as the first. False
 * after reporting. */
bool archive_read(struct link *link, struct archive *archive, bool all);

/* The same from the start. NULL after reporting. */
struct archive *archive_open(struct link *link, span name, span bytes,
                             bool all);

/* Reads a member of which nothing is known but the offset. */
bool archive_read_member(struct link *link, struct archive *archive,
                         struct member *member);

/* Reports what is wrong at an offset; false. */
bool archive_damaged(struct link *link, const struct archive *archive,
                     uint64_t offset, const char *what);

/* Finds the member whose header is at `offset`. */
bool archive_member_at(const struct archive *archive, uint64_t offset,
                       uint64_t *index);

/* archive_thin.c: gets name and bytes of a member that is wanted; those of a
 * thin archive are in files of their own. */
bool member_open(struct link *link, struct archive *archive,
                 struct member *member);

/* ---- archive_index.c ---------------------------------------------------- */

/* Reads the symbol index. False after reporting. */
bool archive_read_index(struct link *link, struct archive *archive);

/* ---- archive_names.c ---------------------------------------------------- */

/* The name at a place of the symbol index, without its version. */
span archive_name(const struct archive *archive, uint64_t place);

/* Makes names known, if they are not. False if there is no memory. */
bool archive_enter_names(struct link *link, struct archive *archive);

/* The first place of the index that has the name, + 1; 0 if none has. */
uint32_t archive_find_name(const struct archive *archive, span name);

/* ---- archive_search.c --------------------------------------------------- */

/* Takes the members that define what is wanted, until there are none. Adds
 * their number to `*taken`. */
bool archive_search(struct link *link, struct archive *archive,
                    uint64_t *taken);

/* ---- scripts.c: the scripts of the command line -------------------------- */

/* Reads --defsym and the layout scripts into link->script, and what they ask
 * for by INPUT and GROUP into link->script_turns. */
bool scripts_read(struct link *link);

/* ---- input_nothing.c ----------------------------------------------------- */

/* An object with nothing in it, if a file may be made of such inputs; or NULL.
 */
struct object *input_nothing(struct link *link);

/* ---- inputs.c: the command line ----------------------------------------- */

/* Opens a member as an object of the link. */
bool member_take(struct link *link, struct archive *archive,
                 struct member *member);

/* Opens every input in order and takes archive members as references ask for
 * them. Afterwards no object is added. */
bool inputs_open(struct link *link);

#endif
