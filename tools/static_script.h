/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layouts of a static program and of an object, which ld.bootlink uses
 * without -T.
 */
#ifndef BOOTLINK_STATIC_SCRIPT_H
#define BOOTLINK_STATIC_SCRIPT_H

#include "base.h"

struct static_layout {
    bool separates_code;   /* -z separate-code */
    bool has_data_segment; /* not -N: data begin on a page of their own */
    bool binds_now;        /* -z now: all of the GOT is protected */
};

/* loader/static.ld; without data if there is no memory. */
span static_script(struct arena *arena, struct static_layout layout);
span relocatable_script(void); /* loader/relocatable.ld, for -r */

/* What --version says. Scripts that ask a linker who it is (Linux's kernel
 * build, configure) look at the first two words and compare the last: the GNU
 * ld whose behaviour we follow. */
#define LD_VERSION_LINE "GNU ld compatible (Bootlink " BOOTLINK_VERSION ") 2.40"

/* Shows one as GNU ld --verbose shows its own. */
void script_print(span script);

#endif
