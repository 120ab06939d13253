/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module with all that a module can have. It tells its kernel by note() what
 * runs.
 */
#include <bootlink/module.h>

void note(const char *text);
void other_file(void);

static int loud;
module_param(loud, int);

static int counter; /* .bss, and with it writable memory */

__attribute__((constructor(101))) static void first(void)
{
    note("first");
}

__attribute__((constructor)) static void second(void)
{
    note(loud == 7 ? "second, loud" : "second");
}

__attribute__((destructor(101))) static void last(void)
{
    note("last");
}

__attribute__((destructor)) static void last_but_one(void)
{
    note("last but one");
}

static int hello_init(const char *parameters)
{
    note("init");
    note(parameters);
    return 0;
}
module_init(hello_init);

static void hello_exit(void)
{
    note("exit");
}
module_exit(hello_exit);

int hello_count(void)
{
    return ++counter;
}
EXPORT_SYMBOL(hello_count);

void hello_secret(void)
{
    other_file();
}
EXPORT_SYMBOL_NS(hello_secret, "SECRETS");

int hello_hidden(void)
{
    return 0;
}

MODULE_VERSION("1.4");
MODULE_DESCRIPTION("says what it does");
