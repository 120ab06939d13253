/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine, what was linked for it, and the handoff as its kernel sees it.
 */
#ifndef BOOTLINK_TEST_BOOT_H
#define BOOTLINK_TEST_BOOT_H

#include "unit/world.h"

#include "handoff.h"

#define MIB 0x100000ull
#define GIB 0x40000000ull

enum { PAGE = 4096 };

/* ---- A machine and what was linked for it ------------------------------- */

#define KERNEL      0xffffffff80200000ull
#define MODULE      0xffffffff80400000ull
#define FRAMEBUFFER (2 * GIB)
#define TRAMPOLINE  (200 * MIB)
#define ACPI        (255 * MIB)
#define SYSTEM      (254 * MIB)
#define INITRD      (64 * MIB)
#define SMBIOS      0xf0010ull /* in no range of the map */

#define R  BOOTLINK_READ
#define RW (BOOTLINK_READ | BOOTLINK_WRITE)
#define RX (BOOTLINK_READ | BOOTLINK_EXECUTE)

static const struct memmap_range machine[] = {
    {MIB, 253 * 256, BOOTLINK_MEMORY_USABLE},
    {0, 160, BOOTLINK_MEMORY_USABLE},
    {SYSTEM, 256, BOOTLINK_MEMORY_RUNTIME},
    {ACPI, 16, BOOTLINK_MEMORY_ACPI_TABLES},
    {0xfec00000, 1, BOOTLINK_MEMORY_RESERVED},
    {4 * GIB, 1 << 20, BOOTLINK_MEMORY_USABLE},
};

static const struct bootlink_segment kernel_segments[] = {
    {SPAN(".text"), KERNEL, 32 * MIB, 3 * PAGE, RX},
    {SPAN(".rodata"), KERNEL + 3 * PAGE, 32 * MIB + 3 * PAGE, PAGE, R},
    {SPAN(".data"), KERNEL + 4 * PAGE, 32 * MIB + 4 * PAGE, 2 * PAGE, RW},
};

static const struct bootlink_symbol kernel_symbols[] = {
    {SPAN("absolute"), 0x10, 0, false, false},
    {SPAN("_start"), KERNEL, 64, true, true},
    {SPAN("counter"), KERNEL + 4 * PAGE, 8, false, true},
    {SPAN("far"), 0xfffffffffffff000ull, 0, false, false},
};

static const struct bootlink_segment module_segments[] = {
    {SPAN(".text"), MODULE, 40 * MIB, PAGE, RX},
    {SPAN(".bss"), MODULE + PAGE, 40 * MIB + PAGE, PAGE, RW},
};

static const struct bootlink_symbol module_symbols[] = {
    {SPAN("hello"), MODULE + 16, 32, true, true},
};

static const struct bootlink_section kernel_sections[] = {
    {SPAN(".text"), KERNEL, 2 * PAGE + 100, NULL, RX},
    {SPAN(".data"), KERNEL + 4 * PAGE, 5000, NULL, RW},
};

static const struct bootlink_section module_sections[] = {
    {SPAN(".text"), MODULE, 48, NULL, RX},
};

static const struct bootlink_image kernel = {
    .entry = KERNEL + 8,
    .low = KERNEL,
    .high = KERNEL + 6 * PAGE,
    .slide = 0x200000,
    .segments = kernel_segments,
    .segment_count = 3,
    .sections = kernel_sections,
    .section_count = 2,
    .symbols = kernel_symbols,
    .symbol_count = 4,
    .names_size = 24,
    .export_count = 2,
};

static const struct bootlink_image module = {
    .init = MODULE + 16,
    .exit = MODULE + 32,
    .init_array = MODULE + PAGE,
    .init_count = 2,
    .fini_array = MODULE + PAGE + 16,
    .fini_count = 1,
    .low = MODULE,
    .high = MODULE + 2 * PAGE,
    .segments = module_segments,
    .segment_count = 2,
    .sections = module_sections,
    .section_count = 1,
    .symbols = module_symbols,
    .symbol_count = 1,
    .names_size = 5,
    .export_count = 1,
};

static const uint32_t needs[] = {3, 7};

