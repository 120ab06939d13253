/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where there is room for a module: the lowest gap between what is loaded, so
 * that what one leaves another can take, and modules stay near each other and
 * the kernel. [psABI 3.5.1: calls reach 2 GiB]
 */
#include "runtime.h"

#define REACH (2ull << 30)
#define TOP   (0ull - (2ull << 20)) /* pointers above look like errors */

/* What the kernel says, or else what any code of these 2 GiB can reach. */
static void range_of(const struct bootlink_modules *modules, uint64_t *low,
                     uint64_t *high)
{
    *low = modules->kernel.low;
    *high = modules->kernel.high;
    if (*low || *high)
        return;
    *low = modules->first->low;
    *high = *low < TOP - REACH ? *low + REACH : TOP;
}

/* Ends are compared less 1: the last one may be 2^64, which is 0. (What lies
 * nowhere is [0, 0).) */
static bool fits(uint64_t at, uint64_t size, uint64_t end)
{
    return size - 1 <= end - 1 - at && at <= end - 1;
}

bool runtime_place(void *context, uint64_t size, uint64_t *base)
{
    const struct bootlink_modules *modules = context;
    uint64_t low, high;
    range_of(modules, &low, &high);
    uint64_t at = low;
    size = size ? size : 1; /* a module may be empty */
    for (const struct loaded *l = modules->lowest; l; l = l->next_above) {
        if (l->seen.high - 1 < at || l->seen.low - 1 >= high - 1)
            continue;
        if (l->seen.low > at && fits(at, size, l->seen.low))
            break;
        at = l->seen.high;
    }
    *base = at;
    if (at - low < high - low && fits(at, size, high))
        return true;
    return report_error(&modules->kernel.world, BOOTLINK_NO_MEMORY,
                        "no room for a module of 0x%llx bytes between 0x%llx "
                        "and 0x%llx; unload what is not needed",
                        (unsigned long long)size, (unsigned long long)low,
                        (unsigned long long)high);
}
