/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files of the boot volume (boot/files.c): each is read once, and of those that
 * nobody reads any more the large ones go, but for what the kernel gets.
 */
#include "unit/firmware.h"

#include "../../boot/files.c"

enum { LARGE = 2 * WORTH_GIVING, SMALL = WORTH_GIVING - PAGE, MOST_GIVEN = 8 };

static struct {
    unsigned opens, reads, closes;
    char given[MOST_GIVEN]; /* the first letters of what was given back */
    unsigned given_count;
    uint64_t cut; /* bytes that a file began with */
} fake;

/* ---- A volume: L... and P... are large files, S... is small, no other -----
 */

EFI_STATUS volume_open_file(struct boot *boot, span path,
                            struct volume_file *file)
{
    (void)boot;
    if (!strchr("LPS", path.data[0]))
        return EFI_NOT_FOUND;
    fake.opens++;
    *file = (struct volume_file){.name = path,
                                 .size = path.data[0] == 'S' ? SMALL : LARGE};
    return EFI_SUCCESS;
}

EFI_STATUS volume_read(struct boot *boot, const struct volume_file *file,
                       struct bootlink_memory *memory)
{
    (void)boot;
    fake.reads++;
    char *data = malloc(file->size);
    assert_non_null(data);
    memset(data, file->name.data[0], file->size);
    *memory =
        (struct bootlink_memory){data, (uintptr_t)data, file->size, false};
    return EFI_SUCCESS;
}

EFI_STATUS volume_read_part(struct boot *boot, const struct volume_file *file,
                            uint64_t offset, uint64_t size, void *to)
{
    (void)boot;
    assert_true(size == 0 || offset + size <= file->size);
    memset(to, file->name.data[0], size);
    return EFI_SUCCESS;
}

void volume_close_file(struct volume_file *file)
{
    (void)file;
    fake.closes++;
}

void memory_give(struct boot *boot, struct bootlink_memory memory)
{
    (void)boot;
    assert_true(fake.given_count < MOST_GIVEN);
    fake.given[fake.given_count++] = *(const char *)memory.data;
    free(memory.data);
}

/* They stay in the file, so that it can be freed. */
void memory_cut(struct boot *boot, struct bootlink_memory *memory,
                uint64_t size)
{
    (void)boot;
    assert_true(size < memory->size);
    memset(memory->data, 'x', size);
    fake.cut += size;
}

static bool take(void *host, enum bootlink_memory_kind kind, uint64_t size,
                 uint64_t align, uint64_t wanted,
                 struct bootlink_memory *memory)
{
    (void)host;
    (void)kind;
    (void)align;
    (void)wanted;
    void *data = calloc(1, size);
    *memory = (struct bootlink_memory){data, (uintptr_t)data, size, true};
    return data;
}

static void release(void *host, enum bootlink_memory_kind kind,
                    struct bootlink_memory memory)
{
    (void)host;
    (void)kind;
    free(memory.data);
}

static void open_files(struct boot *boot)
{
    firmware_open(boot);
    memset(&fake, 0, sizeof(fake));
    boot->world.memory = take;
    boot->world.release = release;
    boot->arena = arena_open(&boot->world, BOOTLINK_MEMORY_SCRATCH);
    boot->last_file = &boot->files;
}

static void close_files(struct boot *boot)
{
    for (struct file *file = boot->files; file; file = file->next)
        if (file->is_whole)
            free(file->memory.data);
    arena_close(&boot->arena);
    firmware_close();
}

/* ---- Tests --------------------------------------------------------------- */

static void a_file_is_read_once(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    const struct file *first = file_find(&boot, SPAN("L"));
    assert_non_null(first);
    assert_int_equal(first->bytes.size, LARGE);
    assert_ptr_equal(file_try(&boot, SPAN("L")), first);
    assert_ptr_equal(file_open(&boot, SPAN("L"), NULL), first);
    assert_ptr_equal(file_pass(&boot, SPAN("L")), first);
    assert_int_equal(fake.opens, 1);
    assert_int_equal(fake.reads, 1);
    files_close(&boot);
    assert_int_equal(fake.closes, 1);
    close_files(&boot);
}

static void large_files_go_but_for_what_the_kernel_gets(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    assert_non_null(file_find(&boot, SPAN("S")));
    assert_non_null(file_find(&boot, SPAN("L")));
    const struct file *passed = file_pass(&boot, SPAN("P"));
    files_give(&boot);
    files_give(&boot); /* nothing is given back twice */
    assert_int_equal(fake.given_count, 1);
    assert_int_equal(fake.given[0], 'L');
    assert_int_equal(passed->bytes.data[LARGE - 1], 'P');
    close_files(&boot);
}

static void a_file_that_was_read_before_may_be_passed(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    assert_non_null(file_find(&boot, SPAN("P")));
    assert_non_null(file_pass(&boot, SPAN("P")));
    files_give(&boot);
    assert_int_equal(fake.given_count, 0);
    close_files(&boot);
}

static void who_wants_a_file_that_went_reads_it_again(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    const struct file *file = file_find(&boot, SPAN("L"));
    files_give(&boot);
    assert_ptr_equal(file_find(&boot, SPAN("L")), file);
    assert_int_equal(file->bytes.data[LARGE - 1], 'L');
    assert_int_equal(fake.opens, 1);
    assert_int_equal(fake.reads, 2);
    close_files(&boot);
}

