/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is left to do when a signal ends the program. Only functions that are
 * safe in a signal handler are called. [POSIX.1-2017: 2.4.3]
 */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* The one variable of the program that is nobody's: a handler gets no context.
 */
static const char *volatile temporary;

static void remove_temporary(void)
{
    if (temporary)
        unlink(temporary);
}

/* Inputs are mapped: to look at a page that its file has lost, or that could
 * not be read, is a signal. */
static void lose_input(int number)
{
    static const char message[] =
        "bootlink: an input got shorter, or could not be read, while it was "
        "linked; link again when nothing writes to it\n";
    (void)number;
    remove_temporary();
    (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
    _exit(1);
}

/* Ends as if there were no handler, so that a shell and `make` know. */
static void end(int number)
{
    remove_temporary();
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(int number, void (*handler)(int))
{
    if (signal(number, handler) == SIG_IGN) /* as nohup wants it */
        signal(number, SIG_IGN);
}

void interrupt_prepare(void)
{
    signal(SIGBUS, lose_input);
    handle(SIGINT, end);
    handle(SIGTERM, end);
    handle(SIGHUP, end);
}

void interrupt_removes(const char *path)
{
    temporary = path;
}
