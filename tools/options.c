/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads GNU ld's command line by one table. Long names take one or two dashes
 * (those that begin with an o two: -output is -o utput), values stand behind
 * '=' or in the next argument; one-letter names take theirs at once or next.
 * [GNU ld manual: Command-line Options]
 */
#include "options.h"

static bool refuse(struct options *options, const char *format, ...)
    PRINTF(2, 3);

static bool refuse(struct options *options, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    options->failed = true;
    return report_error(options->arena->world, BOOTLINK_SYNTAX, "%.*s",
                        SPAN_ARGS(text));
}

/* ---- What each option does ----------------------------------------------- */

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

static void add_marker(struct options *options, enum bootlink_input_kind kind)
{
    add_input(options, kind, (span){NULL, 0});
}

static void add_library(struct options *options, span name)
{
    add_input(options, BOOTLINK_LIBRARY, name);
}

static void start_whole_archive(struct options *options, span value)
{
    (void)value;
    add_marker(options, BOOTLINK_WHOLE_ARCHIVE);
}

static void end_whole_archive(struct options *options, span value)
{
    (void)value;
    add_marker(options, BOOTLINK_NO_WHOLE_ARCHIVE);
}

static void start_group(struct options *options, span value)
{
    (void)value;
    add_marker(options, BOOTLINK_GROUP_START);
}

static void end_group(struct options *options, span value)
{
    (void)value;
    add_marker(options, BOOTLINK_GROUP_END);
}

static void add_folder(struct options *options, span folder)
{
    span_list_add(options->arena, &options->folders, folder);
}

static void set_output(struct options *options, span path)
{
    options->output = path;
}

static void set_entry(struct options *options, span name)
{
    options->entry = name;
}

static void set_map(struct options *options, span path)
{
    options->map = path;
}

static void set_no_relax(struct options *options, span value)
{
    (void)value;
    options->no_relax = true;
}

static void set_gc(struct options *options, span value)
{
    (void)value;
    options->gc_sections = true;
}

static void set_no_gc(struct options *options, span value)
{
    (void)value;
    options->gc_sections = false;
}

static void set_print_gc(struct options *options, span value)
{
    (void)value;
    options->print_gc_sections = true;
}

static void set_no_print_gc(struct options *options, span value)
{
    (void)value;
    options->print_gc_sections = false;
}

static void set_gc_keep_exported(struct options *options, span value)
{
    (void)value;
    options->gc_keep_exported = true;
}

static void add_undefined(struct options *options, span name)
{
    span_list_add(options->arena, &options->undefined, name);
}

static void set_help(struct options *options, span value)
{
    (void)value;
    options->help = true;
}

static void set_version(struct options *options, span value)
{
    (void)value;
    options->version = true;
}

/* The compilers pass it, and nothing hangs on it. */
static void ignore(struct options *options, span value)
{
    (void)options;
    (void)value;
}

static void add_script(struct options *options, span name)
{
    add_input(options, BOOTLINK_SCRIPT, name);
}

static void set_emulation(struct options *options, span name)
{
    if (!span_equal(name, SPAN("elf_x86_64")))
        refuse(options,
               "-m %.*s: unknown emulation; this linker knows elf_x86_64",
               SPAN_ARGS(name));
}

/* symbol=expression becomes a statement of a script. */
static void add_definition(struct options *options, span text)
{
    size_t equals = 0;
    while (equals < text.size && text.data[equals] != '=')
        equals++;
    if (equals == 0 || equals + 1 >= text.size) {
        refuse(options, "--defsym %.*s: wanted symbol=expression",
               SPAN_ARGS(text));
        return;
    }
    options->definitions = text_format(
        options->arena, "%.*s%.*s = %.*s;\n", SPAN_ARGS(options->definitions),
        SPAN_ARGS(span_part(text, 0, equals)),
        SPAN_ARGS(span_part(text, equals + 1, text.size - equals - 1)));
}

/* name=number, if the keyword begins with `name`. */
static bool set_page_size(struct options *options, span keyword, span name,
                          uint64_t *size)
{
    if (!span_starts(keyword, name))
        return false;
    span number = span_part(keyword, name.size, keyword.size - name.size);
    uint64_t n;
    if (span_number(number, &n) && is_power_of_two(n) && n >= 4096)
        *size = n;
    else
        refuse(options,
               "-z %.*s: wanted a power of two of at least 4096, such as "
               "-z %.*s0x1000",
               SPAN_ARGS(keyword), SPAN_ARGS(name));
    return true;
}

