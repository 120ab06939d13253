/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decompresses debug sections, by zlib and zstd. [gABI: Section Compression]
 */
#include "inflate.h"

#include <elf.h>
#include <zlib.h>
#include <zstd.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2 /* older <elf.h> lack it */
#endif

static bool by_zlib(struct bootlink_span from, void *to, uint64_t size)
{
    uLongf written = size;
    return uncompress(to, &written, (const Bytef *)from.data, from.size) ==
               Z_OK &&
           written == size;
}

enum bootlink_inflated inflate_section(unsigned type, struct bootlink_span from,
                                       void *to, uint64_t size)
{
    bool done;
    if (type == ELFCOMPRESS_ZLIB)
        done = by_zlib(from, to, size);
    else if (type == ELFCOMPRESS_ZSTD)
        done = ZSTD_decompress(to, size, from.data, from.size) == size;
    else
        return BOOTLINK_INFLATE_UNKNOWN;
    return done ? BOOTLINK_INFLATED : BOOTLINK_INFLATE_DAMAGED;
}
