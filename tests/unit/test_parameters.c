/* SPDX-License-Identifier: BSD-2-Clause
 *
 * "name=value" becomes values of variables; and what is said of text that
 * does not.
 */
#include "unit/linking.h"

#include "parameters.h"

static const char zeros[256];
static const char script[] =
    "SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(4096);"
    " .rodata : { *(.rodata .rodata.*) } . = ALIGN(4096);"
    " .data : { *(.data) } .bss : { *(.bss) } /DISCARD/ : { *(.bootlink.*) } }";

struct record {
    uint64_t variable, count;
    uint32_t type, capacity;
    char name[40];
};

/* One of each type in .bss, 16 bytes apart; the arrays are behind them, and
 * count what they have. */
enum { STRINGS = 6, INTS = 7, RECORDS = 8, ARRAYS_AT = 96, COUNTS_AT = 192 };

static const struct record records[RECORDS] = {
    {.type = 1, .capacity = 1, .name = "loud"},
    {.type = 2, .capacity = 1, .name = "low"},
    {.type = 3, .capacity = 1, .name = "times"},
    {.type = 4, .capacity = 1, .name = "far_low"},
    {.type = 5, .capacity = 1, .name = "far"},
    {.type = 6, .capacity = 1, .name = "whom"},
    {.type = 6, .capacity = 3, .name = "names"},
    {.type = 2, .capacity = 4, .name = "list"},
};

struct setup {
    struct builder b;
    struct record records[RECORDS];
    uint32_t params, bss;
};

static void open_setup(struct setup *s)
{
    build_open(&s->b);
    memcpy(s->records, records, sizeof(records));
    s->params = build_section(&s->b, ".bootlink.params", SHT_PROGBITS,
                              SHF_ALLOC, s->records, sizeof(records));
    s->bss = build_section(&s->b, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE,
                           NULL, 256);
    build_section(&s->b, ".bootlink.modinfo", SHT_PROGBITS, SHF_ALLOC,
                  "parm=times:how often", 21);
}

static void point(struct setup *s, unsigned record, unsigned field,
                  uint32_t symbol, int64_t addend)
{
    build_relocation(&s->b, s->params, record * 64 + field, R_X86_64_64, symbol,
                     addend);
}

static void point_all(struct setup *s)
{
    uint32_t bss =
        build_symbol(&s->b, NULL, STB_LOCAL, STT_SECTION, s->bss, 0, 0);
    for (unsigned i = 0; i < STRINGS; i++)
        point(s, i, 0, bss, i * 16);
    for (unsigned i = STRINGS; i < RECORDS; i++) {
        point(s, i, 0, bss, ARRAYS_AT + (i - STRINGS) * 32);
        point(s, i, 8, bss, COUNTS_AT + (i - STRINGS) * 4);
    }
}

static void run(struct linking *l, struct setup *s, const char *text)
{
    link_built(l, "m.ko", &s->b);
    l->request.parameters = span_of(text);
    link_run(l, script);
}

/* Links with that text, and the whole object. */
static void gets(struct linking *l, const char *text)
{
    struct setup s;
    open_setup(&s);
    point_all(&s);
    run(l, &s, text);
    if (!l->is_linked)
        fail_msg("%s", l->w.text);
}

static void refuses(struct linking *l, const char *text, const char *words)
{
    struct setup s;
    open_setup(&s);
    point_all(&s);
    run(l, &s, text);
    assert_false(l->is_linked);
    if (!strstr(l->w.text, words))
        fail_msg("'%s' is not in: %s", words, l->w.text);
}

static void again(void **state)
{
    linking_close(state);
    linking_open(state);
}

/* The string that a pointer in .bss points to. */
static const char *string_at(struct linking *l, uint64_t offset)
{
    const struct bootlink_section *s = link_section(l, ".rodata");
    uint64_t address = link_word(l, ".bss", offset);
    assert_true(in_bounds(s->size, address - s->address, 1));
    return (const char *)s->data + (address - s->address);
}

