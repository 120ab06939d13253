/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a boot links: the order of modules, what they see of each other, where
 * they lie, and the line that does it again.
 */
#include "unit/object.h"

#include "system.h"

enum { MOST = 4, MIB2 = 2 << 20 };

#define VMA 0xffffffff80000000ull

struct setup {
    struct test_world w;
    struct test_object kernel, modules[MOST];
    struct bootlink_input inputs[1];
    struct system_module_request requests[MOST];
    struct system_request request;
    struct system system;
};

static const char *const paths[MOST] = {"m/a.ko", "m/b.ko", "m/c.ko", "m/d.ko"};

/* A kernel with _start and printk, and `count` empty modules. */
static void open_setup(struct setup *s, unsigned count)
{
    memset(s, 0, sizeof(*s));
    test_world_open(&s->w);
    object_open(&s->kernel);
    object_define(&s->kernel, "_start", 0);
    object_define(&s->kernel, "printk", 16);
    s->inputs[0] = (struct bootlink_input){BOOTLINK_FILE, SPAN("kernel.o")};
    for (unsigned i = 0; i < count; i++) {
        object_open(&s->modules[i]);
        s->requests[i].path = span_of(paths[i]);
    }
    s->request = (struct system_request){.kernel = s->inputs,
                                         .kernel_count = 1,
                                         .modules = s->requests,
                                         .module_count = count};
}

static bool link_setup(struct setup *s)
{
    span bytes = object_bytes(&s->kernel);
    test_world_file(&s->w, "kernel.o", bytes.data, bytes.size);
    for (uint64_t i = 0; i < s->request.module_count; i++) {
        bytes = object_bytes(&s->modules[i]);
        test_world_file(&s->w, paths[i], bytes.data, bytes.size);
    }
    return system_link(&s->w.world, &s->request, &s->system);
}

static void links(struct setup *s)
{
    if (!link_setup(s))
        fail_msg("%s", s->w.text);
}

static void refuses(struct setup *s, const char *message)
{
    assert_false(link_setup(s));
    if (!strstr(s->w.text, message))
        fail_msg("expected '%s' in:\n%s", message, s->w.text);
    test_world_close(&s->w);
}

static void done(struct setup *s)
{
    system_close(&s->system);
    test_world_close(&s->w);
}

static void is_text(span text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

/* The first pointer in an image's .data. */
static uint64_t first_pointer(const struct bootlink_image *image)
{
    for (size_t i = 0; i < image->section_count; i++)
        if (span_equal(image->sections[i].name, SPAN(".data")))
            return read64(image->sections[i].data);
    fail_msg("no .data");
    return 0;
}

/* ---- Order -------------------------------------------------------------- */

static void modules_keep_the_order_of_the_request(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 3);
    links(&s);
    assert_int_equal(s.system.module_count, 3);
    is_text(s.system.modules[0].name, "a");
    is_text(s.system.modules[1].name, "b");
    is_text(s.system.modules[2].name, "c");
    done(&s);
}

/* a needs b, b needs c. */
static void a_module_comes_behind_what_it_needs(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 3);
    object_refer(&s.modules[0], object_mention(&s.modules[0], "of_b"));
    object_export(&s.modules[1], object_define(&s.modules[1], "of_b", 8));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "of_c"));
    object_export(&s.modules[2], object_define(&s.modules[2], "of_c", 24));
    links(&s);
    is_text(s.system.modules[0].name, "c");
    is_text(s.system.modules[1].name, "b");
    is_text(s.system.modules[2].name, "a");
    assert_int_equal(first_pointer(&s.system.modules[1].image),
                     s.system.modules[0].image.low + 24);
    assert_int_equal(first_pointer(&s.system.modules[2].image),
                     s.system.modules[1].image.low + 8);
    done(&s);
}

