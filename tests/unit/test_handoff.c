/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The boot info of the native handoff, read at the addresses that the kernel
 * gets.
 */
#include "unit/handoff_boot.h"

#include "input_ranges.h"

/* ---- While memory can be had -------------------------------------------- */

static void the_info_is_where_the_kernel_looks(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    const struct bootlink_info *info =
        seen(&b, (void *)b.h.info_address, sizeof(*info));
    assert_ptr_equal(info, b.h.info);
    assert_int_equal(info->magic, BOOTLINK_INFO_MAGIC);
    assert_int_equal(info->version, BOOTLINK_INFO_VERSION);
    assert_int_equal(info->size, sizeof(*info));
    assert_memory_equal(&info->magic, "bootlink", 8);
    assert_int_equal(info->direct_map, b.h.direct_map);
    assert_int_equal(info->kernel_virtual.start, KERNEL);
    assert_int_equal(info->kernel_virtual.size, 6 * PAGE);
    assert_int_equal(info->kernel_physical, 32 * MIB);
    assert_int_equal(info->slide, 0x200000);
    assert_int_equal(info->rsdp, input.rsdp);
    assert_int_equal(info->smbios, input.smbios);
    assert_int_equal(info->efi_system_table, input.efi_system_table);
    assert_int_equal(b.h.entry, kernel.entry);
    is_text(&b, info->loader, "Bootlink " BOOTLINK_VERSION);
    is_text(&b, info->command_line, "verbose");
    done(&b);
}

/* What the linked files said, which whoever is told may write over. */
static char file_bytes[] = "_start";

static void spoil_files(void *host)
{
    (void)host;
    assert_string_equal(file_bytes, "_start"); /* told once */
    memset(file_bytes, 'x', sizeof(file_bytes) - 1);
}

static void nothing_of_the_files_is_read_once_that_is_said(void **state)
{
    (void)state;
    const struct bootlink_symbol symbols[] = {
        {{file_bytes, 6}, KERNEL, 64, true, true},
    };
    struct bootlink_image image = kernel;
    image.symbols = symbols;
    image.symbol_count = image.export_count = 1;
    image.names_size = 6;
    struct handoff_input in = input;
    in.kernel = &image;
    in.inputs_done = spoil_files;
    struct boot b;
    build(&b, &in);
    assert_string_equal(file_bytes, "xxxxxx");
    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->symbol_count, 2); /* and the module's */
    const struct bootlink_info_symbol *s =
        seen(&b, info->symbols, 2 * sizeof(*s));
    is_text(&b, s[0].name, "_start");
    is_text(&b, s[1].name, "hello");
    done(&b);
}

static void modules_and_files_are_handed_over(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->module_count, 1);
    assert_int_equal(info->file_count, 2);
    const struct bootlink_module *m = seen(&b, info->modules, sizeof(*m));
    is_text(&b, m->name, "hello");
    is_text(&b, m->parameters, "greeting=hi");
    assert_int_equal(m->address, MODULE);
    assert_int_equal(m->size, 2 * PAGE);
    assert_int_equal(m->physical, 40 * MIB);
    assert_int_equal((uintptr_t)m->init, MODULE + 16);
    const struct bootlink_file *f = seen(&b, info->files, 2 * sizeof(*f));
    is_text(&b, f[0].name, "initrd.tar");
    assert_int_equal(f[0].size, 5000);
    assert_int_equal(f[0].physical, INITRD);
    is_mapped(&b, (uintptr_t)f[0].data, INITRD, RW);
    is_text(&b, f[1].name, "empty");
    done(&b);
}

static void what_a_module_says_of_itself_is_handed_over(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    const struct bootlink_info *info = b.h.info;
    const struct bootlink_module_info *m =
        seen(&b, info->module_infos, sizeof(*m));
    is_text(&b, info->kernel_version, "3.1");
    is_text(&b, m->path, "modules/hello.ko");
    is_text(&b, m->version, "1.2");
    is_text(&b, m->description, "says hello");
    assert_int_equal((uintptr_t)m->exit, MODULE + 32);
    assert_int_equal((uintptr_t)m->constructors, MODULE + PAGE);
    assert_int_equal(m->constructor_count, 2);
    assert_int_equal((uintptr_t)m->finalisers, MODULE + PAGE + 16);
    assert_int_equal(m->finaliser_count, 1);
    assert_int_equal(m->need_count, 2);
    const uint32_t *n = seen(&b, m->needs, 2 * sizeof(*n));
    assert_true(n[0] == 3 && n[1] == 7);
    done(&b);
}

static void what_is_left_out_is_handed_over(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    assert_int_equal(b.h.info->left_out_count, 1);
    const struct bootlink_left_out *l =
        seen(&b, b.h.info->left_out, sizeof(*l));
    is_text(&b, l->name, "greet");
    is_text(&b, l->path, "modules/greet.ko");
    is_text(&b, l->reason, "it is not there");
    done(&b);
}

