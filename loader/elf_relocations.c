/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations of one section, as they lie in the file [gABI: Relocation].
 *
 * They are looked at when the object is opened, while it is in the cache, if
 * their section may go into the output: most of an object's bytes are debug
 * sections, which a boot never reads. What is wrong is reported when the
 * section is chosen.
 */
#include "loader.h"

#include <string.h>

enum { WIDEST = 8, NARROW = 4 }; /* of what is written */

SELDOM struct relocation
relocation_with_addend_in_place(const struct section *section, uint32_t i)
{
    Elf64_Rel entry;
    memcpy(&entry, section->relocations + (size_t)i * sizeof(entry),
           sizeof(entry));
    struct relocation relocation = {entry.r_offset, ELF64_R_TYPE(entry.r_info),
                                    ELF64_R_SYM(entry.r_info), 0};
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, relocation.type);
    if (kind && in_bounds(section->bytes.size, entry.r_offset, kind->width))
        relocation.addend =
            reloc_read_addend(kind, section->bytes.data + entry.r_offset);
    return relocation;
}

/* Types that the psABI has are refused by their names. */
SELDOM static bool report_type(struct link *link, const struct section *section,
                               struct relocation relocation)
{
    const char *name = reloc_x86_64.name(relocation.type);
    const span symbol = symbol_at(section, relocation.symbol)->name;
    return link_error_in(
        link, section, relocation.offset, BOOTLINK_UNSUPPORTED,
        "%s relocation type %u%s%s against '%.*s'; %s",
        name ? "unsupported" : "unknown", relocation.type, name ? ", " : "",
        name ? name : "", SPAN_ARGS(symbol),
        name ? "only a dynamic linker applies it: give the object as the "
               "compiler made it"
             : "the file is damaged: build it again");
}

SELDOM static bool report_unsound(struct link *link,
                                  const struct section *section,
                                  struct relocation relocation)
{
    const struct object *object = section->object;
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, relocation.type);
    if (relocation.symbol >= object->symbol_count)
        return link_error_in(
            link, section, relocation.offset, BOOTLINK_CORRUPT,
            "relocation against symbol %u of %u; the file is damaged: build it "
            "again",
            relocation.symbol, object->symbol_count);
    if (!kind)
        return report_type(link, section, relocation);
    return link_error_in(
        link, section, relocation.offset, BOOTLINK_CORRUPT,
        "%s is outside the section's 0x%llx bytes; the file is damaged: build "
        "it again",
        reloc_x86_64.name(relocation.type), (unsigned long long)section->size);
}

SELDOM static bool can_have_relocations(struct link *link,
                                        const struct section *section)
{
    if (section->flags & SHF_COMPRESSED)
        return link_error(link, BOOTLINK_UNSUPPORTED,
                          "%.*s:(%.*s): the section is compressed, and nothing "
                          "here decompresses it; compile with -gz=none",
                          SPAN_ARGS(section->object->name),
                          SPAN_ARGS(section->name));
    if (section->type == SHT_NOBITS)
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s:(%.*s): relocations for a section without "
                          "contents; the file is damaged: build it again",
                          SPAN_ARGS(section->object->name),
                          SPAN_ARGS(section->name));
    return true;
}

static size_t entry_size(const struct section *section)
{
    return section->has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
}

/* All but the addend. */
static inline struct relocation without_addend(const char *entry)
{
    uint64_t info = read64(entry + offsetof(Elf64_Rel, r_info));
    return (struct relocation){read64(entry), (uint32_t)info,
                               (uint32_t)(info >> 32), 0};
}

static APART bool is_sound(const struct section *section, struct relocation r)
{
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, r.type);
    return kind && r.symbol < section->object->symbol_count &&
           in_bounds(section->bytes.size, r.offset, kind->width);
}