static void modules_that_need_each_other_are_refused(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 3);
    object_refer(&s.modules[1], object_mention(&s.modules[1], "y"));
    object_export(&s.modules[1], object_define(&s.modules[1], "x", 0));
    object_refer(&s.modules[2], object_mention(&s.modules[2], "x"));
    object_export(&s.modules[2], object_define(&s.modules[2], "y", 0));
    refuses(&s, "modules need each other, so none of them can be started "
                "first; move what they share into one of them, or write "
                "`module_cycles: group`:\n"
                "    m/b.ko needs 'y' of m/c.ko\n"
                "    m/c.ko needs 'x' of m/b.ko");
}

/* ---- What modules see --------------------------------------------------- */

static void a_kernel_that_marks_nothing_exports_all(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    object_refer(&s.modules[0], object_mention(&s.modules[0], "printk"));
    links(&s);
    assert_int_equal(first_pointer(&s.system.modules[0].image), VMA + 16);
    done(&s);
}

static void a_kernel_that_marks_something_exports_no_more(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    object_export(&s.kernel, object_define(&s.kernel, "other", 32));
    object_refer(&s.modules[0], object_mention(&s.modules[0], "printk"));
    refuses(&s, "m/a.ko:(.data+0x0): undefined reference to 'printk', which is "
                "a global of the kernel (kernel.o), but not exported; add "
                "EXPORT_SYMBOL(printk) there\n");
}

static void a_module_sees_no_private_name_of_another(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_define(&s.modules[0], "secret", 0);
    object_export(&s.modules[0], object_define(&s.modules[0], "open", 0));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "secret"));
    refuses(&s, "m/b.ko:(.data+0x0): undefined reference to 'secret', which is "
                "a global of m/a.ko, but not exported; add "
                "EXPORT_SYMBOL(secret) there\n");
}

static void a_name_that_is_nearly_right_is_named(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_export(&s.modules[0], object_define(&s.modules[0], "greet", 0));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "gret"));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "prantk"));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "unheard_of"));
    refuses(&s, "m/b.ko:(.data+0x0): undefined reference to 'gret', which is "
                "defined nowhere; did you mean 'greet' of m/a.ko?\n"
                "m/b.ko:(.data+0x8): undefined reference to 'prantk', which is "
                "defined nowhere; did you mean 'printk' of the kernel?\n"
                "m/b.ko:(.data+0x10): undefined reference to 'unheard_of', "
                "which is defined nowhere; export it from the kernel or from a "
                "module\n");
}

/* Both are marked: nobody need use it. */
static void two_modules_cannot_export_one_name(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_export(&s.modules[0], object_define(&s.modules[0], "x", 0));
    object_export(&s.modules[1], object_define(&s.modules[1], "x", 8));
    refuses(&s, "m/b.ko: exports 'x', and so does m/a.ko; rename it in one "
                "(if nobody else is to use it: make it static), or leave this "
                "module out");
}

static void a_module_cannot_export_what_the_kernel_does(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    object_export(&s.kernel, object_define(&s.kernel, "x", 32));
    object_export(&s.modules[0], object_define(&s.modules[0], "x", 0));
    refuses(&s, "m/a.ko: exports 'x', and so does the kernel (kernel.o)");
}

/* Here only the module marks it. */
static void what_the_kernel_has_and_a_module_is_ambiguous(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_refer(&s.modules[0], object_mention(&s.modules[0], "printk"));
    object_export(&s.modules[1], object_define(&s.modules[1], "printk", 0));
    refuses(&s, "m/b.ko: exports 'printk', and so does the kernel (kernel.o)");
}

/* Helpers that were not made static. */
static void what_is_not_marked_may_be_there_twice(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_define(&s.modules[0], "helper", 0);
    object_define(&s.modules[1], "helper", 0);
    object_define(&s.modules[1], "printk", 8);
    links(&s);
    done(&s);
}

static void what_is_not_marked_is_ambiguous_to_a_third(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 3);
    object_define(&s.modules[0], "helper", 0);
    object_define(&s.modules[1], "helper", 0);
    object_refer(&s.modules[2], object_mention(&s.modules[2], "helper"));
    refuses(&s, "m/b.ko: exports 'helper', and so does m/a.ko");
    assert_int_equal(s.w.errors, 1);
}

