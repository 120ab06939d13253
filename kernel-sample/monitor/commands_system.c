/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about the monitor and the machine.
 */
#include "monitor.h"

static void print_help(const struct command *command)
{
    char usage[48];
    print_text(usage, sizeof(usage), "%s %s", command->name,
               command->arguments);
    print("%-34s %s\n", usage, command->what);
}

void run_help(struct monitor *monitor, const struct words *words)
{
    const char *name = words->count > 1 ? words->word[1] : NULL;
    const struct command *command = name ? command_named(name) : NULL;
    (void)monitor;
    if (command)
        print_help(command);
    else if (name)
        print_no_command(name);
    else
        for (size_t i = 0; i < command_count; i++)
            print_help(&commands[i]);
}

/* The boot's log ends with a newline. */
void run_log(struct monitor *monitor, const struct words *words)
{
    const struct bootlink_text *log = &monitor->kernel->info.log;
    (void)words;
    print("%.*s", (int)log->size, log->data);
}

void run_poweroff(struct monitor *monitor, const struct words *words)
{
    (void)words;
    power_off(&monitor->kernel->info, monitor->kernel->failed == 0);
}
