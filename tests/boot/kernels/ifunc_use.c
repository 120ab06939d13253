/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls an indirect function and takes its address, by whatever relocations the
 * compiler's flags make of that. -DNAME=...
 */
#include "runtime.h"

static int call(void)
{
    return by_call() + 10;
}

static body *address(void)
{
    return by_call;
}

const struct uses JOIN(uses, NAME) = {call, address};
