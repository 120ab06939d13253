/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel that is linked already: its segments come to their places, and a
 * file that is wrong is refused.
 */
#include "unit/linking.h"

#include <elf.h>

enum { SEGMENTS = 3, FILE_SIZE = 0x4000, PAGE = 0x1000 };

#define BASE 0xffffffff80000000ull

/* Code, constants, data with .bss; each on a page of its own. */
static const Elf64_Phdr GOOD[SEGMENTS] = {
    {PT_LOAD, PF_R | PF_X, 0x1000, BASE, BASE, 0x123, 0x123, PAGE},
    {PT_LOAD, PF_R, 0x2000, BASE + 0x1000, BASE + 0x1000, 0x456, 0x456, PAGE},
    {PT_LOAD, PF_R | PF_W, 0x3000, BASE + 0x2000, BASE + 0x2000, 0x100, 0x2345,
     PAGE},
};

static union {
    char bytes[FILE_SIZE];
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[SEGMENTS];
    };
} file;

static unsigned reads;

static int open_file(void **state)
{
    for (size_t i = 0; i < FILE_SIZE; i++)
        file.bytes[i] = (char)(i * 7 + i / 256);
    file.header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = BASE + 0x10,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = SEGMENTS,
    };
    memcpy(file.segments, GOOD, sizeof(GOOD));
    reads = 0;
    linking_open(state);
    struct linking *l = *state;
    link_file(l, "kernel.elf", (span){file.bytes, FILE_SIZE});
    return 0;
}

/* A world that reads parts of files, and never a whole one. */
static size_t read_part(void *host, span name, uint64_t offset, size_t size,
                        void *to)
{
    (void)host;
    assert_true(span_equal(name, SPAN("kernel.elf")));
    size_t left = offset < FILE_SIZE ? FILE_SIZE - offset : 0;
    size = size < left ? size : left;
    memcpy(to, file.bytes + offset, size);
    reads++;
    return size;
}

static void no_file(struct linking *l)
{
    l->request.read = read_part;
    l->w.file_count = 0;
}

/* Every byte of a segment, and the zeros behind those of the file. */
static void check_segment(struct linking *l, unsigned index)
{
    const struct bootlink_section *s = &l->image.sections[index];
    const Elf64_Phdr *header = &file.segments[index];
    assert_int_equal(s->address, header->p_vaddr);
    assert_int_equal(s->size, header->p_memsz);
    const char *data = s->data;
    for (uint64_t i = 0; i < s->size; i++)
        assert_int_equal(data[i], i < header->p_filesz
                                      ? file.bytes[header->p_offset + i]
                                      : 0);
}

static void check_image(struct linking *l)
{
    assert_true(l->image.is_executable);
    assert_int_equal(l->image.entry, file.header.e_entry);
    assert_int_equal(l->image.section_count, SEGMENTS);
    for (unsigned i = 0; i < SEGMENTS; i++)
        check_segment(l, i);
}

static void segments_come_to_their_places(void **state)
{
    struct linking *l = *state;
    link_ok(l, "");
    check_image(l);
    assert_int_equal(l->image.low, BASE);
    assert_int_equal(l->image.high, BASE + 0x5000);
    assert_int_equal(l->image.segment_count, SEGMENTS);
    const unsigned permissions[] = {BOOTLINK_READ | BOOTLINK_EXECUTE,
                                    BOOTLINK_READ,
                                    BOOTLINK_READ | BOOTLINK_WRITE};
    for (unsigned i = 0; i < SEGMENTS; i++)
        assert_int_equal(l->image.segments[i].permissions, permissions[i]);
    /* Nothing says where: one block, on a boundary of 2 MiB. */
    assert_int_equal(l->image.segments[0].physical % (2 << 20), 0);
}

static void the_rest_of_a_page_is_zero(void **state)
{
    struct linking *l = *state;
    link_ok(l, "");
    const char *code = l->image.sections[0].data;
    for (unsigned i = 0x123; i < PAGE; i++)
        assert_int_equal(code[i], 0);
}

/* Headers twice: what it is, and what is in it. */
static void what_lies_as_in_the_file_is_read_at_once(void **state)
{
    struct linking *l = *state;
    no_file(l);
    link_ok(l, "");
    check_image(l);
    assert_int_equal(reads, 3);
}

static void what_lies_otherwise_is_read_apart_and_forwards(void **state)
{
    struct linking *l = *state;
    no_file(l);
    file.segments[0].p_offset = 0x3000;
    file.segments[2].p_offset = 0x1000;
    link_ok(l, "");
    check_image(l);
    assert_int_equal(reads, 5);
}

