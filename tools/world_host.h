/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's world on a host: files of the file system, memory of the heap,
 * findings on standard error.
 */
#ifndef BOOTLINK_WORLD_HOST_H
#define BOOTLINK_WORLD_HOST_H

#include "base.h"
#include "file_pages.h"
#include "scratch.h"

/* Where an image was loaded at boot: that of the module `name`, or of the
 * kernel if the name is empty. Firmware chose it once; the host repeats it. */
struct host_load_address {
    span name;
    uint64_t physical;
    struct host_load_address *next;
};

/* A file that was read, for as long as the host is open. */
struct host_file {
    span name; /* as it was asked for: whoever asked keeps it */
    span bytes;
    struct host_file *next;
};

struct host {
    const char *program; /* begins every line on standard error */
    const char *folder;  /* that file names are relative to; NULL: this one */
    struct host_file *files, *newest_file; /* in order */
    struct host_block *blocks;
    struct file_pages pages;
    struct scratch scratch;
    struct host_load_address *load_addresses;
    uint64_t images_end; /* physical; 0: there is none yet */
    span last_file;      /* that was asked for */
    uint64_t error_count, warning_count;
    bool is_quiet; /* warnings are not shown */
};

/* The four functions over `host`, which starts zeroed but for `program`. */
struct bootlink_world world_of_host(struct host *host);

/* Unmaps every file and frees every image; what points there is dead then. */
void host_close(struct host *host);

#endif
