/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The config reader: what each line means, and what each wrong line says.
 */
#include "unit/world.h"

#include <stdio.h>

#include "config.h"

struct reading {
    struct test_world w;
    struct arena arena;
    struct config config;
    bool ok;
};

/* Reads `text`, whose strings the arena and the literal keep alive. */
static void read_config(struct reading *r, const char *text)
{
    test_world_open(&r->w);
    r->arena = arena_open(&r->w.world, BOOTLINK_MEMORY_SCRATCH);
    r->ok = config_parse(&r->w.world, &r->arena, SPAN("bootlink.conf"),
                         span_of(text), &r->config);
}

static void done(struct reading *r)
{
    arena_close(&r->arena);
    test_world_close(&r->w);
}

static void is_text(span text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

/* A config with one entry of which only `line` matters. */
#define ENTRY "/T\nprotocol: bootlink\nkernel_path: boot():/k/\n"

static void refused(const char *text, const char *message)
{
    struct reading r;
    read_config(&r, text);
    assert_false(r.ok);
    assert_true(r.w.errors > 0);
    if (!strstr(r.w.text, message))
        fail_msg("expected '%s' in:\n%s", message, r.w.text);
    done(&r);
}

static void accepted(const char *text)
{
    struct reading r;
    read_config(&r, text);
    if (!r.ok)
        fail_msg("refused:\n%s", r.w.text);
    assert_int_equal(r.w.errors, 0);
    done(&r);
}

static const char design[] =
    "timeout: 3\n"
    "\n"
    "/Sample kernel\n"
    "    protocol: bootlink\n"
    "    # a folder: its objects by name, then its archives as one group\n"
    "    kernel_path: boot():/kernel/\n"
    "    # left out: the built-in copy of linker.ld\n"
    "    script_path: boot():/linker.ld\n"
    "    module_path: boot():/modules/hello.ko\n"
    "    module_cmdline: greeting=hi\n"
    "    file_path: boot():/initrd.tar\n"
    "    cmdline: verbose\n"
    "    kaslr: yes\n";

static void every_key_of_the_design_is_read(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, design);
    assert_true(r.ok);
    const struct config_entry *e = r.config.first;
    assert_int_equal(r.config.timeout, 3);
    is_text(e->title, "Sample kernel");
    is_text(e->protocol.text, "bootlink");
    is_text(e->kernels->path.path, "kernel");
    assert_true(e->kernels->path.is_folder);
    assert_null(e->kernels->next);
    is_text(e->script.path, "linker.ld");
    is_text(e->modules->path.path, "modules/hello.ko");
    assert_false(e->modules->path.is_folder);
    is_text(e->modules->command_line.text, "greeting=hi");
    is_text(e->files->path.path, "initrd.tar");
    is_text(e->command_line.text, "verbose");
    assert_true(e->kaslr);
    assert_false(e->phys_any);
    assert_null(e->next);
    done(&r);
}

static void places_are_those_of_values(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, design);
    assert_int_equal(r.config.first->kernels->path.place.line, 6);
    assert_int_equal(r.config.first->kernels->path.place.column, 18);
    assert_int_equal(r.config.first->place.line, 3);
    assert_int_equal(r.config.first->place.column, 1);
    done(&r);
}

static void defaults_hold_without_their_keys(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, ENTRY);
    assert_true(r.ok);
    assert_true(r.config.first->kaslr);
    assert_false(r.config.first->phys_any);
    assert_null(r.config.first->script.place.text);
    assert_true(r.config.serial);
    assert_false(r.config.verbose);
    assert_int_equal(r.config.first->command_line.text.size, 0);
    done(&r);
}

static void crlf_tabs_and_a_byte_order_mark_mean_nothing(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "\xef\xbb\xbf/T\r\n\tProtocol :  bootlink \t\r\n"
                    "KERNEL_PATH:boot():/k.o\r\n  \r\n#x\r\n cmdline: a b\r\n");
    assert_true(r.ok);
    is_text(r.config.first->kernels->path.path, "k.o");
    is_text(r.config.first->command_line.text, "a b");
    done(&r);
}

static void kernel_paths_keep_their_order(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, ENTRY "path: boot():/b.o\nkernel_path: boot():/a.a\n");
    assert_true(r.ok);
    const struct config_file *k = r.config.first->kernels;
    is_text(k->path.path, "k");
    is_text(k->next->path.path, "b.o");
    is_text(k->next->next->path.path, "a.a");
    done(&r);
}