static void what_is_exported_is_listed_once_more(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->export_count, 3);
    const struct bootlink_info_export *e =
        seen(&b, info->exports, 3 * sizeof(*e));
    const char *const names[] = {"_start", "counter", "hello"};
    for (size_t i = 0; i < 3; i++) {
        is_text(&b, e[i].name, names[i]);
        is_text(&b, e[i].name_space, "");
        assert_int_equal(e[i].module, i == 2 ? 0 : BOOTLINK_OF_KERNEL);
    }
    assert_int_equal(e[1].address, KERNEL + 4 * PAGE);
    done(&b);
}

static void sections_are_listed_image_by_image(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    assert_int_equal(b.h.info->section_count, 3);
    const struct bootlink_info_section *s =
        seen(&b, b.h.info->sections, 3 * sizeof(*s));
    is_text(&b, s[0].name, ".text");
    is_text(&b, s[1].name, ".data");
    assert_int_equal(s[1].address, KERNEL + 4 * PAGE);
    assert_int_equal(s[1].size, 5000);
    assert_int_equal(s[1].permissions, 3);
    assert_int_equal(s[1].module, BOOTLINK_OF_KERNEL);
    assert_int_equal(s[2].address, MODULE);
    assert_int_equal(s[2].module, 0);
    assert_int_equal(b.h.info->input_count, 0);
    done(&b);
}

/* Two files in .text, the second one twice with a gap between and an empty
 * section of the first; then one of them in .data, and a section that takes no
 * memory. */
static void a_range_is_what_one_file_has_put_in_one_piece(void **state)
{
    (void)state;
    static struct object a = {.name = SPAN("a.o")}, b_o = {.name = SPAN("b.o")};
    static struct section inputs[] = {
        {.object = &a, .size = 20},
        {.object = &b_o, .offset = 32, .size = 8},
        {.object = &a, .offset = 48},
        {.object = &b_o, .offset = 48, .size = 16},
        {.object = &b_o, .size = 24},
    };
    static struct section *list[] = {&inputs[0], &inputs[1], &inputs[2],
                                     &inputs[3], &inputs[4]};
    static struct content contents[] = {
        {.kind = PIECE_SECTION, .sections = list, .count = 4},
        {.kind = PIECE_SECTION, .sections = list + 4, .count = 1},
    };
    static struct output_section text = {.flags = SHF_ALLOC, .size = 64},
                                 data = {.flags = SHF_ALLOC, .size = 24},
                                 note = {.size = 24};
    text.contents = &contents[0], text.address = KERNEL, text.next = &note;
    note.contents = data.contents = &contents[1], note.next = &data;
    data.address = KERNEL + 4 * PAGE;
    static struct link link = {.outputs = &text};
    struct bootlink_image image = kernel;
    struct handoff_input with_link = input;
    image.link = &link, with_link.kernel = &image;
    struct boot b;
    build(&b, &with_link);
    assert_int_equal(b.h.info->input_count, 3);
    const struct bootlink_info_input *in =
        seen(&b, b.h.info->inputs, 3 * sizeof(*in));
    is_text(&b, in[0].file, "a.o");
    assert_true(in[0].address == KERNEL && in[0].size == 20);
    is_text(&b, in[1].file, "b.o");
    assert_true(in[1].address == KERNEL + 32 && in[1].size == 32);
    is_text(&b, in[2].file, "b.o");
    assert_true(in[2].address == KERNEL + 4 * PAGE && in[2].size == 24);
    done(&b);
}

/* ---- The start of a module ------------------------------------------------
 */

static char steps[8];

static int step_init(const char *parameters)
{
    return strcat(steps, parameters) ? 5 : 0;
}

static void step_a(void)
{
    strcat(steps, "a");
}

static void step_b(void)
{
    strcat(steps, "b");
}

static uint64_t resolve(void)
{
    strcat(steps, "r");
    return 77;
}

static void constructors_run_before_init(void **state)
{
    (void)state;
    uint64_t place = 0;
    const bootlink_function constructors[] = {step_a, step_b};
    const struct bootlink_irelative irelative = {(uintptr_t)&place, 37,
                                                 resolve};
    const struct bootlink_module module = {.parameters = {"i", 1},
                                           .init = step_init};
    const struct bootlink_module_info more = {.constructors = constructors,
                                              .constructor_count = 2,
                                              .irelative = &irelative,
                                              .irelative_count = 1};
    struct bootlink_info info = {
        .size = sizeof(info), .modules = &module, .module_infos = &more};
    assert_int_equal(bootlink_module_start(&info, 0), 5);
    assert_string_equal(steps, "rabi");
    assert_int_equal(place, 77);
    /* as a loader of before has it */
    info.size = offsetof(struct bootlink_info, kernel_version);
    bootlink_module_start(&info, 0);
    assert_string_equal(steps, "rabii");
}

