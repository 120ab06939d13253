/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What of a section decides where it goes as an orphan: GNU ld's flags, made
 * from those of ELF. [GNU ld manual: Orphan Sections]
 */
#include "orphans.h"

#include <elf.h>

unsigned orphan_traits_of(span name, uint32_t type, uint64_t flags)
{
    unsigned traits = 0;
    if (type != SHT_NOBITS)
        traits |= CONTENTS;
    if (flags & SHF_ALLOC)
        traits |= type == SHT_NOBITS ? ALLOC : ALLOC | LOAD;
    else if (is_debugging_name(name))
        traits |= DEBUGGING;
    if (!(flags & SHF_WRITE))
        traits |= READ_ONLY;
    if (flags & SHF_EXECINSTR)
        traits |= CODE;
    if (flags & SHF_TLS)
        traits |= THREAD_LOCAL;
    return traits;
}

/* GNU ld makes the build ID late: when it looks for a place, the note has no
 * contents yet. */
unsigned orphan_traits(const struct section *section)
{
    unsigned traits =
        orphan_traits_of(section->name, section->type, section->flags);
    bool is_late = section->index == 0 &&
                   span_equal(section->name, SPAN(".note.gnu.build-id"));
    return is_late ? traits & ~(unsigned)CONTENTS : traits;
}
