/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a link takes less memory: what nobody asks for again is used again, parts
 * of objects as soon as they are open; or is given back before the end, indices
 * of archives when all inputs are open, and what lists have grown from when all
 * sections are in one; and what the image will fill is used before that. A link
 * of a module does without.
 */
#include "elf_reader.h"

/* ---- Objects ------------------------------------------------------------- */

/* A thin archive may name a file twice, or a member of another archive. Members
 * of others lie apart. */
static bool has_thin_archive(const struct link *link)
{
    const struct archive *a = link->archives;
    while (a && !a->is_thin)
        a = a->next_opened;
    return a;
}

static void take_piece(struct link *link, span piece)
{
    const struct link_observer *observer = link->request->observer;
    if (piece.size && observer->lend(observer->context, piece))
        arena_give(&link->arena, piece);
}

/* The headers, and the symbol table but for locals: 24 % of the files of a
 * kernel of 600 objects. What has no type may share them, and is read only if
 * it is section 0. elf_once.c reads the symbols of groups again. */
void object_leave(const struct reader *r)
{
    struct link *link = r->link;
    const struct object *object = r->object;
    const struct link_observer *observer = link->request->observer;
    if (!observer || !observer->lend || r->has_groups || r->shares_headers ||
        r->headers[0].is.sh_type != SHT_NULL || has_thin_archive(link))
        return;
    span symbols = {(const char *)&r->symbols[object->first_global],
                    (object->symbol_count - object->first_global) *
                        sizeof(Elf64_Sym)};
    if (r->symbol_table && !r->shares_symbols)
        take_piece(link, symbols);
    take_piece(link, (span){(const char *)r->headers,
                            object->header_count * sizeof(Elf64_Shdr)});
}

bool pieces_leave(struct link *link)
{
    arena_leave_pieces(&link->arena);
    return true;
}

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

/* True if nothing that is read is in front of its index, either. */
static bool begins_with_index(const struct link *link, const struct archive *a)
{
    const char *end = a->index.data + a->index.size;
    span start = {a->bytes.data, (size_t)(end - a->bytes.data)};
    return (!a->long_names.size || a->long_names.data >= end) &&
           holds_no_object(link, start);
}

/* No archive will be asked any more, and nobody else reads its index. */
void archives_done(const struct link *link)
{
    const struct link_observer *observer = link->request->observer;
    const struct archive *a = link->archives;
    for (; a && observer && observer->done; a = a->next_opened)
        if (a->index.size && begins_with_index(link, a))
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
