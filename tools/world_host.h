/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's world on a host: files of the file system, memory of the heap,
 * findings on standard error.
 */
#ifndef BOOTLINK_WORLD_HOST_H
#define BOOTLINK_WORLD_HOST_H

#include "base.h"
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
    struct scratch scratch;
    struct host_load_address *load_addresses;
    uint64_t images_end;    /* physical; 0: there is none yet */
    span last_file;         /* that was asked for */
    char *room, *room_next; /* where files are mapped, one behind the other;
                               NULL: anywhere */
    uint64_t mapped;        /* bytes of files in there */
    int process;            /* this one, if there is a room; or -1 */
    const char *last_left;  /* what host_leave() was told of */
    unsigned char *left;    /* since it let go: which windows of the room were
                               left; from which to which; and how many
                               bytes */
    unsigned char *kept;    /* a bit for each page of it that stays */
    uint64_t left_start, left_end, left_of_files, left_of_archives;
    uint64_t error_count, warning_count;
    bool is_quiet; /* warnings are not shown */
};

/* The four functions over `host`, which starts zeroed but for `program`. */
struct bootlink_world world_of_host(struct host *host);

/* Bytes of files that nobody will look at soon: from time to time the system
 * gets back the memory that all files take. */
void host_leave(struct host *host, span bytes);

/* Bytes of files that are looked at all the time: their pages stay. */
void host_keep(struct host *host, span bytes);

/* Unmaps every file and frees every image; what points there is dead then. */
void host_close(struct host *host);

#endif
