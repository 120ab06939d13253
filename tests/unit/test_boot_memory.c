/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages from the firmware, and images whose place it still uses.
 */
#include "unit/firmware.h"

#include "../../boot/map.c"
#undef TRIES
#include "../../boot/memory.c"
#include "../../boot/stage.c"

static const uint64_t MIB = 1024 * 1024;

/* Descriptors of 1 MiB each from 16 MiB on, one for each type. */
static void map_of(const UINT32 *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        firmware.map[i] = (EFI_MEMORY_DESCRIPTOR){
            .Type = types[i],
            .PhysicalStart = (16 + i) * MIB,
            .NumberOfPages = MIB / PAGE,
        };
    firmware.map_count = count;
}

#define MAP(...)                                                               \
    map_of((const UINT32[]){__VA_ARGS__},                                      \
           sizeof((const UINT32[]){__VA_ARGS__}) / sizeof(UINT32))

static void pages_are_aligned_and_given_back(void **state)
{
    (void)state;
    struct boot boot;
    firmware_open(&boot);
    for (uint64_t align = 1; align <= 2 * MIB; align *= 2) {
        struct bootlink_memory memory;
        assert_true(memory_take(&boot, PAGE + 1, align, &memory));
        assert_int_equal((uint64_t)memory.data % align, 0);
        assert_int_equal(memory.physical, (uint64_t)memory.data);
        memset(memory.data, 1, memory.size);
        assert_int_equal(firmware.pages, 2);
        memory_give(&boot, memory);
    }
    firmware_close();
}

/* Some firmware fills what it gets back, byte by byte. */
static void what_the_map_has_room_for_is_taken_exactly(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    firmware.gives_addresses = true;
    MAP(EfiConventionalMemory, EfiConventionalMemory, EfiLoaderData,
        EfiConventionalMemory);
    firmware.map[0].NumberOfPages = 4 * MIB / PAGE;
    firmware.map[1].PhysicalStart = 32 * MIB + PAGE;
    firmware.map[1].NumberOfPages = 3 * MIB / PAGE;
    firmware.map[2].PhysicalStart = 40 * MIB;
    firmware.map[3].NumberOfPages = UINT64_MAX; /* wraps: is not believed */
    assert_true(memory_take(&boot, MIB, 2 * MIB, &memory));
    assert_int_equal(memory.physical, 34 * MIB);
    assert_true(memory_take(&boot, 3 * MIB, 2 * MIB, &memory));
    assert_int_equal(memory.physical, 16 * MIB);
    assert_int_equal(firmware.given_back, 0);
    memory_close(&boot);
    firmware_close();
}

/* A hundred of them, and the firmware's map does not grow with each. */
static void small_images_lie_side_by_side(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory parts[100], again;
    firmware_open(&boot);
    for (int i = 0; i < 100; i++) {
        assert_true(memory_take_part(&boot, 2 * PAGE + 1, &parts[i]));
        assert_int_equal(parts[i].physical, (uint64_t)parts[i].data);
        memset(parts[i].data, i, parts[i].size);
        assert_true(i % 42 == 0 ||
                    parts[i].physical == parts[i - 1].physical + 3 * PAGE);
    }
    for (int i = 0; i < 100; i++)
        for (uint64_t at = 0; at < parts[i].size; at += PAGE)
            assert_int_equal(((char *)parts[i].data)[at], i);
    assert_int_equal(firmware.pages, 3 * 128);
    memory_give(&boot, parts[99]); /* the last one can be had again */
    assert_true(memory_take_part(&boot, 1, &again));
    assert_int_equal(again.physical, parts[99].physical);
    memory_give(&boot, parts[0]); /* and another one harms nobody */
    assert_true(memory_take_part(&boot, 1 << 20, &again));
    assert_int_equal(firmware.pages, 3 * 128 + 256);
    memory_give(&boot, again);
    assert_int_equal(firmware.pages, 3 * 128);
    memory_close(&boot);
    firmware_close();
}

