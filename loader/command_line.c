/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The line of the log that does a boot's link again. Receives the request and
 * what came of it; afterwards `command` has the words of the line, quoted for a
 * POSIX shell: see system.h.
 */
#include "system_linker.h"

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
    if (request->command_line.size)
        put_option(line, SPAN("--cmdline"), request->command_line);
    for (uint64_t i = 0; i < request->kernel_count; i++)
        put_input(line, &request->kernel[i]);
}

/* The modules in the order of the request, since their order is worked out
 * again when the line is run. */
static void put_modules(struct command_line *line,
                        const struct system_linker *l,
                        const struct bootlink_image *const *images)
{
    for (uint64_t i = 0; i < l->request->module_count; i++) {
        const struct system_module_request *request = &l->request->modules[i];
        put_option(line, SPAN("--module"), request->path);
        if (images[i])
            put_physical(line, images[i]);
        if (request->is_optional)
            put_word(line, SPAN("--optional"));
        if (request->parameters.size)
            put_option(line, SPAN("--cmdline"), request->parameters);
    }
}

/* By index in the request; NULL: it is left out. */
static const struct bootlink_image **list_images(const struct system_linker *l)
{
    struct system *system = l->system;
    const struct bootlink_image **images =
        arena_array(&system->arena, l->request->module_count,
                    const struct bootlink_image *);
    for (uint64_t i = 0; images && i < system->module_count; i++)
        images[system->modules[i].request - l->request->modules] =
            &system->modules[i].image;
    return images;
}

bool system_write_command(struct system_linker *l)
{
    struct command_line line = {.arena = &l->system->arena};
    const struct bootlink_image **images = list_images(l);
    if (!images)
        return false;
    put_text(&line, SPAN("bootlink link"));
    put_kernel(&line, l->request, l->system);
    if (l->request->groups_modules)
        put_word(&line, SPAN("--module-cycles=group"));
    if (l->request->binds_lazily)
        put_word(&line, SPAN("--bind=lazy"));
    put_modules(&line, l, images);
    l->system->command = (span){line.text, line.size};
    return !line.arena->failed;
}
