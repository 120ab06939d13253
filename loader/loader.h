/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's data, in the order in which it comes to be: bytes, objects,
 * symbols, layout, image. Each part names the file that fills it; later stages
 * read it and trust it.
 */
#ifndef BOOTLINK_LOADER_H
#define BOOTLINK_LOADER_H

#include "base.h"
#include "reloc.h"
#include "script.h"

#include <elf.h>

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
    uint32_t index; /* in the section header table */
    uint32_t type;  /* SHT_... */
    uint64_t flags; /* SHF_... */
    uint64_t size;
    uint64_t align; /* a power of two, at least 1 */
    uint64_t entry_size;
    uint32_t link, info;
    span bytes; /* contents; empty for SHT_NOBITS */

    span relocations; /* Elf64_Rela or Elf64_Rel as in the file */
    uint32_t relocation_count;
    bool has_addends; /* SHT_RELA; else the addend is in the place */
    bool is_no_table; /* one of the linker's that has nothing to hold */

    enum section_state state;
    struct output_section *output; /* if SECTION_PLACED */
    uint64_t offset;               /* within `output` */
    unsigned traits;               /* if an orphan: see orphans.h */
    struct vertex *vertex;         /* for gc.c; NULL: nothing to decide */
    struct eh_frame *frame;        /* .eh_frame that is edited */
    struct section *stays;         /* if SECTION_DUPLICATE, its like in the
                                      copy that stays, or NULL */
    struct section *next_made;     /* in object->made */
    struct merged_section *merged; /* by merge.c; NULL: it is as it was */
};

struct object {
    span name;   /* for messages: "kernel/net.o", "lib.a(x.o)" */
    span file;   /* for patterns: the path of the file or of its archive */
    span alias;  /* how a script names it, if it was found elsewhere */
    span member; /* "x.o", or empty */
    span bytes;
    struct section *sections; /* by index; [0] is the null section */
    uint32_t section_count;
    struct symbol **symbols; /* by index; [0] is the null symbol */
    uint32_t symbol_count;
    uint32_t first_global;
    bool has_commons; /* a common symbol is or was to be allocated in it ... */
    bool has_large_commons;         /* ... or a large one */
    struct ifunc_pointer *pointers; /* to indirect functions, in its data */
    struct ifunc_pointer **last_pointer;
    struct section *made; /* sections that the linker made for it: COMMON,
                             .got */
    struct object *next;  /* in link order */
};

/* True if the bytes are an ELF file of any kind. */
bool elf_is_object(span bytes);

/* True if the object in `bytes` defines the global `name`, other than as a
 * common symbol. Reports nothing. */
bool elf_defines(struct link *link, span bytes, span name);

/* Reads and validates headers, sections, symbols and relocations of an
 * ET_REL file for x86-64. Locals become symbols of their own, globals are
 * entered into the symbol table (symbols.c). Every index, offset and string is
 * in bounds afterwards. NULL after reporting. */
struct object *elf_open(struct link *link, span file, span member, span bytes);

/* Enters the global symbols that an executable or object defines, with their
 * values, and nothing else of it. */
bool elf_open_symbols(struct link *link, span file, span bytes);

/* ---- binary.c ------------------------------------------------------------ */

/* Makes an object of any bytes: .data and _binary_FILE_start, _end and _size.
 * NULL after reporting. */
struct object *binary_open(struct link *link, span file, span bytes);

/* ---- elf_relocations.c -------------------------------------------------- */

/* Checks the relocations of a section that goes into the output: types are
 * known, symbols and places are in bounds. Reports all that are not. */
bool relocations_check(struct link *link, const struct section *section);

/* The i-th relocation of a section, i < relocation_count. */
struct relocation relocation_at(const struct section *section, uint32_t i);

/* The symbol that a checked relocation of the section names. */
struct symbol *symbol_at(struct link *link, const struct section *section,
                         uint32_t index);

/* ---- archive.c [GNU and BSD ar] ----------------------------------------- */

struct member {
    span archive; /* the name of the archive that it is in */
    span name;
    span bytes;
    uint64_t offset; /* of its header, as the symbol index names it */
    bool taken;

    bool is_outside;       /* of a thin archive: a file not opened yet */
    uint64_t inner_offset; /* ... or in an archive, at this offset, if not 0 */
};

struct archive {
    span name;
    struct member *members; /* in the order of the file */
    uint64_t member_count;
    struct archive_symbol *symbols; /* in the order of the symbol index */
    uint64_t symbol_count;
    bool has_index;
    bool is_thin;
    struct archive *inner; /* archives that a thin one refers to ... */
    struct archive *next_inner;
    span name_in_outer; /* ... by this name */