/* What is given back is had again, and what is more than wanted, too. */
static void what_the_boot_gives_back_it_takes_again(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory parts[3], again;
    firmware_open(&boot);
    for (int i = 0; i < 3; i++)
        assert_true(memory_take_for_boot(&boot, 4 * PAGE, &parts[i]));
    memory_give(&boot, parts[0]);
    memory_give(&boot, parts[2]);
    memory_give(&boot, parts[1]); /* all of them are one now */
    assert_int_equal(firmware.given_back, 0);
    assert_true(memory_take_for_boot(&boot, 9 * PAGE - 1, &again));
    uint64_t end = again.physical + 9 * PAGE;
    assert_true(memory_take_for_boot(&boot, 3 * PAGE, &again));
    assert_int_equal(again.physical + 3 * PAGE + 9 * PAGE, end);
    assert_int_equal(firmware.pages, SPARE / PAGE);
    assert_true(memory_take_for_boot(&boot, SPARE, &again));
    assert_int_equal(firmware.pages, 2 * SPARE / PAGE);
    assert_int_equal(boot.memory.pages, 2 * SPARE / PAGE);
    memory_close(&boot);
    firmware_close();
}

/* A rest that is less than that, and less than an arena's block, goes along. */
static void no_small_rest_is_left(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory first, second, again;
    firmware_open(&boot);
    assert_true(memory_take_for_boot(&boot, 20 * PAGE, &first));
    assert_true(memory_take_for_boot(&boot, 40 * PAGE, &second));
    memory_give(&boot, first);
    assert_true(memory_take_for_boot(&boot, 12 * PAGE, &again));
    assert_int_equal(again.size, 20 * PAGE);
    memory_give(&boot, again);
    assert_true(memory_take_for_boot(&boot, 10 * PAGE, &again));
    assert_int_equal(again.size, 10 * PAGE);
    memory_give(&boot, second);
    assert_true(memory_take_for_boot(&boot, 23 * PAGE, &again));
    assert_int_equal(again.size, 23 * PAGE);
    memory_close(&boot);
    firmware_close();
}

/* What a block begins with others get, and the rest when that is given, too. */
static void the_beginning_of_a_block_is_given_back(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory block, again, rest;
    firmware_open(&boot);
    assert_true(memory_take_for_boot(&boot, SPARE, &block));
    uint64_t start = block.physical;
    memory_cut(&boot, &block, SPARE); /* not all of it */
    assert_int_equal(block.size, SPARE);
    memory_cut(&boot, &block, 32 * PAGE);
    assert_int_equal(block.physical, start + 32 * PAGE);
    assert_int_equal((uint64_t)block.data, block.physical);
    assert_int_equal(block.size, SPARE - 32 * PAGE);
    assert_true(memory_take_for_boot(&boot, 32 * PAGE, &again));
    assert_int_equal(again.physical, start);
    memory_give(&boot, again);
    memory_give(&boot, block);
    assert_true(memory_take_for_boot(&boot, SPARE, &rest));
    assert_int_equal(rest.physical, start);
    assert_int_equal(boot.memory.most_pages, SPARE / PAGE);
    memory_close(&boot);
    firmware_close();
}

/* Of blocks that are spare the smallest is taken that is large enough. */
static void the_smallest_spare_one_is_taken(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory large, small, between, again;
    firmware_open(&boot);
    assert_true(memory_take_for_boot(&boot, 8 * PAGE, &large));
    assert_true(memory_take_for_boot(&boot, PAGE, &between));
    assert_true(memory_take_for_boot(&boot, 2 * PAGE, &small));
    assert_true(memory_take_for_boot(&boot, PAGE, &between));
    memory_give(&boot, small);
    memory_give(&boot, large);
    assert_true(memory_take_for_boot(&boot, 2 * PAGE, &again));
    assert_int_equal(again.physical, small.physical);
    memory_close(&boot);
    firmware_close();
}

/* The firmware's map does not say so, the kernel's does. */
static void what_the_kernel_gets_may_be_spare(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory spare, kept, fresh;
    struct memmap_edge edges[4];
    struct bootlink_memory_range ranges[4];
    firmware_open(&boot);
    boot.handoff.memory = memmap_open(edges, ranges, 2);
    assert_true(memory_take_for_boot(&boot, SPARE, &spare));
    memory_give(&boot, spare);
    assert_true(memory_take_kept(&boot, 2 * PAGE, &kept));
    assert_int_equal(kept.physical + 2 * PAGE, spare.physical + SPARE);
    assert_true(memory_take_kept(&boot, SPARE, &fresh)); /* LoaderData */
    assert_int_equal(firmware.pages, 2 * SPARE / PAGE);
    assert_true(memory_hand_over(&boot));
    memmap_finish(&boot.handoff.memory);
    assert_int_equal(boot.handoff.memory.range_count, 1);
    assert_int_equal(ranges[0].start, kept.physical);
    assert_int_equal(ranges[0].size, 2 * PAGE);
    assert_int_equal(ranges[0].type, BOOTLINK_MEMORY_RECLAIMABLE);
    memory_close(&boot);
    firmware_close();
}

