/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel with modules in several languages: it starts them, and says what
 * they report. It has a parameter of its own, kernel.answer.
 */
#include "kernel.h"

#include "console.h"

#include <bootlink/bootinfo.h>
#include <bootlink/module.h>

MODULE_VERSION("1.2.1");

static int answer;
module_param(answer, int);
MODULE_PARM_DESC(answer, "what the first module gets");

static uint64_t reports;

static void say_number(int64_t number)
{
    char digits[21];
    int at = 20;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    digits[at] = 0;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    say(number < 0 ? "-" : "");
    say(digits + at);
}

void report(const char *name, const char *whom, unsigned count, const int *list,
            uint32_t listed, int answer_before)
{
    say(name), say(" greets "), say(whom), say(" "), say_number(count);
    say(" times:");
    for (uint32_t i = 0; i < listed; i++)
        say(" "), say_number(list[i]);
    say("; before it: "), say_number(answer_before), say("\n");
    reports++;
}
EXPORT_SYMBOL_NS(report, "TEST");

int answer_of_kernel(void)
{
    return answer;
}
EXPORT_SYMBOL(answer_of_kernel);

void _start(const struct bootlink_info *info);

void _start(const struct bootlink_info *info)
{
    int failed = 0;
    for (uint64_t i = 0; i < info->module_count; i++)
        failed |= info->modules[i].init(info->modules[i].parameters.data);
    leave(!failed && reports == info->module_count);
}
