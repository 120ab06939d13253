/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files from a firmware that reads as firmware does: some only small pieces,
 * some only into low memory.
 */
#include "unit/firmware.h"

#include "../../boot/map.c"
#undef TRIES
#include "../../boot/memory.c"
#include "../../boot/stage.c"
#include "../../boot/utf.c"
#include "../../boot/volume.c"

enum { LARGE = 3 * 1024 * 1024 + 5, MOST_NAMES = 8 };

/* The one file or folder of the volume. */
static struct {
    EFI_FILE_PROTOCOL protocol;
    uint64_t size;  /* as its information says */
    uint64_t there; /* how much of it can be read */
    uint64_t attribute;
    uint64_t position;
    UINTN longest_read; /* more fails */
    bool low_only;      /* only into firmware.below_4_gib */
    unsigned reads, closes;

    const CHAR16 *names[MOST_NAMES]; /* of a folder; NULL: a sub-folder */
    size_t name_count;
} fake;

static char byte_at(uint64_t position)
{
    return (char)(position * 7 + position / 4096);
}

static EFI_STATUS EFIAPI fake_open(EFI_FILE_HANDLE root, EFI_FILE_HANDLE *file,
                                   CHAR16 *name, UINT64 mode, UINT64 attributes)
{
    (void)root;
    (void)attributes;
    assert_int_equal(mode, EFI_FILE_MODE_READ);
    if (name[0] == '?')
        return EFI_NOT_FOUND;
    *file = &fake.protocol;
    fake.position = 0;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI fake_close(EFI_FILE_HANDLE file)
{
    (void)file;
    fake.closes++;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI fake_info(EFI_FILE_HANDLE file, EFI_GUID *guid,
                                   UINTN *size, VOID *buffer)
{
    (void)file;
    (void)guid;
    EFI_FILE_INFO info = {.FileSize = fake.size, .Attribute = fake.attribute};
    assert_true(*size >= sizeof(info));
    memcpy(buffer, &info, sizeof(info));
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI fake_seek(EFI_FILE_HANDLE file, UINT64 position)
{
    (void)file;
    fake.position = position;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI fake_read(EFI_FILE_HANDLE file, UINTN *size,
                                   VOID *buffer)
{
    (void)file;
    fake.reads++;
    if (*size > fake.longest_read ||
        (fake.low_only && (uint64_t)buffer != firmware.below_4_gib)) {
        fake.position += 1; /* where it stands after an error is not said */
        return EFI_DEVICE_ERROR;
    }
    uint64_t left = fake.there - fake.position;
    *size = *size < left ? *size : left;
    for (UINTN i = 0; i < *size; i++)
        ((char *)buffer)[i] = byte_at(fake.position++);
    return EFI_SUCCESS;
}

/* A folder's entries, one by one. */
static EFI_STATUS EFIAPI fake_next(EFI_FILE_HANDLE file, UINTN *size,
                                   VOID *buffer)
{
    (void)file;
    if (fake.position == fake.name_count) {
        *size = 0;
        return EFI_SUCCESS;
    }
    const CHAR16 *name = fake.names[fake.position++];
    EFI_FILE_INFO info = {.Attribute = name ? 0 : EFI_FILE_DIRECTORY};
    name = name ? name : L"sub";
    UINTN length = 0;
    while (name[length])
        length++;
    UINTN name_size = (length + 1) * sizeof(CHAR16);
    assert_true(*size >= offsetof(EFI_FILE_INFO, FileName) + name_size);
    *size = offsetof(EFI_FILE_INFO, FileName) + name_size;
    memcpy(buffer, &info, offsetof(EFI_FILE_INFO, FileName));
    memcpy((char *)buffer + offsetof(EFI_FILE_INFO, FileName), name, name_size);
    return EFI_SUCCESS;
}

static bool give_scratch(void *host, enum bootlink_memory_kind kind,
                         uint64_t size, uint64_t align, uint64_t wanted,
                         struct bootlink_memory *memory)
{
    (void)kind;
    (void)wanted;
    return memory_take(host, size, align, memory);
}

static void open_volume(struct boot *boot, uint64_t size)
{
    firmware_open(boot);
    memset(&fake, 0, sizeof(fake));
    fake.protocol.Open = fake_open;
    fake.protocol.Close = fake_close;
    fake.protocol.GetInfo = fake_info;
    fake.protocol.SetPosition = fake_seek;
    fake.protocol.Read = fake_read;
    fake.size = fake.there = size;
    fake.longest_read = UINT64_MAX;
    boot->root = &fake.protocol;
    boot->world.memory = give_scratch;
    boot->arena = arena_open(&boot->world, BOOTLINK_MEMORY_SCRATCH);
}

/* Reads the file and checks each byte, and the zeros behind. */
static void reads_whole(struct boot *boot)
{
    struct bootlink_memory memory;
    struct volume_file file;
    assert_int_equal(volume_open_file(boot, SPAN("file"), &file), EFI_SUCCESS);
    uint64_t size = file.size;
    assert_int_equal(size, fake.size);
    assert_int_equal(volume_read(boot, &file, &memory), EFI_SUCCESS);
    volume_close_file(&file);
    assert_true(memory.size >= size && memory.size % PAGE == 0);
    const char *bytes = memory.data;
    for (uint64_t i = 0; i < memory.size; i++)
        if (bytes[i] != (i < size ? byte_at(i) : 0))
            fail_msg("byte %llu", (unsigned long long)i);
    assert_int_equal(fake.closes, 1);
    memory_close(boot);
    firmware_close();
}

/* The first step shows how fast the disk is. */
static void a_fast_file_is_read_once_in_one_piece(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, LARGE);
    firmware.microseconds = PATIENCE / 4;
    reads_whole(&boot);
    assert_int_equal(fake.reads, 2);
}

static void a_slow_file_is_read_once_in_large_steps(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, LARGE);
    firmware.microseconds = PATIENCE;
    reads_whole(&boot);
    assert_int_equal(fake.reads, 4);
}

static void a_driver_that_fails_above_1_mib_is_humoured(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, LARGE);
    fake.longest_read = 1024 * 1024;
    reads_whole(&boot);
    assert_true(firmware_said("read: file in one piece"));
}

static void a_part_is_read_where_it_is(void **state)
{
    (void)state;
    struct boot boot;
    struct volume_file file;
    char part[100];
    open_volume(&boot, LARGE);
    assert_int_equal(volume_open_file(&boot, SPAN("file"), &file), EFI_SUCCESS);
    assert_int_equal(file.size, LARGE);
    assert_int_equal(volume_read_part(&boot, &file, 5000, sizeof(part), part),
                     EFI_SUCCESS);
    for (size_t i = 0; i < sizeof(part); i++)
        assert_int_equal(part[i], byte_at(5000 + i));
    volume_close_file(&file);
    volume_close_file(&file);
    assert_int_equal(fake.closes, 1);
    firmware_close();
}

static void an_empty_file_has_a_page(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, 0);
    reads_whole(&boot);
}

