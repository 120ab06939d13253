/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Takes a .eh_frame section apart [LSB Core 10.6; DWARF 5 6.4.1].
 *
 * Every length and pointer in it can be wrong. A section is only edited if all
 * of its pointers are understood, by the same rules as GNU ld's: relocations
 * stand only where pointers are, every FDE has one and belongs to a CIE in
 * front of it. Instructions are no more than passed on: one that is unknown
 * costs its record the cut of the padding behind it, where GNU ld leaves the
 * whole section as it is, with FDEs of what is gone, and the output without a
 * table.
 */
#include "eh_frame_reader.h"

#include <string.h>

enum {
    POINTER_SIZE = 8,
    USUAL_WIDTH = 4,           /* of addresses in FDEs */
    LONGEST_AUGMENTATION = 19, /* that GNU ld reads */
};

/* ---- Relocations, which follow the bytes in order ----------------------- */

static void go_to_relocation(struct frame_reader *r, uint32_t i)
{
    r->relocation = i;
    r->place = i < r->section->relocation_count
                   ? relocation_offset(relocation_entry(r->section, i))
                   : UINT64_MAX;
}

static void skip_relocations(struct frame_reader *r, uint32_t at)
{
    while (r->place < at)
        go_to_relocation(r, r->relocation + 1);
}

/* Those before `at` say nothing. */
static APART bool pass_nothing(struct frame_reader *r, uint32_t at)
{
    while (r->place < at) {
        struct relocation relocation = relocation_at(r->section, r->relocation);
        if (relocation.type != R_X86_64_NONE || relocation.symbol != 0)
            return eh_refuse(r, "a relocation where no pointer is");
        go_to_relocation(r, r->relocation + 1);
    }
    return true;
}

/* No relocation may stand between the last pointer and here. */
static inline bool has_none_before(struct frame_reader *r, uint32_t at)
{
    return r->place >= at || pass_nothing(r, at);
}

static bool has_relocation(const struct frame_reader *r)
{
    return r->place == r->at;
}

/* ---- CIE [LSB Core 10.6.1.1] -------------------------------------------- */

static bool read_encoding(struct frame_reader *r, uint8_t *encoding)
{
    return eh_byte(r, encoding) && has_none_before(r, r->at) &&
           (eh_width(*encoding) ||
            eh_refuse(r, "a pointer encoding without a fixed width"));
}

/* A pointer to the personality routine: always by a relocation, so that CIEs
 * can be compared before it is applied. */
static bool read_personality(struct frame_reader *r, struct eh_record *record)
{
    struct eh_cie *cie = record->cie;
    if (!eh_byte(r, &cie->personality_encoding))
        return false;
    unsigned width = eh_width(cie->personality_encoding);
    if (!width)
        return eh_refuse(r, "a pointer encoding without a fixed width");
    if ((cie->personality_encoding & EH_APPLICATION) == EH_ALIGNED) {
        if (!eh_skip(r, -r->at & (width - 1)))
            return false;
        record->is_aligned = width == 8;
    }
    if (!has_none_before(r, r->at))
        return false;
    if (!has_relocation(r))
        return eh_refuse(r, "a personality routine without a relocation");
    struct relocation relocation = relocation_at(r->section, r->relocation);
    struct symbol *symbol = symbol_at(r->section, relocation.symbol);
    cie->personality = symbol;
    cie->is_personality_nowhere =
        relocation.symbol < r->section->object->first_global &&
        !symbol->section;
    while (has_relocation(r))
        go_to_relocation(r, r->relocation + 1);
    return eh_skip(r, width);
}

/* The letters behind the z, each with its data. */
static bool read_augmentation(struct frame_reader *r, struct eh_record *record)
{
    struct eh_cie *cie = record->cie;
    span letters = cie->augmentation;
    for (size_t i = 0; i < letters.size; i++) {
        bool ok = true;
        if (letters.data[i] == 'z' && i == 0)
            ok = eh_uleb128(r, &cie->augmentation_size) &&
                 has_none_before(r, r->at);
        else if (letters.data[i] == 'L')
            ok = read_encoding(r, &cie->lsda_encoding);
        else if (letters.data[i] == 'R')
            ok = read_encoding(r, &cie->fde_encoding);
        else if (letters.data[i] == 'P')
            ok = read_personality(r, record);
        else if (letters.data[i] != 'S' && letters.data[i] != 'B')
            ok = eh_refuse(r, "an unknown augmentation");
        if (!ok)
            return false;
    }
    return true;
}

