/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One program: as ld.bootlink (or ld, the name that gcc -B looks for) it takes
 * GNU ld's command line, under any other name a command and its arguments.
 */
#include "commands.h"
#include "interrupt.h"

#include <bootlink/link.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: bootlink COMMAND ...\n"
    "  ld ...       link as GNU ld does (ld --help); the same as ld.bootlink\n"
    "  link ...     link as a boot did: the line from its log (link --help)\n"
    "  modinfo ...  what modules say of themselves (modinfo --help)\n"
    "  help         this text\n"
    "  version      the version\n";

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_any_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int run_command(char **arguments)
{
    const char *command = arguments[0];
    if (!command) {
        fputs(usage, stderr);
        return 1;
    }
    if (strcmp(command, "ld") == 0)
        return command_ld("bootlink ld", arguments + 1);
    if (strcmp(command, "link") == 0)
        return command_link("bootlink link", arguments + 1);
    if (strcmp(command, "modinfo") == 0)
        return command_modinfo("bootlink modinfo", arguments + 1);
    if (is_any_of(command, "help", "--help"))
        return fputs(usage, stdout) < 0;
    if (is_any_of(command, "version", "--version"))
        return printf("bootlink %s\n", BOOTLINK_VERSION) < 0;
    fprintf(stderr, "bootlink: unknown command '%s'\n%s", command, usage);
    return 1;
}

int main(int count, char **arguments)
{
    const char *name = count > 0 ? base_name(arguments[0]) : "bootlink";
    interrupt_prepare();
    if (count > 0 && (ends_in(name, "ld.bootlink") || !strcmp(name, "ld")))
        return command_ld(name, arguments + 1);
    return run_command(arguments + (count > 0));
}
