/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The pieces of an output section, one by one: receives what contents.c has
 * listed, one record for each command of the script. Gaps are where a section
 * does not begin at the end of what is before it, and go with it: half as many
 * pieces.
 */
#include "loader.h"

/* The next section of a pattern, with the gap before it; or what is left of one
 * that is empty. */
static bool section_next(struct piece_walk *walk, const struct content *content)
{
    struct piece *piece = &walk->piece;
    while (walk->taken < content->count) {
        struct section *section = content->sections[walk->taken++];
        uint64_t end = walk->end;
        walk->end = section->offset + section->size;
        piece->gap = section->offset - end;
        if (piece->gap)
            piece->fill = content->fill;
        piece->kind = PIECE_SECTION;
        piece->offset = section->offset;
        piece->size = section->size;
        piece->section = section;
        if (section->size || section->frame) /* -q counts on it */
            return true;
        piece->kind = PIECE_FILL;
        piece->offset = end;
        piece->size = piece->gap;
        piece->gap = 0;
        if (piece->size)
            return true;
    }
    return false;
}

/* Data, or a gap that the script makes. */
static void content_piece(struct piece_walk *walk,
                          const struct content *content)
{
    walk->piece = (struct piece){
        .kind = content->kind,
        .offset = walk->end,
        .size = content->size,
        .fill = content->fill,
        .value = content->value,
    };
    walk->end += content->size;
}

bool piece_next(struct piece_walk *walk)
{
    const struct content *content;
    while ((content = walk->content)) {
        bool is_section = content->kind == PIECE_SECTION;
        if (is_section && section_next(walk, content))
            return true;
        walk->content = content->next;
        walk->taken = 0;
        if (is_section)
            continue;
        content_piece(walk, content);
        return true;
    }
    return false;
}
