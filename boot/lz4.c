/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Takes an LZ4 block apart. It is a list of sequences: some bytes as they are,
 * the literals, and how many bytes to repeat from how far back, the match. A
 * sequence begins with a byte that has both lengths. The last one is literals
 * alone. [LZ4 Block Format Description]
 *
 * Most lengths are below 15, and for those a few words are copied, whatever the
 * length is: what is too much is overwritten by what follows. So a sequence
 * takes 26 instructions.
 *
 * Receives  a block of our own file, which tools/pack.c made: nothing about it
 * is checked. No match is from less than a word back, and the last literals are
 * 15 or more.
 */
#include "packed.h"

#include <stddef.h>

enum {
    WORD = 8,
    LARGEST = 15, /* of half a byte: then more of the length follows */
    LARGEST_MORE = 255,
    SHORTEST_MATCH = 4,
    DISTANCE_SIZE = 2,
};

static void copy_word(uint8_t *to, const uint8_t *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, WORD);
    __builtin_memcpy(to, &word, WORD);
}

static void copy_long(uint8_t *to, const uint8_t *from, size_t size)
{
    const uint8_t *end = to + size;
    for (; to < end; to += 2 * WORD, from += 2 * WORD) {
        copy_word(to, from);
        copy_word(to + WORD, from + WORD);
    }
}

/* What follows of a long length. */
static size_t take_more(const uint8_t **block)
{
    size_t sum = 0;
    uint8_t more;
    do {
        more = *(*block)++;
        sum += more;
    } while (more == LARGEST_MORE);
    return sum;
}

void lz4_unpack(const uint8_t *block, const uint8_t *end, uint8_t *to)
{
    for (;;) {
        size_t lengths = *block++;

        size_t size = lengths >> 4;
        if (size < LARGEST) {
            copy_word(to, block);
            copy_word(to + WORD, block + WORD);
        } else {
            size += take_more(&block);
            copy_long(to, block, size);
            if (block + size == end)
                return;
        }
        to += size;
        block += size;

        const uint8_t *from = to - (block[0] | block[1] << 8);
        block += DISTANCE_SIZE;
        size = (lengths & LARGEST) + SHORTEST_MATCH;
        if (size < LARGEST + SHORTEST_MATCH) {
            copy_word(to, from);
            copy_word(to + WORD, from + WORD);
            copy_word(to + 2 * WORD, from + 2 * WORD);
        } else {
            size += take_more(&block);
            copy_long(to, from, size);
        }
        to += size;
    }
}