static void a_driver_that_fails_above_64_kib_is_humoured(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, LARGE);
    fake.longest_read = 64 * 1024;
    reads_whole(&boot);
    assert_true(firmware_said("read: file in steps of 1 MiB"));
}

static void a_driver_that_needs_low_memory_gets_it(void **state)
{
    (void)state;
    static char low[BOUNCE_SIZE];
    struct boot boot;
    open_volume(&boot, LARGE);
    fake.low_only = true;
    firmware.below_4_gib = (uint64_t)low;
    reads_whole(&boot);
    assert_true(firmware_said("read: file in steps of 64 KiB"));
}

/* Fails with that status, and leaves nothing behind. */
static void fails(struct boot *boot, span name, EFI_STATUS status)
{
    struct bootlink_memory memory;
    struct volume_file file;
    EFI_STATUS found = volume_open_file(boot, name, &file);
    if (found == EFI_SUCCESS) {
        found = volume_read(boot, &file, &memory);
        volume_close_file(&file);
    }
    assert_int_equal(found, status);
    memory_close(boot);
    firmware_close();
}

static void a_device_that_always_fails_is_given_up(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, LARGE);
    fake.longest_read = 0;
    fails(&boot, SPAN("file"), EFI_OUT_OF_RESOURCES); /* no low memory */
}

static void a_file_that_ends_early_is_an_error(void **state)
{
    (void)state;
    static char low[BOUNCE_SIZE];
    struct boot boot;
    open_volume(&boot, LARGE);
    fake.there = LARGE - 1;
    firmware.below_4_gib = (uint64_t)low;
    fails(&boot, SPAN("file"), EFI_END_OF_FILE);
}

static void a_size_beyond_memory_is_an_error(void **state)
{
    (void)state;
    const uint64_t sizes[] = {UINT64_MAX, UINT64_MAX - PAGE, INT64_MAX,
                              UINT64_C(1) << 40};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct boot boot;
        open_volume(&boot, sizes[i]);
        fails(&boot, SPAN("file"), EFI_OUT_OF_RESOURCES);
        assert_int_equal(fake.reads, 0);
    }
}

