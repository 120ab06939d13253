/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts its modules, and says what the boot info says of them. With "halt" on
 * its command line it stops before all that.
 */
#include "console.h"

#include <bootlink/bootinfo.h>
#include <bootlink/module.h>

MODULE_VERSION("2.10");

void tell(const char *text);
void tell(const char *text)
{
    say(text);
    say("\n");
}
EXPORT_SYMBOL(tell);

int secret(void);
int secret(void)
{
    return 1;
}
EXPORT_SYMBOL_NS(secret, "KEYS");

static void say_name(const struct bootlink_info *info, uint32_t module)
{
    say(" ");
    say(module == BOOTLINK_OF_KERNEL ? "kernel"
                                     : info->modules[module].name.data);
}

static void say_module(const struct bootlink_info *info, uint64_t i)
{
    const struct bootlink_module_info *more = &info->module_infos[i];
    say("module");
    say_name(info, (uint32_t)i);
    say(" ");
    say(more->path.data);
    say(" ");
    say(more->version.data);
    say(" (");
    say(more->description.data);
    say(") needs");
    for (uint64_t n = 0; n < more->need_count; n++)
        say_name(info, more->needs[n]);
    say("\n");
}

static void say_exports(const struct bootlink_info *info)
{
    for (uint64_t i = 0; i < info->export_count; i++) {
        say("export ");
        say(info->exports[i].name.data);
        say(" of");
        say_name(info, info->exports[i].module);
        say(" in ");
        tell(info->exports[i].name_space.data);
    }
}

static void say_left_out(const struct bootlink_info *info)
{
    for (uint64_t i = 0; i < info->left_out_count; i++) {
        say("left out ");
        say(info->left_out[i].name.data);
        say(" ");
        say(info->left_out[i].path.data);
        say(": ");
        tell(info->left_out[i].reason.data);
    }
}

void _start(const struct bootlink_info *info);
void _start(const struct bootlink_info *info)
{
    int ok = 1;
    if (info->command_line.data[0] == 'h')
        for (;;)
            __asm__ volatile("cli; hlt");
    say("kernel ");
    tell(info->kernel_version.data);
    say_exports(info);
    say_left_out(info);
    for (uint64_t i = 0; i < info->module_count; i++) {
        say_module(info, i);
        ok &= bootlink_module_start(info, i) == 0;
    }
    for (uint64_t i = info->module_count; i-- > 0;)
        if (info->module_infos[i].exit)
            info->module_infos[i].exit();
    leave(ok);
}
