/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that runs out while a shared object and its library are found and
 * loaded: request n is refused, for every n until all succeed. It must be said
 * that memory ran out, everything is given back, and nothing crashes.
 */
#include "unit/oom.h"

#include "libraries.h"
#include "loader.h"

#define BASE 0xffffffff80000000ull

struct files {
    char *bytes[2];
    size_t sizes[2];
    bool is_lazy;
};

static const char *const paths[] = {LIBRARY, USER};
static const span names[] = {{"lib.so", 6}, {"m.so", 4}};

static int open_files(void **state)
{
    struct files *files = calloc(1, sizeof(*files));
    for (int i = 0; i < 2; i++)
        files->bytes[i] = read_whole(paths[i], &files->sizes[i]);
    *state = files;
    return 0;
}

static int close_files(void **state)
{
    struct files *files = *state;
    for (int i = 0; i < 2; i++)
        free(files->bytes[i]);
    free(files);
    return 0;
}

static const struct bootlink_export *find_import(void *imports, span name)
{
    static const struct bootlink_export export = {.address = BASE};
    (void)imports;
    bool is_kernels =
        span_is(name, "of_kernel") || span_is(name, "bootlink_lazy_entry");
    return is_kernels ? &export : NULL;
}

static bool find_library(struct test_world *w)
{
    const struct system_module_request module = {.path = names[1]};
    const struct system_request request = {.modules = &module,
                                           .module_count = 1};
    struct system_request complete;
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    bool found = libraries_add(&w->world, &arena, &request, &complete) &&
                 complete.module_count == 2;
    arena_close(&arena);
    return found;
}

static bool load(struct test_world *w, const struct files *files, int number,
                 const struct bootlink_image *library,
                 struct bootlink_image *image)
{
    const struct bootlink_input input = {BOOTLINK_FILE, names[number]};
    const struct bootlink_request request = {
        .inputs = &input,
        .input_count = 1,
        .shared = &bootlink_shared,
        .libraries = &library,
        .library_count = library != NULL,
        .binds_lazily = files->is_lazy,
        .module_base = BASE + number * 0x100000,
        .load_anywhere = true,
        .find_import = find_import,
        .parameters = number ? SPAN("count=3 whom=you") : SPAN(""),
    };
    return bootlink_link(&w->world, &request, image);
}

static void unload(struct bootlink_image *image)
{
    image_release(image->link);
    bootlink_close(image);
}

static bool load_both(struct test_world *w, const struct files *files)
{
    struct bootlink_image library, user;
    if (!find_library(w) || !load(w, files, 0, NULL, &library))
        return false;
    bool loaded = load(w, files, 1, &library, &user);
    if (loaded)
        unload(&user);
    unload(&library);
    return loaded;
}

static bool load_with_a_refusal(const struct files *files, uint64_t of_arena,
                                uint64_t of_world)
{
    struct test_world *w = malloc(sizeof(*w));
    test_world_open(w);
    for (int i = 0; i < 2; i++)
        test_world_file(w, names[i].data, files->bytes[i], files->sizes[i]);
    requests = 0;
    refuse_at = of_arena;
    w->fail_at = of_world;
    bool loaded = load_both(w, files);
    if (!loaded && !of_arena && !of_world)
        fail_msg("%s", w->text);
    if (!loaded)
        check_failure(w);
    assert_int_equal(w->block_count, 0);
    test_world_close(w);
    free(w);
    return loaded;
}

static void refuse_every_request(struct files *files, bool is_lazy)
{
    files->is_lazy = is_lazy;
    assert_true(load_with_a_refusal(files, 0, 0));
    uint64_t all = requests, n = 1;
    while (n <= all)
        assert_false(load_with_a_refusal(files, n++, 0));
    assert_true(n > 50);
}

static void every_request(void **state)
{
    refuse_every_request(*state, false);
}

static void every_request_of_lazy_binding(void **state)
{
    refuse_every_request(*state, true);
}

static void every_block_of_the_world(void **state)
{
    uint64_t n = 1;
    while (!load_with_a_refusal(*state, 0, n))
        n++;
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request),
        cmocka_unit_test(every_request_of_lazy_binding),
        cmocka_unit_test(every_block_of_the_world),
    };
    return cmocka_run_group_tests(tests, open_files, close_files);
}
