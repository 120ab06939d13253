/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols of which the options say something by name: -u, --require-defined,
 * --wrap and --ignore-unresolved-symbol.
 */
#include "loader.h"

/* -u: archives are searched for it, and --gc-sections keeps it. */
static bool refer_to_undefined(struct link *link)
{
    const struct bootlink_request *request = link->request;
    for (size_t i = 0; i < request->undefined_count; i++)
        if (!link_refer_to(link, request->undefined[i]))
            return false;
    return true;
}

/* None of these is a reference. */
static bool mark(struct link *link)
{
    const struct bootlink_request *request = link->request;
    for (size_t i = 0; i < request->wrapped_count; i++) {
        struct symbol *symbol = symbol_enter(link, request->wrapped[i]);
        if (!symbol)
            return false;
        symbol->is_wrapped = true;
    }
    for (size_t i = 0; i < request->ignored_undefined_count; i++) {
        struct symbol *symbol =
            symbol_enter(link, request->ignored_undefined[i]);
        if (!symbol)
            return false;
        symbol->may_be_undefined = true;
    }
    return true;
}

bool names_enter(struct link *link)
{
    return refer_to_undefined(link) && mark(link);
}

bool names_check(struct link *link)
{
    const struct bootlink_request *request = link->request;
    bool ok = true;
    for (size_t i = 0; i < request->required_count; i++) {
        const struct symbol *symbol = symbol_find(link, request->required[i]);
        if (!symbol || symbol->state == SYMBOL_UNDEFINED)
            ok = link_error(link, BOOTLINK_UNDEFINED,
                            "required symbol '%.*s' is not defined; link the "
                            "file or archive that defines it",
                            SPAN_ARGS(request->required[i]));
    }
    return ok;
}