/* Between two blocks of memory lies what belongs to somebody else. */
static void a_hole_in_memory_is_not_read_over(void **state)
{
    struct linking *l = *state;
    no_file(l);
    for (unsigned i = 0; i < SEGMENTS; i++)
        file.segments[i].p_paddr = 0x2000000 + i * 0x10000;
    for (unsigned i = 0; i < SEGMENTS; i++)
        file.segments[i].p_vaddr = BASE + i * 0x10000;
    link_ok(l, "");
    check_image(l);
    for (unsigned i = 0; i < SEGMENTS; i++)
        assert_int_equal(l->image.segments[i].physical,
                         file.segments[i].p_paddr);
    assert_int_equal(reads, 5);
}

static void one_in_the_lower_half_is_where_it_says(void **state)
{
    struct linking *l = *state;
    for (unsigned i = 0; i < SEGMENTS; i++)
        file.segments[i].p_vaddr = file.segments[i].p_paddr =
            0x100000 + i * PAGE;
    file.header.e_entry = 0x100000;
    link_ok(l, "");
    check_image(l);
    assert_int_equal(l->image.segments[0].physical, 0x100000);
}

/* ---- Damage -------------------------------------------------------------- */

struct damage {
    const char *what;
    void *place;
    uint64_t value;
    unsigned size; /* bytes of it */
    const char *words;
};

#define DAMAGE(field, value, words)                                            \
    {                                                                          \
#field " = " #value, &file.field, value, sizeof(file.field), words     \
    }

static const struct damage DAMAGES[] = {
    DAMAGE(header.e_ident[EI_CLASS], ELFCLASS32, "a 32-bit object"),
    DAMAGE(header.e_machine, EM_AARCH64, "AArch64"),
    DAMAGE(header.e_entry, 0, "the entry 0x0 is in no executable segment"),
    DAMAGE(header.e_entry, BASE + 0x2000, "is in no executable segment"),
    DAMAGE(header.e_phnum, 0, "is in no executable segment"),
    DAMAGE(header.e_phnum, 0xffff, "are not within the first 4096 bytes"),
    DAMAGE(header.e_phoff, UINT64_MAX, "are not within the first"),
    DAMAGE(header.e_phentsize, 55, "program header entry size is 55"),
    DAMAGE(segments[1].p_filesz, 0x457, "only 0x456 in memory"),
    DAMAGE(segments[1].p_vaddr, BASE + 0x122, "overlap"),
    DAMAGE(segments[1].p_paddr, BASE + 0x122, "overlap"),
    DAMAGE(segments[2].p_memsz, UINT64_MAX, "run past the end"),
    DAMAGE(segments[2].p_vaddr, UINT64_MAX - 1, "run past the end"),
    DAMAGE(segments[2].p_paddr, UINT64_MAX - 1, "run past the end"),
    DAMAGE(segments[2].p_offset, UINT64_MAX - 1, "run past the end"),
    DAMAGE(segments[2].p_offset, FILE_SIZE - 1, "cannot be read"),
    DAMAGE(segments[2].p_offset, FILE_SIZE + 1, "cannot be read"),
    DAMAGE(segments[2].p_memsz, 0x70000000, "no memory for the image"),
    DAMAGE(segments[1].p_paddr, 0x2000001, "different places of a page"),
    DAMAGE(segments[0].p_flags, PF_R | PF_W | PF_X, "writable and executable"),
    DAMAGE(header.e_type, ET_DYN, "a shared object (ET_DYN)"),
};

static void what_is_wrong_is_refused_by_name(void **state)
{
    linking_close(state);
    for (size_t i = 0; i < sizeof(DAMAGES) / sizeof(DAMAGES[0]); i++) {
        const struct damage *d = &DAMAGES[i];
        open_file(state);
        struct linking *l = *state;
        l->w.limit = 64 << 20;
        memcpy(d->place, &d->value, d->size);
        print_message("%s\n", d->what);
        link_fails(l, "", d->words);
        linking_close(state);
    }
    open_file(state);
}

static void a_file_that_is_cut_off_is_refused(void **state)
{
    struct linking *l = *state;
    for (size_t size = 0; size < 0x3100; size += size < 0x100 ? 1 : 0x100) {
        l->w.files[0].bytes.size = size;
        assert_false(link_run(l, ""));
        assert_true(l->w.errors > 0);
    }
}

static void memory_that_runs_out_is_reported(void **state)
{
    struct linking *l = *state;
    for (uint64_t n = 1;; n++) {
        l->w.allocations = 0;
        l->w.fail_at = n;
        l->w.errors = 0;
        if (link_run(l, ""))
            break;
        assert_true(l->w.errors > 0);
    }
    check_image(l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_file, linking_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(segments_come_to_their_places),
        TEST(the_rest_of_a_page_is_zero),
        TEST(what_lies_as_in_the_file_is_read_at_once),
        TEST(what_lies_otherwise_is_read_apart_and_forwards),
        TEST(a_hole_in_memory_is_not_read_over),
        TEST(one_in_the_lower_half_is_where_it_says),
        TEST(what_is_wrong_is_refused_by_name),
        TEST(a_file_that_is_cut_off_is_refused),
        TEST(memory_that_runs_out_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
