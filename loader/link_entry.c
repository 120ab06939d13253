/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a program starts: the first name that a link refers to, and then those
 * of EXTERN [GNU ld manual: Entry Point]. A module has none.
 */
#include "loader.h"

static span entry_name(const struct link *link)
{
    if (link->request->entry.size)
        return link->request->entry;
    return link->script.entry.size ? link->script.entry : SPAN("_start");
}

bool link_refer_to(struct link *link, span name)
{
    struct symbol *symbol = symbol_enter(link, name);
    if (!symbol)
        return false;
    symbol->is_needed = symbol->is_referenced = true;
    symbol->is_root = symbol->is_asked_for = true;
    return true;
}

/* For the entry a file may have a number, or nobody may ask for one. */
static bool refer_to_entry(struct link *link)
{
    const struct bootlink_request *request = link->request;
    uint64_t address;
    bool is_asked_for =
        request->needs_entry || request->entry.size || link->script.entry.size;
    if (!is_asked_for || span_number(entry_name(link), &address))
        return true;
    return link_refer_to(link, entry_name(link));
}

bool link_refer(struct link *link)
{
    struct script_name **names = &link->script.references;
    bool ok = refer_to_entry(link);
    for (; ok && *names; *names = (*names)->next)
        ok = link_refer_to(link, (*names)->name);
    return ok;
}

bool link_find_entry(struct link *link)
{
    const struct symbol *entry = symbol_find(link, entry_name(link));
    bool is_defined = entry && entry->state != SYMBOL_UNDEFINED;
    if (is_defined && symbol_has_address(entry))
        link->image->entry = symbol_address(entry);
    else if (is_defined && link->request->needs_entry)
        return link_error(link, BOOTLINK_UNDEFINED,
                          "no entry: the section of '%.*s' is not in the "
                          "output; keep it in the script",
                          SPAN_ARGS(entry_name(link)));
    else if (link->request->needs_entry)
        return link_error(link, BOOTLINK_UNDEFINED,
                          "no entry: '%.*s' is not defined in any of the "
                          "files; define it, or name another with ENTRY() in "
                          "the script",
                          SPAN_ARGS(entry_name(link)));
    return true;
}
