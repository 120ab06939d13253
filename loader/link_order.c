/* SPDX-License-Identifier: BSD-2-Clause
 *
 * SHF_LINK_ORDER: sections that describe another one, to which sh_link leads,
 * such as a list of the places in a function that can be patched. They go where
 * that one goes: out of the output if it is not in it, else in its order, among
 * what one statement of the script has taken. [gABI: Section Attribute Flags]
 */
#include "loader.h"

#include <elf.h>

/* What the section describes, or NULL. */
static struct section *described(const struct section *section)
{
    if (!(section->flags & SHF_LINK_ORDER) || !section->link)
        return NULL;
    struct section *s = object_section(section->object, section->link);
    return s->state == SECTION_IGNORED ? NULL : s;
}

const struct section *link_order_first(const struct output_section *output)
{
    const struct section *first = output->first_input;
    const struct section *s = first ? described(first) : NULL;
    return s && s->state == SECTION_PLACED ? s : NULL;
}

/* ---- Out with what it describes ----------------------------------------- */

/* What it describes may describe another one, but not for ever. */
static bool is_out(const struct section *section)
{
    enum { LONGEST = 16 };
    const struct section *s = described(section);
    for (unsigned i = 0; s && i < LONGEST; i++, s = described(s))
        if (s->state == SECTION_DISCARDED || s->state == SECTION_DUPLICATE)
            return true;
    return false;
}

static void discard(struct section_list *list)
{
    for (uint64_t i = 0; i < list->count; i++)
        list->items[i]->state = SECTION_DISCARDED;
}

static void leave_out(struct section_list *list)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < list->count; i++) {
        struct section *s = list->items[i];
        if (is_out(s))
            s->state = SECTION_DISCARDED;
        else
            list->items[count++] = s;
    }
    list->count = count;
}

/* Calls `visit` for the patterns of /DISCARD/, or of all other sections. */
static void for_each_pattern(struct link *link, bool in_discard,
                             void (*visit)(struct section_list *list))
{
    for (struct command *c = link->script.commands; c; c = c->next) {
        if (c->kind != COMMAND_OUTPUT_SECTION ||
            span_equal(c->section->name, SPAN("/DISCARD/")) != in_discard)
            continue;
        for (struct command *i = c->section->commands; i; i = i->next)
            if (i->kind == COMMAND_INPUT)
                visit(&i->input->matched);
    }
}

bool link_order_discard(struct link *link)
{
    if (!link->has_link_order)
        return true;
    for_each_pattern(link, true, discard);
    for_each_pattern(link, false, leave_out);
    leave_out(&link->orphans);
    return true;
}

/* ---- In its order ------------------------------------------------------- */

static uint64_t load_address(const struct section *section)
{
    return section->output->load_address + section->offset;
}

/* What describes nothing comes first. At one address, as sections without bytes
 * may be, the smaller one does. */
static int compare(const void *context, const void *a, const void *b)
{
    const struct section *left = described(a), *right = described(b);
    (void)context;
    if (!left || !right)
        return (left != NULL) - (right != NULL);
    int order = compare_numbers(load_address(left), load_address(right));
    return order ? order : compare_numbers(left->size, right->size);
}

static bool is_sorted(struct section **sections, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (compare(NULL, sections[i - 1], sections[i]) > 0)
            return false;
    return true;
}

static bool sort_pattern(struct link *link, const struct input_pattern *input,
                         bool *has_moved)
{
    if (is_sorted(input->matched.items, input->matched.count))
        return true;
    *has_moved = true;
    return sort_pointers(&link->arena, input->matched.items,
                         input->matched.count, compare, NULL);
}

bool link_order_sort(struct link *link, bool *has_moved)
{
    for (struct output_section *o = link->outputs; o; o = o->next)
        for (struct command *c = o->statement->commands; c; c = c->next)
            if (o->has_link_order && c->kind == COMMAND_INPUT &&
                !sort_pattern(link, c->input, has_moved))
                return false;
    return true;
}
