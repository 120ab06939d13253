/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Modules in a running kernel, which is this process: they are linked, mapped,
 * started, ended and taken away again, and what goes wrong leaves nothing.
 */
#include "unit/running.h"

enum { MANY = 10000 };

/* ---- Load and unload ------------------------------------------------------
 */

static void a_module_is_started_and_ended(void **state)
{
    struct running *r = *state;
    struct account before = account_of(r);
    struct bootlink_loaded *hello = load(r, "lib/hello.ko", "loud=7");
    assert_string_equal(r->p.scratch.text, "");
    assert_non_null(hello);
    noted("first;second, loud;init;loud=7;");
    assert_int_equal(call(r, hello, "hello_count"), 1);
    assert_int_equal(call(r, NULL, "hello_count"), 2);
    unloads(r, hello);
    noted("exit;last but one;last;");
    same_account(r, before);
}

static void it_says_who_it_is(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = load(r, "lib/hello.ko", "loud=1");
    assert_true(span_equal(hello->name, SPAN("hello")));
    assert_true(span_equal(hello->path, SPAN("lib/hello.ko")));
    assert_true(span_equal(hello->version, SPAN("1.4")));
    assert_true(span_equal(hello->description, SPAN("says what it does")));
    assert_true(span_equal(hello->parameters, SPAN("loud=1")));
    assert_int_equal(hello->references, 1);
    assert_int_equal(hello->export_count, 2);
    assert_int_equal(hello->low, r->p.kernel.low);
    assert_true(hello->init && hello->exit);
    assert_false(hello->is_of_boot);
    assert_ptr_equal(bootlink_loaded_named(r->modules, SPAN("hello")), hello);
    assert_null(bootlink_loaded_named(r->modules, SPAN("kernel")));
    struct bootlink_loaded *kernel = bootlink_loaded_first(r->modules);
    assert_true(kernel->is_kernel && kernel->is_of_boot);
    assert_ptr_equal(kernel->next, hello);
    unloads(r, hello);
}

static void an_indirect_function_is_resolved_first(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *indirect = loads(r, "lib/indirect.ko");
    assert_int_equal(call(r, indirect, "indirect_seen"), 42);
    assert_int_equal(call(r, indirect, "indirect_number"), 42);
    assert_int_equal(call(r, indirect, "indirect_offered"), 43);
    unloads(r, indirect);
}

static void a_shared_object_is_loaded_if_the_kernel_wants_that(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    assert_null(load(r, "lib/shared.ko", "a"));
    assert_int_equal(r->p.scratch.classes[BOOTLINK_UNSUPPORTED], 1);
    test_world_clear(&r->p.scratch);
    unloads(r, hello);
    bootlink_modules_close(r->modules);
    r->p.kernel.shared = &bootlink_shared;
    r->modules = bootlink_modules_open(&r->p.kernel);
    hello = loads(r, "lib/hello.ko");
    notes[0] = '\0';
    struct bootlink_loaded *shared = load(r, "lib/shared.ko", "a");
    assert_string_equal(r->p.scratch.text, "");
    assert_int_equal(call(r, shared, "shared_secret"), 9);
    noted("a;other file;");
    assert_int_equal(hello->user_count, 1);
    unloads(r, shared);
    noted("shared exit;");
    unloads(r, hello);
}

static void a_module_that_is_loaded_twice_ends_once(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    noted("first;second;init;;");
    assert_ptr_equal(loads(r, "lib/hello.ko"), hello);
    assert_ptr_equal(load(r, "lib/hello.ko", "loud=3"), hello);
    assert_string_equal(r->p.scratch.text,
                        "lib/hello.ko: is loaded already; its parameters stay "
                        "\"\"\n");
    test_world_clear(&r->p.scratch);
    noted("");
    unloads(r, hello);
    unloads(r, hello);
    noted("");
    assert_int_equal(hello->references, 1);
    unloads(r, hello);
    noted("exit;last but one;last;");
}

static void what_others_use_stays(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    struct bootlink_loaded *user = loads(r, "lib/user.ko");
    assert_int_equal(hello->user_count, 1);
    assert_int_equal(user->need_count, 1);
    assert_ptr_equal(user->needs[0], hello);
    notes[0] = '\0';
    assert_int_equal(call(r, user, "user_twice"), 2);
    noted("other file;");
    assert_false(bootlink_unload(r->modules, hello));
    assert_string_equal(r->p.scratch.text,
                        "hello: is in use by user; unload these first\n");
    test_world_clear(&r->p.scratch);
    unloads(r, user);
    assert_int_equal(hello->user_count, 0);
    unloads(r, hello);
}

