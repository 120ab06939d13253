/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The keys of the config file: one table, one function for each key that does
 * something. Limine's other keys are known, and said to have no effect, so that
 * a limine.conf can be shared.
 */
#include "config_reader.h"

typedef bool setter(struct config_reader *reader, struct config_value value);

/* ---- Values ------------------------------------------------------------- */

static bool read_switch(struct config_reader *reader, struct config_value value,
                        bool *answer)
{
    *answer = span_equal(value.text, SPAN("yes"));
    if (*answer || span_equal(value.text, SPAN("no")))
        return true;
    return config_error(reader, value.place, "'%.*s' is neither 'yes' nor 'no'",
                        SPAN_ARGS(value.text));
}

static bool read_file(struct config_reader *reader, struct config_value value,
                      struct config_path *path)
{
    if (!config_read_path(reader, value, path))
        return false;
    if (path->is_folder)
        return config_error(reader, value.place,
                            "this is a folder, and a file is needed here; "
                            "only kernel_path, module_path and file_path take "
                            "folders");
    return true;
}

static bool append_path(struct config_reader *reader, struct config_path path,
                        struct config_file ***next)
{
    struct config_file *file = arena_new(reader->arena, struct config_file);
    if (!file)
        return false;
    file->path = path;
    **next = file;
    *next = &file->next;
    return true;
}

/* ---- Global keys -------------------------------------------------------- */

static bool set_timeout(struct config_reader *reader, struct config_value value)
{
    uint64_t seconds = CONFIG_WAITS_FOREVER;
    if (!span_equal(value.text, SPAN("no")) &&
        (!span_number(value.text, &seconds) || seconds >= UINT32_MAX))
        return config_error(reader, value.place,
                            "'%.*s' is neither a number of seconds nor 'no'",
                            SPAN_ARGS(value.text));
    reader->config->timeout = seconds;
    return true;
}

static bool set_verbose(struct config_reader *reader, struct config_value value)
{
    return read_switch(reader, value, &reader->config->verbose);
}

static bool set_serial(struct config_reader *reader, struct config_value value)
{
    return read_switch(reader, value, &reader->config->serial);
}

static bool set_quiet(struct config_reader *reader, struct config_value value)
{
    return read_switch(reader, value, &reader->config->quiet);
}

/* ---- Keys of an entry --------------------------------------------------- */

/* Its value was found when the entry was opened. */
static bool set_protocol(struct config_reader *reader,
                         struct config_value value)
{
    if (value.text.size)
        return true;
    return config_error(reader, value.place,
                        "a protocol is missing; write 'bootlink'");
}

static bool set_comment(struct config_reader *reader, struct config_value value)
{
    reader->entry->comment = value;
    return true;
}

static bool add_kernel(struct config_reader *reader, struct config_value value)
{
    struct config_path path;
    bool is_path = config_read_path(reader, value, &path);
    /* Kept even if it is wrong: then the entry does have a kernel_path. */
    return append_path(reader, path, &reader->next_kernel) && is_path;
}

static bool set_script(struct config_reader *reader, struct config_value value)
{
    return read_file(reader, value, &reader->entry->script);
}

static bool add_module(struct config_reader *reader, struct config_value value)
{
    struct config_module *module =
        arena_new(reader->arena, struct config_module);
    if (!module)
        return false;
    reader->module = *reader->next_module = module;
    reader->next_module = &module->next;
    return config_read_path(reader, value, &module->path);
}

/* What belongs to the module above, and is said of it once. */
static bool set_of_module(struct config_reader *reader,
                          struct config_value value, const char *what,
                          struct config_value *place)
{
    if (!place)
        return config_error(reader, value.place,
                            "there is no module_path above this; move it "
                            "below the module_path that it is for");
    if (place->place.text)
        return config_error(reader, value.place,
                            "the module has %s already, in line %u; remove one "
                            "of them",
                            what, place->place.line);
    *place = value;
    return true;
}