/* A hexadecimal address, with or without 0x. */
static bool read_address(struct options *options, span text, uint64_t *address)
{
    return span_number(
        span_starts(text, SPAN("0x")) || span_starts(text, SPAN("0X"))
            ? text
            : text_format(options->arena, "0x%.*s", SPAN_ARGS(text)),
        address);
}

static void add_start(struct options *options, span name, span value,
                      bool is_section)
{
    struct bootlink_start start = {.name = name, .is_section = is_section};
    if (!read_address(options, value, &start.address)) {
        refuse(options,
               "the start of %.*s: '%.*s' is not a hexadecimal number, such as "
               "0x400000",
               SPAN_ARGS(name), SPAN_ARGS(value));
        return;
    }
    struct bootlink_start *starts =
        arena_grow(options->arena, options->starts, options->start_count,
                   &options->start_capacity, sizeof(*starts));
    if (!starts)
        return;
    starts[options->start_count++] = start;
    options->starts = starts;
}

static void set_text_start(struct options *options, span value)
{
    add_start(options, SPAN("text"), value, false);
}

static void set_data_start(struct options *options, span value)
{
    add_start(options, SPAN("data"), value, false);
}

static void set_bss_start(struct options *options, span value)
{
    add_start(options, SPAN("bss"), value, false);
}

static void set_text_segment(struct options *options, span value)
{
    add_start(options, SPAN("text-segment"), value, false);
}

static void set_rodata_segment(struct options *options, span value)
{
    add_start(options, SPAN("rodata-segment"), value, false);
}

static void set_ldata_segment(struct options *options, span value)
{
    add_start(options, SPAN("ldata-segment"), value, false);
}

/* section=address */
static void set_section_start(struct options *options, span text)
{
    size_t equals = span_find(text, '=');
    span name = span_part(text, 0, equals);
    if (equals == text.size || name.size == 0)
        refuse(options, "--section-start %.*s: wanted .section=address",
               SPAN_ARGS(text));
    else
        add_start(options, name,
                  span_part(text, equals + 1, text.size - equals - 1), true);
}

static void set_verbose(struct options *options, span value)
{
    (void)value;
    options->verbose = true;
}

/* Keywords of GNU ld that say nothing to a static link by a script. */
static bool is_idle_keyword(span keyword)
{
    static const char *const idle[] = {
        "now",
        "lazy",
        "execstack",
        "noexecstack",
        "defs",
        "text",
        "notext",
        "ibtplt",
        "unique-symbol",
        "nounique-symbol",
        "noindirect-extern-access",
    };
    for (unsigned i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
        if (span_equal(keyword, span_of(idle[i])))
            return true;
    return false;
}

static void set_keyword(struct options *options, span keyword)
{
    if (span_equal(keyword, SPAN("relro")) ||
        span_equal(keyword, SPAN("norelro")))
        options->no_relro = span_starts(keyword, SPAN("no"));
    else if (span_equal(keyword, SPAN("separate-code")) ||
             span_equal(keyword, SPAN("noseparate-code")))
        options->no_separate_code = span_starts(keyword, SPAN("no"));
    else if (span_equal(keyword, SPAN("start-stop-gc")) ||
             span_equal(keyword, SPAN("nostart-stop-gc")))
        options->start_stop_gc = !span_starts(keyword, SPAN("no"));
    else if (!set_page_size(options, keyword, SPAN("max-page-size="),
                            &options->page_size) &&
             !set_page_size(options, keyword, SPAN("common-page-size="),
                            &options->common_page_size) &&
             !option_property(options, keyword) && !is_idle_keyword(keyword))
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "-z %.*s: unknown keyword, ignored", SPAN_ARGS(keyword));
}

/* gcc asks for a build ID without being asked. */
static void set_build_id(struct options *options, span style)
{
    if (!build_id_read(options->arena, style, &options->build_id))
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "--build-id=%.*s: unknown style, ignored; there are "
                       "sha1, md5, sha256, uuid, 0xHEX and none",
                       SPAN_ARGS(style));
}

/* ---- The table ---------------------------------------------------------- */

enum option_value {
    NO_VALUE,
    WITH_VALUE,     /* --name=value or --name value */
    EQUALS_OR_NONE, /* --name or --name=value */
};

