/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Archives: GNU's and BSD's names and indices, which members are taken and in
 * what order, and damage. [ar(5)]
 */
#include "unit/library.h"
#include "unit/linking.h"

/* ---- Objects ------------------------------------------------------------ */

/* Defines `name`, if there is one, and refers to `needs`, if there is one. Its
 * .data is the number `tag`. */
static span object(struct builder *b, uint64_t tag, const char *name,
                   const char *needs)
{
    static uint64_t words[256];
    words[tag] = tag;
    build_open(b);
    uint32_t data = build_section(b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, &words[tag], 8);
    if (name)
        build_global(b, name, data, 0);
    if (needs)
        build_reference(b, needs);
    return build_bytes(b);
}

static void put_defining(struct library *a, const char *member, uint64_t tag,
                         const char *name, const char *needs)
{
    put_object(a, member, object(&a->b, tag, name, needs));
}

static span library_bytes(const struct library *a)
{
    return (span){a->bytes, a->size};
}

/* The tags in .data tell who was taken, in order. */
static void assert_tags(struct linking *l, const char *tags)
{
    uint64_t count = link_section(l, ".data")->size / 8;
    assert_int_equal(count, strlen(tags));
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(link_word(l, ".data", i * 8), tags[i] - '0');
}

static const char script[] = "SECTIONS { .data 0x100000 : { *(.data) } }";

/* ---- Indices ------------------------------------------------------------ */

static const struct entry f_and_g[] = {{"f", 0}, {"g", 1}};

/* main needs f, f needs g. */
static void put_f_and_g(struct library *a)
{
    put_defining(a, "f.o/", 1, "f", "g");
    put_defining(a, "g.o/", 2, "g", NULL);
    put_defining(a, "h.o/", 3, "h", NULL);
}

static void link_f_and_g(struct linking *l, struct library *a,
                         struct builder *main)
{
    link_file(l, "main.o", object(main, 0, "main", "f"));
    link_file(l, "lib.a", library_bytes(a));
    link_ok(l, script);
    assert_tags(l, "012");
}

static void the_gnu_index(void **state)
{
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    link_f_and_g(*state, &a, &main);
}

/* ---- When all inputs are open ------------------------------------------- */

struct seen {
    span bytes;
    unsigned count;
};

static void see(void *context, span bytes)
{
    struct seen *seen = context;
    seen->bytes = bytes;
    seen->count++;
}

static struct seen seen;
static const struct link_observer observer = {.context = &seen, .done = see};

static void nobody_reads_an_index_again(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    seen = (struct seen){0};
    l->request.observer = &observer;
    link_f_and_g(l, &a, &main);
    assert_int_equal(seen.count, 1);
    assert_ptr_equal(seen.bytes.data, a.bytes + 8 + 60); /* both headers */
    assert_int_equal(read32(seen.bytes.data), 2 << 24);
}

static void unless_it_is_data(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    seen = (struct seen){0};
    l->request.observer = &observer;
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_file(l, "lib.a", library_bytes(&a));
    link_option(l, BOOTLINK_BINARY);
    l->inputs[2].name = SPAN("lib.a");
    link_ok(l, script);
    assert_int_equal(seen.count, 0);
}

/* ---- Indices in other forms --------------------------------------------- */

/* Members are found by it in any order, and those in the middle, too. */
static void an_index_in_another_order(void **state)
{
    static const struct entry backwards[] = {{"h", 2}, {"g", 1}, {"f", 0}};
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, backwards, 3);
    link_f_and_g(*state, &a, &main);
}

/* What nobody wants is not looked at. */
static void damage_of_a_member_that_nobody_wants(void **state)
{
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    a.bytes[a.offsets[2] + 58] = 'x'; /* of h.o */
    link_f_and_g(*state, &a, &main);
}

static void the_gnu_index_of_64_bits(void **state)
{
    struct library a;
    struct builder main;
    library_open(&a, "/SYM64/");
    put_f_and_g(&a);
    write_gnu_index(&a, 8, f_and_g, 2);
    link_f_and_g(*state, &a, &main);
}

static void the_bsd_index(void **state)
{
    struct library a;
    struct builder main;
    library_open(&a, "__.SYMDEF");
    put_f_and_g(&a);
    write_bsd_index(&a, f_and_g, 2);
    link_f_and_g(*state, &a, &main);
}

static void no_index(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, NULL);
    put_f_and_g(&a);
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_file(l, "lib.a", library_bytes(&a));
    link_fails(l, script,
               "lib.a: the archive has no symbol index; add one with `ranlib`");
}

/* ---- Names -------------------------------------------------------------- */

