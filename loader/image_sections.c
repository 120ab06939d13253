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

/* got_plan() has looked at relocations of what is meant to be loaded. A script
 * may load more than that. */
static bool is_planned(const struct link *link, const struct section *section)
{
    return section->flags & SHF_ALLOC ||
           link->request->output == BOOTLINK_IN_FILE;
}

static SELDOM APART bool
relocate_unusual(struct link *link, const struct section *section, char *to)
{
    bool ok =
        link_is_relocatable(link)
            ? link->extras.section_check_references(link, section)
            : (is_planned(link, section) || relocations_look(link, section)) &&
                  section_relocate(link, section);
    return ok &&
           (!words_run_backwards(section) || turn_words(link, section, to));
}

/* False in an object, and where words_run_backwards() may be true. */
static bool has_usual(const struct link *link,
                      const struct output_section *output)
{
    return !link_is_relocatable(link) &&
           output->name.size != SPAN(".init_array").size;
}

/* ---- One after another -------------------------------------------------- */

static bool emit_sections(struct link *link,
                          const struct output_section *output,
                          struct emission *e, uint64_t limit)
{
    const struct content *content = e->content;
    const struct object *object = emission_object(e);
    bool is_usual = has_usual(link, output), ok = true;
    for (; e->taken < content->count; e->taken++) {
        const struct section *section = content->sections[e->taken];
        uint64_t end = section->offset + section->size;
        char *to = output->data + section->offset;
        uint64_t gap = section->offset - e->at;
        if (section->object != object || end > limit)
            break;
        if (gap)
            image_fill(output, content->fill, to - gap, gap);
        e->at = end;
        if (section->size || section->frame)
            write_section(link, section, to);
        if (section->relocation_count == 0 && is_usual)
            continue;
        if (is_usual && section->seen)
            ok &= section_relocate(link, section);
        else if (section->bytes.size && !section->merged)
            ok &= relocate_unusual(link, section, to);
    }
    return ok;
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
