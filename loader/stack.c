/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether code may lie on the stack [GNU ld: .note.GNU-stack]: what objects
 * say, and what the output says.
 *
 * An object says no by a section .note.GNU-stack, yes by one that is code. One
 * without it does not know, which counts as yes if any other object has it.
 */
#include "loader.h"

#include <elf.h>

struct stack_notes stack_notes(const struct link *link)
{
    struct stack_notes found = {0};
    for (const struct object *o = link->objects; o; o = o->next) {
        const struct section *note = o->stack_note;
        if (!note)
            found.silent = o;
        else
            found.last = note;
        if (note && note->flags & SHF_EXECINSTR && !found.wants)
            found.wants = o;
    }
    return found;
}

/* The command line is stronger than the objects. */
static bool is_executable(const struct link *link,
                          const struct stack_notes *notes)
{
    const struct bootlink_request *request = link->request;
    return request->exec_stack ||
           (!request->no_exec_stack && (notes->wants || notes->silent));
}

uint32_t stack_flags(const struct link *link)
{
    struct stack_notes notes = stack_notes(link);
    const struct bootlink_request *request = link->request;
    bool is_said = notes.last || request->stack_size || request->exec_stack ||
                   request->no_exec_stack;
    if (!is_said)
        return 0;
    return PF_R | PF_W | (is_executable(link, &notes) ? PF_X : 0);
}

/* ---- In an object (-r) --------------------------------------------------- */

/* What the command line says the first object says, unless it says something.
 */
bool stack_note_make(struct link *link)
{
    const struct bootlink_request *request = link->request;
    if (!(request->exec_stack || request->no_exec_stack) ||
        link->objects->stack_note)
        return true;
    link->stack_note = section_make(
        link, link->objects,
        (struct section){.name = STACK_NOTE,
                         .type = SHT_PROGBITS,
                         .flags = request->exec_stack ? SHF_EXECINSTR : 0,
                         .align = 1});
    return link->stack_note != NULL;
}

/* What nobody knows of some of the objects is not lost. */
bool stack_note_finish(struct link *link)
{
    const struct bootlink_request *request = link->request;
    struct stack_notes notes = stack_notes(link);
    bool is_by_objects = !request->exec_stack && !request->no_exec_stack;
    if (link->stack_note && link->stack_note->output)
        link->stack_note->output->is_kept = true;
    if (is_by_objects && notes.last && notes.last->output &&
        is_executable(link, &notes))
        notes.last->output->flags |= SHF_EXECINSTR;
    return true;
}
