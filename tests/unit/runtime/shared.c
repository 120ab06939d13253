/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that is a shared object (Makefile).
 */
#include <bootlink/module.h>

void note(const char *text);
void hello_secret(void);
int shared_secret(void);

MODULE_IMPORT_NS("SECRETS");

static int shared_init(const char *parameters)
{
    note(parameters);
    return 0;
}
module_init(shared_init);

static void shared_exit(void)
{
    note("shared exit");
}
module_exit(shared_exit);

int shared_secret(void)
{
    hello_secret();
    return 9;
}
EXPORT_SYMBOL(shared_secret);
