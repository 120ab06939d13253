/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a folder given as kernel_path is on the command line.
 */
#include "unit/world.h"

#include <stdio.h>

#include "folder.h"

enum { MOST_NAMES = 1000 };

struct reading {
    struct test_world w;
    struct arena arena;
    struct folder_inputs inputs;
    char line[8 * MOST_NAMES]; /* the inputs as a command line */
    bool ok;
};

static void print_line(struct reading *r)
{
    size_t used = 0;
    r->line[0] = '\0';
    for (uint64_t i = 0; i < r->inputs.count; i++) {
        const struct bootlink_input *input = &r->inputs.inputs[i];
        const char *marker = input->kind == BOOTLINK_GROUP_START ? "(" : ")";
        span text =
            input->kind == BOOTLINK_FILE ? input->name : span_of(marker);
        used += snprintf(r->line + used, sizeof(r->line) - used, "%s%.*s",
                         used ? " " : "", SPAN_ARGS(text));
    }
}

/* `names` ends with NULL. */
static void read_folder(struct reading *r, const char *folder,
                        const char *const *names)
{
    span spans[MOST_NAMES];
    uint64_t count = 0;
    for (; names[count]; count++)
        spans[count] = span_of(names[count]);
    test_world_open(&r->w);
    r->arena = arena_open(&r->w.world, BOOTLINK_MEMORY_SCRATCH);
    r->inputs = (struct folder_inputs){0};
    r->ok = folder_append(&r->w.world, &r->arena, span_of(folder), spans, count,
                          &r->inputs);
    print_line(r);
}

static void done(struct reading *r)
{
    arena_close(&r->arena);
    test_world_close(&r->w);
}

static void gives(const char *folder, const char *const *names,
                  const char *line)
{
    struct reading r;
    read_folder(&r, folder, names);
    assert_true(r.ok);
    assert_string_equal(r.line, line);
    done(&r);
}

