/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about memory: what is mapped, and what is in it.
 */
#include "monitor.h"

/* ---- maps --------------------------------------------------------------- */

static void print_run(uint64_t start, uint64_t end, unsigned permissions,
                      const struct area *area)
{
    print("%016lx-%016lx %8lu KiB %s ", start, end, (end - start) / 1024,
          permission_text(permissions));
    print_area(area);
    print("\n");
}

/* A run of the page tables, a line for each area in it. */
static void print_areas(void *context, uint64_t start, uint64_t size,
                        unsigned permissions)
{
    const struct monitor *monitor = context;
    uint64_t end = start + size, next;
    while (start != end) {
        struct area area = area_at(monitor, start, &next);
        if (next - start > end - start)
            next = end;
        print_run(start, next, permissions, &area);
        start = next;
    }
}

void run_maps(struct monitor *monitor, const struct words *words)
{
    (void)words;
    pages_walk(&monitor->kernel->info, print_areas, monitor);
}

/* ---- peek --------------------------------------------------------------- */

#define BYTES_IN_LINE 16

static void print_bytes(const uint8_t *bytes, size_t count)
{
    print("%016lx ", (uint64_t)bytes);
    for (size_t i = 0; i < BYTES_IN_LINE; i++)
        if (i < count)
            print(" %02x", bytes[i]);
        else
            print("   ");
    print("  ");
    for (size_t i = 0; i < count; i++)
        print("%c", bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.');
    print("\n");
}

/* True if the first and the last byte are mapped, and so all between. */
static bool is_mapped(const struct kernel *kernel, uint64_t address,
                      uint64_t size)
{
    struct page page;
    return page_of(&kernel->info, address, &page) &&
           page_of(&kernel->info, address + size - 1, &page);
}

static void peek(const struct kernel *kernel, uint64_t address, uint64_t count)
{
    while (count > 0) {
        uint64_t size = count < BYTES_IN_LINE ? count : BYTES_IN_LINE;
        if (!is_mapped(kernel, address, size)) {
            print("nothing is mapped at 0x%lx; 'maps' shows what is\n",
                  address);
            return;
        }
        print_bytes((const uint8_t *)address, size);
        address += size;
        count -= size;
    }
}

void run_peek(struct monitor *monitor, const struct words *words)
{
    uint64_t address, count = 64;
    if (!address_of(words->word[1], &address))
        return;
    if (words->count > 2 && !number_of_text(words->word[2], &count)) {
        print("'%s' is no count of bytes; write 64 or 0x40\n", words->word[2]);
        return;
    }
    peek(monitor->kernel, address, count);
}