/* What an option does; `value` has no data if there is none. */
typedef void apply_function(struct options *options, span value);

struct option_row {
    const char *name;      /* without dashes */
    apply_function *apply; /* NULL: GNU ld has it, this linker does not */
    enum option_value value;
};

/* clang-format off */
static const struct option_row rows[] = {
    /* one letter */
    {"o", set_output, WITH_VALUE},
    {"T", add_script, WITH_VALUE},
    {"e", set_entry, WITH_VALUE},
    {"m", set_emulation, WITH_VALUE},
    {"u", add_undefined, WITH_VALUE},
    {"L", add_folder, WITH_VALUE},
    {"l", add_library, WITH_VALUE},
    {"z", set_keyword, WITH_VALUE},
    {"(", start_group, NO_VALUE},
    {")", end_group, NO_VALUE},
    {"v", set_version, NO_VALUE},
    {"V", set_version, NO_VALUE},
    /* long */
    {"output", set_output, WITH_VALUE},
    {"script", add_script, WITH_VALUE},
    {"entry", set_entry, WITH_VALUE},
    {"library-path", add_folder, WITH_VALUE},
    {"library", add_library, WITH_VALUE},
    {"Ttext", set_text_start, WITH_VALUE},
    {"Tdata", set_data_start, WITH_VALUE},
    {"Tbss", set_bss_start, WITH_VALUE},
    {"Ttext-segment", set_text_segment, WITH_VALUE},
    {"Trodata-segment", set_rodata_segment, WITH_VALUE},
    {"Tldata-segment", set_ldata_segment, WITH_VALUE},
    {"section-start", set_section_start, WITH_VALUE},
    {"verbose", set_verbose, NO_VALUE},
    {"whole-archive", start_whole_archive, NO_VALUE},
    {"no-whole-archive", end_whole_archive, NO_VALUE},
    {"start-group", start_group, NO_VALUE},
    {"end-group", end_group, NO_VALUE},
    {"defsym", add_definition, WITH_VALUE},
    {"build-id", set_build_id, EQUALS_OR_NONE},
    {"gc-sections", set_gc, NO_VALUE},
    {"no-gc-sections", set_no_gc, NO_VALUE},
    {"print-gc-sections", set_print_gc, NO_VALUE},
    {"no-print-gc-sections", set_no_print_gc, NO_VALUE},
    {"gc-keep-exported", set_gc_keep_exported, NO_VALUE},
    {"undefined", add_undefined, WITH_VALUE},
    {"no-relax", set_no_relax, NO_VALUE},
    {"Map", set_map, WITH_VALUE},
    {"help", set_help, NO_VALUE},
    {"version", set_version, NO_VALUE},
    /* what a static link without shared libraries and LTO can ignore */
    {"static", ignore, NO_VALUE},
    {"nostdlib", ignore, NO_VALUE},
    {"plugin", ignore, WITH_VALUE},
    {"plugin-opt", ignore, WITH_VALUE},
    {"hash-style", ignore, WITH_VALUE},
    {"as-needed", ignore, NO_VALUE},
    {"no-as-needed", ignore, NO_VALUE},
    {"dynamic-linker", ignore, WITH_VALUE}, /* the output has none */
    {"eh-frame-hdr", ignore, NO_VALUE},
    /* not ours; those that begin with a letter above would be taken for it */
    {"embedded-relocs", NULL, NO_VALUE},
    {"emit-relocs", NULL, NO_VALUE},
    {"enable-new-dtags", NULL, NO_VALUE},
    {"enable-non-contiguous-regions", NULL, NO_VALUE},
    {"error-handling-script", NULL, NO_VALUE},
    {"error-unresolved-symbols", NULL, NO_VALUE},
    {"exclude-libs", NULL, NO_VALUE},
    {"export-dynamic", NULL, NO_VALUE},
    {"export-dynamic-symbol", NULL, NO_VALUE},
    {"mri-script", NULL, NO_VALUE},
    {"dynamic-linker", NULL, NO_VALUE},
    {"orphan-handling", NULL, NO_VALUE},
    {"pie", NULL, NO_VALUE},
    {"print-map", NULL, NO_VALUE},
    {"relocatable", NULL, NO_VALUE},
    {"shared", NULL, NO_VALUE},
    {"strip-all", NULL, NO_VALUE},
    {"strip-debug", NULL, NO_VALUE},
    {"trace", NULL, NO_VALUE},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* ---- Arguments taken apart ---------------------------------------------- */

/* An argument taken apart. */
struct option_use {
    const struct option_row *row; /* NULL: not an option of the table */
    span value;
    bool has_value;
};

static const struct option_row *row_of(span name)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (span_equal(span_of(rows[i].name), name))
            return &rows[i];
    return NULL;
}

