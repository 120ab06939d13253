/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Places a shared object [gABI: Program Loading].
 *
 * Its segments become output sections, so that memory is found and pages are
 * planned as for a link; one that RELRO makes read-only in part becomes two or
 * three. All of them move together, by `bias`. Behind them lies what the linker
 * adds. Then the segments are copied to their places.
 */
#include "shared.h"

enum { PAGE = 4096 };

#define MOST (2ull << 30) /* bytes of a module */

/* ---- Output sections ------------------------------------------------------
 */

static struct output_section *add_output(struct shared *shared, span name,
                                         uint64_t address, uint64_t size,
                                         uint64_t flags)
{
    struct arena *arena = &shared->link->arena;
    struct output_section *output = arena_new(arena, struct output_section);
    if (!output)
        return NULL;
    output->name = name; /* all else is 0 */
    output->type = SHT_PROGBITS;
    output->flags = SHF_ALLOC | flags;
    output->align = 1;
    output->address = output->load_address = address;
    output->size = size;
    *shared->last_output = output;
    shared->last_output = &output->next;
    return output;
}

static uint64_t flags_of(uint32_t flags)
{
    return (flags & PF_W ? SHF_WRITE : 0) | (flags & PF_X ? SHF_EXECINSTR : 0);
}

/* The part of a segment between two addresses, if there is any. */
static bool add_part(struct shared *shared, const struct shared_load *load,
                     uint64_t start, uint64_t end, bool is_relro)
{
    uint64_t flags = flags_of(load->flags) & ~(is_relro ? SHF_WRITE : 0ull);
    if (start >= end)
        return true;
    span name = text_format(&shared->link->arena, "segment %u%s", load->index,
                            is_relro ? " (RELRO)" : "");
    return name.data &&
           add_output(shared, name, shared->bias + start, end - start, flags);
}

static uint64_t clamp(uint64_t n, uint64_t low, uint64_t high)
{
    return n < low ? low : n > high ? high : n;
}

static bool add_load(struct shared *shared, const struct shared_load *load)
{
    uint64_t start = load->address, end = start + load->size;
    uint64_t relro_start = clamp(shared->relro_start, start, end);
    uint64_t relro_end = clamp(shared->relro_end, relro_start, end);
    return add_part(shared, load, start, relro_start, false) &&
           add_part(shared, load, relro_start, relro_end, true) &&
           add_part(shared, load, relro_end, end, false);
}

/* A section that the linker has made, on pages of its own. */
static bool add_made(struct shared *shared, struct section *section)
{
    struct link *link = shared->link;
    const struct output_section *o = link->outputs;
    while (o->next)
        o = o->next;
    uint64_t address = align_up(o->address + o->size, PAGE);
    struct output_section *output =
        add_output(shared, section->name, address, section->size,
                   section->flags & SHF_WRITE);
    if (!output)
        return false;
    section->output = output;
    section->state = SECTION_PLACED;
    return true;
}

/* Sections are in the segments. One may reach over the end of RELRO: what is
 * behind lies next to it in memory, too. */
static bool place_sections(struct shared *shared)
{
    struct output_section *output = shared->link->outputs;
    for (uint32_t i = 0; i < shared->by_address_count; i++) {
        const struct keyed *entry = &shared->by_address[i];
        struct section *section = &shared->object->sections[entry->item];
        uint64_t address = shared->bias + entry->key;
        while (address - output->address >= output->size)
            output = output->next;
        section->output = output;
        section->offset = address - output->address;
        section->state = SECTION_PLACED;
    }
    return true;
}

/* An empty section has an address, too: a symbol may be in it. */
static void place_empty(struct shared *shared)
{
    struct object *object = shared->object;
    for (uint32_t i = 1; i < object->section_count; i++) {
        struct section *section = &object->sections[i];
        if (!(section->flags & SHF_ALLOC) || section->size)
            continue;
        section->output = shared->link->outputs;
        section->offset = shared->bias +
                          shared_section_address(shared, section) -
                          section->output->address;
        section->state = SECTION_PLACED;
    }
}

static uint64_t file_address(const struct shared *shared,
                             enum dynamic_value value)
{
    return shared->has[value] ? shared->bias + shared->dynamic[value] : 0;
}

static void set_image(struct shared *shared)
{
    struct bootlink_image *image = shared->link->image;
    image->init_array = file_address(shared, DYNAMIC_INIT_ARRAY);
    image->init_count = shared->dynamic[DYNAMIC_INIT_ARRAYSZ] / 8;
    image->fini_array = file_address(shared, DYNAMIC_FINI_ARRAY);
    image->fini_count = shared->dynamic[DYNAMIC_FINI_ARRAYSZ] / 8;
}

/* From its lowest address to its highest, with what the linker adds; UINT64_MAX
 * if a module cannot be that large: it reaches the kernel with 32 bits. */
static uint64_t room(const struct shared *shared)
{
    const struct shared_load *last = &shared->loads[shared->load_count - 1];
    uint64_t low = align_down(shared->loads[0].address, shared->align);
    uint64_t size = last->address + last->size - low;
    const struct section *made = shared->object->made;
    for (; made && size <= MOST; made = made->next_made)
        size = align_up(size, PAGE) + made->size;
    return shared->align <= MOST && size <= MOST
               ? align_up(size, PAGE) + shared->align - PAGE
               : UINT64_MAX;
}

/* Where it begins. Afterwards no address wraps. */
static bool choose_base(struct shared *shared, uint64_t *base)
{
    const struct bootlink_request *request = shared->link->request;
    uint64_t size = room(shared);
    *base = request->module_base;
    if (size != UINT64_MAX && request->place &&
        !request->place(request->placer, size, base))
        return false;
    if (size != UINT64_MAX && *base <= UINT64_MAX - size) {
        *base = align_up(*base, shared->align);
        return true;
    }
    return link_error(shared->link, BOOTLINK_LAYOUT,
                      "%.*s: its segments do not fit at 0x%llx, or not into "
                      "2 GiB, aligned to 0x%llx; link it with smaller ones",
                      SPAN_ARGS(shared->object->name),
                      (unsigned long long)*base,
                      (unsigned long long)shared->align);
}

bool shared_place(struct shared *shared)
{
    struct link *link = shared->link;
    uint64_t low = align_down(shared->loads[0].address, shared->align), base;
    bool ok = choose_base(shared, &base);
    shared->last_output = &link->outputs;
    shared->bias = base - low;
    for (uint32_t i = 0; ok && i < shared->load_count; i++)
        ok = add_load(shared, &shared->loads[i]);
    ok = ok && place_sections(shared);
    for (struct section *s = shared->object->made; ok && s; s = s->next_made)
        ok = add_made(shared, s);
    if (ok)
        place_empty(shared);
    set_image(shared);
    return ok;
}

/* ---- Into place -----------------------------------------------------------
 */

/* The parts of one segment lie next to each other in one block of memory. */
bool shared_copy(struct shared *shared)
{
    const struct output_section *output = shared->link->outputs;
    for (uint32_t i = 0; i < shared->load_count; i++) {
        struct shared_load *load = &shared->loads[i];
        while (output->address != shared->bias + load->address)
            output = output->next;
        load->data = output->data;
        memcpy(load->data, load->bytes.data, load->bytes.size);
        link_enter(shared->link, LINK_ZEROING);
        memset(load->data + load->bytes.size, 0, load->size - load->bytes.size);
        link_enter(shared->link, LINK_EMITTING);
    }
    return true;
}
