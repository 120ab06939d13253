/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files in memory: they are mapped, so what a link does not look at costs
 * nothing, and of a large link's what was left goes back to the system.
 */
#ifndef BOOTLINK_FILE_PAGES_H
#define BOOTLINK_FILE_PAGES_H

#include "base.h"

/* Begins zeroed. */
struct file_pages {
    char *room, *next;   /* addresses: files lie one behind the other up to
                            `next`; NULL: they lie anywhere */
    char *stay_end;      /* files before that stay */
    uint64_t mapped;     /* bytes of files in the room */
    int process;         /* this one, if there is a room; or -1 */
    unsigned char *left; /* since pages went: which windows of the room were
                            left; from which to which; and how many bytes */
    unsigned char *kept; /* a bit for each page of it that stays */
    uint64_t left_start, left_end, left_bytes;
    const char *last_left; /* what file_pages_leave() was told of */
};

/* The first `size` bytes of a file, more than 0, to be read; MAP_FAILED, and
 * errno says why. They are the caller's to unmap if file_pages_has() none of
 * them. */
void *file_pages_map(struct file_pages *pages, int fd, size_t size);

/* True if file_pages_close() unmaps it. */
bool file_pages_has(const struct file_pages *pages, const char *data);

/* Bytes that nobody will look at soon: from time to time the system gets back
 * the memory that all of these take. They come back from the file when they are
 * looked at again. Bytes of no file are passed by. */
void file_pages_leave(struct file_pages *pages, span bytes);

/* Bytes that are looked at all the time: their pages stay. */
void file_pages_keep(struct file_pages *pages, span bytes);

void file_pages_close(struct file_pages *pages);

#endif
