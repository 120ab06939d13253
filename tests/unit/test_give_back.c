/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What nobody reads of an object once it is open (loader/give_back.c): whoever
 * lends it to the linker may lose it, and everything is linked as before.
 */
#include "unit/library.h"
#include "unit/linking.h"

enum { LENT = 16 };

struct lender {
    span lent[LENT];
    unsigned count;
    bool refuses;
};

static bool lend(void *context, span bytes)
{
    struct lender *lender = context;
    assert_true(lender->count < LENT);
    lender->lent[lender->count++] = bytes;
    if (!lender->refuses)
        memset((char *)(uintptr_t)bytes.data, 'x', bytes.size);
    return !lender->refuses;
}

static struct lender lender;
static const struct link_observer observer = {.context = &lender, .lend = lend};
static const char script[] = "SECTIONS { .data 0x100000 : { *(.data) } }";

/* Defines `name`; its .data points to what it `needs`, with a local beside. */
static span object(struct builder *b, const char *name, const char *needs)
{
    static const uint64_t zeros[2];
    build_open(b);
    uint32_t data = build_section(b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, zeros, 16);
    build_section(b, ".comment", SHT_PROGBITS, 0, zeros, 8);
    uint32_t local =
        build_symbol(b, "local", STB_LOCAL, STT_OBJECT, data, 8, 8);
    build_global(b, name, data, 0);
    build_relocation(b, data, 0, R_X86_64_64, build_reference(b, needs), 1);
    build_relocation(b, data, 8, R_X86_64_64, local, 2);
    return build_bytes(b);
}

static void link_pair(struct linking *l, struct builder *a, struct builder *b)
{
    lender.count = 0;
    l->request.observer = &observer;
    link_file(l, "a.o", (span){a->file, a->size});
    link_file(l, "b.o", (span){b->file, b->size});
    link_ok(l, script);
    assert_int_equal(link_word(l, ".data", 0), 0x100011);
    assert_int_equal(link_word(l, ".data", 8), 0x10000a);
    assert_int_equal(link_word(l, ".data", 16), 0x100001);
    assert_int_equal(link_word(l, ".data", 24), 0x10001a);
}

static void globals_and_headers_are_lent(void **state)
{
    struct builder a, b;
    object(&a, "f", "g");
    object(&b, "g", "f");
    const char *headers = (const char *)build_header(&a, 0);
    const char *globals = (const char *)build_entry(&a, 2);
    lender.refuses = false;
    link_pair(*state, &a, &b);
    assert_int_equal(lender.count, 4);
    assert_ptr_equal(lender.lent[0].data, globals);
    assert_int_equal(lender.lent[0].size, 2 * sizeof(Elf64_Sym));
    assert_ptr_equal(lender.lent[1].data, headers);
    assert_int_equal(lender.lent[1].size, a.file + a.size - headers);
}

static void who_does_not_lend_keeps_them(void **state)
{
    struct builder a, b;
    object(&a, "f", "g");
    object(&b, "g", "f");
    lender.refuses = true;
    link_pair(*state, &a, &b);
    assert_memory_equal(a.file + read64(a.file + 40) + 64, &a.sections[1], 64);
}

/* As nobody does who writes objects. */
static void what_shares_bytes_with_them_is_kept(void **state)
{
    struct linking *l = *state;
    struct builder a, b;
    object(&a, "f", "g");
    object(&b, "g", "f");
    lender.refuses = false;
    uint32_t note = BUILD_STRTAB + 2;
    build_header(&a, note)->sh_offset = read64(a.file + 40) + 128;
    build_header(&b, note)->sh_offset =
        build_header(&b, BUILD_SYMTAB)->sh_offset + 8;
    link_pair(l, &a, &b);
    assert_int_equal(lender.count, 1); /* the headers of b.o */
    assert_ptr_equal(lender.lent[0].data,
                     build_file_header(&b)->e_shoff + (const char *)b.file);
}

/* elf_once.c may read its symbols again. */
static void an_object_with_a_group_is_kept(void **state)
{
    static const uint32_t words[] = {GRP_COMDAT, 3};
    struct linking *l = *state;
    struct builder a;
    build_open(&a);
    uint32_t data = build_section(&a, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_GROUP, "12345678", 8);
    build_group(&a, words, 2, build_global(&a, "f", data, 0));
    link_file(l, "a.o", build_bytes(&a));
    lender = (struct lender){0};
    l->request.observer = &observer;
    link_ok(l, script);
    assert_int_equal(lender.count, 0);
}

/* ---- Archives ------------------------------------------------------------ */

static void put_both(struct library *a)
{
    static const struct entry f_and_g[] = {{"f", 1}, {"g", 2}};
    library_open(a, "/");
    put_object(a, "h.o/", object(&a->b, "h", "g"));
    put_object(a, "f.o/", object(&a->b, "f", "g"));
    put_object(a, "g.o/", object(&a->b, "g", "f"));
    write_gnu_index(a, 4, f_and_g, 2);
}

static void link_library(struct linking *l, struct library *a)
{
    static struct builder main;
    lender = (struct lender){0};
    l->request.observer = &observer;
    link_file(l, "main.o", object(&main, "main", "f"));
    link_file(l, "lib.a", (span){a->bytes, a->size});
}

static void members_lend_them_too(void **state)
{
    struct library a;
    put_both(&a);
    link_library(*state, &a);
    link_ok(*state, script);
    assert_int_equal(link_word(*state, ".data", 0), 0x100011);
    assert_int_equal(link_word(*state, ".data", 16), 0x100021);
    assert_int_equal(link_word(*state, ".data", 32), 0x100011);
    assert_int_equal(lender.count, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(globals_and_headers_are_lent),
        link_test(who_does_not_lend_keeps_them),
        link_test(what_shares_bytes_with_them_is_kept),
        link_test(an_object_with_a_group_is_kept),
        link_test(members_lend_them_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
