/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A walk over the script: between output sections (layout.c) and inside them
 * (contents.c, contents_dot.c).
 */
#ifndef BOOTLINK_LAYOUT_H
#define BOOTLINK_LAYOUT_H

#include "loader.h"

/* One walk. */
struct pass {
    struct link *link;
    uint64_t dot;
    struct output_section *before; /* the section that the script passed last */
    struct output_section *below;  /* the next one, if it was asked for ... */
    bool has_looked_below;         /* ... since `below` was passed */
    struct output_section *asked, *home; /* what near() looked for last */
    bool is_dot_set;  /* `. = ...` stands between `before` and here */
    bool is_past_end; /* `_end = ...` stands somewhere above */
    bool has_moved;
    bool is_final;
};

/* ---- regions.c ---------------------------------------------------------- */

/* Evaluates the regions; they are empty afterwards. */
void regions_reset(struct pass *pass);

/* ---- contents.c: inside an output section ------------------------------- */

/* Places everything in `output` from its address on; its size is known
 * afterwards. In the last walk its contents are listed. */
bool contents_place(struct pass *pass, struct output_section *output);

/* One output section during a walk. */
struct filling {
    struct pass *pass;
    struct output_section *output;
    struct eval eval; /* eval.dot is the location counter */
    span fill;
    struct content *moved; /* the gap of `. = ...`, if that came last */
    uint64_t largest;      /* of the pieces */
    bool has_run_past;     /* the end of the address space */
    bool has_subalign;
};

/* Moves on behind a gap. */
bool contents_add_gap(struct filling *filling, uint64_t size);

/* contents_dot.c: `. = value`. */
bool contents_set_dot(struct filling *filling, const struct command *command);

/* ---- load_address.c ----------------------------------------------------- */

/* Where a section starts. */
struct placement {
    uint64_t address;
    uint64_t align;           /* what it was rounded up to ... */
    uint64_t gap;             /* ... by how much */
    uint64_t statement_align; /* ALIGN(...) */
};

/* Sets the load address of a section that has its address and size. */
void load_address_set(struct pass *pass, struct output_section *output,
                      const struct placement *placement);

/* ---- What both need ----------------------------------------------------- */

/* Sets an address or a size, and notes whether it moved. */
static inline void pass_move(struct pass *pass, uint64_t *field, uint64_t value)
{
    pass->has_moved |= *field != value;
    *field = value;
}

/* Expressions inside `section`, or outside of any if it is NULL. */
static inline struct eval
pass_eval(const struct pass *pass, struct output_section *section, uint64_t dot)
{
    return (struct eval){.link = pass->link,
                         .section = section,
                         .dot = dot,
                         .is_final = pass->is_final};
}

#endif
