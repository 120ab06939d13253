/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What each of the mixed kernel's units is: a function, a variable of each
 * processor, an entry in a linker set, a call at start. In C and C++;
 * unit.inc is the same for NASM.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct unit {
    const char *name;
    uint32_t (*run)(uint32_t x);
};

/* Calls of run(), of all units: one common symbol. */
#ifndef __cplusplus
uint32_t run_count[4];
#else
extern uint32_t run_count[4];
#endif

/* Notes that something ran at start, and at which level. */
void note_start(unsigned level);

#ifdef __cplusplus
}
#endif

/* The linker set `units`: pointers, which __start_units and __stop_units
 * enclose. */
#define UNIT(variable)                                                         \
    __attribute__((section("units"),                                           \
                   used)) static const struct unit *const variable##_entry =   \
        &variable

/* A function to be called at start, before those of higher levels. */
#define INITCALL(level, function)                                              \
    __attribute__((section(".initcall" #level ".init"),                        \
                   used)) static void (*const function##_call)(void) =         \
        function

#define PER_CPU __attribute__((section(".data..percpu")))

/* The variables of a processor lie behind the base of its %gs: the section is
 * linked at 0, so that an address in it is an offset. */
#define read_per_cpu(variable)                                                 \
    __extension__({                                                            \
        uint32_t value;                                                        \
        __asm__ volatile("movl %%gs:%P1, %0"                                   \
                         : "=r"(value)                                         \
                         : "i"(&(variable)));                                  \
        value;                                                                 \
    })

#endif
