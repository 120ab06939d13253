/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout script: GNU ld's language as data.
 *
 *   script_lex.c    text -> tokens
 *   script_parse.c  tokens -> the tree below (functions are named after the
 *                   GNU ld manual's words for what they parse)
 *   script_insert.c what INSERT takes out of its script -> where it belongs
 *   script_match.c  input sections -> the patterns that take them
 *   script_eval.c   an expression -> a value; script_assign.c to a symbol
 *   layout.c        walks the tree and gives out addresses; contents.c inside
 *                   output sections
 *
 * The parser fills the tree once; fields under "placed by" are filled by that
 * later stage and by no other.
 */
#ifndef BOOTLINK_SCRIPT_H
#define BOOTLINK_SCRIPT_H

#include "base.h"

struct section;
struct output_section;

/* Where something stands in a script's text, for messages. Lines and columns
 * count from 1; columns are bytes. */
struct script_place {
    const struct script_text *text;
    uint32_t line, column;
};

struct script_text {
    span name; /* "linker.ld" */
    span text;
};

/* ---- Expressions [GNU ld manual: Expressions in Linker Scripts] --------- */

enum expr_kind {
    /* leaves */
    EXPR_NUMBER, /* number; name is its digits if it was written 0x... */
    EXPR_SYMBOL, /* name; "." is the location counter */

    /* unary: operand[0] */
    EXPR_NEGATE,     /* -a */
    EXPR_NOT,        /* !a */
    EXPR_COMPLEMENT, /* ~a */

    /* binary: operand[0], operand[1], in C's order of precedence */
    EXPR_MULTIPLY,
    EXPR_DIVIDE,
    EXPR_REMAINDER,
    EXPR_ADD,
    EXPR_SUBTRACT,
    EXPR_SHIFT_LEFT,
    EXPR_SHIFT_RIGHT,
    EXPR_LESS,
    EXPR_LESS_EQUAL,
    EXPR_GREATER,
    EXPR_GREATER_EQUAL,
    EXPR_EQUAL,
    EXPR_NOT_EQUAL,
    EXPR_BIT_AND,
    EXPR_BIT_XOR,
    EXPR_BIT_OR,
    EXPR_AND,
    EXPR_OR,

    EXPR_CONDITIONAL, /* operand[0] ? operand[1] : operand[2] */

    /* functions of expressions; a missing operand is NULL */
    EXPR_ALIGN,    /* ALIGN(align) or ALIGN(value, align): operand[0] is the
                      value, or NULL for ".", operand[1] the alignment; also
                      BLOCK(align) */
    EXPR_ABSOLUTE, /* operand[0] */
    EXPR_MAX,      /* operand[0], operand[1] */
    EXPR_MIN,
    EXPR_LOG2CEIL,           /* operand[0] */
    EXPR_NEXT,               /* NEXT(align) */
    EXPR_ASSERT,             /* operand[0]; name is the message */
    EXPR_DATA_SEGMENT_ALIGN, /* operand[0] max, operand[1] common page size */
    EXPR_DATA_SEGMENT_RELRO, /* DATA_SEGMENT_RELRO_END(offset, expression) */
    EXPR_DATA_SEGMENT_END,   /* operand[0] */
    EXPR_SEGMENT_START,      /* name is the segment, operand[0] the default */

    /* functions of a name */
    EXPR_ADDR, /* name is an output section, so for the next three */
    EXPR_LOADADDR,
    EXPR_SIZEOF,
    EXPR_ALIGNOF,
    EXPR_DEFINED,  /* name is a symbol */
    EXPR_CONSTANT, /* name is MAXPAGESIZE or COMMONPAGESIZE */
    EXPR_ORIGIN,   /* name is a memory region, so for LENGTH */
    EXPR_LENGTH,

    EXPR_SIZEOF_HEADERS,
};

struct expr {
    enum expr_kind kind;
    bool is_literal; /* numbers and operators alone are one number */
    uint32_t height; /* 1 for a leaf; at most 256, so that one may recurse */
    struct script_place place; /* of its first token */
    uint64_t number;
    span name;
    struct expr *operand[3];
};

/* ---- Input patterns [GNU ld manual: Input Section] ---------------------- */

enum script_sort {
    SORT_NOT,
    SORT_BY_NAME, /* also plain SORT */
    SORT_BY_ALIGNMENT,
    SORT_BY_INIT_PRIORITY,
    SORT_NONE, /* written, so that --sort-section has no say */
};

/* A list of wildcards: the files or sections that EXCLUDE_FILE names. */
struct wildcard {
    span pattern;
    struct wildcard *next;
};

/* One section pattern with what stands around it:
 * SORT_BY_NAME(SORT_BY_ALIGNMENT(EXCLUDE_FILE(a.o) .text*)) */
struct section_pattern {
    span name; /* wildcard */
    enum script_sort sort, inner_sort;
    bool reverse;
    struct wildcard *excluded_files;
    struct section_pattern *next;
};

/* file-pattern(section-patterns), KEEP or not. */
struct section_list {
    struct section **items;
    uint64_t count, capacity;
};

struct input_pattern {
    span file; /* wildcard; "archive:member" as written */
    enum script_sort file_sort;
    struct wildcard *excluded_files; /* EXCLUDE_FILE before the file pattern */
    bool keep;
    uint64_t flags, no_flags; /* INPUT_SECTION_FLAGS: SHF_... a section must
                                 have, and must not have */
    struct section_pattern *sections; /* NULL: every section not yet placed */

    /* placed by script_match.c: all sections taken, in their final order */
    struct section_list matched;
    uint64_t first_use; /* the order of its first pattern in the script */

    bool is_orphans; /* made by orphans.c, not by the script */

    /* by contents.c: where the last walk over the script has placed them */
    struct placed {
        bool holds; /* all of them, wherever the output section lies ... */
        uint64_t address;     /* ... as far from a multiple of its alignment */
        uint64_t start, size; /* in the output section */
        uint64_t largest;     /* of these sections, and gaps before them */
    } placed;
};

/* ---- Commands ----------------------------------------------------------- */

enum command_kind {
    COMMAND_ASSIGN,         /* name op= value */
    COMMAND_ASSERT,         /* value is an EXPR_ASSERT */
    COMMAND_OUTPUT_SECTION, /* section */

    /* inside output sections only */
    COMMAND_INPUT, /* input */
    COMMAND_DATA,  /* BYTE, SHORT, LONG, QUAD, SQUAD: size bytes of value */
    COMMAND_FILL,  /* FILL(value) and, for the rest of the section, `fill` */
    COMMAND_CONSTRUCTORS, /* nothing in ELF */
};

enum assign_how {
    ASSIGN_PLAIN,
    ASSIGN_HIDDEN,  /* HIDDEN(a = b) */
    ASSIGN_PROVIDE, /* only if referenced and not defined */
    ASSIGN_PROVIDE_HIDDEN,
};

/* A fill: the pattern's bytes, repeated. A hex number is as long as its digits,
 * any other expression is four big-endian bytes.
 * [GNU ld manual: Output Section Fill] */
struct fill {
    const struct expr *value; /* NULL: zeros; evaluated by layout.c */
    span bytes;               /* if known when parsed (a plain hex number) */
};

struct command {
    enum command_kind kind;
    struct script_place place;
    struct command *next;
    struct command *next_written; /* if outside of output sections */

    /* COMMAND_ASSIGN. `a += b` is parsed as `a = a + b`. */
    span name;
    enum assign_how how;
    struct expr *value; /* also of COMMAND_ASSERT and COMMAND_DATA */

    /* ... and the next one as they were read, for script_early.c */
    struct command *next_assignment;
    uint32_t order; /* among assignments and inputs, as they were read */

    /* placed by script_eval.c: what COMMAND_ASSIGN gave in the last walk */
    uint64_t assigned;
    bool is_assigned;

    unsigned size; /* COMMAND_DATA: bytes, 1, 2, 4 or 8 */
    struct fill fill;

    struct input_pattern *input;
    struct section_statement *section;
};

/* Where a chain of commands ends, to append in constant time. */
struct command_list {
    struct command *first;
    struct command **last;
};

/* A name in a list, such as the program headers after a colon. */
struct script_name {
    span name;
    struct script_place place;
    struct script_name *next;
};

/* name address (type) : AT(lma) ALIGN(a) SUBALIGN(b) constraint
 *   { commands } >region AT>region :phdr =fill
 * [GNU ld manual: Output Section Description] */
enum section_type {
    SECTION_TYPE_NONE,
    SECTION_TYPE_NOLOAD,
    SECTION_TYPE_READONLY,
    SECTION_TYPE_INFO, /* also COPY, DSECT, OVERLAY: not allocated */
};

enum section_constraint { CONSTRAINT_NONE, ONLY_IF_RO, ONLY_IF_RW };

struct section_statement {
    span name;
    struct script_place place;
    struct expr *address;      /* NULL: the location counter */
    struct expr *load_address; /* AT(...) */
    struct expr *align;
    struct expr *subalign;
    bool align_with_input;
    enum section_type type;
    struct expr *type_value; /* TYPE = ...; NULL: not said */
    uint32_t type_number;    /* what that is; 0: as if it were not said */
    enum section_constraint constraint;
    span region, load_region; /* >region, AT>region */
    struct script_name *segments;
    struct fill fill;
    struct command *commands;
    struct section_statement *overlay;      /* the first of its OVERLAY */
    struct section_statement *overlay_next; /* behind it */

    /* placed by script_match.c: its constraint did not hold */
    bool is_left_out;
    /* placed by outputs.c: what the statement became */
    struct output_section *output;
};

/* ---- PHDRS, MEMORY [GNU ld manual: PHDRS, MEMORY] ----------------------- */

struct segment_statement {
    span name;
    struct script_place place;
    uint32_t type; /* PT_LOAD ... */
    bool has_file_header, has_program_headers;
    struct expr *load_address; /* AT */
    struct expr *flags;
    struct segment_statement *next;
};

/* What a section must have, or must not have, to go to a region unasked. */
enum region_attribute {
    REGION_ALLOCATED = 1,  /* A */
    REGION_READ_ONLY = 2,  /* R */
    REGION_WRITABLE = 4,   /* W */
    REGION_EXECUTABLE = 8, /* X */
    REGION_LOADED = 16,    /* I, L */
    REGION_ATTRIBUTE_SETS = 32,
};

struct region_statement {
    span name;
    struct script_place place;
    unsigned attributes, excluded; /* of enum region_attribute */
    struct expr *origin, *length;
    struct region_statement *next;
};

/* ---- Files and references ----------------------------------------------- */

/* One entry of INPUT or GROUP, or a bracket of a group.
 * [GNU ld manual: Commands Dealing with Files] */
struct script_input {
    struct bootlink_input input;
    bool is_pattern; /* an output section names this file: it is linked, but
                        only once */
    uint32_t order;  /* among assignments and inputs, as they were read */
    struct script_place place;
    struct script_input *next;
};

/* What a script does when its turn on the command line comes. */
struct script_turn {
    struct script_input *inputs;
    struct command *assignments;
};

/* INSERT AFTER or BEFORE: the commands that stand before it in its script go
 * to an output section of another. [GNU ld manual: Miscellaneous Commands] */
struct insertion {
    struct command *commands, *last;
    struct command **stood; /* where they were read, in the script's list */
    bool is_before;
    span section;
    struct script_place place;
    struct insertion *next;
};

/* REGION_ALIAS(name, region) */
struct region_alias {
    span name, region;
    struct script_place place;
    struct region_alias *next;
};

/* NOCROSSREFS: output sections that must not refer to each other, or, by
 * NOCROSSREFS_TO, not to the first of them. */
struct crossref_list {
    struct script_name *sections;
    bool to_first;
    struct crossref_list *next;
};

/* ---- The whole ---------------------------------------------------------- */

struct script {
    span entry;  /* ENTRY, the last one wins; empty if there is none */
    span output; /* OUTPUT; empty: there is none */
    bool has_sane_numbers;    /* LD_FEATURE("SANE_EXPR") */
    bool has_format, is_flat; /* OUTPUT_FORMAT; it was `binary` ... */
    bool is_freebsd;          /* ... or ended so */
    struct command *commands; /* assignments and output sections in order */
    struct command *written;  /* the same in the order in which they were read,
                                 whatever INSERT says: in that order sections
                                 are matched, and output sections come to be */
    bool has_sections;        /* there was a SECTIONS command */
    struct segment_statement *segments; /* PHDRS, in order */
    bool has_segments;
    struct region_statement *regions; /* MEMORY */
    struct region_alias *aliases;     /* REGION_ALIAS */

    struct script_name *folders, **last_folder; /* where files are, in order */
    span sysroot;
    struct script_turn turn;        /* until it comes */
    uint32_t order;                 /* of the next assignment or input */
    struct script_input *startup;   /* STARTUP: comes before all others */
    struct script_name *references; /* EXTERN, until they are made */
    struct insertion *insertions;
    struct crossref_list *crossrefs;
    bool has_insertion;
    unsigned include_count, insertion_count;
};

/* What was read last; what is read next has a turn of its own. */
static inline struct script_turn script_take_turn(struct script *script)
{
    struct script_turn turn = script->turn;
    script->turn = (struct script_turn){0};
    return turn;
}

/* Parses `text` and appends to `script` (zeroed before the first call). Reports
 * syntax errors with line, column and the line with a caret under the column:
 *
 *     linker.ld:7:12: expected ';' after an assignment, found '}'
 *         . = 0x1000 }
 *                    ^
 *
 * OUTPUT_FORMAT other than elf64-x86-64[-freebsd] and OUTPUT_ARCH other than
 * i386:x86-64 are refused by name. */
bool script_parse(const struct bootlink_world *world, struct arena *arena,
                  span name, span text, struct script *script);

/* How deep files may include each other, and how often a script may say INCLUDE
 * and INSERT: a bound on what a few lines can ask for. */
enum {
    SCRIPT_INCLUDE_DEPTH = 10,
    SCRIPT_INCLUDES = 1000,
    SCRIPT_INSERTIONS = 1000
};

/* Moves what INSERT took out of its script to the section that it names, and
 * notes in which order all was written; after all scripts were read. False
 * after reporting. */
bool script_insert(const struct bootlink_world *world, struct script *script);

/* ---- search.c: where files are ------------------------------------------ */

/* Appends a folder, in which `=` or $SYSROOT stands for the sysroot. */
bool search_add(struct arena *arena, struct script *script, span folder);

/* The path of a file that a script or -T names: as it stands, in one of the
 * folders, or beside `beside`, if that is a script that names it. Empty if
 * there is none. */
span search_file(struct arena *arena, const struct script *script, span name,
                 const struct script_text *beside);

/* The same for an input that a script asks for. `input` is that script if it
 * stands among the inputs itself: then beside it comes first of all. */
span search_input(struct arena *arena, const struct script *script, span name,
                  span input, const struct script_text *beside);

/* The path of libNAME.a, or of NAME after a colon, in one of the folders. */
span search_library(struct arena *arena, const struct script *script,
                    span name);

/* Reports at a place of the script, with the line and a caret. Returns false.
 */
bool script_error(const struct bootlink_world *world, struct script_place place,
                  enum bootlink_class class_, const char *format, ...)
    PRINTF(4, 5);

/* ---- glob.c ------------------------------------------------------------- */

/* Shell wildcards as GNU ld matches them: * ? [a-z] [^a-z] [!a-z] and \ before
 * a character; '*' also matches '/'. Time is O(pattern x text). */
bool glob_match(span pattern, span text);
bool glob_has_wildcard(span pattern);

#endif
