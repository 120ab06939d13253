/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a link takes less memory: what nobody asks for again is given back before
 * the end, indices of archives when all inputs are open, and what lists have
 * grown from when all sections are in one; and what the image will fill is used
 * before that. A link of a module does without.
 */
#include "loader.h"

/* ---- Indices ------------------------------------------------------------ */

/* True if no object lies there. An index may say so, and so may a script that
 * wants an archive as data. */
static bool holds_no_object(const struct link *link, span bytes)
{
    uintptr_t start = (uintptr_t)bytes.data, end = start + bytes.size;
    const struct object *o = link->objects;
    while (o && ((uintptr_t)o->bytes.data >= end ||
                 (uintptr_t)o->bytes.data + o->bytes.size <= start))
        o = o->next;
    return !o;
}

/* No archive will be asked any more, and nobody else reads its index. */
void archives_done(const struct link *link)
{
    const struct link_observer *observer = link->request->observer;
    const struct archive *a = link->archives;
    for (; a && observer && observer->done; a = a->next_opened)
        if (a->index.size && holds_no_object(link, a->index))
            observer->done(observer->context, a->index);
}

/* ---- Lists -------------------------------------------------------------- */

static bool keep_list(struct link *link, struct section_list *list)
{
    struct section **items =
        arena_room(&link->arena, list->count, sizeof(*items));
    if (items && list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->capacity = list->count;
    return items;
}

/* Those that have grown go, and what they had grown from. */
bool lists_keep(struct link *link)
{
    struct command *c = link->script.written;
    bool ok = keep_list(link, &link->orphans);
    for (; c; c = c->next_written) {
        struct command *i =
            c->kind == COMMAND_OUTPUT_SECTION ? c->section->commands : NULL;
        for (; ok && i; i = i->next)
            if (i->kind == COMMAND_INPUT)
                ok = keep_list(link, &i->input->matched);
    }
    arena_close(&link->passing);
    return ok;
}

/* ---- The image ---------------------------------------------------------- */

void *image_unwritten(const struct link *link, uint64_t size)
{
    for (const struct output_section *o = link->outputs; o; o = o->next) {
        uint64_t start = align_up((uintptr_t)o->data, ARENA_ALIGNMENT);
        if (o->data && in_bounds(o->size, start - (uintptr_t)o->data, size))
            return (void *)start;
    }
    return NULL;
}
