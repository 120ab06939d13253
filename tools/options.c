/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads GNU ld's command line by one table. Long names take one or two dashes
 * (those that begin with an o two: -output is -o utput), values stand behind
 * '=' or in the next argument; one-letter names take theirs at once or next.
 * [GNU ld manual: Command-line Options]
 */
#include "options.h"

enum option_id {
    ID_IGNORE, /* accepted: the compilers pass it, and nothing hangs on it */
    ID_REFUSE, /* GNU ld has it, this linker does not */
    ID_OUTPUT,
    ID_SCRIPT,
    ID_ENTRY,
    ID_EMULATION,
    ID_FOLDER,
    ID_LIBRARY,
    ID_WHOLE_ARCHIVE,
    ID_NO_WHOLE_ARCHIVE,
    ID_START_GROUP,
    ID_END_GROUP,
    ID_DEFSYM,
    ID_BUILD_ID,
    ID_KEYWORD,
    ID_NO_RELAX,
    ID_MAP,
    ID_HELP,
    ID_VERSION,
};

enum option_value {
    NO_VALUE,
    WITH_VALUE,     /* --name=value or --name value */
    EQUALS_OR_NONE, /* --name or --name=value */
};

struct option_row {
    const char *name; /* without dashes */
    enum option_id id;
    enum option_value value;
};

