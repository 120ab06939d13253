/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Links all that one boot needs. Receives what the config entry or the command
 * line names; afterwards the kernel and every module are linked and placed, the
 * modules in the order to start them, each behind the image before it:
 *
 *   kernel.low                 the kernel, by its script
 *   the next multiple of 2 MiB the first module, by module.ld
 *   the next page              the second module ...
 *   kernel.low + 2 GiB         no module ends behind this, so that any of them
 *                              reaches any other with 32 bits
 */
#include "system.h"

#include "builtin.h"
#include "modules.h"

enum { PAGE_SIZE = 4096 };

#define LARGE_PAGE (2ull << 20)
#define REACH      (2ull << 30)

struct system_linker {
    const struct bootlink_world *world;
    const struct system_request *request;
    struct system *system;
    struct modules modules;
    bool *failed; /* by index in the request: this module could not be linked */

    /* What the images linked so far export, by modules_export(). */
    struct bootlink_export *imports;
    uint64_t import_count, import_capacity;
};

static span define(struct arena *arena, const char *name, uint64_t value)
{
    return text_format(arena, "%s = 0x%llx;", name, (unsigned long long)value);
}

/* Links, and leaves nothing in `image` if that fails. */
static bool link_image(struct system_linker *l,
                       const struct bootlink_request *request,
                       struct bootlink_image *image)
{
    if (!l->system->arena.failed && bootlink_link(l->world, request, image))
        return true;
    *image = (struct bootlink_image){0};
    return false;
}

/* ---- The kernel --------------------------------------------------------- */

static bool link_kernel(struct system_linker *l)
{
    const struct system_request *request = l->request;
    struct bootlink_request link = {
        .scripts = &bootlink_scripts,
        .inputs = request->kernel,
        .input_count = request->kernel_count,
        .script_name = request->script_name,
        .script = request->script,
        .output = BOOTLINK_IN_MEMORY,
        .needs_entry = true,
        .strip_debug = true, /* nobody reads it in memory */
        .load_anywhere = request->load_anywhere,
        .read = request->read,
        .observer = request->observer,
    };
    if (!request->script_name.size) {
        link.script_name = SPAN("linker.ld");
        link.script = builtin_kernel_script();
    }
    if (request->has_slide)
        link.definitions =
            define(&l->system->arena, "bootlink_slide", request->slide);
    if (!link_image(l, &link, &l->system->kernel))
        return false;
    if (l->system->kernel.is_executable)
        report_note(l->world, "%.*s: is linked already: no script and no slide",
                    SPAN_ARGS(request->kernel[0].name));
    else if (request->has_slide && !l->system->kernel.slide_used)
        report_note(l->world,
                    "%.*s: does not use bootlink_slide, so the kernel is "
                    "linked where the script says",
                    SPAN_ARGS(link.script_name));
    return true;
}

/* ---- Modules ------------------------------------------------------------ */

/* Offers the exports of a linked image to the modules behind it. */
static bool add_imports(struct system_linker *l,
                        const struct bootlink_image *image, uint64_t owner)
{
    for (size_t i = 0; i < image->symbol_count; i++) {
        const struct bootlink_symbol *symbol = &image->symbols[i];
        struct symbol *entry = modules_export(&l->modules, symbol->name);
        if (!symbol->is_exported || !entry || entry->value != owner)
            continue;
        struct bootlink_export *grown =
            arena_grow(&l->system->arena, l->imports, l->import_count,
                       &l->import_capacity, sizeof(*grown));
        if (!grown)
            return false;
        l->imports = grown;
        grown[l->import_count++] = (struct bootlink_export){
            .name = symbol->name, .address = symbol->address};
        entry->address = l->import_count;
    }
    return true;
}

static const struct bootlink_export *find_import(void *linker, span name)
{
    struct system_linker *l = linker;
    const struct symbol *entry = modules_export(&l->modules, name);
    return entry && entry->address ? &l->imports[entry->address - 1] : NULL;
}

