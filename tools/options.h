/* SPDX-License-Identifier: BSD-2-Clause
 *
 * GNU ld's command line as data. [GNU ld manual: Command-line Options]
 */
#ifndef BOOTLINK_OPTIONS_H
#define BOOTLINK_OPTIONS_H

#include "base.h"
#include "build_id.h"
#include "elf_file.h"
#include "observe.h"

/* A list of texts that grows in an arena. */
struct span_list {
    span *items;
    uint64_t count, capacity;
};

/* When something is warned of: by default unless it was asked for. */
enum warnings { WARN_UNASKED, WARN_NEVER, WARN_ALWAYS };

struct options {
    struct arena *arena;
    struct bootlink_request request; /* as far as options alone decide it */
    struct bootlink_input *inputs;
    uint64_t input_count, input_capacity;
    struct span_list folders;      /* -L, in order */
    struct span_list required;     /* --require-defined */
    struct span_list unique;       /* --unique=PATTERN */
    struct span_list wrapped;      /* --wrap */
    struct span_list ignored;      /* --ignore-unresolved-symbol */
    struct span_list undefined;    /* -u */
    struct bootlink_start *starts; /* -Ttext=, --section-start ... */
    uint64_t start_count, start_capacity;
    span output;              /* -o; empty: none */
    span default_script;      /* -dT; empty: none */
    span map;                 /* -Map; "-" is standard output */
    span dependency_file;     /* --dependency-file; empty: none */
    struct build_id build_id; /* --build-id */
    bool whole_archive;       /* is in force ... */
    uint64_t saved_states;    /* ... and was, a bit for each --push-state */
    unsigned saved_count;
    bool has_answered; /* a question; without inputs that is all */
    enum bootlink_input_kind format; /* -b: of the files behind it */
    struct observer observer;        /* -t, -y, --warn-common */
    bool cref, memory_usage, stats;
    struct symbol_choice symbols; /* -s, -x, -X, --retain-symbols-file */
    bool no_warn_segments;        /* that can be written and executed */
    enum warnings stack_warnings; /* of one that is executable */
    enum compression compression; /* --compress-debug-sections */
    bool is_freebsd;              /* -m, --oformat */
    bool fatal_warnings;
    bool relocatable; /* -r */
    bool binds_now;   /* -z now */
    bool help, version, verbose;
    bool failed; /* something was refused, and reported */
};

/* Reads the arguments (without the program's name). Every argument that is
 * refused is reported; `failed` says if there was one. */
void options_read(struct options *options, struct span_list arguments);

/* Reports an argument that cannot be; returns false. */
bool option_refuse(struct options *options, const char *format, ...)
    PRINTF(2, 3);

/* ---- option_table.c: all options there are ------------------------------ */

enum option_value {
    NO_VALUE,
    WITH_VALUE,     /* --name=value or --name value */
    WITH_FILE,      /* likewise; there must be such a file, also along -L */
    EQUALS_OR_NONE, /* --name or --name=value */
};

/* What an option does; `value` has no data if there is none. */
typedef void option_function(struct options *options, span value);

enum option_effect {
    APPLIES,   /* calls `apply` */
    SETS_FLAG, /* the bool `field` becomes `to` */
    SETS_WORD, /* the enum `field` becomes `to` */
    SETS_TEXT, /* the span `field` becomes its value */
    ADDS_TEXT, /* the span_list `field` gets its value */
    IS_IGNORED,
    IS_REFUSED, /* GNU ld has it, this linker does not */
};

/* An option, or a keyword of -z. */
struct option_row {
    const char *name;     /* without dashes */
    const char *argument; /* what --help calls its value; NULL: it has none */
    const char *help;     /* NULL: another name of the row before */
    const char *refusal;  /* why */
    option_function *apply;
    uint16_t field; /* where in struct options */
    uint8_t to;
    enum option_effect effect;
    enum option_value value;
};

extern const struct option_row option_rows[];  /* up to one without a name */
extern const struct option_row keyword_rows[]; /* of -z */

/* Does what a row says. */
void option_apply(struct options *options, const struct option_row *row,
                  span value);

/* ---- option_help.c ------------------------------------------------------ */

/* Prints --help; false if it cannot be written. */
bool options_help(void);

/* ---- option_apply.c, option_layout.c: what they do ------------------------
 */

void option_add_file(struct options *options, span name);

/* Those of the table, in its order. */
option_function option_add_library, option_start_group, option_end_group,
    option_start_whole_archive, option_end_whole_archive, option_add_script,
    option_set_emulation, option_set_entry, option_add_definition,
    option_trace_symbol, option_print_map, option_set_input_format,
    option_add_symbols, option_omagic, option_no_omagic, option_execstack,
    option_noexecstack, option_set_stack_size, option_set_orphans,
    option_set_compression, option_sort_section, option_sort_common,
    option_add_unique, option_strip_all, option_retain, option_push_state,
    option_pop_state, option_print_sysroot, option_set_format,
    option_print_format, option_add_required, option_set_unresolved,
    option_no_warnings, option_set_build_id, option_set_package,
    option_set_call_nop, option_set_keyword, option_set_page_size,
    option_set_common_page_size, option_set_start_stop_visibility,
    option_set_text_start, option_set_data_start, option_set_bss_start,
    option_set_text_segment, option_set_rodata_segment,
    option_set_ldata_segment, option_set_section_start;

/* When all arguments have been read. */
void option_end(struct options *options);

/* ---- option_properties.c ------------------------------------------------- */

/* Notes what a -z keyword says of .note.gnu.property. False if it says nothing
 * of that. */
bool option_property(struct options *options, span keyword);

/* ---- response.c --------------------------------------------------------- */

/* Appends to the list; false if there is no memory. */
bool span_list_add(struct arena *arena, struct span_list *list, span item);

/* The arguments with every @file replaced by what the file says. An @file that
 * cannot be read stands for itself, as GNU ld has it. */
struct span_list response_expand(struct arena *arena, char **arguments);

#endif