/* ... but not where an image will be moved to. */
static void what_a_move_overwrites_the_kernel_does_not_get(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory spare, kept, image;
    firmware_open(&boot);
    assert_true(memory_take_for_boot(&boot, SPARE, &spare));
    memory_give(&boot, spare);
    assert_true(memory_take(&boot, PAGE, PAGE, &image));
    struct block *block = memory_block(&boot, image.data);
    block->is_staged = true;
    block->destination = spare.physical;
    boot.memory.staged_count = 1;
    assert_true(memory_take_kept(&boot, PAGE, &kept));
    assert_false(in_bounds(SPARE, kept.physical - spare.physical, 1));
    memory_close(&boot);
    firmware_close();
}

/* The firmware gets it when it has nothing else to give. */
static void what_is_spare_is_there_for_all(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    firmware.limit = 10;
    assert_true(memory_take_for_boot(&boot, 8 * PAGE, &memory));
    memory_give(&boot, memory);
    assert_true(memory_take(&boot, 9 * PAGE, PAGE, &memory));
    assert_int_equal(firmware.pages, 9);
    assert_int_equal(boot.memory.pages, 9);
    memory_close(&boot);
    firmware_close();
}

static void an_error_leaves_nothing_behind(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    for (int i = 0; i < 5; i++)
        assert_true(memory_take(&boot, 100, PAGE, &memory));
    memory_close(&boot);
    firmware_close();
}

static void no_memory_says_how_much_there_is(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    MAP(EfiConventionalMemory, EfiReservedMemoryType, EfiConventionalMemory);
    const uint64_t sizes[] = {32 * MIB, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < 3; i++)
        assert_false(memory_take(&boot, sizes[i], PAGE, &memory));
    assert_true(firmware_said("memory: 32768 KiB were wanted, 2048 KiB are "
                              "free, 1024 KiB of them in one piece"));
    firmware_close();
}

/* ---- Wanted places ------------------------------------------------------ */

static void a_free_place_is_taken_as_it_is(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    firmware.gives_addresses = true;
    assert_true(stage_take(&boot, 100, 16 * MIB, &memory));
    assert_int_equal(memory.physical, 16 * MIB);
    assert_int_equal((uint64_t)memory.data, 16 * MIB);
    assert_int_equal(boot.memory.staged_count, 0);
    memory_close(&boot);
    firmware_close();
}

static void what_boot_services_use_is_filled_later(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    MAP(EfiBootServicesData, EfiLoaderData, EfiConventionalMemory);
    assert_true(stage_take(&boot, 3 * MIB, 16 * MIB, &memory));
    assert_int_equal(memory.physical, 16 * MIB);
    assert_true(memory.data != (void *)memory.physical);
    struct move move;
    assert_int_equal(boot.memory.staged_count, 1);
    stage_list(&boot, &move);
    assert_int_equal(move.destination, 16 * MIB);
    assert_int_equal(move.source, (uint64_t)memory.data);
    assert_int_equal(move.size, 3 * MIB);
    memory_close(&boot);
    firmware_close();
}

/* True if 2 MiB at `wanted` are refused, with `why` in the message. */
static bool refuses(uint64_t wanted, const char *why)
{
    struct boot boot;
    struct bootlink_memory memory;
    memset(&boot, 0, sizeof(boot));
    boot.services = &firmware.services;
    boot.world.host = &boot;
    boot.world.report = firmware_report;
    firmware.log[0] = '\0';
    bool taken = stage_take(&boot, 2 * MIB, wanted, &memory);
    memory_close(&boot);
    return !taken && firmware_said(why);
}

