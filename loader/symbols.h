/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What names stand for, and which sections go in.
 */
#ifndef BOOTLINK_SYMBOLS_H
#define BOOTLINK_SYMBOLS_H

#include "objects.h"

/* ---- What a name stands for [gABI: Symbol Table] ------------------------- */

enum symbol_state {
    SYMBOL_UNDEFINED,
    SYMBOL_DEFINED,  /* at `value` in `section` */
    SYMBOL_ABSOLUTE, /* `value` is its value */
    SYMBOL_COMMON,   /* `value` is its alignment; none are left after select */
    SYMBOL_SCRIPT,   /* at `value` in `output`, or absolute if that is NULL */
    SYMBOL_IMPORTED, /* `value` is its address, in another image */
    SYMBOL_BARE,     /* a local that has no record, but a symbol_place */
};

/* For relocate.c: what S is, in S + A. */
enum symbol_operand {
    OPERAND_UNKNOWN, /* nobody has asked yet */
    OPERAND_PLAIN,   /* `address`, and nothing is to be said about it */
    OPERAND_MERGED,  /* symbol_operand(), for the section of merged strings */
    OPERAND_SPECIAL, /* undefined, discarded, indirect ... */
};

/* What few symbols have: those of scripts, indirect functions, and those with a
 * version. */
struct symbol_rest {
    span versioned;       /* name@@VERSION, if its definition has one */
    uint64_t assigned_in; /* SYMBOL_SCRIPT: the last walk that assigned it */
    const struct command *provider; /* the PROVIDE that defined it */
    const struct symbol *original;  /* what it was before `x = x + 1;` */
    struct symbol *alias;           /* for gc.c: it moves with this one */
    uint32_t plt_index;             /* if needs_plt */
};

struct symbol {
    /* What every mention and every relocation looks at: a line of cache. It
     * begins as a symbol_place does. */
    union {
        uint64_t address;           /* if OPERAND_PLAIN */
        struct symbol *next_loaded; /* before that, if is_loaded */
    };
    uint8_t operand;        /* enum symbol_operand */
    uint8_t state;          /* enum symbol_state */
    uint8_t type;           /* STT_... */
    uint8_t binding;        /* STB_... */
    uint8_t visibility : 2; /* STV_..., the most constraining one seen */
    bool is_referenced : 1; /* an object or the script uses it */
    bool is_needed : 1;     /* ... by a reference that is not weak */
    bool has_lost : 1;      /* a copy that is left out defines it, not weakly */
    bool is_exported : 1;   /* EXPORT_SYMBOL names it */
    bool is_wrapped : 1;    /* --wrap names it */
    bool may_be_undefined : 1; /* nobody minds */
    bool is_named : 1;         /* a relocation of the output names it */
    bool is_asked_for : 1;     /* -u names it */
    bool is_root : 1;          /* the command line or the script asks for it */
    bool is_assigned : 1;      /* for gc.c: the script gives it its value */
    bool is_marked : 1;        /* --gc-sections has come by */
    bool is_near : 1;     /* SYMBOL_SCRIPT: in `output` for the output only; to
                             expressions it is an address */
    bool is_hidden : 1;   /* SYMBOL_SCRIPT: by HIDDEN or PROVIDE_HIDDEN */
    bool is_large : 1;    /* SYMBOL_COMMON: by all mentions far from code */
    bool has_warning : 1; /* in link->warnings, for those who use it */
    bool is_loaded : 1;   /* in link->loaded */
    bool needs_got : 1;   /* an entry in .got */
    bool needs_plt : 1;   /* an indirect function: an entry in .iplt */
    bool is_compared : 1; /* likewise: its address is used as a value */
    bool is_foreseen : 1; /* undefined, but the script will define it */
    bool is_overridden : 1; /* SYMBOL_SCRIPT: an object defines it, too */
    bool is_valued : 1;     /* SYMBOL_SCRIPT: `value` is known */
    bool is_read : 1;       /* the script looks at it */
    bool is_settled : 1;    /* one more reference that is not weak, and says no
                               type, changes nothing */
    bool is_scripted : 1; /* a script assigns it: no archive is asked for it */
    bool has_same : 1;    /* SYMBOL_UNDEFINED: it is another name of `same` */
    uint8_t reported : 3; /* how often it was reported as undefined: a few
                             times are enough */
    span name;
    struct object *object; /* that defines it; if undefined, that mentioned it
                              first; NULL for the script's */
    union {
        struct section *section;
        struct region *region; /* of link->region_names */
        struct symbol *same;   /* if has_same: this name means that symbol */
    };
    struct output_section *output; /* SYMBOL_SCRIPT; and SYMBOL_DEFINED, after
                                      symbol_settle_plain() */
    uint64_t value;

