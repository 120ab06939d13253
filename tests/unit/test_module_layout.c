/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of a module: what module_layout.c makes is what the parser makes
 * of loader/module.ld, command by command, and a module is linked by it without
 * any script. The test runs in the root of the project.
 */
#include "unit/builder.h"
#include "unit/script_show.h"

#include "loader.h"

/* ---- The same as module.ld ------------------------------------------------
 */

static span read_module_ld(void)
{
    static char text[16384];
    FILE *file = fopen("loader/module.ld", "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text), file);
    assert_true(size > 0 && size < sizeof(text));
    fclose(file);
    return (span){text, size};
}

static void parse(struct link *link)
{
    assert_true(script_parse(link->world, &link->arena, SPAN("--defsym"),
                             SPAN("bootlink_module_base = 0x12345000;"),
                             &link->script));
    assert_true(script_parse(link->world, &link->arena, SPAN("module.ld"),
                             read_module_ld(), &link->script));
    assert_true(script_insert(link->world, &link->script));
}

static void same_expr(const struct expr *a, const struct expr *b)
{
    assert_int_equal(!a, !b);
    if (!a)
        return;
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->is_literal, b->is_literal);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->number, b->number);
    /* the digits of a number only matter to a fill */
    if (a->kind != EXPR_NUMBER)
        assert_true(span_equal(a->name, b->name));
    for (int i = 0; i < 3; i++)
        same_expr(a->operand[i], b->operand[i]);
}

static void same_input(const struct input_pattern *a,
                       const struct input_pattern *b)
{
    assert_true(span_equal(a->file, b->file));
    assert_int_equal(a->file_sort, b->file_sort);
    assert_int_equal(a->keep, b->keep);
    assert_int_equal(a->flags | a->no_flags, b->flags | b->no_flags);
    assert_true(!a->excluded_files && !b->excluded_files);
    const struct section_pattern *s = a->sections, *t = b->sections;
    for (; s && t; s = s->next, t = t->next) {
        assert_true(span_equal(s->name, t->name));
        assert_int_equal(s->sort, t->sort);
        assert_int_equal(s->inner_sort, t->inner_sort);
        assert_int_equal(s->reverse, t->reverse);
        assert_true(!s->excluded_files && !t->excluded_files);
    }
    assert_true(!s && !t);
}

static void same_commands(const struct command *a, const struct command *b);

static void same_section(const struct section_statement *a,
                         const struct section_statement *b)
{
    assert_true(span_equal(a->name, b->name));
    same_expr(a->address, b->address);
    same_expr(a->load_address, b->load_address);
    same_expr(a->align, b->align);
    same_expr(a->subalign, b->subalign);
    same_expr(a->type_value, b->type_value);
    assert_int_equal(a->align_with_input, b->align_with_input);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->constraint, b->constraint);
    assert_int_equal(a->region.size + a->load_region.size,
                     b->region.size + b->load_region.size);
    assert_true(!a->segments && !b->segments);
    assert_true(!a->fill.value && !b->fill.value);
    assert_true(!a->overlay && !b->overlay);
    same_commands(a->commands, b->commands);
}

static void same_command(const struct command *a, const struct command *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(span_equal(a->name, b->name));
    assert_int_equal(a->how, b->how);
    assert_int_equal(a->size, b->size);
    same_expr(a->value, b->value);
    assert_int_equal(!a->input, !b->input);
    if (a->input)
        same_input(a->input, b->input);
    assert_int_equal(!a->section, !b->section);
    if (a->section)
        same_section(a->section, b->section);
    assert_true(!a->fill.value && !b->fill.value);
}

static void same_commands(const struct command *a, const struct command *b)
{
    for (; a && b; a = a->next, b = b->next)
        same_command(a, b);
    assert_true(!a && !b);
}

static void same_written(const struct script *a, const struct script *b)
{
    const struct command *c = a->written, *d = b->written;
    for (; c && d; c = c->next_written, d = d->next_written)
        same_command(c, d);
    assert_true(!c && !d);
}

static void is_what_the_parser_makes_of_module_ld(void **state)
{
    static struct test_world w;
    (void)state;
    test_world_open(&w);
    struct bootlink_request request = {.module_base = 0x12345000};
    struct arena arena = arena_open(&w.world, BOOTLINK_MEMORY_SCRATCH);
    struct link parsed = {
        .world = &w.world, .request = &request, .arena = arena};
    struct link made = parsed;
    parse(&parsed);
    assert_true(module_layout(&made));
    const struct script *a = &parsed.script, *b = &made.script;
    same_commands(a->commands, b->commands);
    same_written(a, b);
    assert_int_equal(a->has_format, b->has_format);
    assert_int_equal(a->is_flat, b->is_flat);
    assert_int_equal(a->is_freebsd, b->is_freebsd);
    assert_int_equal(a->has_sections, b->has_sections);
    assert_int_equal(a->has_sane_numbers, b->has_sane_numbers);
    assert_int_equal(a->entry.size, b->entry.size);
    assert_true(!a->regions && !a->segments && !a->aliases && !a->references);
    assert_true(!a->startup && !a->insertions && !a->crossrefs && !a->folders);
    assert_true(!a->turn.inputs && !a->output.size);
    arena_close(&parsed.arena);
    arena_close(&made.arena);
    test_world_close(&w);
}

