/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Links the kernel and its modules, and writes down what came of it: enough to
 * do the same link again on the host, and to find every section in a debugger.
 */
#include "boot.h"

static void log_image(struct boot *boot, span name,
                      const struct bootlink_image *image)
{
    log_print(boot, "image: %.*s at 0x%llx-0x%llx, entry 0x%llx, %llu symbols",
              SPAN_ARGS(name), (unsigned long long)image->low,
              (unsigned long long)image->high,
              (unsigned long long)(image->entry ? image->entry : image->init),
              (unsigned long long)image->symbol_count);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct bootlink_segment *at = &image->segments[i];
        log_print(boot, "  0x%016llx at 0x%09llx %8llu KiB %c%c%c %.*s",
                  (unsigned long long)at->address,
                  (unsigned long long)at->physical,
                  (unsigned long long)at->size / 1024,
                  at->permissions & BOOTLINK_READ ? 'r' : '-',
                  at->permissions & BOOTLINK_WRITE ? 'w' : '-',
                  at->permissions & BOOTLINK_EXECUTE ? 'x' : '-',
                  SPAN_ARGS(at->name));
    }
}

/* If the script does not use it, system_link has said so. */
static void log_slide(struct boot *boot)
{
    if (!boot->request.has_slide)
        log_print(boot, "slide: none, the config file says `kaslr: no`");
    else if (boot->system.kernel.slide_used)
        log_print(boot, "slide: 0x%llx",
                  (unsigned long long)boot->system.kernel.slide);
}

static size_t read_part(void *host, span name, uint64_t offset, size_t size,
                        void *to)
{
    return file_read(host, name, offset, size, to);
}

bool kernel_link(struct boot *boot)
{
    uint64_t start = cpu_stamp();
    log_status(boot, "linking");
    boot->observer = clock_observer(boot);
    boot->request.observer = &boot->observer;
    boot->request.read = read_part;
    bool linked = system_link(&boot->world, &boot->request, &boot->system);
    clock_enter(boot, TASK_REST);
    if (!linked)
        return false;
    boot->stamps[BOOTLINK_STAGE_LINKED] = cpu_stamp();
    const struct system *system = &boot->system;
    log_print(boot, "linked: %llu inputs and %llu modules, %llu us",
              (unsigned long long)boot->request.kernel_count,
              (unsigned long long)system->module_count,
              (unsigned long long)cpu_microseconds(boot, start));
    /* The command is as long as there are files: print it in one piece. */
    log_text(boot, system->command);
    log_slide(boot);
    log_image(boot, SPAN("kernel"), &system->kernel);
    for (uint64_t i = 0; i < system->module_count; i++)
        log_image(boot, system->modules[i].name, &system->modules[i].image);
    return true;
}