/* ---- Values ------------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned offset;
    uint64_t value;
} values[] = {
    {"loud", 0, 1},
    {"loud=y", 0, 1},
    {"loud=Y", 0, 1},
    {"loud=yes", 0, 1},
    {"loud=on", 0, 1},
    {"loud=1", 0, 1},
    {"loud=True", 0, 1},
    {"loud loud=n", 0, 0},
    {"loud loud=off", 0, 0},
    {"loud loud=0", 0, 0},
    {"low=2147483647", 16, 0x7fffffff},
    {"low=-2147483648", 16, 0x80000000},
    {"low=-0x10", 16, 0xfffffff0},
    {"low=010", 16, 8},
    {"low=+7", 16, 7},
    {"low=-0", 16, 0},
    {"times=4294967295", 32, 0xffffffff},
    {"times=0Xff", 32, 255},
    {"far_low=-9223372036854775808", 48, 0x8000000000000000},
    {"far-low=9223372036854775807", 48, 0x7fffffffffffffff},
    {"far=18446744073709551615", 64, 0xffffffffffffffff},
    {"far=01777777777777777777777", 64, 0xffffffffffffffff},
    {"\t times=1  times=2 ", 32, 2},
    {"\"times=3\"", 32, 3},
    {"times=\"4\"", 32, 4},
    {"", 32, 0},
};

static void values_are_written(void **state)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct linking *l = *state;
        gets(l, values[i].text);
        if (link_word(l, ".bss", values[i].offset) != values[i].value)
            fail_msg("%s", values[i].text);
        again(state);
    }
}

/* What is behind a value stays. */
static void no_byte_more_is_written(void **state)
{
    struct linking *l = *state;
    gets(l, "loud low=-1 times=4294967295 list=-1,-1,-1,-1");
    assert_int_equal(link_word(l, ".bss", 0), 1);
    assert_int_equal(link_word(l, ".bss", 16), 0xffffffff);
    assert_int_equal(link_word(l, ".bss", 32), 0xffffffff);
    assert_int_equal(link_word(l, ".bss", ARRAYS_AT + 32 + 16), 0);
}

static void arrays_are_counted(void **state)
{
    struct linking *l = *state;
    gets(l, "list=1,-2,0x3");
    assert_int_equal(link_word(l, ".bss", ARRAYS_AT + 32), 0xfffffffe00000001);
    assert_int_equal(link_word(l, ".bss", ARRAYS_AT + 40), 3);
    assert_int_equal(link_word(l, ".bss", COUNTS_AT), 3ull << 32);
}

static void strings_lie_in_the_module(void **state)
{
    struct linking *l = *state;
    gets(l, "whom=\"all of you, now\" \"names=a b,,c\"");
    assert_string_equal(string_at(l, 80), "all of you, now");
    assert_string_equal(string_at(l, ARRAYS_AT), "a b");
    assert_string_equal(string_at(l, ARRAYS_AT + 8), "");
    assert_string_equal(string_at(l, ARRAYS_AT + 16), "c");
    assert_int_equal(link_word(l, ".bss", COUNTS_AT), 3);
}

static void quotes_may_be_around_each_of_a_list(void **state)
{
    struct linking *l = *state;
    gets(l, "names=\"a b\",\"c, d\",\"\" whom=\"a \"b\" c\"");
    assert_string_equal(string_at(l, ARRAYS_AT), "a b");
    assert_string_equal(string_at(l, ARRAYS_AT + 8), "c, d");
    assert_string_equal(string_at(l, ARRAYS_AT + 16), "");
    assert_string_equal(string_at(l, 80), "a \"b\" c");
    assert_int_equal(link_word(l, ".bss", COUNTS_AT), 3);
    again(state);
    l = *state;
    gets(l, "names=\"a b,c d\",e");
    assert_string_equal(string_at(l, ARRAYS_AT), "a b,c d");
    assert_string_equal(string_at(l, ARRAYS_AT + 8), "e");
}

static void an_empty_string(void **state)
{
    struct linking *l = *state;
    gets(l, "whom=");
    assert_string_equal(string_at(l, 80), "");
}

static void any_text_without_parameters(void **state)
{
    struct linking *l = *state;
    struct builder b;
    build_open(&b);
    build_section(&b, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros, 8);
    link_built(l, "m.ko", &b);
    l->request.parameters = SPAN("this is \"just text");
    link_ok(l, script);
}

/* ---- Text that is refused ----------------------------------------------- */

#define LIST                                                                   \
    " The module has:\n    far (ulong)\n    far_low (long)\n    list (int, "   \
    "up "                                                                      \
    "to 4)\n    loud (bool)\n    low (int)\n    names (string, up to 3)\n    " \
    "times (uint): how often\n    whom (string)"

