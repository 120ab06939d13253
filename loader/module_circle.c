/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Modules that need each other, where that is not asked for by `module_cycles:
 * group`: none of them can be started first. Receives the groups; each that has
 * more than one module is shown as a circle of symbols.
 */
#include "modules.h"

enum { LONGEST_CIRCLE = 1024 }; /* bytes of it that are shown */

/* Why a module of a group cannot come before another one of it. */
static const struct module_need *need_in_group(const struct modules *modules,
                                               uint64_t index)
{
    const struct module_node *node = &modules->nodes[index];
    uint64_t i = 0;
    while (!module_need_decides(modules, &node->needs[i]) ||
           modules->nodes[node->needs[i].module].group != node->group)
        i++;
    return &node->needs[i];
}

static span describe_need(const struct modules *modules, uint64_t index,
                          const struct module_need *need, char *text,
                          size_t size)
{
    const char *quote = need->symbol.size ? "'" : "";
    const char *of = need->symbol.size ? " of " : "";
    return text_print(text, size, "\n    %.*s needs %s%.*s%s%s%.*s",
                      SPAN_ARGS(modules->nodes[index].path), quote,
                      SPAN_ARGS(need->symbol), quote, of,
                      SPAN_ARGS(modules->nodes[need->module].path));
}

/* A way through a group: from one module to the one that it needs. */
struct circle {
    uint64_t start;
    char text[LONGEST_CIRCLE];
    size_t size;
};

/* Following needs from any module of the group for as many steps as it has
 * modules ends within a circle; it begins at the module of it that comes first
 * in the request:
 *
 *     a.ko needs 'x' of b.ko
 *     b.ko needs 'y' of a.ko
 */
static void find_circle(const struct modules *modules, uint64_t group,
                        struct circle *circle)
{
    uint64_t at = group;
    for (uint64_t i = 0; i < modules->nodes[group].group_size; i++)
        at = need_in_group(modules, at)->module;
    circle->start = at;
    for (uint64_t i = need_in_group(modules, at)->module; i != at;
         i = need_in_group(modules, i)->module)
        circle->start = i < circle->start ? i : circle->start;
    at = circle->start;
    circle->size = 0;
    do {
        const struct module_need *need = need_in_group(modules, at);
        circle->size +=
            describe_need(modules, at, need, circle->text + circle->size,
                          sizeof(circle->text) - circle->size)
                .size;
        at = need->module;
    } while (at != circle->start && circle->size < sizeof(circle->text) - 1);
}

/* The first optional module of a group, or else the first one. */
static uint64_t dispensable(const struct modules *modules, uint64_t group)
{
    for (uint64_t i = group; i < modules->count; i++)
        if (modules->nodes[i].group == group &&
            module_is_optional(&modules->nodes[i]))
            return i;
    return group;
}

/* The others of the group need the one that it is an error of. */
static void refuse_group(struct modules *modules, uint64_t group)
{
    struct circle circle;
    find_circle(modules, group, &circle);
    module_error(modules, &modules->nodes[dispensable(modules, group)],
                 BOOTLINK_UNDEFINED,
                 "modules need each other, so none of them can be started "
                 "first; move what they share into one of them, or write "
                 "`module_cycles: group`:%.*s",
                 (int)circle.size, circle.text);
}

/* Libraries may name each other [gABI: Initialization and Termination
 * Functions]. */
static bool are_shared(const struct modules *modules, uint64_t group)
{
    bool are = true;
    for (uint64_t i = group; i < modules->count; i++)
        are &= modules->nodes[i].group != group || modules->nodes[i].is_shared;
    return are;
}

void module_refuse_groups(struct modules *modules)
{
    for (uint64_t i = 0; i < modules->count; i++)
        if (modules->nodes[i].group_size > 1 && !are_shared(modules, i))
            refuse_group(modules, i);
}
