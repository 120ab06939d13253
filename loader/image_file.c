/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The bytes of an output file: receives output sections that know their places
 * in it. Small ones get memory, and who writes the file finds their bytes
 * there. Large ones never are in memory as a whole, if the request has a sink:
 * they are emitted (image.c) into windows that move over them, which stay in
 * the cache, and handed on piece by piece.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

enum {
    WINDOW = 256 << 10, /* and what is smaller is kept */
    STEP = 32 << 10,    /* of the file */
    MOST_WINDOWS = 8,   /* at once */
};

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

/* ---- Windows ------------------------------------------------------------- */

/* Holds [start, start + size) of an output section, whose `data` is such that
 * these bytes are found where all of them would be. */
struct window {
    struct output_section *output;
    struct emission next; /* what is to be emitted, ... */
    uint32_t number;      /* ... and of which object it is; 0: of none */
    char *bytes;
    uint64_t start, size;
};

static uint32_t next_number(const struct window *w)
{
    const struct object *object = emission_object(&w->next);
    return object ? object->number : 0;
}

/* Large enough for whatever comes next, with the gap before it. */
static bool open_window(struct arena *room, struct window *w,
                        struct output_section *output)
{
    *w = (struct window){.output = output,
                         .next = {.content = output->contents},
                         .size = WINDOW};
    w->number = next_number(w);
    if (output->largest > w->size - STEP)
        w->size = output->largest + STEP;
    w->bytes = output->data = arena_take(room, w->size, 1);
    return w->bytes != NULL;
}

/* Moves on to where it has got to; what lies before that is done. But for the
 * end of all, these are whole steps of the file: a system that keeps files in
 * runs of pages, aligned to their size, has fewer runs so, and longer ones.
 * Writing "huge" takes it half the time, together with output_reserve(). */
static bool move_window(const struct link *link, struct window *w)
{
    const struct link_sink *sink = link->request->sink;
    uint64_t offset = w->output->file_offset + w->start;
    uint64_t size = w->next.at - w->start;
    uint64_t left = w->next.content ? (offset + size) % STEP : 0;
    left = left < size ? left : size;
    span done = {w->bytes, size - left};
    if (!sink->write(sink->context, link, offset, done))
        return false;
    memmove(w->bytes, w->bytes + done.size, left);
    w->start += done.size;
    w->output->data = (char *)((uintptr_t)w->bytes - w->start);
    return true;
}

/* Where what comes next ends. */
static uint64_t next_end(const struct window *w)
{
    const struct content *content = w->next.content;
    if (!content->count)
        return w->next.at + content->size;
    const struct section *section = content->sections[w->next.taken];
    return section->offset + section->size;
}

/* Emits what comes next of one object, and of those before it. False if nobody
 * takes it. */
static bool emit_object(struct link *link, struct window *w, bool *ok)
{
    const struct object *object = emission_object(&w->next);
    uint32_t number = w->number;
    while (w->next.content && w->number <= number) {
        if (next_end(w) - w->start > w->size && !move_window(link, w))
            return false;
        *ok &= image_emit_next(link, w->output, &w->next, w->start + w->size);
        w->number = next_number(w);
    }
    if (object)
        link_leave(link, object->bytes);
    return w->next.content || move_window(link, w);
}

/* The one that has something of the first object of all; NULL: all is done. */
static struct window *next_window(struct window *windows, unsigned count)
{
    struct window *first = NULL;
    for (struct window *w = windows; w < windows + count; w++)
        if (w->next.content && (!first || w->number < first->number))
            first = w;
    return first;
}

/* Some output sections at once, so that each object is gone through once. */
static bool stream(struct link *link, struct arena *room,
                   struct output_section **next)
{
    struct window windows[MOST_WINDOWS], *w;
    unsigned count = 0;
    for (; *next && count < MOST_WINDOWS; *next = (*next)->next)
        if ((*next)->is_streamed &&
            !open_window(room, &windows[count++], *next))
            return false;
    bool ok = true, can_go_on = true;
    while (can_go_on && (w = next_window(windows, count)))
        can_go_on = emit_object(link, w, &ok);
    while (count)
        windows[--count].output->data = NULL;
    return ok && can_go_on;
}

bool image_stream(struct link *link)
{
    bool ok = true;
    struct output_section *next = link->outputs;
    while (next) {
        struct arena room = arena_open(link->world, BOOTLINK_MEMORY_SCRATCH);
        ok &= stream(link, &room, &next);
        arena_close(&room);
    }
    return ok;
}
