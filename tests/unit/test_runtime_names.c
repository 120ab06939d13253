/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names and addresses in a running kernel: of what it has loaded itself, and of
 * what the boot info says that the boot has.
 */
#include "unit/running.h"

/* ---- Names and addresses ---------------------------------------------------
 */

static void an_address_has_a_name(void **state)
{
    struct running *r = *state;
    struct bootlink_place place;
    char text[64];
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    uint64_t f = bootlink_symbol(r->modules, hello, SPAN("hello_count"));
    uint64_t other = bootlink_symbol(r->modules, NULL, SPAN("other_file"));
    assert_true(bootlink_find(r->modules, f + 2, &place));
    assert_ptr_equal(place.module, hello);
    assert_true(span_equal(place.section, SPAN(".text")));
    assert_true(span_equal(place.file, SPAN("lib/hello.ko(hello.o)")));
    assert_true(span_equal(place.symbol.name, SPAN("hello_count")));
    assert_int_equal(place.symbol.address, f);
    assert_true(bootlink_find(r->modules, other, &place));
    assert_true(span_equal(place.file, SPAN("lib/hello.ko(other.o)")));
    size_t size = bootlink_print_address(r->modules, f + 2, text, sizeof(text));
    char expected[64];
    bootlink_find(r->modules, f, &place);
    snprintf(expected, sizeof(expected), "hello_count+0x2/0x%x [hello]",
             (unsigned)place.symbol.size);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
    unloads(r, hello);
}

static void an_address_of_nothing(void **state)
{
    struct running *r = *state;
    struct bootlink_place place;
    char text[64], cut[5];
    assert_false(bootlink_find(r->modules, r->p.kernel.low, &place));
    assert_null(place.module);
    assert_false(bootlink_find(r->modules, 0, &place));
    assert_false(bootlink_find(r->modules, UINT64_MAX, &place));
    bootlink_print_address(r->modules, 0x1234567, text, sizeof(text));
    assert_string_equal(text, "0x1234567");
    assert_int_equal(
        bootlink_print_address(r->modules, 0x1234567, cut, sizeof(cut)), 4);
    assert_string_equal(cut, "0x12");
    assert_int_equal(bootlink_print_address(r->modules, 1, cut, 0), 0);
}

struct seen {
    const struct bootlink_loaded *module; /* the last ... */
    const struct bootlink_symbol *symbol;
    unsigned left; /* how many more to look at */
};

/* Ascending within a module. */
static bool see(void *context, const struct bootlink_loaded *module,
                const struct bootlink_symbol *symbol)
{
    struct seen *seen = context;
    assert_true(symbol->name.size > 0);
    if (seen->module == module)
        assert_true(seen->symbol->address <= symbol->address);
    seen->module = module;
    seen->symbol = symbol;
    return --seen->left > 0;
}

static void symbols_are_shown_until_that_is_enough(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    struct bootlink_loaded *user = loads(r, "lib/user.ko");
    struct seen seen = {.left = 3};
    bootlink_each_symbol(r->modules, &seen, see);
    assert_int_equal(seen.left, 0);
    assert_ptr_equal(seen.module, hello);
    seen = (struct seen){.left = 1000};
    bootlink_each_symbol(r->modules, &seen, see);
    assert_true(seen.left > 0);
    assert_ptr_equal(seen.module, user);
    unloads(r, user);
    unloads(r, hello);
}

static void a_symbol_belongs_to_its_module(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    struct bootlink_loaded *user = loads(r, "lib/user.ko");
    assert_int_equal(bootlink_symbol(r->modules, user, SPAN("hello_count")), 0);
    assert_int_equal(bootlink_symbol(r->modules, NULL, SPAN("nobody")), 0);
    assert_int_equal(bootlink_symbol(r->modules, NULL, SPAN("note")),
                     r->p.exports[0].address);
    unloads(r, user);
    unloads(r, hello);
}

/* ---- What the boot has loaded ----------------------------------------------
 */

/* A boot info of a kernel that offers note(), and of a module hello that it has
 * started. */
struct booted {
    struct bootlink_info info;
    struct bootlink_module module;
    struct bootlink_module_info more;
    struct bootlink_info_export exports[3];
    struct bootlink_info_symbol symbols[64];
};

static struct bootlink_text text_of(span text)
{
    return (struct bootlink_text){text.data, text.size};
}