static const struct {
    const char *text, *words;
} bad[] = {
    {"tims=3", "m.ko: parameter 'tims=3': there is none of that name; perhaps "
               "it is 'times'." LIST},
    {"something=3",
     "m.ko: parameter 'something=3': there is none of that name." LIST},
    {"=3", "parameter '=3': there is none of that name"},
    {"times", "parameter 'times': needs a value behind a `=`." LIST},
    {"times=x", "m.ko: parameter 'times=x': 'x' is no uint; give a number from "
                "0 to 4294967295." LIST},
    {"times=", "'' is no uint"},
    {"times=-1", "'-1' is no uint"},
    {"times=4294967296", "'4294967296' is no uint"},
    {"=3", "parameter '=3': there is none of that name. The module has:"},
    {"times=1x", "'1x' is no uint"},
    {"times=0x", "'0x' is no uint"},
    {"times=08", "'08' is no uint"},
    {"times=-", "'-' is no uint"},
    {"low=2147483648", "'2147483648' is no int; give a number from "
                       "-2147483648 to 2147483647." LIST},
    {"low=-2147483649", "'-2147483649' is no int"},
    {"far_low=9223372036854775808",
     "is no long; give a number from -9223372036854775808 to "
     "9223372036854775807." LIST},
    {"far=18446744073709551616",
     "is no ulong; give a number from 0 to 18446744073709551615." LIST},
    {"far=02000000000000000000000", "is no ulong"},
    {"loud=maybe", "'maybe' is no bool; give y or n." LIST},
    {"loud=", "'' is no bool"},
    {"list=1,2,3,4,5", "parameter 'list=1,2,3,4,5': too many values." LIST},
    {"list=1,,2", "'' is no int"},
    {"list=", "'' is no int"},
    {"times=1,2", "'1,2' is no uint"},
    {"whom=\"you", "parameter 'whom=\"you': a quote in it is not closed." LIST},
};

static void texts_that_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        refuses(*state, bad[i].text, bad[i].words);
        again(state);
    }
}

static void each_word_has_its_error(void **state)
{
    struct linking *l = *state;
    refuses(l, "times=x low=y", "'x' is no uint");
    assert_non_null(strstr(l->w.text, "'y' is no int"));
}

/* ---- Variables that are refused ------------------------------------------ */

static void refuses_variable(struct linking *l, struct setup *s,
                             const char *words)
{
    run(l, s, "");
    assert_false(l->is_linked);
    if (!strstr(l->w.text, words))
        fail_msg("'%s' is not in: %s", words, l->w.text);
}

/* Each record has a variable; the first one's is to be wrong. */
static uint32_t wrong_first(struct setup *s, const char *name, uint32_t section,
                            uint64_t value)
{
    uint32_t good = build_global(&s->b, "good", s->bss, 0);
    uint32_t wrong = build_global(&s->b, name, section, value);
    for (unsigned i = 0; i < RECORDS; i++)
        point(s, i, 0, i ? good : wrong, 0);
    return wrong;
}

static void a_variable_that_is_constant(void **state)
{
    struct setup s;
    open_setup(&s);
    uint32_t rodata =
        build_section(&s.b, ".rodata", SHT_PROGBITS, SHF_ALLOC, zeros, 64);
    wrong_first(&s, "v", rodata, 0);
    refuses_variable(*state, &s,
                     "m.ko:(.bootlink.params+0x0): parameter 'loud': its "
                     "variable cannot be written; declare it without `const`");
}

static void a_variable_that_is_elsewhere(void **state)
{
    static struct bootlink_export import = {.name = SPAN("v"),
                                            .address = 0x1000};
    struct linking *l = *state;
    struct setup s;
    open_setup(&s);
    wrong_first(&s, "v", SHN_UNDEF, 0);
    l->request.find_import = link_import;
    l->request.imports = &import;
    refuses_variable(l, &s,
                     "parameter 'loud': its variable is none of this "
                     "module's; define it here");
}

static void a_variable_that_nobody_defines(void **state)
{
    struct setup s;
    open_setup(&s);
    wrong_first(&s, "v", SHN_UNDEF, 0);
    refuses_variable(*state, &s, "parameter 'loud': its variable is none of");
}

static void a_variable_that_is_a_number(void **state)
{
    struct setup s;
    open_setup(&s);
    wrong_first(&s, "v", SHN_ABS, 0x1000);
    refuses_variable(*state, &s, "parameter 'loud': its variable is none of");
}