static void a_folder_is_no_file(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, 100);
    fake.attribute = EFI_FILE_DIRECTORY;
    fails(&boot, SPAN("folder"), EFI_NOT_FOUND);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct boot boot;
    open_volume(&boot, 100);
    fails(&boot, SPAN("?"), EFI_NOT_FOUND);
}

/* ---- Folders ------------------------------------------------------------ */

static void open_folder(struct boot *boot)
{
    open_volume(boot, 0);
    fake.attribute = EFI_FILE_DIRECTORY;
    fake.protocol.Read = fake_next;
}

static void a_folder_gives_its_files_without_sub_folders(void **state)
{
    (void)state;
    struct boot boot;
    span *names;
    uint64_t count;
    open_folder(&boot);
    fake.names[0] = L"b.o";
    fake.names[2] = L"\u00e4.o";
    fake.name_count = 3;
    assert_int_equal(volume_list(&boot, SPAN("kernel"), &names, &count),
                     EFI_SUCCESS);
    assert_int_equal(count, 2);
    assert_true(span_equal(names[0], SPAN("b.o")));
    assert_true(span_equal(names[1], SPAN("\xc3\xa4.o")));
    memory_close(&boot);
    firmware_close();
}

static void a_file_is_no_folder(void **state)
{
    (void)state;
    struct boot boot;
    span *names;
    uint64_t count;
    open_volume(&boot, 100);
    assert_int_equal(volume_list(&boot, SPAN("file"), &names, &count),
                     EFI_NOT_FOUND);
    assert_int_equal(fake.closes, 1);
    firmware_close();
}

/* ---- Our own place ------------------------------------------------------ */

/* A device path of text nodes; `end` closes it. */
static size_t put_node(unsigned char *at, const CHAR16 *text, size_t count)
{
    size_t size = 4 + count * sizeof(CHAR16);
    at[0] = MEDIA_DEVICE_PATH;
    at[1] = MEDIA_FILEPATH_DP;
    at[2] = (unsigned char)size;
    at[3] = (unsigned char)(size >> 8);
    memcpy(at + 4, text, count * sizeof(CHAR16));
    return size;
}

static bool own_folder_is(const unsigned char *path, span folder)
{
    struct boot boot;
    EFI_LOADED_IMAGE loaded = {.FilePath = (void *)(uintptr_t)path};
    open_volume(&boot, 0);
    boot.loaded = &loaded;
    bool same = span_equal(volume_own_folder(&boot), folder);
    memory_close(&boot);
    firmware_close();
    return same;
}

static void our_folder_is_all_but_the_last_name(void **state)
{
    (void)state;
    unsigned char path[128] = {0};
    size_t size = put_node(path, L"\\EFI\\BOOT\\BOOTX64.EFI", 22);
    assert_true(own_folder_is(path, SPAN("EFI/BOOT")));

    memset(path, 0, sizeof(path));
    size = put_node(path, L"EFI\\", 4);
    put_node(path + size, L"a\\b.efi", 8);
    assert_true(own_folder_is(path, SPAN("EFI/a")));
}

static void no_folder_is_the_root(void **state)
{
    (void)state;
    unsigned char path[128] = {0};
    assert_true(own_folder_is(path, SPAN("")));
    put_node(path, L"\\x.efi", 7);
    assert_true(own_folder_is(path, SPAN("")));
    path[2] = 0; /* a node of length 0 would be walked for ever */
    assert_true(own_folder_is(path, SPAN("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fast_file_is_read_once_in_one_piece),
        cmocka_unit_test(a_slow_file_is_read_once_in_large_steps),
        cmocka_unit_test(a_driver_that_fails_above_1_mib_is_humoured),
        cmocka_unit_test(a_part_is_read_where_it_is),
        cmocka_unit_test(an_empty_file_has_a_page),
        cmocka_unit_test(a_driver_that_fails_above_64_kib_is_humoured),
        cmocka_unit_test(a_driver_that_needs_low_memory_gets_it),
        cmocka_unit_test(a_device_that_always_fails_is_given_up),
        cmocka_unit_test(a_file_that_ends_early_is_an_error),
        cmocka_unit_test(a_size_beyond_memory_is_an_error),
        cmocka_unit_test(a_folder_is_no_file),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_folder_gives_its_files_without_sub_folders),
        cmocka_unit_test(a_file_is_no_folder),
        cmocka_unit_test(our_folder_is_all_but_the_last_name),
        cmocka_unit_test(no_folder_is_the_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