/* What a relocation adds that is not as plain as nearly all are. */
static unsigned judge(struct link *link, const struct section *section,
                      const char *entry)
{
    struct relocation r = without_addend(entry);
    if (section->has_addends)
        r.addend = relocation_addend(entry);
    if (!is_sound(section, r))
        return RELOCATIONS_UNSOUND;
    switch (reloc_x86_64.kinds[r.type].expression) {
    case RELOC_G_PLUS_A:
    case RELOC_G_PLUS_GOT_PLUS_A_MINUS_P:
        return got_foresee(link, section, &r) ? RELOCATIONS_LOADS
                                              : RELOCATIONS_GOT;
    default:
        return 0;
    }
}

static APART void look_closer(struct link *link, struct section *section,
                              const char *entry)
{
    section->seen |= judge(link, section, entry);
}

/* One by one. If types and symbols are, only places near the end need a look:
 * not all are wide. */
static APART bool are_sound(const struct section *section, bool are_known)
{
    const char *entry = section->relocations;
    for (uint32_t left = section->relocation_count; left; left--) {
        bool is_far = in_bounds(section->bytes.size, read64(entry), WIDEST);
        if (!(are_known && is_far) && !is_sound(section, without_addend(entry)))
            return false;
        entry += entry_size(section);
    }
    return true;
}

/* What there is; 0 if not all is sound. Of those that are plain nothing is
 * looked up: their largest numbers are in bounds, and so are all. The symbol is
 * the upper half of an entry's info, so the largest of these tells of it: 12
 * instructions for each. */
static inline unsigned look(struct link *link, struct section *section)
{
    const uint64_t plain = reloc_x86_64.plain;
    const size_t step = entry_size(section);
    uint64_t place = 0, largest = 0;
    uint32_t types = 0;
    const char *entry = section->relocations;
    const char *end = entry + section->relocation_count * step;
    section->seen = RELOCATIONS_SOUND;
    for (; entry < end; entry += step) {
        uint64_t info = read64(entry + offsetof(Elf64_Rel, r_info));
        uint64_t offset = read64(entry);
        types |= (uint32_t)info;
        largest = info > largest ? info : largest;
        place = offset > place ? offset : place;
        if (!(plain >> info % 64 & 1))
            look_closer(link, section, entry);
    }
    if (section->seen & RELOCATIONS_UNSOUND)
        return 0;
    bool are_known =
        types < 64 && largest >> 32 < section->object->symbol_count;
    unsigned widest = types & reloc_x86_64.wide_bits ? WIDEST : NARROW;
    bool is_sure = are_known && in_bounds(section->bytes.size, place, widest);
    return is_sure || are_sound(section, are_known) ? section->seen : 0;
}

/* Looks at those of some sections, if they may go in; returns all that it saw.
 * Sections have but ten relocations each, and a call would add four for each.
 */
static APART unsigned look_at_all(struct link *link, struct section *section,
                                  const struct section *end, bool all)
{
    unsigned seen = 0;
    for (; section < end; section++) {
        if (!section->relocation_count || section->state != SECTION_OPEN ||
            !(all || section->flags & SHF_ALLOC))
            continue;
        if (section->type != SHT_NOBITS && !(section->flags & SHF_COMPRESSED))
            section->seen = (uint8_t)look(link, section);
        seen |= section->seen ? section->seen : RELOCATIONS_GOT;
    }
    return seen;
}

void relocations_foresee(struct link *link, struct object *object)
{
    object->seen |= look_at_all(link, object->sections + 1,
                                object->sections + object->section_count,
                                link->request->output == BOOTLINK_IN_FILE);
}

SELDOM static void report_all(struct link *link, const struct section *section)
{
    const char *entry = section->relocations;
    for (uint32_t left = section->relocation_count; left; left--) {
        struct relocation r = without_addend(entry);
        if (!is_sound(section, r))
            report_unsound(link, section, r);
        entry += entry_size(section);
    }
}

SELDOM unsigned relocations_look(struct link *link,
                                 const struct section *section)
{
    if (section->seen)
        return section->seen;
    if (section->relocation_count && !can_have_relocations(link, section))
        return 0;
    if (!section->relocation_count)
        return RELOCATIONS_SOUND;
    struct section copy = *section; /* nobody else is to know of it */
    copy.state = SECTION_OPEN;
    look_at_all(link, &copy, &copy + 1, true);
    if (!copy.seen)
        report_all(link, section);
    return copy.seen;
}
