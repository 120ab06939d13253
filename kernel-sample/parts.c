/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The other side of link.c: definitions that its checks look at from another
 * object. Nothing here is const where the compiler could then answer for the
 * linker.
 */
#include "parts.h"

static struct node nodes[3] = {
    {&nodes[1], 1},
    {&nodes[2], 2},
    {NULL, 3},
};
struct node *first_node = &nodes[0];

int numbers[8] = {0, 10, 20, 30, 40, 50, 60, 70};
int *middle_number = &numbers[4];

static int plus_one(int n)
{
    return n + 1;
}

static int twice(int n)
{
    return n * 2;
}

static int squared(int n)
{
    return n * n;
}

int (*functions[3])(int) = {plus_one, twice, squared};

const char *const strings[2] = {"relocated", "twice"};

#ifndef BREAK_WEAK
const char *which_definition(void)
{
    return "strong";
}
#endif

unsigned char *common_of_parts(void)
{
    return common_bytes;
}

const uint64_t *once_of_parts(void)
{
    return &once;
}

char constructor_order[8];

static void note_constructor(char letter)
{
    char *end = constructor_order;
    while (*end)
        end++;
    *end = letter;
}

#ifndef BREAK_CONSTRUCTORS
/* Without a priority: after all that have one. */
__attribute__((constructor)) static void construct_last(void)
{
    note_constructor('c');
}
#endif

__attribute__((constructor(102))) static void construct_second(void)
{
    note_constructor('b');
}

__attribute__((constructor(101))) static void construct_first(void)
{
    note_constructor('a');
}
