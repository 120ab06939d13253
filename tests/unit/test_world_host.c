/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's files (tools/world_host.c): of those that were left pages go back
 * to the system, and what is looked at all the time stays in memory.
 */
#include "unit/world.h"

#define PAGE SCRATCH_PAGE /* both have one */
#include "../../tools/scratch.c"
#undef PAGE
#include "../../tools/world_host.c"

enum { PAGES = MOST_OF_FILES / PAGE, LARGE_PAGES = LARGE_LINK / PAGE };

struct mapped {
    struct host host;
    struct bootlink_world world;
    char path[32];
    span bytes;
};

/* Maps a file of so many pages, all of which have been looked at. */
static void open_file(struct mapped *m, unsigned pages)
{
    *m = (struct mapped){.host.program = "test",
                         .path = "/tmp/bootlink-test.XXXXXX"};
    m->world = world_of_host(&m->host);
    int fd = mkstemp(m->path);
    assert_true(fd >= 0);
    for (unsigned i = 0; i < pages; i++)
        assert_int_equal(pwrite(fd, &i, sizeof(i), (off_t)i * PAGE), sizeof(i));
    assert_int_equal(ftruncate(fd, (off_t)pages * PAGE), 0);
    close(fd);
    assert_true(m->world.file(m->world.host, span_of(m->path), &m->bytes));
    assert_int_equal(m->bytes.size, pages * PAGE);
    for (unsigned i = 0; i < pages; i++)
        assert_int_equal(m->bytes.data[i * PAGE], (char)i);
}

static void close_file(struct mapped *m)
{
    host_close(&m->host);
    unlink(m->path);
}

/* True if the page is this process's at the moment [proc(5), pagemap]. */
static bool is_there(const struct mapped *m, unsigned page)
{
    uint64_t entry = 0;
    uintptr_t at = (uintptr_t)m->bytes.data / PAGE + page;
    int fd = open("/proc/self/pagemap", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &entry, sizeof(entry), (off_t)(at * 8)), 8);
    close(fd);
    return entry >> 63;
}

static void what_is_left_goes_and_what_is_kept_stays(void **state)
{
    (void)state;
    struct mapped m;
    open_file(&m, PAGES);
    host_keep(&m.host, span_part(m.bytes, 5 * PAGE + 1, PAGE));
    host_keep(&m.host, span_part(m.bytes, 8 * PAGE, 1));
    host_keep(&m.host, span_part(m.bytes, 9 * PAGE, 0));
    assert_true(is_there(&m, 0) && is_there(&m, PAGES - 1));
    host_leave(&m.host, m.bytes);
    for (unsigned i = 0; i < PAGES; i++)
        assert_int_equal(is_there(&m, i), i == 5 || i == 6 || i == 8);
    for (unsigned i = 0; i < PAGES; i++)
        assert_int_equal(m.bytes.data[i * PAGE], (char)i);
    close_file(&m);
}

static void few_pages_between_stay_in_a_large_link(void **state)
{
    (void)state;
    struct mapped m;
    open_file(&m, LARGE_PAGES);
    host_keep(&m.host, span_part(m.bytes, 0, 1));
    host_keep(&m.host, span_part(m.bytes, FEWEST * PAGE, 1));
    host_keep(&m.host, span_part(m.bytes, (2 * FEWEST + 1) * PAGE, 1));
    host_leave(&m.host, m.bytes);
    for (unsigned i = 0; i < LARGE_PAGES; i++)
        assert_int_equal(is_there(&m, i), i <= FEWEST || i == 2 * FEWEST + 1);
    close_file(&m);
}

/* More runs than one call takes, and where a call takes one only. */
static void all_runs_go(void **state)
{
    (void)state;
    for (int has_one_call = 0; has_one_call <= 1; has_one_call++) {
        struct mapped m;
        open_file(&m, PAGES);
        if (!has_one_call)
            close_process(&m.host);
        for (unsigned i = 0; i < PAGES; i += 2)
            host_keep(&m.host, span_part(m.bytes, i * PAGE, 1));
        host_leave(&m.host, m.bytes);
        for (unsigned i = 0; i < PAGES; i++)
            assert_int_equal(is_there(&m, i), i % 2 == 0);
        close_file(&m);
    }
}

/* Copies, and files that lie elsewhere. */
static void what_is_in_no_file_is_passed_by(void **state)
{
    (void)state;
    struct mapped m;
    open_file(&m, 1);
    host_keep(&m.host, SPAN("a copy"));
    host_leave(&m.host, SPAN("a copy"));
    assert_int_equal(m.host.left_of_files, 0);
    close_file(&m);
    struct host closed = {.program = "test"};
    host_keep(&closed, SPAN("a copy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_goes_and_what_is_kept_stays),
        cmocka_unit_test(few_pages_between_stay_in_a_large_link),
        cmocka_unit_test(all_runs_go),
        cmocka_unit_test(what_is_in_no_file_is_passed_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
