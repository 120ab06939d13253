/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Finds thread-local variables, those of others and one of its own, by the
 * model that the compiler's flags ask for. -DNAME=...
 */
#include "runtime.h"

#define TEXT2(name) #name
#define TEXT(name)  TEXT2(name)

static _Thread_local int own = 7;

static int *find_set(void)
{
    return &set;
}

static int *find_zero(void)
{
    return &zero;
}

static int *find_own(void)
{
    return &own;
}

static char *find_aligned(void)
{
    return aligned;
}

const struct model JOIN(model, NAME) = {TEXT(NAME), find_set, find_zero,
                                        find_own, find_aligned};
