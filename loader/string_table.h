/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names in tables of strings [gABI: String Table]: where one ends, and its hash
 * in the same look. Here and not in bytes.c, as a link does little as often: a
 * name of 25 bytes takes 60 instructions, and a call would add 25.
 */
#ifndef BOOTLINK_STRING_TABLE_H
#define BOOTLINK_STRING_TABLE_H

#include "base.h"

/* How many bytes are before the NUL, of which zero_bytes() tells. */
static inline size_t bytes_before(uint64_t nul)
{
    return (unsigned)__builtin_ctzll(nul) / 8;
}

/* As many bytes as this can be read behind a table of names that ends in NUL,
 * so that nobody has to look where it ends. */
enum { STRING_MARGIN = ARENA_MARGIN };

/* arena.c: sees to it that strings in a table of a file can be read so: as it
 * lies there, or, at the end of the file, by a copy. What is behind the last
 * NUL is no string, and goes. False if there is no memory. */
bool strings_keep(struct arena *arena, span file, span *table);

/* Not 0 if a byte of the word is a NUL. Most words are of bytes from 1 to 127,
 * and of these the first look finds nothing. */
static inline uint64_t nul_bytes(uint64_t word)
{
    const uint64_t ones = ~0ull / 255;
    uint64_t found = (word - ones) & ones << 7;
    return __builtin_expect(found != 0, 0) ? found & ~word : 0;
}

/* A sign bit of eight bytes, if there is an '@' or, now and then, if there is
 * none. Most words are of bytes from 1 to 127. */
#define AT_SIGNS (~0ull / 255 << 7)

static inline uint64_t at_signs(uint64_t word)
{
    const uint64_t ones = ~0ull / 255;
    return (word ^ ones * '@') - ones;
}

/* True if there is an '@', as in f@V. */
static inline bool has_version(span names)
{
    uint64_t found = AT_SIGNS;
    if (names.size >= 8) {
        size_t at = names.size - 8;
        found = at_signs(read64(names.data));
        for (; (int64_t)at > 0; at -= 8)
            found |= at_signs(read64(names.data + at));
    }
    return found & AT_SIGNS && span_find(names, '@') < names.size;
}

/* How long the string in such a table is. */
static inline size_t string_size(const char *start)
{
    const char *at = start;
    uint64_t nul;
    while (!(nul = nul_bytes(read64(at))))
        at += 8;
    return (size_t)(at - start) + bytes_before(nul);
}

/* The same, and its span_hash(). If `signs` is not NULL, at_signs() of all its
 * words, and of some bytes behind it, go there. */
static inline uint64_t string_hash_signs(const char *start, uint64_t seed,
                                         size_t *size, uint64_t *signs)
{
    uint64_t hash = SPAN_HASH_START + seed, word, nul;
    const char *at = start;
    while (!(nul = nul_bytes(word = read64(at)))) {
        hash = hash_word(hash, word);
        at += 8;
        if (signs)
            *signs |= at_signs(word);
    }
    if (signs)
        *signs |= at_signs(word);
    uint64_t before_nul = (nul ^ (nul - 1)) >> 8;
    *size = (size_t)(at - start) + bytes_before(nul);
    return hash_end(hash, word & before_nul, *size);
}

static inline uint64_t string_hash(const char *start, uint64_t seed,
                                   size_t *size)
{
    return string_hash_signs(start, seed, size, NULL);
}

/* The string at an offset of any table, and its span_hash(). If there is no
 * NUL, both are of all up to the end of the table. */
static inline bool string_hash_at(span table, uint64_t offset, uint64_t seed,
                                  span *string, uint64_t *hash)
{
    if (offset >= table.size)
        return false;
    const char *start = table.data + offset, *end = table.data + table.size;
    uint64_t so_far = SPAN_HASH_START + seed;
    for (const char *at = start; end - at >= 8; at += 8) {
        uint64_t word = read64(at), nul = zero_bytes(word);
        if (nul) {
            uint64_t before_nul = ((nul & -nul) - 1) >> 7;
            *string = (span){start, (size_t)(at - start) + bytes_before(nul)};
            *hash = hash_end(so_far, word & before_nul, string->size);
            return true;
        }
        so_far = hash_word(so_far, word);
    }
    bool has_nul = span_string(table, offset, string);
    *hash = span_hash(*string, seed);
    return has_nul;
}

#endif
