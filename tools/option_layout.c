/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the options do that have a say in the layout: sections, segments,
 * addresses and the keywords of -z.
 */
#include "options.h"

/* ---- Sections ----------------------------------------------------------- */

/* The place of a word in a list that ends with NULL; refused if it is not. */
static unsigned choose(struct options *options, const char *option, span word,
                       const char *const *words)
{
    unsigned i = 0;
    while (words[i] && !span_equal(word, span_of(words[i])))
        i++;
    if (words[i])
        return i;
    option_refuse(options,
                  "-%s=%.*s: unknown; the first of what there is is "
                  "%s, and --help has the others",
                  option, SPAN_ARGS(word), words[0]);
    return 0;
}

void option_set_compression(struct options *options, span how)
{
    static const char *const words[] = {"none", "zlib", "zstd", "zlib-gabi",
                                        NULL};
    if (span_equal(how, SPAN("zlib-gnu"))) {
        option_refuse(options, "--compress-debug-sections=zlib-gnu is a form "
                               "of old; say zlib, which debuggers read, too");
        return;
    }
    unsigned word = choose(options, "-compress-debug-sections", how, words);
    options->compression = word == 3 ? COMPRESS_ZLIB : word;
}

void option_set_orphans(struct options *options, span how)
{
    static const char *const words[] = {"place", "warn", "error", "discard",
                                        NULL};
    options->request.orphans = choose(options, "-orphan-handling", how, words);
}

void option_sort_section(struct options *options, span how)
{
    static const char *const words[] = {"none", "name", "alignment", NULL};
    options->request.sort_section =
        choose(options, "-sort-section", how, words);
}

void option_sort_common(struct options *options, span how)
{
    static const char *const words[] = {"none", "ascending", "descending",
                                        NULL};
    options->request.sort_common =
        how.data ? choose(options, "-sort-common", how, words)
                 : BOOTLINK_SORT_COMMON_FALLING;
}

void option_add_unique(struct options *options, span pattern)
{
    if (pattern.data)
        span_list_add(options->arena, &options->unique, pattern);
    else
        options->request.unique_orphans = true;
}

/* ---- Keywords of -z ----------------------------------------------------- */

/* "name=value" or "name". */
static const struct option_row *find_keyword(span keyword, span *value)
{
    size_t length = span_find(keyword, '=');
    bool has_value = length < keyword.size;
    span name = span_part(keyword, 0, length);
    *value = (span){NULL, 0};
    if (has_value)
        *value = span_part(keyword, length + 1, keyword.size - length - 1);
    for (const struct option_row *row = keyword_rows; row->name; row++)
        if (span_equal(span_of(row->name), name) &&
            (row->value == WITH_VALUE) == has_value)
            return row;
    return NULL;
}

void option_set_keyword(struct options *options, span keyword)
{
    span value;
    const struct option_row *row = find_keyword(keyword, &value);
    if (row)
        option_apply(options, row, value);
    else if (!option_property(options, keyword))
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "-z %.*s: unknown keyword, ignored", SPAN_ARGS(keyword));
}

static void set_page_size(struct options *options, const char *name,
                          span number, uint64_t *size)
{
    uint64_t n;
    if (span_number(number, &n) && (n == 0 || is_power_of_two(n)))
        *size = n ? n : 4096;
    else
        option_refuse(options,
                      "-z %s=%.*s: wanted a power of two, such as -z "
                      "%s=0x1000",
                      name, SPAN_ARGS(number), name);
}

void option_set_page_size(struct options *options, span number)
{
    set_page_size(options, "max-page-size", number,
                  &options->request.page_size);
}

void option_set_common_page_size(struct options *options, span number)
{
    set_page_size(options, "common-page-size", number,
                  &options->request.common_page_size);
}

/* prefix-N or suffix-N, or by the names that two of them have. */
void option_set_call_nop(struct options *options, span how)
{
    bool is_prefix = span_starts(how, SPAN("prefix-"));
    bool is_suffix = span_starts(how, SPAN("suffix-"));
    span digits = span_part(how, 7, how.size - 7); /* of either word */
    uint64_t byte = 0;
    if (span_equal(how, SPAN("prefix-addr")))
        byte = 0x67;
    else if (span_equal(how, SPAN("suffix-nop")))
        byte = 0x90;
    else if ((!is_prefix && !is_suffix) || !span_number(digits, &byte))
        option_refuse(options,
                      "-z call-nop=%.*s: wanted prefix-addr, suffix-nop, or a "
                      "byte such as prefix-0x90",
                      SPAN_ARGS(how));
    options->request.call_nop =
        (byte & 0xff) |
        (is_prefix ? BOOTLINK_CALL_PREFIX : BOOTLINK_CALL_SUFFIX);
}

/* Their places are the numbers [gABI: Symbol Visibility]. */
void option_set_start_stop_visibility(struct options *options, span word)
{
    static const char *const kinds[] = {"default", "internal", "hidden",
                                        "protected", NULL};
    options->request.has_start_stop_visibility = true;
    options->request.start_stop_visibility =
        choose(options, "z start-stop-visibility", word, kinds);
}

/* ---- Segments ----------------------------------------------------------- */

void option_omagic(struct options *options, span value)
{
    (void)value;
    options->request.no_paging = options->request.writable_text = true;
}

void option_no_omagic(struct options *options, span value)
{
    (void)value;
    options->request.no_paging = options->request.writable_text = false;
}

void option_execstack(struct options *options, span value)
{
    (void)value;
    options->request.exec_stack = true;
    options->request.no_exec_stack = false;
}

void option_noexecstack(struct options *options, span value)
{
    (void)value;
    options->request.exec_stack = false;
    options->request.no_exec_stack = true;
}

void option_set_stack_size(struct options *options, span number)
{
    if (!span_number(number, &options->request.stack_size))
        option_refuse(options,
                      "-z stack-size=%.*s: wanted a number of bytes, such as "
                      "0x100000",
                      SPAN_ARGS(number));
}

/* ---- Addresses ---------------------------------------------------------- */

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
        option_refuse(options,
                      "the start of %.*s: '%.*s' is not a hexadecimal number, "
                      "such as 0x400000",
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

void option_set_text_start(struct options *options, span value)
{
    add_start(options, SPAN("text"), value, false);
}

void option_set_data_start(struct options *options, span value)
{
    add_start(options, SPAN("data"), value, false);
}

void option_set_bss_start(struct options *options, span value)
{
    add_start(options, SPAN("bss"), value, false);
}

void option_set_text_segment(struct options *options, span value)
{
    add_start(options, SPAN("text-segment"), value, false);
}

void option_set_rodata_segment(struct options *options, span value)
{
    add_start(options, SPAN("rodata-segment"), value, false);
}

void option_set_ldata_segment(struct options *options, span value)
{
    add_start(options, SPAN("ldata-segment"), value, false);
}

/* section=address */
void option_set_section_start(struct options *options, span text)
{
    size_t equals = span_find(text, '=');
    span name = span_part(text, 0, equals);
    if (equals == text.size || name.size == 0)
        option_refuse(options, "--section-start %.*s: wanted .section=address",
                      SPAN_ARGS(text));
    else
        add_start(options, name,
                  span_part(text, equals + 1, text.size - equals - 1), true);
}
