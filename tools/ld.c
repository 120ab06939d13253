/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ld.bootlink: receives GNU ld's command line, links, and writes the output
 * and the map. Nothing is written unless everything went well.
 */
#include "commands.h"
#include "dependency_file.h"
#include "elf_file.h"
#include "elf_tables.h"
#include "flat_file.h"
#include "inflate.h"
#include "map.h"
#include "options.h"
#include "output_file.h"
#include "permissions.h"
#include "static_script.h"
#include "world_host.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- From options to a request ------------------------------------------- */

static bool has(const struct options *options, enum bootlink_input_kind kind)
{
    for (uint64_t i = 0; i < options->input_count; i++)
        if (options->inputs[i].kind == kind)
            return true;
    return false;
}

/* A script may name all that there is to link. */
static bool has_anything(const struct options *options)
{
    return has(options, BOOTLINK_FILE) || has(options, BOOTLINK_BINARY) ||
           has(options, BOOTLINK_LIBRARY) || has(options, BOOTLINK_SCRIPT) ||
           has(options, BOOTLINK_DEFAULT_SCRIPT) ||
           has(options, BOOTLINK_SYMBOLS) ||
           report_error(options->arena->world, BOOTLINK_MISSING,
                        "no input files; name the objects and archives to "
                        "link");
}

static bool check_pages(const struct options *options)
{
    uint64_t most = options->request.page_size;
    return !most || options->request.common_page_size <= most ||
           report_error(options->arena->world, BOOTLINK_SYNTAX,
                        "-z common-page-size is larger than -z max-page-size; "
                        "it can be that at most");
}

static span built_in_script(const struct options *options)
{
    const struct bootlink_request *request = &options->request;
    struct static_layout layout = {
        .separates_code = !request->no_separate_code && !request->no_paging,
        .has_data_segment = !request->writable_text,
        .binds_now =
            options->binds_now && !request->no_relro && !request->no_paging,
    };
    return options->relocatable ? relocatable_script()
                                : static_script(options->arena, layout);
}

static bool make_request(const struct options *options,
                         struct bootlink_request *request)
{
    *request = options->request;
    request->scripts = &bootlink_scripts;
    request->extras = &bootlink_extras;
    request->inputs = options->inputs;
    request->input_count = options->input_count;
    request->folders = options->folders.items;
    request->folder_count = options->folders.count;
    request->script_name =
        options->relocatable ? SPAN("relocatable.ld") : SPAN("static.ld");
    request->script = built_in_script(options);
    request->output =
        options->relocatable ? BOOTLINK_RELOCATABLE : BOOTLINK_IN_FILE;
    request->undefined = options->undefined.items;
    request->undefined_count = options->undefined.count;
    request->required = options->required.items;
    request->required_count = options->required.count;
    request->unique = options->unique.items;
    request->unique_count = options->unique.count;
    request->wrapped = options->wrapped.items;
    request->wrapped_count = options->wrapped.count;
    request->ignored_undefined = options->ignored.items;
    request->ignored_undefined_count = options->ignored.count;
    request->build_id = options->build_id.bytes;
    request->inflate = inflate_section;
    request->starts = options->starts;
    request->start_count = options->start_count;
    return has_anything(options) && check_pages(options);
}

/* ---- From an image to files ---------------------------------------------- */

static const struct output_section *text_section(const struct link *link)
{
    const struct output_section *s = link->outputs;
    while (s && (!s->has_input || !span_equal(s->name, SPAN(".text"))))
        s = s->next;
    return s;
}

/* Where -e or ENTRY say, or else the symbol `start`; a number if there is no
 * such symbol; or else where .text starts, other than in an object; or else 0.
 * [GNU ld manual: Entry Point] */
static uint64_t entry_of(const struct options *options, const struct link *link)
{
    span name = options->request.entry.size ? options->request.entry
                                            : link->script.entry;
    bool is_asked_for = name.size > 0;
    const struct symbol *symbol =
        symbol_find(link, is_asked_for ? name : SPAN("start"));
    const struct output_section *text = text_section(link);
    uint64_t entry = text && !options->relocatable ? text->address : 0;
    if (symbol && symbol->state != SYMBOL_UNDEFINED)
        return symbol_address(symbol);
    uint64_t number;
    if (is_asked_for && span_number(name, &number))
        return number;
    if (is_asked_for)
        report_warning(link->world, BOOTLINK_UNDEFINED,
                       "cannot find the entry symbol '%.*s'; the output starts "
                       "at 0x%llx. Define it, or name another by ENTRY or -e",
                       SPAN_ARGS(name), (unsigned long long)entry);
    return entry;
}