    uint64_t size;
    struct symbol_rest *rest; /* NULL: all of it is 0 */
    uint32_t output_index;    /* in the symbol table of an output file */
    union {
        uint32_t mention;   /* how many names its table had before it */
        uint32_t got_index; /* later, if needs_got */
    };
    struct symbol *next; /* in order of first mention */
};

/* Of the GOT, or of .iplt and .igot.plt. */
static inline bool symbol_has_entry(const struct symbol *symbol)
{
    return symbol->needs_got || symbol->needs_plt;
}

struct symbol_slot {
    uint64_t hash; /* here, so that what differs is not looked at */
    struct symbol *symbol;
};

_Static_assert((sizeof(struct symbol_slot) &
                (sizeof(struct symbol_slot) - 1)) == 0,
               "home_mask is a mask");

struct symbol_table {
    struct symbol_slot *slots; /* open addressing */
    uint64_t slot_count; /* a power of two; SYMBOL_MOST_PROBES follow them */
    uint64_t home_mask;  /* the bits of a hash that are the offset of a name's
                            home in `slots` */
    uint64_t count;
    uint64_t expected;                /* there will be so many */
    uint64_t seed;                    /* of the hash of names */
    struct symbol *first, **last;     /* in order of first mention */
    struct symbol *spare, *spare_end; /* memory for the next ones */
};

/* A name that has been hashed for a table, by the seed of that moment. */
struct hashed_name {
    span text;
    uint64_t hash, seed;
};

/* ---- symbol_table.c ----------------------------------------------------- */

/* More than chance brings about: half full, the longest way among 10^8 names
 * is about 100. */
enum { SYMBOL_MOST_PROBES = 128 };

/* The symbol of that name in a table, entered as undefined if it is new; NULL
 * if there is no memory. */
struct symbol *symbol_table_enter(struct arena *arena,
                                  struct symbol_table *table, span name);

/* The symbol that a name means, if that is not NULL. */
static inline struct symbol *symbol_meant(struct symbol *symbol)
{
    return symbol && symbol->has_same ? symbol->same : symbol;
}

/* Makes the rest of a symbol, if there is none. NULL if there is no memory. */
struct symbol_rest *symbol_rest(struct arena *arena, struct symbol *symbol);

static inline uint64_t symbol_assigned_in(const struct symbol *symbol)
{
    return symbol->rest ? symbol->rest->assigned_in : 0;
}

static inline uint64_t symbol_plt_index(const struct symbol *symbol)
{
    return symbol->rest ? symbol->rest->plt_index : 0;
}

/* The symbol of that name in a table, or NULL. */
struct symbol *symbol_table_find(const struct symbol_table *table, span name);
struct symbol *symbol_table_find_hashed(const struct symbol_table *table,
                                        const struct hashed_name *name);

struct hashed_name symbol_table_hash(const struct symbol_table *table,
                                     span name);
struct symbol *symbol_table_enter_hashed(struct arena *arena,
                                         struct symbol_table *table,
                                         const struct hashed_name *name);

/* Makes room for so many more names, so that slots stay where they are. False
 * if there is no memory. */
bool symbol_table_reserve(struct arena *arena, struct symbol_table *table,
                          uint64_t count);

/* The first slot that may hold a name. Of a table that has slots, as are those
 * below. */
static inline struct symbol_slot *
symbol_table_home(const struct symbol_table *table, uint64_t hash)
{
    const char *slots = (const char *)table->slots;
    return (struct symbol_slot *)(slots + (hash & table->home_mask));
}

/* The slot that holds the name, or the free one where it belongs; NULL if all
 * that may hold it hold others, or it was hashed by another seed. */
struct symbol_slot *symbol_table_slot(const struct symbol_table *table,
                                      const struct hashed_name *name);

/* The same from its home on, if no two names have one hash; the caller looks at
 * the name. */
static inline struct symbol_slot *symbol_table_guess(struct symbol_slot *home,
                                                     uint64_t hash)
{
    struct symbol_slot *slot = home;
    while (slot->hash != hash && slot->symbol)
        if (++slot == home + SYMBOL_MOST_PROBES)
            return NULL;
    return slot;
}

