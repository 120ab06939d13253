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

/* Names that one pattern takes, whichever file they are in: the first and the
 * last four of 4 to 8 bytes with which they begin, or which are all of it. */
struct pattern_memory {
    const struct pattern_use *use; /* NULL: nothing is known */
    size_t size;
    uint32_t first, last;
};

enum { NAME_GROUPS = 64, LONGEST_MEMORY = 8 };

struct pattern_index {
    struct pattern_bucket **slots; /* chains, a power of two of them */
    uint64_t slot_count;
    uint64_t use_count;

    /* By name_group(): bit n: some bucket's prefix, or its whole name, has n
     * bytes; of whole names bit 63 is for all that are longer. */
    uint64_t prefix_lengths[NAME_GROUPS], name_lengths[NAME_GROUPS];
    struct pattern_memory *memories; /* of the last name of each group that is
                                        longer, and of the last that is not */

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

/* Names begin with a dot and then differ. Of the lengths that there are one or
 * two are left for a name: looking for each takes 60 instructions. */
static inline unsigned name_group(span name)
{
    const unsigned char *letters = (const unsigned char *)name.data;
    return name.size < 3 ? 0 : (letters[1] * 2 + letters[2]) % NAME_GROUPS;
}

static inline struct pattern_memory *
pattern_memory(const struct pattern_index *index, span name)
{
    bool is_short = name.size <= LONGEST_MEMORY;
    return &index->memories[name_group(name) + is_short * NAME_GROUPS];
}

/* The first of all, if another name that begins alike was asked for last; or
 * NULL. Most names begin so, such as ".text.": it takes 25 instructions. */
static inline const struct pattern_use *
pattern_index_recall(const struct pattern_index *index,
                     const struct section *section)
{
    span name = section->name;
    const struct pattern_memory *m = pattern_memory(index, name);
    bool is_long = name.size > LONGEST_MEMORY;
    bool is_known = m->use && (is_long || name.size == m->size) &&
                    read32(name.data) == m->first &&
                    read32(name.data + m->size - 4) == m->last;
    return is_known ? m->use : NULL;
}

/* True for a pattern of /DISCARD/. */
bool pattern_discards(const struct pattern_use *use);

/* ---- script_sort.c ------------------------------------------------------ */

/* Sorts what a list has taken, as its patterns say. */
bool match_sort(struct link *link, const struct pattern_index *index,
                struct input_pattern *input);

#endif
