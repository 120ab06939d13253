/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Input sections that go one after another into an output section: receives
 * what a pattern of the script has taken, with offsets, and copies and
 * relocates it, each section while it is in the cache. This file is compiled to
 * be fast.
 */
#include "loader.h"

#include <string.h>

/* ---- Bytes -------------------------------------------------------------- */

/* An edited section has other bytes than the input, one of .bss has none there,
 * and a .eh_frame that could not be edited may have been padded. */
static SELDOM APART void write_unusual(const struct link *link,
                                       const struct section *section, char *to)
{
    span bytes = section->bytes;
    if (section->merged) {
        link->scripts.merged_emit(section, to);
    } else if (section->frame) {
        link->scripts.eh_frame_emit(section, to);
    } else {
        if (bytes.size)
            memcpy(to, bytes.data, bytes.size);
        memset(to + bytes.size, 0, section->size - bytes.size);
    }
}

static inline void write_section(const struct link *link,
                                 const struct section *section, char *to)
{
    if (section->merged || section->frame ||
        section->bytes.size != section->size)
        write_unusual(link, section, to);
    else
        memcpy(to, section->bytes.data, section->size);
}

/* ---- Relocations -------------------------------------------------------- */

static SELDOM bool turn_words(struct link *link, const struct section *section,
                              char *words)
{
    uint64_t count = section->size / 8;
    if (section->size % 8)
        return link_error_in(link, section, section->size, BOOTLINK_LAYOUT,
                             "its words go into %.*s in reverse, but its bytes "
                             "are not words; give it another place in the "
                             "script",
                             SPAN_ARGS(section->output->name));
    for (uint64_t i = 0; i < count / 2; i++) {
        uint64_t first = read64(words + i * 8);
        write64(words + i * 8, read64(words + (count - 1 - i) * 8));
        write64(words + (count - 1 - i) * 8, first);
    }
    return true;
}

/* In an object, or where words_run_backwards() may be true. */
static SELDOM bool relocate_unusual(struct link *link, struct section *section,
                                    char *to)
{
    bool ok = link_is_relocatable(link)
                  ? link->extras.section_check_references(link, section)
                  : sections_relocate(link, &section, 1);
    return ok &&
           (!words_run_backwards(section) || turn_words(link, section, to));
}

static SELDOM APART bool relocate_each(struct link *link,
                                       const struct output_section *output,
                                       struct section *const *sections,
                                       uint64_t count)
{
    bool ok = true;
    for (uint64_t i = 0; i < count; i++)
        ok &= relocate_unusual(link, sections[i],
                               output->data + sections[i]->offset);
    return ok;
}

static bool relocate(struct link *link, const struct output_section *output,
                     struct section *const *sections, uint64_t count)
{
    if (link_is_relocatable(link) ||
        output->name.size == SPAN(".init_array").size)
        return relocate_each(link, output, sections, count);
    return sections_relocate(link, sections, count);
}

/* ---- One after another -------------------------------------------------- */

/* Copies those of one object first, then relocates them: they are in the cache
 * still, and neither loop waits for the other. */
static bool emit_sections(struct link *link,
                          const struct output_section *output,
                          struct emission *e, uint64_t limit)
{
    const struct content *content = e->content;
    struct section *const *first = content->sections + e->taken, *const * next;
    struct section *const *last = content->sections + content->count;
    uint64_t at = e->at;
    for (next = first; next < last && (*next)->object == (*first)->object;
         next++) {
        const struct section *section = *next;
        uint64_t offset = section->offset, end = offset + section->size;
        if (end > limit)
            break;
        if (offset != at)
            image_fill(output, content->fill, output->data + at, offset - at);
        at = end;
        if (section->size || section->frame)
            write_section(link, section, output->data + offset);
    }
    e->at = at;
    e->taken += next - first;
    return next == first || relocate(link, output, first, next - first);
}

bool image_emit_next(struct link *link, const struct output_section *output,
                     struct emission *emission, uint64_t limit)
{
    const struct content *content = emission->content;
    char *to = output->data + emission->at;
    bool ok = true;
    if (content->kind == PIECE_SECTION)
        ok = emit_sections(link, output, emission, limit);
    else if (content->kind == PIECE_DATA)
        memcpy(to, &content->value, content->size);
    else
        image_fill(output, content->fill, to, content->size);
    if (emission->taken == content->count) {
        emission->at += content->size;
        emission->taken = 0;
        emission->content = content->next;
    }
    return ok;
}
