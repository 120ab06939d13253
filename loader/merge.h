/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections whose strings or constants are merged with each other: merge.c makes
 * groups of them, merge_table.c finds what is equal, merge_alike.c what may end
 * alike, and merge_ends.c what does.
 */
#ifndef BOOTLINK_MERGE_H
#define BOOTLINK_MERGE_H

#include "loader.h"

/* The number of no entry and of no place. */
#define MERGE_NONE UINT32_MAX

/* One string or constant, as it lies in the section that keeps it, or copied
 * with a terminator. That is not counted; in the section it may be missing. */
struct merge_entry {
    const char *bytes;
    uint32_t size;
    uint32_t home;         /* the place that keeps it */
    uint32_t in;           /* the entry that ends with it, or MERGE_NONE */
    uint32_t align;        /* as the most demanding place has it */
    uint64_t offset;       /* in what stays of the owner */
    struct section *owner; /* the section of `home` */
};

/* Where one stands in an input. */
struct merge_place {
    uint32_t entry;  /* MERGE_NONE: NULs between strings */
    uint32_t offset; /* in the section */
};

/* What an entry is called in the table: a part of its hash, and its number. */
struct merge_slot {
    uint32_t hash, entry; /* entry + 1; 0: free */
};

enum { MERGE_BLOCK = 1024 };

/* Sections that are merged with each other. All their strings, the NULs between
 * two strings, and all their constants are places, in the order of the inputs.
 */
struct merge_group {
    struct link *link;
    uint64_t unit;  /* of a character or constant */
    uint64_t align; /* of every section */
    bool has_strings;
    bool has_inputs; /* what is in it lies in inputs that may be let go of */
    bool is_padded;  /* every input size is a multiple of the alignment */

    struct merge_entry **entries; /* in blocks of MERGE_BLOCK */
    uint32_t count;
    uint64_t place_count;
    struct merge_place *places; /* of the section at hand ... */
    uint64_t fresh, capacity;   /* ... so many, and room for these */
    struct arena *room;         /* until the group is settled */
    struct merge_slot *slots;   /* open addressing, a power of two of them */
    uint64_t slot_count;
    char *copies;    /* where the next entry is copied to; NULL: they lie in the
                        inputs */
    bool has_missed; /* there may be equal entries */
    uint32_t empty;  /* the entry without characters, + 1; 0: none */
    uint32_t first;  /* of the entries that stay */
};

/* A section's share. */
struct merged_section {
    struct merge_group *group;
    struct merge_place *places;
    uint32_t first, count; /* their numbers in the group are from `first` on */
    uint64_t input_size;
};

/* merged_output_offset() for those who do without merge.c if it merges nothing.
 */
static inline uint64_t merged_place(const struct section *section,
                                    uint64_t offset)
{
    const struct link *link = section->merged->group->link;
    return link->scripts.merged_output_offset(section, offset);
}

static inline struct merge_entry *merge_entry_at(const struct merge_group *g,
                                                 uint32_t i)
{
    return &g->entries[i / MERGE_BLOCK][i % MERGE_BLOCK];
}

/* ---- merge_table.c ------------------------------------------------------ */

/* Makes room for what so many sections of so many bytes in all are made of. */
bool merge_make_room(struct merge_group *group, uint64_t bytes, uint64_t count);

/* Makes places and entries of a section. Equal ones share an entry, but for a
 * few that merge_ends.c finds. */
bool merge_add_section(struct merge_group *group, struct section *section);

/* ---- merge_alike.c ------------------------------------------------------ */

/* Up to eight bytes before the end, the very last most significant; what is
 * missing is 0. */
uint64_t merge_few_bytes(const char *bytes, uint32_t size);
static inline uint64_t merge_last_bytes(const char *bytes, uint32_t size)
{
    return size < 8 ? merge_few_bytes(bytes, size) : read64(bytes + size - 8);
}

/* The entries that may be equal to others or their end, or have such an end,
 * and perhaps a few more; of strings of the same size & class_mask. In
 * group->room; NULL if there is none. */
uint32_t *merge_list_alike(const struct merge_group *group, uint32_t class_mask,
                           uint32_t *count);

/* ---- merge_ends.c ------------------------------------------------------- */

/* Says of each entry what it is `in`. */
bool merge_find_ends(struct merge_group *group);

#endif
