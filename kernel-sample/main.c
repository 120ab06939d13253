/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sample kernel: a list of checks on what the boot loader did.
 *
 * start.asm calls kernel_main on the stack that Bootlink made, with rdi as
 * Bootlink left it. One line per check goes to COM1; the last line counts them;
 * then the machine is turned off. With `monitor` on the command line there is a
 * conversation before that (monitor/).
 *
 * Built with -DBREAK_X, exactly one thing is broken before it is checked: the
 * negative twins by which tests/boot/ shows that each check can fail.
 */
#include "kernel.h"

struct check {
    const char *claim;
    bool (*holds)(struct kernel *kernel);
};

/* clang-format off */
static const struct check checks[] = {
    {"boot info has the size and version of its header", info_is_sound},
    {".bss is zero",                                     bss_is_zero},
    {"pointers and function tables are relocated",       data_is_relocated},
    {"a strong definition overrides a weak one",         strong_wins},
    {"a COMMON symbol is zero, aligned and shared",      common_is_shared},
    {"constructors ran in the order of their priority",  constructors_ran},
    {"a COMDAT group is there once",                     comdat_is_once},
    {"the kernel lies where the boot info says",         address_is_right},
    {"each section has its own permissions",             permissions_are_right},
    {"the stack has a guard page",                       stack_is_guarded},
    {"the memory map ascends without overlap",           memory_map_is_sound},
    {"a line of text is on the screen",                  screen_shows_text},
    {"the modules start in their order",                 modules_start},
    {"a fault is traced by name and survived",           fault_is_traced},
};
/* clang-format on */

void detail(struct kernel *kernel, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(kernel->detail, sizeof(kernel->detail), format, arguments);
    va_end(arguments);
}

static void run(struct kernel *kernel, const struct check *check)
{
    kernel->detail[0] = '\0';
    bool holds = check->holds(kernel);
    if (holds)
        kernel->passed++;
    else
        kernel->failed++;
    print(kernel->detail[0] ? "%s %s (%s)\n" : "%s %s\n",
          holds ? "ok  " : "FAIL", check->claim, kernel->detail);
}

/* Whether `word` is one of the words of the command line. */
static bool is_asked_for(const struct bootlink_info *info, const char *word)
{
    const char *text = info->command_line.data;
    size_t size = strlen(word);
    while (*text) {
        if (strncmp(text, word, size) == 0 &&
            (text[size] == ' ' || text[size] == '\0'))
            return true;
        while (*text && *text++ != ' ')
            ;
    }
    return false;
}

/* start.asm calls this. */
_Noreturn void kernel_main(const struct bootlink_info *info)
{
    static struct kernel kernel;

    serial_init();
    kernel.info = *info;
    kernel.given = info;
    print("sample kernel, loaded by %s\n", info->loader.data);
    symbols_init(&kernel);
    exceptions_init(&kernel);
    run_constructors();
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        run(&kernel, &checks[i]);
    print("%u checks passed, %u failed\n", kernel.passed, kernel.failed);
    if (monitor && is_asked_for(info, "monitor"))
        monitor(&kernel);
    power_off(info, kernel.failed == 0);
}
