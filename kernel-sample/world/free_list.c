/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A list of free memory: first fit, and neighbours become one again. A run
 * describes itself in its own first bytes, so that free memory costs no memory.
 */
#include "world.h"

/* Writes a run in front of `next`. */
static struct free_run *make_run(uint64_t address, uint64_t size,
                                 struct free_run *next)
{
    struct free_run *run = (struct free_run *)address;
    *run = (struct free_run){next, size};
    return run;
}

/* Cuts bytes out of the run that *link points to. What is left on either side
 * stays in the list. */
static void cut(struct free_list *list, struct free_run **link,
                uint64_t address, uint64_t size)
{
    uint64_t start = (uint64_t)*link, end = start + (*link)->size;
    *link = (*link)->next;
    if (address + size < end)
        *link = make_run(address + size, end - address - size, *link);
    if (start < address)
        *link = make_run(start, address - start, *link);
    list->size -= size;
}

/* Whether the run has those bytes. */
static bool has(const struct free_run *run, uint64_t address, uint64_t size)
{
    uint64_t offset = address - (uint64_t)run;
    return offset <= run->size && size <= run->size - offset;
}

uint64_t free_take(struct free_list *list, uint64_t size, uint64_t align)
{
    struct free_run **link = &list->first;
    for (; *link; link = &(*link)->next) {
        uint64_t address = ((uint64_t)*link + align - 1) & ~(align - 1);
        if (has(*link, address, size)) {
            cut(list, link, address, size);
            return address;
        }
    }
    return 0;
}

/* Makes one run of two that touch. */
static void join(struct free_run *run)
{
    struct free_run *next = run->next;
    if (next && (uint64_t)run + run->size == (uint64_t)next)
        *run = (struct free_run){next->next, run->size + next->size};
}

void free_give(struct free_list *list, uint64_t address, uint64_t size)
{
    struct free_run **link = &list->first, *before = NULL;
    for (; *link && (uint64_t)*link < address; link = &(*link)->next)
        before = *link;
    *link = make_run(address, size, *link);
    list->size += size;
    join(*link);
    if (before)
        join(before);
}
