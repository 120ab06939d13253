/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of the runtime kernel have in common (runtime.c).
 */
#ifndef RUNTIME_H
#define RUNTIME_H

#define JOIN2(a, b) a##_##b
#define JOIN(a, b)  JOIN2(a, b)

#define HIDDEN __attribute__((visibility("hidden")))

/* ---- ifunc.c: indirect functions ---------------------------------------- */

typedef int body(void);

extern HIDDEN int has_fast; /* what the resolvers go by */
body by_call;
body by_pointer HIDDEN, by_got HIDDEN;
body *local_function(void);

extern body *pointer, *const constant;

/* ---- ifunc_use.c: the same from code of other kinds --------------------- */

struct uses {
    body *call;             /* calls by_call() */
    body *(*address)(void); /* ... and takes its address */
};
extern const struct uses uses_absolute, uses_relative, uses_table;

/* ---- tls.c: a thread's variables ---------------------------------------- */

extern _Thread_local int set, zero;
extern _Thread_local char aligned[64];

/* ---- tls_use.c: the same by each TLS model ------------------------------ */

struct model {
    const char *name;
    int *(*set)(void), *(*zero)(void), *(*own)(void); /* own: of that file */
    char *(*aligned)(void);
};
extern const struct model model_exec, model_initial, model_dynamic, model_local,
    model_descriptor;

#endif
