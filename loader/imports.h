/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Why a module cannot use a name, in words.
 */
#ifndef BOOTLINK_IMPORTS_H
#define BOOTLINK_IMPORTS_H

#include "base.h"

struct import_trouble {
    span name;
    span owner;      /* "greet.ko", "the kernel (print.o)"; empty: nobody */
    span name_space; /* that the owner exports it in; empty: it does not */
    bool is_hidden;  /* the owner exports all that is not hidden */

    /* of nobody's: the most similar name that is exported; see
     * import_compare */
    span nearest, nearest_owner;
    size_t distance;
};

/* Compares the name with one that is exported, and keeps that if it is the
 * nearest so far. */
void import_compare(struct import_trouble *trouble, span name, span owner);

/* What comes behind "undefined reference to 'name'":
 *
 *     , which is in namespace NET of greet.ko; add MODULE_IMPORT_NS("NET")
 *     , which is a global of greet.ko, but not exported; add
 *         EXPORT_SYMBOL(name) there
 *     , which is hidden in greet.ko; give it default visibility there
 *     , which is defined nowhere; did you mean 'greet' of greet.ko?
 */
span import_explain(const struct import_trouble *trouble, char *buffer,
                    size_t size);

#endif
