/* SPDX-License-Identifier: BSD-2-Clause
 *
 * bootlink link: receives the line that a boot's log gives, links what the
 * boot linked, and writes the images as ELF files: their sections hold the
 * bytes that lay in memory when the kernel was entered, their symbols are for
 * a debugger.
 */
#include "commands.h"
#include "elf_file.h"
#include "options.h"
#include "output_file.h"
#include "system.h"
#include "world_host.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage: bootlink link [options] file... [--module FILE [options]]...\n"
    "Links as a boot did; its log has the line to paste.\n"
    "  --script FILE                the layout script (built in)\n"
    "  --defsym bootlink_slide=N    the slide of that boot\n"
    "  --start-group, --end-group   around archives that need each other\n"
    "  --whole-archive, --no-whole-archive   take every member in between\n"
    "  --phys N                     where the kernel or the module before was\n"
    "  --phys-any                   no load address of the script is binding\n"
    "  --module FILE                a module; what follows is about it\n"
    "  --cmdline TEXT               its parameters, or the kernel's command "
    "line\n"
    "  --optional                   it may be left out, with all that need it\n"
    "  --module-cycles=group        modules may need each other (or =error)\n"
    "  --bind=lazy                  functions of shared objects are found when "
    "they\n"
    "                               are called (or =now)\n"
    "Not from a log:\n"
    "  --library-path DIR           where libraries of modules are looked "
    "for,\n"
    "                               besides the folder of who needs them\n"
    "  --root DIR                   the boot volume that file names start at\n"
    "  --output DIR                 write kernel.elf and MODULE.elf there\n";

struct boot_line {
    struct arena *arena;
    struct host *host;
    struct system_request request;
    struct bootlink_input *inputs;
    uint64_t input_count, input_capacity;
    struct system_module_request *modules;
    uint64_t module_count, module_capacity;
    span *library_paths;
    uint64_t library_path_count, library_path_capacity;
    struct host_load_address **last_address;
    const char *output; /* a folder; NULL: write nothing */
    bool help;
};

static bool refuse(const struct boot_line *line, const char *what,
                   const char *value)
{
    return report_error(line->arena->world, BOOTLINK_SYNTAX,
                        "%s%s%s; bootlink link --help lists what there is",
                        what, value ? " " : "", value ? value : "");
}

/* ---- What each word does ------------------------------------------------- */

static bool add_input(struct boot_line *line, enum bootlink_input_kind kind,
                      const char *name)
{
    struct bootlink_input *inputs =
        arena_grow(line->arena, line->inputs, line->input_count,
                   &line->input_capacity, sizeof(*inputs));
    if (!inputs)
        return false;
    line->inputs = inputs;
    inputs[line->input_count++] =
        (struct bootlink_input){kind, name ? span_of(name) : (span){NULL, 0}};
    return true;
}

static bool add_module(struct boot_line *line, const char *path)
{
    struct system_module_request *modules =
        arena_grow(line->arena, line->modules, line->module_count,
                   &line->module_capacity, sizeof(*modules));
    if (!modules)
        return false;
    line->modules = modules;
    modules[line->module_count++] =
        (struct system_module_request){.path = span_of(path)};
    return true;
}

static bool set_script(struct boot_line *line, const char *path)
{
    line->request.script_name = span_of(path);
    return true;
}

static bool set_slide(struct boot_line *line, const char *text)
{
    span definition = span_of(text), name = SPAN("bootlink_slide=");
    if (!span_starts(definition, name) ||
        !span_number(
            span_part(definition, name.size, definition.size - name.size),
            &line->request.slide))
        return refuse(line, "wanted bootlink_slide=NUMBER, found", text);
    line->request.has_slide = true;
    return true;
}

/* About the module before, or the kernel. */
static bool set_load_address(struct boot_line *line, const char *text)
{
    struct host_load_address *address =
        arena_new(line->arena, struct host_load_address);
    if (!address)
        return false;
    if (!span_number(span_of(text), &address->physical))
        return refuse(line, "--phys wants a number, found", text);
    if (line->module_count)
        address->name = line->modules[line->module_count - 1].path;
    *line->last_address = address;
    line->last_address = &address->next;
    return true;
}

static bool set_parameters(struct boot_line *line, const char *text)
{
    if (line->module_count)
        line->modules[line->module_count - 1].parameters = span_of(text);
    else
        line->request.command_line = span_of(text);
    return true;
}

static bool set_optional(struct boot_line *line, const char *text)
{
    (void)text;
    if (!line->module_count)
        return refuse(line, "--optional belongs behind a --module", NULL);
    line->modules[line->module_count - 1].is_optional = true;
    return true;
}

static bool set_module_groups(struct boot_line *line, const char *text)
{
    (void)text;
    line->request.groups_modules = true;
    return true;
}

