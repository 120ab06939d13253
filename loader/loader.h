/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's data, in the order in which it comes to be: bytes, objects,
 * symbols, layout, image. Each part names the file that fills it; later stages
 * read it and trust it.
 */
#ifndef BOOTLINK_LOADER_H
#define BOOTLINK_LOADER_H

#include "base.h"
#include "script.h"

struct link;

/* ---- elf.c: an object, ELF32 and ELF64 alike [gABI: Object Files] ---------- */

/* One relocation in normal form [gABI: Relocation]. */
struct relocation {
    uint64_t offset; /* in the section it applies to */
    uint32_t type;   /* R_X86_64_... */
    uint32_t symbol; /* index into its object's symbols, checked */
    int64_t addend;
};

/* Where in the output one part of it comes from. */
enum section_state {
    SECTION_OPEN,      /* not placed yet */
    SECTION_PLACED,    /* `output` is set */
    SECTION_DISCARDED, /* by /DISCARD/ or a script's EXCLUDE */
    SECTION_DUPLICATE, /* in a COMDAT group that another object won */
    SECTION_IGNORED,   /* tables the linker reads: SHT_SYMTAB, SHT_RELA ... */
};

/* An input section. */
struct section {
    struct object *object;
    span name;
    uint32_t index;  /* in the section header table */
    uint32_t type;   /* SHT_... */
    uint64_t flags;  /* SHF_... */
    uint64_t size;
    uint64_t align;  /* a power of two, at least 1 */
    uint64_t entry_size;
    uint32_t link, info;
    span bytes;      /* contents; empty for SHT_NOBITS */

    span relocations;          /* Elf64_Rela or Elf64_Rel as in the file */
    uint32_t relocation_count;
    bool has_addends;          /* SHT_RELA; else the addend is in the place */

    enum section_state state;
    struct output_section *output; /* if SECTION_PLACED */
    uint64_t offset;               /* within `output` */
};

struct object {
    span name;   /* for messages: "kernel/net.o", "lib.a(x.o)" */
    span file;   /* for patterns: the path of the file or of its archive */
    span member; /* "x.o", or empty */
    span bytes;
    struct section *sections; /* by index; [0] is the null section */
    uint32_t section_count;
    struct symbol **symbols; /* by index; [0] is the null symbol */
    uint32_t symbol_count;
    uint32_t first_global;
    struct section *common; /* where its common symbols went, or NULL */
    struct object *next;    /* in link order */
};

/* True if the bytes are an ELF file of any kind. */
bool elf_is_object(span bytes);

/* Reads and validates headers, sections, symbols and relocations of an
 * ET_REL file for x86-64. Locals become symbols of their own, globals are
 * entered into the symbol table (symbols.c). Every index, offset and string is
 * in bounds afterwards. NULL after reporting. */
struct object *elf_open(struct link *link, span file, span member, span bytes);

/* The i-th relocation of a section, i < relocation_count. */
struct relocation relocation_at(const struct section *section, uint32_t i);

/* ---- archive.c [GNU and BSD ar] --------------------------------------------- */

struct member {
    span name;
    span bytes;
    bool taken;
};

struct archive {
    span name;
    struct member *members; /* in the order of the file */
    uint64_t member_count;
    struct archive_symbol *symbols; /* in the order of the symbol index */
    uint64_t symbol_count;
};

struct archive_symbol {
    span name;
    uint64_t member; /* index into members */
};

bool archive_is_archive(span bytes);
struct archive *archive_open(struct link *link, span name, span bytes);

/* ---- inputs.c: the command line ------------------------------------------------ */

/* Opens every input in order and takes archive members as references ask for
 * them. Afterwards no object is added. */
bool inputs_open(struct link *link);

/* ---- symbols.c: who defines what [gABI: Symbol Table] --------------------------- */

enum symbol_state {
    SYMBOL_UNDEFINED,
    SYMBOL_DEFINED,  /* at `value` in `section` */
    SYMBOL_ABSOLUTE, /* `value` is its value */
    SYMBOL_COMMON,   /* `value` is its alignment; none are left after select */
    SYMBOL_SCRIPT,   /* at `value` in `output`, or absolute if that is NULL */
    SYMBOL_IMPORTED, /* `value` is its address, in another image */
};

struct symbol {
    span name;
    uint64_t hash;
    struct object *object; /* that defines it; if undefined, that mentioned it
                              first; NULL for the script's */
    struct section *section;
    struct output_section *output;
    uint64_t value;
    uint64_t size;
    uint8_t state;      /* enum symbol_state */
    uint8_t type;       /* STT_... */
    uint8_t binding;    /* STB_... */
    uint8_t visibility; /* STV_..., the most constraining one seen */
    bool is_referenced;   /* an object or the script uses it */
    bool is_needed;       /* ... by a reference that is not weak */
    bool is_exported;     /* EXPORT_SYMBOL names it */
    bool needs_got;
    bool in_discarded;    /* defined in a section that was left out */
    uint32_t got_index;   /* if needs_got */
    struct symbol *next;  /* in order of first mention */
};

