/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Large output sections go to the file piece by piece (loader/image_file.c):
 * one behind the other, and each but the first begins at a step of the file.
 */
#include "unit/linking.h"

enum {
    STEP = 32 << 10,
    PART = 30001,
    PARTS = LINKING_INPUTS,
    FILE_START = 4096
};

struct file {
    char bytes[PARTS * PART + 2 * FILE_START];
    uint64_t start, end;
    unsigned count; /* of pieces */
};

static bool takes_all(void *context, const struct link *link)
{
    (void)context, (void)link;
    return true;
}

static bool take_piece(void *context, const struct link *link, uint64_t offset,
                       span piece)
{
    struct file *file = context;
    (void)link;
    if (!file->count++)
        file->start = file->end = offset;
    else
        assert_int_equal(offset % STEP, 0);
    assert_int_equal(offset, file->end);
    assert_true(in_bounds(sizeof(file->bytes), offset, piece.size));
    memcpy(file->bytes + offset, piece.data, piece.size);
    file->end += piece.size;
    return true;
}

static void pieces_begin_at_steps(void **state)
{
    struct linking *l = *state;
    static struct builder b;
    static struct file file;
    static char part[PART];
    const struct link_sink sink = {&file, takes_all, take_piece};
    for (unsigned i = 0; i < PART; i++)
        part[i] = (char)(i % 251);
    build_open(&b);
    build_section(&b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, part, PART);
    span bytes = build_bytes(&b);
    for (unsigned i = 0; i < PARTS; i++)
        link_file(l, "a.o", bytes);
    l->request.output = BOOTLINK_IN_FILE;
    l->request.sink = &sink;
    link_ok(l, "SECTIONS { .data 0x100000 : { *(.data) } }");
    assert_int_equal(file.end - file.start, PARTS * PART);
    assert_true(file.count > 1);
    for (unsigned i = 0; i < PARTS; i++)
        assert_memory_equal(file.bytes + file.start + i * PART, part, PART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(pieces_begin_at_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