static bool set_module_command_line(struct config_reader *reader,
                                    struct config_value value)
{
    struct config_module *module = reader->module;
    if (module && module->path.is_folder)
        return config_error(reader, value.place,
                            "this is for one module, and the module_path in "
                            "line %u is a folder; name the module itself, too, "
                            "as in boot():/%.*s/hello.ko, and write this below",
                            module->path.place.line,
                            SPAN_ARGS(module->path.path));
    return set_of_module(reader, value, "a command line",
                         module ? &module->command_line : NULL);
}

static bool set_optional(struct config_reader *reader,
                         struct config_value value)
{
    struct config_module *module = reader->module;
    return set_of_module(reader, value, "`optional`",
                         module ? &module->optional : NULL) &&
           read_switch(reader, value, &module->is_optional);
}

static bool add_library_path(struct config_reader *reader,
                             struct config_value value)
{
    struct config_path path;
    if (!config_read_path(reader, value, &path) ||
        !append_path(reader, path, &reader->next_library_path))
        return false;
    return path.is_folder ||
           config_error(reader, value.place,
                        "a folder is wanted; write boot():/%.*s/",
                        SPAN_ARGS(path.path));
}

static bool set_bind(struct config_reader *reader, struct config_value value)
{
    reader->entry->binds_lazily = span_equal(value.text, SPAN("lazy"));
    return reader->entry->binds_lazily || span_equal(value.text, SPAN("now")) ||
           config_error(reader, value.place,
                        "'%.*s' is neither 'now' nor "
                        "'lazy'",
                        SPAN_ARGS(value.text));
}

static bool set_module_cycles(struct config_reader *reader,
                              struct config_value value)
{
    reader->entry->groups_modules = span_equal(value.text, SPAN("group"));
    if (reader->entry->groups_modules || span_equal(value.text, SPAN("error")))
        return true;
    return config_error(reader, value.place,
                        "'%.*s' is neither 'group' nor 'error'",
                        SPAN_ARGS(value.text));
}

static bool add_file(struct config_reader *reader, struct config_value value)
{
    struct config_path path;
    return config_read_path(reader, value, &path) &&
           append_path(reader, path, &reader->next_file);
}

static bool set_command_line(struct config_reader *reader,
                             struct config_value value)
{
    reader->entry->command_line = value;
    return true;
}

static bool set_kaslr(struct config_reader *reader, struct config_value value)
{
    return read_switch(reader, value, &reader->entry->kaslr);
}

static bool set_phys(struct config_reader *reader, struct config_value value)
{
    reader->entry->phys_any = span_equal(value.text, SPAN("any"));
    if (reader->entry->phys_any)
        return true;
    return config_error(reader, value.place,
                        "phys can only be 'any'; leave it out for the load "
                        "address of the script");
}

/* ---- The table ---------------------------------------------------------- */

struct config_key {
    const char *name;
    uint8_t id; /* enum config_key_id */
    bool is_global;
    setter *set;
};

/* clang-format off */
static const struct config_key keys[] = {
    /* anywhere in the file */
    {"timeout",        KEY_TIMEOUT,     true,  set_timeout},
    {"verbose",        KEY_VERBOSE,     true,  set_verbose},
    {"serial",         KEY_SERIAL,      true,  set_serial},
    {"quiet",          KEY_QUIET,       true,  set_quiet},

    /* in an entry */
    {"protocol",       KEY_PROTOCOL,    false, set_protocol},
    {"comment",        KEY_COMMENT,     false, set_comment},
    {"kernel_path",    KEY_REPEATS,     false, add_kernel},
    {"path",           KEY_REPEATS,     false, add_kernel},
    {"script_path",    KEY_SCRIPT_PATH, false, set_script},
    {"module_path",    KEY_REPEATS,     false, add_module},
    {"module_cmdline", KEY_REPEATS,     false, set_module_command_line},
    {"module_string",  KEY_REPEATS,     false, set_module_command_line},
    {"optional",       KEY_REPEATS,     false, set_optional},
    {"module_cycles",  KEY_MODULE_CYCLES, false, set_module_cycles},
    {"library_path",   KEY_REPEATS,     false, add_library_path},
    {"bind",           KEY_BIND,        false, set_bind},
    {"file_path",      KEY_REPEATS,     false, add_file},
    {"cmdline",        KEY_CMDLINE,     false, set_command_line},
    {"kernel_cmdline", KEY_CMDLINE,     false, set_command_line},
    {"kaslr",          KEY_KASLR,       false, set_kaslr},
    {"phys",           KEY_PHYS,        false, set_phys},
};