static const struct handoff_module modules[] = {
    {.image = &module,
     .name = SPAN("hello"),
     .parameters = SPAN("greeting=hi"),
     .path = SPAN("modules/hello.ko"),
     .version = SPAN("1.2"),
     .description = SPAN("says hello"),
     .needs = needs,
     .need_count = 2},
};

static const struct handoff_left_out left_out[] = {
    {SPAN("greet"), SPAN("modules/greet.ko"), SPAN("it is not there")},
};

static const struct handoff_file files[] = {
    {SPAN("initrd.tar"), INITRD, 5000},
    {SPAN("empty"), INITRD + 4 * PAGE, 0},
};

static const struct bootlink_framebuffer framebuffer = {
    .physical = FRAMEBUFFER,
    .size = 800 * 600 * 4,
    .width = 800,
    .height = 600,
    .stride = 3200,
    .bits_per_pixel = 32,
};

static const struct handoff_input input = {
    .kernel = &kernel,
    .modules = modules,
    .module_count = 1,
    .left_out = left_out,
    .left_out_count = 1,
    .files = files,
    .file_count = 2,
    .command_line = SPAN("verbose"),
    .kernel_version = SPAN("3.1"),
    .framebuffer = &framebuffer,
    .rsdp = ACPI + 0x14,
    .smbios = SMBIOS,
    .efi_system_table = SYSTEM + 0x18,
    .log = {NULL, 48 * MIB, 65536},
    .trampoline = TRAMPOLINE,
    .features = {.gib_pages = true, .no_execute = true},
    .memory = machine,
    .memory_count = sizeof(machine) / sizeof(machine[0]),
    .memory_limit = 32,
};

struct boot {
    struct test_world w;
    struct handoff h;
};

static inline void build(struct boot *b, const struct handoff_input *in)
{
    test_world_open(&b->w);
    if (!handoff_build(&b->w.world, in, &b->h))
        fail_msg("%s", b->w.text);
}

static inline void done(struct boot *b)
{
    test_world_close(&b->w);
}

static inline void refuses(const struct handoff_input *in, const char *message)
{
    struct boot b;
    test_world_open(&b.w);
    assert_false(handoff_build(&b.w.world, in, &b.h));
    assert_int_equal(b.w.errors, 1);
    if (!strstr(b.w.text, message))
        fail_msg("expected '%s' in: %s", message, b.w.text);
    done(&b);
}

/* ---- What the kernel sees ----------------------------------------------- */

static inline bool walk(struct boot *b, uint64_t address,
                        struct paging_entry *entry)
{
    return paging_walk(b->h.root, address, paging_table, &b->h.paging, entry);
}

/* The bytes that the kernel reads at a virtual address: they must be mapped
 * without a break and lie in a block that the world gave out. */
static inline const void *seen(struct boot *b, const void *pointer,
                               uint64_t size)
{
    uint64_t address = (uintptr_t)pointer;
    struct paging_entry entry;
    assert_true(walk(b, address, &entry));
    uint64_t physical = entry.physical + (address - entry.address);
    for (uint64_t at = 0; at < size; at += PAGE) {
        struct paging_entry next;
        assert_true(walk(b, address + at, &next));
        assert_int_equal(next.physical + (address + at - next.address),
                         physical + at);
    }
    for (size_t i = 0; i < b->w.block_count; i++) {
        const struct bootlink_memory *m = &b->w.blocks[i].memory;
        if (physical >= m->physical &&
            in_bounds(m->size, physical - m->physical, size))
            return (const char *)m->data + (physical - m->physical);
    }
    fail_msg("nothing was given out at 0x%llx", (unsigned long long)physical);
    return NULL;
}

static inline void is_text(struct boot *b, struct bootlink_text text,
                           const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(seen(b, text.data, text.size + 1), expected,
                        text.size + 1);
}

static inline void is_mapped(struct boot *b, uint64_t address,
                             uint64_t physical, unsigned permissions)
{
    struct paging_entry entry;
    assert_true(walk(b, address, &entry));
    assert_int_equal(entry.physical + (address - entry.address), physical);
    assert_int_equal(entry.permissions, permissions);
}

static inline void is_not_mapped(struct boot *b, uint64_t address)
{
    struct paging_entry entry;
    assert_false(walk(b, address, &entry));
}

#endif
