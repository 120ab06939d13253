/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The bytes of an output file: receives output sections that know their places
 * in it. Small ones get memory, and who writes the file finds their bytes
 * there. Large ones never are in memory as a whole, if the request has a sink:
 * they are emitted (image.c) into a window that moves over them, which stays in
 * the cache, and handed on piece by piece.
 */
#include "loader.h"

#include <elf.h>

enum { WINDOW = 256 << 10 }; /* and what is smaller is kept */

/* ---- Memory -------------------------------------------------------------- */

static bool has_bytes(const struct output_section *output)
{
    return !output->is_removed && output->type != SHT_NOBITS && output->size;
}

static bool report_too_large(struct link *link, uint64_t size)
{
    const struct output_section *largest = NULL;
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (has_bytes(o) && (!largest || o->size > largest->size))
            largest = o;
    return link_error(link, BOOTLINK_NO_MEMORY,
                      "no memory for 0x%llx bytes of output; most of it is "
                      "section %.*s: make that smaller in the script",
                      (unsigned long long)size, SPAN_ARGS(largest->name));
}

/* Something of it is written when all else has been, or read again then. */
static bool holds_table(const struct link *link, const struct output_section *o)
{
    const struct section *const tables[] = {link->got,      link->igot_plt,
                                            link->iplt,     link->rela_iplt,
                                            link->build_id, link->eh_frame_hdr};
    for (unsigned i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        if (tables[i] && tables[i]->size && tables[i]->output == o)
            return true;
    return link->eh_frame_hdr && span_equal(o->name, SPAN(".eh_frame"));
}

static void choose_streamed(struct link *link)
{
    const struct link_sink *sink = link->request->sink;
    if (!sink || link_is_flat(link) || !sink->open(sink->context, link))
        return;
    for (struct output_section *o = link->outputs; o; o = o->next)
        o->is_streamed =
            has_bytes(o) && o->size > WINDOW && !holds_table(link, o);
}

static bool is_kept(const struct output_section *output)
{
    return has_bytes(output) && !output->is_streamed;
}

bool image_allocate_for_file(struct link *link)
{
    uint64_t size = 0;
    choose_streamed(link);
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (is_kept(o) && __builtin_add_overflow(size, o->size, &size))
            size = UINT64_MAX;
    struct bootlink_memory memory;
    if (size == 0)
        return true;
    if (!link->world->memory(link->world->host, BOOTLINK_MEMORY_IMAGE, size, 16,
                             BOOTLINK_ANYWHERE, &memory))
        return report_too_large(link, size);
    if (!image_keep(link, memory))
        return false;
    char *data = memory.data;
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!is_kept(o))
            continue;
        o->data = data;
        data += o->size;
    }
    return true;
}

/* ---- The window ---------------------------------------------------------- */

/* Holds [start, start + size) of an output section, whose `data` is such that
 * these bytes are found where all of them would be. */
struct window {
    struct link *link;
    struct output_section *output;
    char *bytes;
    uint64_t start, size;
};

/* Large enough for every piece. */
static uint64_t window_size(const struct output_section *output)
{
    uint64_t size = WINDOW;
    for (const struct piece *p = output->pieces; p; p = p->next)
        if (p->size > size)
            size = p->size;
    return size;
}

/* Moves on to `start`; what lies before it is done. */
static bool move_window(struct window *w, uint64_t start)
{
    const struct link_sink *sink = w->link->request->sink;
    span done = {w->bytes, start - w->start};
    uint64_t offset = w->output->file_offset + w->start;
    w->start = start;
    w->output->data = (char *)((uintptr_t)w->bytes - start);
    return sink->write(sink->context, w->link, offset, done);
}

static bool emit_pieces(struct window *w)
{
    bool ok = true, has_room = true;
    uint64_t end = 0;
    for (const struct piece *p = w->output->pieces; has_room && p;
         p = p->next) {
        if (p->offset + p->size - w->start > w->size)
            has_room = move_window(w, p->offset);
        ok &= has_room && image_emit_piece(w->link, w->output, p);
        end = p->offset + p->size;
    }
    return ok && move_window(w, end);
}

bool image_stream(struct link *link, struct output_section *output)
{
    struct arena room = arena_open(link->world, BOOTLINK_MEMORY_SCRATCH);
    struct window w = {
        .link = link, .output = output, .size = window_size(output)};
    w.bytes = arena_take(&room, w.size, 1);
    output->data = w.bytes;
    bool ok = w.bytes && emit_pieces(&w);
    output->data = NULL;
    arena_close(&room);
    return ok;
}