/* Memory for some more symbols; false if there is none. */
bool symbol_table_refill(struct arena *arena, struct symbol_table *table);

/* Enters a name in the free slot where it belongs. NULL if there is no memory.
 */
static inline struct symbol *symbol_table_add(struct arena *arena,
                                              struct symbol_table *table,
                                              struct symbol_slot *slot,
                                              span name, uint64_t hash)
{
    if (table->spare == table->spare_end && !symbol_table_refill(arena, table))
        return NULL;
    struct symbol *symbol = table->spare++;
    symbol->name = name;
    symbol->binding = STB_GLOBAL;
    slot->hash = hash;
    slot->symbol = symbol;
    *table->last = symbol;
    table->last = &symbol->next;
    symbol->mention = (uint32_t)table->count++;
    return symbol;
}

/* ---- symbols.c: who defines what ----------------------------------------- */

/* The same for the link's symbols. */
struct symbol *symbol_enter(struct link *link, span name);
struct symbol *symbol_enter_hashed(struct link *link,
                                   const struct hashed_name *name);
struct symbol *symbol_find(const struct link *link, span name);
struct symbol *symbol_find_hashed(const struct link *link,
                                  const struct hashed_name *name);

/* The symbol that a reference of that name means: --wrap may give it another.
 * Entered if it is new. */
struct symbol *symbol_enter_reference(struct link *link,
                                      const struct hashed_name *name);

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

/* Of all that is said of its visibility the most constraining counts.
 * [gABI: Symbol Visibility] */
void symbol_constrain(struct symbol *symbol, uint8_t visibility);

/* The same for the usual mention: a reference without a type, of default
 * visibility. */
bool symbol_refer(struct link *link, struct symbol *symbol,
                  struct object *object, bool is_weak);

/* The same for a script that names it: archives are asked for it. */
bool symbol_want(struct link *link, struct symbol *symbol);

/* Archives are asked for it. False if there is no memory. */
bool symbol_note_wanted(struct link *link, struct symbol *symbol);

/* Its name in the output: with the version, if the definition has one. */
span symbol_versioned_name(const struct symbol *symbol);
static inline span symbol_output_name(const struct symbol *symbol)
{
    return symbol->rest ? symbol_versioned_name(symbol) : symbol->name;
}

/* Defines what is still undefined by what other images export. */
bool imports_enter(struct link *link);

/* ---- symbol_order.c ------------------------------------------------------ */

/* Symbols in a list that grows. */
struct symbol_list {
    struct symbol **items;
    uint64_t count, capacity;
};

/* False if there is no memory. */
bool symbol_list_add(struct arena *arena, struct symbol_list *list,
                     struct symbol *symbol);

/* Sorts symbols of the link, that have no number in the GOT, as GNU ld comes by
 * them when it allocates: in the order of its hash table. False if there is no
 * memory. */
bool symbols_sort_as_gnu_ld(struct link *link, struct symbol_list *list);

/* ---- symbol_address.c: where it is ----------------------------------------
 */

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
struct symbol *version_enter(struct link *link, const struct hashed_name *name,
                             struct symbol_mention *mention);

/* The symbol that such a definition would define, or NULL. */
struct symbol *version_find(struct link *link, span name);

/* The name without its version. */
span version_base(span name);

/* Lets objects that were read before a definition name its symbol. */
bool versions_settle(struct link *link);

/* ---- sections.c: what goes in ------------------------------------------- */

/* Gives an object one more section, behind its own. NULL if there is no memory.
 */
struct section *section_make(struct link *link, struct object *object,
                             struct section section);

/* The first one that is not made of any bytes; or else, the first. */
struct object *link_first_object(const struct link *link);

/* The same for a table that the first object is to have, even if it holds
 * nothing. */
struct section *section_make_table(struct link *link, const char *name,
                                   uint32_t type, uint64_t flags,
                                   uint64_t align, uint64_t size);

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

/* True for a member of a group that stays one in an object.
 * [gABI: Section Groups] */
bool section_is_member(const struct link *link, const struct section *section);

/* True if the section keeps to itself whatever the script says: it is a member,
 * or --unique says so. */
bool section_stays_apart(const struct link *link,
                         const struct section *section);

/* Allocates common symbols, in one section per object, and leaves out what is
 * not for the output. Afterwards no symbol is common. */
bool sections_select(struct link *link);

/* ---- gc.c: what is used ------------------------------------------------- */

/* --gc-sections: discards the sections that nothing reaches from the roots. */
bool gc_sections(struct link *link);

#endif