static bool is_long(const struct option_row *row)
{
    return row && row->name[1] != 0;
}

/* "name=value" or "name". */
static struct option_use split_long(span text)
{
    size_t length = 0;
    while (length < text.size && text.data[length] != '=')
        length++;
    struct option_use use = {row_of(span_part(text, 0, length)), {0}, false};
    if (length < text.size) {
        use.value = span_part(text, length + 1, text.size - length - 1);
        use.has_value = true;
    }
    return use;
}

/* "xvalue" or "x". */
static struct option_use split_short(span text)
{
    struct option_use use = {row_of(span_part(text, 0, 1)), {0}, false};
    if (text.size == 1)
        return use;
    use.value = span_part(text, 1, text.size - 1);
    use.has_value = true;
    if (use.row && use.row->value == NO_VALUE)
        use.row = NULL; /* -vx is not -v */
    return use;
}

static struct option_use take_apart(span argument)
{
    span text = span_part(argument, 1, argument.size - 1);
    if (span_starts(text, SPAN("-"))) {
        struct option_use use = split_long(span_part(text, 1, text.size - 1));
        if (!is_long(use.row))
            use.row = NULL;
        return use;
    }
    struct option_use use = split_long(text);
    if (is_long(use.row) && use.row->name[0] != 'o')
        return use;
    return split_short(text);
}

/* The known option that is written most alike; NULL if none is near. */
static const char *nearest(span argument)
{
    const char *best = NULL;
    size_t fewest = 4;
    while (span_starts(argument, SPAN("-")))
        argument = span_part(argument, 1, argument.size - 1);
    for (unsigned i = 0; i < ROWS; i++) {
        span name = span_of(rows[i].name);
        size_t edits = span_distance(argument, name);
        if (rows[i].apply && name.size > 1 && edits < fewest &&
            edits * 2 < name.size) {
            fewest = edits;
            best = rows[i].name;
        }
    }
    return best;
}

static void refuse_unknown(struct options *options, span argument)
{
    size_t length = 0;
    while (length < argument.size && argument.data[length] != '=')
        length++;
    span name = span_part(argument, 0, length);
    const char *near = nearest(name);
    if (near)
        refuse(options, "unknown option '%.*s'; did you mean --%s?",
               SPAN_ARGS(name), near);
    else
        refuse(options, "unknown option '%.*s'; --help lists those there are",
               SPAN_ARGS(name));
}

/* ---- The command line ---------------------------------------------------- */

static void apply(struct options *options, const struct option_use *use)
{
    if (use->row->apply)
        use->row->apply(options, use->value);
    else
        refuse(options,
               "option --%s: GNU ld has it, this linker does not (yet); leave "
               "it out",
               use->row->name);
}

/* Applies the option at `arguments[i]`; returns the index behind it. */
static uint64_t read_option(struct options *options,
                            const struct span_list *arguments, uint64_t i)
{
    span argument = arguments->items[i++];
    struct option_use use = take_apart(argument);
    if (!use.row) {
        refuse_unknown(options, argument);
        return i;
    }
    if (use.row->value == WITH_VALUE && !use.has_value) {
        if (i == arguments->count) {
            refuse(options, "option '%.*s' needs a value behind it",
                   SPAN_ARGS(argument));
            return i;
        }
        use.value = arguments->items[i++];
    }
    if (use.row->value == NO_VALUE && use.has_value && use.row->apply) {
        refuse(options, "option '%.*s' takes no value", SPAN_ARGS(argument));
        return i;
    }
    apply(options, &use);
    return i;
}

void options_read(struct options *options, struct span_list arguments)
{
    uint64_t i = 0;
    options->output = SPAN("a.out");
    while (i < arguments.count) {
        span argument = arguments.items[i];
        if (argument.size > 1 && argument.data[0] == '-') {
            i = read_option(options, &arguments, i);
        } else {
            add_input(options, BOOTLINK_FILE, argument);
            i++;
        }
    }
}
