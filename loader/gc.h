/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What --gc-sections knows of sections while it looks for those that are used.
 */
#ifndef BOOTLINK_GC_H
#define BOOTLINK_GC_H

#include "loader.h"

/* A record of .eh_frame, seen as a reason to keep sections: the relocations in
 * it name the function, its language data and, in a CIE, its personality. */
struct frame_record {
    const struct section *section; /* the .eh_frame that it lies in */
    uint64_t offset;               /* of a CIE, in there */
    uint32_t first, end;           /* its relocations */
    struct frame_record *common;   /* the CIE of an FDE; NULL for a CIE */
    struct frame_record *next;     /* about the same section */
    bool is_followed;
};

/* An input section that may go. */
struct vertex {
    struct section *section;
    bool is_live;
    bool is_followed_elsewhere;    /* .eh_frame, record by record */
    struct vertex *next_to_do;     /* live, and not yet followed */
    struct vertex *next_in_group;  /* a ring; NULL: it is in no group */
    struct vertex *next_namesake;  /* for __start_X and __stop_X */
    struct vertex *dependents;     /* SHF_LINK_ORDER: live if this is */
    struct vertex *next_dependent; /* of the same section */
    struct frame_record *records;  /* FDEs about this section */
};

/* Reads the records of an .eh_frame section and hangs each FDE on the section
 * of its function. Afterwards vertex->is_followed_elsewhere, unless it makes no
 * sense: then it is a section like others. False if there is no memory. */
bool gc_read_frames(struct link *link, struct vertex *vertex);

/* The state of one collection. */
struct gc {
    struct link *link;
    struct vertex *to_do;
    struct symbol_table names;    /* of sections that C can name */
    struct symbol_table assigned; /* what the script assigns to */
    bool is_for_debugging;        /* only references to debug sections count */
};

/* ---- gc_script.c -------------------------------------------------------- */

/* The objects' symbols learn what the script makes of them. False if there is
 * no memory. */
bool gc_read_script(struct gc *gc);

#endif