static void put_text(void *file, span text)
{
    fwrite(text.data, 1, text.size, file);
}

/* In a folder the map is named after the output. */
static const char *map_path(const struct options *options)
{
    struct stat status;
    span map = options->map, output = options->output;
    if (stat(map.data, &status) != 0 || !S_ISDIR(status.st_mode))
        return map.data;
    output = output.size ? output : SPAN("a.out");
    size_t start = output.size;
    while (start && output.data[start - 1] != '/')
        start--;
    return text_format(options->arena, "%.*s/%.*s.map", SPAN_ARGS(map),
                       SPAN_ARGS(span_part(output, start, output.size - start)))
        .data;
}

/* The map lists symbols by address, which an output file has no need of. */
static bool write_map(struct link *link, const char *path)
{
    if (!exports_fill(link))
        return false;
    bool to_standard_output = strcmp(path, "-") == 0;
    FILE *file = to_standard_output ? stdout : fopen(path, "we");
    if (file)
        map_write(link, &(struct map_sink){file, put_text});
    bool written = file && !ferror(file) &&
                   (to_standard_output ? fflush(file) : fclose(file)) == 0;
    return written || report_error(link->world, BOOTLINK_MISSING,
                                   "cannot write the map %s; is its folder "
                                   "there, and writable?",
                                   path);
}

/* --fatal-warnings: no output after one. */
static bool check_warnings(const struct options *options)
{
    const struct bootlink_world *world = options->arena->world;
    const struct host *host = world->host;
    return !options->fatal_warnings || !host->warning_count ||
           report_error(world, BOOTLINK_SYNTAX,
                        "no output, as --fatal-warnings is in force");
}

static bool make_tables(const struct options *options, struct link *link,
                        struct elf_tables *tables)
{
    *tables = (struct elf_tables){.link = link};
    if (options->relocatable)
        return elf_tables_make_object(link, tables);
    return !options->request.emit_relocs ||
           elf_tables_add_relocations(link, tables);
}

/* -o is stronger than the script's OUTPUT. */
static const char *output_of(const struct options *options,
                             const struct link *link)
{
    if (options->output.size)
        return options->output.data;
    if (link->script.output.size)
        return arena_copy(options->arena, link->script.output).data;
    return "a.out";
}

/* The output file, which the link begins if it streams sections. */
struct output {
    const struct options *options;
    struct output_file file;
    bool is_open;
};

static bool begin_output(struct output *output, const struct link *link)
{
    const char *path =
        output->is_open ? NULL : output_of(output->options, link);
    if (path)
        output->is_open = output_open(&output->file, link->world, path);
    return output->is_open;
}

/* Not if all bytes are to be had later, for relocations that are kept or to be
 * compressed, or if they must come in order. */
static bool takes_stream(void *context, const struct link *link)
{
    const struct options *options = ((struct output *)context)->options;
    const char *path = output_of(options, link);
    return !options->relocatable && !options->request.emit_relocs &&
           options->compression == COMPRESS_NONE && path &&
           !output_is_device(path);
}

static void reserve_streamed(struct output *output, const struct link *link)
{
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (o->is_streamed)
            output_reserve(&output->file, o->file_offset, o->size);
}

static bool take_bytes(void *context, const struct link *link, uint64_t offset,
                       span bytes)
{
    struct output *output = context;
    bool is_first = !output->is_open;
    if (!begin_output(output, link))
        return false;
    if (is_first)
        reserve_streamed(output, link);
    output_write(&output->file, offset, bytes);
    return !output->file.failed;
}

/* Whole, or not at all. */
static bool end_output(struct output *output, bool is_good)
{
    if (!output->is_open)
        return is_good;
    output->is_open = false;
    if (is_good)
        return output_close(&output->file, true);
    output_abandon(&output->file);
    return false;
}

