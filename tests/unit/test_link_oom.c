/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that runs out: a real link, in which allocation n is refused, for
 * every n until the link succeeds. It must report that memory ran out, give
 * back all it took, and neither crash nor hand over half an image.
 *
 * The link is of loader/arena.c with what it needs from loader.a, and of
 * an object with all that the linker has a pass for (oom_everything.cc); once
 * to be entered, once for a file, and once into an object again. The program is
 * built with --wrap, so that every request to the arena passes through here;
 * blocks of the world are refused in a test of their own.
 */
#include "unit/oom.h"

static const char script[] =
    "ENTRY(arena_open)\n"
    "PHDRS { code PT_LOAD; data PT_LOAD; }\n"
    "SECTIONS {\n"
    "    . = 0xffffffff80000000;\n"
    "    .text : { first = .; *(.text .text.*) last = .; } :code\n"
    "    . = ALIGN(CONSTANT(MAXPAGESIZE));\n"
    "    .rodata : { *(SORT(.rodata*)) . = ALIGN(8); QUAD(first) } :data\n"
    "    .data : { *(.data*) } =0xcc\n"
    "    .tdata : { *(.tdata*) }\n"
    "    PROVIDE(unused = .);\n"
    "    ASSERT(last > first, \"no code\")\n"
    "}\n";

/* ---- The link ----------------------------------------------------------- */

struct files {
    char *bytes[3];
    size_t sizes[3];
    enum bootlink_output output; /* of the links of a test */
};

static const char *const paths[] = {OBJECT, ARCHIVE, EVERYTHING};

static int open_files(void **state)
{
    struct files *files = calloc(1, sizeof(*files));
    for (int i = 0; i < 3; i++)
        files->bytes[i] = read_whole(paths[i], &files->sizes[i]);
    *state = files;
    return 0;
}

static int close_files(void **state)
{
    struct files *files = *state;
    for (int i = 0; i < 3; i++)
        free(files->bytes[i]);
    free(files);
    return 0;
}

static bool link_once(struct test_world *w, const struct files *files,
                      struct bootlink_image *image)
{
    const struct bootlink_input inputs[] = {
        {BOOTLINK_FILE, SPAN("arena.o")},
        {BOOTLINK_FILE, SPAN("lib.a")},
        {BOOTLINK_FILE, SPAN("everything.o")},
    };
    const struct bootlink_request request = {
        .scripts = &bootlink_scripts,
        .extras = &bootlink_extras,
        .inputs = inputs,
        .input_count = 3,
        .output = files->output,
        .gc_sections = files->output != BOOTLINK_RELOCATABLE,
        .build_id = SPAN("01234567"),
        .eh_frame_hdr = true,
        .script_name = SPAN("oom.ld"),
        .script = {script, sizeof(script) - 1},
        .definitions = SPAN("defined = 5;"),
        .parameters = SPAN("loud list=1,2 names=one,two"),
        .needs_entry = true,
        .gc_keep_exported = true,
    };
    test_world_file(w, "arena.o", files->bytes[0], files->sizes[0]);
    test_world_file(w, "lib.a", files->bytes[1], files->sizes[1]);
    test_world_file(w, "everything.o", files->bytes[2], files->sizes[2]);
    return bootlink_link(&w->world, &request, image);
}

static bool link_with_a_refusal(const struct files *files, uint64_t of_arena,
                                uint64_t of_world)
{
    struct test_world *w = malloc(sizeof(*w));
    struct bootlink_image image;
    test_world_open(w);
    requests = 0;
    refuse_at = of_arena;
    w->fail_at = of_world;
    bool linked = link_once(w, files, &image);
    if (linked)
        bootlink_close(&image);
    else
        check_failure(w);
    test_world_close(w);
    free(w);
    return linked;
}

static void refuse_every_request(struct files *files,
                                 enum bootlink_output output)
{
    files->output = output;
    assert_true(link_with_a_refusal(files, 0, 0));
    uint64_t all = requests, n = 1;
    while (!link_with_a_refusal(files, n, 0))
        n++;
    assert_true(n > 100);
    assert_int_equal(n, all + 1);
}

static void every_request_of_an_image(void **state)
{
    refuse_every_request(*state, BOOTLINK_IN_MEMORY);
}

static void every_request_of_a_file(void **state)
{
    refuse_every_request(*state, BOOTLINK_IN_FILE);
}

static void every_request_of_an_object(void **state)
{
    refuse_every_request(*state, BOOTLINK_RELOCATABLE);
}

static void every_block_of_the_world(void **state)
{
    struct files *files = *state;
    uint64_t n = 1;
    files->output = BOOTLINK_IN_MEMORY;
    while (!link_with_a_refusal(files, 0, n))
        n++;
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_of_an_image),
        cmocka_unit_test(every_request_of_a_file),
        cmocka_unit_test(every_request_of_an_object),
        cmocka_unit_test(every_block_of_the_world),
    };
    return cmocka_run_group_tests(tests, open_files, close_files);
}