static void a_module_may_be_optional_or_a_folder(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, ENTRY "module_path: boot():/m/\noptional: yes\n"
                          "module_path: boot():/a.ko\noptional: no\n"
                          "module_path: boot():/b.ko\nmodule_cycles: group\n");
    assert_true(r.ok);
    const struct config_module *m = r.config.first->modules;
    assert_true(m->path.is_folder && m->is_optional);
    assert_false(m->next->is_optional);
    assert_false(m->next->next->is_optional);
    assert_true(r.config.first->groups_modules);
    done(&r);
}

static void a_module_command_line_belongs_to_the_module_above(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, ENTRY "module_path: boot():/a.ko\n"
                          "module_path: boot():/b.ko\nmodule_string: x=1\n");
    assert_true(r.ok);
    const struct config_module *m = r.config.first->modules;
    assert_int_equal(m->command_line.text.size, 0);
    is_text(m->next->command_line.text, "x=1");
    done(&r);
}

static void macros_are_replaced_everywhere(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "/K ${V}\nprotocol: ${P}\nkernel_path: ${D}/a-${ARCH}.o\n"
                    "cmdline: a${V}b $ {x} ${D\n"
                    "${V}=1.0\n${P}=bootlink\n${D}=boot():/dir\n");
    assert_true(r.ok);
    is_text(r.config.first->title, "K 1.0");
    is_text(r.config.first->kernels->path.path, "dir/a-x86-64.o");
    is_text(r.config.first->command_line.text, "a1.0b $ {x} ${D");
    done(&r);
}

static void folders_hold_entries_and_the_first_entry_boots(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "/+Folder\ncomment: all\n//One\nprotocol: bootlink\n"
                    "path: boot():/1.o\n//Two\nprotocol: bootlink\n"
                    "path: boot():/2.o\n/Three\nprotocol: bootlink\n"
                    "path: boot():/3.o\n");
    assert_true(r.ok);
    const struct config_entry *e = r.config.entries;
    is_text(e->title, "Folder");
    is_text(e->comment.text, "all");
    assert_true(e->is_folder && e->is_expanded && e->depth == 1);
    assert_ptr_equal(r.config.first, e->next);
    is_text(e->next->title, "One");
    assert_int_equal(e->next->depth, 2);
    is_text(e->next->next->next->title, "Three");
    assert_int_equal(e->next->next->next->depth, 1);
    done(&r);
}

static void paths_have_one_form(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "/T\nprotocol: bootlink\npath: boot():/\n"
                    "path: boot():/./a//b/.\npath: boot():/a b#c/\n");
    assert_true(r.ok);
    const struct config_file *k = r.config.first->kernels;
    is_text(k->path.path, "");
    assert_true(k->path.is_folder);
    is_text(k->next->path.path, "a/b");
    is_text(k->next->next->path.path, "a b#c");
    done(&r);
}

static void an_unknown_key_shows_its_line_and_the_nearest_key(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "# x\n/T\n    protocol: bootlink\n    kernle_path: "
                    "boot():/kernel/\n");
    assert_false(r.ok);
    assert_non_null(strstr(
        r.w.text, "bootlink.conf:4:5: unknown key 'kernle_path'; did you mean "
                  "'kernel_path'?\n"));
    assert_non_null(strstr(r.w.text, "    kernle_path: boot():/kernel/\n"));
    assert_non_null(strstr(r.w.text, "^"));
    done(&r);
}

static void all_errors_are_reported_at_once(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "timeout: x\n/T\nprotocol: bootlink\nkaslr: on\nfoo: 1\n");
    assert_false(r.ok);
    assert_int_equal(r.w.errors, 4); /* those, and no kernel_path */
    done(&r);
}

static void a_flood_of_errors_is_cut_off(void **state)
{
    (void)state;
    static char text[40000];
    struct reading r;
    memset(text, 'x', sizeof(text) - 1);
    for (size_t i = 0; i < sizeof(text) - 1; i += 4)
        text[i] = '\n';
    read_config(&r, text);
    assert_false(r.ok);
    assert_int_equal(r.w.errors, 21);
    assert_non_null(strstr(r.w.text, "errors more; fix those above first"));
    done(&r);
}

