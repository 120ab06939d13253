/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Between the parts of the boot info: the blocks of memory that it is in.
 */
#ifndef BOOTLINK_HANDOFF_INFO_H
#define BOOTLINK_HANDOFF_INFO_H

#include "handoff.h"
#include "input_ranges.h"

#include <string.h>

enum { INFO_ALIGNMENT = 16 }; /* of everything but text */

struct block {
    char *data;       /* write here */
    uint64_t address; /* what the kernel sees of it */
    uint64_t used;
};

/* New memory for the boot info, `size` bytes of it, where the kernel's direct
 * map has it. False after reporting. */
bool block_open(const struct bootlink_world *world, uint64_t direct_map,
                uint64_t size, struct block *block);

/* The next `size` bytes, to be filled. `*address` is where the kernel sees
 * them.
 */
void *block_room(struct block *block, uint64_t size, uint64_t align,
                 uint64_t *address);

/* The same, zeroed. */
void *block_take(struct block *block, uint64_t size, uint64_t align,
                 uint64_t *address);

/* A copy of a text, and how large it is in there. */
static inline struct bootlink_text block_text(struct block *block, span text)
{
    uint64_t at = block->used;
    char *copy = block->data + at;
    if (text.size)
        memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    block->used = at + text.size + 1;
    return (struct bootlink_text){(const char *)(block->address + at),
                                  text.size};
}
static inline uint64_t text_size(span text)
{
    return text.size + 1;
}

/* ---- handoff_modules.c -------------------------------------------------- */

/* Where the lowest virtual address of an image lies. */
uint64_t handoff_physical(const struct bootlink_image *image);

/* What is said of modules, but for their symbols. */
uint64_t handoff_modules_size(const struct handoff_input *input);
void handoff_modules(struct block *block, const struct handoff_input *input,
                     struct bootlink_info *info);

/* ---- handoff_sections.c ------------------------------------------------- */

/* Which input files the bytes of all images are from, the kernel's first. */
struct handoff_ranges {
    uint64_t count;
    uint64_t size; /* of what the boot info says of them */
};
struct handoff_ranges handoff_ranges(const struct handoff_input *input);

/* What sections and ranges take. */
uint64_t handoff_sections_size(const struct handoff_input *input,
                               const struct handoff_ranges *ranges);
void handoff_sections(struct block *block, const struct handoff_input *input,
                      const struct handoff_ranges *ranges,
                      struct bootlink_info *info);

/* ---- handoff_symbols.c -------------------------------------------------- */

/* What the names of symbols take of the block. */
uint64_t handoff_names_size(const struct handoff_input *input);

/* Writes them behind all else that is in the block, and in blocks of their own;
 * afterwards nobody reads the input files any more. The next step wants to know
 * where they are; NULL if there is no memory. */
struct cursor *handoff_names(struct arena *arena, struct block *block,
                             const struct handoff_input *input,
                             uint64_t direct_map);

/* Lists the symbols of all images, and which of them are exported, in a block
 * of their own. False if there is no memory. */
bool handoff_symbols(struct arena *arena, const struct handoff_input *input,
                     struct cursor *cursors, uint64_t direct_map,
                     struct bootlink_info *info);

#endif