static void errors_of_independent_modules_are_all_reported(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 3);
    object_refer(&s.modules[0], object_mention(&s.modules[0], "lost"));
    object_export(&s.modules[0], object_define(&s.modules[0], "of_a", 0));
    object_refer(&s.modules[1], object_mention(&s.modules[1], "of_a"));
    object_refer(&s.modules[2], object_mention(&s.modules[2], "gone"));
    refuses(&s, "undefined reference to 'gone'");
    assert_non_null(strstr(s.w.text, "undefined reference to 'lost'"));
    assert_null(strstr(s.w.text, "'of_a'"));
}

static void a_missing_module_is_named(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    s.requests[0].path = SPAN("m/none.ko");
    refuses(&s, "m/none.ko");
}

/* ---- Where they lie ----------------------------------------------------- */

static void modules_lie_behind_the_kernel(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    links(&s);
    const struct system *system = &s.system;
    assert_int_equal(system->kernel.low, VMA);
    assert_int_equal(system->modules[0].image.low, VMA + MIB2);
    assert_int_equal(system->modules[1].image.low,
                     system->modules[0].image.high);
    done(&s);
}

/* The kernel leaves no room for one. */
static void modules_stay_within_two_gib(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    s.request.script_name = SPAN("my.ld");
    s.request.script = SPAN("SECTIONS { . = 0x100000; .text : { *(.text) } "
                            ".data : { *(.data) } "
                            ". = 0x80200000 - 0x1000; "
                            ".end : { BYTE(1) } }");
    refuses(&s, "m/a.ko: does not fit into the 2 GiB that begin with the "
                "kernel (0x100000)");
}

static void a_slide_moves_everything(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 1);
    s.request.has_slide = true;
    s.request.slide = 5 * MIB2;
    links(&s);
    assert_int_equal(s.system.kernel.low, VMA + 5 * MIB2);
    assert_int_equal(s.system.kernel.entry, VMA + 5 * MIB2);
    assert_int_equal(s.system.kernel.slide, 5 * MIB2);
    assert_true(s.system.kernel.slide_used);
    assert_int_equal(s.w.notes, 0);
    assert_int_equal(s.system.modules[0].image.low, VMA + 6 * MIB2);
    done(&s);
}

static void a_script_without_a_slide_is_noted(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 0);
    s.request.script_name = SPAN("my.ld");
    s.request.script = SPAN("SECTIONS { . = 0xffffffff80000000; "
                            ".text : { *(.text) } .data : { *(.data) } }");
    s.request.has_slide = true;
    links(&s);
    assert_non_null(strstr(s.w.text, "my.ld: does not use bootlink_slide"));
    assert_int_equal(s.system.kernel.low, VMA);
    done(&s);
}

static void a_slide_leaves_room_for_the_image(void **state)
{
    (void)state;
    assert_int_equal(system_slide(0), 0);
    assert_int_equal(system_slide(1), MIB2);
    assert_int_equal(system_slide(UINT64_MAX) % MIB2, 0);
    assert_true(system_slide(511) < 1 << 30);
    assert_int_equal(system_slide(512), 0);
}

/* ---- Names and the line ------------------------------------------------- */

static void a_name_is_the_file_without_its_ending(void **state)
{
    (void)state;
    is_text(system_module_name(SPAN("modules/hello.ko")), "hello");
    is_text(system_module_name(SPAN("a.b/net.1.o")), "net.1");
    is_text(system_module_name(SPAN("plain")), "plain");
    is_text(system_module_name(SPAN("d/.hidden")), ".hidden");
    is_text(system_module_name(SPAN("")), "");
}