    /* for archive_search.c */
    bool is_searched;
    uint64_t asked;             /* how many of link->wanted it was asked for */
    struct symbol_table *names; /* `value` is the first place in `symbols`, + 1;
                                   NULL until a second turn */
};

struct archive_symbol {
    span name;
    uint64_t member; /* index into members */
    uint64_t next;   /* the next place of its name, + 1; 0: none */
};

bool archive_is_archive(span bytes);
struct archive *archive_open(struct link *link, span name, span bytes);

/* Finds the member whose header is at `offset`. */
bool archive_member_at(const struct archive *archive, uint64_t offset,
                       uint64_t *index);

/* archive_thin.c: gets the bytes of a member that is wanted; those of a thin
 * archive are in files of their own. */
bool member_open(struct link *link, struct archive *archive,
                 struct member *member);

/* ---- archive_search.c --------------------------------------------------- */

/* Takes the members that define what is wanted, until there are none. Adds
 * their number to `*taken`. */
bool archive_search(struct link *link, struct archive *archive,
                    uint64_t *taken);

/* ---- scripts.c: the scripts of the command line -------------------------- */

/* Reads --defsym and the layout scripts into link->script, and what they ask
 * for by INPUT and GROUP into link->script_inputs. */
bool scripts_read(struct link *link);

/* ---- inputs.c: the command line ----------------------------------------- */

/* Opens a member as an object of the link. */
bool member_take(struct link *link, struct archive *archive,
                 struct member *member);

/* Opens every input in order and takes archive members as references ask for
 * them. Afterwards no object is added. */
bool inputs_open(struct link *link);

/* ---- symbols.c: who defines what [gABI: Symbol Table] ------------------- */

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
    span versioned; /* name@@VERSION, if its definition has one */
    uint64_t hash;
    struct object *object; /* that defines it; if undefined, that mentioned it
                              first; NULL for the script's */
    struct section *section;
    struct output_section *output;
    struct region *region; /* of link->region_names */
    uint64_t value;
    uint64_t size;
    uint8_t state;         /* enum symbol_state */
    uint8_t type;          /* STT_... */
    uint8_t binding;       /* STB_... */
    uint8_t visibility;    /* STV_..., the most constraining one seen */
    bool is_referenced;    /* an object or the script uses it */
    bool is_needed;        /* ... by a reference that is not weak */
    bool is_exported;      /* EXPORT_SYMBOL names it */
    bool is_wrapped;       /* --wrap names it */
    bool may_be_undefined; /* nobody minds */
    bool is_named;         /* a relocation of the output names it */
    bool is_asked_for;     /* -u names it */
    bool is_root;          /* the command line or the script asks for it */
    bool is_assigned;      /* for gc.c: the script gives it its value */
    bool is_marked;        /* --gc-sections has come by */
    bool is_near;          /* SYMBOL_SCRIPT: in `output` for the output only; to
                              expressions it is an address */
    bool is_hidden;        /* SYMBOL_SCRIPT: by HIDDEN or PROVIDE_HIDDEN */
    bool is_large;         /* SYMBOL_COMMON: by all mentions far from code */
    bool has_warning;      /* in link->warnings, for those who use it */
    bool needs_got;        /* an entry in .got */
    bool needs_plt;        /* an indirect function: an entry in .iplt */
    bool is_compared;      /* likewise: its address is used as a value */
    bool is_valued;        /* SYMBOL_SCRIPT: `value` is known */
    bool is_read;          /* the script looks at it */
    uint64_t assigned_in;  /* SYMBOL_SCRIPT: the last walk that assigned it */
    const struct command *provider; /* the PROVIDE that defined it */
    struct symbol *alias;           /* for gc.c: it moves with this one */
    struct symbol *same;            /* this name means that symbol */
    uint32_t output_index;          /* in the symbol table of an output file */
    uint32_t got_index, plt_index;  /* if needs_got, needs_plt */
    uint32_t reported;              /* how often it was reported as undefined */
    struct symbol *next;            /* in order of first mention */
};

struct symbol_table {
    struct symbol **slots; /* open addressing, a power of two of them */
    uint64_t slot_count;
    uint64_t count;
    uint64_t seed;                /* of the hash of names */
    struct symbol *first, **last; /* in order of first mention */
};

/* ---- symbol_table.c ----------------------------------------------------- */

/* The symbol of that name in a table, entered as undefined if it is new; NULL
 * if there is no memory. */
struct symbol *symbol_table_enter(struct arena *arena,
                                  struct symbol_table *table, span name);

