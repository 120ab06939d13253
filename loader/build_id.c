/* SPDX-License-Identifier: BSD-2-Clause
 *
 * .note.gnu.build-id: a number by which an image is found again, say by a
 * debugger. Receives the number, or as many zeros as it will have bytes; who
 * writes a file puts a hash of it there. And .note.package, which the request
 * has whole. Like GNU ld's, the notes belong to the first object.
 * [GNU ld manual: --build-id, --package-metadata]
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

enum { HEADER_SIZE = 16 };

static struct section *note_make(struct link *link, span name, span note)
{
    return section_make(link, link_first_object(link),
                        (struct section){.name = name,
                                         .type = SHT_NOTE,
                                         .flags = SHF_ALLOC,
                                         .align = 4,
                                         .size = note.size,
                                         .bytes = note});
}

static bool id_make(struct link *link)
{
    span id = link->request->build_id;
    if (id.size == 0)
        return true;
    char *note = arena_take(&link->arena, HEADER_SIZE + id.size, 1);
    if (!note)
        return false;
    memcpy(note, "\4\0\0\0....\3\0\0\0GNU", HEADER_SIZE);
    write32(note + 4, id.size);
    memcpy(note + HEADER_SIZE, id.data, id.size);
    link->build_id = note_make(link, SPAN(".note.gnu.build-id"),
                               (span){note, HEADER_SIZE + id.size});
    return link->build_id != NULL;
}

bool build_id_make(struct link *link)
{
    span package = link->request->package_note;
    return id_make(link) &&
           (!package.size || note_make(link, SPAN(".note.package"), package));
}

char *build_id_data(const struct link *link)
{
    const struct section *section = link->build_id;
    if (!section || section->state != SECTION_PLACED || !section->output->data)
        return NULL;
    return section->output->data + section->offset + HEADER_SIZE;
}