/* No more than whole pages from the beginning on, and no few of them. */
static void what_a_file_begins_with_goes_first(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    const struct file *file = file_find(&boot, SPAN("L"));
    files_cut(&boot, span_part(file->bytes, PAGE, WORTH_GIVING));
    files_cut(&boot, span_part(file->bytes, 68, WORTH_GIVING - 69));
    files_cut(&boot, SPAN("elsewhere"));
    assert_int_equal(fake.cut, 0);
    files_cut(&boot, span_part(file->bytes, 68, WORTH_GIVING));
    assert_int_equal(fake.cut, WORTH_GIVING);
    files_cut(&boot, span_part(file->bytes, 68, WORTH_GIVING));
    assert_int_equal(fake.cut, WORTH_GIVING);
    files_give(&boot);
    files_give(&boot);
    assert_int_equal(fake.given_count, 1);
    close_files(&boot);
}

static void who_wants_what_was_cut_reads_it_again(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    const struct file *file = file_find(&boot, SPAN("L"));
    char *old = file->memory.data;
    files_cut(&boot, span_part(file->bytes, 68, WORTH_GIVING));
    assert_ptr_equal(file_pass(&boot, SPAN("L")), file);
    assert_int_equal(fake.reads, 2);
    assert_int_equal(file->bytes.data[0], 'L');
    files_give(&boot);
    assert_int_equal(fake.given_count, 0);
    close_files(&boot);
    free(old);
}

/* ---- What the linker takes ------------------------------------------------
 */

static void a_file_is_lent_to_its_only_reader(void **state)
{
    (void)state;
    struct boot boot;
    span large, small;
    open_files(&boot);
    assert_false(files_lend(&boot, SPAN("elsewhere")));
    assert_true(file_link(&boot, SPAN("L"), &large));
    assert_false(files_lend(&boot, SPAN("elsewhere")));
    assert_true(files_lend(&boot, span_part(large, LARGE - 64, 64)));
    assert_true(files_lend(&boot, span_part(large, 64, 64)));
    assert_true(file_link(&boot, SPAN("S"), &small));
    assert_false(files_lend(&boot, span_part(large, 64, 64)));
    assert_true(files_lend(&boot, small));
    files_give(&boot); /* they went with the file */
    assert_int_equal(fake.given_count, 1);
    assert_int_equal(fake.reads, 2);
    close_files(&boot);
}

static void what_others_have_is_not_lent(void **state)
{
    (void)state;
    struct boot boot;
    span bytes, again;
    open_files(&boot);
    assert_true(file_link(&boot, SPAN("L"), &bytes));
    assert_true(file_link(&boot, SPAN("L"), &again));
    assert_ptr_equal(bytes.data, again.data);
    assert_false(files_lend(&boot, bytes));
    assert_non_null(file_pass(&boot, SPAN("P")));
    assert_true(file_link(&boot, SPAN("P"), &bytes));
    assert_false(files_lend(&boot, bytes));
    assert_false(file_link(&boot, SPAN("none"), &bytes));
    close_files(&boot);
}

/* And who has it goes on reading what is left of it. */
static void who_wants_what_was_lent_reads_it_again(void **state)
{
    (void)state;
    struct boot boot;
    span bytes, again;
    open_files(&boot);
    assert_true(file_link(&boot, SPAN("L"), &bytes));
    assert_true(files_lend(&boot, span_part(bytes, 0, 64)));
    memset((char *)(uintptr_t)bytes.data, 'x', 64);
    const struct file *file = file_pass(&boot, SPAN("L"));
    assert_int_equal(file->bytes.data[0], 'L');
    assert_int_equal(bytes.data[0], 'x');
    assert_false(files_lend(&boot, span_part(bytes, 64, 64)));
    assert_true(file_link(&boot, SPAN("L"), &again));
    assert_ptr_equal(again.data, file->bytes.data);
    assert_int_equal(fake.reads, 2);
    files_give(&boot);
    assert_int_equal(fake.given_count, 0);
    close_files(&boot);
    free((char *)(uintptr_t)bytes.data);
}

static void a_part_ends_with_the_file(void **state)
{
    (void)state;
    struct boot boot;
    char bytes[16] = {0};
    open_files(&boot);
    assert_int_equal(file_read(&boot, SPAN("S"), SMALL - 3, 16, bytes), 3);
    assert_string_equal(bytes, "SSS");
    assert_int_equal(file_read(&boot, SPAN("S"), SMALL, 16, bytes), 0);
    assert_int_equal(file_read(&boot, SPAN("S"), UINT64_MAX, 16, bytes), 0);
    assert_int_equal(fake.reads, 0);
    close_files(&boot);
}

static void what_is_not_there_is_said_by_who_must_have_it(void **state)
{
    (void)state;
    struct boot boot;
    open_files(&boot);
    assert_null(file_find(&boot, SPAN("none")));
    assert_null(file_try(&boot, SPAN("none")));
    assert_string_equal(firmware.log, "");
    assert_null(file_open(&boot, SPAN("none"), NULL));
    assert_true(firmware_said("none: cannot be read: it is not on the boot "
                              "volume"));
    close_files(&boot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_once),
        cmocka_unit_test(large_files_go_but_for_what_the_kernel_gets),
        cmocka_unit_test(a_file_that_was_read_before_may_be_passed),
        cmocka_unit_test(who_wants_a_file_that_went_reads_it_again),
        cmocka_unit_test(what_a_file_begins_with_goes_first),
        cmocka_unit_test(who_wants_what_was_cut_reads_it_again),
        cmocka_unit_test(a_file_is_lent_to_its_only_reader),
        cmocka_unit_test(what_others_have_is_not_lent),
        cmocka_unit_test(who_wants_what_was_lent_reads_it_again),
        cmocka_unit_test(a_part_ends_with_the_file),
        cmocka_unit_test(what_is_not_there_is_said_by_who_must_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