static void check_name(struct linking *l, struct library *a, const char *name)
{
    link_option(l, BOOTLINK_WHOLE_ARCHIVE);
    link_file(l, "lib.a", library_bytes(a));
    link_ok(l, script);
    assert_int_equal(l->image.link->objects->name.size, strlen(name));
    assert_memory_equal(l->image.link->objects->name.data, name, strlen(name));
}

static void a_short_gnu_name(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_defining(&a, "a b.o/", 1, "f", NULL);
    check_name(*state, &a, "lib.a(a b.o)");
}

static void a_long_gnu_name(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_member(&a, "//", SPAN("x.o/\na-rather-long-name.o/\n"));
    put_defining(&a, "/5", 1, "f", NULL);
    check_name(*state, &a, "lib.a(a-rather-long-name.o)");
}

/* The name is part of the content, which then begins 28 bytes later. */
static void a_long_bsd_name(void **state)
{
    struct library a;
    struct builder b;
    library_open(&a, NULL);
    span bytes = object(&b, 1, "f", NULL);
    char content[16384] = "a-rather-long-name.o";
    memcpy(content + 28, bytes.data, bytes.size);
    put_object(&a, "#1/28", (span){content, 28 + bytes.size});
    check_name(*state, &a, "lib.a(a-rather-long-name.o)");
}

static void repeated_names_are_different_members(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_defining(&a, "x.o/", 1, "f", "g");
    put_defining(&a, "x.o/", 2, "g", NULL);
    write_gnu_index(&a, 4, f_and_g, 2);
    link_f_and_g(l, &a, &main);
}

/* ---- Which members are taken -------------------------------------------- */

static void nothing_is_taken_that_nobody_needs(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    link_file(l, "main.o", object(&main, 0, "main", NULL));
    link_file(l, "lib.a", library_bytes(&a));
    link_ok(l, script);
    assert_tags(l, "0");
}

static void whole_archive_takes_all(void **state)
{
    struct linking *l = *state;
    struct library a;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    link_option(l, BOOTLINK_WHOLE_ARCHIVE);
    link_file(l, "lib.a", library_bytes(&a));
    link_option(l, BOOTLINK_NO_WHOLE_ARCHIVE);
    link_ok(l, script);
    assert_tags(l, "123");
}

/* [gABI: STB_WEAK]: a weak reference takes no member. */
static void a_weak_reference_takes_nothing(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    object(&main, 0, "main", "f");
    build_entry(&main, 2)->st_info = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE);
    link_file(l, "main.o", (span){main.file, main.size});
    link_file(l, "lib.a", library_bytes(&a));
    link_ok(l, script);
    assert_tags(l, "0");
}

static void an_archive_is_searched_where_it_stands(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    link_file(l, "lib.a", library_bytes(&a));
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_ok(l, script);
    assert_tags(l, "0");
}

/* One archive has f, which needs g of the other, which needs h of the first. */
static void put_circle(struct library *one, struct library *two)
{
    static const struct entry f_and_h[] = {{"f", 0}, {"h", 1}};
    static const struct entry g[] = {{"g", 0}};
    library_open(one, "/");
    put_defining(one, "f.o/", 1, "f", "g");
    put_defining(one, "h.o/", 3, "h", NULL);
    write_gnu_index(one, 4, f_and_h, 2);
    library_open(two, "/");
    put_defining(two, "g.o/", 2, "g", "h");
    write_gnu_index(two, 4, g, 1);
}

static void a_group_is_searched_again(void **state)
{
    struct linking *l = *state;
    struct library one, two;
    struct builder main;
    put_circle(&one, &two);
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_option(l, BOOTLINK_GROUP_START);
    link_file(l, "one.a", library_bytes(&one));
    link_file(l, "two.a", library_bytes(&two));
    link_option(l, BOOTLINK_GROUP_END);
    link_ok(l, script);
    assert_tags(l, "0123");
}

static void without_a_group_each_is_searched_once(void **state)
{
    struct linking *l = *state;
    struct library one, two;
    struct builder main;
    put_circle(&one, &two);
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_file(l, "one.a", library_bytes(&one));
    link_file(l, "two.a", library_bytes(&two));
    link_ok(l, script);
    assert_tags(l, "012");
}

/* A common symbol is happy with a definition that has contents. */
static void a_member_defines_a_common(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    build_open(&main);
    build_common(&main, "g", 8, 8);
    link_built(l, "main.o", &main);
    link_file(l, "lib.a", library_bytes(&a));
    link_ok(l, script);
    assert_tags(l, "2");
}

