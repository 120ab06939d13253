/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's world on a host: files of the file system, memory of the heap,
 * findings on standard error.
 */
#ifndef BOOTLINK_WORLD_HOST_H
#define BOOTLINK_WORLD_HOST_H

#include "base.h"

/* A physical address to answer with, when an image asks for memory after the
 * file `name` was opened. Firmware chose it once; the host only repeats it. */
struct host_load_address {
    span name;
    uint64_t physical;
    struct host_load_address *next;
};

struct host {
    const char *program; /* begins every line on standard error */
    const char *folder;  /* that file names are relative to; NULL: this one */
    struct host_file *files;
    struct host_load_address *load_addresses;
    uint64_t images; /* how many blocks for images were given out */
    uint64_t error_count;
};

/* The four functions over `host`, which starts zeroed but for `program`. */
struct bootlink_world world_of_host(struct host *host);

/* Unmaps every file; spans of them are dead then. */
void host_close(struct host *host);

#endif
