/* SPDX-License-Identifier: BSD-2-Clause
 *
 * GNU ld's command line as data. [GNU ld manual: Command-line Options]
 */
#ifndef BOOTLINK_OPTIONS_H
#define BOOTLINK_OPTIONS_H

#include "base.h"
#include "build_id.h"

/* A list of texts that grows in an arena. */
struct span_list {
    span *items;
    uint64_t count, capacity;
};

struct options {
    struct arena *arena;
    struct bootlink_input *inputs;
    uint64_t input_count, input_capacity;
    struct span_list folders;   /* -L, in order */
    struct span_list undefined; /* -u */
    span output;                /* -o; "a.out" */
    span entry;                 /* -e */
    span map;                   /* -Map; "-" is standard output */
    span definitions;           /* --defsym as script text */
    uint64_t page_size;         /* -z max-page-size; 0: not given */
    uint64_t common_page_size;
    bool no_relro, no_separate_code; /* -z norelro, -z noseparate-code */
    struct bootlink_start *starts;   /* -Ttext=, --section-start ... */
    uint64_t start_count, start_capacity;
    struct build_id build_id;              /* --build-id */
    struct bootlink_properties properties; /* -z ibt and others */
    bool no_relax;
    bool gc_sections, print_gc_sections, gc_keep_exported, start_stop_gc;
    bool help, version, verbose;
    bool failed; /* something was refused, and reported */
};

/* Reads the arguments (without the program's name). Every argument that is
 * refused is reported; `failed` says if there was one. */
void options_read(struct options *options, struct span_list arguments);

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