/* Address size and segment size, from version 4 on [DWARF 5 6.4.1]. */
static bool read_sizes(struct frame_reader *r, const struct eh_cie *cie)
{
    if (cie->version < 4)
        return true;
    if (!eh_skip(r, 2))
        return false;
    return (r->data[r->at - 2] == POINTER_SIZE && r->data[r->at - 1] == 0) ||
           eh_refuse(r, "addresses are not of 8 bytes");
}

static bool read_return_column(struct frame_reader *r, struct eh_cie *cie)
{
    uint8_t column;
    if (cie->version != 1)
        return eh_uleb128(r, &cie->return_column);
    if (!eh_byte(r, &column))
        return false;
    cie->return_column = column;
    return true;
}

static bool read_augmentation_string(struct frame_reader *r, struct eh_cie *cie)
{
    span rest = {(const char *)r->data + r->at, r->end - r->at};
    return (span_string(rest, 0, &cie->augmentation) &&
            cie->augmentation.size <= LONGEST_AUGMENTATION &&
            eh_skip(r, cie->augmentation.size + 1) &&
            has_none_before(r, r->at)) ||
           eh_refuse(r, "the augmentation has no end");
}

/* "eh", of GCC before 3.0, has letters that say nothing. */
static bool read_cie(struct frame_reader *r, struct eh_record *record)
{
    struct eh_cie *cie = record->cie;
    if (!eh_byte(r, &cie->version))
        return false;
    if (cie->version != 1 && cie->version != 3 && cie->version != 4)
        return eh_refuse(r, "an unknown version");
    if (!read_augmentation_string(r, cie))
        return false;
    if (!read_sizes(r, cie) || !eh_uleb128(r, &cie->code_align) ||
        !eh_sleb128(r, &cie->data_align) || !read_return_column(r, cie) ||
        !has_none_before(r, r->at))
        return false;
    cie->fde_encoding = EH_ABSPTR;
    cie->lsda_encoding = cie->personality_encoding = EH_OMIT;
    return span_starts(cie->augmentation, SPAN("eh")) ||
           read_augmentation(r, record);
}

static bool finish_cie(struct frame_reader *r, struct eh_record *record)
{
    uint32_t start = r->at;
    if (!has_none_before(r, r->end))
        return false;
    uint32_t end = eh_padding(r, record);
    struct eh_cie *cie = record->cie;
    cie->instructions = (span){(const char *)r->data + start, end - start};
    cie->width = eh_width(cie->fde_encoding);
    cie->has_size = span_starts(cie->augmentation, SPAN("z"));
    cie->is_usual = cie->has_size && cie->width == USUAL_WIDTH &&
                    cie->lsda_encoding == EH_OMIT;
    record->size = end - record->offset;
    r->at = r->end;
    return true;
}

/* Most files have the CIE of the file before: byte for byte, and nothing of it
 * is relocated. */
static bool is_known(const struct frame_reader *r,
                     const struct eh_record *record)
{
    const struct eh_cie *known = *r->known;
    if (!known || r->place < r->end)
        return false;
    const char *other = known->section->bytes.data + known->record->offset;
    const char *bytes = (const char *)r->data + record->offset;
    return read32(bytes) == read32(other) &&
           !memcmp(bytes, other, r->end - record->offset);
}

static void read_known_cie(struct frame_reader *r, struct eh_record *record)
{
    const struct eh_cie *known = *r->known;
    struct eh_cie *cie = record->cie;
    *cie = *known;
    cie->section = r->section;
    cie->record = record;
    cie->known = known;
    record->size = known->record->size;
    r->at = r->end;
}

static bool read_any_cie(struct frame_reader *r, struct eh_record *record)
{
    struct eh_cie *cie = record->cie =
        arena_room(&r->link->arena, 1, sizeof(*cie));
    if (!cie)
        return false;
    r->other_cie = r->cie;
    r->cie = record;
    r->frame->cie_count++;
    if (is_known(r, record)) {
        read_known_cie(r, record);
        return true;
    }
    bool is_plain = r->place >= r->end;
    *cie = (struct eh_cie){.section = r->section, .record = record};
    if (!read_cie(r, record) || !finish_cie(r, record))
        return false;
    if (is_plain)
        *r->known = cie;
    return true;
}