static void a_variable_that_is_discarded(void **state)
{
    struct setup s;
    open_setup(&s);
    wrong_first(&s, "v",
                build_section(&s.b, ".bootlink.modinfo", SHT_PROGBITS,
                              SHF_ALLOC | SHF_WRITE, zeros, 8),
                0);
    refuses_variable(*state, &s, "parameter 'loud': its variable cannot be");
}

static void a_variable_at_the_end_of_its_section(void **state)
{
    struct setup s;
    open_setup(&s);
    wrong_first(&s, "v", s.bss, 256);
    refuses_variable(*state, &s,
                     "parameter 'loud': its variable is smaller than a value");
}

static void a_capacity_that_is_too_large(void **state)
{
    struct setup s;
    open_setup(&s);
    s.records[INTS].capacity = UINT32_MAX;
    point_all(&s);
    refuses_variable(*state, &s,
                     "parameter 'list': its variable is smaller than a value");
}

static void a_variable_before_its_section(void **state)
{
    struct setup s;
    open_setup(&s);
    uint32_t v = wrong_first(&s, "v", s.bss, 0);
    s.b.relocations[0].entry.r_addend = -8;
    (void)v;
    refuses_variable(*state, &s,
                     "parameter 'loud': its variable is smaller than a value");
}

static void a_count_that_does_not_fit(void **state)
{
    struct setup s;
    open_setup(&s);
    uint32_t v = wrong_first(&s, "v", s.bss, 0);
    point(&s, INTS, 8, v, 254);
    refuses_variable(*state, &s,
                     "parameter 'list': its variable is smaller than a value");
}

/* ---- The kernel's command line ------------------------------------------- */

static const struct {
    const char *own, *kernel, *all;
} lines[] = {
    {"a=1", "verbose", "a=1"},
    {"a=1", "m-x.b=2 other.c=3 m_x.d", "a=1 b=2 d"},
    {"", "m_x.a=1", "a=1"},
    {"a=1", "m_x.a=\"x y\" \"m-x.b=u v\"", "a=1 a=\"x y\" \"b=u v\""},
    {"", "m_x.a=1 -- m_x.b=2", "a=1"},
    {"", "m_x=1 xm_x.a=1 .m_x.a=1 a=m_x.b", ""},
    {"", "m_x.=1 m_x.", "=1 "},
    {"", "", ""},
};

static void words_of_the_kernels_command_line(void **state)
{
    struct linking *l = *state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct arena arena = arena_open(&l->w.world, BOOTLINK_MEMORY_SCRATCH);
        span all;
        assert_true(parameters_for_module(&arena, span_of(lines[i].own),
                                          span_of(lines[i].kernel), SPAN("m_x"),
                                          &all));
        if (!span_is(all, lines[i].all))
            fail_msg("'%.*s' is not '%s'", SPAN_ARGS(all), lines[i].all);
        arena_close(&arena);
    }
}

/* net.1 of net.1.ko */
static void a_module_with_a_dot_in_its_name(void **state)
{
    struct linking *l = *state;
    struct arena arena = arena_open(&l->w.world, BOOTLINK_MEMORY_SCRATCH);
    span all;
    assert_true(parameters_for_module(&arena, SPAN(""),
                                      SPAN("net.1=2 net.1.a=3 net.10.a=4"),
                                      SPAN("net.1"), &all));
    assert_true(span_is(all, "a=3"));
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(values_are_written),
        link_test(no_byte_more_is_written),
        link_test(arrays_are_counted),
        link_test(strings_lie_in_the_module),
        link_test(quotes_may_be_around_each_of_a_list),
        link_test(an_empty_string),
        link_test(any_text_without_parameters),
        link_test(texts_that_are_refused),
        link_test(each_word_has_its_error),
        link_test(a_variable_that_is_constant),
        link_test(a_variable_that_is_elsewhere),
        link_test(a_variable_that_nobody_defines),
        link_test(a_variable_that_is_a_number),
        link_test(a_variable_that_is_discarded),
        link_test(a_variable_at_the_end_of_its_section),
        link_test(a_variable_before_its_section),
        link_test(a_capacity_that_is_too_large),
        link_test(a_count_that_does_not_fit),
        link_test(words_of_the_kernels_command_line),
        link_test(a_module_with_a_dot_in_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
