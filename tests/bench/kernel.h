/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the two files of generate_kernel share: the kernel as it is drawn by
 * lot, and the object that is being made.
 */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include "draw.h"
#include "object.h"

/* TABLE is of pointers and constant, ZERO in .bss. */
enum kind { FUNCTION, TABLE, CONSTANT, VARIABLE, ZERO, COMMON };

struct symbol {
    enum kind kind;
    bool global, weak;
    unsigned seed; /* of its name */
    unsigned subsystem;
    /* Where it is, once its object is laid out. */
    unsigned section;
    uint64_t value, size;
};

/* One object's share of everything. */
struct share {
    unsigned first, count; /* symbols */
    unsigned relocations;
    uint64_t bytes;
};

struct kernel {
    const char *folder; /* where its objects go */
    unsigned objects, symbol_count, relocations;
    uint64_t bytes;
    struct symbol *symbols;
    struct share *shares;
    unsigned *functions, *data; /* those that others can refer to */
    unsigned function_count, data_count;
    unsigned *handles;   /* of foreign symbols, in the object being made */
    unsigned *handle_of; /* which object that is */
    uint64_t state;      /* of what is drawn */
};

/* An object being made. */
struct unit {
    struct kernel *kernel;
    struct object *object;
    unsigned number, subsystem;
    bool own_sections; /* -ffunction-sections -fdata-sections */
    unsigned text, rodata, strings, data, bss; /* sections of it */
    unsigned section_count;                    /* how many it has so far */
    unsigned long relocations;
};

/* kernel_fill.c */
unsigned below(struct kernel *kernel, unsigned limit);
void name_symbol(const struct kernel *kernel, unsigned i, char name[NAME_SIZE]);
void relocate(struct unit *unit, unsigned section, uint64_t offset,
              uint32_t type, unsigned symbol, int64_t addend);
void add_strings(struct unit *unit, uint64_t size);
void fill(struct unit *unit, const struct share *share,
          const struct symbol *symbol, unsigned count);

#endif