/* clang-format off */
static const struct { const char *text, *message; } wrong[] = {
    {"", "there is no entry to boot; add '/Title'"},
    {"\xff\xfe/\0T", "is UTF-16; save it as UTF-8"},
    {"/T\n", "1:1: entry 'T' has no protocol; add 'protocol: bootlink'"},
    {"/T\nprotocol: linux\n", "2:11: protocol 'linux' is not supported yet"},
    {"/T\nprotocol:\n", "a protocol is missing; write 'bootlink'"},
    {"/T\nprotocol: ${P}\n", "2:11: macro 'P' is not defined"},
    {"/T\nprotocol: bootlink\n", "entry 'T' has no kernel_path"},
    {"/\n", "1:1: an entry needs a title after '/'"},
    {"//T\nprotocol: bootlink\npath: boot():/k\n", "more than one level below"},
    {ENTRY "///U\n", "entry 'U' is more than one level below"},
    {ENTRY "//U\nprotocol: bootlink\npath: boot():/k\n", "boots nothing itself"},
    {"kernel_path: boot():/k\n" ENTRY, "1:1: key 'kernel_path' belongs in an entry"},
    {"KEY=1\n" ENTRY, "1:1: expected 'key: value'"},
    {":Title\n" ENTRY, "an entry begins with '/'"},
    {"timeout: -1\n" ENTRY, "1:10: '-1' is neither a number of seconds nor 'no'"},
    {"timeout: 4294967296\n" ENTRY, "neither a number of seconds"},
    {"timeout: 1\ntimeout: 2\n" ENTRY, "2:1: key 'timeout' was given in line 1"},
    {"verbose: on\n" ENTRY, "'on' is neither 'yes' nor 'no'"},
    {ENTRY "kaslr: maybe\n", "4:8: 'maybe' is neither 'yes' nor 'no'"},
    {ENTRY "kaslr: no\nkaslr: no\n", "5:1: key 'kaslr' was given in line 4"},
    {ENTRY "cmdline: a\nkernel_cmdline: b\n", "was given in line 4 already"},
    {ENTRY "phys: 0x100000\n", "phys can only be 'any'"},
    {ENTRY "module_cmdline: x\n", "there is no module_path above this"},
    {ENTRY "module_path: boot():/m\nmodule_cmdline: x\nmodule_string: y\n",
     "6:16: the module has a command line already, in line 5"},
    {ENTRY "module_path: boot():/m/\nmodule_cmdline: x\n",
     "5:17: this is for one module, and the module_path in line 4 is a folder; "
     "name the module itself, too, as in boot():/m/hello.ko"},
    {ENTRY "optional: yes\n", "there is no module_path above this"},
    {ENTRY "module_path: boot():/m\noptional: maybe\n",
     "5:11: 'maybe' is neither 'yes' nor 'no'"},
    {ENTRY "module_path: boot():/m\noptional: no\noptional: yes\n",
     "6:11: the module has `optional` already, in line 5"},
    {ENTRY "library_path: boot():/lib\n", "a folder is wanted; write boot():/lib/"},
    {ENTRY "bind: late\n", "4:7: 'late' is neither 'now' nor 'lazy'"},
    {ENTRY "bind: now\nbind: lazy\n", "given in line 4"},
    {ENTRY "module_cycles: yes\n", "4:16: 'yes' is neither 'group' nor 'error'"},
    {ENTRY "module_cycles: error\nmodule_cycles: error\n", "given in line 4"},
    {ENTRY "script_path: boot():/m/\n", "this is a folder, and a file is needed"},
    {ENTRY "script_path: /linker.ld\n",
     "4:14: '/linker.ld' is not a path; it begins with boot():/"},
    {ENTRY "file_path:\n", "'' is not a path"},
    {ENTRY "path: boot():k\n", "is not a path"},
    {ENTRY "path: boot(2):/k\n", "volume 'boot(2)' is not supported yet"},
    {ENTRY "path: hdd(1:1):/k\n", "volume 'hdd(1:1)' is not supported yet"},
    {ENTRY "path: uuid(a-b):/k\n", "volume 'uuid(a-b)' is not supported yet"},
    {ENTRY "path: bot():/k\n", "unknown volume 'bot'; a path begins with boot():/"},
    {ENTRY "path: boot():/a/../k\n", "4:17: '..' in a path"},
    {ENTRY "path: boot():/a\\b\n", "4:16: '\\' in a path"},
    {ENTRY "path: boot():/a\tb\n", "control character 0x09 in a path"},
    {ENTRY "path: boot():/k#0123456789abcdef0123456789abcdef"
     "0123456789abcdef0123456789ABCDEF\n", "4:16: hashes of files are not checked"},
    {ENTRY "cmdline: ${NO}\n", "4:10: macro 'NO' is not defined; add a line '${NO}=...'"},
    {"${A}=1\n${A}=2\n" ENTRY, "2:1: macro 'A' is defined already"},
    {"${ARCH}=1\n" ENTRY, "macro 'ARCH' is defined already"},
    {"serial: maybe\n" ENTRY, "1:9: 'maybe' is neither 'yes' nor 'no'"},
    {"quiet: 2\n" ENTRY, "1:8: '2' is neither 'yes' nor 'no'"},
    {ENTRY "phys: 5\n", "phys can only be 'any'; leave it out"},
    {"\xff\xfe/\n", "bootlink.conf: is UTF-16; save it as UTF-8"},
    {"\xfe\xff/\n", "bootlink.conf: is UTF-16; save it as UTF-8"},
    {ENTRY "wibble_wobble: 1\n", "unknown key 'wibble_wobble'; remove the line"},
};
/* clang-format on */

