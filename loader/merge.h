/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections whose strings or constants are merged with each other: merge.c makes
 * groups of them, merge_read.c finds what they are made of, merge_table.c what
 * is equal, merge_alike.c what may end alike, merge_ends.c what does, and
 * merge_settle.c says where all of it is.
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
    uint32_t home;         /* the place that keeps it: which one ... */
    struct section *owner; /* ... of this section */
    uint32_t align;        /* as the most demanding place has it */
    union {
        uint32_t before; /* of a string, until merge_alike.c is through: + 1,
                            the one before that may end with the same bytes */
        uint32_t in;     /* the entry that ends with it, or MERGE_NONE */
    };
};

/* Where one stands in an input. */
struct merge_place {
    uint32_t offset; /* in the section */
    uint32_t to; /* the hash, + MERGE_KEEPS; then the entry, + MERGE_KEEPS if it
                    stays here, or MERGE_NUL; once all is settled, where it is
                    in what stays of the section, or MERGE_MOVED + the number of
                    its struct merge_moved */
};

/* Of sections of MERGE_MOVED bytes or more nothing is merged. */
#define MERGE_MOVED (UINT32_C(1) << 31)
#define MERGE_KEEPS (UINT32_C(1) << 31)

/* Not a string, but NULs between two. There are fewer entries and places. */
#define MERGE_NUL (MERGE_KEEPS - 1)

/* What is not where it was among its neighbours: the empty string, too, as any
 * NUL will do for it. */
struct merge_moved {
    struct section *owner;
    uint32_t offset; /* there; at first, the entry, or MERGE_NUL */
    bool is_nul;
};

/* Entries that lie side by side as they do in the input. */
struct merge_run {
    uint32_t from, to, size; /* without the last terminator */
};

/* What an entry is called in the table: a part of its hash, and its number. */
struct merge_slot {
    uint32_t hash, entry; /* entry + 1; 0: free */
};

/* Sections that are merged with each other. All their strings, the NULs between
 * two strings, and all their constants are places, in the order of the inputs.
 */
struct merge_group {
    struct link *link;
    uint64_t unit;         /* of a character or constant */
    uint64_t align;        /* of every section ... */
    uint64_t string_align; /* ... of strings; 1 for constants */
    uint32_t noted_size;   /* from which on merge_note_end() is called */
    bool is_plain;         /* not aligned, and in the inputs */
    bool has_strings;
    bool has_inputs; /* what is in it lies in inputs that may be let go of */
    bool is_padded;  /* every input size is a multiple of the alignment */

    /* Until the group is settled, and in its room: */
    struct arena *room;
    struct merge_entry *entries;
    uint32_t count, most; /* so many, and from which on tables grow */
    uint64_t place_count;
    struct section *section;    /* at hand, ... */
    struct merge_place *places; /* ... its places while they are read ... */
    uint64_t capacity;          /* ... and room for so many */
    struct merge_run *runs;     /* room for what is listed of it ... */
    struct merge_moved *moved;
    uint64_t list_capacity;   /* ... of so many places */
    struct merge_slot *slots; /* open addressing, a power of two of them */
    uint64_t slot_count, slot_mask;
    uint32_t *ends;      /* by the last MERGE_END bytes, as many as slots: the
                            newest entry, + 1; others are `before` it */
    uint8_t *sizes;      /* by the last eight, as many: a bit for each size from
                            8 on of strings below MERGE_END */
    uint8_t *long_sizes; /* by the last twelve: the same */
    uint8_t *few_sizes;  /* by the last two: the same, from 2 on; behind these
                            by the last one, whether it is a string */
    uint32_t end_shift;  /* of hashes for both */
    char *copies;    /* where the next entry is copied to; NULL: they lie in the
                        inputs */
    bool has_missed; /* there may be equal entries ... */
    struct merge_slot spare; /* ... that have no slots but this */
    uint32_t empty;          /* the entry without characters, + 1; 0: none */
    uint32_t empty_at;       /* where it is in what stays of its section */
    uint32_t first;          /* of the entries that stay */
};

/* A section's share. */
struct merged_section {
    struct merge_group *group;
    struct merge_place *places;
    struct merge_moved *moved;
    struct merge_run *runs;
    const char *bytes; /* that places are in, and then that runs are from */
    uint32_t first,
        count;            /* places: their numbers in the group; behind the last
                             one stands where it ends, with a terminator */
    uint32_t first_entry; /* of those made for it */
    uint32_t moved_count, run_count;
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
    return &g->entries[i];
}

static inline uint32_t merge_terminator(const struct merge_group *g)
{
    return g->has_strings ? (uint32_t)g->unit : 0;
}

/* The place that keeps an entry. */
static inline struct merge_place *merge_home(const struct merge_entry *entry)
{
    return &entry->owner->merged->places[entry->home];
}

/* Its number in the group: the first one is the smallest. */
static inline uint32_t merge_home_number(const struct merge_entry *entry)
{
    return entry->owner->merged->first + entry->home;
}

/* ---- Hashes ------------------------------------------------------------- */

/* A hash of strings and constants, which only have to be told apart here: half
 * the instructions of hash_word(), as both halves of a product are not put
 * together. Its high bits tell of all of the word, and turning takes them to
 * where they are multiplied again. */
static inline uint64_t merge_hash_word(uint64_t hash, uint64_t word)
{
    return ((hash << 5 | hash >> 59) ^ word) * SPAN_HASH_FACTOR;
}

/* The last bytes, 0 to 7: they are the highest but one. */
static inline uint32_t merge_hash_end(uint64_t hash, uint64_t rest)
{
    return (uint32_t)__builtin_bswap64(merge_hash_word(hash, rest));
}

/* The hash of any bytes. */
uint32_t merge_hash(span bytes);

