/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the config file: text in, entries out, every error reported with its
 * line and a caret. The grammar is Limine's (its CONFIG.md):
 *
 *   file   = { line }
 *   line   = nothing | '#' comment | macro | title | option
 *   macro  = "${" name "}=" value      known in the whole file
 *   title  = '/' { '/' } [ '+' ] text  one more '/' for each level down
 *   option = key ':' value
 *
 * "${name}" in a title, key or value stands for the macro's value, which is
 * taken as it is.
 */
#include "config_reader.h"

#include <string.h>

enum {
    MOST_ERRORS = 20,         /* enough to work on */
    LARGEST_FILE = 1 << 20,   /* larger ones are no config files */
    LONGEST_EXPANSION = 4096, /* of a value with macros in it */
    LONGEST_MESSAGE = 512,
};

bool config_error(struct config_reader *reader, struct script_place place,
                  const char *format, ...)
{
    char buffer[LONGEST_MESSAGE];
    va_list arguments;
    if (++reader->errors > MOST_ERRORS)
        return false;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    return script_error(reader->world, place, BOOTLINK_SYNTAX, "%.*s",
                        SPAN_ARGS(text));
}

/* ---- Lines -------------------------------------------------------------- */

struct config_lines {
    const struct script_text *text;
    span rest; /* behind the lines read so far */
    uint32_t line;
};

