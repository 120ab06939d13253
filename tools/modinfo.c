/* SPDX-License-Identifier: BSD-2-Clause
 *
 * bootlink modinfo: receives modules, and prints what each says of itself, as
 * modinfo does on Linux: a line `key: value` for each text, the parameters with
 * their types; and besides, what it exports and what it needs of others.
 */
#include "commands.h"
#include "modules.h"
#include "world_host.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: bootlink modinfo FILE...\n"
    "Prints what modules say of themselves: names, versions, parameters and\n"
    "their types, what they export and what they need.\n";

static void print(const char *key, span value)
{
    printf("%s:%*s%.*s\n", key, (int)(15 - strlen(key)), "", SPAN_ARGS(value));
}

/* ---- Texts --------------------------------------------------------------- */

/* The name and the parameters have their own lines. */
static void print_text(span text)
{
    size_t equals = span_find(text, '=');
    span key = span_part(text, 0, equals);
    span value = span_part(text, equals + 1, text.size - equals - 1);
    if (text.size && !span_is(key, "name") && !span_is(key, "parm"))
        printf("%.*s:%*s%.*s\n", SPAN_ARGS(key),
               key.size < 15 ? (int)(15 - key.size) : 1, "", SPAN_ARGS(value));
}

/* marks_read() has found them in order. */
static void print_texts(const struct section *section)
{
    span text;
    for (uint64_t at = 0; span_string(section->bytes, at, &text);
         at += text.size + 1)
        print_text(text);
}

static void print_all_texts(const struct link *link)
{
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (span_equal(o->sections[i].name, SPAN(".bootlink.modinfo")))
                print_texts(&o->sections[i]);
}

/* ---- Parameters ---------------------------------------------------------- */

/* "times:how often (uint)", "list (array of int)" */
static bool print_parameter(struct link *link, const struct module_parameter *p)
{
    span text = text_format(
        &link->arena, "%.*s%s%.*s (%s%s)", SPAN_ARGS(p->name),
        p->description.size ? ":" : "", SPAN_ARGS(p->description),
        p->capacity > 1 ? "array of " : "", parameter_type_name(p->type));
    print("parm", text);
    return text.size;
}

static bool print_parameters(struct link *link)
{
    const struct module_parameter **sorted = parameters_by_name(link);
    bool ok = sorted;
    for (uint64_t i = 0; ok && i < link->marks.parameter_count; i++)
        ok = print_parameter(link, sorted[i]);
    return ok;
}

/* ---- Symbols ------------------------------------------------------------- */

static bool is_offered(const struct link *link, const struct symbol *symbol)
{
    return symbol->state != SYMBOL_UNDEFINED && exports_offer(link, symbol);
}

static bool print_symbols(struct link *link)
{
    for (const struct symbol *s = link->symbols.first; s; s = s->next) {
        span name_space = marks_name_space(&link->marks, s->name);
        span text = s->name;
        if (name_space.size)
            text = text_format(&link->arena, "%.*s in namespace %.*s",
                               SPAN_ARGS(s->name), SPAN_ARGS(name_space));
        if (is_offered(link, s))
            print("exports", text);
        if (!text.size)
            return false;
    }
    for (const struct symbol *s = link->symbols.first; s; s = s->next)
        if (s->state == SYMBOL_UNDEFINED && s->is_referenced)
            print(s->is_needed ? "needs" : "may use", s->name);
    return true;
}

/* ---- A module ------------------------------------------------------------ */

static bool print_module(struct link *link, span path)
{
    const struct module_marks *marks = &link->marks;
    print("filename", path);
    print("name", module_name(marks, path));
    print_all_texts(link);
    return print_parameters(link) && print_symbols(link);
}

/* Opens it as a boot does, and goes no further. */
static bool read_module(const struct bootlink_world *world, span path)
{
    const struct bootlink_input inputs[] = MODULE_INPUTS(path);
    const struct bootlink_request request = {.inputs = inputs,
                                             .input_count = MODULE_INPUT_COUNT,
                                             .shared = &bootlink_shared};
    struct link link = {
        .world = world,
        .request = &request,
        .arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH),
        .passing = arena_open(world, BOOTLINK_MEMORY_SCRATCH),
        .last_object = &link.objects,
    };
    bool ok =
        inputs_open(&link) && marks_read(&link) && print_module(&link, path);
    arena_close(&link.arena);
    return ok;
}

int command_modinfo(const char *program, char **arguments)
{
    struct host host = {.program = program};
    struct bootlink_world world = world_of_host(&host);
    bool ok = *arguments && strcmp(*arguments, "--help");
    if (!ok) {
        fputs(usage, *arguments ? stdout : stderr);
        return !*arguments;
    }
    for (; *arguments; arguments++)
        ok &= read_module(&world, span_of(*arguments));
    host_close(&host);
    return !ok || fflush(stdout) != 0;
}