static void what_is_not_free_ram_is_refused_by_name(void **state)
{
    (void)state;
    struct boot boot;
    firmware_open(&boot);
    MAP(EfiConventionalMemory, EfiACPIMemoryNVS);
    assert_true(refuses(16 * MIB, "at 0x1100000 there is ACPI NVS memory"));
    MAP(EfiConventionalMemory, EfiACPIReclaimMemory);
    assert_true(refuses(16 * MIB, "ACPI tables"));
    MAP(EfiRuntimeServicesData, EfiConventionalMemory);
    assert_true(refuses(16 * MIB, "UEFI runtime services"));
    MAP(EfiConventionalMemory, EfiMemoryMappedIO);
    assert_true(refuses(16 * MIB, "reserved memory"));
    MAP(EfiConventionalMemory);
    assert_true(refuses(16 * MIB, "at 0x1100000 there is no memory"));
    assert_true(refuses(15 * MIB, "at 0xf00000 there is no memory"));
    firmware.map_count = 0;
    assert_true(refuses(16 * MIB, "no memory"));
    firmware_close();
}

static void addresses_that_wrap_are_refused(void **state)
{
    (void)state;
    struct boot boot;
    firmware_open(&boot);
    MAP(EfiConventionalMemory);
    assert_true(refuses(16 * MIB + 1, "not page aligned"));
    assert_true(refuses(align_down(UINT64_MAX, PAGE), "beyond 2^64"));
    firmware_close();
}

/* Real maps have empty, unsorted and overlapping descriptors. */
static void a_strange_map_is_read_right(void **state)
{
    (void)state;
    struct boot boot;
    firmware_open(&boot);
    MAP(EfiConventionalMemory, EfiConventionalMemory, EfiReservedMemoryType);
    EFI_MEMORY_DESCRIPTOR first = firmware.map[0];
    firmware.map[0] = firmware.map[1];
    firmware.map[1] = first;
    firmware.map[2].NumberOfPages = 0;
    struct bootlink_memory memory;
    assert_true(stage_take(&boot, 2 * MIB, 16 * MIB, &memory));
    memory_close(&boot);
    firmware.map[2].PhysicalStart = 16 * MIB + PAGE;
    firmware.map[2].NumberOfPages = 1;
    assert_true(refuses(16 * MIB, "reserved memory"));
    firmware.map[2].NumberOfPages = UINT64_MAX;
    assert_true(stage_take(&boot, 2 * MIB, 16 * MIB, &memory));
    memory_close(&boot);
    firmware_close();
}

static void two_images_in_one_place_are_refused(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory memory;
    firmware_open(&boot);
    MAP(EfiBootServicesData, EfiBootServicesData, EfiBootServicesData);
    assert_true(stage_take(&boot, 2 * MIB, 16 * MIB, &memory));
    memory_block(&boot, memory.data)->is_image = true;
    assert_false(stage_take(&boot, MIB, 17 * MIB, &memory));
    assert_true(firmware_said("another part of the kernel or a module"));
    assert_true(stage_take(&boot, MIB, 18 * MIB, &memory));
    memory_close(&boot);
    firmware_close();
}

/* ---- Out of the way ----------------------------------------------------- */

/* A destination made of the pool's own pages: whatever is in there must go. */
static void take_pool_as_destination(struct boot *boot, uint64_t size,
                                     struct bootlink_memory *memory)
{
    firmware.map[0] =
        (EFI_MEMORY_DESCRIPTOR){.Type = EfiBootServicesData,
                                .PhysicalStart = (uint64_t)firmware.pool,
                                .NumberOfPages = size / PAGE};
    firmware.map_count = 1;
    assert_true(stage_take(boot, size, (uint64_t)firmware.pool, memory));
}

static void nothing_stays_where_a_move_writes(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory log, image, later;
    firmware_open(&boot);
    assert_true(memory_take(&boot, PAGE, PAGE, &log));
    strcpy(log.data, "said so far");
    take_pool_as_destination(&boot, 4 * MIB, &image);
    memset(image.data, 0x5a, image.size);

    /* The log was there first, and the staged block itself lies in it too. */
    assert_true(stage_avoid(&boot, &log));
    assert_string_equal(log.data, "said so far");
    assert_true(stage_settle(&boot));
    assert_true(memory_take(&boot, PAGE, PAGE, &later));
    assert_false(stage_is_destination(&boot, log.physical, PAGE));
    assert_false(stage_is_destination(&boot, later.physical, PAGE));

    struct move move;
    stage_list(&boot, &move);
    assert_int_equal(move.destination, (uint64_t)firmware.pool);
    assert_false(stage_is_destination(&boot, move.source, move.size));
    assert_int_equal(*(unsigned char *)move.source, 0x5a);
    assert_int_equal(*(unsigned char *)(move.source + move.size - 1), 0x5a);
    memory_close(&boot);
    firmware_close();
}

