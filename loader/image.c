/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The image: memory for the output sections, then one pass that copies,
 * relocates and zeroes them.
 *
 * An image that is entered lies in blocks of physical memory: one block
 * anywhere, or, where the script gives load addresses, one for each run of
 * neighbouring sections, at that address. Bytes go through the block's pointer;
 * addresses are computed from the script's. Gaps are zeroed too.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

enum { PAGE = 4096, LARGE_PAGE = 2 << 20 };

#define HIGHER_HALF (1ull << 63)

/* A run of output sections in one block of memory. */
struct load_block {
    struct output_section **outputs; /* by load address */
    uint64_t count;
    uint64_t start, end; /* load addresses, whole pages */
};

/* ---- Where it is loaded ------------------------------------------------- */

static int by_load_address(const void *context, const void *a, const void *b)
{
    const struct output_section *left = a, *right = b;
    (void)context;
    return compare_numbers(left->load_address, right->load_address);
}

/* True if nothing says where the image is to be loaded: it is in the higher
 * half and the script gives no load address, or nobody wants to know. */
static bool is_free(const struct link *link)
{
    uint64_t lowest = UINT64_MAX;
    for (const struct output_section *o = link->outputs; o; o = o->next) {
        if (!output_is_in_memory(o))
            continue;
        if (o->is_load_bound)
            return link->request->load_anywhere;
        if (o->address < lowest)
            lowest = o->address;
    }
    return link->request->load_anywhere || lowest >= HIGHER_HALF;
}

static bool check_page_offset(struct link *link, const struct output_section *o)
{
    if (o->address % PAGE == o->load_address % PAGE)
        return true;
    return link_error(link, BOOTLINK_LAYOUT,
                      "section %.*s: address 0x%llx and load address 0x%llx "
                      "are at different places of a page; make AT() agree with "
                      "the address modulo 4096",
                      SPAN_ARGS(o->name), (unsigned long long)o->address,
                      (unsigned long long)o->load_address);
}

/* ---- Memory ------------------------------------------------------------- */

static void give_back(struct link *link, struct bootlink_memory memory)
{
    link->world->release(link->world->host, BOOTLINK_MEMORY_IMAGE, memory);
}

bool image_keep(struct link *link, struct bootlink_memory memory)
{
    struct kept_memory *kept = arena_new(&link->arena, struct kept_memory);
    if (!kept) {
        give_back(link, memory);
        return false;
    }
    *kept = (struct kept_memory){memory, link->kept};
    link->kept = kept;
    return true;
}

void image_release(struct link *link)
{
    for (struct kept_memory *k = link->kept; k; k = k->next)
        give_back(link, k->memory);
    link->kept = NULL;
}

/* A kernel is mapped by large pages where that can be done; modules are many
 * and small. */
static uint64_t block_align(const struct link *link, bool is_free)
{
    return is_free && !link_is_module(link) ? LARGE_PAGE : PAGE;
}

static bool get_memory(struct link *link, const struct load_block *block,
                       bool is_free, struct bootlink_memory *memory)
{
    const struct bootlink_world *world = link->world;
    uint64_t size = block->end - block->start;
    bool is_all = size == 0; /* of the address space: nobody has that */
    if (!is_all &&
        world->memory(world->host, BOOTLINK_MEMORY_IMAGE, size,
                      block_align(link, is_free),
                      is_free ? BOOTLINK_ANYWHERE : block->start, memory))
        return true;
    if (is_free)
        return link_error(link, BOOTLINK_NO_MEMORY,
                          "no memory for the image: 0x%llx bytes in one piece, "
                          "%s aligned; give the machine more memory, or make "
                          "%.*s smaller",
                          (unsigned long long)size,
                          link_is_module(link) ? "4 KiB" : "2 MiB",
                          SPAN_ARGS(block->outputs[block->count - 1]->name));
    return link_error(link, BOOTLINK_NO_MEMORY,
                      "no memory at 0x%llx for 0x%llx bytes from section %.*s "
                      "on; change the load address, or say `phys: any`",
                      (unsigned long long)block->start,
                      (unsigned long long)size,
                      SPAN_ARGS(block->outputs[0]->name));
}

static void zero_gaps(const struct load_block *block, char *data)
{
    uint64_t at = block->start;
    for (uint64_t i = 0; i < block->count; i++) {
        const struct output_section *o = block->outputs[i];
        if (o->load_address > at)
            memset(data + (at - block->start), 0, o->load_address - at);
        at = o->load_address + o->size;
    }
    memset(data + (at - block->start), 0, block->end - at);
}