/* An object keeps its global symbols, or nobody could link it. */
static struct symbol_choice symbols_of(const struct options *options)
{
    struct symbol_choice choice = options->symbols;
    if (options->relocatable && choice.strip_all) {
        choice.strip_all = false;
        if (choice.discard == DISCARD_OF_MERGED)
            choice.discard = DISCARD_ALL;
    }
    return choice;
}

/* Relocations have no place in a flat file. */
static bool check_format(const struct options *options, const struct link *link)
{
    bool is_flat = options->request.format == BOOTLINK_FORMAT_FLAT ||
                   (options->request.format == BOOTLINK_FORMAT_OF_SCRIPT &&
                    link->script.is_flat);
    bool has_relocations = options->relocatable || options->request.emit_relocs;
    return !is_flat || !has_relocations ||
           report_error(link->world, BOOTLINK_UNSUPPORTED,
                        "the format binary has no relocations; leave out "
                        "--oformat and OUTPUT_FORMAT, or -r and -q");
}

/* What the script says is overruled by --oformat, not by -m. */
static bool is_freebsd(const struct options *options, const struct link *link)
{
    return options->is_freebsd ||
           (options->request.format == BOOTLINK_FORMAT_OF_SCRIPT &&
            link->script.is_freebsd);
}

static bool write_elf(struct output *output, struct link *link, uint64_t entry,
                      const struct elf_extras *extras)
{
    bool is_good = begin_output(output, link) &&
                   elf_file_write(link, entry, extras, &output->file);
    return end_output(output, is_good);
}

static bool write_files(struct output *to, const struct bootlink_image *image)
{
    const struct options *options = to->options;
    struct link *link = link_of(image);
    const char *output = output_of(options, link);
    struct elf_tables tables;
    bool has_tables = options->relocatable || options->request.emit_relocs;
    struct elf_extras extras = {
        symbols_of(options), &options->build_id, has_tables ? &tables : NULL,
        options->compression, is_freebsd(options, link)};
    uint64_t entry = entry_of(options, link);
    bool is_flat = link_is_flat(link);
    if (output && !is_flat)
        permissions_check(options, link, output);
    return output && check_format(options, link) && check_warnings(options) &&
           (is_flat || make_tables(options, link, &tables)) &&
           (!options->map.size || write_map(link, map_path(options))) &&
           (is_flat ? flat_file_write(link, output)
                    : write_elf(to, link, entry, &extras)) &&
           (!options->dependency_file.size ||
            dependency_file_write(options->arena, options->dependency_file.data,
                                  output));
}

/* What was asked for besides the output. */
static bool tell(const struct options *options, struct link *link)
{
    if (options->memory_usage)
        memory_usage_print(link);
    if (options->stats)
        fprintf(stderr, "ld.bootlink: total time in link: %.6f\n",
                (double)clock() / CLOCKS_PER_SEC);
    return !options->cref || cross_references_print(link);
}

static bool link_files(const struct options *options)
{
    struct bootlink_request request;
    struct bootlink_image image;
    struct observer seen = options->observer;
    seen.arena = options->arena;
    struct link_observer observer = observer_of(&seen);
    struct output output = {.options = options};
    struct link_sink sink = {&output, takes_stream, take_bytes};
    if (!make_request(options, &request))
        return false;
    request.observer = &observer;
    request.sink = &sink;
    if (!bootlink_link(options->arena->world, &request, &image))
        return end_output(&output, false);
    bool written =
        write_files(&output, &image) && tell(options, link_of(&image));
    bootlink_close(&image);
    return end_output(&output, written);
}

static bool run(struct arena *arena, char **arguments)
{
    struct options options = {.arena = arena};
    options_read(&options, response_expand(arena, arguments));
    if (options.failed || arena->failed)
        return false;
    if (options.help)
        return options_help();
    if (options.version) {
        puts(LD_VERSION_LINE);
        if (!options.input_count)
            return true;
    }
    if (options.verbose && !has(&options, BOOTLINK_SCRIPT))
        script_print(built_in_script(&options));
    if ((options.verbose || options.has_answered) && !options.input_count)
        return true;
    return link_files(&options);
}

int command_ld(const char *program, char **arguments)
{
    struct host host = {.program = program};
    struct bootlink_world world = world_of_host(&host);
    struct arena arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH);
    bool done = run(&arena, arguments);
    arena_close(&arena);
    host_close(&host);
    return done ? 0 : 1;
}
