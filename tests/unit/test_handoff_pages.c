/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The page tables of the native handoff: every promise of bootinfo.h about
 * %cr3, checked by walking them.
 */
#include "unit/handoff_boot.h"

enum { MOST_LEAVES = 65536 };

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

/* ---- What is mapped ----------------------------------------------------- */

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

/* ---- Where it is mapped ------------------------------------------------- */

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