/* Where the next module goes. */
static uint64_t next_base(const struct system *system)
{
    if (!system->module_count)
        return align_up(system->kernel.high, LARGE_PAGE);
    return align_up(system->modules[system->module_count - 1].image.high,
                    PAGE_SIZE);
}

static bool is_in_reach(const struct system *system,
                        const struct bootlink_image *image)
{
    uint64_t low = system->kernel.low;
    return image->low >= low && image->high > image->low &&
           image->high - low <= REACH;
}

static bool link_module(struct system_linker *l, uint64_t index)
{
    struct system *system = l->system;
    const struct system_module_request *request = &l->request->modules[index];
    const struct bootlink_input inputs[] = MODULE_INPUTS(request->path);
    const struct bootlink_request link = {
        .inputs = inputs,
        .input_count = MODULE_INPUT_COUNT,
        .module_base = next_base(system),
        .find_import = find_import,
        .imports = l,
        .output = BOOTLINK_IN_MEMORY,
        .strip_debug = true,
        .load_anywhere = true,
        .observer = l->request->observer,
    };
    struct system_module *module = &system->modules[system->module_count];
    if (system->arena.failed || !bootlink_link(l->world, &link, &module->image))
        return false;
    module->path = request->path;
    module->name = system_module_name(request->path);
    module->parameters = request->parameters;
    system->module_count++;
    if (!is_in_reach(system, &module->image))
        return report_error(l->world, BOOTLINK_LAYOUT,
                            "%.*s: does not fit into the 2 GiB that begin with "
                            "the kernel (0x%llx); load fewer or smaller "
                            "modules, or choose a smaller slide",
                            SPAN_ARGS(request->path),
                            (unsigned long long)system->kernel.low);
    return add_imports(l, &module->image, index);
}

/* A module whose needs could not be linked would only repeat the errors. */
static bool has_its_needs(const struct system_linker *l, uint64_t index)
{
    const struct module_node *node = &l->modules.nodes[index];
    for (uint64_t i = 0; i < node->need_count; i++)
        if (l->failed[node->needs[i].module])
            return false;
    return true;
}

static bool link_modules(struct system_linker *l)
{
    struct arena *arena = &l->system->arena;
    uint64_t count = l->request->module_count;
    bool ok = true;
    if (!count)
        return true;
    l->system->modules = arena_array(arena, count, struct system_module);
    l->failed = arena_array(arena, count, bool);
    if (l->system->kernel.is_executable)
        return report_error(l->world, BOOTLINK_UNSUPPORTED,
                            "%.*s: modules are linked with a kernel's objects, "
                            "and %.*s is linked already; name its objects in "
                            "kernel_path",
                            SPAN_ARGS(l->request->modules[0].path),
                            SPAN_ARGS(l->request->kernel[0].name));
    if (!l->system->modules || !l->failed ||
        !modules_order(l->world, arena, &l->system->kernel, l->request->modules,
                       count, &l->modules) ||
        !add_imports(l, &l->system->kernel, MODULES_KERNEL))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = l->modules.order[i];
        l->failed[index] = !has_its_needs(l, index) || !link_module(l, index);
        ok &= !l->failed[index];
    }
    return ok;
}

span system_module_name(span path)
{
    size_t start = path.size, end = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    for (size_t i = start + 1; i < path.size; i++)
        if (path.data[i] == '.')
            end = i;
    return span_part(path, start, end - start);
}

/* ---- The line for the log ----------------------------------------------- */

struct command_line {
    struct arena *arena;
    char *text;
    uint64_t size, capacity;
};

static void put_char(struct command_line *line, char c)
{
    char *grown =
        arena_grow(line->arena, line->text, line->size, &line->capacity, 1);
    if (!grown)
        return;
    line->text = grown;
    grown[line->size++] = c;
}

static void put_text(struct command_line *line, span text)
{
    for (size_t i = 0; i < text.size; i++)
        put_char(line, text.data[i]);
}

