/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Relocations that stay, in an object (-r): what they name must not be
 * discarded.
 */
#include "loader.h"

bool section_check_references(struct link *link, const struct section *section)
{
    bool is_about_others =
        section_is_debugging(section) || is_unwind_table(section);
    if (!relocations_look(link, section))
        return false;
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation r = relocation_at(section, i);
        const struct symbol *symbol = symbol_at(section, r.symbol);
        if (symbol_is_gone(symbol) && !is_about_others)
            ok &= report_discarded(link, section, r.offset, symbol);
    }
    return ok;
}
