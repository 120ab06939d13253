/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What firmware starts: Bootlink packed on the host, unpacked into pages that
 * the firmware gives, and protected as far as the firmware can. And the way
 * back.
 */
#include <sys/mman.h>

#include "../../boot/unpack.c"

#include "../../boot/lz4.c"

/* Both have these by the same names. */
#define main           pack_main
#define LARGEST        PACK_LARGEST
#define LARGEST_MORE   PACK_LARGEST_MORE
#define SHORTEST_MATCH PACK_SHORTEST_MATCH
#include "../../tools/pack.c"
#undef main

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>

enum {
    CODE_AT = UNIT,
    DATA_AT = 2 * UNIT,
    IMAGE_SIZE = DATA_AT + 80 * 8,
    PAGES = 3,
    MOST_CALLS = 16,
};

/* boot.lds, in BOOTX64.EFI. */
const struct packed packed = {.size = 0};
const uint8_t packed_end[1];

/* ---- packing and unpacking --------------------------------------------------
 */

static struct packed *packed_by_us(const uint8_t *bytes, uint32_t size,
                                   const uint8_t **end)
{
    struct packer *packer = calloc(1, sizeof(*packer));
    packer->bytes = bytes;
    packer->size = size;
    struct packed *made = pack(packer);
    *end = packer->out;
    free(packer);
    return made;
}

/* The size of the block. */
static size_t check_round_trip(const uint8_t *bytes, uint32_t size)
{
    const uint8_t *end;
    struct packed *made = packed_by_us(bytes, size, &end);
    uint8_t *back = malloc(size + LZ4_SLACK);
    assert_int_equal(made->size, size);
    lz4_unpack(made->block, end, back);
    assert_memory_equal(back, bytes, size);
    size_t block = (size_t)(end - made->block);
    free(back);
    free(made);
    return block;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * UINT32_C(1664525) + 1013904223;
    return *seed >> 8;
}

static void bytes_of_any_kind_come_back(void **state)
{
    (void)state;
    uint8_t bytes[3000];
    uint32_t seed = 1;
    for (uint32_t letters = 1; letters <= 256; letters *= 2)
        for (uint32_t size = 15; size <= sizeof(bytes); size += size / 3) {
            for (uint32_t i = 0; i < size; i++)
                bytes[i] = (uint8_t)(next_random(&seed) % letters);
            check_round_trip(bytes, size);
        }
}

/* Each length about where another byte is needed for it. */
static void lengths_of_any_size_come_back(void **state)
{
    (void)state;
    enum { MOST = 600 };
    uint8_t bytes[4 * MOST];
    for (uint32_t literals = 0; literals < MOST; literals += 13)
        for (uint32_t match = 4; match < MOST; match += 29) {
            uint32_t seed = 7, size = 0;
            while (size < 2 * MOST)
                bytes[size++] = (uint8_t)next_random(&seed);
            memcpy(bytes + size + literals, bytes, match);
            for (uint32_t i = 0; i < literals; i++)
                bytes[size + i] = (uint8_t)next_random(&seed);
            check_round_trip(bytes, size + literals + match + 15 > sizeof(bytes)
                                        ? (uint32_t)sizeof(bytes)
                                        : size + literals + match);
        }
}

static void what_repeats_becomes_small(void **state)
{
    (void)state;
    static uint8_t bytes[100000];
    assert_true(check_round_trip(bytes, sizeof(bytes)) < 1000);
    for (uint32_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i % 100);
    assert_true(check_round_trip(bytes, sizeof(bytes)) < 1000);
}

/* A block as the format's description has it: literals, a match from 8 back
 * that overlaps itself, a long one, a long length of literals. */
static void a_block_is_read_as_the_format_says(void **state)
{
    (void)state;
    static const uint8_t block[] = {0x82, 'a',
                                    'b',  'c',
                                    'd',  'e',
                                    'f',  'g',
                                    'h',  8,
                                    0,    0x0f,
                                    14,   0,
                                    1,    0xf0,
                                    1,    '0',
                                    '1',  '2',
                                    '3',  '4',
                                    '5',  '6',
                                    '7',  '8',
                                    '9',  'A',
                                    'B',  'C',
                                    'D',  'E',
                                    'F',  /* slack: */ 0,
                                    0,    0,
                                    0,    0,
                                    0,    0,
                                    0,    0,
                                    0,    0,
                                    0,    0,
                                    0,    0};
    uint8_t back[50 + LZ4_SLACK];
    lz4_unpack(block, block + sizeof(block) - LZ4_SLACK, back);
    assert_memory_equal(back,
                        "abcdefghabcdefabcdefghabcdefabcdef"
                        "0123456789ABCDEF",
                        50);
}

