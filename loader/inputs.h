/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known while inputs are opened, for inputs.c, input_kinds.c,
 * input_scripts.c, input_archives.c and input_groups.c.
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
    span *opened; /* names of files, as long as nobody ... */
    uint64_t opened_count, opened_capacity;
    bool knows_names;          /* ... asks for them; then in ... */
    struct symbol_table names; /* ... this: `value` is a place in ... */
    struct file_name **files;  /* ... this, from 1 */
    uint64_t file_count, file_capacity;
};

/* ---- inputs.c ------------------------------------------------------------ */

/* Links an object behind those before it; false if it is NULL. */
bool input_append(struct link *link, struct object *object);

/* What a file is that is no object: clang -flto makes a file of another kind.
 */
const char *input_kind(span bytes, const char *otherwise);

/* Opens an input; `from` is where a script asks for it, NULL: the command line
 * does. */
bool input_open(struct input_reader *r, const struct bootlink_input *input,
                const struct script_input *from);
bool input_open_file(struct input_reader *r, span path);

/* ---- input_kinds.c ------------------------------------------------------- */

bool input_open_kind(struct input_reader *r, const struct bootlink_input *input,
                     const struct script_input *from);

/* A file that a script names is looked for. */
bool input_open_named(struct input_reader *r, span name,
                      const struct script_input *from);

/* ---- input_scripts.c ----------------------------------------------------- */

/* Opens what a script asks for; before all others, that of the layout. */
bool input_take_turn(struct input_reader *r, struct script_turn turn);
bool input_take_first(struct input_reader *r);

/* Adds a script among the inputs to the others, and opens what it asks for. */
bool input_is_script(span bytes);
bool input_script(struct input_reader *r, span name, span bytes);

/* Opens a file that an output section names. One of that name which comes later
 * comes now; else it is looked for. An archive is searched again in its own
 * place. */
bool input_pattern(struct input_reader *r, const struct script_input *from);

/* An input is to be opened, and names are known: was that done already? False
 * if there is no memory. */
bool input_opens(struct input_reader *r, span name, bool *is_done);

/* ---- input_archives.c ---------------------------------------------------- */

/* Takes from an archive what is wanted, or all with --whole-archive. */
bool input_archive(struct input_reader *r, span name, span bytes);

/* ---- input_groups.c ------------------------------------------------------ */

/* Takes what is wanted now, and in a group again when the group ends. */
bool input_search_archive(struct input_reader *r, struct archive *archive);

/* A group may stand inside another. */
bool input_start_group(struct input_reader *r);

/* Searches the innermost group until it has nothing more to give. */
bool input_end_group(struct input_reader *r);

/* Those that nobody has ended, with a warning. */
bool input_end_groups(struct input_reader *r);

#endif
