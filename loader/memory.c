/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The four functions that a compiler calls without being asked. A kernel that
 * has its own wins: this file is an archive member by itself.
 *
 * String instructions rather than loops: a compiler may turn a copying loop
 * into a call of memcpy, which here would call itself. Names and small structs
 * are most of what comes, so sizes below 16 do without; what words leave over
 * is done by one more word that overlaps the one before.
 */
#include <stddef.h>
#include <stdint.h>

enum { WORD = 8, HALF = 4 };

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* At any address: one instruction each. */
static uint64_t load(const char *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, WORD);
    return word;
}

static uint32_t load_half(const char *from)
{
    uint32_t half;
    __builtin_memcpy(&half, from, HALF);
    return half;
}

static void store(char *to, uint64_t word)
{
    __builtin_memcpy(to, &word, WORD);
}

static void store_half(char *to, uint32_t half)
{
    __builtin_memcpy(to, &half, HALF);
}

/* Everything is read before anything is written: the two may overlap. */
static void copy_small(char *to, const char *from, size_t size)
{
    if (size >= WORD) {
        uint64_t first = load(from), last = load(from + size - WORD);
        store(to, first);
        store(to + size - WORD, last);
    } else if (size >= HALF) {
        uint32_t first = load_half(from), last = load_half(from + size - HALF);
        store_half(to, first);
        store_half(to + size - HALF, last);
    } else if (size) {
        char first = from[0], middle = from[size / 2], last = from[size - 1];
        to[0] = first;
        to[size / 2] = middle;
        to[size - 1] = last;
    }
}

/* The direction flag is clear between functions. [psABI 3.2.1] */
static void copy_forwards(void *to, const void *from, size_t size)
{
    size_t words = size / WORD;
    uint64_t last = load((const char *)from + size - WORD);
    char *end = (char *)to + size;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    store(end - WORD, last);
}

static void copy_backwards(void *to, const void *from, size_t size)
{
    void *last = (char *)to + size - 1;
    const void *from_last = (const char *)from + size - 1;
    __asm__ volatile("std\n\trep movsb\n\tcld"
                     : "+D"(last), "+S"(from_last), "+c"(size)::"memory");
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    if (size < 2 * WORD)
        copy_small(to, from, size);
    else
        copy_forwards(to, from, size);
    return to;
}

/* Forwards unless the destination begins within the source. */
void *memmove(void *to, const void *from, size_t size)
{
    if (size < 2 * WORD)
        copy_small(to, from, size);
    else if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_forwards(to, from, size);
    else
        copy_backwards(to, from, size);
    return to;
}

static void fill_small(char *to, uint64_t pattern, size_t size)
{
    if (size >= HALF) {
        store_half(to, (uint32_t)pattern);
        store_half(to + size - HALF, (uint32_t)pattern);
    } else if (size) {
        to[0] = to[size / 2] = to[size - 1] = (char)pattern;
    }
}

void *memset(void *to, int value, size_t size)
{
    void *next = to;
    uint64_t pattern = (unsigned char)value * UINT64_C(0x0101010101010101);
    size_t words = size / WORD;
    if (size < WORD) {
        fill_small(to, pattern, size);
        return to;
    }
    store((char *)to + size - WORD, pattern);
    __asm__ volatile("rep stosq"
                     : "+D"(next), "+c"(words)
                     : "a"(pattern)
                     : "memory");
    return to;
}

/* Up to a word of bytes as a number, the first byte on top: of two of one size
 * the numbers compare as the bytes do. */
static uint64_t number_of(const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    if (size == WORD)
        return __builtin_bswap64(load(bytes));
    if (size >= HALF)
        return (uint64_t)__builtin_bswap32(load_half(bytes)) << 32 |
               __builtin_bswap32(load_half(bytes + size - HALF));
    return size ? at[0] << 16 | at[size / 2] << 8 | at[size - 1] : 0;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const char *left = a, *right = b;
    if (size && *left != *right) /* most that differ do at once */
        return (unsigned char)*left < (unsigned char)*right ? -1 : 1;
    if (size > WORD) { /* to the first word that differs, or the last */
        size_t at = 0, last = size - WORD;
        while (at < last && load(left + at) == load(right + at))
            at += WORD;
        at = at < last ? at : last;
        if (load(left + at) == load(right + at))
            return 0;
        left += at;
        right += at;
        size = WORD;
    }
    uint64_t first = number_of(left, size), second = number_of(right, size);
    return (first > second) - (first < second);
}