static void describe_symbols(struct booted *b, const struct running *r,
                             const struct bootlink_loaded *hello)
{
    uint64_t thunk = r->p.exports[0].address;
    size_t count = 0;
    b->symbols[count++] = (struct bootlink_info_symbol){
        thunk, PROCESS_THUNK, {"note", 4}, BOOTLINK_OF_KERNEL, 1};
    for (size_t i = 0; i < hello->symbol_count; i++) {
        const struct bootlink_symbol *s = &hello->symbols[i];
        b->symbols[count++] = (struct bootlink_info_symbol){
            s->address, s->size, text_of(s->name), 0, s->is_function};
    }
    assert_true(count <= 64);
    b->info.symbols = b->symbols;
    b->info.symbol_count = count;
    b->exports[0] = (struct bootlink_info_export){
        thunk, {"note", 4}, {NULL, 0}, BOOTLINK_OF_KERNEL, 0};
    for (size_t i = 0; i < hello->export_count; i++)
        b->exports[1 + i] = (struct bootlink_info_export){
            hello->exports[i].address, text_of(hello->exports[i].name),
            text_of(hello->exports[i].name_space), 0, 0};
    b->info.exports = b->exports;
    b->info.export_count = 1 + hello->export_count;
}

static void describe_boot(struct booted *b, const struct running *r,
                          const struct bootlink_loaded *hello)
{
    memset(b, 0, sizeof(*b));
    b->info.magic = BOOTLINK_INFO_MAGIC;
    b->info.version = BOOTLINK_INFO_VERSION;
    b->info.size = sizeof(b->info);
    b->info.direct_map = (uint64_t)(uintptr_t)r->p.direct;
    b->info.kernel_virtual =
        (struct bootlink_range){(uint64_t)(uintptr_t)r->p.thunks, PROCESS_PAGE};
    b->info.kernel_version = (struct bootlink_text){"2.1", 3};
    b->module = (struct bootlink_module){
        .name = text_of(hello->name),
        .parameters = {"", 0},
        .address = hello->low,
        .size = hello->high - hello->low,
        .physical = hello->segments[0].physical,
        .init = (bootlink_init_function)(uintptr_t)hello->init,
    };
    b->more.path = text_of(hello->path);
    b->more.exit = (bootlink_function)(uintptr_t)hello->exit;
    b->info.modules = &b->module;
    b->info.module_infos = &b->more;
    b->info.module_count = 1;
    describe_symbols(b, r, hello);
}

static void expect_address(struct bootlink_modules *modules, uint64_t address,
                           const char *expected)
{
    char text[64];
    bootlink_print_address(modules, address, text, sizeof(text));
    assert_string_equal(text, expected);
}

/* Opened anew, from a boot info that tells what is running. */
static struct bootlink_modules *open_booted(struct running *r, struct booted *b)
{
    struct bootlink_kernel kernel = r->p.kernel;
    kernel.info = &b->info;
    struct bootlink_modules *modules = bootlink_modules_open(&kernel);
    assert_string_equal(r->p.scratch.text, "");
    assert_non_null(modules);
    return modules;
}

static void a_module_of_the_boot_is_used_and_ended(void **state)
{
    static struct booted b;
    struct running *r = *state;
    struct bootlink_modules *before = r->modules;
    describe_boot(&b, r, loads(r, "lib/hello.ko"));
    r->modules = open_booted(r, &b);
    struct bootlink_loaded *hello =
        bootlink_loaded_named(r->modules, SPAN("hello"));
    assert_true(hello && hello->is_of_boot && hello->references == 1);
    struct bootlink_loaded *user = loads(r, "lib/user.ko");
    struct bootlink_loaded *needs_more = loads(r, "lib/needs_more.ko");
    assert_int_equal(user->low, hello->high);
    assert_int_equal(call(r, user, "user_twice"), 2);
    assert_false(bootlink_unload(r->modules, hello));
    test_world_clear(&r->p.scratch);
    unloads(r, needs_more);
    unloads(r, user);
    notes[0] = '\0';
    assert_ptr_equal(loads(r, "lib/hello.ko"), hello);
    unloads(r, hello);
    noted("");
    unloads(r, hello);
    noted("exit;");
    assert_null(bootlink_loaded_named(r->modules, SPAN("hello")));
    bootlink_modules_close(before);
}

