/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The input patterns of a script by the names that they may match, so that a
 * section meets few of them.
 */
#ifndef BOOTLINK_PATTERN_INDEX_H
#define BOOTLINK_PATTERN_INDEX_H

#include "loader.h"

/* One section pattern of one input pattern. */
struct pattern_use {
    struct section_statement *statement;
    struct input_pattern *input;
    struct section_pattern *pattern; /* NULL: every section of the files */
    uint64_t order;                  /* in the script, from 1 */
    bool takes_bucket;               /* the bucket's names all match */
    bool takes_all;                  /* ... and all files have what it wants */
    span end;                        /* how what it matches ends, or empty */
    struct pattern_use *next;        /* in its bucket */
};

struct pattern_index {
    struct pattern_bucket **slots; /* chains, a power of two of them */
    uint64_t slot_count;
    uint64_t use_count;

    /* By name_group(): bit n: some bucket's prefix, or its whole name, has n
     * bytes; of whole names bit 63 is for all that are longer. */
    uint64_t prefix_lengths[64], name_lengths[64];

    /* What is entered: from `first` to `end`, as they are laid out; or all, as
     * they were written, if that is NULL. */
    const struct command *first;
    const struct command *end;
    bool only_kept;     /* nothing but KEEP's patterns */
    bool has_any_flags; /* INPUT_SECTION_FLAGS matches whatever it says */
};

/* Enters the patterns of the script's commands that the index is to have. False
 * if there is no memory. */
bool pattern_index_make(struct link *link, struct pattern_index *index);

/* The first pattern behind `after` in the script that takes the section; NULL
 * if none does. */
const struct pattern_use *pattern_index_find(const struct pattern_index *index,
                                             const struct section *section,
                                             uint64_t after);

/* True for a pattern of /DISCARD/. */
bool pattern_discards(const struct pattern_use *use);

/* ---- script_sort.c ------------------------------------------------------ */

/* Sorts what a list has taken, as its patterns say. */
bool match_sort(struct link *link, const struct pattern_index *index,
                struct input_pattern *input);

#endif
