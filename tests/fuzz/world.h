/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's world for the fuzzer: a few files in memory, memory from
 * malloc, and the promises that hold for any input at all, each checked with
 * abort():
 *
 *   - a link fails if and only if it reports an error, and never without words;
 *   - a failed link gives back all that it took, a closed one all of its own;
 *   - the linker's own memory is at most FUZZ_MULTIPLE bytes for each byte of
 *     input, and FUZZ_BASE more;
 *   - all bytes of an image can be read.
 */
#ifndef BOOTLINK_FUZZ_WORLD_H
#define BOOTLINK_FUZZ_WORLD_H

#include "loader.h"

#include <stdlib.h>

enum {
    FUZZ_FILES = 32,
    FUZZ_MULTIPLE = 128,
    FUZZ_BASE = 1 << 20,
    FUZZ_IMAGE = 16 << 20, /* larger images are refused */
};

struct fuzz_world {
    struct bootlink_world world; /* .host is this struct: do not copy it */
    struct bootlink_input files[FUZZ_FILES];
    span bytes[FUZZ_FILES];
    size_t file_count;
    uint64_t input_size;
    uint64_t scratch, most_scratch, others;
    uint64_t errors;
    struct bootlink_request request;
};

static inline void fuzz_check(bool holds)
{
    if (!holds)
        abort();
}

static inline bool fuzz_read(void *host, span name, span *bytes)
{
    struct fuzz_world *w = host;
    for (size_t i = 0; i < w->file_count; i++)
        if (span_equal(w->files[i].name, name)) {
            if (bytes)
                *bytes = w->bytes[i];
            return true;
        }
    return false;
}

static inline uint64_t *fuzz_account(struct fuzz_world *w,
                                     enum bootlink_memory_kind kind)
{
    return kind == BOOTLINK_MEMORY_SCRATCH ? &w->scratch : &w->others;
}

static inline bool fuzz_memory(void *host, enum bootlink_memory_kind kind,
                               uint64_t size, uint64_t align, uint64_t wanted,
                               struct bootlink_memory *block)
{
    struct fuzz_world *w = host;
    fuzz_check(size > 0 && is_power_of_two(align));
    if (kind != BOOTLINK_MEMORY_SCRATCH && size > FUZZ_IMAGE)
        return false;
    void *data = malloc(size);
    fuzz_check(data != NULL);
    *block = (struct bootlink_memory){
        data, wanted == BOOTLINK_ANYWHERE ? align : wanted, size, false};
    *fuzz_account(w, kind) += size;
    if (w->most_scratch < w->scratch)
        w->most_scratch = w->scratch;
    return true;
}

static inline void fuzz_release(void *host, enum bootlink_memory_kind kind,
                                struct bootlink_memory block)
{
    *fuzz_account(host, kind) -= block.size;
    free(block.data);
}

static inline void fuzz_report(void *host,
                               const struct bootlink_diagnostic *diagnostic)
{
    struct fuzz_world *w = host;
    fuzz_check(diagnostic->text.size > 0);
    w->errors += diagnostic->severity == BOOTLINK_ERROR;
}

static inline void fuzz_open(struct fuzz_world *w)
{
    *w = (struct fuzz_world){
        .world = {w, fuzz_read, fuzz_memory, fuzz_release, fuzz_report}};
    w->request.script_name = SPAN("fuzz.ld");
}

/* Adds a file that the link takes as an input. */
static inline void fuzz_input(struct fuzz_world *w, span name, span bytes)
{
    if (w->file_count == FUZZ_FILES)
        return;
    w->files[w->file_count] = (struct bootlink_input){BOOTLINK_FILE, name};
    w->bytes[w->file_count++] = bytes;
    w->input_size += bytes.size;
}

/* Reads every byte, which the sanitizer watches. */
static inline void fuzz_touch(const struct bootlink_image *image)
{
    volatile unsigned char sum = 0;
    for (size_t i = 0; i < image->section_count; i++)
        for (uint64_t at = 0; at < image->sections[i].size; at++)
            sum += ((const unsigned char *)image->sections[i].data)[at];
    (void)sum;
    for (size_t i = 1; i < image->segment_count; i++)
        fuzz_check(image->segments[i - 1].address < image->segments[i].address);
}

static inline void fuzz_link(struct fuzz_world *w, enum bootlink_output output)
{
    struct bootlink_image image;
    w->errors = w->most_scratch = 0;
    w->request.scripts = &bootlink_scripts;
    w->request.extras = &bootlink_extras;
    w->request.inputs = w->files;
    w->request.input_count = w->file_count;
    w->request.output = output;
    bool is_linked = bootlink_link(&w->world, &w->request, &image);
    fuzz_check(is_linked == (w->errors == 0));
    if (is_linked && output == BOOTLINK_IN_MEMORY)
        fuzz_touch(&image);
    struct link *link = is_linked ? image.link : NULL;
    if (link && output == BOOTLINK_IN_MEMORY)
        image_release(link);
    if (link)
        bootlink_close(&image);
    fuzz_check(w->scratch == 0 && w->others == 0);
    fuzz_check(w->most_scratch <=
               FUZZ_BASE +
                   FUZZ_MULTIPLE * (w->input_size + w->request.script.size));
}

static inline void fuzz_link_both(struct fuzz_world *w)
{
    fuzz_link(w, BOOTLINK_IN_MEMORY);
    fuzz_link(w, BOOTLINK_IN_FILE);
}

#endif