/* ---- A module is linked by it -------------------------------------------- */

struct placer {
    uint64_t size, base; /* what was asked for, and what is answered */
    bool refuses;
};

static bool place(void *context, uint64_t size, uint64_t *base)
{
    struct placer *placer = context;
    placer->size = size;
    *base = placer->base;
    return !placer->refuses;
}

/* Code of 16 bytes, data of 8 that point to `f` in the code, aligned. */
static span two_sections(struct builder *b, uint64_t align)
{
    static const char zeros[16];
    build_open(b);
    uint32_t text = build_section(b, ".text", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_EXECINSTR, zeros, 16);
    uint32_t data = build_section(b, ".data", SHT_PROGBITS,
                                  SHF_ALLOC | SHF_WRITE, zeros, 8);
    b->sections[data].sh_addralign = align;
    build_relocation(b, data, 0, R_X86_64_64, build_global(b, "f", text, 4), 0);
    return build_bytes(b);
}

static bool link_module(struct test_world *w, span object,
                        struct bootlink_request request,
                        struct bootlink_image *image)
{
    const struct bootlink_input input = {BOOTLINK_FILE, SPAN("a.ko")};
    test_world_file(w, "a.ko", object.data, object.size);
    request.inputs = &input;
    request.input_count = 1;
    request.load_anywhere = true;
    return bootlink_link(&w->world, &request, image);
}

static void expect(const struct bootlink_image *image, uint64_t base,
                   uint64_t data)
{
    assert_int_equal(image->low, base);
    assert_int_equal(image->section_count, 2);
    assert_int_equal(image->sections[0].address, base);
    assert_int_equal(image->sections[1].address, data);
    assert_int_equal(read64(image->sections[1].data), base + 4);
    assert_int_equal(image->segments[0].physical % 4096, 0);
}

static void a_module_begins_at_its_base(void **state)
{
    static struct test_world w;
    struct bootlink_image image;
    struct builder b;
    (void)state;
    test_world_open(&w);
    assert_true(link_module(
        &w, two_sections(&b, 8),
        (struct bootlink_request){.module_base = 0xffffffff80201000}, &image));
    expect(&image, 0xffffffff80201000, 0xffffffff80202000);
    bootlink_close(&image);
    test_world_close(&w);
}

/* The room that is asked for is enough wherever the module then lies. */
static void who_places_it_is_told_the_size(void **state)
{
    static struct test_world w;
    struct bootlink_image image;
    struct builder b;
    struct placer placer = {.base = 0xffffffff80203000};
    (void)state;
    test_world_open(&w);
    assert_true(link_module(
        &w, two_sections(&b, 0x4000),
        (struct bootlink_request){.place = place, .placer = &placer}, &image));
    expect(&image, placer.base, 0xffffffff80204000);
    assert_int_equal(placer.size, 0x4000 + 0x1000 + 0x3000);
    bootlink_close(&image);
    test_world_close(&w);
}

static void without_a_place_nothing_is_left(void **state)
{
    static struct test_world w;
    struct bootlink_image image;
    struct builder b;
    struct placer placer = {.refuses = true};
    (void)state;
    test_world_open(&w);
    assert_false(link_module(
        &w, two_sections(&b, 8),
        (struct bootlink_request){.place = place, .placer = &placer}, &image));
    assert_int_equal(w.block_count, 0);
    test_world_close(&w);
}

/* A text is a script to those who read scripts. */
static void a_text_is_no_module(void **state)
{
    static struct test_world w;
    struct bootlink_image image;
    (void)state;
    test_world_open(&w);
    assert_false(link_module(&w, SPAN("SECTIONS { }"),
                             (struct bootlink_request){0}, &image));
    assert_non_null(strstr(w.text, "a.ko: neither an ELF object nor an "
                                   "archive; bootlink links"));
    test_world_close(&w);
}

/* Places in a layout that has no text have no line. */
static void an_error_of_the_layout_names_the_module(void **state)
{
    static struct test_world w;
    const struct bootlink_input input = {BOOTLINK_FILE, SPAN("a.ko")};
    const struct bootlink_request request = {.inputs = &input,
                                             .input_count = 1};
    struct link link = {.world = &w.world, .request = &request};
    struct script_text text = {.name = SPAN("module.ld")};
    (void)state;
    test_world_open(&w);
    link_error_at(&link, (struct script_place){.text = &text}, BOOTLINK_LAYOUT,
                  "no");
    assert_string_equal(w.text, "a.ko: no\n");
    assert_int_equal(link.error_count, 1);
    test_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_parser_makes_of_module_ld),
        cmocka_unit_test(a_module_begins_at_its_base),
        cmocka_unit_test(who_places_it_is_told_the_size),
        cmocka_unit_test(without_a_place_nothing_is_left),
        cmocka_unit_test(a_text_is_no_module),
        cmocka_unit_test(an_error_of_the_layout_names_the_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