static void the_line_names_all_that_the_link_needs(void **state)
{
    (void)state;
    struct setup s;
    char expected[512];
    open_setup(&s, 2);
    /* b is linked first, and still stands behind a in the line. */
    object_refer(&s.modules[0], object_mention(&s.modules[0], "of_b"));
    object_export(&s.modules[1], object_define(&s.modules[1], "of_b", 8));
    s.requests[1].parameters = SPAN("greeting=it's me");
    s.request.command_line = SPAN("verbose a.b=c");
    s.request.has_slide = true;
    s.request.slide = MIB2;
    s.request.load_anywhere = true;
    links(&s);
    text_print(
        expected, sizeof(expected),
        "bootlink link --defsym bootlink_slide=0x200000 --phys-any "
        "--phys 0x%llx --cmdline 'verbose a.b=c' kernel.o --module m/a.ko "
        "--phys 0x%llx --module "
        "m/b.ko --phys 0x%llx --cmdline 'greeting=it'\\''s me'",
        (unsigned long long)s.system.kernel.segments[0].physical,
        (unsigned long long)s.system.modules[1].image.segments[0].physical,
        (unsigned long long)s.system.modules[0].image.segments[0].physical);
    is_text(s.system.command, expected);
    is_text(s.system.modules[1].parameters, "b=c");
    done(&s);
}

static void a_module_among_the_kernels_files_is_noted(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 0);
    object_init(&s.kernel, object_define(&s.kernel, "start", 8));
    links(&s);
    assert_non_null(strstr(s.w.text, "kernel.o: has a module_init, but is one "
                                     "of the kernel's own files, which nobody "
                                     "starts; name it in module_path"));
    done(&s);
}

static void groups_and_scripts_are_in_the_line(void **state)
{
    (void)state;
    struct setup s;
    struct bootlink_input inputs[] = {
        {BOOTLINK_GROUP_START, {NULL, 0}},
        {BOOTLINK_FILE, SPAN("kernel.o")},
        {BOOTLINK_GROUP_END, {NULL, 0}},
    };
    open_setup(&s, 0);
    s.request.kernel = inputs;
    s.request.kernel_count = 3;
    s.request.script_name = SPAN("my layout.ld");
    s.request.script = SPAN("SECTIONS { . = 0xffffffff80000000; "
                            ".text : { *(.text) } .data : { *(.data) } }");
    links(&s);
    assert_true(span_starts(s.system.command,
                            SPAN("bootlink link --script 'my layout.ld' "
                                 "--phys 0x")));
    assert_true(span_ends(s.system.command,
                          SPAN(" --start-group kernel.o --end-group")));
    done(&s);
}

/* ---- What is left out ---------------------------------------------------- */

/* It fails when it has its memory: its reference is found by relocating it. */
static void what_is_left_out_keeps_no_memory(void **state)
{
    (void)state;
    struct setup s;
    open_setup(&s, 2);
    object_refer(&s.modules[0], object_mention(&s.modules[0], "lost"));
    s.requests[0].is_optional = true;
    links(&s);
    assert_int_equal(s.system.module_count, 1);
    assert_int_equal(s.system.left_out_count, 1);
    is_text(s.system.left_out[0].name, "a");
    assert_int_equal(test_world_blocks(&s.w, BOOTLINK_MEMORY_IMAGE), 2);
    assert_int_equal(s.system.modules[0].image.low, VMA + MIB2);
    assert_int_equal(s.w.errors, 0);
    assert_int_equal(s.w.warnings, 2);
    done(&s);
}

/* a and b need each other, c needs a. */
static void open_ring(struct setup *s)
{
    open_setup(s, 3);
    object_refer(&s->modules[0], object_mention(&s->modules[0], "of_b"));
    object_export(&s->modules[0], object_define(&s->modules[0], "of_a", 8));
    object_refer(&s->modules[1], object_mention(&s->modules[1], "of_a"));
    object_export(&s->modules[1], object_define(&s->modules[1], "of_b", 8));
    object_refer(&s->modules[2], object_mention(&s->modules[2], "of_a"));
    s->request.groups_modules = true;
}

