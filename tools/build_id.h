/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Build IDs: what --build-id asks for, and the hash of an output file.
 */
#ifndef BOOTLINK_BUILD_ID_H
#define BOOTLINK_BUILD_ID_H

#include "base.h"

#include <nettle/nettle-meta.h>

struct build_id {
    span bytes;                     /* zeros, if they are to be a hash */
    const struct nettle_hash *hash; /* NULL: the bytes are final, or none */
};

/* Reads a style: md5, sha1, sha256, uuid, none or 0xHEX; sha1 if there is none.
 * False if it is unknown; then nothing is changed. */
bool build_id_read(struct arena *arena, span style, struct build_id *id);

/* ---- A hash in the making ----------------------------------------------- */

struct build_id_hash {
    const struct nettle_hash *kind;
    void *state;
};

/* False if there is no memory. */
bool build_id_hash_open(struct build_id_hash *hash, struct arena *arena,
                        const struct build_id *id);
void build_id_hash_add(struct build_id_hash *hash, span bytes);
/* Writes the hash, as many bytes as the ID has. */
void build_id_hash_close(struct build_id_hash *hash, char *to);

#endif