/* Letters, digits and signs that mean nothing to a shell. */
static bool is_plain_char(char c)
{
    span signs = SPAN("%+,-./:=@_");
    for (size_t i = 0; i < signs.size; i++)
        if (c == signs.data[i])
            return true;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static bool is_plain(span word)
{
    for (size_t i = 0; i < word.size; i++)
        if (!is_plain_char(word.data[i]))
            return false;
    return word.size > 0;
}

/* One word behind a blank, quoted for a POSIX shell [POSIX: XCU 2.2]: between
 * single quotes everything is plain but the quote, which is written '\''. */
static void put_word(struct command_line *line, span word)
{
    put_char(line, ' ');
    if (is_plain(word)) {
        put_text(line, word);
        return;
    }
    put_char(line, '\'');
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] == '\'')
            put_text(line, SPAN("'\\'"));
        put_char(line, word.data[i]);
    }
    put_char(line, '\'');
}

static void put_option(struct command_line *line, span option, span value)
{
    put_word(line, option);
    put_word(line, value);
}

static void put_physical(struct command_line *line,
                         const struct bootlink_image *image)
{
    char number[32];
    if (image->segment_count)
        put_option(line, SPAN("--phys"),
                   text_print(number, sizeof(number), "0x%llx",
                              (unsigned long long)image->segments[0].physical));
}

static void put_input(struct command_line *line,
                      const struct bootlink_input *input)
{
    static const char *const options[] = {
        [BOOTLINK_GROUP_START] = "--start-group",
        [BOOTLINK_GROUP_END] = "--end-group",
        [BOOTLINK_WHOLE_ARCHIVE] = "--whole-archive",
        [BOOTLINK_NO_WHOLE_ARCHIVE] = "--no-whole-archive",
    };
    put_word(line, input->kind == BOOTLINK_FILE
                       ? input->name
                       : span_of(options[input->kind]));
}

static void put_kernel(struct command_line *line,
                       const struct system_request *request,
                       const struct system *system)
{
    char definition[48];
    if (request->script_name.size)
        put_option(line, SPAN("--script"), request->script_name);
    if (request->has_slide)
        put_option(line, SPAN("--defsym"),
                   text_print(definition, sizeof(definition),
                              "bootlink_slide=0x%llx",
                              (unsigned long long)request->slide));
    if (request->load_anywhere)
        put_word(line, SPAN("--phys-any"));
    put_physical(line, &system->kernel);
    for (uint64_t i = 0; i < request->kernel_count; i++)
        put_input(line, &request->kernel[i]);
}

/* The modules in the order of the request, since their order is worked out
 * again when the line is run. */
static void put_modules(struct command_line *line,
                        const struct system_linker *l)
{
    for (uint64_t i = 0; i < l->request->module_count; i++) {
        const struct system_module_request *request = &l->request->modules[i];
        uint64_t at = 0;
        while (l->modules.order[at] != i)
            at++;
        put_option(line, SPAN("--module"), request->path);
        put_physical(line, &l->system->modules[at].image);
        if (request->parameters.size)
            put_option(line, SPAN("--cmdline"), request->parameters);
    }
}

static bool print_command(struct system_linker *l)
{
    struct command_line line = {.arena = &l->system->arena};
    put_text(&line, SPAN("bootlink link"));
    put_kernel(&line, l->request, l->system);
    put_modules(&line, l);
    l->system->command = (span){line.text, line.size};
    return !line.arena->failed;
}

/* ---- The whole ---------------------------------------------------------- */

uint64_t system_slide(uint64_t random)
{
    return random % ((1ull << 30) / LARGE_PAGE) * LARGE_PAGE;
}

void system_close(struct system *system)
{
    for (uint64_t i = 0; i < system->module_count; i++)
        bootlink_close(&system->modules[i].image);
    if (system->kernel.link)
        bootlink_close(&system->kernel);
    arena_close(&system->arena);
    *system = (struct system){0};
}

bool system_link(const struct bootlink_world *world,
                 const struct system_request *request, struct system *system)
{
    *system =
        (struct system){.arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH)};
    struct system_linker linker = {
        .world = world, .request = request, .system = system};
    if (link_kernel(&linker) && link_modules(&linker) && print_command(&linker))
        return true;
    system_close(system);
    return false;
}
