/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How addresses come to be: expressions, memory regions, walks over the script,
 * and what depends on them.
 */
#ifndef BOOTLINK_ADDRESSES_H
#define BOOTLINK_ADDRESSES_H

#include "outputs.h"

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
    unsigned source_count;       /* symbols that the value was made of ... */
    const struct symbol *source; /* ... and the last of them */
    bool has_changed; /* a symbol got another value than in the last walk */
    bool is_final;    /* all is laid out: what is not known now is an error */

    /* Gives what is not to be evaluated as usual, and true; NULL: nothing. */
    bool (*early)(struct eval *eval, const struct expr *expr,
                  struct value *value);
};

struct value script_eval(struct eval *eval, const struct expr *expr);
/* The same as an absolute address or number. */
struct value script_eval_absolute(struct eval *eval, const struct expr *expr);

/* ---- script_early.c ----------------------------------------------------- */

/* Evaluates assignments from *next on that were read before what is of that
 * order, for the sake of archives; *next becomes the first one behind. */
bool script_anticipate(struct link *link, struct command **next,
                       uint32_t order);

/* ---- script_assign.c ---------------------------------------------------- */

/* Assigns to a symbol (not to "."), as `command` says: PROVIDE or not. */
bool script_assign(struct eval *eval, struct command *command);

/* Common symbols that the script assigns need no room. */
bool script_claim(struct link *link);

/* The value of an expression of nothing but numbers, and true; or false. */
bool script_constant(struct link *link, const struct expr *expr,
                     uint64_t *value);

/* Tells, before anything has an address, which symbols the script will define,
 * and the value of those that are numbers. */
bool script_foresee(struct link *link);

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

/* Lists all of memory, and the regions of the script. */
bool regions_open(struct link *link);

/* Adds a region without bounds; NULL if there is no memory. */
struct region *region_new(struct link *link, span name);

/* ---- region_names.c ------------------------------------------------------ */

/* Adds what MEMORY declares. */
bool regions_declare(struct link *link);

/* The region that a section names. */
struct region *region_wanted(struct link *link,
                             const struct section_statement *s, span name);

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

/* Finds out whether patterns between DATA_SEGMENT_ALIGN and
 * DATA_SEGMENT_RELRO_END match anything: if not, -z relro changes nothing. */
bool data_segment_find_relro(struct link *link);

/* Reports what ends a data segment that has not begun. */
bool data_segment_check(struct link *link);

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

/* How much further behind in the output section than in its own the place of a
 * relocation is, and where those end, up to `end`, of which that is so. */
uint64_t eh_frame_run(const struct section *section, const char *entry,
                      const char **end);

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

/* What local_exec_x86_64() wants to know of the i-th relocation. */
struct tls_access tls_access(const struct section *section, uint32_t i);

/* ---- crossrefs.c -------------------------------------------------------- */

/* Reports references that NOCROSSREFS prohibits. */
bool crossrefs_check(struct link *link);

/* ---- overlap.c ---------------------------------------------------------- */

/* Reports output sections that share or overrun addresses. */
bool addresses_check(struct link *link);

#endif
