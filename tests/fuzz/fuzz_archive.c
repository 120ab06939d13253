/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Any bytes as an archive: every member of it, and those that a script asks
 * for, in a group.
 */
#include "world.h"

#define SCRIPT                                                                 \
    "EXTERN(f g main puts memcpy)"                                             \
    " SECTIONS { . = 1M; .text : { *(.text*) } .data : { *(*) } }"

static void fuzz_whole(span bytes)
{
    struct fuzz_world w;
    fuzz_open(&w);
    w.request.script = SPAN(SCRIPT);
    w.files[w.file_count++].kind = BOOTLINK_WHOLE_ARCHIVE;
    fuzz_input(&w, SPAN("fuzz.a"), bytes);
    fuzz_link(&w, BOOTLINK_IN_FILE);
}

static void fuzz_group(span bytes)
{
    struct fuzz_world w;
    fuzz_open(&w);
    w.request.script = SPAN(SCRIPT);
    w.files[w.file_count++].kind = BOOTLINK_GROUP_START;
    fuzz_input(&w, SPAN("fuzz.a"), bytes);
    fuzz_input(&w, SPAN("again.a"), bytes);
    w.files[w.file_count++].kind = BOOTLINK_GROUP_END;
    fuzz_link(&w, BOOTLINK_IN_MEMORY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span bytes = {(const char *)data, size};
    fuzz_whole(bytes);
    fuzz_group(bytes);
    return 0;
}