/* ---- merge_read.c ------------------------------------------------------- */

/* A section that is being read. */
struct merge_reader {
    const char *bytes;
    uint64_t size, unit;
    uint64_t at;
};

/* Makes a section's places. */
bool merge_read_section(struct merge_group *group, struct section *section);

/* ---- merge_room.c ------------------------------------------------------- */

/* Makes room for what so many sections of so many bytes in all are made of. */
bool merge_make_room(struct merge_group *group, uint64_t bytes, uint64_t count);

/* Tables of so many slots, with what is in those that there are. */
bool merge_make_tables(struct merge_group *group, uint64_t slots);

/* A new entry for a place of the section at hand, which keeps it. */
static inline struct merge_entry *
merge_new_entry(struct merge_group *group, struct section *section,
                uint32_t home, const char *bytes, uint32_t size)
{
    uint32_t number = group->count++;
    struct merge_entry *entry = &group->entries[number];
    entry->bytes = bytes;
    entry->size = size;
    entry->home = home;
    entry->owner = section;
    return entry;
}

/* There is always room for one more, and for the empty string. */
static inline bool merge_keep_room(struct merge_group *group)
{
    return group->count < group->most ||
           merge_make_tables(group, group->slot_count * 2);
}

/* Gives NULs an entry, if they are one. */
void merge_enter_nuls(struct merge_group *group, struct merge_place *place);

/* Lets a place keep its entry if it is aligned more than all before. */
void merge_keep_if_aligned(const struct merge_group *group,
                           struct merge_place *place, uint32_t align);

/* Copies what is kept here, with a terminator if it is a string. */
void merge_copy_kept(struct merge_group *group, struct merged_section *merged);

/* ---- merge_table.c ------------------------------------------------------ */

/* Makes places of strings, which go with their terminators, and of the NULs
 * between two, up to the last place; returns where it stopped. */
struct merge_place *merge_read_text(struct merge_reader *reader,
                                    struct merge_place *place,
                                    const struct merge_place *last,
                                    const struct merge_group *group);

/* The entry of these bytes, or MERGE_NONE. */
uint32_t merge_find(struct merge_group *group, span bytes, uint32_t hash);

/* Gives a section's places their entries. Equal ones share one, but for a few
 * that merge_ends.c finds. */
bool merge_add_section(struct merge_group *group, struct section *section);

/* ---- merge_alike.c ------------------------------------------------------ */

/* Up to eight bytes before the end, the very last most significant; what is
 * missing is 0. */
uint64_t merge_few_bytes(const char *bytes, uint32_t size);
static inline uint64_t merge_last_bytes(const char *bytes, uint32_t size)
{
    return size < 8 ? merge_few_bytes(bytes, size) : read64(bytes + size - 8);
}

/* From so many bytes on only these tell of the end of a string. */
enum { MERGE_END = 16 };

/* An index of `ends` and `sizes`, by the last eight bytes and the rest. */
static inline uint64_t merge_end_index(const struct merge_group *group,
                                       uint64_t last, uint64_t rest)
{
    return (last + rest * SPAN_HASH_FACTOR) * SPAN_HASH_FACTOR >>
           group->end_shift;
}

/* The sizes of short strings with the same last eight bytes, ... */
static inline uint8_t *merge_sizes(const struct merge_group *group,
                                   uint64_t last)
{
    return &group->sizes[merge_end_index(group, last, 0)];
}

/* ... of those from 12 on with the same last twelve, ... */
static inline uint8_t *merge_long_sizes(const struct merge_group *group,
                                        const char *end)
{
    return &group->long_sizes[merge_end_index(group, read64(end - 8),
                                              read32(end - 12))];
}

/* ... of those below 8 with the same last two, ... */
enum { MERGE_FEW_SIZES = 4096 };

static inline uint8_t *merge_few_sizes(const struct merge_group *group,
                                       uint64_t last)
{
    return &group->few_sizes[(last >> 48) * SPAN_HASH_FACTOR >> 52];
}

/* ... and of a single character. */
static inline uint8_t *merge_one_size(const struct merge_group *group,
                                      uint64_t last)
{
    return &group->few_sizes[MERGE_FEW_SIZES + (last >> 56)];
}

/* What merge_alike.c asks of entries: of constants nothing, of a short string
 * ... */
void merge_note_short(const struct merge_group *group,
                      struct merge_entry *entry);

/* ... and of a long one, with its number + 1. */
static inline void merge_note_end(const struct merge_group *group,
                                  struct merge_entry *entry, uint32_t number)
{
    const char *end = entry->bytes + entry->size;
    uint32_t *newest = &group->ends[merge_end_index(group, read64(end - 8),
                                                    read64(end - MERGE_END))];
    entry->before = *newest;
    *newest = number;
}

/* The entries that may be equal to others or their end, or have such an end,
 * and perhaps a few more; of strings of the same size & class_mask. In
 * group->room; NULL if there is none. */
uint32_t *merge_list_alike(struct merge_group *group, uint32_t class_mask,
                           uint32_t *count);

/* ---- merge_ends.c ------------------------------------------------------- */

/* Says of each entry what it is `in`. */
bool merge_find_ends(struct merge_group *group);

/* ---- merge_settle.c ----------------------------------------------------- */

/* Room for what is listed of a section. */
bool merge_make_lists(struct merge_group *group, uint64_t places);

/* Keeps what is listed of a section, up to the last ones: now it is settled. */
bool merge_keep_lists(struct merged_section *merged,
                      const struct merge_run *last_run,
                      const struct merge_moved *end_of_moved);

/* Takes it back, so that something can be taken out. */
void merge_unsettle(const struct section *section);

/* Gives places and sections what they have in the end. */
bool merge_settle(struct merge_group *group, struct section **sections,
                  uint64_t count);

#endif