static void the_boot_info_has_names_and_addresses(void **state)
{
    static struct booted b;
    struct running *r = *state;
    struct bootlink_modules *before = r->modules;
    struct bootlink_place place;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    describe_boot(&b, r, hello);
    uint64_t note_at = r->p.exports[0].address;
    const struct bootlink_info_section section = {
        note_at, PROCESS_THUNK, {".thunks", 7}, BOOTLINK_OF_KERNEL, 5};
    const struct bootlink_info_input input = {
        .address = note_at, .size = 4, .file = {"kernel/note.o", 13}};
    b.info.sections = &section;
    b.info.inputs = &input;
    b.info.section_count = b.info.input_count = 1;
    r->modules = open_booted(r, &b);
    uint64_t hidden = bootlink_symbol(before, hello, SPAN("hello_hidden"));
    expect_address(r->modules, note_at + 2, "note+0x2/0xc");
    assert_true(bootlink_find(r->modules, note_at + 2, &place));
    assert_true(span_equal(place.section, SPAN(".thunks")));
    assert_true(span_equal(place.file, SPAN("kernel/note.o")));
    char expected[64];
    assert_true(bootlink_find(before, hidden, &place));
    snprintf(expected, sizeof(expected), "hello_hidden+0x1/0x%x [hello]",
             (unsigned)place.symbol.size);
    expect_address(r->modules, hidden + 1, expected);
    char text[32];
    snprintf(text, sizeof(text), "0x%llx", (unsigned long long)hello->high);
    expect_address(r->modules, hello->high, text);
    struct bootlink_loaded *same =
        bootlink_loaded_named(r->modules, SPAN("hello"));
    assert_int_equal(bootlink_symbol(r->modules, same, SPAN("hello_hidden")),
                     hidden);
    assert_int_equal(bootlink_symbol(r->modules, NULL, SPAN("hello_hidden")),
                     hidden);
    assert_int_equal(bootlink_symbol(r->modules, same, SPAN("note")), 0);
    struct seen seen = {.left = 1000};
    bootlink_each_symbol(r->modules, &seen, see);
    assert_int_equal(1000 - seen.left, b.info.symbol_count);
    bootlink_modules_close(r->modules);
    r->modules = before;
    unloads(r, hello);
}

static void a_boot_info_without_exports(void **state)
{
    static struct booted b;
    struct running *r = *state;
    struct bootlink_kernel kernel = r->p.kernel;
    kernel.info = &b.info;
    b.info.magic = BOOTLINK_INFO_MAGIC;
    b.info.size = offsetof(struct bootlink_info, kernel_version);
    assert_null(bootlink_modules_open(&kernel));
    assert_string_equal(r->p.scratch.text,
                        "the boot info does not say what the kernel exports; "
                        "boot it with a Bootlink that is as new as this "
                        "library\n");
    test_world_clear(&r->p.scratch);
}

/* ---- Relocations -----------------------------------------------------------
 */

struct relocations {
    unsigned calls; /* of note() ... */
    uint64_t note;  /* ... at this address */
    unsigned count, most;
};

static bool check_relocation(void *context, const struct bootlink_applied *a)
{
    struct relocations *r = context;
    assert_true(a->file.size && a->section.size && a->type.size);
    assert_memory_equal((const void *)a->p, a->after, a->width);
    if (span_equal(a->symbol, SPAN("note"))) {
        r->calls++;
        assert_true(span_equal(a->type, SPAN("R_X86_64_PLT32")));
        assert_int_equal(a->width, 4);
        assert_int_equal(a->a, -4);
        assert_int_equal(a->s, r->note);
        assert_int_equal(read32(a->before), 0);
        assert_int_equal(read32(a->after),
                         (uint32_t)(a->s + (uint64_t)a->a - a->p));
    }
    return ++r->count < r->most;
}

static void relocations_are_shown(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = load(r, "lib/hello.ko", "loud=0");
    struct bootlink_loaded *user = loads(r, "lib/user.ko");
    struct account before = account_of(r);
    struct relocations all = {.most = 1000, .note = r->p.exports[0].address};
    assert_true(
        bootlink_relocations(r->modules, hello, &all, check_relocation));
    assert_true(all.calls >= 7 && all.count > all.calls);
    struct relocations some = {.most = 2, .note = all.note};
    assert_true(
        bootlink_relocations(r->modules, hello, &some, check_relocation));
    assert_int_equal(some.count, 2);
    same_account(r, before);
    assert_int_equal(hello->user_count, 1);
    unloads(r, user);
    unloads(r, hello);
}

static void relocations_of_what_has_changed(void **state)
{
    struct running *r = *state;
    struct bootlink_loaded *hello = loads(r, "lib/hello.ko");
    struct account before = account_of(r);
    struct relocations none = {.most = 1000};
    struct test_file *file = &r->p.scratch.files[0];
    file->bytes = r->p.scratch.files[3].bytes;
    assert_false(
        bootlink_relocations(r->modules, hello, &none, check_relocation));
    assert_string_equal(r->p.scratch.text,
                        "lib/hello.ko: is not the file any more that module "
                        "hello was loaded from; load it again\n");
    test_world_clear(&r->p.scratch);
    assert_false(bootlink_relocations(r->modules,
                                      bootlink_loaded_first(r->modules), &none,
                                      check_relocation));
    test_world_clear(&r->p.scratch);
    assert_int_equal(none.count, 0);
    same_account(r, before);
    unloads(r, hello);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        running_test(an_address_has_a_name),
        running_test(an_address_of_nothing),
        running_test(symbols_are_shown_until_that_is_enough),
        running_test(a_symbol_belongs_to_its_module),
        running_test(a_module_of_the_boot_is_used_and_ended),
        running_test(the_boot_info_has_names_and_addresses),
        running_test(a_boot_info_without_exports),
        running_test(relocations_are_shown),
        running_test(relocations_of_what_has_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
