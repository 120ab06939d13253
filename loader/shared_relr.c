/* SPDX-License-Identifier: BSD-2-Clause
 *
 * DT_RELR: the places of pointers that only have to move with the image, one
 * bit each [gABI: Relative Relocation Table].
 *
 * An even word is the address of a place. An odd one is a map of the 63 words
 * behind the last place, or behind what the map before it was about: bit 1 for
 * the first of them, bit 63 for the last.
 */
#include "shared.h"

enum { WORD = 8, WORDS_OF_MAP = 63 };

static bool visit_map(uint64_t map, uint64_t address,
                      bool (*visit)(void *context, uint64_t address),
                      void *context)
{
    for (map >>= 1; map; map >>= 1, address += WORD)
        if (map & 1 && !visit(context, address))
            return false;
    return true;
}

bool shared_each_relr(struct shared *shared,
                      bool (*visit)(void *context, uint64_t address),
                      void *context)
{
    uint64_t next = 0;
    for (uint64_t i = 0; i < shared->relr.size / WORD; i++) {
        uint64_t word = read64(shared->relr.data + i * WORD);
        bool is_map = word & 1;
        if (is_map ? !visit_map(word, next, visit, context)
                   : !visit(context, word))
            return false;
        next = is_map ? next + WORD * WORDS_OF_MAP : word + WORD;
    }
    return true;
}