/* The symbol of that name in a table, or NULL. */
struct symbol *symbol_table_find(const struct symbol_table *table, span name);

/* ---- symbols.c ---------------------------------------------------------- */

/* The same two for the link's symbols. */
struct symbol *symbol_enter(struct link *link, span name);
struct symbol *symbol_find(const struct link *link, span name);

/* The symbol that a reference of that name means: --wrap may give it another.
 * Entered if it is new. */
struct symbol *symbol_enter_reference(struct link *link, span name);

/* One mention of a global symbol by an object: a definition or a reference.
 * Decides by symbol_rank() whether it replaces what is there. */
struct symbol_mention {
    struct object *object;
    struct section *section; /* SYMBOL_DEFINED */
    uint64_t value, size;
    uint8_t state, type, binding, visibility;
    bool is_large;  /* SYMBOL_COMMON: SHN_X86_64_LCOMMON */
    span versioned; /* name@@VERSION, or empty */
};
bool symbol_mention(struct link *link, struct symbol *symbol,
                    const struct symbol_mention *mention);

/* Its name in the output: with the version, if the definition has one. */
span symbol_output_name(const struct symbol *symbol);

/* The symbols for which `wants` is true, in the order in which GNU ld comes by
 * them when it allocates: that of its hash table. NULL if there is no memory.
 */
struct symbol **symbols_as_gnu_ld(struct link *link,
                                  bool (*wants)(const struct symbol *symbol),
                                  uint64_t *count);

/* Defines what is still undefined by what other images export. */
bool imports_enter(struct link *link);

/* False for what is not defined, or in a section that is not in the output. */
bool symbol_has_address(const struct symbol *symbol);

/* Where a symbol in a placed section comes to lie in its output section. In
 * .eh_frame a label goes where its record goes; the symbol of the section, from
 * which relocations count, stays with the section: so has it GNU ld. */
uint64_t symbol_output_offset(const struct symbol *symbol);

/* The final virtual address (or absolute value), after layout. For an indirect
 * function that is its resolver's; references ask symbol_target(). */
uint64_t symbol_address(const struct symbol *symbol);

/* S, for a relocation with the addend A. The symbol of a merged section stands
 * for the byte at A in it, wherever that is now; A does not count from there.
 */
uint64_t symbol_operand(const struct symbol *symbol, int64_t addend);

/* ---- versions.c: symbol versions ---------------------------------------- */

/* The symbol that a definition of that name is one of, entered if it is new;
 * completes the mention. NULL if there is no memory, or after reporting. */
struct symbol *version_enter(struct link *link, span name,
                             struct symbol_mention *mention);

/* The symbol that such a definition would define, or NULL. */
struct symbol *version_find(struct link *link, span name);

/* The name without its version. */
span version_base(span name);

/* Lets objects that were read before a definition name its symbol. */
bool versions_settle(struct link *link);

/* ---- sections.c: what goes in ------------------------------------------- */

/* The first group with that COMDAT signature, which is the one that stays. NULL
 * if there is no memory. [gABI: Section Groups] */
struct section *group_claim(struct link *link, span signature,
                            struct section *group);

/* Gives an object one more section, behind its own. NULL if there is no memory.
 */
struct section *section_make(struct link *link, struct object *object,
                             struct section section);

/* The same for a table that the first object is to have, even if it holds
 * nothing. */
struct section *section_make_table(struct link *link, struct section section);

bool section_is_common(const struct section *section);

/* True for the names of sections that only debuggers read ... */
bool is_debugging_name(span name);
/* ... and for such sections. */
bool section_is_debugging(const struct section *section);

/* Where byte `offset` of a placed section comes to lie in its output section:
 * the one answer for symbols, relocations and places. */
uint64_t section_output_offset(const struct section *section, uint64_t offset);
/* Where the relocated word at `offset` goes: see words_run_backwards(). */
uint64_t section_word_offset(const struct section *section, uint64_t offset);
/* Constructors of .ctors run from the last to the first, those of .init_array
 * from the first on; the same for .dtors and .fini_array. So the one that the
 * script puts into the other has its words in reverse. */
bool words_run_backwards(const struct section *section);

/* True if the section keeps to itself whatever the script says: --unique says
 * so, and in an object members of groups do. [gABI: Section Groups] */
bool section_stays_apart(const struct link *link,
                         const struct section *section);

/* Allocates common symbols, in one section per object, and leaves out what is
 * not for the output. Afterwards no symbol is common. */
bool sections_select(struct link *link);

/* ---- gc.c: what is used ------------------------------------------------- */

/* --gc-sections: discards the sections that nothing reaches from the roots. */
bool gc_sections(struct link *link);