/* Limine's, not Bootlink's (yet). */
static const char *const other_keys[] = {
    "default_entry", "remember_last_entry", "graphics", "wallpaper",
    "wallpaper_style", "backdrop", "serial_baudrate", "randomise_memory",
    "randomize_memory", "hash_mismatch_panic", "interface_resolution",
    "interface_branding", "interface_branding_colour",
    "interface_branding_color", "interface_help_hidden", "term_font",
    "term_font_size", "term_font_scale", "term_font_spacing", "term_palette",
    "term_palette_bright", "term_background", "term_foreground",
    "term_background_bright", "term_foreground_bright", "term_margin",
    "term_margin_gradient", "editor_enabled", "editor_highlighting",
    "editor_validation", "resolution", "textmode", "randomise_hhdm_base",
    "randomize_hhdm_base", "max_paging_mode", "min_paging_mode",
    "paging_mode",
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_other_key(span name)
{
    for (size_t i = 0; i < COUNT(other_keys); i++)
        if (span_equal(name, span_of(other_keys[i])))
            return true;
    return false;
}

static const struct config_key *find_key(span name)
{
    for (size_t i = 0; i < COUNT(keys); i++)
        if (span_equal(name, span_of(keys[i].name)))
            return &keys[i];
    return NULL;
}

/* The key that most likely was meant: at most one edit away, and one more for
 * every three characters. */
static const struct config_key *nearest_key(span name)
{
    const struct config_key *nearest = NULL;
    size_t best = name.size / 3 + 2;
    for (size_t i = 0; i < COUNT(keys); i++) {
        size_t distance = span_distance(name, span_of(keys[i].name));
        if (distance < best) {
            best = distance;
            nearest = &keys[i];
        }
    }
    return nearest;
}

static void unknown_key(struct config_reader *reader, struct config_value key,
                        span name)
{
    const struct config_key *nearest = nearest_key(name);
    if (is_other_key(name))
        report_note(reader->world, "%.*s:%u:%u: '%.*s' has no effect yet",
                    SPAN_ARGS(key.place.text->name), key.place.line,
                    key.place.column, SPAN_ARGS(key.text));
    else if (nearest)
        config_error(reader, key.place,
                     "unknown key '%.*s'; did you mean '%s'?",
                     SPAN_ARGS(key.text), nearest->name);
    else
        config_error(reader, key.place,
                     "unknown key '%.*s'; remove the line, or begin it with "
                     "'#'",
                     SPAN_ARGS(key.text));
}

/* Keys know no case. */
static span lower_case(struct arena *arena, span text)
{
    span lower = arena_copy(arena, text);
    char *letters = (char *)lower.data;
    for (size_t i = 0; i < lower.size; i++)
        if (letters[i] >= 'A' && letters[i] <= 'Z')
            letters[i] += 'a' - 'A';
    return lower;
}

/* True if the key may be given (again) here. */
static bool check_key(struct config_reader *reader, struct config_value key,
                      const struct config_key *known)
{
    if (!known->is_global && !reader->entry)
        return config_error(reader, key.place,
                            "key '%.*s' belongs in an entry; open one above "
                            "it with '/Title'",
                            SPAN_ARGS(key.text));
    if (known->id == KEY_REPEATS)
        return true;
    uint32_t line = reader->line_of[known->id];
    if (line)
        return config_error(reader, key.place,
                            "key '%.*s' was given in line %u already; remove "
                            "one of them",
                            SPAN_ARGS(key.text), line);
    reader->line_of[known->id] = key.place.line;
    return true;
}

void config_set(struct config_reader *reader, struct config_value key,
                struct config_value value)
{
    span name = lower_case(reader->arena, key.text);
    if (!name.data)
        return;
    const struct config_key *known = find_key(name);
    if (reader->is_foreign && !(known && known->is_global))
        return;
    if (!known)
        unknown_key(reader, key, name);
    else if (check_key(reader, key, known))
        known->set(reader, value);
}