struct symbol_table {
    struct symbol **slots; /* open addressing, a power of two of them */
    uint64_t slot_count;
    uint64_t count;
    struct symbol *first, **last; /* in order of first mention */
};

/* The symbol of that name, entered as undefined if it is new; NULL if there is
 * no memory. */
struct symbol *symbol_enter(struct link *link, span name);
/* The symbol of that name, or NULL. */
struct symbol *symbol_find(const struct link *link, span name);

/* One mention of a global symbol by an object: a definition or a reference.
 * Decides by symbol_rank() whether it replaces what is there. */
struct symbol_mention {
    struct object *object;
    struct section *section; /* SYMBOL_DEFINED */
    uint64_t value, size;
    uint8_t state, type, binding, visibility;
};
bool symbol_mention(struct link *link, struct symbol *symbol,
                    const struct symbol_mention *mention);

/* The final virtual address (or absolute value), after layout. */
uint64_t symbol_address(const struct symbol *symbol);

/* Reports every symbol that is needed and not defined, with its places. */
bool symbols_check(struct link *link);

/* ---- sections.c: what goes in ------------------------------------------------------ */

/* True if this object is the first with that COMDAT signature, which makes its
 * copy the one that stays. [gABI: Section Groups] */
bool group_claim(struct link *link, span signature, struct object *object);

/* Allocates common symbols in one section per object. */
bool commons_allocate(struct link *link);

/* ---- script_match.c, orphans.c: which pattern takes which section ------------------- */

bool script_match(struct link *link);
bool orphans_place(struct link *link);

/* ---- layout.c: addresses -------------------------------------------------------------- */

/* A part of an output section in order: an input section, data of the script,
 * or a gap filled by the fill in force. */
enum piece_kind { PIECE_SECTION, PIECE_DATA, PIECE_FILL };

struct piece {
    enum piece_kind kind;
    uint64_t offset, size; /* in the output section */
    struct section *section;
    const struct command *data;
    uint64_t value; /* PIECE_DATA */
    span fill;      /* PIECE_FILL: the pattern; empty: zeros (or NOPs) */
    struct piece *next;
};

struct output_section {
    span name;
    struct section_statement *statement;
    uint32_t type;  /* SHT_... */
    uint64_t flags; /* SHF_... */
    uint64_t align;
    uint64_t entry_size;
    uint64_t address, load_address;
    uint64_t size;
    bool is_used;     /* it is in the output */
    bool has_content; /* an input section or script data is in it */
    struct piece *pieces, **last_piece;

    char *data;       /* write here; NULL for SHT_NOBITS in files */
    uint32_t index;   /* section header index, from 1, if is_used */
    uint64_t file_offset; /* in an output file */
    struct output_section *next; /* in script order */
};

/* A program header of the output [gABI: Program Header]. */
struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, load_address, file_size, memory_size, align;
    struct output_section **sections;
    uint64_t section_count;
    bool has_file_header, has_program_headers;
    struct program_header *next;
};

bool layout(struct link *link);
bool segments_plan(struct link *link);

/* ---- script_eval.c -------------------------------------------------------------------- */

/* A value with the section it is relative to. [GNU ld manual: Expression
 * Section] */
struct value {
    bool is_known;  /* false: depends on something not known (yet) */
    bool is_number; /* a plain number: neither an address nor relative */
    struct output_section *section; /* relative to it; NULL: absolute */
    uint64_t number;
};

/* ---- got.c ---------------------------------------------------------------------------- */

/* Finds what needs a GOT entry and relaxes what does not. [psABI B.2] */
bool got_plan(struct link *link);
/* Writes the GOT's contents. */
void got_fill(struct link *link);

/* ---- image.c: copy, relocate, zero ------------------------------------------------------ */

bool image_allocate(struct link *link);
bool image_emit(struct link *link);

/* ---- exports.c ---------------------------------------------------------------------------- */

/* Reads the names that EXPORT_SYMBOL marks. */
bool exports_collect(struct link *link);
/* The symbol table that the kernel, backtraces and modules get. */
bool exports_fill(struct link *link);

/* ---- link.c -------------------------------------------------------------------------------- */

struct link {
    const struct bootlink_world *world;
    const struct bootlink_request *request;
    struct bootlink_image *image; /* the result */
    struct arena arena;           /* everything below lives in it */
    uint64_t error_count;

    /* open inputs, resolve */
    struct object *objects, **last_object;
    struct symbol_table symbols;
    struct symbol_table groups; /* COMDAT signatures */
    struct object *linker;      /* owner of what the linker makes */

    /* place */
    struct script script;
    struct output_section *outputs, **last_output;
    struct program_header *headers;
    uint64_t page_size;
    struct value dot;
    struct symbol *entry;

    /* tables */
    struct section *got;
    uint64_t got_count;
};

/* Reports and counts an error of this link; returns false. */
bool link_error(struct link *link, enum bootlink_class class_,
                const char *format, ...) PRINTF(3, 4);

#endif
