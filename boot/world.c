/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The world of loader/ in firmware: files from the boot volume, pages from boot
 * services, findings into the log.
 */
#include "boot.h"

static bool world_file(void *host, span name, span *bytes)
{
    return bytes ? file_link(host, name, bytes) : file_try(host, name) != NULL;
}

static bool world_memory(void *host, enum bootlink_memory_kind kind,
                         uint64_t size, uint64_t align, uint64_t wanted,
                         struct bootlink_memory *memory)
{
    struct boot *boot = host;
    if (kind == BOOTLINK_MEMORY_SCRATCH && align <= PAGE)
        return memory_take_for_boot(boot, size, memory);
    if (kind != BOOTLINK_MEMORY_IMAGE && align <= PAGE)
        return memory_take_kept(boot, size, memory);
    bool is_part = kind == BOOTLINK_MEMORY_IMAGE && align <= PAGE;
    bool taken = wanted != BOOTLINK_ANYWHERE
                     ? stage_take(boot, size, wanted, memory)
                 : is_part ? memory_take_part(boot, size, memory)
                           : memory_take(boot, size, align, memory);
    if (!taken)
        return false;
    memory_block(boot, memory->data)->is_image = kind == BOOTLINK_MEMORY_IMAGE;
    return true;
}

static void world_release(void *host, enum bootlink_memory_kind kind,
                          struct bootlink_memory memory)
{
    (void)kind;
    memory_give(host, memory);
}

static void world_report(void *host,
                         const struct bootlink_diagnostic *diagnostic)
{
    struct boot *boot = host;
    span text = diagnostic->text;
    if (diagnostic->severity == BOOTLINK_ERROR) {
        boot->log.error_count++;
        log_show(boot, "error: %.*s", SPAN_ARGS(text));
    } else if (diagnostic->severity == BOOTLINK_WARNING) {
        log_show(boot, "warning: %.*s", SPAN_ARGS(text));
    } else {
        log_print(boot, "%.*s", SPAN_ARGS(text));
    }
}

struct bootlink_world world_open(struct boot *boot)
{
    return (struct bootlink_world){.host = boot,
                                   .file = world_file,
                                   .memory = world_memory,
                                   .release = world_release,
                                   .report = world_report};
}