static void refuses(const char *const *names, const char *message)
{
    struct reading r;
    read_folder(&r, "kernel", names);
    assert_false(r.ok);
    assert_string_equal(r.w.text, message);
    done(&r);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void objects_come_by_name_then_archives_as_one_group(void **state)
{
    (void)state;
    gives("kernel", NAMES("z.a", "b.o", "libc.a", "a.o", "boot.obj"),
          "kernel/a.o kernel/b.o kernel/boot.obj ( kernel/libc.a kernel/z.a )");
}

static void names_are_ordered_by_their_bytes(void **state)
{
    (void)state;
    gives("k", NAMES("\xc3\xa4.o", "a.o", "Z.o", "a1.o", "a-.o", "10.o", "9.o"),
          "k/10.o k/9.o k/Z.o k/a-.o k/a.o k/a1.o k/\xc3\xa4.o");
}

static void without_archives_there_is_no_group(void **state)
{
    (void)state;
    gives("k", NAMES("a.o"), "k/a.o");
}

static void archives_alone_are_a_group(void **state)
{
    (void)state;
    gives("k", NAMES("B.LIB", "a.A"), "( k/B.LIB k/a.A )");
}

static void the_root_has_no_prefix(void **state)
{
    (void)state;
    gives("", NAMES("a.o", "c.a"), "a.o ( c.a )");
}

static void hidden_files_are_left_out(void **state)
{
    (void)state;
    gives("k", NAMES("._a.o", "a.o", ".DS_Store", ".a"), "k/a.o");
}

static void any_other_name_is_taken_for_an_object(void **state)
{
    (void)state;
    gives("k", NAMES("kernel", "a.ko", "lib.a.o"), "k/a.ko k/kernel k/lib.a.o");
}

static void inputs_are_appended_to_those_there(void **state)
{
    (void)state;
    struct reading r;
    span name = SPAN("b.o");
    test_world_open(&r.w);
    r.arena = arena_open(&r.w.world, BOOTLINK_MEMORY_SCRATCH);
    r.inputs = (struct folder_inputs){0};
    assert_true(folder_append_file(&r.arena, SPAN("z.o"), &r.inputs));
    assert_true(
        folder_append(&r.w.world, &r.arena, SPAN("k"), &name, 1, &r.inputs));
    print_line(&r);
    assert_string_equal(r.line, "z.o k/b.o");
    done(&r);
}

static void names_equal_but_for_case_are_refused(void **state)
{
    (void)state;
    refuses(NAMES("Net.o", "a.o", "nEt.O"),
            "kernel/: 'Net.o' and 'nEt.O' are equal but for case; rename one "
            "of them\n");
    refuses(NAMES("\xc3\x84.o", "b.o", "\xc3\xa4.o"),
            "kernel/: '\xc3\x84.o' and '\xc3\xa4.o' are equal but for case; "
            "rename one of them\n");
}

static void other_letters_that_differ_are_two_names(void **state)
{
    (void)state;
    gives("k", NAMES("\xc3\x97", "\xc3\xb7"), "k/\xc3\x97 k/\xc3\xb7");
    gives("k", NAMES("a_", "a\x7f"), "k/a_ k/a\x7f");
}

static void an_empty_folder_is_refused(void **state)
{
    (void)state;
    refuses(NAMES(".hidden"),
            "kernel/: there is nothing to link in this folder; put objects "
            "(.o) or archives (.a) into it\n");
    struct reading r;
    read_folder(&r, "kernel", (const char *const[]){NULL});
    assert_false(r.ok);
    done(&r);
}

/* Any order in gives the same order out. */
static void a_large_folder_is_sorted(void **state)
{
    (void)state;
    struct reading r;
    static char text[MOST_NAMES][8];
    const char *names[MOST_NAMES];
    for (unsigned i = 0; i < MOST_NAMES - 1; i++) {
        snprintf(text[i], sizeof(text[i]), "%03u.o", i * 7 % (MOST_NAMES - 1));
        names[i] = text[i];
    }
    names[MOST_NAMES - 1] = NULL;
    read_folder(&r, "", names);
    assert_true(r.ok);
    assert_int_equal(r.inputs.count, MOST_NAMES - 1);
    for (uint64_t i = 1; i < r.inputs.count; i++)
        assert_true(span_compare(r.inputs.inputs[i - 1].name,
                                 r.inputs.inputs[i].name) < 0);
    done(&r);
}

/* For modules: one list, archives where their names are. */
static void files_of_a_folder_are_listed_by_name(void **state)
{
    (void)state;
    struct test_world w;
    test_world_open(&w);
    struct arena arena = arena_open(&w.world, BOOTLINK_MEMORY_SCRATCH);
    const span names[] = {SPAN("b.ko"), SPAN(".hidden"), SPAN("c.a"),
                          SPAN("B2.ko"), SPAN("a.so")};
    const char *const expected[] = {"m/B2.ko", "m/a.so", "m/b.ko", "m/c.a"};
    uint64_t count = 5;
    span *paths;
    assert_true(
        folder_list(&w.world, &arena, SPAN("m"), names, &count, &paths));
    assert_int_equal(count, 4);
    for (uint64_t i = 0; i < count; i++)
        assert_true(span_is(paths[i], expected[i]));
    count = 0;
    assert_true(
        folder_list(&w.world, &arena, SPAN("m"), names, &count, &paths));
    const span twins[] = {SPAN("a.ko"), SPAN("A.ko")};
    count = 2;
    assert_false(
        folder_list(&w.world, &arena, SPAN("m"), twins, &count, &paths));
    assert_non_null(strstr(w.text, "equal but for case"));
    arena_close(&arena);
    test_world_close(&w);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    span names[MOST_NAMES];
    static char text[MOST_NAMES][8];
    bool ok = false;
    for (unsigned i = 0; i < MOST_NAMES; i++) {
        snprintf(text[i], sizeof(text[i]), "%u.o", i);
        names[i] = span_of(text[i]);
    }
    for (uint64_t n = 1; !ok; n++) {
        struct reading r;
        test_world_open(&r.w);
        r.w.fail_at = n;
        r.arena = arena_open(&r.w.world, BOOTLINK_MEMORY_SCRATCH);
        r.inputs = (struct folder_inputs){0};
        ok = folder_append(&r.w.world, &r.arena, SPAN("k"), names, MOST_NAMES,
                           &r.inputs);
        assert_int_equal(r.w.classes[BOOTLINK_NO_MEMORY], !ok);
        done(&r);
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_by_name_then_archives_as_one_group),
        cmocka_unit_test(names_are_ordered_by_their_bytes),
        cmocka_unit_test(without_archives_there_is_no_group),
        cmocka_unit_test(archives_alone_are_a_group),
        cmocka_unit_test(the_root_has_no_prefix),
        cmocka_unit_test(hidden_files_are_left_out),
        cmocka_unit_test(any_other_name_is_taken_for_an_object),
        cmocka_unit_test(inputs_are_appended_to_those_there),
        cmocka_unit_test(names_equal_but_for_case_are_refused),
        cmocka_unit_test(other_letters_that_differ_are_two_names),
        cmocka_unit_test(an_empty_folder_is_refused),
        cmocka_unit_test(a_large_folder_is_sorted),
        cmocka_unit_test(files_of_a_folder_are_listed_by_name),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
