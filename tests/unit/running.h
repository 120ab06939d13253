/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel for each test of modules in a running kernel: this process
 * (process.h), with a function that modules call to note what they do. The
 * sources of the modules are in runtime/.
 */
#ifndef BOOTLINK_TEST_RUNNING_H
#define BOOTLINK_TEST_RUNNING_H

#include "unit/process.h"

/* ---- What the kernel offers ---------------------------------------------- */

static char notes[1024]; /* what modules noted, each with a blank behind it */

static inline void note(const char *text)
{
    size_t used = strlen(notes);
    assert_true(used + strlen(text) + 2 < sizeof(notes));
    strcpy(notes + used, text);
    strcat(notes, ";");
}

static inline void noted(const char *expected)
{
    assert_string_equal(notes, expected);
    notes[0] = '\0';
}

/* ---- A kernel for each test -----------------------------------------------
 */

struct running {
    struct process p;
    struct bootlink_modules *modules;
};

static const char *const names[] = {
    "hello", "user",  "refuses",    "stays",    "wrong",
    "clash", "needs", "needs_more", "indirect", "shared"};

static inline int open_kernel(void **state)
{
    struct running *r = malloc(sizeof(*r));
    char name[64], path[256];
    process_open(&r->p);
    process_export(&r->p, "note", (uint64_t)(uintptr_t)note);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(name, sizeof(name), "lib/%s.ko", names[i]);
        snprintf(path, sizeof(path), "%s/%s.ko", MODULES, names[i]);
        process_file(&r->p, strdup(name), path);
    }
    r->modules = bootlink_modules_open(&r->p.kernel);
    assert_non_null(r->modules);
    notes[0] = '\0';
    *state = r;
    return 0;
}

static inline int close_kernel(void **state)
{
    struct running *r = *state;
    if (r->modules)
        bootlink_modules_close(r->modules);
    for (size_t i = 0; i < r->p.scratch.file_count; i++)
        free((char *)(uintptr_t)r->p.scratch.files[i].name.data);
    process_close(&r->p);
    free(r);
    return 0;
}

static inline struct bootlink_loaded *load(struct running *r, const char *path,
                                           const char *parameters)
{
    return bootlink_load(r->modules, span_of(path), span_of(parameters));
}

static inline struct bootlink_loaded *loads(struct running *r, const char *path)
{
    struct bootlink_loaded *loaded = load(r, path, "");
    assert_string_equal(r->p.scratch.text, "");
    assert_non_null(loaded);
    return loaded;
}

static inline void unloads(struct running *r, struct bootlink_loaded *loaded)
{
    assert_true(bootlink_unload(r->modules, loaded));
    assert_string_equal(r->p.scratch.text, "");
}

static inline int call(const struct running *r,
                       const struct bootlink_loaded *loaded, const char *name)
{
    uint64_t f = bootlink_symbol(r->modules, loaded, span_of(name));
    assert_true(f != 0);
    return ((int (*)(void))(uintptr_t)f)();
}

/* What is there before a load, and must be there after one that is taken back.
 */
struct account {
    size_t scratch, images, mapped, modules;
};

static inline struct account account_of(const struct running *r)
{
    struct account a = {
        .scratch = test_world_blocks(&r->p.scratch, BOOTLINK_MEMORY_SCRATCH),
        .images = r->p.images,
        .mapped = process_mapped(&r->p),
    };
    const struct bootlink_loaded *l = bootlink_loaded_first(r->modules);
    for (; l; l = l->next)
        a.modules++;
    return a;
}

static inline void same_account(const struct running *r, struct account before)
{
    struct account now = account_of(r);
    assert_memory_equal(&now, &before, sizeof(now));
}

static inline void fails(struct running *r, const char *path,
                         const char *message)
{
    struct account before = account_of(r);
    assert_null(load(r, path, ""));
    assert_string_equal(r->p.scratch.text, message);
    same_account(r, before);
    test_world_clear(&r->p.scratch);
}

#define running_test(name)                                                     \
    cmocka_unit_test_setup_teardown(name, open_kernel, close_kernel)

#endif
