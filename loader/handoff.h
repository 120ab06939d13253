/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The native handoff: boot info and page tables as include/bootlink/bootinfo.h
 * promises them, built in plain memory.
 *
 *   handoff_build       while memory can still be had: all but the memory map
 *   handoff_memory      after boot services: one call per firmware descriptor
 *   handoff_finish      the memory map is in the boot info; nothing is left
 *                       but to load %cr3, %rsp and %rdi and to jump
 *
 * Virtual addresses:
 *
 *   trampoline page               at its physical address
 *   image and modules             where they were linked
 *   direct_map                    RAM, ACPI tables, framebuffer, from physical
 * 0 direct_map + n * 512 GiB      a guard page, the stack, a guard page; n is
 *                                 the first that is behind the direct map
 *
 * direct_map is 0xffff888000000000, or the next multiple of 512 GiB at which
 * all of it is clear of the image and its modules. In it, what is read-only at
 * its own address (image, modules, trampoline) is read-only too.
 *
 * Memory map: the image, its modules, the files and the trampoline page are
 * KERNEL, whatever the firmware says of that memory. The stack, the boot info,
 * the page tables and the log are what the firmware says, so the caller's
 * world must take them from memory that it gives as RECLAIMABLE.
 */
#ifndef BOOTLINK_HANDOFF_H
#define BOOTLINK_HANDOFF_H

#include "base.h"
#include "memmap.h"
#include "paging.h"
#include <bootlink/bootinfo.h>

#define HANDOFF_STACK_SIZE (64 * 1024)

struct handoff_module {
    const struct bootlink_image *image;
    span name;
    span parameters;
    span path, version, description;
    const uint32_t *needs; /* indices of modules */
    uint64_t need_count;
};

struct handoff_left_out {
    span name, path, reason;
};

struct handoff_file {
    span name;
    uint64_t physical; /* page aligned; the kernel gets whole pages */
    uint64_t size;
};

/* What the caller knows. Everything is read during handoff_build only. */
struct handoff_input {
    const struct bootlink_image *kernel;
    const struct handoff_module *modules; /* in the order to start them */
    uint64_t module_count;
    const struct handoff_left_out *left_out;
    uint64_t left_out_count;
    const struct handoff_file *files;
    uint64_t file_count;
    span command_line;
    span kernel_version;

    const struct bootlink_framebuffer *framebuffer; /* NULL: none; `data` is
                                                       filled in here */
    uint64_t rsdp, smbios, efi_system_table;        /* physical, or 0 */
    struct bootlink_memory log; /* the log's buffer, `size` of it in all */
    uint64_t trampoline;        /* physical address of that page */

    struct paging_features features;

    /* Called once, with the world's `host`, when nothing of what was linked is
     * read any more but lists that the linker made: the memory of the files
     * may be given back then, before the largest part of the boot info is
     * taken. NULL: nobody wants to know. */
    void (*inputs_done)(void *host);

    /* The memory map as it is now: what the direct map is to cover. */
    const struct memmap_range *memory;
    uint64_t memory_count;
    /* The most descriptors that handoff_memory may be given later: leave room
     * for what the next allocations add. */
    uint64_t memory_limit;
};

struct handoff {
    /* What the jump needs. */
    uint64_t root;         /* physical, for %cr3 */
    uint64_t stack;        /* virtual, for %rsp: 8 modulo 16, and the zero
                              return address is there already */
    uint64_t info_address; /* virtual, for %rdi */
    uint64_t entry;        /* virtual, of the kernel */

    /* The boot info, to write through until the jump: `stamps`, `log.size`. */
    struct bootlink_info *info;

    uint64_t direct_map; /* virtual address of physical address 0 */
    struct bootlink_range stack_range; /* virtual, without guard pages */
    struct memmap memory;
    struct paging paging;
};

/* Builds page tables, stack and boot info. False after reporting; what was
 * taken by then, of kinds TABLES and INFO, is for the world to give back. */
bool handoff_build(const struct bootlink_world *world,
                   const struct handoff_input *input, struct handoff *handoff);

/* Adds one descriptor of the final memory map. False if there were more than
 * memory_limit of them: compare before boot services end. */
bool handoff_memory(struct handoff *handoff, struct memmap_range range);

/* Makes the memory map from what was added and from what the loader used, and
 * sets the length of the log. Allocates nothing. */
void handoff_finish(struct handoff *handoff, uint64_t log_size);

/* ---- handoff_pages.c ---------------------------------------------------- */

/* The first step of handoff_build: chooses direct_map, makes the stack and all
 * page tables, and sets `root`, `stack` and `stack_range`. */
bool handoff_pages(const struct bootlink_world *world,
                   const struct handoff_input *input, struct handoff *handoff);

#endif
