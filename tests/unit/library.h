/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes archives for unit tests, as GNU's and BSD's ar do [ar(5)]:
 *
 *     struct library a;
 *     library_open(&a, "/");
 *     put_object(&a, "x.o/", bytes);
 *     write_gnu_index(&a, 4, (struct entry[]){{"f", 0}}, 1);
 *     ... a.bytes, a.size ...
 */
#ifndef BOOTLINK_TEST_LIBRARY_H
#define BOOTLINK_TEST_LIBRARY_H

#include "unit/builder.h"

#include <stdio.h>

enum { INDEX_ROOM = 256 };

struct library {
    char bytes[65536];
    size_t size;
    uint64_t offsets[8]; /* of member headers */
    uint32_t count;
    struct builder b; /* the member being made */
};

static inline void put(struct library *a, const void *bytes, size_t size)
{
    assert_true(a->size + size <= sizeof(a->bytes));
    memcpy(a->bytes + a->size, bytes, size);
    a->size += size;
}

static inline void put_member(struct library *a, const char *name, span content)
{
    char header[61];
    snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0,
             0, 0, 0644, content.size);
    put(a, header, 60);
    put(a, content.data, content.size);
    if (a->size % 2)
        put(a, "\n", 1);
}

static inline void put_object(struct library *a, const char *name, span object)
{
    a->offsets[a->count++] = a->size;
    put_member(a, name, object);
}

/* Room for an index of "/" or "__.SYMDEF", which is written last. */
static inline void library_open(struct library *a, const char *index)
{
    static const char zeros[INDEX_ROOM];
    a->size = a->count = 0;
    put(a, "!<arch>\n", 8);
    if (index)
        put_member(a, index, (span){zeros, INDEX_ROOM});
}

static inline void put_big_endian(char *at, uint64_t n, unsigned width)
{
    while (width--) {
        at[width] = (char)n;
        n >>= 8;
    }
}

struct entry {
    const char *name;
    uint32_t member;
};

/* A count, member offsets, names; numbers of 4 bytes, or 8 in /SYM64/. */
static inline void write_gnu_index(struct library *a, unsigned width,
                                   const struct entry *entries, uint32_t count)
{
    char *at = a->bytes + 68, *names = at + (count + 1) * width;
    put_big_endian(at, count, width);
    for (uint32_t i = 0; i < count; i++) {
        put_big_endian(at + (i + 1) * width, a->offsets[entries[i].member],
                       width);
        names = stpcpy(names, entries[i].name) + 1;
    }
}

/* Bytes of pairs, pairs of name and member, bytes of names, names. */
static inline void write_bsd_index(struct library *a,
                                   const struct entry *entries, uint32_t count)
{
    char *at = a->bytes + 68, *names = at + 8 + count * 8, *name = names;
    write32(at, count * 8);
    for (uint32_t i = 0; i < count; i++) {
        write32(at + 4 + i * 8, name - names);
        write32(at + 8 + i * 8, a->offsets[entries[i].member]);
        name = stpcpy(name, entries[i].name) + 1;
    }
    write32(at + 4 + count * 8, name - names);
}

#endif
