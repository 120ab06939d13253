/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compressed sections become what they were [gABI: Section Compression]: those
 * of debuggers, which only files have. Receives sections that go in; afterwards
 * none of them is compressed, if the request says how to decompress. A boot
 * does not, and never reads them.
 *
 * Before SHF_COMPRESSED, .zdebug_info was a compressed .debug_info: "ZLIB", its
 * size as eight big-endian bytes, and the data.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

#define OLD_NAME SPAN(".zdebug")
#define OLD_MARK SPAN("ZLIB")

enum { OLD_HEADER_SIZE = 12 };

/* What a section says of its contents. */
struct contents {
    uint32_t type; /* ELFCOMPRESS_... */
    uint64_t size, align;
    span packed;
};

static bool refuse(struct link *link, const struct section *section,
                   const char *why)
{
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s:(%.*s): compressed section: %s; compile with "
                      "-gz=none, or build it again",
                      SPAN_ARGS(section->object->name),
                      SPAN_ARGS(section->name), why);
}

static bool is_old(const struct section *section)
{
    return span_starts(section->name, OLD_NAME) &&
           section->bytes.size >= OLD_HEADER_SIZE &&
           span_starts(section->bytes, OLD_MARK);
}

static struct contents read_old(const struct section *section)
{
    const unsigned char *p = (const unsigned char *)section->bytes.data;
    struct contents contents = {
        .type = ELFCOMPRESS_ZLIB,
        .align = section->align,
        .packed = span_part(section->bytes, OLD_HEADER_SIZE,
                            section->bytes.size - OLD_HEADER_SIZE),
    };
    for (unsigned i = OLD_MARK.size; i < OLD_HEADER_SIZE; i++)
        contents.size = contents.size << 8 | p[i];
    return contents;
}

static bool read_header(struct link *link, const struct section *section,
                        struct contents *contents)
{
    Elf64_Chdr header;
    if (section->bytes.size < sizeof(header))
        return refuse(link, section, "its header is cut off");
    memcpy(&header, section->bytes.data, sizeof(header));
    *contents = (struct contents){
        .type = header.ch_type,
        .size = header.ch_size,
        .align = header.ch_addralign ? header.ch_addralign : 1,
        .packed = span_part(section->bytes, sizeof(header),
                            section->bytes.size - sizeof(header)),
    };
    if (!is_power_of_two(contents->align))
        return refuse(link, section, "its alignment is not a power of two");
    return true;
}

/* No data shrinks more than that: a size beyond it would only take memory. */
static bool is_size_possible(const struct contents *contents)
{
    uint64_t most = contents->type == ELFCOMPRESS_ZLIB ? 1032 : 32768;
    return contents->size / most <= contents->packed.size;
}

static bool inflate(struct link *link, struct section *section,
                    const struct contents *contents)
{
    if (!is_size_possible(contents))
        return refuse(link, section, "its size cannot be true");
    char *bytes = arena_take(&link->arena, contents->size + ARENA_MARGIN, 1);
    if (!bytes)
        return false;
    switch (link->request->inflate(contents->type, contents->packed, bytes,
                                   contents->size)) {
    case BOOTLINK_INFLATED:
        break;
    case BOOTLINK_INFLATE_DAMAGED:
        return refuse(link, section, "its data is damaged");
    case BOOTLINK_INFLATE_UNKNOWN:
        return refuse(link, section,
                      "neither by zlib nor by zstd, but in an unknown way");
    }
    section->bytes = (span){bytes, contents->size};
    section->size = contents->size;
    section->align = contents->align;
    section->flags &= ~(uint64_t)SHF_COMPRESSED;
    return true;
}

static bool inflate_section(struct link *link, struct section *section)
{
    struct contents contents;
    bool is_now = section->flags & SHF_COMPRESSED;
    if (section->state != SECTION_OPEN || section->type == SHT_NOBITS ||
        (!is_now && !is_old(section)))
        return true;
    if (is_now)
        return read_header(link, section, &contents) &&
               inflate(link, section, &contents);
    contents = read_old(section);
    if (!inflate(link, section, &contents))
        return false;
    section->name =
        text_format(&link->arena, ".%.*s", (int)section->name.size - 2,
                    section->name.data + 2);
    return !link->arena.failed;
}

bool sections_inflate(struct link *link)
{
    bool ok = true;
    if (!link->request->inflate)
        return true;
    for (struct object *o = link->objects; o; o = o->next) {
        if (!(o->section_flags & SHF_COMPRESSED) &&
            !(o->section_names & name_family(OLD_NAME)))
            continue;
        for (uint32_t i = 1; i < o->section_count; i++)
            ok &= inflate_section(link, &o->sections[i]);
    }
    return ok;
}
