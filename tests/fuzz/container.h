/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A whole link as one file: an `ar` archive whose members are the layout
 * script ("script"), a byte of options ("options"), and the inputs in order.
 * So `ar t` and `ar x` show what a finding is made of.
 */
#ifndef BOOTLINK_FUZZ_CONTAINER_H
#define BOOTLINK_FUZZ_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTAINER_PARTS = 24, CONTAINER_HEADER = 60, CONTAINER_MAGIC = 8 };

struct container_part {
    char name[17]; /* without the '/' that ends it in the file */
    const uint8_t *data;
    size_t size;
};

struct container {
    struct container_part parts[CONTAINER_PARTS];
    size_t count;
};

/* Reads as many members as are whole. */
static inline void container_read(struct container *c, const uint8_t *data,
                                  size_t size)
{
    size_t at = CONTAINER_MAGIC;
    c->count = 0;
    while (c->count < CONTAINER_PARTS && at + CONTAINER_HEADER <= size) {
        struct container_part *part = &c->parts[c->count++];
        char digits[11] = {0};
        memcpy(digits, data + at + 48, 10);
        memcpy(part->name, data + at, 16);
        part->name[16] = 0;
        part->name[strcspn(part->name, "/ ")] = 0;
        at += CONTAINER_HEADER;
        part->size = strtoul(digits, NULL, 10);
        if (part->size > size - at)
            part->size = size - at;
        part->data = data + at;
        at += part->size + (part->size & 1);
    }
}

static inline const struct container_part *
container_find(const struct container *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->parts[i].name, name) == 0)
            return &c->parts[i];
    return NULL;
}

/* Writes it back; 0 if it does not fit into `room`. The parts may lie in the
 * same memory as `to`: they are gathered first. */
static inline size_t container_write(const struct container *c, uint8_t *to,
                                     size_t room)
{
    uint8_t *copy = malloc(room + 1);
    size_t at = CONTAINER_MAGIC;
    if (room < CONTAINER_MAGIC) {
        free(copy);
        return 0;
    }
    memcpy(copy, "!<arch>\n", CONTAINER_MAGIC);
    for (size_t i = 0; i < c->count && at; i++) {
        const struct container_part *part = &c->parts[i];
        size_t whole = CONTAINER_HEADER + part->size + (part->size & 1);
        if (whole > room - at) {
            at = 0;
            break;
        }
        char header[CONTAINER_HEADER + 1], name[18];
        snprintf(name, sizeof(name), "%s/", part->name);
        snprintf(header, sizeof(header), "%-16.16s%-12d%-6d%-6d%-8s%-10zu`\n",
                 name, 0, 0, 0, "644", part->size);
        memcpy(copy + at, header, CONTAINER_HEADER);
        memcpy(copy + at + CONTAINER_HEADER, part->data, part->size);
        if (part->size & 1)
            copy[at + whole - 1] = '\n';
        at += whole;
    }
    if (at)
        memcpy(to, copy, at);
    free(copy);
    return at;
}

#endif