static void no_room_to_get_out_of_the_way_is_an_error(void **state)
{
    (void)state;
    struct boot boot;
    struct bootlink_memory log, image;
    firmware_open(&boot);
    assert_true(memory_take(&boot, PAGE, PAGE, &log));
    take_pool_as_destination(&boot, 4 * MIB, &image);
    firmware.limit = firmware.pages;
    assert_false(stage_avoid(&boot, &log));
    assert_false(stage_settle(&boot));
    assert_true(firmware_said("out of memory"));
    memory_close(&boot);
    firmware_close();
}

/* ---- The map ------------------------------------------------------------ */

static void a_map_that_grows_is_read_anyway(void **state)
{
    (void)state;
    struct boot boot;
    struct firmware_map map;
    firmware_open(&boot);
    MAP(EfiConventionalMemory);
    firmware.growth = 3;
    assert_int_equal(map_read(&boot, 0, &map), EFI_SUCCESS);
    assert_int_equal(map_count(&map), 4);
    assert_int_equal(map_at(&map, 0)->PhysicalStart, 16 * MIB);
    map_free(&boot, &map);
    firmware_close();
}

static void a_long_map_has_room_to_spare_too(void **state)
{
    (void)state;
    struct boot boot;
    struct firmware_map map;
    firmware_open(&boot);
    const size_t counts[] = {1, 128, 256, 260, 320, 330};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        firmware.map_count = counts[i];
        assert_int_equal(map_read(&boot, 64, &map), EFI_SUCCESS);
        assert_int_equal(map_count(&map), counts[i]);
        assert_true(map.capacity - map.size >= 64 * map.step);
        map_free(&boot, &map);
    }
    firmware_close();
}

static void a_map_that_never_fits_is_given_up(void **state)
{
    (void)state;
    struct boot boot;
    struct firmware_map map;
    firmware_open(&boot);
    firmware.map_count = 1;
    firmware.growth = 400;
    assert_int_equal(map_read(&boot, 0, &map), EFI_BUFFER_TOO_SMALL);
    map_free(&boot, &map);
    firmware_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_aligned_and_given_back),
        cmocka_unit_test(what_the_map_has_room_for_is_taken_exactly),
        cmocka_unit_test(small_images_lie_side_by_side),
        cmocka_unit_test(what_the_boot_gives_back_it_takes_again),
        cmocka_unit_test(no_small_rest_is_left),
        cmocka_unit_test(the_beginning_of_a_block_is_given_back),
        cmocka_unit_test(the_smallest_spare_one_is_taken),
        cmocka_unit_test(what_the_kernel_gets_may_be_spare),
        cmocka_unit_test(what_a_move_overwrites_the_kernel_does_not_get),
        cmocka_unit_test(what_is_spare_is_there_for_all),
        cmocka_unit_test(an_error_leaves_nothing_behind),
        cmocka_unit_test(no_memory_says_how_much_there_is),
        cmocka_unit_test(a_free_place_is_taken_as_it_is),
        cmocka_unit_test(what_boot_services_use_is_filled_later),
        cmocka_unit_test(what_is_not_free_ram_is_refused_by_name),
        cmocka_unit_test(addresses_that_wrap_are_refused),
        cmocka_unit_test(a_strange_map_is_read_right),
        cmocka_unit_test(two_images_in_one_place_are_refused),
        cmocka_unit_test(nothing_stays_where_a_move_writes),
        cmocka_unit_test(no_room_to_get_out_of_the_way_is_an_error),
        cmocka_unit_test(a_map_that_grows_is_read_anyway),
        cmocka_unit_test(a_long_map_has_room_to_spare_too),
        cmocka_unit_test(a_map_that_never_fits_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