static void each_error_has_its_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        refused(wrong[i].text, wrong[i].message);
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct reading r;
    test_world_open(&r.w);
    r.arena = arena_open(&r.w.world, BOOTLINK_MEMORY_SCRATCH);
    assert_false(config_parse(&r.w.world, &r.arena, SPAN("c"), SPAN("/a\0b\n"),
                              &r.config));
    assert_non_null(strstr(r.w.text, "c:1:3: a NUL byte"));
    done(&r);
}

static void a_hash_sign_without_a_hash_is_part_of_the_path(void **state)
{
    (void)state;
    accepted(ENTRY "file_path: boot():/c#\n");
    accepted(ENTRY "file_path: boot():/c#abc\n");
}

static void keys_of_limine_are_known_and_noted(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, "wallpaper: boot():/w.png\n" ENTRY "resolution: 1x1\n");
    assert_true(r.ok);
    assert_int_equal(r.w.notes, 2);
    assert_non_null(strstr(r.w.text, "1:1: 'wallpaper' has no effect yet"));
    done(&r);
}

static void entries_of_other_protocols_are_left_alone(void **state)
{
    (void)state;
    struct reading r;
    read_config(&r, ENTRY "/L\nimage_path: guid(0):/x\nprotocol: efi_chainload"
                          "\nkaslr: ?\nverbose: yes\n");
    assert_true(r.ok);
    assert_int_equal(r.w.warnings, 1);
    assert_true(r.config.verbose); /* a global key is one anywhere */
    done(&r);
}

static void an_expansion_has_an_end(void **state)
{
    (void)state;
    static char text[8192];
    size_t used =
        snprintf(text, sizeof(text), "${A}=%0200d\n" ENTRY "cmdline: ", 0);
    for (int i = 0; i < 30; i++)
        used += snprintf(text + used, sizeof(text) - used, "${A}");
    refused(text, "this is longer than 4096 bytes");
}

/* Whatever is refused memory ends in one message and no leak. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 10; n++) {
        struct reading r;
        test_world_open(&r.w);
        r.w.fail_at = n;
        r.arena = arena_open(&r.w.world, BOOTLINK_MEMORY_SCRATCH);
        r.ok = config_parse(&r.w.world, &r.arena, SPAN("c"), SPAN(design),
                            &r.config);
        bool was_refused = r.w.allocations >= n;
        assert_int_equal(r.ok, !was_refused);
        assert_int_equal(r.w.classes[BOOTLINK_NO_MEMORY], was_refused);
        done(&r);
    }
}

/* Every beginning of a file is read without reading past its end. */
static void every_cut_file_is_read_to_its_end(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(design); size++) {
        struct reading r;
        char *copy = malloc(size ? size : 1);
        memcpy(copy, design, size);
        test_world_open(&r.w);
        r.arena = arena_open(&r.w.world, BOOTLINK_MEMORY_SCRATCH);
        r.ok = config_parse(&r.w.world, &r.arena, SPAN("c"), (span){copy, size},
                            &r.config);
        assert_int_equal(r.ok, r.w.errors == 0);
        done(&r);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_design_is_read),
        cmocka_unit_test(places_are_those_of_values),
        cmocka_unit_test(defaults_hold_without_their_keys),
        cmocka_unit_test(crlf_tabs_and_a_byte_order_mark_mean_nothing),
        cmocka_unit_test(kernel_paths_keep_their_order),
        cmocka_unit_test(a_module_may_be_optional_or_a_folder),
        cmocka_unit_test(a_module_command_line_belongs_to_the_module_above),
        cmocka_unit_test(macros_are_replaced_everywhere),
        cmocka_unit_test(folders_hold_entries_and_the_first_entry_boots),
        cmocka_unit_test(paths_have_one_form),
        cmocka_unit_test(an_unknown_key_shows_its_line_and_the_nearest_key),
        cmocka_unit_test(all_errors_are_reported_at_once),
        cmocka_unit_test(a_flood_of_errors_is_cut_off),
        cmocka_unit_test(each_error_has_its_message),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(a_hash_sign_without_a_hash_is_part_of_the_path),
        cmocka_unit_test(keys_of_limine_are_known_and_noted),
        cmocka_unit_test(entries_of_other_protocols_are_left_alone),
        cmocka_unit_test(an_expansion_has_an_end),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_cut_file_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
