/* SPDX-License-Identifier: BSD-2-Clause
 *
 *     build/pack IMAGE PACKED
 *
 * Packs Bootlink into its own file, as an LZ4 block (boot/packed.h,
 * boot/lz4.c). A sequence costs time at every boot, however long it is, so this
 * does not look for the shortest block, as lz4 does: it finds for each byte the
 * longest match, and then, from the end, the cheapest way from there on, where
 * a sequence has a price in bytes (SEQUENCE). [LZ4 Block Format Description]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../boot/packed.h"

enum {
    LARGEST = 15, /* of half a byte: then more of the length follows */
    LARGEST_MORE = 255,
    SHORTEST_MATCH = 4,
    NEAREST = 8, /* lz4.c copies words */
    FARTHEST = 65535,
    LAST_LITERALS = 15, /* lz4.c looks for the end there; the format wants 12 */

    /* Prices, in quarters of a byte. */
    BYTE = 4,
    SEQUENCE = 3 * BYTE + 7,

    HASHES = 1 << 16,
    LONGEST = 1024, /* match: runs of zeros have thousands */
    TRIED = 40,     /* longer matches are taken whole */
};

/* A byte of the image. */
struct place {
    uint32_t length, distance; /* of the longest match here; 0: there is none */
    uint32_t before;           /* the last place with this hash, plus 1 */

    /* The cheapest way from here on: */
    uint32_t price;
    uint32_t literals; /* that it begins with */
    uint32_t take;     /* of the match; 0: a literal */
};

struct packer {
    const uint8_t *bytes;
    uint32_t size;
    struct place *places;  /* one more than bytes */
    uint32_t last[HASHES]; /* place, plus 1 */
    uint8_t *out;
};

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- Matches ---------------------------------------------------------------
 */

static uint32_t hash(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return word * UINT32_C(2654435761) >> 16;
}

static uint32_t match_length(const uint8_t *a, const uint8_t *b, uint32_t most)
{
    uint32_t length = 0;
    while (length < most && a[length] == b[length])
        length++;
    return length;
}

/* Of all bytes with the same hash, the last one first. */
static void find_longest(const struct packer *p, uint32_t at)
{
    struct place *place = &p->places[at];
    const uint8_t *here = p->bytes + at;
    uint32_t left = p->size - LAST_LITERALS - at;
    uint32_t most = left < LONGEST ? left : LONGEST;
    uint32_t next = place->before;
    for (; next && at - (next - 1) <= FARTHEST && place->length < most;
         next = p->places[next - 1].before) {
        const uint8_t *from = p->bytes + next - 1;
        uint32_t length = 0;
        if (here - from >= NEAREST &&
            from[place->length] == here[place->length])
            length = match_length(from, here, most);
        if (length >= SHORTEST_MATCH && length > place->length) {
            place->length = length;
            place->distance = (uint32_t)(here - from);
        }
    }
}

static void find_matches(struct packer *p)
{
    for (uint32_t at = 0; at + LAST_LITERALS + SHORTEST_MATCH <= p->size;
         at++) {
        uint32_t *last = &p->last[hash(p->bytes + at)];
        p->places[at].before = *last;
        *last = at + 1;
        find_longest(p, at);
    }
}

/* ---- The cheapest way ------------------------------------------------------
 */

/* Of the bytes that a length takes besides its half. */
static uint32_t length_size(uint32_t length)
{
    return length < LARGEST ? 0 : (length - LARGEST) / LARGEST_MORE + 1;
}

static void try_literal(struct place *place)
{
    place->literals = place[1].literals + 1;
    place->price =
        place[1].price + BYTE +
        BYTE * (length_size(place->literals) - length_size(place[1].literals));
}

static void try_match(struct place *place, uint32_t length)
{
    uint32_t price = place[length].price + SEQUENCE +
                     BYTE * length_size(length - SHORTEST_MATCH);
    if (price < place->price) {
        place->price = price;
        place->literals = 0;
        place->take = length;
    }
}

static void choose(struct packer *p)
{
    for (uint32_t at = p->size; at-- > 0;) {
        struct place *place = &p->places[at];
        try_literal(place);
        for (uint32_t length = SHORTEST_MATCH;
             length <= place->length && length <= TRIED; length++)
            try_match(place, length);
        if (place->length > TRIED)
            try_match(place, place->length);
    }
}

/* ---- The block -------------------------------------------------------------
 */

static uint32_t half(uint32_t length)
{
    return length < LARGEST ? length : LARGEST;
}

static void put_length(struct packer *p, uint32_t length)
{
    if (length < LARGEST)
        return;
    for (length -= LARGEST; length >= LARGEST_MORE; length -= LARGEST_MORE)
        *p->out++ = LARGEST_MORE;
    *p->out++ = (uint8_t)length;
}

static void put_literals(struct packer *p, uint32_t at, uint32_t count,
                         uint32_t match)
{
    *p->out++ = (uint8_t)(half(count) << 4 | half(match));
    put_length(p, count);
    memcpy(p->out, p->bytes + at, count);
    p->out += count;
}

static void put_match(struct packer *p, const struct place *place)
{
    *p->out++ = (uint8_t)place->distance;
    *p->out++ = (uint8_t)(place->distance >> 8);
    put_length(p, place->take - SHORTEST_MATCH);
}

static void put_block(struct packer *p)
{
    uint32_t at = 0;
    for (;;) {
        uint32_t literals = p->places[at].literals;
        const struct place *match = &p->places[at + literals];
        if (at + literals == p->size) {
            put_literals(p, at, literals, 0);
            return;
        }
        put_literals(p, at, literals, match->take - SHORTEST_MATCH);
        put_match(p, match);
        at += literals + match->take;
    }
}

/* What comes of it, up to `out`. */
static struct packed *pack(struct packer *p)
{
    /* Literals alone take a byte more for every 255. */
    struct packed *packed = malloc(sizeof(*packed) + 2 * p->size);
    p->places = calloc(p->size + 1, sizeof(struct place));
    if (!p->places || !packed)
        give_up("memory");
    packed->size = p->size;
    p->out = packed->block;
    find_matches(p);
    choose(p);
    put_block(p);
    free(p->places);
    return packed;
}

/* ---- Files -----------------------------------------------------------------
 */

static uint8_t *read_image(const char *name, uint32_t *size)
{
    FILE *file = fopen(name, "rb");
    long end = -1;
    if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET))
        give_up(name);
    uint8_t *bytes = malloc((size_t)end + 1);
    if (!bytes || fread(bytes, 1, (size_t)end, file) != (size_t)end)
        give_up(name);
    fclose(file);
    *size = (uint32_t)end;
    return bytes;
}

static void write_packed(const char *name, const struct packed *packed,
                         const uint8_t *end)
{
    FILE *file = fopen(name, "wb");
    size_t size = (size_t)(end - (const uint8_t *)packed);
    if (!file || fwrite(packed, 1, size, file) != size || fclose(file))
        give_up(name);
}

int main(int argc, char **argv)
{
    static struct packer packer;
    if (argc != 3) {
        fprintf(stderr, "usage: pack IMAGE PACKED\n");
        return 2;
    }
    packer.bytes = read_image(argv[1], &packer.size);
    struct packed *packed = pack(&packer);
    write_packed(argv[2], packed, packer.out);
    return 0;
}
