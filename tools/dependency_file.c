/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The rule as GNU ld writes it, but each file once, and with what make would
 * misread behind a backslash or doubled. [GNU make manual: Rule Syntax]
 */
#include "dependency_file.h"
#include "symbols.h"
#include "world_host.h"

#include <stdio.h>

/* The names of the files in the order in which they were first read. */
static bool enter_names(struct arena *arena, struct symbol_table *names)
{
    const struct host *host = arena->world->host;
    bool ok = true;
    for (const struct host_file *f = host->files; ok && f; f = f->next)
        ok = symbol_table_enter(arena, names, f->name);
    return ok;
}

static void print_name(FILE *file, span name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (c == ' ' || c == '#')
            fputc('\\', file);
        if (c == '$')
            fputc('$', file);
        fputc(c, file);
    }
}

static void print_rules(FILE *file, const struct symbol_table *names,
                        span output)
{
    const struct symbol *s;
    print_name(file, output);
    fputc(':', file);
    for (s = names->first; s; s = s->next) {
        fputs(" \\\n  ", file);
        print_name(file, s->name);
    }
    fputc('\n', file);
    for (s = names->first; s; s = s->next) {
        fputc('\n', file);
        print_name(file, s->name);
        fputs(":\n", file);
    }
}

bool dependency_file_write(struct arena *arena, const char *path,
                           const char *output)
{
    struct symbol_table names = {0};
    if (!enter_names(arena, &names))
        return false;
    FILE *file = fopen(path, "we");
    if (file)
        print_rules(file, &names, span_of(output));
    bool written = file && !ferror(file);
    written = file && fclose(file) == 0 && written;
    return written || report_error(arena->world, BOOTLINK_MISSING,
                                   "cannot write the dependency file %s; is "
                                   "its folder there, and writable?",
                                   path);
}
