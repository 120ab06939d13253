/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Input sections that go one after another into an output section: receives
 * what a pattern of the script has taken, with offsets, and copies and
 * relocates it, each section while it is in the cache. This file is compiled to
 * be fast.
 */
#include "loader.h"

#include <string.h>

/* A libc may copy what is larger by a string instruction, which takes some time
 * to start, and counts for each byte where instructions are counted. */
enum { COPY_STEP = 4096 };

static SELDOM APART void copy_in_steps(char *to, const char *from,
                                       uint64_t size)
{
    for (uint64_t at = 0; at < size; at += COPY_STEP)
        memcpy(to + at, from + at,
               size - at < COPY_STEP ? size - at : COPY_STEP);
}

static inline void copy(char *to, const char *from, uint64_t size)
{
    if (size > COPY_STEP)
        copy_in_steps(to, from, size);
    else
        memcpy(to, from, size);
}

/* True for what is copied as it is, and relocated. */
static inline bool is_usual(const struct section *section)
{
    return !section->merged && !section->frame && section->bytes.size &&
           section->bytes.size == section->size &&
           (section->seen || !section->relocation_count);
}

/* False in an object, where nothing is relocated, and where words may be turned
 * round: see words_run_backwards(). */
static bool has_usual(const struct link *link,
                      const struct output_section *output)
{
    return !link_is_relocatable(link) &&
           output->name.size != SPAN(".init_array").size;
}

bool image_emit_sections(struct link *link, const struct output_section *output,
                         struct emission *emission, uint64_t limit)
{
    const struct content *content = emission->content;
    const struct object *object = emission_object(emission);
    bool may_be_usual = has_usual(link, output), ok = true;
    uint64_t i = emission->taken, at = emission->at;
    for (; i < content->count; i++) {
        const struct section *section = content->sections[i];
        uint64_t offset = section->offset, end = offset + section->size;
        if (section->object != object || end > limit)
            break;
        if (offset != at)
            image_fill(output, content->fill, output->data + at, offset - at);
        at = end;
        if (may_be_usual && is_usual(section)) {
            copy(output->data + offset, section->bytes.data, section->size);
            if (section->relocation_count)
                ok &= section_relocate(link, section);
        } else if (section->size || section->frame) {
            ok &= image_emit_section(link, section);
        }
    }
    emission->taken = i;
    emission->at = at;
    return ok;
}
