/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output sections: what goes into which, and what becomes of it there.
 */
#ifndef BOOTLINK_OUTPUTS_H
#define BOOTLINK_OUTPUTS_H

#include "symbols.h"

/* ---- script_match.c, orphans.c: which pattern takes which section ------- */

/* Gives each input section to the first pattern of the script that matches it,
 * and sorts what each pattern took. */
bool script_match(struct link *link);

/* sort_section.c: does before that what --sort-section asks for. True. */
bool patterns_sort(struct link *link);

/* Visits each section that a KEEP pattern of the script matches, whichever
 * pattern takes it in the end. False if there is no memory. */
bool script_each_kept(struct link *link,
                      void (*visit)(void *context, struct section *section),
                      void *context);

/* Gives the sections that no pattern took an output section of their own, where
 * GNU ld puts them. */
bool orphans_place(struct link *link);

/* Adds a section to what a pattern has taken, or to the orphans. */
bool match_append(struct arena *arena, struct section_list *list,
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
    uint64_t gap;          /* PIECE_SECTION: bytes of fill before it */
    span fill; /* of it, or PIECE_FILL: repeated; empty: zeros, in code NOPs */
    union {
        struct section *section;
        uint64_t value; /* PIECE_DATA */
    };
};

/* What one command of the script puts there: all that its pattern has taken,
 * with the gaps between, is one record. */
struct content {
    enum piece_kind kind;
    uint64_t size; /* of data or a gap */
    uint64_t value;
    span fill; /* of a gap, or of those between sections */
    struct section **sections;
    uint64_t count;
    struct content *next;
};

/* A way along the pieces:
 *
 *     struct piece_walk walk = {.content = output->contents};
 *     while (piece_next(&walk))
 *         ... walk.piece ... */
struct piece_walk {
    const struct content *content;
    uint64_t taken; /* of its sections */
    uint64_t end;   /* of the piece */
    struct piece piece;
};

/* pieces.c: false if there are no more. */
bool piece_next(struct piece_walk *walk);

struct output_section {
    span name;
    struct section_statement *statement;
    const struct special_section *special; /* what its name stands for */
    uint32_t type;                         /* SHT_... */
    uint64_t flags;                        /* SHF_... */
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
    bool has_late_data;  /* an assignment, say, made it, then come data */
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
    bool is_streamed;    /* its bytes go to the request's sink */
    struct region *region, *load_region; /* >region AT>region; or NULL */
    struct content *contents, **last_content;
    uint64_t largest; /* of its pieces, each with its gap */

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
    bool waits;                             /* for its INSERT */
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

/* The address of a place in a section, if that is in the output as it was in
 * the input, as most are. */
static inline bool section_plain_address(const struct section *section,
                                         uint64_t value, uint64_t *address)
{
    if (section->state != SECTION_PLACED || section->merged || section->frame)
        return false;
    *address = section->output->address + section->offset + value;
    return true;
}

/* symbol_address() of what lies in such a section. False for all others. */
static inline bool symbol_plain_address(const struct symbol *symbol,
                                        uint64_t *address)
{
    return symbol->state == SYMBOL_DEFINED &&
           section_plain_address(symbol->section, symbol->value, address);
}

/* Finds what S is, for relocate.c, and where the symbol lies. False for all but
 * those that are plain in every way. */
static inline bool symbol_settle_plain(struct symbol *symbol)
{
    if (symbol->needs_plt || symbol->has_warning ||
        symbol->type == STT_GNU_IFUNC ||
        !symbol_plain_address(symbol, &symbol->address))
        return false;
    symbol->output = symbol->section->output;
    symbol->operand = OPERAND_PLAIN;
    return true;
}

/* Makes the output sections of the script and gives them the types, flags and
 * alignments of what goes in. */
bool outputs_create(struct link *link);

/* The output section of one statement. */
struct output_section *output_create(struct link *link,
                                     struct section_statement *statement);

/* Enters an output section behind those of its name. */
bool output_enter_name(struct link *link, struct output_section *output);

/* The first output section of that name, or NULL; after orphans_place(). */
struct output_section *output_named(const struct link *link, span name);

/* Links all output sections into link->outputs, in the script's order. */
void outputs_thread(struct link *link);

/* Those for which `wants` is true, sorted. NULL if there is no memory. */
struct output_section **
outputs_sorted(struct link *link,
               bool (*wants)(const struct output_section *output),
               sort_order *order, uint64_t *count);

/* ---- output_type.c: type, flags and alignment --------------------------- */

/* What a name stands for. */
const struct special_section *special_section(span name);

/* The type of its first input; SHT_NULL if that has none of its own. */
uint32_t output_input_type(const struct output_section *output);

/* Adds what an input section brings, all of a list, or BYTE ... QUAD. */
void output_add_section(struct link *link, struct output_section *output,
                        struct section *section);
void output_add_sections(struct link *link, struct output_section *output,
                         const struct section_list *list);
void output_add_data(struct output_section *output);

/* Adds what can only be said when all inputs are there. */
void output_settle(struct output_section *output);

/* Types a section that stays in the output though nothing is in it, not even a
 * gap: by its name. */
void output_keep_empty(struct output_section *output);

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

/* ---- merge.c: equal strings and constants become one -------------------- */

/* Merges what SHF_MERGE allows. Afterwards sections have their sizes in the
 * output. */
bool merge_sections(struct link *link);

/* section_output_offset() of a merged section. */
uint64_t merged_output_offset(const struct section *section, uint64_t offset);

/* Writes what stays of a merged section. */
void merged_emit(const struct section *section, char *to);

#endif
