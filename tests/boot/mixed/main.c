/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The mixed kernel: calls what its 300 objects brought along, and compares with
 * what the host has computed for them (expected.h, by mixed.py).
 */
#include "../kernels/console.h"
#include "expected.h"
#include "unit.h"

#include <bootlink/bootinfo.h>
#include <stddef.h>

/* C11 7.21.6.5, 7.22.5.2, 7.24: musl's libc.a has them. */
int snprintf(char *buffer, size_t size, const char *format, ...);
void qsort(void *items, size_t count, size_t size,
           int (*compare)(const void *, const void *));
int strcmp(const char *a, const char *b);
void *memcpy(void *to, const void *from, size_t size);

void main(const struct bootlink_info *info);

/* ---- What the script defines (mixed.ld) ---------------------------------- */

extern const struct unit *const __start_units[], *const __stop_units[];
extern void (*const __initcall_start[])(void), (*const __initcall_end[])(void);
extern void (*const __init_array_start[])(void),
    (*const __init_array_end[])(void);
extern char __per_cpu_load[], __per_cpu_start[], __per_cpu_end[];
extern char __bss_start[], __bss_end[], __kernel_end[];

/* ---- Checks -------------------------------------------------------------- */

static int all_hold = 1;

static void claim(const char *what, int holds)
{
    say(holds ? "ok   " : "FAIL ");
    say(what);
    say("\n");
    all_hold &= holds;
}

/* What notes itself at start comes by levels that count up. */
static unsigned last_level, started, out_of_order;

void note_start(unsigned level)
{
    started++;
    out_of_order += level < last_level;
    last_level = level;
}

static size_t unit_count(void)
{
    return __stop_units - __start_units;
}

/* %gs of this processor: a copy of the section that is linked at 0, and loaded
 * elsewhere. */
static char this_cpu[PER_CPU_ROOM];

static void set_base(uint32_t base_register, const void *base)
{
    uint64_t address = (uint64_t)base;
    __asm__ volatile("wrmsr"
                     :
                     : "c"(base_register), "a"((uint32_t)address),
                       "d"((uint32_t)(address >> 32)));
}

static int open_per_cpu(const struct bootlink_info *info)
{
    const uint32_t gs_base = 0xc0000101;
    size_t size = __per_cpu_end - __per_cpu_start;
    if (size > sizeof(this_cpu))
        return 0;
    memcpy(this_cpu, (char *)info->direct_map + (uint64_t)__per_cpu_load, size);
    set_base(gs_base, this_cpu);
    return size >= 4 * UNITS;
}

static int is_bss_zero(void)
{
    for (const char *p = __bss_start; p < __bss_end; p++)
        if (*p)
            return 0;
    return __bss_end <= __kernel_end;
}

static int runs_all_units(void)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < unit_count(); i++)
        sum += __start_units[i]->run(i);
    return sum == EXPECTED_SUM && run_count[0] == UNITS;
}

static int initcalls_come_by_level(void)
{
    started = last_level = out_of_order = 0;
    for (size_t i = 0; __initcall_start + i < __initcall_end; i++)
        __initcall_start[i]();
    return started == UNITS && !out_of_order;
}

static int constructors_come_by_priority(void)
{
    started = last_level = out_of_order = 0;
    for (size_t i = 0; __init_array_start + i < __init_array_end; i++)
        __init_array_start[i]();
    return started == CONSTRUCTORS && !out_of_order;
}

static int by_name(const void *a, const void *b)
{
    const struct unit *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static int has_every_name_once(void)
{
    static const struct unit *sorted[UNITS];
    memcpy(sorted, __start_units, sizeof(sorted));
    qsort(sorted, UNITS, sizeof(sorted[0]), by_name);
    for (size_t i = 1; i < UNITS; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) >= 0)
            return 0;
    return 1;
}

/* musl finds errno in the thread's own block, at the base of %fs. */
static uint64_t thread[512];

void main(const struct bootlink_info *info)
{
    const uint32_t fs_base = 0xc0000100;
    claim(".bss is zero", is_bss_zero());
    thread[0] = (uint64_t)thread;
    set_base(fs_base, thread);
    claim("the set has every unit", unit_count() == UNITS);
    claim("per-CPU variables were loaded, and are copied", open_per_cpu(info));
    claim("every unit gives what the host computed", runs_all_units());
    claim("initcalls are sorted by level", initcalls_come_by_level());
    claim("constructors are sorted by priority",
          constructors_come_by_priority());
    claim("names are merged, and each is there", has_every_name_once());
    char line[64];
    snprintf(line, sizeof(line), "%zu units, sum %#x\n", unit_count(),
             EXPECTED_SUM);
    say(line);
    leave(all_hold);
}