/* ---- a firmware -------------------------------------------------------------
 */

static struct {
    EFI_SYSTEM_TABLE table;
    EFI_BOOT_SERVICES services;
    SIMPLE_TEXT_OUTPUT_INTERFACE console;
    bool has_memory, has_attributes;
    uint8_t *pages;
    UINTN count;
    unsigned lines;
    UINT64 before; /* permissions of fresh pages */
    UINT64 permissions[PAGES], at_entry[PAGES];
    uint64_t entry[3];    /* the arguments of efi_main */
    uint64_t pointers[3]; /* some words of .data, as it found them */
} machine;

/* Stands for efi_main; a jump to it is all the code that the image has. */
static EFI_STATUS EFIAPI main_of_the_image(EFI_HANDLE handle,
                                           EFI_SYSTEM_TABLE *table,
                                           uint64_t entered)
{
    const uint64_t *data = (const uint64_t *)(machine.pages + DATA_AT);
    machine.entry[0] = (uint64_t)handle;
    machine.entry[1] = (uint64_t)table;
    machine.entry[2] = entered;
    machine.pointers[0] = data[0];
    machine.pointers[1] = data[1];
    machine.pointers[2] = data[70];
    memcpy(machine.at_entry, machine.permissions, sizeof(machine.at_entry));
    return EFI_LOAD_ERROR;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how,
                                        EFI_MEMORY_TYPE type, UINTN count,
                                        EFI_PHYSICAL_ADDRESS *start)
{
    assert_int_equal(how, AllocateAnyPages);
    assert_int_equal(type, EfiLoaderCode);
    assert_int_equal(count, PAGES);
    if (!machine.has_memory)
        return EFI_OUT_OF_RESOURCES;
    machine.pages = mmap(NULL, count * UNIT, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(machine.pages != MAP_FAILED);
    machine.count = count;
    for (UINTN i = 0; i < count; i++)
        machine.permissions[i] = machine.before;
    *start = (EFI_PHYSICAL_ADDRESS)machine.pages;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS start, UINTN count)
{
    assert_ptr_equal((void *)start, machine.pages);
    assert_int_equal(count, machine.count);
    munmap(machine.pages, count * UNIT);
    machine.count = 0;
    return EFI_SUCCESS;
}

static UINT64 *permissions_of(EFI_PHYSICAL_ADDRESS start, UINT64 size)
{
    uint64_t offset = start - (EFI_PHYSICAL_ADDRESS)machine.pages;
    assert_int_equal(offset % UNIT, 0);
    assert_int_equal(size % UNIT, 0);
    assert_true(offset + size <= PAGES * UNIT);
    return machine.permissions + offset / UNIT;
}

static EFI_STATUS EFIAPI get_attributes(struct memory_attributes *self,
                                        EFI_PHYSICAL_ADDRESS start, UINT64 size,
                                        UINT64 *attributes)
{
    (void)self;
    *attributes = *permissions_of(start, size);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attributes(struct memory_attributes *self,
                                        EFI_PHYSICAL_ADDRESS start, UINT64 size,
                                        UINT64 attributes)
{
    (void)self;
    assert_true(attributes);
    for (UINT64 i = 0; i < size / UNIT; i++)
        permissions_of(start, size)[i] |= attributes;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear_attributes(struct memory_attributes *self,
                                          EFI_PHYSICAL_ADDRESS start,
                                          UINT64 size, UINT64 attributes)
{
    (void)self;
    assert_true(attributes);
    for (UINT64 i = 0; i < size / UNIT; i++)
        permissions_of(start, size)[i] &= ~attributes;
    return EFI_SUCCESS;
}

static struct memory_attributes protocol = {get_attributes, set_attributes,
                                            clear_attributes};

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, VOID *registration,
                                VOID **interface)
{
    (void)registration;
    assert_int_equal(guid->Data1, 0xf4560cf6);
    *interface = &protocol;
    return machine.has_attributes ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI output(SIMPLE_TEXT_OUTPUT_INTERFACE *self,
                                CHAR16 *text)
{
    (void)self;
    assert_int_equal(text[0], 'B');
    machine.lines++;
    return EFI_SUCCESS;
}

static void machine_open(void)
{
    memset(&machine, 0, sizeof(machine));
    machine.has_memory = true;
    machine.services.AllocatePages = allocate_pages;
    machine.services.FreePages = free_pages;
    machine.services.LocateProtocol = locate;
    machine.console.OutputString = output;
    machine.table.BootServices = &machine.services;
    machine.table.ConOut = &machine.console;
}

/* An image as image.lds lays it out. */
static void write_image(uint8_t *bytes)
{
    static const uint64_t relocations[] = {DATA_AT, UINT64_C(1) << 1 | 1,
                                           UINT64_C(1) << 7 | 1};
    struct image image = {
        .code = CODE_AT,
        .data = DATA_AT,
        .entry = CODE_AT + 3,
        .relocations = 64,
        .relocations_end = 64 + sizeof(relocations),
    };
    uint64_t target = (uint64_t)main_of_the_image;
    uint64_t *data = (uint64_t *)(bytes + DATA_AT);
    memset(bytes, 0, IMAGE_SIZE);
    memcpy(bytes, &image, sizeof(image));
    memcpy(bytes + image.relocations, relocations, sizeof(relocations));
    memcpy(bytes + image.entry, "\x48\xb8", 2); /* mov rax, target */
    memcpy(bytes + image.entry + 2, &target, sizeof(target));
    memcpy(bytes + image.entry + 10, "\xff\xe0", 2); /* jmp rax */
    data[0] = 0x10;
    data[1] = 0x20;
    data[70] = 0x30;
}

static EFI_STATUS start_it(void)
{
    static _Alignas(8) uint8_t bytes[IMAGE_SIZE];
    const uint8_t *end;
    write_image(bytes);
    struct packed *made = packed_by_us(bytes, IMAGE_SIZE, &end);
    EFI_STATUS status =
        unpack(made, end, (EFI_HANDLE)0x1234, &machine.table, 77);
    free(made);
    assert_int_equal(machine.count, 0); /* all was given back */
    return status;
}

/* ---- starting
 * ---------------------------------------------------------------- */

static void it_is_entered_with_the_firmwares_arguments(void **state)
{
    (void)state;
    machine_open();
    assert_true(start_it() == EFI_LOAD_ERROR);
    assert_int_equal(machine.entry[0], 0x1234);
    assert_ptr_equal((void *)machine.entry[1], &machine.table);
    assert_int_equal(machine.entry[2], 77);
    assert_int_equal(machine.lines, 0);
}

/* The first by its address, the others by bits of two maps. */
static void pointers_are_relocated(void **state)
{
    (void)state;
    machine_open();
    start_it();
    uint64_t base = (uint64_t)machine.pages;
    assert_int_equal(machine.pointers[0], base + 0x10);
    assert_int_equal(machine.pointers[1], base + 0x20);
    assert_int_equal(machine.pointers[2], base + 0x30);
}

static void no_page_is_writable_and_executable(void **state)
{
    (void)state;
    const UINT64 kinds[] = {0, EFI_MEMORY_XP};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        machine_open();
        machine.has_attributes = true;
        machine.before = kinds[i];
        start_it();
        assert_true(machine.at_entry[0] == (EFI_MEMORY_RO | EFI_MEMORY_XP));
        assert_true(machine.at_entry[1] == EFI_MEMORY_RO);
        assert_true(machine.at_entry[2] == EFI_MEMORY_XP);
    }
}

static void pages_go_back_as_they_came(void **state)
{
    (void)state;
    const UINT64 kinds[] = {0, EFI_MEMORY_XP};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        machine_open();
        machine.has_attributes = true;
        machine.before = kinds[i];
        start_it();
        for (unsigned page = 0; page < PAGES; page++)
            assert_true(machine.permissions[page] == kinds[i]);
    }
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    machine_open();
    machine.has_memory = false;
    assert_true(start_it() == EFI_OUT_OF_RESOURCES);
    assert_int_equal(machine.lines, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_any_kind_come_back),
        cmocka_unit_test(lengths_of_any_size_come_back),
        cmocka_unit_test(what_repeats_becomes_small),
        cmocka_unit_test(a_block_is_read_as_the_format_says),
        cmocka_unit_test(it_is_entered_with_the_firmwares_arguments),
        cmocka_unit_test(pointers_are_relocated),
        cmocka_unit_test(no_page_is_writable_and_executable),
        cmocka_unit_test(pages_go_back_as_they_came),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
