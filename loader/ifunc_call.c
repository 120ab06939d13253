/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls of indirect functions, most of what a C library has of relocations that
 * are not usual: 80 instructions, of 410 in relocate.c. It is not in a kernel
 * that links modules, which has no such functions.
 */
#include "loader.h"
#include "reloc_types_x86_64.h"

/* True if there is nothing to be checked or reported. */
static bool is_ready(const struct link *link, const struct symbol *symbol)
{
    return symbol->needs_plt && !symbol->has_warning &&
           !symbol_is_gone(symbol) && !ifunc_discarded(link, symbol);
}

bool ifunc_call(const struct link *link, const struct section *section,
                const char *entry)
{
    const struct symbol *symbol = symbol_at(section, relocation_symbol(entry));
    uint64_t to = section->offset + relocation_offset(entry);
    if (!(RELOC_DISTANCES_X86_64 >> relocation_type(entry) & 1) ||
        !(section->flags & SHF_ALLOC) || section->frame ||
        !is_ready(link, symbol))
        return false;
    uint64_t value = symbol_target(link, symbol) + relocation_addend(entry) -
                     (section->output->address + to);
    if ((int64_t)value != (int32_t)value)
        return false;
    write32(section->output->data + to, (uint32_t)value);
    return true;
}