/* ---- FDE [LSB Core 10.6.1.2] -------------------------------------------- */

/* Mostly it is that of the FDE before, or the one before that. */
static APART bool search_cie(struct frame_reader *r, uint32_t offset)
{
    struct eh_record *found = r->other_cie;
    if (r->frame->count && (!found || found->offset != offset))
        found = eh_record_at(r->frame, offset);
    if (!found || !found->is_cie || found->offset != offset)
        return eh_refuse(r, "an FDE without its CIE");
    r->other_cie = r->cie;
    r->cie = found;
    return true;
}

/* An FDE points to its CIE by the distance back from that pointer. */
static inline bool find_cie(struct frame_reader *r, struct eh_record *record,
                            uint32_t distance)
{
    uint32_t offset = record->offset + EH_ID_AT - distance;
    if ((!r->cie || r->cie->offset != offset) && !search_cie(r, offset))
        return false;
    record->cie = r->cie->cie;
    return true;
}

/* The function must be in the object itself, or be nowhere by now. */
static bool check_function(struct frame_reader *r, uint32_t index)
{
    const struct object *object = r->section->object;
    if (index < object->first_global)
        return true;
    const struct symbol *symbol = symbol_at(r->section, index);
    if (symbol->state == SYMBOL_UNDEFINED ||
        (symbol->state == SYMBOL_DEFINED && symbol->section->object == object))
        return true;
    return eh_refuse(r, "an FDE for a function of another file");
}

/* True if the function is not in the output. It is one of this object. */
static inline bool is_gone(const struct section *section, uint32_t index)
{
    const struct section *function = symbol_section_at(section, index);
    return index == 0 || (function && (function->state == SECTION_DISCARDED ||
                                       function->state == SECTION_DUPLICATE));
}

static bool is_zero(const unsigned char *p, unsigned width)
{
    if (width == 4) /* as it mostly is */
        return read32(p) == 0;
    while (width && p[width - 1] == 0)
        width--;
    return width == 0;
}

/* First address and size. An FDE of size 0 is not wanted. */
static bool read_range(struct frame_reader *r, struct eh_record *record)
{
    if (!has_none_before(r, r->at))
        return false;
    if (!has_relocation(r))
        return eh_refuse(r, "an FDE without a relocation for its function");
    uint32_t index =
        relocation_symbol(relocation_entry(r->section, r->relocation));
    unsigned width = record->cie->width;
    if (!check_function(r, index) || !eh_skip(r, 2ull * width))
        return false;
    uint32_t size_at = r->at - width;
    skip_relocations(r, size_at);
    bool has_size = r->place == size_at || !is_zero(r->data + size_at, width);
    record->is_dead = !has_size || is_gone(r->section, index);
    return true;
}

/* Only an L in the CIE puts something in here. Without a z its length is not
 * known, and all that follows is taken for it. */
static bool read_fde_augmentation(struct frame_reader *r,
                                  struct eh_record *record)
{
    const struct eh_cie *cie = record->cie;
    uint64_t size = 0;
    if (cie->has_size && !eh_number(r, &size))
        return false;
    if (cie->lsda_encoding != EH_OMIT) {
        skip_relocations(r, r->at);
        if ((cie->lsda_encoding & EH_APPLICATION) == EH_PCREL &&
            !has_relocation(r) && !link_is_relocatable(r->link))
            record->lsda_at = r->at;
        if (!cie->has_size)
            size = r->end - r->at;
    }
    return eh_skip(r, size);
}

/* Both at once, of nearly all FDEs: their only relocation is that of the first
 * address, against a local symbol, and the augmentation is empty. If it is
 * another one, nothing is read. */
static inline bool read_usual(struct frame_reader *r, struct eh_record *record)
{
    const struct section *section = r->section;
    const unsigned char *range = r->data + r->at;
    if (!record->cie->is_usual || r->end - r->at <= 2 * USUAL_WIDTH ||
        r->place != r->at || range[2 * USUAL_WIDTH])
        return false;
    uint32_t index =
        relocation_symbol(relocation_entry(section, r->relocation));
    if (index >= section->object->first_global)
        return false;
    go_to_relocation(r, r->relocation + 1);
    if (r->place < r->end) {
        go_to_relocation(r, r->relocation - 1);
        return false;
    }
    record->is_dead =
        read32(range + USUAL_WIDTH) == 0 || is_gone(section, index);
    r->at += 2 * USUAL_WIDTH + 1;
    r->frame->usual_count++;
    return true;
}