/* ---- script_match.c, orphans.c: which pattern takes which section ------- */

/* Gives each input section to the first pattern of the script that matches it,
 * and sorts what each pattern took. */
bool script_match(struct link *link);

/* Visits each section that a KEEP pattern of the script matches, whichever
 * pattern takes it in the end. False if there is no memory. */
bool script_each_kept(struct link *link,
                      void (*visit)(void *context, struct section *section),
                      void *context);

/* Gives the sections that no pattern took an output section of their own, where
 * GNU ld puts them. */
bool orphans_place(struct link *link);

/* Puts a section into the pattern that takes it. */
bool match_append(struct link *link, struct input_pattern *pattern,
                  struct section *section);

/* ---- link_order.c: sections that describe others ------------------------ */

/* Leaves out those that describe what is not in the output. */
bool link_order_discard(struct link *link);

/* Sorts the others as what they describe lies now. */
bool link_order_sort(struct link *link, bool *has_moved);

/* What the first input of an output section describes; NULL: nothing. */
const struct section *link_order_first(const struct output_section *output);

/* ---- outputs.c: output sections and what they are made of --------------- */

/* A part of an output section in order: an input section, data of the script,
 * or a gap filled by the fill in force. */
enum piece_kind { PIECE_SECTION, PIECE_DATA, PIECE_FILL };

struct piece {
    enum piece_kind kind;
    uint64_t offset, size; /* in the output section */
    struct section *section;
    uint64_t value; /* PIECE_DATA */
    span fill;      /* PIECE_FILL: repeated; empty: zeros, in code NOPs */
    struct piece *next;
};

struct output_section {
    span name;
    struct section_statement *statement;
    uint32_t type;          /* SHT_... */
    uint64_t flags;         /* SHF_... */
    uint64_t special_flags; /* that its name adds, if it has no inputs */
    uint64_t align;
    uint64_t entry_size;
    uint64_t address, load_address;
    uint64_t physical; /* where it is loaded in the end, in memory */
    uint64_t size;
    bool has_contents; /* something other than zeros goes into it */
    const struct section *first_input;
    bool has_section;    /* an input section or data is in it */
    bool has_input;      /* ... or an assignment, or a script asks */
    bool has_late_data;  /* an assignment comes first in it, then data */
    bool has_link_order; /* an input describes another section */
    bool has_symbol;     /* a symbol is assigned in it */
    bool is_kept;        /* stays in the output even if it comes out empty */
    bool is_removed;     /* it came out empty and is not in the output */
    bool is_discard;     /* /DISCARD/ */
    bool is_load_bound;  /* the script says where it is loaded */
    size_t start;        /* of request->starts, from 1, if one is its own */
    bool is_type_lost;   /* the first input says nothing of its type */
    bool has_data;       /* an input is data that are loaded */
    bool has_loaded;     /* an input is loaded, even if (INFO) says no */
    struct region *region, *load_region; /* >region AT>region; or NULL */
    struct piece *pieces, **last_piece;

    uint32_t link, info;   /* sh_link and sh_info */
    uint32_t symbol_index; /* of its section symbol, in an output file */
    uint32_t rela_index;   /* of its relocations there; 0: none */

    char *data;     /* write here; NULL if it has no bytes in the output */
    uint32_t index; /* section header index, from 1, if not removed */
    uint64_t file_offset;        /* in an output file */
    struct output_section *next; /* in script order */
    struct output_section *next_namesake;
    struct output_section *listed_before, *next_listed; /* header_order.c */
    bool is_listed;
    bool is_past_end;                       /* `_end = ...` stands above it */
    const struct script_name *header_names; /* in PHDRS, that it is in */
};

static inline bool output_is_in_memory(const struct output_section *output)
{
    return !output->is_removed && (output->flags & SHF_ALLOC);
}

/* What its header says. GNU ld places a section by the flags of what is in it,
 * those of a special name are added in the end. */
static inline uint64_t output_flags(const struct output_section *output)
{
    return output->flags | output->special_flags;
}

/* .tbss takes up no addresses: each thread has its own. */
static inline bool output_is_tls_bss(const struct output_section *output)
{
    return (output->flags & SHF_TLS) && output->type == SHT_NOBITS;
}

/* True for what lies in memory of its own: .tbss and what is empty do not. */
static inline bool output_takes_memory(const struct output_section *output)
{
    return output_is_in_memory(output) && output->size &&
           !output_is_tls_bss(output);
}

/* False for .bss and its likes. */
static inline bool output_is_in_file(const struct output_section *output)
{
    return output->type != SHT_NOBITS;
}

