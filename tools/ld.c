/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ld.bootlink: receives GNU ld's command line, links, and writes the output
 * and the map. Nothing is written unless everything went well.
 */
#include "commands.h"
#include "elf_file.h"
#include "map.h"
#include "options.h"
#include "output_file.h"
#include "static_script.h"
#include "world_host.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: ld.bootlink [-T SCRIPT] [-o FILE] [options] file...\n"
    "  -o FILE, --output=FILE       the output (a.out)\n"
    "  -T FILE, --script=FILE       the layout script, also looked for along "
    "-L;\n"
    "                               without it that of a static program\n"
    "  -e SYMBOL, --entry=SYMBOL    where execution starts\n"
    "  -L DIR, --library-path=DIR   where -l and -T look\n"
    "  -l NAME, --library=NAME      libNAME.a; -l :FILE for another name\n"
    "  --start-group, -(            archives to be searched in a circle ...\n"
    "  --end-group, -)              ... up to here\n"
    "  --whole-archive              take every member ...\n"
    "  --no-whole-archive           ... up to here\n"
    "  --defsym=SYMBOL=EXPRESSION   define a symbol\n"
    "  -u SYMBOL, --undefined=SYMBOL  a reference to it\n"
    "  --gc-sections                leave out sections that nothing reaches\n"
    "  --print-gc-sections          say which\n"
    "  --gc-keep-exported           what others could use is reached\n"
    "  -z start-stop-gc             __start_X does not reach sections X\n"
    "  --no-relax                   leave GOT loads as they are\n"
    "  -z max-page-size=N           the size of a page (4096)\n"
    "  --build-id[=STYLE]           sha1, md5, sha256, uuid, 0xHEX or none\n"
    "  -z ibt -z shstk -z x86-64-v2 ...  what .note.gnu.property says\n"
    "  -z cet-report=warning        or error: objects without IBT and SHSTK\n"
    "  -Map=FILE                    write a map; - for standard output\n"
    "  -Ttext=ADDRESS               where .text starts; likewise -Tdata, "
    "-Tbss, "
    "\n"
    "  -Ttext-segment=ADDRESS       what SEGMENT_START asks for; likewise\n"
    "                               -Trodata-segment, -Tldata-segment\n"
    "  --section-start=NAME=ADDRESS where an output section starts\n"
    "  -z [no]relro                 whether data to be protected end a page\n"
    "  --verbose                    show the built-in script\n"
    "  -m elf_x86_64                the only emulation\n"
    "  @FILE                        more arguments\n"
    "Accepted without effect: -static -nostdlib -plugin X -plugin-opt=X\n"
    "  --hash-style=X --[no-]as-needed --eh-frame-hdr\n";

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
    return has(options, BOOTLINK_FILE) || has(options, BOOTLINK_LIBRARY) ||
           has(options, BOOTLINK_SCRIPT) ||
           report_error(options->arena->world, BOOTLINK_MISSING,
                        "no input files; name the objects and archives to "
                        "link");
}

static bool make_request(const struct options *options,
                         struct bootlink_request *request)
{
    *request = (struct bootlink_request){
        .inputs = options->inputs,
        .input_count = options->input_count,
        .folders = options->folders.items,
        .folder_count = options->folders.count,
        .script_name = SPAN("static.ld"),
        .script = static_script(),
        .definitions = options->definitions,
        .entry = options->entry,
        .output = BOOTLINK_IN_FILE,
        .undefined = options->undefined.items,
        .undefined_count = options->undefined.count,
        .build_id = options->build_id.bytes,
        .properties = options->properties,
        .no_relax = options->no_relax,
        .gc_sections = options->gc_sections,
        .print_gc_sections = options->print_gc_sections,
        .gc_keep_exported = options->gc_keep_exported,
        .start_stop_gc = options->start_stop_gc,
        .no_relro = options->no_relro,
        .no_separate_code = options->no_separate_code,
        .page_size = options->page_size,
        .common_page_size = options->common_page_size,
        .starts = options->starts,
        .start_count = options->start_count,
    };
    return has_anything(options);
}

/* ---- From an image to files ---------------------------------------------- */

static const struct output_section *text_section(const struct link *link)
{
    const struct output_section *s = link->outputs;
    while (s && (s->index == 0 || !span_equal(s->name, SPAN(".text"))))
        s = s->next;
    return s;
}

/* Where -e or ENTRY say, or else the symbol `start`; a number if there is no
 * such symbol; or else where .text starts; or else 0.
 * [GNU ld manual: Entry Point] */
static uint64_t entry_of(const struct options *options, const struct link *link)
{
    span name = options->entry.size ? options->entry : link->script.entry;
    bool is_asked_for = name.size > 0;
    const struct symbol *symbol =
        symbol_find(link, is_asked_for ? name : SPAN("start"));
    const struct output_section *text = text_section(link);
    uint64_t entry = text ? text->address : 0;
    if (symbol && symbol->state != SYMBOL_UNDEFINED)
        return symbol_address(symbol);
    if (is_asked_for && !span_number(name, &entry))
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

static bool write_files(const struct options *options,
                        const struct bootlink_image *image)
{
    struct link *link = link_of(image);
    return elf_file_write(link, entry_of(options, link), &options->build_id,
                          options->output.data) &&
           (!options->map.size || write_map(link, options->map.data));
}

static bool link_files(const struct options *options)
{
    struct bootlink_request request;
    struct bootlink_image image;
    if (!make_request(options, &request) ||
        !bootlink_link(options->arena->world, &request, &image))
        return false;
    bool written = write_files(options, &image);
    bootlink_close(&image);
    return written;
}

static bool run(struct arena *arena, char **arguments)
{
    struct options options = {.arena = arena};
    options_read(&options, response_expand(arena, arguments));
    if (options.failed || arena->failed)
        return false;
    if (options.help)
        return fputs(usage, stdout) >= 0;
    if (options.version) {
        printf("GNU ld compatible Bootlink %s\n", BOOTLINK_VERSION);
        if (!options.input_count)
            return true;
    }
    if (options.verbose && !has(&options, BOOTLINK_SCRIPT))
        static_script_print();
    if (options.verbose && !options.input_count)
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
