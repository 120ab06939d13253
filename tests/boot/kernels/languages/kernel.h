/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the kernel of the languages exports (kernel.c), and what modules in each
 * language do with it: the same.
 *
 * A module has the parameters count, whom and list, and constructors where its
 * language has them. Its init function reports their values, and the answer of
 * the module before it; its own answer is one more. When it ends, it says so.
 */
#ifndef LANGUAGES_H
#define LANGUAGES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Those that return nothing are in the namespace TEST. */
void report(const char *name, const char *whom, unsigned count, const int *list,
            uint32_t listed, int answer);
void say_line(const char *text);
int answer_of_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
