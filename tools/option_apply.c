/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the options do that are more than a switch: each puts its value where
 * ld.c finds it, or refuses it.
 */
#include "options.h"
#include "world_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The host of the world that options are read in. */
static struct host *host_of(const struct options *options)
{
    return options->arena->world->host;
}

/* ---- Inputs ------------------------------------------------------------- */

static void add_input(struct options *options, enum bootlink_input_kind kind,
                      span name)
{
    struct bootlink_input *inputs =
        arena_grow(options->arena, options->inputs, options->input_count,
                   &options->input_capacity, sizeof(*inputs));
    if (!inputs)
        return;
    options->inputs = inputs;
    inputs[options->input_count++] = (struct bootlink_input){kind, name};
}

void option_add_file(struct options *options, span name)
{
    add_input(options, options->format, name);
}

void option_set_input_format(struct options *options, span format)
{
    if (span_equal(format, SPAN("binary")))
        options->format = BOOTLINK_BINARY;
    else if (span_equal(format, SPAN("elf64-x86-64")) ||
             span_equal(format, SPAN("elf64-x86-64-freebsd")) ||
             span_equal(format, SPAN("default")))
        options->format = BOOTLINK_FILE;
    else
        option_refuse(options,
                      "-b %.*s: unknown format; this linker reads elf64-x86-64 "
                      "and binary",
                      SPAN_ARGS(format));
}

/* Of a folder -R is -rpath, which says nothing here. */
void option_add_symbols(struct options *options, span path)
{
    struct stat status;
    if (stat(path.data, &status) != 0 || !S_ISDIR(status.st_mode))
        add_input(options, BOOTLINK_SYMBOLS, path);
}

void option_add_library(struct options *options, span name)
{
    add_input(options, BOOTLINK_LIBRARY, name);
}

void option_add_script(struct options *options, span name)
{
    add_input(options, BOOTLINK_SCRIPT, name);
}

/* What counts behind all else on the command line. */
void option_end(struct options *options)
{
    if (options->default_script.size)
        add_input(options, BOOTLINK_DEFAULT_SCRIPT, options->default_script);
}

void option_start_whole_archive(struct options *options, span value)
{
    options->whole_archive = true;
    add_input(options, BOOTLINK_WHOLE_ARCHIVE, value);
}

void option_end_whole_archive(struct options *options, span value)
{
    options->whole_archive = false;
    add_input(options, BOOTLINK_NO_WHOLE_ARCHIVE, value);
}

void option_push_state(struct options *options, span value)
{
    (void)value;
    if (options->saved_count == 64)
        option_refuse(options, "--push-state: more than 64 states");
    options->saved_count++;
    options->saved_states = options->saved_states << 1 | options->whole_archive;
}

void option_pop_state(struct options *options, span value)
{
    bool was = options->saved_states & 1;
    if (options->saved_count == 0) {
        option_refuse(options, "--pop-state without --push-state");
        return;
    }
    options->saved_count--;
    options->saved_states >>= 1;
    if (was && !options->whole_archive)
        option_start_whole_archive(options, value);
    if (!was && options->whole_archive)
        option_end_whole_archive(options, value);
}

void option_start_group(struct options *options, span value)
{
    add_input(options, BOOTLINK_GROUP_START, value);
}

void option_end_group(struct options *options, span value)
{
    add_input(options, BOOTLINK_GROUP_END, value);
}

/* ---- Files and names ---------------------------------------------------- */

void option_print_sysroot(struct options *options, span value)
{
    (void)value;
    if (options->request.sysroot.size)
        printf("%.*s\n", SPAN_ARGS(options->request.sysroot));
    options->has_answered = true;
}

void option_set_format(struct options *options, span name)
{
    options->is_freebsd |= span_ends(name, SPAN("-freebsd"));
    if (span_equal(name, SPAN("binary")))
        options->request.format = BOOTLINK_FORMAT_FLAT;
    else if (span_equal(name, SPAN("elf64-x86-64")) ||
             span_equal(name, SPAN("elf64-x86-64-freebsd")) ||
             span_equal(name, SPAN("default")))
        options->request.format = BOOTLINK_FORMAT_ELF;
    else
        option_refuse(options,
                      "--oformat=%.*s: this linker writes elf64-x86-64 and "
                      "binary; make another format of that by objcopy",
                      SPAN_ARGS(name));
}

void option_print_format(struct options *options, span value)
{
    (void)value;
    bool is_flat = options->request.format == BOOTLINK_FORMAT_FLAT;
    printf("%s\n", is_flat ? "binary" : "elf64-x86-64");
    options->has_answered = true;
}

