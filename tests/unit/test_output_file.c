/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output files (tools/output_file.c): what is reserved is there before it is
 * written, and what cannot be reserved does no harm.
 */
#include "unit/world.h"

#include "../../tools/interrupt.c"
#include "../../tools/output_file.c"

enum { MIB = 1 << 20 };

static char path[] = "/tmp/bootlink-test.XXXXXX";

/* A name that nobody else has. */
static int name_file(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static uint64_t size_of(const struct output_file *file)
{
    struct stat status;
    assert_int_equal(fstat(file->descriptor, &status), 0);
    return (uint64_t)status.st_size;
}

static void what_is_reserved_is_there_at_once(void **state)
{
    (void)state;
    struct test_world w;
    struct output_file file;
    char read_again[2] = {1, 1};
    test_world_open(&w);
    assert_true(output_open(&file, &w.world, path));
    output_reserve(&file, MIB, MIB);
    assert_int_equal(size_of(&file), 2 * MIB);
    output_write(&file, MIB, SPAN("x"));
    assert_true(output_read(&file, MIB, read_again, 2));
    assert_memory_equal(read_again, "x", 2);
    assert_true(output_close(&file, false));
    assert_int_equal(unlink(path), 0);
    test_world_close(&w);
}

static void what_cannot_be_does_no_harm(void **state)
{
    (void)state;
    struct test_world w;
    struct output_file file;
    test_world_open(&w);
    assert_true(output_open(&file, &w.world, path));
    output_reserve(&file, MIB, INT64_MAX - MIB);
    output_reserve(&file, MIB, INT64_MAX);
    output_reserve(&file, UINT64_MAX, 1);
    assert_int_equal(size_of(&file), 0);
    output_write(&file, 0, SPAN("x"));
    assert_true(output_close(&file, false));
    assert_int_equal(unlink(path), 0);
    assert_true(output_open(&file, &w.world, "/dev/null"));
    output_reserve(&file, 0, MIB);
    assert_true(output_close(&file, false));
    test_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reserved_is_there_at_once),
        cmocka_unit_test(what_cannot_be_does_no_harm),
    };
    return cmocka_run_group_tests(tests, name_file, NULL);
}