/* clang-format off */
static const struct option_row rows[] = {
    /* one letter */
    {"o", ID_OUTPUT, WITH_VALUE},
    {"T", ID_SCRIPT, WITH_VALUE},
    {"e", ID_ENTRY, WITH_VALUE},
    {"m", ID_EMULATION, WITH_VALUE},
    {"L", ID_FOLDER, WITH_VALUE},
    {"l", ID_LIBRARY, WITH_VALUE},
    {"z", ID_KEYWORD, WITH_VALUE},
    {"(", ID_START_GROUP, NO_VALUE},
    {")", ID_END_GROUP, NO_VALUE},
    {"v", ID_VERSION, NO_VALUE},
    {"V", ID_VERSION, NO_VALUE},
    /* long */
    {"output", ID_OUTPUT, WITH_VALUE},
    {"script", ID_SCRIPT, WITH_VALUE},
    {"entry", ID_ENTRY, WITH_VALUE},
    {"library-path", ID_FOLDER, WITH_VALUE},
    {"library", ID_LIBRARY, WITH_VALUE},
    {"whole-archive", ID_WHOLE_ARCHIVE, NO_VALUE},
    {"no-whole-archive", ID_NO_WHOLE_ARCHIVE, NO_VALUE},
    {"start-group", ID_START_GROUP, NO_VALUE},
    {"end-group", ID_END_GROUP, NO_VALUE},
    {"defsym", ID_DEFSYM, WITH_VALUE},
    {"build-id", ID_BUILD_ID, EQUALS_OR_NONE},
    {"no-relax", ID_NO_RELAX, NO_VALUE},
    {"Map", ID_MAP, WITH_VALUE},
    {"help", ID_HELP, NO_VALUE},
    {"version", ID_VERSION, NO_VALUE},
    /* what a static link without shared libraries and LTO can ignore */
    {"static", ID_IGNORE, NO_VALUE},
    {"nostdlib", ID_IGNORE, NO_VALUE},
    {"plugin", ID_IGNORE, WITH_VALUE},
    {"plugin-opt", ID_IGNORE, WITH_VALUE},
    {"hash-style", ID_IGNORE, WITH_VALUE},
    {"as-needed", ID_IGNORE, NO_VALUE},
    {"no-as-needed", ID_IGNORE, NO_VALUE},
    {"eh-frame-hdr", ID_IGNORE, NO_VALUE},
    /* not ours; those that begin with a letter above would be taken for it */
    {"Ttext", ID_REFUSE, NO_VALUE},
    {"Tdata", ID_REFUSE, NO_VALUE},
    {"Tbss", ID_REFUSE, NO_VALUE},
    {"Ttext-segment", ID_REFUSE, NO_VALUE},
    {"Trodata-segment", ID_REFUSE, NO_VALUE},
    {"Tldata-segment", ID_REFUSE, NO_VALUE},
    {"embedded-relocs", ID_REFUSE, NO_VALUE},
    {"emit-relocs", ID_REFUSE, NO_VALUE},
    {"enable-new-dtags", ID_REFUSE, NO_VALUE},
    {"enable-non-contiguous-regions", ID_REFUSE, NO_VALUE},
    {"error-handling-script", ID_REFUSE, NO_VALUE},
    {"error-unresolved-symbols", ID_REFUSE, NO_VALUE},
    {"exclude-libs", ID_REFUSE, NO_VALUE},
    {"export-dynamic", ID_REFUSE, NO_VALUE},
    {"export-dynamic-symbol", ID_REFUSE, NO_VALUE},
    {"mri-script", ID_REFUSE, NO_VALUE},
    {"dynamic-linker", ID_REFUSE, NO_VALUE},
    {"gc-sections", ID_REFUSE, NO_VALUE},
    {"orphan-handling", ID_REFUSE, NO_VALUE},
    {"pie", ID_REFUSE, NO_VALUE},
    {"print-map", ID_REFUSE, NO_VALUE},
    {"relocatable", ID_REFUSE, NO_VALUE},
    {"shared", ID_REFUSE, NO_VALUE},
    {"strip-all", ID_REFUSE, NO_VALUE},
    {"strip-debug", ID_REFUSE, NO_VALUE},
    {"trace", ID_REFUSE, NO_VALUE},
    {"undefined", ID_REFUSE, NO_VALUE},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* An argument taken apart. */
struct option_use {
    const struct option_row *row; /* NULL: not an option of the table */
    span value;
    bool has_value;
};

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
        if (rows[i].id != ID_REFUSE && name.size > 1 && edits < fewest &&
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

/* ---- What each option does ---------------------------------------------- */

static void add_input(struct options *options, enum bootlink_input_kind kind,
                      span name, bool is_library)
{
    struct option_input *inputs =
        arena_grow(options->arena, options->inputs, options->input_count,
                   &options->input_capacity, sizeof(*inputs));
    if (!inputs)
        return;
    options->inputs = inputs;
    inputs[options->input_count++] =
        (struct option_input){kind, name, is_library};
}

static void add_marker(struct options *options, enum bootlink_input_kind kind)
{
    add_input(options, kind, (span){NULL, 0}, false);
}

static void set_script(struct options *options, span name)
{
    if (options->script.size)
        refuse(options,
               "-T %.*s: there is a script already, %.*s; put both in one file",
               SPAN_ARGS(name), SPAN_ARGS(options->script));
    options->script = name;
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

static void set_page_size(struct options *options, span keyword, span number)
{
    uint64_t size;
    if (!span_number(number, &size) || !is_power_of_two(size) || size < 4096)
        refuse(options,
               "-z %.*s: wanted a power of two of at least 4096, such as "
               "-z max-page-size=0x1000",
               SPAN_ARGS(keyword));
    else
        options->page_size = size;
}

/* Keywords of GNU ld that say nothing to a static link by a script. */
static bool is_idle_keyword(span keyword)
{
    static const char *const idle[] = {
        "now",
        "lazy",
        "relro",
        "norelro",
        "execstack",
        "noexecstack",
        "separate-code",
        "noseparate-code",
        "defs",
        "text",
        "common-page-size=4096",
        "notext",
        "common-page-size=0x1000",
    };
    for (unsigned i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
        if (span_equal(keyword, span_of(idle[i])))
            return true;
    return false;
}

static void set_keyword(struct options *options, span keyword)
{
    span page_size = SPAN("max-page-size=");
    if (span_starts(keyword, page_size))
        set_page_size(
            options, keyword,
            span_part(keyword, page_size.size, keyword.size - page_size.size));
    else if (!is_idle_keyword(keyword))
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "-z %.*s: unknown keyword, ignored", SPAN_ARGS(keyword));
}

/* A build ID is not made; gcc asks for one without being asked. */
static void set_build_id(struct options *options, const struct option_use *use)
{
    if (use->has_value && !span_equal(use->value, SPAN("none")))
        refuse(options,
               "--build-id=%.*s: not supported; only --build-id=none is",
               SPAN_ARGS(use->value));
}

static void apply(struct options *options, const struct option_use *use)
{
    switch (use->row->id) {
    case ID_IGNORE:
        break;
    case ID_REFUSE:
        refuse(options,
               "option --%s: GNU ld has it, this linker does not (yet); leave "
               "it out",
               use->row->name);
        break;
    case ID_OUTPUT:
        options->output = use->value;
        break;
    case ID_SCRIPT:
        set_script(options, use->value);
        break;
    case ID_ENTRY:
        options->entry = use->value;
        break;
    case ID_EMULATION:
        set_emulation(options, use->value);
        break;
    case ID_FOLDER:
        span_list_add(options->arena, &options->folders, use->value);
        break;
    case ID_LIBRARY:
        add_input(options, BOOTLINK_FILE, use->value, true);
        break;
    case ID_WHOLE_ARCHIVE:
        add_marker(options, BOOTLINK_WHOLE_ARCHIVE);
        break;
    case ID_NO_WHOLE_ARCHIVE:
        add_marker(options, BOOTLINK_NO_WHOLE_ARCHIVE);
        break;
    case ID_START_GROUP:
        add_marker(options, BOOTLINK_GROUP_START);
        break;
    case ID_END_GROUP:
        add_marker(options, BOOTLINK_GROUP_END);
        break;
    case ID_DEFSYM:
        add_definition(options, use->value);
        break;
    case ID_BUILD_ID:
        set_build_id(options, use);
        break;
    case ID_KEYWORD:
        set_keyword(options, use->value);
        break;
    case ID_NO_RELAX:
        options->no_relax = true;
        break;
    case ID_MAP:
        options->map = use->value;
        break;
    case ID_HELP:
        options->help = true;
        break;
    case ID_VERSION:
        options->version = true;
        break;
    }
}

/* ---- The command line --------------------------------------------------- */

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
    if (use.row->value == NO_VALUE && use.has_value &&
        use.row->id != ID_REFUSE) {
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
            add_input(options, BOOTLINK_FILE, argument, false);
            i++;
        }
    }
}
