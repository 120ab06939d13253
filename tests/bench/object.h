/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes relocatable objects for x86-64, as many and as large as the bench
 * needs, without an assembler. What is given is taken: nothing is checked,
 * since both sides are ours. [gABI: Object Files]
 */
#ifndef BENCH_OBJECT_H
#define BENCH_OBJECT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;

struct object *object_new(void);

/* Every section gets a symbol of its own, of type STT_SECTION, when it is first
 * asked for. */
unsigned object_section(struct object *object, const char *name, uint32_t type,
                        uint64_t flags, uint64_t align, uint64_t entry_size);
unsigned object_section_symbol(struct object *object, unsigned section);

/* A member of the group whose signature is that symbol; `comdat` groups only.
 */
unsigned object_group(struct object *object, unsigned signature);
void object_join(struct object *object, unsigned group, unsigned section);

/* Aligns the section's end, adds `size` bytes and returns where they are; they
 * are zero until written through object_bytes(). */
uint64_t object_add(struct object *object, unsigned section, uint64_t size,
                    uint64_t align);
uint8_t *object_bytes(struct object *object, unsigned section);
uint64_t object_size(const struct object *object, unsigned section);

/* `info` is binding and type. The value returned stands for the symbol in
 * relocations; locals and globals may be added in any order. */
unsigned object_symbol(struct object *object, const char *name, uint8_t info,
                       unsigned section, uint64_t value, uint64_t size);
void object_relocate(struct object *object, unsigned section, uint64_t offset,
                     uint32_t type, unsigned symbol, int64_t addend);

/* Writes the file and frees the object. */
bool object_write(struct object *object, const char *path);

#endif