/* Makes the output sections of the script and gives them the types, flags and
 * alignments of what goes in. */
bool outputs_create(struct link *link);

/* The output section of one statement. */
struct output_section *output_create(struct link *link,
                                     struct section_statement *statement);

/* The type of its first input; SHT_NULL if that has none of its own. */
uint32_t output_input_type(const struct output_section *output);

/* Adds what an input section brings to type, flags and alignment. */
void output_add_section(struct link *link, struct output_section *output,
                        struct section *section);

/* Types a section that stays in the output though nothing is in it, not even a
 * gap: by its name. */
void output_keep_empty(struct output_section *output);

/* Enters an output section behind those of its name. */
bool output_enter_name(struct link *link, struct output_section *output);

/* The first output section of that name, or NULL; after orphans_place(). */
struct output_section *output_named(const struct link *link, span name);

/* Links all output sections into link->outputs, in the script's order. */
void outputs_thread(struct link *link);

/* ---- header_order.c: the order of section headers ----------------------- */

/* Lists those that the script has something for. */
void outputs_list(struct link *link);

/* Lists one as the last, if it is not listed yet. */
void output_list(struct link *link, struct output_section *output);

/* Lists one behind another, or as the first. */
void output_list_behind(struct link *link, struct output_section *output,
                        struct output_section *before);

/* What is listed and stands nearest in the script at or above a command. */
struct output_section *output_listed_above(struct link *link,
                                           const struct command *command);

/* ---- outputs.c again ---------------------------------------------------- */

/* Those for which `wants` is true, sorted. NULL if there is no memory. */
struct output_section **
outputs_sorted(struct link *link,
               bool (*wants)(const struct output_section *output),
               sort_order *order, uint64_t *count);

/* ---- merge.c: equal strings and constants become one -------------------- */

/* Merges what SHF_MERGE allows. Afterwards sections have their sizes in the
 * output. */
bool merge_sections(struct link *link);

/* section_output_offset() of a merged section. */
uint64_t merged_output_offset(const struct section *section, uint64_t offset);

/* Writes what stays of a merged section. */
void merged_emit(const struct section *section, char *to);

/* ---- script_eval.c ------------------------------------------------------ */

/* A value with what it is relative to. A plain number is neither an address nor
 * relative; inside an output section it counts from the section's start.
 * [GNU ld manual: The Section of an Expression] */
struct value {
    bool is_known; /* false: depends on something that is not known (yet) */
    bool is_number;
    bool is_near; /* for what is assigned only: see struct symbol */
    struct output_section *section; /* relative to it; NULL: absolute */
    uint64_t number;
};

/* The absolute address or number: of a relative value too. */
static inline uint64_t value_address(struct value v)
{
    return v.number + (v.section ? v.section->address : 0);
}

/* Where an expression stands. */
struct eval {
    struct link *link;
    struct output_section *section; /* NULL: outside of output sections */
    struct output_section *near;    /* if outside: what places belong to */
    uint64_t dot;                   /* absolute */
    bool has_used_dot;
    bool has_changed; /* a symbol got another value than in the last walk */
    bool is_final;    /* all is laid out: what is not known now is an error */
};

struct value script_eval(struct eval *eval, const struct expr *expr);
/* The same as an absolute address or number. */
struct value script_eval_absolute(struct eval *eval, const struct expr *expr);

/* ---- script_assign.c ---------------------------------------------------- */

/* Assigns to a symbol (not to "."), as `command` says: PROVIDE or not. */
bool script_assign(struct eval *eval, struct command *command);

/* Common symbols that the script assigns need no room. */
bool script_claim(struct link *link);

/* ---- regions.c: MEMORY --------------------------------------------------- */

/* A range of addresses; in a walk, how far it is full. */
struct region {
    const struct region_statement *statement; /* NULL: all of memory */
    span name;
    uint64_t origin, length;
    uint64_t current;            /* behind the last section in it */
    struct output_section *last; /* decides the next load address */
    bool is_full;
    struct region *next;
};

/* Lists the regions of the script. */
bool regions_open(struct link *link);

/* The region of that name or alias; NULL if there is none. */
struct region *region_find(const struct link *link, span name);

/* Gives an output section the regions that its statement names. */
bool regions_choose(struct link *link, struct output_section *output);

/* Gives sections the load regions of those before them. */
void regions_inherit(struct link *link);

/* Where a section goes: the region that it names, or the first with attributes
 * that it has. */
struct region *region_of(const struct link *link,
                         const struct output_section *output);

/* Reports what runs past the end of a region. */
bool regions_check(struct link *link);

