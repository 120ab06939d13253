/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The native handoff: every sentence of bootinfo.h's comment, checked through
 * the page tables as a kernel would see it.
 */
#include "unit/world.h"

#include "handoff.h"

#define MIB 0x100000ull
#define GIB 0x40000000ull

enum { PAGE = 4096, MOST_LEAVES = 65536 };

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

static const struct bootlink_image kernel = {
    .entry = KERNEL + 8,
    .low = KERNEL,
    .high = KERNEL + 6 * PAGE,
    .slide = 0x200000,
    .segments = kernel_segments,
    .segment_count = 3,
    .symbols = kernel_symbols,
    .symbol_count = 4,
};

static const struct bootlink_image module = {
    .init = MODULE + 16,
    .low = MODULE,
    .high = MODULE + 2 * PAGE,
    .segments = module_segments,
    .segment_count = 2,
    .symbols = module_symbols,
    .symbol_count = 1,
};

static const struct handoff_module modules[] = {
    {&module, SPAN("hello"), SPAN("greeting=hi")},
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
    .files = files,
    .file_count = 2,
    .command_line = SPAN("verbose"),
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

static void build(struct boot *b, const struct handoff_input *in)
{
    test_world_open(&b->w);
    if (!handoff_build(&b->w.world, in, &b->h))
        fail_msg("%s", b->w.text);
}

static void done(struct boot *b)
{
    test_world_close(&b->w);
}

static void refuses(const struct handoff_input *in, const char *message)
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

static bool walk(struct boot *b, uint64_t address, struct paging_entry *entry)
{
    return paging_walk(b->h.root, address, paging_table, &b->h.paging, entry);
}

/* The bytes that the kernel reads at a virtual address: they must be mapped
 * without a break and lie in a block that the world gave out. */
static const void *seen(struct boot *b, const void *pointer, uint64_t size)
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

static void is_text(struct boot *b, struct bootlink_text text,
                    const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(seen(b, text.data, text.size + 1), expected,
                        text.size + 1);
}

static void is_mapped(struct boot *b, uint64_t address, uint64_t physical,
                      unsigned permissions)
{
    struct paging_entry entry;
    assert_true(walk(b, address, &entry));
    assert_int_equal(entry.physical + (address - entry.address), physical);
    assert_int_equal(entry.permissions, permissions);
}

static void is_not_mapped(struct boot *b, uint64_t address)
{
    struct paging_entry entry;
    assert_false(walk(b, address, &entry));
}

/* ---- All mappings there are, by a walk of our own ----------------------- */

struct leaf {
    uint64_t address, physical, size;
    bool writable, executable;
};

struct leaves {
    struct leaf leaf[MOST_LEAVES];
    size_t count;
};

/* [Intel SDM 3A 4.5]: bit 0 present, 1 writable, 7 a large page, 63 NX. The
 * rights of a page are those of all levels above it together. */
static void collect(struct paging *paging, uint64_t table, unsigned level,
                    struct leaf above, struct leaves *all)
{
    const uint64_t *entries = paging_table(paging, table);
    assert_non_null(entries);
    for (uint64_t i = 0; i < 512; i++) {
        uint64_t entry = entries[i], size = 1ull << (12 + 9 * level);
        struct leaf leaf = {
            above.address + i * size, entry & 0x000ffffffffff000ull, size,
            above.writable && (entry & 2), above.executable && !(entry >> 63)};
        if (!(entry & 1))
            continue;
        if (level == 3 && i >= 256)
            leaf.address |= 0xffff000000000000ull;
        if (level > 0 && !(entry & 0x80)) {
            collect(paging, leaf.physical, level - 1, leaf, all);
            continue;
        }
        leaf.physical &= ~(size - 1);
        assert_true(all->count < MOST_LEAVES);
        all->leaf[all->count++] = leaf;
    }
}

static bool meet(const struct leaf *a, const struct leaf *b)
{
    return a->physical < b->physical + b->size &&
           b->physical < a->physical + a->size;
}

/* No page writable and executable, and no executable page writable at another
 * address. */
static bool keeps_writable_and_executable_apart(struct boot *b)
{
    static struct leaves all;
    all.count = 0;
    collect(&b->h.paging, b->h.root, 3, (struct leaf){0, 0, 0, true, true},
            &all);
    bool apart = true;
    for (size_t i = 0; i < all.count; i++) {
        for (size_t j = 0; j < all.count && all.leaf[i].executable; j++)
            if (all.leaf[j].writable && meet(&all.leaf[i], &all.leaf[j]))
                apart = false;
    }
    return apart;
}

/* ---- Tests: page tables ------------------------------------------------- */

static void segments_have_their_own_permissions(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    for (size_t i = 0; i < 3; i++)
        for (uint64_t at = 0; at < kernel_segments[i].size; at += PAGE)
            is_mapped(&b, kernel_segments[i].address + at,
                      kernel_segments[i].physical + at,
                      kernel_segments[i].permissions);
    is_mapped(&b, MODULE, 40 * MIB, RX);
    is_mapped(&b, MODULE + PAGE, 40 * MIB + PAGE, RW);
    is_not_mapped(&b, KERNEL - 1);
    is_not_mapped(&b, kernel.high);
    is_not_mapped(&b, module.high);
    done(&b);
}

static void the_direct_map_covers_ram_and_tables(void **state)
{
    (void)state;
    struct boot b;
    const uint64_t places[] = {0,      159 * PAGE + 4095, MIB,         SYSTEM,
                               ACPI,   4 * GIB,           8 * GIB - 1, SMBIOS,
                               INITRD, 48 * MIB};
    build(&b, &input);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        is_mapped(&b, b.h.direct_map + places[i], places[i], RW);
    is_not_mapped(&b, b.h.direct_map + 160 * PAGE);
    is_not_mapped(&b, b.h.direct_map + 0xfec00000);
    is_not_mapped(&b, b.h.direct_map + 8 * GIB);
    done(&b);
}

static void the_framebuffer_is_write_combining(void **state)
{
    (void)state;
    struct boot b;
    struct paging_entry entry;
    build(&b, &input);
    for (uint64_t at = 0; at < framebuffer.size; at += PAGE) {
        assert_true(walk(&b, b.h.direct_map + FRAMEBUFFER + at, &entry));
        assert_int_equal(entry.cache, PAGING_WRITE_COMBINING);
        assert_int_equal(entry.permissions, RW);
    }
    assert_true(walk(&b, b.h.direct_map + MIB, &entry));
    assert_int_equal(entry.cache, PAGING_WRITE_BACK);
    done(&b);
}

static void a_framebuffer_in_ram_stays_write_back(void **state)
{
    (void)state;
    struct boot b;
    struct paging_entry entry;
    struct bootlink_framebuffer f = framebuffer;
    struct handoff_input in = input;
    f.physical = 8 * GIB - 16 * PAGE; /* and the rest behind RAM */
    in.framebuffer = &f;
    build(&b, &in);
    assert_true(walk(&b, b.h.direct_map + f.physical, &entry));
    assert_int_equal(entry.cache, PAGING_WRITE_BACK);
    assert_true(walk(&b, b.h.direct_map + 8 * GIB, &entry));
    assert_int_equal(entry.cache, PAGING_WRITE_COMBINING);
    done(&b);
}

static void read_only_pages_are_so_in_the_direct_map(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    for (uint64_t at = 0; at < 4 * PAGE; at += PAGE)
        is_mapped(&b, b.h.direct_map + 32 * MIB + at, 32 * MIB + at, R);
    is_mapped(&b, b.h.direct_map + 32 * MIB + 4 * PAGE, 32 * MIB + 4 * PAGE,
              RW);
    is_mapped(&b, b.h.direct_map + 32 * MIB - PAGE, 32 * MIB - PAGE, RW);
    is_mapped(&b, b.h.direct_map + 40 * MIB, 40 * MIB, R);
    done(&b);
}

static void writable_and_executable_are_apart(void **state)
{
    (void)state;
    struct handoff_input in = input;
    for (int gib_pages = 0; gib_pages < 2; gib_pages++) {
        struct boot b;
        in.features.gib_pages = gib_pages;
        build(&b, &in);
        assert_true(keeps_writable_and_executable_apart(&b));
        done(&b);
    }
}

/* The check above sees a page made wrong on purpose. */
static void the_check_sees_a_writable_alias(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    assert_true(paging_map(&b.h.paging, b.h.direct_map + 32 * MIB, 32 * MIB,
                           PAGE, RW, PAGING_WRITE_BACK));
    assert_false(keeps_writable_and_executable_apart(&b));
    done(&b);
}

static void the_check_sees_a_writable_and_executable_page(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    assert_true(paging_map(&b.h.paging, MODULE + PAGE, 40 * MIB + PAGE, PAGE,
                           RX, PAGING_WRITE_BACK));
    assert_false(keeps_writable_and_executable_apart(&b));
    done(&b);
}

static void the_trampoline_is_one_identity_page(void **state)
{
    (void)state;
    struct boot b;
    build(&b, &input);
    is_mapped(&b, TRAMPOLINE, TRAMPOLINE, RX);
    is_not_mapped(&b, TRAMPOLINE - PAGE);
    is_not_mapped(&b, TRAMPOLINE + PAGE);
    is_mapped(&b, b.h.direct_map + TRAMPOLINE, TRAMPOLINE, R);
    assert_int_equal(b.h.info->trampoline.start, TRAMPOLINE);
    assert_int_equal(b.h.info->trampoline.size, PAGE);
    done(&b);
}

static void the_stack_has_a_zero_on_top_and_guards_around(void **state)
{
    (void)state;
    struct boot b;
    struct paging_entry entry;
    build(&b, &input);
    struct bootlink_range stack = b.h.info->stack;
    assert_true(stack.size >= 64 * 1024);
    assert_int_equal(b.h.stack % 16, 8);
    assert_int_equal(b.h.stack + 8, stack.start + stack.size);
    assert_int_equal(read64(seen(&b, (void *)b.h.stack, 8)), 0);
    for (uint64_t at = 0; at < stack.size; at += PAGE) {
        assert_true(walk(&b, stack.start + at, &entry));
        assert_int_equal(entry.permissions, RW);
    }
    is_not_mapped(&b, stack.start - 1);
    is_not_mapped(&b, stack.start + stack.size);
    done(&b);
}

/* ---- Tests: placement --------------------------------------------------- */

static void the_direct_map_makes_way_for_an_image(void **state)
{
    (void)state;
    struct boot b;
    struct bootlink_segment segment = {SPAN(".text"), 0xffff888000000000ull,
                                       32 * MIB, PAGE, RX};
    struct bootlink_image image = {.low = segment.address,
                                   .high = segment.address + PAGE,
                                   .segments = &segment,
                                   .segment_count = 1};
    struct handoff_input in = input;
    in.kernel = &image;
    build(&b, &in);
    assert_int_equal(b.h.direct_map, 0xffff890000000000ull);
    is_mapped(&b, segment.address, 32 * MIB, RX);
    assert_true(keeps_writable_and_executable_apart(&b));
    done(&b);
}

static void an_identity_mapped_kernel_is_possible(void **state)
{
    (void)state;
    struct boot b;
    struct bootlink_segment segments[] = {
        {SPAN(".text"), MIB, MIB, PAGE, RX},
        {SPAN(".data"), MIB + PAGE, MIB + PAGE, PAGE, RW}};
    struct bootlink_image image = {.entry = MIB,
                                   .low = MIB,
                                   .high = MIB + 2 * PAGE,
                                   .segments = segments,
                                   .segment_count = 2};
    struct handoff_input in = input;
    in.kernel = &image;
    build(&b, &in);
    is_mapped(&b, MIB, MIB, RX);
    is_mapped(&b, MIB + PAGE, MIB + PAGE, RW);
    assert_true(keeps_writable_and_executable_apart(&b));
    done(&b);
}

static void an_image_over_the_trampoline_is_refused(void **state)
{
    (void)state;
    struct handoff_input in = input;
    struct bootlink_image image = kernel;
    image.low = TRAMPOLINE - PAGE;
    image.high = TRAMPOLINE + 1;
    in.kernel = &image;
    refuses(&in, "where the page that enters it is (0xc800000)");
}

static void an_image_outside_ram_is_refused(void **state)
{
    (void)state;
    struct handoff_input in = input;
    struct bootlink_segment segment = kernel_segments[0];
    struct bootlink_image image = kernel;
    segment.physical = 159 * PAGE; /* its second page is in the hole */
    image.segments = &segment;
    image.segment_count = 1;
    in.kernel = &image;
    refuses(&in, ".text: 0x3000 bytes at physical address 0x9f000 are not all "
                 "RAM");
    segment.physical = UINT64_MAX - PAGE + 1;
    refuses(&in, "are not all RAM");
}

static void wild_addresses_of_firmware_are_refused(void **state)
{
    (void)state;
    struct bootlink_framebuffer f = framebuffer;
    struct handoff_input in = input;
    f.physical = UINT64_MAX - 5;
    in.framebuffer = &f;
    refuses(&in, "the framebuffer (0x1d4c00 bytes at 0xfffffffffffffffa)");
    in = input;
    in.rsdp = UINT64_MAX;
    refuses(&in, "the ACPI (0xffffffffffffffff)");
}

static void more_memory_than_the_upper_half_is_refused(void **state)
{
    (void)state;
    struct handoff_input in = input;
    struct memmap_range all = {0, 1ull << 40, BOOTLINK_MEMORY_USABLE};
    in.memory = &all;
    in.memory_count = 1;
    refuses(&in, "no room for a direct map of 4194304 GiB");
}

/* ---- Tests: the boot info ----------------------------------------------- */

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

/* ---- Tests: after boot services ----------------------------------------- */

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
        cmocka_unit_test(segments_have_their_own_permissions),
        cmocka_unit_test(the_direct_map_covers_ram_and_tables),
        cmocka_unit_test(the_framebuffer_is_write_combining),
        cmocka_unit_test(a_framebuffer_in_ram_stays_write_back),
        cmocka_unit_test(read_only_pages_are_so_in_the_direct_map),
        cmocka_unit_test(writable_and_executable_are_apart),
        cmocka_unit_test(the_check_sees_a_writable_alias),
        cmocka_unit_test(the_check_sees_a_writable_and_executable_page),
        cmocka_unit_test(the_trampoline_is_one_identity_page),
        cmocka_unit_test(the_stack_has_a_zero_on_top_and_guards_around),
        cmocka_unit_test(the_direct_map_makes_way_for_an_image),
        cmocka_unit_test(an_identity_mapped_kernel_is_possible),
        cmocka_unit_test(an_image_over_the_trampoline_is_refused),
        cmocka_unit_test(an_image_outside_ram_is_refused),
        cmocka_unit_test(wild_addresses_of_firmware_are_refused),
        cmocka_unit_test(more_memory_than_the_upper_half_is_refused),
        cmocka_unit_test(the_info_is_where_the_kernel_looks),
        cmocka_unit_test(modules_and_files_are_handed_over),
        cmocka_unit_test(the_framebuffer_is_handed_over),
        cmocka_unit_test(symbols_of_all_images_are_merged_by_address),
        cmocka_unit_test(the_memory_map_is_made_without_memory),
        cmocka_unit_test(the_limit_of_descriptors_is_kept),
        cmocka_unit_test(stamps_written_through_the_info_are_seen),
        cmocka_unit_test(a_limit_that_overflows_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
