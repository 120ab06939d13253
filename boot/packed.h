/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bootlink in its own file: packed by tools/pack.c when it is built, taken
 * apart by lz4.c when it is started.
 */
#ifndef BOOTLINK_PACKED_H
#define BOOTLINK_PACKED_H

#include <stdint.h>

/* How far lz4_unpack() writes and reads beyond the last byte. */
enum { LZ4_SLACK = 15 };

/* What tools/pack.c writes. */
struct packed {
    uint32_t size; /* of what comes out */
    uint8_t block[];
};

/* What comes out begins with this: image.lds writes it. Offsets: up to `code`
 * it is constants, up to `data` code. */
struct image {
    uint32_t code, data;
    uint32_t entry; /* efi_main */
    uint32_t relocations, relocations_end;
};

/* Unpacks the block that ends at `end`. */
void lz4_unpack(const uint8_t *block, const uint8_t *end, uint8_t *to);

#endif
