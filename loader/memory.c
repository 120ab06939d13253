/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The four functions that a compiler calls without being asked. A kernel that
 * has its own wins: this file is an archive member by itself.
 *
 * String instructions rather than loops: a compiler may turn a copying loop
 * into a call of memcpy, which here would call itself.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* Eight bytes a step, then the rest byte by byte. The direction flag is clear
 * between functions. [psABI 3.2.1] */
static void copy_forwards(void *to, const void *from, size_t size)
{
    size_t words = size / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    size %= 8;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory");
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
    copy_forwards(to, from, size);
    return to;
}

/* Forwards unless the destination begins within the source. */
void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_forwards(to, from, size);
    else
        copy_backwards(to, from, size);
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *next = to;
    uint64_t pattern = (unsigned char)value * UINT64_C(0x0101010101010101);
    size_t words = size / 8;
    __asm__ volatile("rep stosq"
                     : "+D"(next), "+c"(words)
                     : "a"(pattern)
                     : "memory");
    size %= 8;
    __asm__ volatile("rep stosb"
                     : "+D"(next), "+c"(size)
                     : "a"(pattern)
                     : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}
