/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module in C, for gcc and clang: -DNAME=gcc -DBEFORE=answer_of_kernel
 * -DANSWER=answer_of_gcc.
 */
#include "kernel.h"

#include <bootlink/module.h>

#define STRING(x)  STRING2(x)
#define STRING2(x) #x

MODULE_NAME(STRING(NAME));
MODULE_VERSION("1.0");
MODULE_DESCRIPTION("a module in C");
MODULE_REQUIRES("kernel", "1.2");
MODULE_IMPORT_NS("TEST");

static volatile unsigned count = 1; /* a constructor reads it */
module_param(count, uint);
MODULE_PARM_DESC(count, "how often");

static const char *whom = "nobody";
module_param(whom, string);
MODULE_PARM_DESC(whom, "who is greeted");

static int list[4];
static uint32_t listed;
module_param_array(list, int, &listed);

static unsigned count_of_constructor;

__attribute__((constructor)) static void construct(void)
{
    count_of_constructor = count;
}

int BEFORE(void);
int ANSWER(void);

int ANSWER(void)
{
    return BEFORE() + 1;
}
EXPORT_SYMBOL(ANSWER);

static int start(const char *parameters)
{
    report(STRING(NAME), whom, count_of_constructor, list, listed, BEFORE());
    return parameters[0] == 0;
}
module_init(start);

static void stop(void)
{
    say_line(STRING(NAME) " ends");
}
module_exit(stop);

__attribute__((destructor)) static void destruct(void)
{
    say_line(STRING(NAME) " is gone");
}