static void what_has_no_end_stays(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *stays = loads(r, "lib/stays.ko");
    assert_false(bootlink_unload(r->modules, stays));
    assert_string_equal(r->p.scratch.text,
                        "stays: has module_init but no module_exit, so nobody "
                        "can say what still points to it; it stays\n");
    test_world_clear(&r->p.scratch);
    assert_false(
        bootlink_unload(r->modules, bootlink_loaded_first(r->modules)));
    assert_string_equal(r->p.scratch.text, "the kernel cannot be unloaded\n");
    /* The process ends, the module does not: as with a machine. */
    stays->init = 0;
    assert_true(bootlink_unload(r->modules, stays));
}

/* ---- What goes wrong -------------------------------------------------------
 */

static void an_init_function_that_fails_takes_all_back(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    notes[0] = '\0';
    fails(r, "lib/refuses.ko",
          "lib/refuses.ko: its init function returned -5, so it is not "
          "loaded\n");
    noted("finaliser;");
    assert_int_equal(hello->user_count, 0);
    assert_int_equal(call(r, hello, "hello_count"), 2);
    unloads(r, hello);
}

/* A kernel that ends what a module does: it comes back as from a fault. */
static bool run_ended(void *host, const struct bootlink_loaded *module,
                      void (*function)(void *argument), void *argument)
{
    (void)host, (void)function, (void)argument;
    return !span_equal(module->name, SPAN("hello"));
}

static void an_init_function_that_does_not_return(void **state)
{
    struct running *r = *state;
    r->p.kernel.run = run_ended;
    bootlink_modules_close(r->modules);
    r->modules = bootlink_modules_open(&r->p.kernel);
    fails(r, "lib/hello.ko",
          "lib/hello.ko: its init function did not return, so it is not "
          "loaded\n");
    noted("");
}

static bool is_ended; /* by the next run */

static bool run_or_end(void *host, const struct bootlink_loaded *module,
                       void (*function)(void *argument), void *argument)
{
    (void)host, (void)module;
    if (!is_ended)
        function(argument);
    return !is_ended;
}

static void an_exit_function_that_does_not_return(void **state)
{
    struct running *r = *state;
    r->p.kernel.run = run_or_end;
    bootlink_modules_close(r->modules);
    r->modules = bootlink_modules_open(&r->p.kernel);
    is_ended = false;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    is_ended = true;
    assert_false(bootlink_unload(r->modules, hello));
    assert_string_equal(r->p.scratch.text,
                        "hello: its exit function did not return, so it "
                        "stays\n");
    test_world_clear(&r->p.scratch);
    assert_int_equal(hello->references, 1);
    is_ended = false;
    unloads(r, hello);
}

static void names_that_cannot_be_used(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    fails(r, "lib/wrong.ko",
          "lib/wrong.ko:(.text+0x5): undefined reference to 'hello_hidden', "
          "which is a global of hello, but not exported; add "
          "EXPORT_SYMBOL(hello_hidden) there\n"
          "lib/wrong.ko:(.text+0xa): undefined reference to 'hello_secret', "
          "which is in namespace SECRETS of hello; add "
          "MODULE_IMPORT_NS(\"SECRETS\")\n"
          "lib/wrong.ko:(.text+0x14): undefined reference to 'notte', which "
          "is defined nowhere; did you mean 'note' of the kernel?\n");
    assert_int_equal(hello->user_count, 0);
    unloads(r, hello);
}

static void two_modules_that_export_one_name(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    fails(r, "lib/clash.ko",
          "lib/clash.ko: exports 'hello_count', and so does hello; rename one "
          "of the two\n");
    unloads(r, hello);
}

/* That they export the same names is no news then. */
static void two_modules_of_one_name(void **state)
{
    struct running *r = *state;
    const struct test_file *file = &r->p.scratch.files[0];
    assert_string_equal(file->name.data, "lib/hello.ko");
    test_world_file(&r->p.scratch, strdup("old/hello.o"), file->bytes.data,
                    file->bytes.size);
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    fails(r, "old/hello.o",
          "old/hello.o: a module 'hello' is loaded already, from "
          "lib/hello.ko; unload that one, or give this one another "
          "MODULE_NAME\n");
    unloads(r, hello);
}

static void a_bad_file(void **state)
{
    struct running *r = *state;
    fails(r, "lib/nothing.ko",
          "lib/nothing.ko: no such file, or it cannot be read\n");
    test_world_file(&r->p.scratch, strdup("lib/bad.ko"), "\177ELF bad", 8);
    assert_null(load(r, "lib/bad.ko", ""));
    assert_int_equal(r->p.scratch.classes[BOOTLINK_CORRUPT], 1);
    test_world_clear(&r->p.scratch);
}

