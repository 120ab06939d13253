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

/* Names that one pattern takes, whichever file they are in: one of up to 24
 * bytes, or all that begin so, but for those that go on or end in letters by
 * which another pattern may be meant. */
struct pattern_memory {
    const struct pattern_use *use;
    uint64_t least, more;     /* bytes of such a name; and it may have so
                                 many more */
    uint32_t last, middle;    /* where in it are, beside the first word, */
    uint64_t words[3], mask;  /* those that cover what is known */
    uint64_t followers, ends; /* bit n: the next letter, the last letter,
                                 modulo 64 */
    bool has_others;          /* any of both */
};

enum { NAME_GROUPS = 64, SHORT_NAME = 8, LONGEST_MEMORY = 24 };

struct pattern_index {
    struct pattern_bucket **slots; /* chains, a power of two of them */
    uint64_t slot_count;
    uint64_t use_count;

    /* By name_group(): bit n: some bucket's prefix, or its whole name, has n
     * bytes; of whole names bit 63 is for all that are longer. */
    uint64_t prefix_lengths[NAME_GROUPS], name_lengths[NAME_GROUPS];
    struct pattern_memory *memories; /* for long names and for short ones */

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

static inline uint64_t letter_bit(char letter)
{
    return 1ull << ((unsigned char)letter % 64);
}

static inline struct pattern_memory *
pattern_memory(const struct pattern_index *index, span name)
{
    if (name.size <= SHORT_NAME)
        return &index->memories[NAME_GROUPS + name_group(name)];
    unsigned char seventh = (unsigned char)name.data[6];
    return &index->memories[(name_group(name) + seventh) % NAME_GROUPS];
}

/* The first of all, if it is known from another name; or NULL. Most names begin
 * as one before, such as ".text.": it takes 40 instructions, not 400. */
static inline const struct pattern_use *
pattern_index_recall(const struct pattern_index *index,
                     const struct section *section)
{
    span name = section->name;
    const char *p = name.data;
    const struct pattern_memory *m = pattern_memory(index, name);
    if (name.size - m->least > m->more)
        return NULL;
    if (name.size <= SHORT_NAME)
        return read32(p) == m->words[0] && read32(p + m->last) == m->words[1]
                   ? m->use
                   : NULL;
    if ((read64(p) ^ m->words[0]) & m->mask ||
        (m->last && (read64(p + m->last) != m->words[1] ||
                     read64(p + m->middle) != m->words[2])))
        return NULL;
    if (m->has_others && (m->followers & letter_bit(p[m->least - 1]) ||
                          m->ends & letter_bit(p[name.size - 1])))
        return NULL;
    return m->use;
}

/* True for a pattern of /DISCARD/. */
bool pattern_discards(const struct pattern_use *use);

/* ---- script_sort.c ------------------------------------------------------ */

/* Sorts what a list has taken, as its patterns say. */
bool match_sort(struct link *link, const struct pattern_index *index,
                struct input_pattern *input);

/* Below 0 if `a` comes before `b` by what a pattern says. */
int match_compare(const struct section_pattern *pattern,
                  const struct section *a, const struct section *b);

/* True if it says anything. */
bool match_is_sorted(const struct section_pattern *pattern);

/* .init_array.00100 and .fini_array.00100 count up, .ctors.65435 counts down;
 * -1 if there is no number. */
int64_t match_priority(const struct section *section);

/* ---- script_arrange.c --------------------------------------------------- */

/* True if one sort at the end would not give what inserting one by one does. */
bool match_differs(const struct input_pattern *input);

/* match_sort() for these. */
bool match_arrange(struct link *link, const struct pattern_index *index,
                   struct input_pattern *input);

#endif
