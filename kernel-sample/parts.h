/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What parts.c defines for the checks of link.c to find. Two objects, so that
 * only the linker can bring both together.
 */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- .data and .rodata with pointers in them ---------------------------- */

struct node {
    struct node *next;
    int value;
};

extern struct node *first_node;      /* three nodes: 1, 2, 3 */
extern int numbers[8];               /* 0, 10 ... 70 */
extern int *middle_number;           /* &numbers[4] */
extern int (*functions[3])(int);     /* n + 1, n * 2, n * n */
extern const char *const strings[2]; /* "relocated", "twice" */

/* ---- a weak definition and a strong one --------------------------------- */

/* link.c has a weak one that returns "weak"; parts.c the strong one. */
const char *which_definition(void);

/* ---- COMMON: declared in both objects, defined in neither --------------- */

#ifdef BREAK_COMMON
#define COMMON static
#else
#define COMMON __attribute__((common))
#endif
#define COMMON_ALIGN 1024
COMMON unsigned char common_bytes[3000] __attribute__((aligned(COMMON_ALIGN)));

/* The address of common_bytes as parts.c sees it. */
unsigned char *common_of_parts(void);

/* ---- constructors ------------------------------------------------------- */

/* The letters of parts.c's constructors in the order in which they ran. */
extern char constructor_order[8];

/* ---- a COMDAT group in each object that includes this ------------------- */

#ifdef BREAK_COMDAT
#define ONCE ".pushsection .rodata.once,\"a\",@progbits\n"
#else
#define ONCE ".pushsection .rodata.once,\"aG\",@progbits,once,comdat\n"
#endif
__asm__(ONCE "    .weak   once\n"
             "    .balign 8\n"
             "once:\n"
             "    .quad   0x0a11c0b1e50f0cee\n"
             "    .popsection\n");
extern const uint64_t once;

/* The address of `once` as parts.c sees it. */
const uint64_t *once_of_parts(void);

#endif
