/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which section of the output a symbol is said to be in, if its own is empty
 * and therefore not there: the same as with GNU ld. Receives a link whose
 * output sections have their indices.
 */
#include "elf_file.h"

#include <elf.h>

static bool is_loaded(const struct output_section *section)
{
    return section->has_loaded ||
           ((section->flags & SHF_ALLOC) && section->type != SHT_NOBITS);
}

/* A section without input sections is writable, not code, and not even
 * allocated. */
static uint64_t flags_of(const struct output_section *gone)
{
    return gone->first_input ? gone->flags : SHF_WRITE;
}

/* A symbol of an empty section, which is not in the output, is said to be in
 * the one before or behind it: in that which is more like the empty one; if
 * both are alike, in the one behind unless the symbol lies below it. */
static const struct output_section *nearer(const struct output_section *before,
                                           const struct output_section *behind,
                                           const struct output_section *gone,
                                           uint64_t address)
{
    if (!before || !behind)
        return before ? before : behind;
    uint64_t differ = before->flags ^ behind->flags;
    if ((differ & (SHF_ALLOC | SHF_TLS)) ||
        is_loaded(before) != is_loaded(behind)) {
        bool is_unlike =
            (behind->flags ^ flags_of(gone)) & (SHF_ALLOC | SHF_TLS);
        bool is_loaded_alone = is_loaded(before) && !is_loaded(behind);
        return is_unlike || is_loaded_alone ? before : behind;
    }
    uint64_t unlike = before->flags ^ flags_of(gone);
    if (differ & SHF_WRITE)
        return unlike & SHF_WRITE ? behind : before;
    if (differ & SHF_EXECINSTR)
        return unlike & SHF_EXECINSTR ? behind : before;
    return address < behind->address ? before : behind;
}

/* The nearest ones in the output. Who has asked remembers, so that the next one
 * need not go all the way. */
static struct output_section *kept_before(struct output_section *gone)
{
    struct output_section *kept = gone->listed_before, *before;
    while (kept && kept->index == 0)
        kept = kept->listed_before;
    for (; gone && gone->index == 0; gone = before) {
        before = gone->listed_before;
        gone->listed_before = kept;
    }
    return kept;
}

static struct output_section *kept_behind(struct output_section *gone)
{
    struct output_section *kept = gone->next_listed, *behind;
    while (kept && kept->index == 0)
        kept = kept->next_listed;
    for (; gone && gone->index == 0; gone = behind) {
        behind = gone->next_listed;
        gone->next_listed = kept;
    }
    return kept;
}

const struct output_section *symbol_home(struct output_section *gone,
                                         uint64_t address)
{
    return nearer(kept_before(gone), kept_behind(gone), gone, address);
}
