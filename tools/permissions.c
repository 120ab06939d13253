/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Warns of memory that the finished image lets be both written and executed:
 * segments, and the stack. [GNU ld manual: --warn-rwx-segments,
 * --warn-execstack]
 */
#include "permissions.h"

#include <elf.h>

static void warn_of_segments(const struct link *link, const char *output)
{
    for (const struct program_header *h = link->headers; h; h = h->next)
        if (h->type == PT_LOAD && h->flags == (PF_R | PF_W | PF_X))
            report_warning(link->world, BOOTLINK_LAYOUT,
                           "%s has a LOAD segment with RWX permissions; place "
                           "code and data on pages of their own",
                           output);
        else if (h->type == PT_TLS && h->flags & PF_X)
            report_warning(link->world, BOOTLINK_LAYOUT,
                           "%s has a TLS segment with execute permission",
                           output);
}

/* What -z execstack says is no surprise. */
static void warn_of_stack(const struct link *link, bool always)
{
    struct stack_notes notes = stack_notes(link);
    const struct bootlink_request *request = link->request;
    bool is_said = notes.last || request->stack_size;
    if (request->exec_stack && always)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "the stack is executable, as -z execstack says");
    if (request->exec_stack || request->no_exec_stack || !is_said)
        return;
    if (notes.wants)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "%.*s: requires an executable stack (its "
                       ".note.GNU-stack is executable)",
                       SPAN_ARGS(notes.wants->name));
    else if (notes.silent)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "%.*s: a missing .note.GNU-stack section implies an "
                       "executable stack; add the section, or say "
                       "-z noexecstack",
                       SPAN_ARGS(notes.silent->name));
}

void permissions_check(const struct options *options, const struct link *link,
                       const char *output)
{
    if (options->stack_warnings != WARN_NEVER)
        warn_of_stack(link, options->stack_warnings == WARN_ALWAYS);
    if (!options->no_warn_segments && !options->relocatable)
        warn_of_segments(link, output);
}
