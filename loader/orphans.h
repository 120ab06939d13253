/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What orphans.c asks for: traits of sections (orphan_traits.c), and where
 * notes go (orphan_notes.c).
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

/* The traits of an output section, and of one that looks for a place. */
unsigned orphan_traits_of(span name, uint32_t type, uint64_t flags);
unsigned orphan_traits(const struct section *section);

/* Fills `traits` of all orphans: the first of a name finds a place for itself
 * and all that come later, so as soon as one of them can be written or run it
 * goes where such sections go. */
bool orphan_traits_collect(struct link *link);

bool orphan_is_note(const struct section *section);

/* True if the output has notes already. Then `*after` is the output section
 * behind which a note of that alignment goes; NULL: before all. */
bool orphan_note_after(struct link *link, uint64_t align,
                       struct command **after);

/* If the first output section from `from` on is a note: the last note of all;
 * else NULL. */
struct command *orphan_last_note(struct command *from);

#endif