static bool place_block(struct link *link, const struct load_block *block,
                        bool is_free)
{
    struct bootlink_memory memory;
    if (!get_memory(link, block, is_free, &memory))
        return false;
    if (!image_keep(link, memory))
        return false;
    zero_gaps(block, memory.data);
    for (uint64_t i = 0; i < block->count; i++) {
        struct output_section *o = block->outputs[i];
        uint64_t offset = o->load_address - block->start;
        o->data = (char *)memory.data + offset;
        o->physical = memory.physical + offset;
    }
    return true;
}

/* True if no whole page lies between the block and the next section. The end of
 * a block may be 2^64, which is 0. */
static bool goes_on(const struct load_block *block,
                    const struct output_section *next)
{
    uint64_t page = align_down(next->load_address, PAGE);
    return page - block->start <= block->end - block->start;
}

/* Cuts the list where whole pages lie between two sections, but a free image is
 * one piece. */
static bool place_blocks(struct link *link, struct output_section **list,
                         uint64_t count, bool is_free)
{
    for (uint64_t i = 0; i < count;) {
        struct load_block block = {.outputs = list + i};
        block.start = align_down(list[i]->load_address, PAGE);
        do {
            uint64_t end = list[i]->load_address + list[i]->size;
            block.end = align_up(end, PAGE);
            block.count++;
            i++;
        } while (i < count && (is_free || goes_on(&block, list[i])));
        if (!place_block(link, &block, is_free))
            return false;
    }
    return true;
}

static bool allocate_in_memory(struct link *link)
{
    bool free = is_free(link);
    bool ok = true;
    for (struct output_section *o = link->outputs; o; o = o->next)
        if (output_is_in_memory(o))
            ok &= check_page_offset(link, o);
    uint64_t count = 0;
    struct output_section **list =
        outputs_sorted(link, output_takes_memory, by_load_address, &count);
    return ok && list && place_blocks(link, list, count, free);
}

bool image_allocate(struct link *link)
{
    return link->request->output == BOOTLINK_IN_MEMORY
               ? allocate_in_memory(link)
               : link->extras.image_allocate_for_file(link);
}

/* ---- Emit --------------------------------------------------------------- */

/* The longest NOPs that an assembler uses, by length [Intel SDM: NOP]. */
static const char nops[10][11] = {
    "\x90",
    "\x66\x90",
    "\x0f\x1f\x00",
    "\x0f\x1f\x40\x00",
    "\x0f\x1f\x44\x00\x00",
    "\x66\x0f\x1f\x44\x00\x00",
    "\x0f\x1f\x80\x00\x00\x00\x00",
    "\x0f\x1f\x84\x00\x00\x00\x00\x00",
    "\x66\x0f\x1f\x84\x00\x00\x00\x00\x00",
    "\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00",
};

static void fill_with_nops(char *to, uint64_t size)
{
    const uint64_t longest = sizeof(nops) / sizeof(*nops);
    while (size) {
        uint64_t length = size < longest ? size : longest;
        memcpy(to, nops[length - 1], length);
        to += length;
        size -= length;
    }
}

/* Where nothing but gaps is, GNU ld leaves zeros. */
void image_fill(const struct output_section *output, span fill, char *to,
                uint64_t size)
{
    bool is_zero = fill.size == 0 || !output->has_contents;
    if (is_zero && output->has_contents && output->flags & SHF_EXECINSTR)
        fill_with_nops(to, size);
    else if (is_zero)
        memset(to, 0, size);
    else
        for (uint64_t i = 0; i < size; i++)
            to[i] = fill.data[i % fill.size];
}

bool image_emit(struct link *link)
{
    bool ok = link_pass(link, link->extras.image_stream);
    for (struct output_section *o = link->outputs; o; o = o->next) {
        if (!o->data || o->is_removed)
            continue;
        if (o->type == SHT_NOBITS) {
            link_enter(link, LINK_ZEROING);
            memset(o->data, 0, o->size);
            link_enter(link, LINK_EMITTING);
            continue;
        }
        struct emission emission = {.content = o->contents};
        while (emission.content) {
            const struct object *object = emission_object(&emission);
            ok &= image_emit_next(link, o, &emission, UINT64_MAX);
            if (object)
                link_leave(link, object->bytes);
        }
    }
    return got_fill(link) && ok;
}