static bool set_no_module_groups(struct boot_line *line, const char *text)
{
    (void)text;
    line->request.groups_modules = false;
    return true;
}

static bool add_library_path(struct boot_line *line, const char *folder)
{
    span *paths =
        arena_grow(line->arena, line->library_paths, line->library_path_count,
                   &line->library_path_capacity, sizeof(*paths));
    span path = span_of(folder);
    if (!paths)
        return false;
    if (!span_ends(path, SPAN("/")))
        path = text_format(line->arena, "%s/", folder);
    line->library_paths = paths;
    paths[line->library_path_count++] = path;
    return path.data;
}

static bool set_lazy(struct boot_line *line, const char *text)
{
    (void)text;
    line->request.binds_lazily = true;
    return true;
}

static bool set_not_lazy(struct boot_line *line, const char *text)
{
    (void)text;
    line->request.binds_lazily = false;
    return true;
}

static bool set_root(struct boot_line *line, const char *folder)
{
    line->host->folder = folder;
    return true;
}

static bool set_output(struct boot_line *line, const char *folder)
{
    line->output = folder;
    return true;
}

static bool set_load_anywhere(struct boot_line *line, const char *text)
{
    (void)text;
    line->request.load_anywhere = true;
    return true;
}

static bool set_help(struct boot_line *line, const char *text)
{
    (void)text;
    line->help = true;
    return true;
}

static bool add_group_start(struct boot_line *line, const char *text)
{
    return add_input(line, BOOTLINK_GROUP_START, text);
}

static bool add_group_end(struct boot_line *line, const char *text)
{
    return add_input(line, BOOTLINK_GROUP_END, text);
}

static bool add_whole_archive(struct boot_line *line, const char *text)
{
    return add_input(line, BOOTLINK_WHOLE_ARCHIVE, text);
}

static bool add_no_whole_archive(struct boot_line *line, const char *text)
{
    return add_input(line, BOOTLINK_NO_WHOLE_ARCHIVE, text);
}

/* ---- The line ------------------------------------------------------------ */

struct word {
    const char *name;
    bool has_value;
    bool (*apply)(struct boot_line *line, const char *value);
};

/* clang-format off */
static const struct word words[] = {
    {"--script", true, set_script},
    {"--defsym", true, set_slide},
    {"--start-group", false, add_group_start},
    {"--end-group", false, add_group_end},
    {"--whole-archive", false, add_whole_archive},
    {"--no-whole-archive", false, add_no_whole_archive},
    {"--phys", true, set_load_address},
    {"--phys-any", false, set_load_anywhere},
    {"--module", true, add_module},
    {"--cmdline", true, set_parameters},
    {"--optional", false, set_optional},
    {"--module-cycles=group", false, set_module_groups},
    {"--module-cycles=error", false, set_no_module_groups},
    {"--library-path", true, add_library_path},
    {"--bind=lazy", false, set_lazy},
    {"--bind=now", false, set_not_lazy},
    {"--root", true, set_root},
    {"--output", true, set_output},
    {"--help", false, set_help},
};
/* clang-format on */

/* Finds `--name`, or `--name=value`: then where its value is. */
static const struct word *word_of(const char *text, const char **value)
{
    *value = NULL;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t size = strlen(words[i].name);
        if (strcmp(words[i].name, text) == 0)
            return &words[i];
        if (words[i].has_value && strncmp(words[i].name, text, size) == 0 &&
            text[size] == '=') {
            *value = text + size + 1;
            return &words[i];
        }
    }
    return NULL;
}

static bool read_line(struct boot_line *line, char **arguments)
{
    while (*arguments) {
        const char *text = *arguments++;
        const char *value;
        const struct word *word = word_of(text, &value);
        if (!word && strncmp(text, "--", 2) == 0)
            return refuse(line, "unknown option", text);
        if (word && word->has_value && !value && !(value = *arguments++))
            return refuse(line, "a value is missing behind", text);
        bool done = word ? word->apply(line, value)
                         : add_input(line, BOOTLINK_FILE, text);
        if (!done)
            return false;
    }
    line->request.kernel = line->inputs;
    line->request.kernel_count = line->input_count;
    line->request.modules = line->modules;
    line->request.module_count = line->module_count;
    line->request.library_paths = line->library_paths;
    line->request.library_path_count = line->library_path_count;
    return line->help || line->input_count > 0 ||
           refuse(line, "no input files", NULL);
}

/* ---- The results --------------------------------------------------------- */

static bool is_in(const struct output_section *section,
                  const struct bootlink_segment *segment)
{
    return !section->is_removed && !section->is_discard &&
           (section->flags & SHF_ALLOC) && section->size > 0 &&
           section->address - segment->address < segment->size;
}