static void a_parameter_that_it_does_not_have(void **state)
{
    struct running *r = *state;
    struct account before = account_of(r);
    assert_null(load(r, "lib/hello.ko", "quiet=1"));
    assert_non_null(strstr(r->p.scratch.text, "quiet"));
    assert_non_null(strstr(r->p.scratch.text, "loud"));
    same_account(r, before);
    noted("");
    test_world_clear(&r->p.scratch);
}

static void no_room(void **state)
{
    struct running *r = *state;
    bootlink_modules_close(r->modules);
    r->p.kernel.high = r->p.kernel.low + 2 * PROCESS_PAGE;
    r->modules = bootlink_modules_open(&r->p.kernel);
    struct account before = account_of(r);
    assert_null(load(r, "lib/hello.ko", ""));
    assert_non_null(strstr(r->p.scratch.text, "no room for a module of 0x"));
    same_account(r, before);
    test_world_clear(&r->p.scratch);
}

/* Whatever is refused, nothing is left, and the next try is as good. */
static void memory_that_runs_out(void **state)
{
    struct running *r = *state;
    struct account before = account_of(r);
    struct bootlink_loaded *hello = NULL;
    for (uint64_t n = 1; !hello; n++) {
        r->p.scratch.fail_at = r->p.scratch.allocations + n;
        hello = load(r, "lib/hello.ko", "");
        r->p.scratch.fail_at = 0;
        assert_true(hello || r->p.scratch.classes[BOOTLINK_NO_MEMORY] > 0);
        if (!hello)
            same_account(r, before);
        test_world_clear(&r->p.scratch);
    }
    unloads(r, hello);
    same_account(r, before);
}

static void what_it_requires_must_be_there(void **state)
{
    struct running *r = *state;
    fails(r, "lib/needs.ko",
          "lib/needs.ko: requires hello 1.3, which is not among the modules; "
          "add it\n");
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    fails(r, "lib/needs_more.ko",
          "lib/needs_more.ko: requires kernel 2.0, and the kernel does not say "
          "which it is; give it a MODULE_VERSION\n");
    struct bootlink_loaded *needs = loads(r, "lib/needs.ko");
    assert_int_equal(hello->user_count, 1);
    assert_ptr_equal(needs->needs[0], hello);
    unloads(r, needs);
    unloads(r, hello);
}

/* ---- Places ----------------------------------------------------------------
 */

static void a_gap_is_used_again(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    struct bootlink_loaded *stays = loads(r, "lib/stays.ko");
    uint64_t low = hello->low;
    assert_int_equal(stays->low, hello->high);
    unloads(r, hello);
    hello = loads(r, "lib/hello.ko");
    assert_int_equal(hello->low, low);
    unloads(r, hello);
    stays->init = 0;
    unloads(r, stays);
}

static void many_times(void **state)
{
    struct running *r = *state;
    unloads(r, loads(r, "lib/hello.ko"));
    struct account before = account_of(r);
    uint64_t used = r->p.scratch.used, low = r->p.kernel.low;
    for (int i = 0; i < MANY; i++) {
        struct bootlink_loaded *hello = load(r, "lib/hello.ko", "loud=7");
        struct bootlink_loaded *user = load(r, "lib/user.ko", "");
        assert_true(hello && user && hello->low == low);
        notes[0] = '\0';
        assert_int_equal(call(r, user, "user_twice"), 2);
        assert_true(bootlink_unload(r->modules, user));
        assert_true(bootlink_unload(r->modules, hello));
    }
    same_account(r, before);
    assert_int_equal(r->p.scratch.used, used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        running_test(a_module_is_started_and_ended),
        running_test(it_says_who_it_is),
        running_test(an_indirect_function_is_resolved_first),
        running_test(a_shared_object_is_loaded_if_the_kernel_wants_that),
        running_test(a_module_that_is_loaded_twice_ends_once),
        running_test(what_others_use_stays),
        running_test(what_has_no_end_stays),
        running_test(an_init_function_that_fails_takes_all_back),
        running_test(an_init_function_that_does_not_return),
        running_test(an_exit_function_that_does_not_return),
        running_test(names_that_cannot_be_used),
        running_test(two_modules_that_export_one_name),
        running_test(two_modules_of_one_name),
        running_test(a_bad_file),
        running_test(a_parameter_that_it_does_not_have),
        running_test(no_room),
        running_test(memory_that_runs_out),
        running_test(what_it_requires_must_be_there),
        running_test(a_gap_is_used_again),
        running_test(many_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
