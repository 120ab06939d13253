/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes into spans and numbers. Whatever is read from a file is read here, so
 * this is the file to check for reads out of bounds.
 */
#include "base.h"

#include <string.h>

span span_part(span bytes, uint64_t offset, uint64_t length)
{
    if (!in_bounds(bytes.size, offset, length))
        return (span){NULL, 0};
    /* No bytes may be nowhere, and nothing may be added to that. */
    return offset ? (span){bytes.data + offset, length}
                  : (span){bytes.data, length};
}

/* Eight bytes at once: a name of 25 bytes takes 40 instructions instead of 90.
 */
static size_t find(const char *bytes, size_t size, char c)
{
    const uint64_t same = ~0ull / 255 * (unsigned char)c;
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t found = zero_bytes(read64(bytes + at) ^ same);
        if (found)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    while (at < size && bytes[at] != c)
        at++;
    return at;
}

bool span_string(span table, uint64_t offset, span *string)
{
    if (offset >= table.size)
        return false;
    const char *start = table.data + offset;
    size_t most = table.size - offset, size = find(start, most, '\0');
    *string = (span){start, size};
    return size < most;
}

bool span_is(span text, const char *string)
{
    size_t at = 0;
    while (at < text.size && string[at] && string[at] == text.data[at])
        at++;
    return at == text.size && !string[at];
}

int span_compare(span a, span b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool span_ends(span text, span suffix)
{
    return text.size >= suffix.size &&
           span_equal((span){text.data + text.size - suffix.size, suffix.size},
                      suffix);
}

span span_of(const char *string)
{
    span s = {string, 0};
    while (string[s.size])
        s.size++;
    return s;
}

size_t span_find(span text, char c)
{
    return find(text.data, text.size, c);
}

uint64_t span_hash(span text, uint64_t seed)
{
    uint64_t hash = SPAN_HASH_START + seed, rest = 0;
    size_t at = 0;
    for (; text.size - at >= 8; at += 8)
        hash = hash_word(hash, read64(text.data + at));
    for (unsigned shift = 0; at < text.size; shift += 8)
        rest |= (uint64_t)(unsigned char)text.data[at++] << shift;
    return hash_end(hash, rest, text.size);
}

/* ---- Numbers ------------------------------------------------------------- */

static bool digit_of(char c, unsigned base, unsigned *digit)
{
    if (c >= '0' && c <= '9')
        *digit = c - '0';
    else if (c >= 'a' && c <= 'f')
        *digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        *digit = c - 'A' + 10;
    else
        return false;
    return *digit < base;
}

bool span_number(span text, uint64_t *number)
{
    unsigned base = 10;
    if (span_starts(text, SPAN("0x")) || span_starts(text, SPAN("0X"))) {
        base = 16;
        text = span_part(text, 2, text.size - 2);
    }
    uint64_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit;
        if (!digit_of(text.data[i], base, &digit) ||
            __builtin_mul_overflow(n, base, &n) ||
            __builtin_add_overflow(n, digit, &n))
            return false;
    }
    *number = n;
    return text.size > 0;
}

/* The Levenshtein distance, one row at a time. Names longer than a row are
 * never near to each other. */
size_t span_distance(span a, span b)
{
    enum { LONGEST = 63 };
    unsigned char row[LONGEST + 1];
    if (a.size > LONGEST || b.size > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t best = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            if (best > diagonal + 1u)
                best = diagonal + 1;
            if (best > row[j - 1] + 1u)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.size];
}
