/* SPDX-License-Identifier: BSD-2-Clause
 *
 * .eh_frame_hdr [LSB Core 10.6.2]: where .eh_frame is, and a table of its FDEs
 * sorted by address, in which an unwinder finds one by bisection.
 *
 *     version, three encodings | .eh_frame | count | address, FDE | ...
 *
 * All are 32 bits, relative to the place or to the section. The number of FDEs
 * is known when .eh_frame is edited, before addresses are.
 */
#include "eh_frame.h"

enum { HEADER_SIZE = 8, COUNT_SIZE = 4, ENTRY_SIZE = 8 };

/* A row of the table. */
struct row {
    uint64_t address, size; /* of the function */
    uint64_t fde;           /* its address */
};

/* ---- The section -------------------------------------------------------- */

/* Big enough for one record at least; --gc-sections may have dropped it since.
 */
static bool has_frames(const struct object *object)
{
    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct section *s = &object->sections[i];
        if (span_equal(s->name, SPAN(".eh_frame")) && s->size > EH_BODY_AT &&
            (s->state == SECTION_OPEN || s->state == SECTION_DISCARDED))
            return true;
    }
    return false;
}

bool eh_frame_hdr_make(struct link *link)
{
    struct object *object = link->request->eh_frame_hdr ? link->objects : NULL;
    while (object && !has_frames(object))
        object = object->next;
    if (!object)
        return true;
    link->eh_frame_hdr = section_make(
        link, object,
        (struct section){
            .name = SPAN(".eh_frame_hdr"), .flags = SHF_ALLOC, .align = 4});
    return link->eh_frame_hdr != NULL;
}

/* As GNU ld has it, local to the output. */
static bool define_name(struct link *link, struct section *section)
{
    struct symbol *name = symbol_enter(link, SPAN("__GNU_EH_FRAME_HDR"));
    if (!name || name->state != SYMBOL_UNDEFINED)
        return name != NULL;
    name->state = SYMBOL_DEFINED;
    name->object = section->object;
    name->section = section;
    name->binding = STB_LOCAL;
    name->visibility = STV_DEFAULT;
    return true;
}

bool eh_frame_hdr_size(struct link *link, bool has_records)
{
    struct section *section = link->eh_frame_hdr;
    if (!has_records || section->state != SECTION_PLACED) {
        link->eh_frame_hdr = NULL;
        return true;
    }
    section->size = HEADER_SIZE;
    if (!link->has_odd_frames)
        section->size += COUNT_SIZE + link->fde_count * ENTRY_SIZE;
    return define_name(link, section);
}

/* ---- The table ---------------------------------------------------------- */

/* Rows while they are being listed. */
struct listing {
    struct row *rows, **sorted;
    uint64_t count;
};

static uint64_t read_pointer(const char *at, unsigned encoding)
{
    bool is_signed = encoding & EH_SIGNED;
    switch (eh_width(encoding)) {
    case 2:
        return is_signed ? (uint64_t)(int16_t)read16(at) : read16(at);
    case 4:
        return is_signed ? (uint64_t)(int32_t)read32(at) : read32(at);
    default:
        return read64(at);
    }
}

static struct row read_row(const struct section *section,
                           const struct eh_record *record)
{
    const struct output_section *output = section->output;
    unsigned encoding = record->cie->fde_encoding;
    uint64_t offset = section->offset + record->new_offset;
    const char *at = output->data + offset + EH_BODY_AT;
    struct row row = {
        .address = read_pointer(at, encoding),
        .size = read_pointer(at + eh_width(encoding), encoding & ~EH_SIGNED),
        .fde = output->address + offset,
    };
    if (row.address && (encoding & EH_APPLICATION) == EH_PCREL)
        row.address += row.fde + EH_BODY_AT;
    return row;
}

static bool list_section(void *context, struct section *section)
{
    struct listing *listing = context;
    const struct eh_frame *frame = section->frame;
    for (uint32_t i = 0; frame && i < frame->count; i++) {
        const struct eh_record *record = &frame->records[i];
        if (!record->is_kept || !record->cie || record->is_cie)
            continue;
        struct row *row = &listing->rows[listing->count];
        *row = read_row(section, record);
        listing->sorted[listing->count++] = row;
    }
    return true;
}

static int by_address(const void *context, const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    (void)context;
    int order = compare_numbers(left->address, right->address);
    return order ? order : compare_numbers(left->size, right->size);
}

static bool list_rows(struct link *link, struct listing *listing)
{
    listing->rows = arena_array(&link->arena, link->fde_count, struct row);
    listing->sorted = arena_array(&link->arena, link->fde_count, struct row *);
    if (!listing->rows || !listing->sorted)
        return false;
    eh_frame_each(eh_frame_output(link), listing, list_section);
    return sort_pointers(&link->arena, listing->sorted, listing->count,
                         by_address, NULL);
}

/* ---- Contents ----------------------------------------------------------- */

/* Writes `to` - `from`; false if it does not fit. */
static bool write_distance(char *at, uint64_t to, uint64_t from)
{
    write32(at, to - from);
    return to - from == (uint64_t)(int32_t)(to - from);
}

static bool write_rows(struct link *link, const struct listing *listing,
                       char *at, uint64_t base)
{
    bool fits = true, overlaps = false;
    for (uint64_t i = 0; i < listing->count; i++, at += ENTRY_SIZE) {
        const struct row *row = listing->sorted[i];
        const struct row *last = i ? listing->sorted[i - 1] : NULL;
        fits &= write_distance(at, row->address, base);
        fits &= write_distance(at + 4, row->fde, base);
        overlaps |= last && row->address < last->address + last->size;
    }
    if (!fits)
        return link_error(link, BOOTLINK_RANGE,
                          ".eh_frame_hdr: a function or .eh_frame is more than "
                          "2 GiB away; place them nearer, or leave out "
                          "--eh-frame-hdr");
    return !overlaps ||
           link_error(link, BOOTLINK_LAYOUT,
                      ".eh_frame_hdr: two FDEs are for the same addresses; "
                      "place the functions apart, or leave out "
                      "--eh-frame-hdr");
}

static bool is_left(void *context, struct section *section)
{
    bool *has_any = context;
    *has_any |= section->frame && section->size;
    return true;
}

/* GNU ld gives no encodings for a table if nothing is left to list. */
static bool has_table(struct link *link, struct output_section *frames)
{
    bool has_any = false;
    eh_frame_each(frames, &has_any, is_left);
    return has_any && !link->has_odd_frames && frames->data;
}

bool eh_frame_hdr_fill(struct link *link)
{
    const struct section *section = link->eh_frame_hdr;
    struct output_section *frames = eh_frame_output(link);
    if (!section || !section->output->data)
        return true;
    uint64_t base = section->output->address;
    uint64_t place = base + section->offset;
    char *at = section->output->data + section->offset;
    struct listing listing = {0};
    at[0] = 1; /* version */
    at[1] = EH_PCREL | EH_SDATA4;
    at[2] = at[3] = (char)EH_OMIT;
    write_distance(at + 4, frames->address, place + 4);
    if (!has_table(link, frames))
        return true;
    at[2] = EH_UDATA4;
    at[3] = EH_DATAREL | EH_SDATA4;
    write32(at + HEADER_SIZE, link->fde_count);
    return list_rows(link, &listing) &&
           write_rows(link, &listing, at + HEADER_SIZE + COUNT_SIZE, base);
}
