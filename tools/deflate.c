/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --compress-debug-sections: receives output sections with their bytes and
 * their places in the file. Afterwards debug sections that become smaller by it
 * are compressed, each behind a header that says how. [gABI: Section
 * Compression]
 */
#include "deflate.h"

#include <elf.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2 /* older <elf.h> lack it */
#endif

static bool is_worth_a_try(const struct output_section *o)
{
    return o->index && o->data && o->type == SHT_PROGBITS &&
           o->size > sizeof(Elf64_Chdr) && !(o->flags & SHF_ALLOC) &&
           span_starts(o->name, SPAN(".debug_"));
}

static uint64_t most_bytes(enum compression how, uint64_t size)
{
    return how == COMPRESS_ZSTD ? ZSTD_compressBound(size)
                                : compressBound(size);
}

/* The number of bytes that `from` becomes in the room at `to`; 0: none, as
 * something went wrong. */
static size_t compress_into(enum compression how, char *to, size_t room,
                            span from)
{
    if (how == COMPRESS_ZSTD) {
        size_t size =
            ZSTD_compress(to, room, from.data, from.size, ZSTD_CLEVEL_DEFAULT);
        return ZSTD_isError(size) ? 0 : size;
    }
    uLongf size = room;
    int done =
        compress((Bytef *)to, &size, (const Bytef *)from.data, from.size);
    return done == Z_OK ? size : 0;
}

static bool deflate_one(struct link *link, enum compression how,
                        const struct output_section *o, span *packed)
{
    Elf64_Chdr header = {
        .ch_type = how == COMPRESS_ZSTD ? ELFCOMPRESS_ZSTD : ELFCOMPRESS_ZLIB,
        .ch_size = o->size,
        .ch_addralign = o->align,
    };
    uint64_t room = most_bytes(how, o->size);
    char *to = arena_take(&link->arena, sizeof(header) + room, 1);
    if (!to)
        return false;
    memcpy(to, &header, sizeof(header));
    size_t size =
        compress_into(how, to + sizeof(header), room, (span){o->data, o->size});
    if (size && sizeof(header) + size < o->size)
        *packed = (span){to, sizeof(header) + size};
    return true;
}

/* What no segment loads stands behind all that is loaded, in order. In an
 * object, that is everything. */
static void move_up(struct link *link, const span *packed)
{
    bool is_object = link_is_relocatable(link);
    uint64_t end = sizeof(Elf64_Ehdr);
    for (const struct program_header *h = link->headers; h; h = h->next)
        end += sizeof(Elf64_Phdr);
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (o->index && !is_object && (o->flags & SHF_ALLOC) &&
            end < o->file_offset + (o->type == SHT_NOBITS ? 0 : o->size))
            end = o->file_offset + (o->type == SHT_NOBITS ? 0 : o->size);
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!o->index || (!is_object && o->flags & SHF_ALLOC))
            continue;
        const span *bytes = &packed[o->index];
        uint64_t align = bytes->size ? sizeof(uint64_t) : o->align;
        o->file_offset = end = align_up(end, align);
        if (o->type != SHT_NOBITS)
            end += bytes->size ? bytes->size : o->size;
    }
}

bool deflate_sections(struct link *link, enum compression how, span *packed)
{
    if (how == COMPRESS_NONE)
        return true;
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (is_worth_a_try(o) && !deflate_one(link, how, o, &packed[o->index]))
            return false;
    move_up(link, packed);
    return true;
}
