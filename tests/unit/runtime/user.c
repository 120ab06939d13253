/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that uses another one, and marks nothing: it offers its globals, and
 * needs neither a start nor an end.
 */
#include <bootlink/module.h>

int hello_count(void);
void hello_secret(void);
int user_twice(void);

MODULE_IMPORT_NS("SECRETS");

int user_twice(void)
{
    hello_secret();
    hello_count();
    return hello_count();
}