static void a_group_keeps_the_memory_of_one_link(void **state)
{
    (void)state;
    struct setup s;
    open_ring(&s);
    links(&s);
    const struct system_module *m = s.system.modules;
    assert_int_equal(s.system.module_count, 3);
    assert_int_equal(test_world_blocks(&s.w, BOOTLINK_MEMORY_IMAGE), 4);
    assert_int_equal(first_pointer(&m[0].image), m[1].image.low + 8);
    assert_int_equal(first_pointer(&m[1].image), m[0].image.low + 8);
    assert_int_equal(m[0].need_count, 1);
    assert_int_equal(m[0].needs[0], 1);
    assert_int_equal(m[2].need_count, 1);
    assert_int_equal(m[2].needs[0], 0);
    done(&s);
}

/* ---- Memory ------------------------------------------------------------- */

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool ok = false;
    for (uint64_t n = 1; !ok; n++) {
        struct setup s;
        open_setup(&s, 2);
        object_refer(&s.modules[0], object_mention(&s.modules[0], "of_b"));
        object_export(&s.modules[1], object_define(&s.modules[1], "of_b", 8));
        s.w.fail_at = n;
        ok = link_setup(&s);
        if (!ok)
            assert_true(s.w.classes[BOOTLINK_NO_MEMORY] > 0);
        system_close(&s.system);
        test_world_close(&s.w);
        assert_true(n < 1000);
    }
}

/* Where all is optional, the kernel alone must have its memory. */
static void every_allocation_may_fail_and_modules_be_left_out(void **state)
{
    (void)state;
    bool ok = false;
    for (uint64_t n = 1; !ok; n++) {
        struct setup s;
        open_ring(&s);
        for (unsigned i = 0; i < 3; i++)
            s.requests[i].is_optional = true;
        s.w.fail_at = n;
        if (link_setup(&s))
            assert_int_equal(s.system.module_count + s.system.left_out_count,
                             3);
        else
            assert_true(s.w.classes[BOOTLINK_NO_MEMORY] > 0);
        ok = s.w.allocations < n;
        system_close(&s.system);
        test_world_close(&s.w);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_keep_the_order_of_the_request),
        cmocka_unit_test(a_module_comes_behind_what_it_needs),
        cmocka_unit_test(modules_that_need_each_other_are_refused),
        cmocka_unit_test(a_kernel_that_marks_nothing_exports_all),
        cmocka_unit_test(a_kernel_that_marks_something_exports_no_more),
        cmocka_unit_test(a_module_sees_no_private_name_of_another),
        cmocka_unit_test(a_name_that_is_nearly_right_is_named),
        cmocka_unit_test(two_modules_cannot_export_one_name),
        cmocka_unit_test(a_module_cannot_export_what_the_kernel_does),
        cmocka_unit_test(what_the_kernel_has_and_a_module_is_ambiguous),
        cmocka_unit_test(what_is_not_marked_may_be_there_twice),
        cmocka_unit_test(what_is_not_marked_is_ambiguous_to_a_third),
        cmocka_unit_test(errors_of_independent_modules_are_all_reported),
        cmocka_unit_test(a_missing_module_is_named),
        cmocka_unit_test(modules_lie_behind_the_kernel),
        cmocka_unit_test(modules_stay_within_two_gib),
        cmocka_unit_test(a_slide_moves_everything),
        cmocka_unit_test(a_script_without_a_slide_is_noted),
        cmocka_unit_test(a_slide_leaves_room_for_the_image),
        cmocka_unit_test(a_name_is_the_file_without_its_ending),
        cmocka_unit_test(the_line_names_all_that_the_link_needs),
        cmocka_unit_test(a_module_among_the_kernels_files_is_noted),
        cmocka_unit_test(groups_and_scripts_are_in_the_line),
        cmocka_unit_test(what_is_left_out_keeps_no_memory),
        cmocka_unit_test(a_group_keeps_the_memory_of_one_link),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_may_fail_and_modules_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
