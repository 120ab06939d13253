/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Trouble with modules. A module that is optional, or may need what an optional
 * one would have offered, is left out: its errors are shown as warnings that
 * name it, and the first of them is the reason that the kernel is told.
 */
#include "modules.h"

enum { LONGEST = 2048 };

bool module_is_optional(const struct module_node *node)
{
    return node->request->is_optional;
}

static bool may_be_left_out(const struct module_node *node)
{
    return module_is_optional(node) || node->is_uncertain;
}

/* ---- The world ----------------------------------------------------------- */

static bool get_file(void *host, span name, span *bytes)
{
    const struct bootlink_world *outer =
        ((const struct module_reporter *)host)->outer;
    return outer->file(outer->host, name, bytes);
}

static bool get_memory(void *host, enum bootlink_memory_kind kind,
                       uint64_t size, uint64_t align, uint64_t wanted,
                       struct bootlink_memory *block)
{
    const struct bootlink_world *outer =
        ((const struct module_reporter *)host)->outer;
    return outer->memory(outer->host, kind, size, align, wanted, block);
}

static void release(void *host, enum bootlink_memory_kind kind,
                    struct bootlink_memory block)
{
    const struct bootlink_world *outer =
        ((const struct module_reporter *)host)->outer;
    outer->release(outer->host, kind, block);
}

static void warn(struct module_reporter *reporter, enum bootlink_class class_,
                 span text)
{
    struct module_node *node = reporter->node;
    char buffer[LONGEST];
    if (!span_starts(text, node->path))
        text = text_print(buffer, sizeof(buffer), "%.*s: %.*s",
                          SPAN_ARGS(node->path), SPAN_ARGS(text));
    if (!node->reason.size)
        node->reason = arena_copy(reporter->arena, text);
    report_warning(reporter->outer, class_, "%.*s", SPAN_ARGS(text));
}

static void report(void *host, const struct bootlink_diagnostic *found)
{
    struct module_reporter *reporter = host;
    bool is_error = found->severity == BOOTLINK_ERROR;
    if (is_error && reporter->node && may_be_left_out(reporter->node))
        warn(reporter, found->class_, found->text);
    else if (is_error || !reporter->is_trial)
        reporter->outer->report(reporter->outer->host, found);
}

void reporter_open(struct module_reporter *reporter,
                   const struct bootlink_world *world, struct arena *arena)
{
    *reporter = (struct module_reporter){
        .world = {reporter, get_file, get_memory, release, report},
        .outer = world,
        .arena = arena};
}

/* ---- What becomes of the module ------------------------------------------ */

void module_leave_out(struct modules *modules, struct module_node *node,
                      const char *format, ...)
{
    char buffer[LONGEST];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    if (!node->reason.size)
        node->reason = arena_copy(modules->arena, text);
    node->state = MODULE_LEFT_OUT;
    report_warning(modules->reporter.outer, BOOTLINK_MISSING,
                   "%.*s: is left out: %.*s", SPAN_ARGS(node->path),
                   SPAN_ARGS(text));
}

void module_give_up(struct modules *modules, struct module_node *node)
{
    if (node->state != MODULE_GOOD)
        return;
    if (module_is_optional(node))
        module_leave_out(modules, node, "it is optional, see above");
    else if (node->is_uncertain)
        module_leave_out(modules, node,
                         "what it needs may be in an optional module that "
                         "cannot be read, see above");
    else
        node->state = MODULE_FAILED;
    modules->failed |= node->state == MODULE_FAILED;
}

void module_error(struct modules *modules, struct module_node *node,
                  enum bootlink_class class_, const char *format, ...)
{
    char buffer[LONGEST];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    modules->reporter.node = node;
    report_error(&modules->reporter.world, class_, "%.*s: %.*s",
                 SPAN_ARGS(node->path), SPAN_ARGS(text));
    modules->reporter.node = NULL;
    module_give_up(modules, node);
}
