/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The monitor: reads a line from the serial port, finds its first word in the
 * table of commands, and runs that row. A fault in a command ends the command.
 */
#include "monitor.h"

/* clang-format off */
const struct command commands[] = {
    {"help",     "[command]",         "what there is",                       run_help,     NULL,              0},
    {"lsmod",    "",                  "the modules",                         run_lsmod,    NULL,              0},
    {"insmod",   "file [parameters]", "link a module and start it",          run_insmod,   file_candidates,   1},
    {"rmmod",    "module",            "end a module and take it away",       run_rmmod,    module_candidates, 1},
    {"deps",     "[module]",          "what modules need",                   run_deps,     module_candidates, 0},
    {"relocs",   "module",                     "what was relocated, from what to what", run_relocs,  module_candidates, 1},
    {"stress",   "file [count [parameters]]", "load and unload it; what is left?", run_stress, file_candidates, 1},
    {"sym",      "name|address",      "where a symbol is, or what is there", run_sym,      symbol_candidates, 1},
    {"info",     "name|address",      "file, section, symbol and page",      run_info,     symbol_candidates, 1},
    {"maps",     "",                  "the address space, line by line",     run_maps,     NULL,              0},
    {"peek",     "address [count]",   "bytes of memory",                     run_peek,     symbol_candidates, 1},
    {"bt",       "",                  "who called whom, down to here",       run_bt,       NULL,              0},
    {"log",      "",                  "what the boot loader logged",         run_log,      NULL,              0},
    {"poweroff", "",                  "turn the machine off; ^D too",        run_poweroff, NULL,              0},
};
/* clang-format on */
const size_t command_count = COUNT(commands);

static const char prompt[] = "monitor> ";

const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* ---- One line ----------------------------------------------------------- */

/* Reads a line; false if there will be no more: ^D on an empty one. */
static bool read_line(struct monitor *monitor)
{
    struct line *line = &monitor->line;
    line_start(line, prompt);
    for (;;) {
        int key = key_read();
        if (key == KEY_NONE || (key == CONTROL('D') && line->size == 0))
            return false;
        if (key == KEY_ENTER)
            break;
        if (key == CONTROL('C')) {
            print("^C\n");
            line_start(line, prompt);
        }
        if (key == KEY_UP || key == CONTROL('P'))
            history_up(&monitor->history, line);
        else if (key == KEY_DOWN || key == CONTROL('N'))
            history_down(&monitor->history, line);
        else if (key == KEY_TAB)
            complete(monitor, line);
        else
            line_key(line, key);
    }
    print("\n");
    return true;
}

/* The command's row says how it is meant. */
static void print_usage(const struct command *command)
{
    print("%s %s: %s\n", command->name, command->arguments, command->what);
}

void print_no_command(const char *name)
{
    print("there is no command '%s'; 'help' lists what there is\n", name);
}

static void run_words(void *context)
{
    struct monitor *monitor = context;
    const struct words *words = &monitor->words;
    const struct command *command = command_named(words->word[0]);

    if (!command)
        print_no_command(words->word[0]);
    else if (words->count - 1 < command->least)
        print_usage(command);
    else
        command->run(monitor, words);
}

static void run_line(struct monitor *monitor)
{
    if (monitor->line.is_cut) {
        print("a line has at most %d characters: this one is not run\n",
              LINE_SIZE - 1);
        return;
    }
    history_add(&monitor->history, monitor->line.text);
    words_split(&monitor->words, monitor->line.text);
    if (monitor->words.count > 0 && !survives(run_words, monitor))
        print("'%s' ended with that fault\n", monitor->words.word[0]);
}

/* main.c calls this. */
void monitor(struct kernel *kernel)
{
    static struct monitor state;

    state.kernel = kernel;
    if (!world_open(&state.world, kernel))
        print("there will be no insmod\n");
    print("the monitor: 'help' lists its commands, TAB completes them\n");
    while (read_line(&state))
        run_line(&state);
    print("\n");
}
