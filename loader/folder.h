/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a folder means as a kernel_path: its objects, then its archives; and as
 * a module_path: each of its files is a module.
 */
#ifndef BOOTLINK_FOLDER_H
#define BOOTLINK_FOLDER_H

#include "base.h"

/* A command line that grows. Zero it before the first call. */
struct folder_inputs {
    struct bootlink_input *inputs;
    uint64_t count, capacity;
};

/* Appends what lies in `folder` ("kernel", or "" for the root): the files
 * `names` in any order, UTF-8, without sub-folders. Objects come first, sorted
 * by the bytes of their names, then the archives (.a, .lib) sorted likewise, as
 * one group. Names that begin with a dot are left out. A name that is not an
 * archive's is taken for an object, and the linker says so if it is none.
 * False after reporting: two names equal but for case, or nothing to link. */
bool folder_append(const struct bootlink_world *world, struct arena *arena,
                   span folder, const span *names, uint64_t count,
                   struct folder_inputs *inputs);

/* Lists the files of a folder in the order of the bytes of their names, of
 * which there are *count at first: *paths has what is left, "folder/name".
 * False after reporting two names equal but for case. */
bool folder_list(const struct bootlink_world *world, struct arena *arena,
                 span folder, const span *names, uint64_t *count, span **paths);

/* Appends one file that is named by itself. */
bool folder_append_file(struct arena *arena, span path,
                        struct folder_inputs *inputs);

#endif