static unsigned flags_of(unsigned permissions)
{
    return (permissions & BOOTLINK_READ ? PF_R : 0) |
           (permissions & BOOTLINK_WRITE ? PF_W : 0) |
           (permissions & BOOTLINK_EXECUTE ? PF_X : 0);
}

/* Gives the sections of a segment their places in the file from `offset` on,
 * and fills its program header. Returns the end. */
static uint64_t place_segment(struct link *link, uint64_t offset,
                              const struct bootlink_segment *segment,
                              struct program_header *header)
{
    uint64_t end = 0;
    for (struct output_section *s = link->outputs; s; s = s->next) {
        if (!is_in(s, segment))
            continue;
        s->file_offset = offset + (s->address - segment->address);
        if (s->type != SHT_NOBITS && end < s->file_offset + s->size)
            end = s->file_offset + s->size;
    }
    *header = (struct program_header){
        .type = PT_LOAD,
        .flags = flags_of(segment->permissions),
        .offset = offset,
        .address = segment->address,
        .load_address = segment->physical,
        .file_size = end > offset ? end - offset : 0,
        .memory_size = segment->size,
        .align = link->page_size,
        .next = header + 1,
    };
    return offset + align_up(header->file_size, link->page_size);
}

/* A link in memory has no places in a file. Gives it those that
 * elf_file_write wants: one program header for each run of pages. */
static bool place_in_file(const struct bootlink_image *image)
{
    struct link *link = link_of(image);
    uint32_t index = 0;
    for (struct output_section *s = link->outputs; s; s = s->next)
        for (size_t i = 0; i < image->segment_count; i++)
            if (is_in(s, &image->segments[i]))
                s->index = ++index;
    link->headers =
        arena_array(&link->arena, image->segment_count, struct program_header);
    if (!link->headers)
        return false;
    uint64_t offset =
        align_up(sizeof(Elf64_Ehdr) + image->segment_count * sizeof(Elf64_Phdr),
                 link->page_size);
    for (size_t i = 0; i < image->segment_count; i++)
        offset =
            place_segment(link, offset, &image->segments[i], &link->headers[i]);
    if (image->segment_count)
        link->headers[image->segment_count - 1].next = NULL;
    else
        link->headers = NULL;
    return true;
}

static bool write_image(const struct boot_line *line, span name,
                        const struct bootlink_image *image)
{
    uint64_t start = image->entry ? image->entry : image->init;
    printf("%.*s at 0x%llx to 0x%llx, starts at 0x%llx\n", SPAN_ARGS(name),
           (unsigned long long)image->low, (unsigned long long)image->high,
           (unsigned long long)start);
    if (!line->output)
        return true;
    span path =
        text_format(line->arena, "%s/%.*s.elf", line->output, SPAN_ARGS(name));
    struct output_file file;
    if (!path.data || !place_in_file(image) ||
        !output_open(&file, line->arena->world, path.data))
        return false;
    if (elf_file_write(link_of(image), image->entry, &(struct elf_extras){0},
                       &file))
        return output_close(&file, true);
    output_abandon(&file);
    return false;
}

static bool write_images(const struct boot_line *line,
                         const struct system *system)
{
    if (line->output && mkdir(line->output, 0777) != 0 && errno != EEXIST)
        return report_error(line->arena->world, BOOTLINK_MISSING,
                            "cannot make the folder %s: %s", line->output,
                            strerror(errno));
    bool written = write_image(line, SPAN("kernel"), &system->kernel);
    for (uint64_t i = 0; i < system->module_count && written; i++)
        written = write_image(line, system->modules[i].name,
                              &system->modules[i].image);
    for (uint64_t i = 0; i < system->left_out_count && written; i++)
        printf("%.*s is left out: %.*s\n", SPAN_ARGS(system->left_out[i].name),
               SPAN_ARGS(system->left_out[i].reason));
    return written;
}

/* Once --root is known, wherever it stands. */
static bool read_script(struct boot_line *line)
{
    const struct bootlink_world *world = line->arena->world;
    return !line->request.script_name.size ||
           world->file(world->host, line->request.script_name,
                       &line->request.script);
}

static bool run(struct boot_line *line, char **arguments)
{
    struct system system;
    if (!read_line(line, arguments))
        return false;
    if (line->help)
        return fputs(usage, stdout) >= 0;
    if (!read_script(line) ||
        !system_link(line->arena->world, &line->request, &system))
        return false;
    bool written = write_images(line, &system);
    system_close(&system);
    return written;
}

int command_link(const char *program, char **arguments)
{
    struct host host = {.program = program};
    struct bootlink_world world = world_of_host(&host);
    struct arena arena = arena_open(&world, BOOTLINK_MEMORY_SCRATCH);
    struct boot_line line = {.arena = &arena, .host = &host};
    line.last_address = &host.load_addresses;
    bool done = run(&line, arguments);
    arena_close(&arena);
    host_close(&host);
    return done ? 0 : 1;
}
