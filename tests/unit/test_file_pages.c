/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mapped files (tools/file_pages.c): of those that were left pages go back to
 * the system, and what is looked at all the time stays in memory.
 */
#include "unit/world.h"

#include "../../tools/file_pages.c"

#include <fcntl.h>
#include <stdio.h>

enum { COUNT = MOST_LEFT / PAGE };

/* A file of so many bytes, of which each page begins with its number. */
static char *map_file(struct file_pages *pages, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    for (unsigned i = 0; size < STAY && i * PAGE < size; i++)
        assert_int_equal(pwrite(fileno(file), &i, sizeof(i), (off_t)i * PAGE),
                         sizeof(i));
    assert_int_equal(ftruncate(fileno(file), (off_t)size), 0);
    char *data = file_pages_map(pages, fileno(file), size);
    assert_ptr_not_equal(data, MAP_FAILED);
    fclose(file);
    return data;
}

static void assert_numbered(const char *data, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(data[i * PAGE], (char)i);
}

/* A file behind all that stays; its pages are there. */
static span open_file(struct file_pages *pages)
{
    *pages = (struct file_pages){0};
    map_file(pages, STAY);
    char *data = map_file(pages, MOST_LEFT);
    assert_true(file_pages_has(pages, data));
    assert_true(file_pages_has(pages, data + MOST_LEFT - 1));
    assert_numbered(data, COUNT);
    return (span){data, MOST_LEFT};
}

/* True if the page is this process's at the moment [proc(5), pagemap]. */
static bool is_there(const char *data, unsigned page)
{
    uint64_t entry = 0;
    uintptr_t at = (uintptr_t)data / PAGE + page;
    int fd = open("/proc/self/pagemap", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &entry, sizeof(entry), (off_t)(at * 8)), 8);
    close(fd);
    return entry >> 63;
}

static void what_is_left_goes_and_what_is_kept_stays(void **state)
{
    (void)state;
    struct file_pages pages;
    span file = open_file(&pages);
    file_pages_keep(&pages, span_part(file, 5 * PAGE + 1, PAGE));
    file_pages_keep(&pages, span_part(file, 11 * PAGE, 1));
    file_pages_keep(&pages, span_part(file, 13 * PAGE, 0));
    assert_true(is_there(file.data, 0) && is_there(file.data, COUNT - 1));
    file_pages_leave(&pages, file);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(is_there(file.data, i), i == 5 || i == 6 || i == 11);
    assert_numbered(file.data, COUNT);
    file_pages_close(&pages);
}

static void what_is_left_piece_by_piece_goes(void **state)
{
    (void)state;
    struct file_pages pages;
    span file = open_file(&pages);
    for (unsigned i = 0; i < MOST_LEFT; i += AROUND)
        file_pages_leave(&pages, span_part(file, i, AROUND));
    for (unsigned i = 0; i < COUNT; i++)
        assert_false(is_there(file.data, i));
    file_pages_close(&pages);
}

static void few_pages_between_kept_ones_stay(void **state)
{
    (void)state;
    struct file_pages pages;
    span file = open_file(&pages);
    file_pages_keep(&pages, span_part(file, 0, 1));
    file_pages_keep(&pages, span_part(file, FEWEST * PAGE, 1));
    file_pages_keep(&pages, span_part(file, (2 * FEWEST + 1) * PAGE, 1));
    file_pages_leave(&pages, file);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(is_there(file.data, i),
                         i <= FEWEST || i == 2 * FEWEST + 1);
    file_pages_close(&pages);
}

/* More runs than one call takes, and where a call takes one only. */
static void all_runs_go(void **state)
{
    (void)state;
    for (int has_one_call = 0; has_one_call <= 1; has_one_call++) {
        struct file_pages pages;
        span file = open_file(&pages);
        if (!has_one_call)
            close_process(&pages);
        for (unsigned i = 0; i < COUNT; i += FEWEST + 1)
            file_pages_keep(&pages, span_part(file, i * PAGE, 1));
        file_pages_leave(&pages, file);
        for (unsigned i = 0; i < COUNT - FEWEST; i++)
            assert_int_equal(is_there(file.data, i), i % (FEWEST + 1) == 0);
        file_pages_close(&pages);
    }
}

static void the_first_files_stay(void **state)
{
    (void)state;
    struct file_pages pages = {0};
    char *first = map_file(&pages, MOST_LEFT);
    map_file(&pages, STAY - MOST_LEFT);
    assert_numbered(first, COUNT);
    file_pages_leave(&pages, (span){first, MOST_LEFT});
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(is_there(first, i));
    file_pages_close(&pages);
}

/* Where the next file begins there may be addresses without any memory: a call
 * that names them fails. */
static void nothing_behind_a_file_is_let_go_of(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,          PAGE,   PAGE + 1,  AROUND - PAGE,
                                   AROUND - 1, AROUND, AROUND + 1};
    struct file_pages pages = {0};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        const char *data = map_file(&pages, sizes[i]);
        uint64_t first = (data - pages.room) / PAGE;
        uint64_t end = (pages.next - pages.room) / PAGE;
        uint64_t count = (sizes[i] + PAGE - 1) / PAGE;
        assert_int_equal(first % (AROUND / PAGE), 0);
        assert_int_equal(end % (AROUND / PAGE), 0);
        for (uint64_t page = first; page < end; page++)
            assert_int_equal(is_kept(&pages, page), page - first >= count);
    }
    file_pages_close(&pages);
}

/* Copies, and files that lie elsewhere. */
static void what_is_in_no_file_is_passed_by(void **state)
{
    (void)state;
    struct file_pages pages, closed = {0};
    open_file(&pages);
    file_pages_keep(&pages, SPAN("a copy"));
    file_pages_leave(&pages, SPAN("a copy"));
    assert_int_equal(pages.left_bytes, 0);
    file_pages_close(&pages);
    file_pages_keep(&closed, SPAN("a copy"));
    file_pages_leave(&closed, SPAN("a copy"));
    file_pages_close(&closed);
}

static void what_others_mapped_is_theirs(void **state)
{
    (void)state;
    struct file_pages pages;
    span file = open_file(&pages);
    char *theirs =
        mmap(pages.next, PAGE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(theirs, pages.next);
    *theirs = 42;
    for (int i = 0; i < 2; i++) {
        char *elsewhere = map_file(&pages, 3 * PAGE);
        assert_numbered(elsewhere, 3);
        assert_false(file_pages_has(&pages, elsewhere));
        file_pages_leave(&pages, (span){elsewhere, 3 * PAGE});
        munmap(elsewhere, 3 * PAGE);
    }
    file_pages_leave(&pages, file);
    file_pages_close(&pages);
    assert_int_equal(*theirs, 42);
    munmap(theirs, PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_goes_and_what_is_kept_stays),
        cmocka_unit_test(what_is_left_piece_by_piece_goes),
        cmocka_unit_test(few_pages_between_kept_ones_stay),
        cmocka_unit_test(all_runs_go),
        cmocka_unit_test(the_first_files_stay),
        cmocka_unit_test(nothing_behind_a_file_is_let_go_of),
        cmocka_unit_test(what_is_in_no_file_is_passed_by),
        cmocka_unit_test(what_others_mapped_is_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
