/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What orphans.c asks for: traits of sections (orphan_traits.c), which output
 * section is nearest to an orphan (orphan_nearest.c), and where notes go
 * (orphan_notes.c).
 */
#ifndef BOOTLINK_ORPHANS_H
#define BOOTLINK_ORPHANS_H

#include "loader.h"

/* What decides where an orphan goes. */
enum trait {
    CONTENTS = 1,
    ALLOC = 2,
    LOAD = 4,
    READ_ONLY = 8,
    CODE = 16,
    THREAD_LOCAL = 32,
    DEBUGGING = 64,
};

/* A kind of orphan, and the output section that is the model of the kind. */
enum orphan_kind { TEXT, RODATA, TDATA, DATA, BSS, RELA, NOTE, OTHER, KINDS };

struct orphan_model {
    span name; /* no data: it has none */
    unsigned traits;
};
extern const struct orphan_model orphan_models[KINDS];

/* The traits of a section that looks for a place. */
unsigned orphan_traits(const struct section *section);

/* Fills `traits` of all orphans: the first of a name finds a place for itself
 * and all that come later, so as soon as one of them can be written or run it
 * goes where such sections go. */
bool orphan_traits_collect(struct link *link);

/* Those of an output section. */
unsigned orphan_output_traits(const struct output_section *output);

/* The kind of a section of these traits. False for debug sections, which go to
 * the end. */
bool orphan_kind(const struct section *section, unsigned traits,
                 enum orphan_kind *kind);

/* orphan_nearest.c: the output section (as a command of the script) behind
 * which an orphan without a model goes; NULL: the start. If it is exactly
 * alike, `*is_alike` is set. */
struct command *orphan_nearest(struct link *link, unsigned traits,
                               uint32_t type, bool *is_alike);

/* The one behind which a table of relocations goes; NULL: the start. */
struct command *orphan_before_relocations(struct link *link);

static inline bool is_output_section(const struct command *command)
{
    return command->kind == COMMAND_OUTPUT_SECTION;
}

/* True if the output has notes already. Then `*after` is the output section
 * behind which a note of that alignment goes; NULL: before all. */
bool orphan_note_after(struct link *link, uint64_t align,
                       struct command **after);

/* If the first output section from `from` on is a note: the last note of all;
 * else NULL. */
struct command *orphan_last_note(struct command *from);

#endif
