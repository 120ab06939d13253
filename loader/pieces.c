/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The pieces of an output section, one by one: receives what contents.c has
 * listed, one record for each command of the script. Gaps are where a section
 * does not begin at the end of what is before it.
 */
#include "loader.h"

/* The next section of a pattern, or the gap before it. */
static bool section_next(struct piece_walk *walk, const struct content *content)
{
    struct piece *piece = &walk->piece;
    while (walk->taken < content->count) {
        struct section *section = content->sections[walk->taken];
        piece->size = section->offset - walk->end;
        piece->offset = walk->end;
        walk->end = section->offset;
        if (piece->size) {
            piece->kind = PIECE_FILL;
            piece->fill = content->fill;
            return true;
        }
        piece->kind = PIECE_SECTION;
        piece->size = section->size;
        piece->section = section;
        walk->end += section->size;
        walk->taken++;
        if (section->size || section->frame) /* -q counts on it */
            return true;
    }
    return false;
}

static void content_piece(struct piece_walk *walk,
                          const struct content *content)
{
    struct piece *piece = &walk->piece;
    piece->kind = content->kind;
    piece->offset = walk->end;
    piece->size = content->size;
    if (content->kind == PIECE_DATA)
        piece->value = content->value;
    else
        piece->fill = content->fill;
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
