/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the script's addresses must not do: run past the end of the address
 * space, or put two output sections in one place, in memory or where they are
 * loaded.
 */
#include "loader.h"

#include <elf.h>

static uint64_t end_of(const struct output_section *output, bool is_load)
{
    return (is_load ? output->load_address : output->address) + output->size;
}

static bool check_wrap(struct link *link, const struct output_section *output)
{
    if (in_bounds(UINT64_MAX, output->address, output->size - 1) &&
        in_bounds(UINT64_MAX, output->load_address, output->size - 1))
        return true;
    return link_error(
        link, BOOTLINK_RANGE,
        "section %.*s: 0x%llx bytes at 0x%llx run past the end of "
        "the address space; give it a lower address",
        SPAN_ARGS(output->name), (unsigned long long)output->size,
        (unsigned long long)output->address);
}

static int by_address(const void *context, const void *a, const void *b)
{
    const struct output_section *left = a, *right = b;
    bool is_load = context != NULL;
    return is_load ? compare_numbers(left->load_address, right->load_address)
                   : compare_numbers(left->address, right->address);
}

static bool report_overlap(struct link *link, const struct output_section *a,
                           const struct output_section *b, bool is_load)
{
    uint64_t start_a = is_load ? a->load_address : a->address;
    uint64_t start_b = is_load ? b->load_address : b->address;
    return link_error(link, BOOTLINK_LAYOUT,
                      "section %.*s %s [0x%llx,0x%llx] overlaps section %.*s "
                      "[0x%llx,0x%llx]; "
                      "give one of them another address in the script",
                      SPAN_ARGS(b->name), is_load ? "load address" : "address",
                      (unsigned long long)start_b,
                      (unsigned long long)end_of(b, is_load) - 1,
                      SPAN_ARGS(a->name), (unsigned long long)start_a,
                      (unsigned long long)end_of(a, is_load) - 1);
}

/* Two that start at one address are meant to take turns there (OVERLAY): then
 * GNU ld lets all addresses be. In memory all are there at once. */
static bool has_overlays(const struct link *link,
                         struct output_section **sorted, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (sorted[i]->address == sorted[i - 1]->address)
            return link->request->output == BOOTLINK_IN_FILE;
    return false;
}

static bool check_overlap(struct link *link, struct output_section **sorted,
                          uint64_t count, bool is_load)
{
    if (!sort_pointers(&link->arena, sorted, count, by_address,
                       is_load ? link : NULL))
        return false;
    if (!is_load && has_overlays(link, sorted, count))
        return true;
    bool ok = true;
    for (uint64_t i = 1; i < count; i++) {
        struct output_section *a = sorted[i - 1], *b = sorted[i];
        uint64_t start = is_load ? b->load_address : b->address;
        if (end_of(a, is_load) - 1 >= start) /* the end may be 2^64 */
            ok = report_overlap(link, a, b, is_load);
    }
    return ok;
}

/* Fills `list` with the output sections that take up addresses: virtual ones,
 * or, for `is_load`, ones to load from. A file holds nothing to load for .bss;
 * in memory .bss is where it was loaded. */
static uint64_t collect(struct link *link, struct output_section **list,
                        bool is_load)
{
    bool is_file = link->request->output == BOOTLINK_IN_FILE;
    uint64_t count = 0;
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (output_takes_memory(o) &&
            !(is_load && is_file && !output_is_in_file(o)))
            list[count++] = o;
    return count;
}

bool addresses_check(struct link *link)
{
    uint64_t most = 0;
    bool ok = true;
    for (struct output_section *o = link->outputs; o; o = o->next) {
        most++;
        if (output_is_in_memory(o) && o->size)
            ok &= check_wrap(link, o);
    }
    struct output_section **list =
        arena_array(&link->arena, most, struct output_section *);
    if (!list || !ok)
        return false;
    ok &= check_overlap(link, list, collect(link, list, false), false);
    ok &= check_overlap(link, list, collect(link, list, true), true);
    return ok;
}