/* ---- The framebuffer ----------------------------------------------------- */

static void the_framebuffer_is_handed_over(void **state)
{
    (void)state;
    struct boot b;
    struct handoff_input in = input;
    build(&b, &in);
    const struct bootlink_framebuffer *f =
        seen(&b, b.h.info->framebuffer, sizeof(*f));
    assert_int_equal(f->width, 800);
    assert_int_equal((uintptr_t)f->data, b.h.direct_map + FRAMEBUFFER);
    done(&b);
    in.framebuffer = NULL;
    build(&b, &in);
    assert_null(b.h.info->framebuffer);
    done(&b);
}

static void symbols_of_all_images_are_merged_by_address(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->symbol_count, 5);
    const struct bootlink_info_symbol *s =
        seen(&b, info->symbols, 5 * sizeof(*s));
    const char *const names[] = {"absolute", "_start", "counter", "hello",
                                 "far"};
    for (size_t i = 0; i < 5; i++) {
        is_text(&b, s[i].name, names[i]);
        assert_int_equal(s[i].module, i == 3 ? 0 : BOOTLINK_OF_KERNEL);
        assert_int_equal(s[i].is_function, i == 1 || i == 3);
        assert_true(i == 0 || s[i - 1].address <= s[i].address);
    }
    assert_int_equal(s[3].address, MODULE + 16);
    assert_int_equal(s[1].size, 64);
    done(&b);
}

/* More than one block takes: each is for some of them, one for a single name.
 */
static void names_lie_in_several_blocks(void **state)
{
    enum { COUNT = 100, SIZE = 3000, LONG = 200 * 1024, WHICH = 50 };
    static struct bootlink_symbol symbols[COUNT];
    static char text[LONG];
    (void)state;
    struct bootlink_image image = kernel;
    memset(text, 'n', sizeof(text));
    image.names_size = (COUNT - 1) * SIZE + LONG;
    for (size_t i = 0; i < COUNT; i++)
        symbols[i] = (struct bootlink_symbol){
            {text, i == WHICH ? LONG : SIZE}, KERNEL + i * 64, i, true, true};
    image.symbols = symbols;
    image.symbol_count = image.export_count = COUNT;
    struct handoff_input in = input;
    in.kernel = &image;
    struct boot b;
    build(&b, &in);
    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->symbol_count, COUNT + 1); /* and the module's */
    const struct bootlink_info_symbol *s =
        seen(&b, info->symbols, COUNT * sizeof(*s));
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t size = i == WHICH ? LONG : SIZE;
        const char *name = seen(&b, s[i].name.data, size + 1);
        assert_int_equal(s[i].size, i);
        assert_int_equal(s[i].name.size, size);
        assert_memory_equal(name, text, size);
        assert_int_equal(name[size], 0);
    }
    done(&b);
}

/* The kernel's names fill a block, and the module's are in the next one. */
static void names_of_an_image_begin_in_a_block_of_their_own(void **state)
{
    enum {
        COUNT = 20,
        SIZE = (64 << 10) / COUNT - 1,
        REST = (64 << 10) % COUNT
    };
    static struct bootlink_symbol symbols[COUNT];
    static char text[SIZE + REST];
    (void)state;
    struct bootlink_image image = kernel;
    memset(text, 'n', sizeof(text));
    image.names_size = COUNT * SIZE + REST;
    for (size_t i = 0; i < COUNT; i++)
        symbols[i] = (struct bootlink_symbol){
            {text, i ? SIZE : SIZE + REST}, KERNEL + i, 0, false, false};
    image.symbols = symbols;
    image.symbol_count = COUNT;
    image.export_count = 0;
    struct handoff_input in = input;
    in.kernel = &image;
    struct boot b;
    build(&b, &in);
    const struct bootlink_info *info = b.h.info;
    const struct bootlink_info_symbol *s =
        seen(&b, info->symbols, info->symbol_count * sizeof(*s));
    assert_int_equal(info->symbol_count, COUNT + 1);
    is_text(&b, s[COUNT].name, "hello");
    done(&b);
}

/* ---- After boot services ------------------------------------------------ */

static void is_range(const struct bootlink_memory_range *r, uint64_t start,
                     uint64_t end, uint32_t type)
{
    assert_int_equal(r->start, start);
    assert_int_equal(r->size, end - start);
    assert_int_equal(r->type, type);
}