/* What it says of itself is not to be trusted, and not looked at. */
static void a_damaged_member_defines_no_common(void **state)
{
    struct linking *l = *state;
    struct library a;
    struct builder main;
    static char bytes[4096];
    library_open(&a, "/");
    span g = object(&a.b, 2, "g", NULL);
    assert_true(g.size <= sizeof(bytes));
    memcpy(bytes, g.data, g.size);
    uint64_t headers = read64(bytes + offsetof(Elf64_Ehdr, e_shoff));
    uint64_t of_first = headers + sizeof(Elf64_Shdr);
    write64(bytes + of_first + offsetof(Elf64_Shdr, sh_offset), UINT64_MAX / 2);
    put_object(&a, "g.o/", (span){bytes, g.size});
    write_gnu_index(&a, 4, &(struct entry){"g", 0}, 1);
    build_open(&main);
    build_common(&main, "g", 8, 8);
    link_built(l, "main.o", &main);
    link_file(l, "lib.a", library_bytes(&a));
    link_ok(l, "SECTIONS { .data 0x100000 : { *(.data COMMON) } }");
    assert_int_equal(link_section(l, ".data")->size, 8);
}

/* ---- The command line --------------------------------------------------- */

/* Where a group ends that nobody ends is plain. */
static void a_group_that_does_not_end(void **state)
{
    struct linking *l = *state;
    struct library one, two;
    struct builder main;
    put_circle(&one, &two);
    link_file(l, "main.o", object(&main, 0, "main", "f"));
    link_option(l, BOOTLINK_GROUP_START);
    link_option(l, BOOTLINK_GROUP_START);
    link_file(l, "one.a", library_bytes(&one));
    link_file(l, "two.a", library_bytes(&two));
    link_ok(l, script);
    assert_tags(l, "0123");
}

static void a_group_that_does_not_start(void **state)
{
    struct linking *l = *state;
    link_option(l, BOOTLINK_GROUP_END);
    link_fails(l, script, "--end-group without --start-group");
}

/* ---- Damage ------------------------------------------------------------- */

static void check_damage(struct linking *l, const char *bytes, size_t size,
                         const char *message)
{
    link_file(l, "lib.a", (span){bytes, size});
    link_fails(l, script, message);
    assert_int_equal(l->w.errors, 1);
}

static void a_thin_archive_without_its_member(void **state)
{
    static const char bytes[] =
        "!<thin>\n"
        "//                                              8         `\n"
        "sub/x.o\n"
        "/0              0           0     0     644     616       `\n";
    link_option(*state, BOOTLINK_WHOLE_ARCHIVE);
    link_file(*state, "dir/lib.a", (span){bytes, sizeof(bytes) - 1});
    link_fails(*state, script,
               "dir/lib.a: its member dir/sub/x.o is not there");
}

static void a_header_cut_off(void **state)
{
    check_damage(*state, "!<arch>\nx.o/", 12,
                 "lib.a: at offset 0x8: a member header is cut off; the "
                 "archive is damaged: make it again with `ar rcs`");
}

static void a_header_without_its_mark(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_defining(&a, "f.o/", 1, "f", NULL);
    a.bytes[8 + 58] = 'x';
    check_damage(*state, a.bytes, a.size, "a member header has no end mark");
}

static void a_size_that_is_no_number(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_defining(&a, "f.o/", 1, "f", NULL);
    memcpy(a.bytes + 8 + 48, "12x       ", 10);
    check_damage(*state, a.bytes, a.size, "a member's size is not a number");
}

static void a_member_past_the_end(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_defining(&a, "f.o/", 1, "f", NULL);
    memcpy(a.bytes + 8 + 48, "9999999999", 10);
    check_damage(*state, a.bytes, a.size,
                 "a member runs past the end of the file");
}

static void a_long_name_that_is_not_there(void **state)
{
    struct library a;
    library_open(&a, NULL);
    put_defining(&a, "/12", 1, "f", NULL);
    check_damage(*state, a.bytes, a.size, "a member's long name is not there");
}

static void an_index_with_too_many_symbols(void **state)
{
    struct library a;
    library_open(&a, "/");
    put_f_and_g(&a);
    put_big_endian(a.bytes + 68, 0xffffffff, 4);
    check_damage(*state, a.bytes, a.size,
                 "the symbol index has more symbols than bytes");
}

static void an_index_of_no_member(void **state)
{
    struct library a;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    put_big_endian(a.bytes + 72, 70, 4);
    check_damage(*state, a.bytes, a.size,
                 "lib.a: at offset 0x46: the symbol index names a member that "
                 "is not there");
}