/* ---- data_segment.c: DATA_SEGMENT_ALIGN and its companions -------------- */

enum data_phase {
    DATA_NONE,        /* in a first walk, before DATA_SEGMENT_ALIGN ... */
    DATA_BEGUN,       /* ... behind it ... */
    DATA_ENDED,       /* ... and behind DATA_SEGMENT_END */
    DATA_MOVED,       /* the data begin on a fresh page */
    DATA_MOVED_RELRO, /* ... at `base` */
    DATA_DONE,        /* ... where they were first */
};

struct data_segment {
    enum data_phase phase;
    uint64_t base, end;
    uint64_t most, page;   /* what DATA_SEGMENT_ALIGN says: page sizes */
    uint64_t relro_end;    /* up to here read-only in the end; 0: none */
    uint64_t relro_offset; /* how far behind RELRO_END that is */
    uint64_t first_base, first_relro_end; /* before they were moved */
};

/* Whether anything lies between DATA_SEGMENT_ALIGN and DATA_SEGMENT_RELRO_END:
 * if not, -z relro changes nothing. */
bool data_segment_has_relro(const struct link *link);

/* The value of one of the three functions. */
struct value data_segment_eval(struct eval *eval, const struct expr *expr);

/* Decides where the data go when all sizes are known; the walks have to be
 * repeated. False if there is no memory. */
bool data_segment_move(struct link *link);

/* True if they had to be moved back, and walks are to be repeated again. */
bool data_segment_move_back(struct link *link);

/* ---- eh_frame.c, eh_frame_hdr.c: unwind tables -------------------------- */

/* Makes .eh_frame_hdr if it is asked for and there is a .eh_frame. */
bool eh_frame_hdr_make(struct link *link);

/* Drops what .eh_frame says of functions that are not in the output, and shares
 * what its sections have in common. Their sizes are final afterwards. */
bool eh_frame_edit(struct link *link);

/* Where byte `offset` of an edited section comes to lie in its output section.
 */
uint64_t eh_frame_place(const struct section *section, uint64_t offset);

/* True for one of which nothing is left, and behind which nothing comes. */
bool eh_frame_is_gone(const struct section *section);

/* Writes an edited section. */
void eh_frame_emit(const struct section *section, char *to);

/* Fills .eh_frame_hdr, when .eh_frame has been written. */
bool eh_frame_hdr_fill(struct link *link);

/* ---- layout.c: addresses ------------------------------------------------ */

/* True if a -T option or the script says where a section starts. */
bool output_has_address(const struct link *link,
                        const struct output_section *output);

/* Gives every output section its address, load address and size, every input
 * section its offset, every script symbol its value. */
bool layout(struct link *link);

/* ---- start_stop.c ------------------------------------------------------- */

/* Defines __start_X and __stop_X where they are asked for; after sizes are
 * known. */
void start_stop_define(struct link *link);

/* Defines __ehdr_start, where a segment of the file has its header; after
 * program headers are known. */
void ehdr_start_define(struct link *link);

/* True for __start_X and __stop_X; `section` is X, a name of C. */
bool start_stop_names(span symbol, span *section);

/* True if a section of that name can have them. */
bool start_stop_can_name(span section);

/* ---- warnings.c --------------------------------------------------------- */

/* Takes the texts of .gnu.warning sections, and leaves these out. */
bool warnings_collect(struct link *link);

/* A relocation uses a symbol that has_warning: reports it, once. */
void warnings_report(struct link *link, const struct section *section,
                     uint64_t offset, struct symbol *symbol);

/* ---- tls.c: thread-local storage [psABI 3.4.6] -------------------------- */

/* Finds the thread-local template, once addresses are fixed. */
bool tls_place(struct link *link);

/* A symbol's value in a symbol table: that of a thread-local one counts from
 * the template's start. [gABI: STT_TLS] */
uint64_t tls_symbol_value(const struct link *link, const struct symbol *symbol);

/* What reloc_machine.local_exec wants to know of the i-th relocation. */
struct tls_access tls_access(struct link *link, const struct section *section,
                             uint32_t i);

/* ---- crossrefs.c -------------------------------------------------------- */

/* Reports references that NOCROSSREFS prohibits. */
bool crossrefs_check(struct link *link);

/* ---- overlap.c ---------------------------------------------------------- */

/* Reports output sections that share or overrun addresses. */
bool addresses_check(struct link *link);

/* ---- segments.c, phdrs.c, file_offsets.c -------------------------------- */

