/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Edits .eh_frame [LSB Core 10.6]: receives the sections of that output
 * section, in order. Afterwards FDEs of functions that are not in the output
 * are gone, equal CIEs are one, and no gap between two sections looks like the
 * zero that ends the table. Sizes are final; bytes and relocations of the
 * inputs stay as they are, and where they go is eh_frame_place().
 */
#include "eh_frame.h"

#include <string.h>

/* All sections while they are being edited. */
struct editing {
    struct link *link;
    struct section *last;       /* the last input of all */
    const struct eh_cie *known; /* by eh_frame_read() */
    uint64_t cie_count;
    bool has_records;
};

/* ---- Which sections ----------------------------------------------------- */

struct output_section *eh_frame_output(const struct link *link)
{
    return output_named(link, SPAN(".eh_frame"));
}

bool eh_frame_each(struct output_section *output, void *context,
                   bool (*each)(void *context, struct section *section))
{
    if (!output)
        return true;
    for (struct command *c = output->statement->commands; c; c = c->next) {
        if (c->kind != COMMAND_INPUT)
            continue;
        for (uint64_t i = 0; i < c->input->matched.count; i++)
            if (!each(context, c->input->matched.items[i]))
                return false;
    }
    return true;
}

/* Relocations of what is not loaded are not checked in memory. */
static bool is_editable(const struct link *link, const struct section *section)
{
    return section->bytes.size && (section->flags & SHF_ALLOC ||
                                   link->request->output != BOOTLINK_IN_MEMORY);
}

/* For an object nobody has looked at them yet. */
static bool can_be_read(struct link *link, const struct section *section)
{
    return !link_is_relocatable(link) || relocations_look(link, section);
}

static bool read_section(void *context, struct section *section)
{
    struct editing *e = context;
    e->last = section;
    e->has_records |= section->size > EH_BODY_AT;
    section->output->is_kept |= section->size != 0; /* even if all goes */
    if (!is_editable(e->link, section))
        return true;
    if (!can_be_read(e->link, section) ||
        !eh_frame_read(e->link, section, &e->known))
        return false;
    if (section->frame)
        e->cie_count += section->frame->cie_count;
    else
        e->link->has_odd_frames = true;
    link_leave(e->link, section->object->bytes);
    return true;
}

/* ---- Which records stay ------------------------------------------------- */

/* The first one that is used stands for all of its equals. */
static struct eh_cie *choose_cie(struct eh_cie *cie)
{
    struct eh_cie *like = cie->like->like;
    if (!like->chosen) {
        like->chosen = cie;
        cie->record->is_kept = true;
    }
    return like->chosen;
}

static void choose_record(struct editing *e, struct section *section,
                          struct eh_record *record)
{
    if (!record->cie) {
        record->is_kept = section == e->last;
    } else if (!record->is_cie && !record->is_dead) {
        record->is_kept = true;
        record->cie = choose_cie(record->cie);
        e->link->fde_count++;
    }
}

/* ---- Where they go ------------------------------------------------------ */

/* Addresses in an FDE lie at their natural alignment. */
static unsigned record_align(const struct eh_record *record)
{
    if (!record->cie)
        return 4;
    if (record->is_cie)
        return record->is_aligned ? 8 : 4;
    return record->cie->width < 4 ? 4 : record->cie->width;
}

static uint64_t moved(const struct eh_record *record)
{
    return (uint64_t)record->new_offset - record->offset;
}

/* What is not kept is where the next record starts. Whatever comes behind that
 * moves further to the front than what stood before it: a record has at least 8
 * bytes, which is more than alignment gives back. */
static void place_records(struct section *section)
{
    struct eh_frame *frame = section->frame;
    struct eh_record *record = frame->records, *end = record + frame->count;
    struct eh_record *gap = record; /* behind the last one kept */
    uint64_t offset = 0, distance = 0;
    for (frame->first = record; record < end; record++) {
        if (!record->is_kept)
            continue;
        record->new_offset = align_up(offset, record_align(record));
        if (offset == 0) {
            frame->first = record;
            distance = moved(record);
        }
        frame->is_torn |= moved(record) != distance;
        offset = record->new_offset + record->size;
        for (; gap < record; gap++)
            gap->new_offset = record->new_offset;
        gap++;
    }
    frame->behind = gap;
    section->size = align_up(offset, 4);
}

/* Behind what is kept is the end. */
static bool place_others(void *context, struct section *section)
{
    struct eh_frame *frame = section->frame;
    (void)context;
    if (frame)
        for (struct eh_record *record = frame->behind;
             record < frame->records + frame->count; record++)
            record->new_offset = section->size;
    return true;
}

/* True if the i-th is the last one that starts at `offset` or before. */
static bool is_record_at(const struct eh_frame *frame, uint32_t i,
                         uint64_t offset)
{
    return frame->records[i].offset <= offset &&
           (i + 1 == frame->count || frame->records[i + 1].offset > offset);
}

