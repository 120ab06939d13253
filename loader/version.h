/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions of modules and of the kernel, as MODULE_VERSION and MODULE_REQUIRES
 * have them.
 */
#ifndef BOOTLINK_VERSION_OF_MODULE_H
#define BOOTLINK_VERSION_OF_MODULE_H

#include "base.h"

/* Negative, 0 or positive, as `a` is older than `b`, as old or newer. A version
 * is parts with dots between them, and the first part that differs decides: by
 * the number that it begins with, of any length, then by the bytes of the rest.
 * A part that is not there is 0. So
 *
 *     1.9 < 1.10 < 1.10b < 1.10.1    1.2 = 1.2.0 = 1.02
 */
int version_compare(span a, span b);

/* True if it begins with a number: others are older than all that do. */
bool version_is_sound(span version);

/* What is required of a module, or of the kernel, and what there is. */
struct version_need {
    span module, version; /* as MODULE_REQUIRES says; version may be empty */
    span owner;           /* "m/greet.ko", "the kernel"; empty: nobody is */
    span own_version;     /* empty: it does not say */
};

/* True if it is met. Else `why` is, in `buffer`:
 *
 *     requires greet 1.2, and m/greet.ko is 1.1; load a newer one
 */
bool version_is_met(const struct version_need *need, char *buffer, size_t size,
                    span *why);

#endif
