/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Loads a module into this process and unloads it, as often as the first
 * argument says; the others are its name and file, before it those of modules
 * that it needs. load.py counts the instructions of bootlink_load().
 */
#include "unit/process.h"

static void note(const char *text)
{
    (void)text;
}

int main(int count, char **arguments)
{
    static struct process p;
    assert_true(count >= 4 && count % 2 == 0);
    process_open(&p);
    process_export(&p, "note", (uint64_t)(uintptr_t)note);
    for (int i = 2; i < count; i += 2)
        process_file(&p, arguments[i], arguments[i + 1]);
    struct bootlink_modules *modules = bootlink_modules_open(&p.kernel);
    for (int i = 2; i < count - 2; i += 2)
        assert_non_null(
            bootlink_load(modules, span_of(arguments[i]), SPAN("")));
    for (int times = atoi(arguments[1]); times > 0; times--) {
        struct bootlink_loaded *loaded =
            bootlink_load(modules, span_of(arguments[count - 2]), SPAN(""));
        assert_true(loaded && bootlink_unload(modules, loaded));
    }
    return 0;
}