static uint32_t search_record(const struct eh_frame *frame, uint64_t offset)
{
    uint32_t low = 0, high = frame->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (frame->records[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Relocations, who ask most, go from record to record. */
struct eh_record *eh_record_at(struct eh_frame *frame, uint64_t offset)
{
    uint32_t i = frame->found;
    if (i + 1 < frame->count && frame->records[i + 1].offset <= offset)
        i++;
    if (!is_record_at(frame, i, offset))
        i = search_record(frame, offset);
    frame->found = i;
    return &frame->records[i];
}

uint64_t eh_frame_place(const struct section *section, uint64_t offset)
{
    const struct eh_record *record = eh_record_at(section->frame, offset);
    uint64_t within = offset - record->offset;
    const struct eh_cie *chosen =
        record->is_cie ? record->cie->like->like->chosen : NULL;
    if (chosen) {
        section = chosen->section;
        record = chosen->record;
    }
    return section->offset + record->new_offset + within;
}

/* A CIE may be elsewhere, and is a run of its own. Only the next record is
 * tried for the next relocation, so that time is linear. */
uint64_t eh_frame_run(const struct section *section, const char *entry,
                      const char **end)
{
    const struct eh_frame *frame = section->frame;
    if (!frame->is_torn)
        return section->offset + moved(frame->first);
    const struct eh_record *last = frame->records + frame->count - 1;
    uint64_t offset = relocation_offset(entry);
    const struct eh_record *first = eh_record_at(section->frame, offset);
    for (const struct eh_record *record = first; entry < *end;) {
        entry += sizeof(Elf64_Rela);
        if (entry == *end || first->is_cie)
            break;
        uint64_t next = relocation_offset(entry);
        if (record < last && record[1].offset <= next)
            record++;
        bool is_in = record->offset <= next &&
                     (record == last || record[1].offset > next);
        if (!is_in || record->is_cie || moved(record) != moved(first))
            break;
    }
    *end = entry;
    return first->is_cie ? eh_frame_place(section, offset) - offset
                         : section->offset + moved(first);
}

/* ---- Relocations -------------------------------------------------------- */

/* Nearly all stay wherever their field ends, as it has no more than 8 bytes. */
static inline bool stays(const struct eh_record *record, uint64_t offset,
                         uint32_t type)
{
    uint64_t within = offset - record->offset;
    if (!record->is_kept || within < EH_BODY_AT)
        return false;
    if (in_bounds(record->size, within, 8))
        return true;
    const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, type);
    return kind && in_bounds(record->size, within, kind->width);
}

static void write_none(const struct section *section, char *entry,
                       uint64_t offset)
{
    memset(entry, 0,
           section->has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel));
    write64(entry, offset);
}

/* The first place of the input that is still in the section, or would be. */
static uint64_t first_place(const struct eh_frame *frame)
{
    uint32_t i = 0;
    while (i + 1 < frame->count && frame->records[i].is_cie &&
           !frame->records[i].is_kept)
        i++;
    return frame->records[i].offset;
}

/* Those of what is dropped become R_X86_64_NONE, at the place of the one before
 * them: so says -r to whoever counts them, as GNU ld does. That is written into
 * a copy. */
static bool drop_relocations(struct link *link, struct section *section)
{
    size_t size = section->has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    struct eh_frame *frame = section->frame;
    uint64_t last = first_place(frame);
    const struct eh_record *record = frame->records;
    const struct eh_record *last_record = record + frame->count - 1;
    char *copy = NULL;
    const char *entry = section->relocations;
    for (uint32_t i = 0; i < section->relocation_count; i++, entry += size) {
        uint64_t offset = relocation_offset(entry);
        while (record < last_record && record[1].offset <= offset)
            record++;
        if (offset < record->offset) /* of one before, in no order */
            record = eh_record_at(frame, offset);
        if (stays(record, offset, relocation_type(entry))) {
            last = offset;
            continue;
        }
        if (!copy) {
            copy = arena_room(&link->arena, section->relocation_count, size);
            if (!copy)
                return false;
            section->relocations = memcpy(copy, section->relocations,
                                          section->relocation_count * size);
        }
        write_none(section, copy + i * size, last);
    }
    return true;
}

/* Mostly all FDEs stay, and nothing else in them or in CIEs is relocated. */
static bool edit_section(void *context, struct section *section)
{
    struct editing *e = context;
    const struct eh_frame *frame = section->frame;
    uint64_t before = e->link->fde_count;
    if (!frame)
        return true;
    for (uint32_t i = 0; i < frame->count; i++)
        choose_record(e, section, &frame->records[i]);
    place_records(section);
    link_leave(e->link, section->object->bytes);
    uint64_t kept = e->link->fde_count - before;
    return (kept == section->relocation_count && kept == frame->usual_count) ||
           drop_relocations(e->link, section);
}

/* ---- Between two sections ----------------------------------------------- */

/* Padding. */
struct padding {
    uint64_t align;
    struct section *last; /* the last one with records in it ... */
    bool is_behind;       /* ... was passed */
};

/* What comes behind it is only the end of the table. */
static bool find_last(void *context, struct section *section)
{
    struct padding *padding = context;
    if (section->size > EH_TERMINATOR_SIZE)
        padding->last = section;
    return true;
}

/* A gap would be taken for the end of the table: the last record of a section
 * grows into it. Of what is empty behind all records nothing is left, not even
 * relocations. */
static bool pad_section(void *context, struct section *section)
{
    struct padding *padding = context;
    if (section == padding->last || !padding->last)
        padding->is_behind = true;
    if (!padding->is_behind)
        section->size = align_up(section->size, padding->align);
    else if (section->frame && section->size == 0) {
        section->frame->is_gone = true;
        section->relocation_count = 0;
    }
    return true;
}

bool eh_frame_is_gone(const struct section *section)
{
    return section->frame && section->frame->is_gone;
}

/* The alignment of the output section, as far as it is known before layout. */
static uint64_t known_align(struct link *link, const struct expr *expr)
{
    struct eval eval = {.link = link};
    if (!expr)
        return 1;
    struct value v = script_eval_absolute(&eval, expr);
    return v.is_known && is_power_of_two(v.number) ? v.number : 1;
}

static void pad_sections(struct link *link, struct output_section *output)
{
    struct padding padding = {.align = output->align};
    uint64_t align = known_align(link, output->statement->align);
    uint64_t subalign = known_align(link, output->statement->subalign);
    if (align > padding.align)
        padding.align = align;
    if (subalign > padding.align)
        padding.align = subalign;
    eh_frame_each(output, &padding, find_last);
    eh_frame_each(output, &padding, pad_section);
}

/* ---- The whole ---------------------------------------------------------- */

bool eh_frame_edit(struct link *link)
{
    struct output_section *output = eh_frame_output(link);
    struct editing e = {.link = link};
    if (!eh_frame_each(output, &e, read_section) ||
        !eh_cies_unite(link, output, e.cie_count) ||
        !eh_frame_each(output, &e, edit_section))
        return false;
    if (output)
        pad_sections(link, output);
    eh_frame_each(output, NULL, place_others);
    return !link->eh_frame_hdr ||
           link->extras.eh_frame_hdr_size(link, e.has_records);
}

/* ---- Contents ----------------------------------------------------------- */

/* A relative pointer that no relocation mends. */
static void move_pointer(const struct eh_record *record, char *to)
{
    if (!record->lsda_at)
        return;
    unsigned width = eh_width(record->cie->lsda_encoding);
    uint32_t within = record->lsda_at - record->offset;
    uint64_t moved = record->offset - (uint64_t)record->new_offset;
    if (!in_bounds(record->size, within, width))
        return;
    char *at = to + record->new_offset + within;
    if (width == 4 && read32(at))
        write32(at, read32(at) + moved);
    else if (width == 8 && read64(at))
        write64(at, read64(at) + moved);
    else if (width == 2 && read16(at))
        write16(at, read16(at) + moved);
}

/* What an FDE says of other places. */
static inline void mend_fde(const struct section *section,
                            const struct eh_record *record, char *to)
{
    const struct eh_cie *cie = record->cie;
    write32(to + record->new_offset + EH_ID_AT,
            section->offset + record->new_offset + EH_ID_AT -
                (cie->section->offset + cie->record->new_offset));
    move_pointer(record, to);
}

/* A record and its padding, which are NOPs, up to the next one; in the input,
 * too, but behind a terminator may be anything. */
static inline void copy_record(const struct section *section,
                               const struct eh_record *record, char *to)
{
    const struct eh_frame *frame = section->frame;
    bool is_last = record + 1 == frame->records + frame->count;
    uint32_t next = is_last ? section->bytes.size : record[1].offset;
    uint32_t end = is_last ? section->size : record[1].new_offset;
    char *at = to + record->new_offset;
    uint32_t size = end - record->new_offset;
    uint32_t copied = record->cie ? next - record->offset : 0;
    if (size > copied)
        memset(at + copied, 0, size - copied);
    else
        copied = size;
    if (!record->cie)
        return;
    memcpy(at, section->bytes.data + record->offset, copied);
    write32(at, size - EH_ID_AT);
}

/* What moved alike is copied at once, but for the last record, whose padding is
 * another. */
void eh_frame_emit(const struct section *section, char *to)
{
    const struct eh_frame *frame = section->frame;
    const struct eh_record *record = frame->first, *behind = frame->behind;
    if (!frame->is_torn && record < behind)
        memcpy(to + record->new_offset, section->bytes.data + record->offset,
               behind[-1].offset - record->offset);
    for (; record < behind; record++) {
        if (!record->is_kept)
            continue;
        if (frame->is_torn || record + 1 == behind)
            copy_record(section, record, to);
        if (record->cie && !record->is_cie)
            mend_fde(section, record, to);
    }
}
