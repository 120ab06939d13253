/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies of loader/static.ld and loader/relocatable.ld. They are here, not in
 * loader/, because the firmware makes no files. [GNU ld manual: Default Linker
 * Script]
 */
#include "static_script.h"

#include "embed.h"

#include <stdio.h>
#include <string.h>

EMBED(static_ld, "loader/static.ld");
EMBED(relocatable_ld, "loader/relocatable.ld");

/* The text up to the end of its first line, which is cut off. */
static span take_line(span *text)
{
    const char *end = memchr(text->data, '\n', text->size);
    size_t size = end ? (size_t)(end - text->data) + 1 : text->size;
    span line = span_part(*text, 0, size);
    *text = span_part(*text, size, text->size - size);
    return line;
}

span static_script(struct arena *arena, struct static_layout layout)
{
    const struct {
        span tag;
        bool is_kept;
    } blocks[] = {
        {SPAN("    /* -z separate-code: */\n"), layout.separates_code},
        {SPAN("    /* -z now: */\n"), layout.binds_now},
        {SPAN("    /* -z lazy: */\n"), !layout.binds_now},
        {SPAN("    /* not -N: */\n"), layout.has_data_segment},
        {SPAN("    /* -N: */\n"), !layout.has_data_segment},
        {SPAN("    /* -z lazy, not -N: */\n"),
         !layout.binds_now && layout.has_data_segment},
        {SPAN("    /* end */\n"), true},
    };
    span rest = EMBEDDED(static_ld);
    char *script = arena_take(arena, rest.size, 1);
    size_t size = 0;
    bool is_kept = true;
    while (script && rest.size) {
        span line = take_line(&rest);
        bool is_tag = false;
        for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
            if (span_equal(line, blocks[i].tag)) {
                is_tag = true;
                is_kept = blocks[i].is_kept;
            }
        if (is_tag || !is_kept)
            continue;
        memcpy(script + size, line.data, line.size);
        size += line.size;
    }
    return (span){script, size};
}

span relocatable_script(void)
{
    return EMBEDDED(relocatable_ld);
}

/* Whoever wants to change it cuts out what is between the lines. */
void script_print(span script)
{
    static const char line[] =
        "==================================================\n";
    printf(LD_VERSION_LINE "\nusing internal linker script:\n%s%.*s\n%s", line,
           SPAN_ARGS(script), line);
}