/* A program header of the output [gABI: Program Header]. */
struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, load_address, file_size, memory_size, align;
    struct output_section **sections; /* in ascending order */
    uint64_t section_count;
    bool has_file_header, has_program_headers;
    bool is_headers;       /* nothing but the headers is in it */
    bool has_load_address; /* PHDRS said AT */
    bool has_flags;        /* PHDRS said FLAGS */
    span name;             /* in PHDRS */
    struct program_header *next;
};

/* Lists the program headers, header_count of them, and what is in them, as
 * things stand; if that `is_final`, all that PHDRS says must be known. */
bool segments_list(struct link *link, bool is_final);

/* Every name behind a colon must be in PHDRS. */
bool phdrs_check(struct link *link);

/* Where a header says by AT where it is loaded, so are its sections in memory.
 */
bool phdrs_load_addresses(struct link *link);

/* Program headers as GNU ld makes them, and file offsets. */
bool segments_plan(struct link *link);

/* What the objects' .note.GNU-stack say of an executable stack. */
struct stack_notes {
    const struct object *wants;  /* the first that asks for one */
    const struct object *silent; /* the last without a note */
    bool is_said;                /* any has a note */
};

struct stack_notes stack_notes(const struct link *link);

/* ---- inflate.c: compressed sections ------------------------------------- */

/* Decompresses the sections that go in, if the request says how. */
bool sections_inflate(struct link *link);

/* ---- properties.c, build_id.c: notes ------------------------------------ */

/* Makes one .note.gnu.property of those of all objects. */
bool properties_merge(struct link *link);

/* Makes .note.gnu.build-id, if the request has a build ID. */
bool build_id_make(struct link *link);

/* Where the build ID lies in the image; NULL: it is not in the output. */
char *build_id_data(const struct link *link);

/* ---- got.c: the global offset table [psABI 5.2] ------------------------- */

/* Checks the relocations of all that goes in, relaxes the loads that need no
 * GOT, and makes the GOT for the others. Afterwards no section is added. */
bool got_plan(struct link *link);

/* Writes the contents of GOT and PLT. */
bool got_fill(struct link *link);

/* What reloc_machine.relax wants to know of the i-th relocation of a section.
 * [psABI B.2] */
struct reloc_load got_load(struct link *link, const struct section *section,
                           const struct relocation *relocation);

/* Where a section lies that the linker has made; 0 if it is discarded. */
uint64_t got_section_address(const struct section *section);

/* Whether a symbol has an entry that a relocation can read, and where. */
bool got_has_entry(const struct link *link, const struct symbol *symbol);
uint64_t got_entry_address(const struct link *link,
                           const struct symbol *symbol);

/* ---- ifunc.c: indirect functions [GNU gABI: STT_GNU_IFUNC] -------------- */

/* The place of a pointer that the program fills in by IRELATIVE. */
struct ifunc_pointer {
    const struct section *section;
    uint64_t offset;
    const struct symbol *symbol;
    struct ifunc_pointer *next;
};

bool symbol_is_ifunc(const struct symbol *symbol);

/* Notes what a relocation wants of an indirect function: a PLT entry, a GOT
 * entry or nothing but a pointer that is filled in when the program starts. */
bool ifunc_refer(struct link *link, const struct section *section,
                 const struct relocation *relocation);

/* What an image in memory exports, others call: it needs a PLT entry. */
void ifunc_offer(struct link *link);

/* Gives a symbol that needs it its number in .iplt. */
void ifunc_number(struct link *link, struct symbol *symbol);

/* Makes .iplt, .igot.plt and .rela.iplt for what was noted and numbered. */
bool ifunc_make_sections(struct link *link);

/* Writes them. */
bool ifunc_fill(struct link *link);

/* The address that a reference to the symbol gets: of an indirect function its
 * PLT entry, if it has one, and so at every reference the same. */
uint64_t symbol_target(const struct link *link, const struct symbol *symbol);

/* True if the program fills in what the relocation stands for. */
bool ifunc_is_late(const struct section *section,
                   const struct relocation *relocation,
                   const struct symbol *symbol);

/* ---- image.c: memory; copy, relocate, zero ------------------------------ */

bool image_allocate(struct link *link);
bool image_emit(struct link *link);

/* Gives back the memory of an image that is not wanted. */
void image_release(struct link *link);

/* ---- relocate.c --------------------------------------------------------- */

/* Applies a section's relocations to its copy in the image. */
bool section_relocate(struct link *link, const struct section *section);

/* ---- pages.c: what to map ----------------------------------------------- */

/* Lists the image's sections and its runs of pages with their permissions. */
bool pages_plan(struct link *link);

/* Permissions of enum bootlink_permission. */
unsigned output_permissions(const struct output_section *output);