struct config_value config_skip(struct config_value value, size_t count)
{
    value.text = span_part(value.text, count, value.text.size - count);
    value.place.column += count;
    return value;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct config_value trim(struct config_value value)
{
    while (value.text.size && is_blank(value.text.data[0]))
        value = config_skip(value, 1);
    while (value.text.size && is_blank(value.text.data[value.text.size - 1]))
        value.text.size--;
    return value;
}

/* The position of `c` in `text`, or its size. */
static size_t find(span text, char c)
{
    size_t i = 0;
    while (i < text.size && text.data[i] != c)
        i++;
    return i;
}

static bool next_line(struct config_lines *lines, struct config_value *line)
{
    if (!lines->rest.size)
        return false;
    size_t end = find(lines->rest, '\n');
    size_t next = end < lines->rest.size ? end + 1 : end;
    struct script_place place = {lines->text, ++lines->line, 1};
    *line = trim((struct config_value){span_part(lines->rest, 0, end), place});
    lines->rest = span_part(lines->rest, next, lines->rest.size - next);
    return true;
}

static struct config_lines all_lines(const struct config_reader *reader)
{
    const struct script_text *text = &reader->config->text;
    return (struct config_lines){text, text->text, 0};
}

/* ---- Macros ------------------------------------------------------------- */

/* Cuts "${NAME}" off `text`; false if that is not how it begins. */
static bool cut_macro_name(span *text, span *name)
{
    if (!span_starts(*text, SPAN("${")))
        return false;
    size_t end = find(*text, '}');
    if (end == text->size)
        return false;
    *name = span_part(*text, 2, end - 2);
    *text = span_part(*text, end + 1, text->size - end - 1);
    return true;
}

static bool is_definition(span line, span *name, span *value)
{
    if (!cut_macro_name(&line, name) || !span_starts(line, SPAN("=")))
        return false;
    *value = span_part(line, 1, line.size - 1);
    return true;
}

static const struct config_macro *find_macro(const struct config_reader *reader,
                                             span name)
{
    const struct config_macro *macro = reader->macros;
    while (macro && !span_equal(macro->name, name))
        macro = macro->next;
    return macro;
}

static bool add_macro(struct config_reader *reader, span name, span value)
{
    struct config_macro *macro = arena_new(reader->arena, struct config_macro);
    if (!macro)
        return false;
    *macro = (struct config_macro){name, value, reader->macros};
    reader->macros = macro;
    return true;
}

/* Macros may be used above their definition, so they are read first. */
static bool read_macros(struct config_reader *reader)
{
    struct config_lines lines = all_lines(reader);
    struct config_value line;
    span name, value;
    if (!add_macro(reader, SPAN("ARCH"), SPAN("x86-64")))
        return false;
    while (next_line(&lines, &line)) {
        if (!is_definition(line.text, &name, &value))
            continue;
        if (find_macro(reader, name))
            config_error(reader, line.place,
                         "macro '%.*s' is defined already; rename one of them",
                         SPAN_ARGS(name));
        else if (!add_macro(reader, name, value))
            return false;
    }
    return true;
}

static bool expansion_error(struct config_reader *reader,
                            struct config_value value, size_t at, span name)
{
    return config_error(reader, config_skip(value, at).place,
                        "macro '%.*s' is not defined; add a line '${%.*s}=...'",
                        SPAN_ARGS(name), SPAN_ARGS(name));
}

/* Replaces each ${NAME} by its value. What it stands for is not searched
 * again, so this ends. */
static bool expand(struct config_reader *reader, struct config_value *value)
{
    char buffer[LONGEST_EXPANSION];
    span rest = value->text, name, part;
    size_t used = 0;
    while (rest.size) {
        size_t at = value->text.size - rest.size;
        if (cut_macro_name(&rest, &name)) {
            const struct config_macro *macro = find_macro(reader, name);
            if (!macro)
                return expansion_error(reader, *value, at, name);
            part = macro->value;
        } else {
            part = span_part(rest, 0, 1);
            rest = span_part(rest, 1, rest.size - 1);
        }
        if (!in_bounds(sizeof(buffer), used, part.size))
            return config_error(reader, value->place,
                                "this is longer than %u bytes; shorten it",
                                (unsigned)sizeof(buffer));
        if (part.size)
            memcpy(buffer + used, part.data, part.size);
        used += part.size;
    }
    value->text = arena_copy(reader->arena, (span){buffer, used});
    return value->text.data != NULL;
}

/* ---- Options ------------------------------------------------------------ */

/* Splits `key: value`. */
static bool split_option(struct config_value line, struct config_value *key,
                         struct config_value *value)
{
    size_t colon = find(line.text, ':');
    if (colon == 0 || colon == line.text.size)
        return false;
    *key = line;
    key->text.size = colon;
    *key = trim(*key);
    *value = trim(config_skip(line, colon + 1));
    return true;
}

static bool is_protocol(span key)
{
    char lower[sizeof("protocol") - 1];
    if (key.size != sizeof(lower))
        return false;
    for (size_t i = 0; i < key.size; i++)
        lower[i] = key.data[i] | ('a' - 'A');
    return span_equal((span){lower, sizeof(lower)}, SPAN("protocol"));
}

static void read_option(struct config_reader *reader, struct config_value line)
{
    struct config_value key, value;
    if (split_option(line, &key, &value)) {
        /* The protocol's value was expanded when the entry was opened. */
        if (expand(reader, &key) &&
            (is_protocol(key.text) || expand(reader, &value)))
            config_set(reader, key, value);
    } else if (span_starts(line.text, SPAN(":"))) {
        config_error(reader, line.place,
                     "a key is missing before ':'; an entry begins with '/'");
    } else {
        config_error(reader, line.place,
                     "expected 'key: value', '/Title' or '# comment'");
    }
}

/* ---- Entries ------------------------------------------------------------ */

/* Looks ahead for the protocol of the entry whose title has just been read: it
 * decides what its other keys mean. */
static void find_protocol(struct config_reader *reader,
                          struct config_lines lines)
{
    struct config_value line, key, value;
    while (next_line(&lines, &line) && !span_starts(line.text, SPAN("/"))) {
        if (span_starts(line.text, SPAN("#")) ||
            !split_option(line, &key, &value) || !is_protocol(key.text))
            continue;
        if (expand(reader, &value))
            reader->entry->protocol = value;
        break;
    }
    reader->is_foreign =
        reader->entry->protocol.text.size &&
        !span_equal(reader->entry->protocol.text, SPAN("bootlink"));
}

/* An entry is a folder if the next title is deeper. */
static void check_depth(struct config_reader *reader,
                        const struct config_entry *next)
{
    struct config_entry *entry = reader->entry;
    if (entry && next->depth == entry->depth + 1)
        entry->is_folder = true;
    else if (next->depth > (entry ? entry->depth : 0) + 1)
        config_error(reader, next->place,
                     "entry '%.*s' is more than one level below the entry "
                     "above it; remove a '/'",
                     SPAN_ARGS(next->title));
}

static void append_entry(struct config_reader *reader,
                         struct config_entry *entry)
{
    *reader->next_entry = entry;
    reader->next_entry = &entry->next;
    reader->entry = entry;
    reader->next_kernel = &entry->kernels;
    reader->next_file = &entry->files;
    reader->next_library_path = &entry->library_paths;
    reader->next_module = &entry->modules;
    reader->module = NULL;
    for (unsigned i = KEY_GLOBAL_COUNT; i < KEY_COUNT; i++)
        reader->line_of[i] = 0;
}

static void read_title(struct config_reader *reader, struct config_value line,
                       struct config_lines rest)
{
    struct config_entry *entry = arena_new(reader->arena, struct config_entry);
    if (!entry)
        return;
    entry->place = line.place;
    entry->kaslr = true;
    for (; span_starts(line.text, SPAN("/")); line = config_skip(line, 1))
        entry->depth++;
    entry->is_expanded = span_starts(line.text, SPAN("+"));
    line = trim(config_skip(line, entry->is_expanded));
    if (!line.text.size)
        config_error(reader, entry->place, "an entry needs a title after '/'");
    if (expand(reader, &line))
        entry->title = line.text;
    check_depth(reader, entry);
    append_entry(reader, entry);
    find_protocol(reader, rest);
}

static void read_line(struct config_reader *reader, struct config_value line,
                      struct config_lines rest)
{
    span name, value;
    if (!line.text.size || line.text.data[0] == '#')
        return;
    size_t nul = find(line.text, '\0');
    if (nul < line.text.size)
        config_error(reader, config_skip(line, nul).place,
                     "a NUL byte; the file must be plain text (UTF-8)");
    else if (line.text.data[0] == '/')
        read_title(reader, line, rest);
    else if (!is_definition(line.text, &name, &value))
        read_option(reader, line);
}

/* ---- The whole ---------------------------------------------------------- */

static void check_protocol(struct config_reader *reader,
                           const struct config_entry *entry)
{
    const struct config_value *protocol = &entry->protocol;
    if (span_equal(protocol->text, SPAN("bootlink")))
        return;
    if (!protocol->text.size)
        config_error(reader, entry->place,
                     "entry '%.*s' has no protocol; add 'protocol: bootlink'",
                     SPAN_ARGS(entry->title));
    else if (entry == reader->config->first)
        config_error(reader, protocol->place,
                     "protocol '%.*s' is not supported yet; use 'bootlink', or "
                     "put another entry first",
                     SPAN_ARGS(protocol->text));
    else
        report_warning(reader->world, BOOTLINK_UNSUPPORTED,
                       "%.*s:%u:%u: protocol '%.*s' is not supported yet",
                       SPAN_ARGS(protocol->place.text->name),
                       protocol->place.line, protocol->place.column,
                       SPAN_ARGS(protocol->text));
}

static void check_entry(struct config_reader *reader,
                        const struct config_entry *entry)
{
    bool is_ours = span_equal(entry->protocol.text, SPAN("bootlink"));
    if (!entry->is_folder)
        check_protocol(reader, entry);
    else if (entry->protocol.text.size || entry->kernels)
        config_error(reader, entry->place,
                     "entry '%.*s' has entries below it and boots nothing "
                     "itself; move its keys into one of them",
                     SPAN_ARGS(entry->title));
    if (!entry->is_folder && is_ours && !entry->kernels)
        config_error(reader, entry->place,
                     "entry '%.*s' has no kernel_path; add 'kernel_path: "
                     "boot():/...' with a file or a folder/",
                     SPAN_ARGS(entry->title));
}

static void check_entries(struct config_reader *reader)
{
    struct config *config = reader->config;
    struct config_entry *entry;
    for (entry = config->entries; entry && !config->first; entry = entry->next)
        if (!entry->is_folder)
            config->first = entry;
    for (entry = config->entries; entry; entry = entry->next)
        check_entry(reader, entry);
    if (!config->first)
        config_error(reader, (struct script_place){&config->text, 1, 1},
                     "there is no entry to boot; add '/Title' and below it "
                     "'protocol: bootlink' and 'kernel_path: boot():/...'");
}

/* What is no text at all is refused before the lines are looked at. */
static bool check_text(const struct bootlink_world *world, span name,
                       span *text)
{
    if (span_starts(*text, SPAN("\xef\xbb\xbf"))) /* UTF-8's byte order mark */
        *text = span_part(*text, 3, text->size - 3);
    if (span_starts(*text, SPAN("\xff\xfe")) ||
        span_starts(*text, SPAN("\xfe\xff")))
        return report_error(world, BOOTLINK_SYNTAX,
                            "%.*s: is UTF-16; save it as UTF-8",
                            SPAN_ARGS(name));
    if (text->size > LARGEST_FILE)
        return report_error(world, BOOTLINK_SYNTAX,
                            "%.*s: is longer than 1 MiB, which no config file "
                            "is; put the right file in its place",
                            SPAN_ARGS(name));
    return true;
}

bool config_parse(const struct bootlink_world *world, struct arena *arena,
                  span name, span text, struct config *config)
{
    if (!check_text(world, name, &text))
        return false;
    *config = (struct config){.text = {name, text}, .serial = true};
    struct config_reader reader = {
        .world = world,
        .arena = arena,
        .config = config,
        .next_entry = &config->entries,
    };
    struct config_lines lines = all_lines(&reader);
    struct config_value line;
    if (!read_macros(&reader))
        return false;
    while (next_line(&lines, &line))
        read_line(&reader, line, lines);
    check_entries(&reader);
    if (reader.errors > MOST_ERRORS)
        report_error(world, BOOTLINK_SYNTAX,
                     "%.*s: %u errors more; fix those above first",
                     SPAN_ARGS(name), reader.errors - MOST_ERRORS);
    return reader.errors == 0 && !arena->failed;
}