void option_set_emulation(struct options *options, span name)
{
    options->is_freebsd |= span_ends(name, SPAN("_fbsd"));
    if (!span_equal(name, SPAN("elf_x86_64")) &&
        !span_equal(name, SPAN("elf_x86_64_fbsd")))
        option_refuse(
            options, "-m %.*s: unknown emulation; this linker knows elf_x86_64",
            SPAN_ARGS(name));
}

/* ---- Symbols ------------------------------------------------------------ */

/* A name; or a number, in C's way: 010 is 8, and there may be a sign. */
void option_set_entry(struct options *options, span name)
{
    char *end;
    bool is_signed = name.data[0] == '-' || name.data[0] == '+';
    bool is_number = name.data[is_signed] >= '0' && name.data[is_signed] <= '9';
    unsigned long long address = is_number ? strtoull(name.data, &end, 0) : 0;
    options->request.entry =
        is_number && !*end ? text_format(options->arena, "0x%llx", address)
                           : name;
}

/* symbol=expression becomes a statement of a script. */
void option_add_definition(struct options *options, span text)
{
    size_t equals = span_find(text, '=');
    if (equals == 0 || equals + 1 >= text.size) {
        option_refuse(options, "--defsym %.*s: wanted symbol=expression",
                      SPAN_ARGS(text));
        return;
    }
    span name = span_part(text, 0, equals);
    span value = span_part(text, equals + 1, text.size - equals - 1);
    add_input(options, BOOTLINK_DEFINITION,
              text_format(options->arena, "%.*s = %.*s;\n", SPAN_ARGS(name),
                          SPAN_ARGS(value)));
}

void option_add_required(struct options *options, span name)
{
    span_list_add(options->arena, &options->undefined, name);
    span_list_add(options->arena, &options->required, name);
}

/* ---- Which symbols the output has --------------------------------------- */

void option_strip_all(struct options *options, span value)
{
    (void)value;
    options->symbols.strip_all = true;
    options->request.strip_debug = true;
}

/* A file with one name a line; it overrides -s and -S before it. */
void option_retain(struct options *options, span path)
{
    const struct bootlink_world *world = options->arena->world;
    struct symbol_table *names = arena_new(options->arena, struct symbol_table);
    span text;
    if (!names || !world->file(world->host, path, &text)) {
        options->failed = true; /* which the world has said */
        return;
    }
    options->symbols.strip_all = options->request.strip_debug = false;
    while (text.size) {
        size_t length = 0;
        while (length < text.size && (unsigned char)text.data[length] > ' ')
            length++;
        if (length && !symbol_table_enter(options->arena, names,
                                          span_part(text, 0, length)))
            return;
        length += length < text.size;
        text = span_part(text, length, text.size - length);
    }
    options->symbols.retained = names;
}

/* ---- What is told ------------------------------------------------------- */

void option_trace_symbol(struct options *options, span name)
{
    symbol_table_enter(options->arena, &options->observer.traced, name);
}

void option_print_map(struct options *options, span value)
{
    (void)value;
    options->map = SPAN("-");
}

/* ---- What is undefined -------------------------------------------------- */

/* There are no shared libraries, so objects alone count. */
void option_set_unresolved(struct options *options, span method)
{
    if (span_equal(method, SPAN("ignore-all")) ||
        span_equal(method, SPAN("ignore-in-object-files")))
        options->request.unresolved = BOOTLINK_UNRESOLVED_IGNORED;
    else if (span_equal(method, SPAN("report-all")) ||
             span_equal(method, SPAN("ignore-in-shared-libs")))
        options->request.unresolved = BOOTLINK_UNRESOLVED_ERROR;
    else
        option_refuse(options,
                      "--unresolved-symbols=%.*s: wanted ignore-all, "
                      "report-all, ignore-in-object-files or "
                      "ignore-in-shared-libs",
                      SPAN_ARGS(method));
}

/* As in GNU ld, undefined references are no longer errors then. */
void option_no_warnings(struct options *options, span value)
{
    (void)value;
    host_of(options)->is_quiet = true;
    options->request.unresolved = BOOTLINK_UNRESOLVED_IGNORED;
}

/* ---- The rest ----------------------------------------------------------- */

/* gcc asks for a build ID without being asked. */
void option_set_build_id(struct options *options, span style)
{
    if (!build_id_read(options->arena, style, &options->build_id))
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "--build-id=%.*s: unknown style, ignored; there are "
                       "sha1, md5, sha256, uuid, 0xHEX and none",
                       SPAN_ARGS(style));
}
