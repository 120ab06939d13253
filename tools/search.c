/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names that the -L folders complete. Every -L counts for every -l, wherever
 * they stand. [GNU ld manual: Command-line Options, -l and -L]
 */
#include "options.h"

#include <unistd.h>

static bool exists(span path)
{
    return path.data && access(path.data, R_OK) == 0;
}

static span search(const struct options *options, span name)
{
    for (uint64_t i = 0; i < options->folders.count; i++) {
        span path =
            text_format(options->arena, "%.*s/%.*s",
                        SPAN_ARGS(options->folders.items[i]), SPAN_ARGS(name));
        if (exists(path))
            return path;
    }
    return (span){NULL, 0};
}

span search_library(const struct options *options, span name)
{
    bool is_exact = span_starts(name, SPAN(":"));
    span file = is_exact
                    ? span_part(name, 1, name.size - 1)
                    : text_format(options->arena, "lib%.*s.a", SPAN_ARGS(name));
    span path = search(options, file);
    if (!path.size)
        report_error(options->arena->world, BOOTLINK_MISSING,
                     "cannot find -l%.*s: no %.*s in the %llu folders that -L "
                     "names; add -L with its folder",
                     SPAN_ARGS(name), SPAN_ARGS(file),
                     (unsigned long long)options->folders.count);
    return path;
}

span search_script(const struct options *options)
{
    if (exists(options->script))
        return options->script;
    span path = search(options, options->script);
    return path.size ? path : options->script;
}
