/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of the layout script's expressions, for those who compute them:
 * script_eval.c and script_operators.c.
 */
#ifndef BOOTLINK_EVAL_H
#define BOOTLINK_EVAL_H

#include "loader.h"

static inline struct value unknown(void)
{
    return (struct value){0};
}

static inline struct value number(uint64_t n)
{
    return (struct value){.is_known = true, .is_number = true, .number = n};
}

static inline struct value absolute(uint64_t address)
{
    return (struct value){.is_known = true, .number = address};
}

static inline struct value relative(struct output_section *section,
                                    uint64_t offset)
{
    return (struct value){
        .is_known = true, .section = section, .number = offset};
}

static inline struct value make_absolute(struct value v)
{
    v.number = value_address(v);
    v.section = NULL;
    v.is_number = false;
    return v;
}

/* A literal: a number inside an output section, absolute elsewhere; after
 * LD_FEATURE("SANE_EXPR") a number anywhere. */
static inline struct value literal(const struct eval *e, uint64_t n)
{
    bool is_number = e->section || e->link->script.has_sane_numbers;
    return is_number ? number(n) : absolute(n);
}

/* A place in the output as the location counter gives it: relative to the
 * output section that the expression stands in. */
struct value eval_position(struct eval *e, uint64_t address);

/* Rounds up to any multiple, as GNU ld does; 0 and 1 change nothing. */
uint64_t eval_round_up(uint64_t n, uint64_t multiple);

/* An error if all is laid out; before that the value may still become known. */
struct value eval_not_known(struct eval *e, const struct expr *expr,
                            const char *what);

/* Whatever is no name, no literal and no choice. */
struct value script_compute(struct eval *e, const struct expr *expr);

#endif