/* Records take whole words, so that one whose last word is not zero would be no
 * smaller without its padding. Most are: not to look at their instructions
 * saves 1 M of the 31 M that glibc's static program takes. */
static inline bool can_shrink(const struct frame_reader *r,
                              const struct eh_record *record)
{
    return read32(r->data + r->end - 4) == 0 || (r->end - record->offset) % 4;
}

static bool read_fde(struct frame_reader *r, struct eh_record *record)
{
    if (!read_usual(r, record) &&
        (!read_range(r, record) || !read_fde_augmentation(r, record)))
        return false;
    uint32_t end = can_shrink(r, record) ? eh_padding(r, record) : r->end;
    record->size = end - record->offset;
    r->at = r->end;
    skip_relocations(r, r->end);
    return true;
}

/* ---- Records ------------------------------------------------------------ */

/* Words of zero end the table; several are as good as one. */
static bool read_terminator(struct frame_reader *r, struct eh_record *record)
{
    uint32_t end = r->section->bytes.size;
    record->size = EH_TERMINATOR_SIZE;
    for (; end - r->at >= EH_TERMINATOR_SIZE; r->at += EH_TERMINATOR_SIZE)
        if (read32(r->data + r->at) != 0)
            return eh_refuse(r, "records behind the terminator");
    return has_none_before(r, end);
}

static bool read_record(struct frame_reader *r, struct eh_record *record)
{
    const uint32_t at = r->at;
    const uint32_t length = read32(r->data + at);
    record->offset = at;
    r->at = at + EH_ID_AT;
    if (length == 0)
        return read_terminator(r, record);
    const uint32_t id = read32(r->data + at + EH_ID_AT);
    r->end = at + EH_ID_AT + length;
    r->at = at + EH_BODY_AT;
    record->is_cie = id == 0;
    if (id == 0)
        return read_any_cie(r, record);
    return find_cie(r, record, id) && read_fde(r, record);
}

/* Steps from length to length. Lengths of 64 bits, which a first word of all
 * ones announces, are not understood: they run past the end. */
static bool count_records(struct frame_reader *r, uint32_t *count)
{
    uint64_t size = r->section->bytes.size;
    uint64_t at = 0;
    *count = 0;
    if (size > UINT32_MAX)
        return eh_refuse(r, "it is larger than 4 GiB");
    for (uint32_t length = 1; at < size && length; at += 4ull + length) {
        r->at = at;
        if (size - at < 4)
            return eh_refuse(r, "a length is cut off");
        length = read32(r->data + at);
        if (length && (length < 4 || length > size - at - 4))
            return eh_refuse(r, "a length runs past the end");
        ++*count;
    }
    return true;
}

static bool read_records(struct frame_reader *r)
{
    uint32_t count;
    if (!count_records(r, &count))
        return false;
    r->frame = arena_take(&r->link->arena, 1,
                          sizeof(struct eh_frame) +
                              (uint64_t)count * sizeof(struct eh_record));
    if (!r->frame)
        return false;
    r->frame->records = (struct eh_record *)(r->frame + 1);
    go_to_relocation(r, 0);
    struct eh_record *record = r->frame->records, *end = record + count;
    for (r->at = 0; record < end; record++, r->frame->count++)
        if (!read_record(r, record))
            return false;
    return true;
}

bool eh_frame_read(struct link *link, struct section *section,
                   const struct eh_cie **known)
{
    struct frame_reader r = {.link = link,
                             .known = known,
                             .section = section,
                             .data =
                                 (const unsigned char *)section->bytes.data};
    if (read_records(&r)) {
        section->frame = r.frame;
        section->frame->place = eh_frame_place;
        return true;
    }
    if (!r.mistake)
        return false;
    link_warning_in(link, section, r.at, BOOTLINK_CORRUPT,
                    "%s; the section is left as it is, and no .eh_frame_hdr "
                    "table will be created",
                    r.mistake);
    return true;
}