/* Of members that were read already, as it comes behind them. */
static void an_index_of_the_inside_of_a_member(void **state)
{
    struct library a;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, f_and_g, 2);
    put_big_endian(a.bytes + 76, a.offsets[0] + 200, 4);
    check_damage(*state, a.bytes, a.size,
                 "the symbol index names a member that is not there");
}

/* Who links may use the bytes of one while it reads others. */
static void members_that_overlap(void **state)
{
    static const struct entry names[] = {{"g", 1}, {"h", 2}};
    struct linking *l = *state;
    struct library a;
    struct builder main;
    library_open(&a, "/");
    put_f_and_g(&a);
    write_gnu_index(&a, 4, names, 2);
    char *size = a.bytes + a.offsets[1] + 48;
    sprintf(size, "%-9llu", strtoull(size, NULL, 10) + 60);
    size[9] = ' ';
    link_file(l, "main.o", object(&main, 0, "main", "g"));
    check_damage(l, a.bytes, a.size,
                 "a member runs into the next one; the archive is damaged");
}

static void a_bsd_index_cut_off(void **state)
{
    struct library a;
    library_open(&a, "__.SYMDEF");
    put_f_and_g(&a);
    write32(a.bytes + 68, 4000);
    check_damage(*state, a.bytes, a.size,
                 "the symbol index (__.SYMDEF) is cut off");
}

/* The group asks the archive again after the error; its index is not read twice
 * into room for one. So many names have a block of memory of their own, and the
 * sanitizer sees its end. */
static void an_index_after_an_error(void **state)
{
    enum { NAMES = 30000, INDEX = 4 + NAMES * 6, OFFSET = 8 + 60 + INDEX };
    static char bytes[OFFSET + 60 + 7];
    struct builder main;
    sprintf(bytes, "!<arch>\n%-48s%-10d`\n", "/", INDEX);
    sprintf(bytes + OFFSET, "%-48s%-10d`\nhello\n", "f.o/", 6);
    put_big_endian(bytes + 68, NAMES, 4);
    for (uint32_t i = 0; i < NAMES; i++) {
        put_big_endian(bytes + 72 + i * 4, OFFSET, 4);
        memcpy(bytes + 72 + NAMES * 4 + i * 2, "f", 2);
    }
    link_file(*state, "main.o", object(&main, 0, "main", "f"));
    link_option(*state, BOOTLINK_GROUP_START);
    link_file(*state, "lib.a", (span){bytes, sizeof(bytes) - 1});
    link_option(*state, BOOTLINK_GROUP_END);
    link_fails(*state, script, "lib.a(f.o): not an ELF object");
}

static void a_member_that_is_no_object(void **state)
{
    struct linking *l = *state;
    struct library a;
    library_open(&a, NULL);
    put_object(&a, "readme/", SPAN("hello\n"));
    link_option(l, BOOTLINK_WHOLE_ARCHIVE);
    check_damage(l, a.bytes, a.size,
                 "lib.a(readme): not an ELF object; bootlink links what "
                 "`cc -c` makes (without -flto)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(the_gnu_index),
        link_test(nobody_reads_an_index_again),
        link_test(unless_it_is_data),
        link_test(an_index_in_another_order),
        link_test(damage_of_a_member_that_nobody_wants),
        link_test(the_gnu_index_of_64_bits),
        link_test(the_bsd_index),
        link_test(no_index),
        link_test(a_short_gnu_name),
        link_test(a_long_gnu_name),
        link_test(a_long_bsd_name),
        link_test(repeated_names_are_different_members),
        link_test(nothing_is_taken_that_nobody_needs),
        link_test(whole_archive_takes_all),
        link_test(a_weak_reference_takes_nothing),
        link_test(an_archive_is_searched_where_it_stands),
        link_test(a_group_is_searched_again),
        link_test(without_a_group_each_is_searched_once),
        link_test(a_member_defines_a_common),
        link_test(a_damaged_member_defines_no_common),
        link_test(a_group_that_does_not_end),
        link_test(a_group_that_does_not_start),
        link_test(a_thin_archive_without_its_member),
        link_test(a_header_cut_off),
        link_test(a_header_without_its_mark),
        link_test(a_size_that_is_no_number),
        link_test(a_member_past_the_end),
        link_test(a_long_name_that_is_not_there),
        link_test(an_index_with_too_many_symbols),
        link_test(an_index_of_no_member),
        link_test(an_index_of_the_inside_of_a_member),
        link_test(members_that_overlap),
        link_test(a_bsd_index_cut_off),
        link_test(an_index_after_an_error),
        link_test(a_member_that_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