static void the_memory_map_is_made_without_memory(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    uint64_t allocations = b.w.allocations;
    for (size_t i = 0; i < input.memory_count; i++)
        assert_true(handoff_memory(&b.h, machine[i]));
    handoff_finish(&b.h, 1234);
    assert_int_equal(b.w.allocations, allocations);

    const struct bootlink_info *info = b.h.info;
    assert_int_equal(info->log.size, 1234);
    assert_int_equal((uintptr_t)info->log.data, b.h.direct_map + 48 * MIB);
    assert_int_equal(info->memory_map_count, 15);
    const struct bootlink_memory_range *r =
        seen(&b, info->memory_map, 15 * sizeof(*r));
    is_range(&r[0], 0, 160 * PAGE, BOOTLINK_MEMORY_USABLE);
    is_range(&r[1], MIB, 32 * MIB, BOOTLINK_MEMORY_USABLE);
    is_range(&r[2], 32 * MIB, 32 * MIB + 6 * PAGE, BOOTLINK_MEMORY_KERNEL);
    is_range(&r[4], 40 * MIB, 40 * MIB + 2 * PAGE, BOOTLINK_MEMORY_KERNEL);
    is_range(&r[6], INITRD, INITRD + 2 * PAGE, BOOTLINK_MEMORY_KERNEL);
    is_range(&r[8], TRAMPOLINE, TRAMPOLINE + PAGE, BOOTLINK_MEMORY_KERNEL);
    is_range(&r[10], SYSTEM, ACPI, BOOTLINK_MEMORY_RUNTIME);
    is_range(&r[11], ACPI, ACPI + 16 * PAGE, BOOTLINK_MEMORY_ACPI_TABLES);
    is_range(&r[12], FRAMEBUFFER, FRAMEBUFFER + 0x1d5000,
             BOOTLINK_MEMORY_FRAMEBUFFER);
    is_range(&r[13], 0xfec00000, 0xfec01000, BOOTLINK_MEMORY_RESERVED);
    is_range(&r[14], 4 * GIB, 8 * GIB, BOOTLINK_MEMORY_USABLE);
    done(&b);
}

/* More descriptors than room are refused and harm nothing. */
static void the_limit_of_descriptors_is_kept(void **state)
{
    (void)state;
    struct boot b;
    struct memmap_range range = {0, 1, BOOTLINK_MEMORY_USABLE};
    uint64_t taken = 0;
    build(&b, &input);
    while (handoff_memory(&b.h, range) && taken < 1000) {
        range.start += 2 * PAGE;
        taken++;
    }
    assert_in_range(taken, input.memory_limit, input.memory_limit + 2);
    handoff_finish(&b.h, 0);
    assert_true(b.h.info->memory_map_count > taken);
    done(&b);
}

static void stamps_written_through_the_info_are_seen(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    b.h.info->stamps[BOOTLINK_STAGE_EXITED] = 42;
    const struct bootlink_info *info =
        seen(&b, (void *)b.h.info_address, sizeof(*info));
    assert_int_equal(info->stamps[BOOTLINK_STAGE_EXITED], 42);
    done(&b);
}

static void a_limit_that_overflows_is_refused(void **state)
{
    (void)state;
    struct handoff_input in = input;
    in.memory_limit = UINT64_MAX;
    refuses(&in, "of boot info; give the machine more memory");
    in.memory_limit = 1ull << 50;
    refuses(&in, "of boot info; give the machine more memory");
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool ok = false;
    for (uint64_t n = 1; !ok; n++) {
        struct boot b;
        test_world_open(&b.w);
        b.w.fail_at = n;
        ok = handoff_build(&b.w.world, &input, &b.h);
        assert_int_equal(b.w.classes[BOOTLINK_NO_MEMORY], !ok);
        done(&b);
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_info_is_where_the_kernel_looks),
        cmocka_unit_test(nothing_of_the_files_is_read_once_that_is_said),
        cmocka_unit_test(modules_and_files_are_handed_over),
        cmocka_unit_test(what_a_module_says_of_itself_is_handed_over),
        cmocka_unit_test(what_is_left_out_is_handed_over),
        cmocka_unit_test(sections_are_listed_image_by_image),
        cmocka_unit_test(a_range_is_what_one_file_has_put_in_one_piece),
        cmocka_unit_test(what_is_exported_is_listed_once_more),
        cmocka_unit_test(constructors_run_before_init),
        cmocka_unit_test(the_framebuffer_is_handed_over),
        cmocka_unit_test(symbols_of_all_images_are_merged_by_address),
        cmocka_unit_test(names_lie_in_several_blocks),
        cmocka_unit_test(names_of_an_image_begin_in_a_block_of_their_own),
        cmocka_unit_test(the_memory_map_is_made_without_memory),
        cmocka_unit_test(the_limit_of_descriptors_is_kept),
        cmocka_unit_test(stamps_written_through_the_info_are_seen),
        cmocka_unit_test(a_limit_that_overflows_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
