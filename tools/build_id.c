/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Build IDs [GNU ld manual: --build-id]. A hash is of the output file's bytes
 * in their order, with zeros where it will be itself: the same link gives the
 * same ID. Hash functions are Nettle's.
 */
#include "build_id.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sys/random.h>

enum { UUID_SIZE = 16 };

/* ---- Styles -------------------------------------------------------------- */

/* Zeros of that size, to be written over. */
static char *take(struct arena *arena, struct build_id *id, size_t size)
{
    char *bytes = arena_take(arena, size, 1);
    *id = (struct build_id){.bytes = {bytes, bytes ? size : 0}};
    return bytes;
}

static bool use_hash(struct arena *arena, struct build_id *id,
                     const struct nettle_hash *hash)
{
    if (take(arena, id, hash->digest_size))
        id->hash = hash;
    return true;
}

/* A random UUID [RFC 4122 4.4]. */
static bool use_uuid(struct arena *arena, struct build_id *id)
{
    unsigned char *bytes = (unsigned char *)take(arena, id, UUID_SIZE);
    if (!bytes)
        return true;
    if (getrandom(bytes, UUID_SIZE, 0) != UUID_SIZE)
        return report_error(arena->world, BOOTLINK_MISSING,
                            "--build-id=uuid: no random numbers to be had");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits, with '-' and ':' between them as anybody likes. */
static bool use_digits(struct arena *arena, struct build_id *id, span digits)
{
    struct build_id made;
    char *bytes = take(arena, &made, digits.size / 2 + 1);
    if (!bytes)
        return true;
    made.bytes.size = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.data[i];
        if (c == '-' || c == ':')
            continue;
        int high = digit_of(c);
        int low = i + 1 < digits.size ? digit_of(digits.data[++i]) : -1;
        if (high < 0 || low < 0)
            return false;
        bytes[made.bytes.size++] = (char)(high << 4 | low);
    }
    if (made.bytes.size)
        *id = made;
    return made.bytes.size > 0;
}

bool build_id_read(struct arena *arena, span style, struct build_id *id)
{
    if (!style.data || span_equal(style, SPAN("sha1")))
        return use_hash(arena, id, &nettle_sha1);
    if (span_equal(style, SPAN("md5")))
        return use_hash(arena, id, &nettle_md5);
    if (span_equal(style, SPAN("sha256")))
        return use_hash(arena, id, &nettle_sha256);
    if (span_equal(style, SPAN("uuid")))
        return use_uuid(arena, id);
    if (span_equal(style, SPAN("none"))) {
        *id = (struct build_id){0};
        return true;
    }
    return span_starts(style, SPAN("0x")) &&
           use_digits(arena, id, span_part(style, 2, style.size - 2));
}

/* ---- Hashing ------------------------------------------------------------- */

bool build_id_hash_open(struct build_id_hash *hash, struct arena *arena,
                        const struct build_id *id)
{
    hash->kind = id->hash;
    hash->state = arena_take(arena, 1, id->hash->context_size);
    if (hash->state)
        hash->kind->init(hash->state);
    return hash->state != NULL;
}

void build_id_hash_add(struct build_id_hash *hash, span bytes)
{
    hash->kind->update(hash->state, bytes.size, (const uint8_t *)bytes.data);
}

void build_id_hash_close(struct build_id_hash *hash, char *to)
{
    hash->kind->digest(hash->state, hash->kind->digest_size, (uint8_t *)to);
}
