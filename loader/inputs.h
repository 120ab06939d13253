/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known while inputs are opened, for inputs.c and input_archives.c.
 */
#ifndef BOOTLINK_INPUTS_H
#define BOOTLINK_INPUTS_H

#include "loader.h"

struct input_reader {
    struct link *link;
    bool whole_archive;
    struct group *group; /* the innermost that is open; NULL: none */
    unsigned script_depth;
    span alias;  /* of the file that is opened */
    span script; /* that stands among the inputs, and is opened */
    bool has_opened_archive;
    struct symbol_table names; /* of files: `value` is a place in ... */
    struct file_name **files;  /* ... this, from 1 */
    uint64_t file_count, file_capacity;
};

/* ---- inputs.c ------------------------------------------------------------ */

/* Links an object behind those before it; false if it is NULL. */
bool input_append(struct link *link, struct object *object);

/* What a file is that is no object: clang -flto makes a file of another kind.
 */
const char *input_kind(span bytes, const char *otherwise);

/* ---- input_archives.c ---------------------------------------------------- */

/* Takes from an archive what is wanted, or all with --whole-archive. */
bool input_archive(struct input_reader *r, span name, span bytes);

/* A group may stand inside another. */
bool input_start_group(struct input_reader *r);

/* Searches the innermost group until it has nothing more to give. */
bool input_end_group(struct input_reader *r);

#endif
