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

void say_line(const char *text)
{
    say(text), say("\n");
}
EXPORT_SYMBOL_NS(say_line, "TEST");

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

/* What a module says of itself. */
static void introduce(const struct bootlink_info *info, uint64_t i)
{
    const struct bootlink_module_info *more = &info->module_infos[i];
    say(info->modules[i].name.data), say(" "), say(more->version.data);
    say(" is "), say(more->description.data);
    if (more->need_count)
        say(", and needs "), say(info->modules[more->needs[0]].name.data);
    say("\n");
}

/* From the last to the first, as others need those that came before them. */
static void end_modules(const struct bootlink_info *info)
{
    for (uint64_t i = info->module_count; i-- > 0;) {
        const struct bootlink_module_info *more = &info->module_infos[i];
        if (more->exit)
            more->exit();
        for (uint64_t f = more->finaliser_count; f-- > 0;)
            more->finalisers[f]();
    }
}

void _start(const struct bootlink_info *info);

void _start(const struct bootlink_info *info)
{
    int failed = 0;
    for (uint64_t i = 0; i < info->module_count; i++) {
        introduce(info, i);
        failed |= bootlink_module_start(info, i);
    }
    failed |= reports != info->module_count;
    end_modules(info);
    leave(!failed);
}
