/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the time of a boot goes. One task is on at any moment, and the time
 * stamp counter is read where one gives way to another. `tests/bench/` counts
 * instructions by the line in the log: under QEMU's -icount time passes by
 * instructions alone.
 */
#include "boot.h"

static const char *const names[TASK_COUNT] = {
    [LINK_OPENING] = "opening",     [LINK_RESOLVING] = "resolving",
    [LINK_SELECTING] = "selecting", [LINK_PLACING] = "placing",
    [LINK_TABLES] = "tables",       [LINK_EMITTING] = "emitting",
    [LINK_ZEROING] = "zeroing",     [LINK_ENDED] = "modules",
    [TASK_UNPACKING] = "unpacking", [TASK_READING] = "reading",
    [TASK_FIRMWARE] = "firmware",   [TASK_MAPPING] = "mapping",
    [TASK_LEAVING] = "leaving",     [TASK_REST] = "rest",
};

enum task clock_enter(struct boot *boot, enum task task)
{
    struct clock *clock = &boot->clock;
    enum task before = clock->task;
    uint64_t now = cpu_stamp();
    clock->spent[before] += now - clock->since;
    clock->since = now;
    clock->task = task;
    return before;
}

void clock_log(struct boot *boot)
{
    char line[TASK_COUNT * 32];
    size_t used = 0;
    clock_enter(boot, boot->clock.task);
    for (int i = 0; i < TASK_COUNT; i++)
        used +=
            text_print(line + used, sizeof(line) - used, " %s %llu,", names[i],
                       (unsigned long long)cpu_to_microseconds(
                           boot, boot->clock.spent[i]))
                .size;
    log_print(boot, "time in us:%.*s", (int)used - 1, line);
}

static void enter_stage(void *context, enum link_stage stage)
{
    clock_enter(context, (enum task)stage);
}

struct link_observer clock_observer(struct boot *boot)
{
    return (struct link_observer){.context = boot,
                                  .stage = enter_stage,
                                  .done = files_cut,
                                  .lend = files_lend};
}