/* ---- exports.c ---------------------------------------------------------- */

/* Reads what EXPORT_SYMBOL and module_init mark in the objects. */
bool exports_collect(struct link *link);
/* True if the image offers a symbol to others. */
bool exports_offer(const struct link *link, const struct symbol *symbol);
/* The symbol table that the kernel, backtraces and modules get. */
bool exports_fill(struct link *link);

/* ---- link.c ------------------------------------------------------------- */

struct link {
    const struct bootlink_world *world;
    const struct bootlink_request *request;
    struct bootlink_image *image; /* the result */
    struct arena arena;           /* everything below lives in it */
    uint64_t error_count;

    /* open inputs, resolve */
    span script_name;                    /* of the one with the layout */
    struct script_input **script_inputs; /* by index in the request: what that
                                            script asks for; the last one's are
                                            those of request->script */
    struct object *objects, **last_object;
    struct symbol_table symbols;
    struct symbol_table groups; /* COMDAT signatures */
    struct symbol **wanted; /* in the order in which archives came to be asked
                               for them; one may be in it twice */
    uint64_t wanted_count, wanted_capacity;
    struct section *build_id; /* .note.gnu.build-id; NULL: none is wanted */

    /* select */
    bool has_link_order; /* some section is SHF_LINK_ORDER */
    bool has_versions;   /* some names mean the symbol of another */
    bool has_exports;    /* some symbol is marked by EXPORT_SYMBOL */
    struct symbol *init; /* what module_init names, or NULL */
    int64_t init_addend;

    struct section *eh_frame_hdr; /* NULL: none */
    uint64_t fde_count;  /* in .eh_frame, of those that are understood */
    bool has_odd_frames; /* some .eh_frame is not understood */

    /* place */
    struct script script;
    struct output_section *outputs;
    struct output_section *first_listed, *last_listed; /* as their headers */
    struct symbol_table output_names; /* `output` is the first of a name */
    struct program_header *headers;
    uint64_t header_count;
    uint64_t expected_headers; /* what SIZEOF_HEADERS reckons with ... */
    bool has_asked_headers;    /* ... if the script uses it */
    uint64_t walk;             /* over the script, counted from 1 */
    uint64_t contents_end;     /* of the sections, in an output file */
    uint64_t page_size, common_page_size;
    struct data_segment data;
    bool has_relro;                        /* some of it is to be protected */
    struct region *regions, **last_region; /* the first is all of memory */
    struct symbol_table region_names;
    struct region *regions_by_attributes[REGION_ATTRIBUTE_SETS];
    bool *starts_used;           /* by the script: of request->starts */
    uint64_t tls_start, tls_end; /* the thread-local template, to where the
                                    thread pointer of a copy points */

    /* tables */
    struct symbol null_symbol; /* what relocations without a symbol name */
    struct symbol_warning *warnings; /* for those who use a symbol */
    struct section *got, *got_plt;
    struct symbol *got_name; /* _GLOBAL_OFFSET_TABLE_, if anybody names it */
    bool is_got_named;       /* ... in a relocation */
    uint64_t got_count;
    struct symbol **got_globals; /* with an entry in .got or .iplt, in GNU ld's
                                    order */
    uint64_t got_global_count;
    struct section *iplt, *igot_plt, *rela_iplt;
    uint64_t plt_count;  /* entries in .iplt */
    uint64_t late_count; /* entries in .rela.iplt */
    bool has_ibt;        /* all objects have ENDBR64 at every target */

    /* emit */
    struct kept_memory *kept;
};

/* Enters the references of -e, ENTRY and EXTERN that were not entered yet. */
bool link_refer(struct link *link);

/* True if the output is an object again (-r). */
static inline bool link_is_relocatable(const struct link *link)
{
    return link->request->output == BOOTLINK_RELOCATABLE;
}

/* Whoever wants to see what comes in: each file, and each mention of a global
 * symbol, with the symbol as it was before. */
struct link_observer {
    void *context;
    void (*file)(void *context, span name);
    void (*mention)(void *context, const struct symbol *symbol,
                    const struct symbol_mention *mention);
};

/* ---- link_error.c ------------------------------------------------------- */

/* Reports and counts an error of this link; returns false. With
 * --noinhibit-exec what is undefined, defined twice or does not fit is a
 * warning: then true. */
bool link_error(struct link *link, enum bootlink_class class_,
                const char *format, ...) PRINTF(3, 4);

/* The same at a place of the script, with its line. */
bool link_error_at(struct link *link, struct script_place place,
                   enum bootlink_class class_, const char *format, ...)
    PRINTF(4, 5);

#endif
