/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two shared objects with all that the linker looks at, for test_shared_oom.c:
 * a library, and with -DUSER who uses it.
 */
#include <bootlink/module.h>

#ifdef USER
extern int counter;
int twice(int), chosen(void), of_kernel(void);
int *where = &counter;
static unsigned count;
module_param(count, uint);
static const char *whom;
module_param(whom, string);
__attribute__((constructor)) static void prepare(void)
{
    counter++;
}
static int start(const char *parameters)
{
    return twice(*parameters) + chosen() + of_kernel() + (int)count + !whom;
}
module_init(start);
#else
MODULE_NAME("library");
int counter = 7;
int twice(int n)
{
    return 2 * n;
}
static int one(void)
{
    return 1;
}
static int (*pick(void))(void)
{
    return one;
}
int chosen(void) __attribute__((ifunc("pick")));
#endif
