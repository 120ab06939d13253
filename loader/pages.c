/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the host is to map: runs of whole pages, each with one set of
 * permissions, from the output sections in memory. A page that two sections
 * share gets the permissions of both; writable and executable at once is an
 * error.
 */
#include "loader.h"

#include <elf.h>

enum { PAGE = 4096 };

#define HIGHER_HALF (1ull << 63)

struct runs {
    struct link *link;
    struct bootlink_segment *items;
    uint64_t count, capacity;
};

unsigned output_permissions(const struct output_section *output)
{
    unsigned permissions = BOOTLINK_READ;
    if (output_flags(output) & SHF_WRITE)
        permissions |= BOOTLINK_WRITE;
    if (output_flags(output) & SHF_EXECINSTR)
        permissions |= BOOTLINK_EXECUTE;
    return permissions;
}

static bool is_writable_code(unsigned permissions)
{
    return (permissions & BOOTLINK_WRITE) && (permissions & BOOTLINK_EXECUTE);
}

static struct bootlink_segment *last_run(struct runs *runs)
{
    return runs->count ? &runs->items[runs->count - 1] : NULL;
}

/* 0 at the top of the address space. */
static uint64_t end_of(const struct bootlink_segment *run)
{
    return run->address + run->size;
}

/* Adds pages behind the last run, or to it if they go on just like it. */
static bool add_run(struct runs *runs, struct bootlink_segment run)
{
    struct bootlink_segment *last = last_run(runs);
    if (run.size == 0)
        return true;
    if (last && end_of(last) == run.address &&
        last->physical + last->size == run.physical &&
        last->permissions == run.permissions) {
        last->size += run.size;
        return true;
    }
    runs->items = arena_grow(&runs->link->arena, runs->items, runs->count,
                             &runs->capacity, sizeof(run));
    if (!runs->items)
        return false;
    runs->items[runs->count++] = run;
    return true;
}

static bool report_shared(struct runs *runs, const struct bootlink_segment *a,
                          const struct output_section *b)
{
    return link_error(runs->link, BOOTLINK_LAYOUT,
                      "section %.*s shares the page at 0x%llx with section "
                      "%.*s, and together they would be writable and "
                      "executable; put `. = ALIGN(4096);` between them in the "
                      "script",
                      SPAN_ARGS(b->name),
                      (unsigned long long)align_down(b->address, PAGE),
                      SPAN_ARGS(a->name));
}

/* Gives the page that `output` shares with the last run the permissions of
 * both, as a run of its own. */
static bool share_page(struct runs *runs, const struct output_section *output)
{
    struct bootlink_segment *last = last_run(runs);
    unsigned both = last->permissions | output_permissions(output);
    uint64_t physical = align_down(output->physical, PAGE);
    if (is_writable_code(both))
        return report_shared(runs, last, output);
    if (last->physical + last->size - PAGE != physical)
        return link_error(
            runs->link, BOOTLINK_LAYOUT,
            "sections %.*s and %.*s share a page of addresses, but "
            "not of load addresses; align the second to 4096",
            SPAN_ARGS(last->name), SPAN_ARGS(output->name));
    struct bootlink_segment shared = {last->name, end_of(last) - PAGE, physical,
                                      PAGE, both};
    last->size -= PAGE;
    if (last->size == 0)
        runs->count--;
    return add_run(runs, shared);
}

static bool add_output(struct runs *runs, const struct output_section *output)
{
    uint64_t start = align_down(output->address, PAGE);
    uint64_t size = align_up(output->address + output->size, PAGE) - start;
    uint64_t physical = align_down(output->physical, PAGE);
    unsigned permissions = output_permissions(output);
    if (is_writable_code(permissions))
        return link_error(runs->link, BOOTLINK_LAYOUT,
                          "section %.*s is writable and executable; put its "
                          "code and its data into different output sections",
                          SPAN_ARGS(output->name));
    const struct bootlink_segment *last = last_run(runs);
    if (last && end_of(last) - PAGE == start) {
        if (!share_page(runs, output))
            return false;
        start += PAGE;
        physical += PAGE;
        size -= PAGE;
    }
    return add_run(runs, (struct bootlink_segment){
                             output->name, start, physical, size, permissions});
}

static int by_address(const void *context, const void *a, const void *b)
{
    const struct output_section *left = a, *right = b;
    (void)context;
    return compare_numbers(left->address, right->address);
}

static bool list_sections(struct link *link, struct output_section **list,
                          uint64_t count)
{
    struct bootlink_section *sections =
        arena_array(&link->arena, count, struct bootlink_section);
    for (uint64_t i = 0; sections && i < count; i++)
        sections[i] = (struct bootlink_section){list[i]->name, list[i]->address,
                                                list[i]->size, list[i]->data,
                                                output_permissions(list[i])};
    link->image->sections = sections;
    link->image->section_count = count;
    return sections != NULL;
}

/* An image in the higher half may have a section in the lower one, such as
 * per-CPU variables at 0: it is mapped there, but the image is not all that
 * lies between. */
static void set_range(const struct runs *runs, struct bootlink_image *image)
{
    if (runs->count == 0)
        return;
    const struct bootlink_segment *first = runs->items;
    const struct bootlink_segment *last = first + runs->count - 1;
    while ((first->address ^ last->address) & HIGHER_HALF)
        first++;
    image->low = first->address;
    image->high = end_of(last);
}

bool pages_plan(struct link *link)
{
    struct bootlink_image *image = link->image;
    struct runs runs = {.link = link};
    uint64_t count;
    struct output_section **list =
        outputs_sorted(link, output_takes_memory, by_address, &count);
    if (!list || !list_sections(link, list, count))
        return false;
    bool ok = true;
    for (uint64_t i = 0; i < count; i++)
        ok &= add_output(&runs, list[i]);
    image->segments = runs.items;
    image->segment_count = runs.count;
    set_range(&runs, image);
    return ok;
}
