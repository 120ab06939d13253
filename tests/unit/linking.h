/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A whole link in a test world: files in, an image or findings out. A failed
 * link must have given back all it took; teardown checks that a successful one
 * gives back its scratch memory.
 *
 *     struct linking *l = *state;
 *     link_file(l, "a.o", build_bytes(&b));
 *     link_ok(l, "SECTIONS { . = 0x100000; .text : { *(.text) } }");
 *     assert_int_equal(link_address(l, "f"), 0x100000);
 */
#ifndef BOOTLINK_TEST_LINKING_H
#define BOOTLINK_TEST_LINKING_H

#include "unit/builder.h"

#include "loader.h"

enum { LINKING_INPUTS = 16 };

struct linking {
    struct test_world w;
    struct bootlink_input inputs[LINKING_INPUTS];
    struct bootlink_request request;
    struct bootlink_image image;
    bool is_linked;
};

/* An input that is not a file: a group's start ... */
static inline void link_option(struct linking *l, enum bootlink_input_kind kind)
{
    assert_true(l->request.input_count < LINKING_INPUTS);
    l->inputs[l->request.input_count++].kind = kind;
}

static inline void link_file(struct linking *l, const char *name, span bytes)
{
    struct bootlink_input *input = &l->inputs[l->request.input_count];
    link_option(l, BOOTLINK_FILE);
    input->name = span_of(name);
    test_world_file(&l->w, name, bytes.data, bytes.size);
}

/* The object of a builder; most tests need one. */
static inline void link_built(struct linking *l, const char *name,
                              struct builder *b)
{
    link_file(l, name, build_bytes(b));
}

/* What another image offers: this one symbol. */
static inline const struct bootlink_export *link_import(void *import, span name)
{
    const struct bootlink_export *offered = import;
    return span_equal(name, offered->name) ? offered : NULL;
}

static inline bool link_run(struct linking *l, const char *script)
{
    l->request.scripts = &bootlink_scripts;
    l->request.extras = &bootlink_extras;
    l->request.inputs = l->inputs;
    l->request.script_name = SPAN("test.ld");
    l->request.script = span_of(script);
    l->is_linked = bootlink_link(&l->w.world, &l->request, &l->image);
    if (!l->is_linked)
        assert_int_equal(l->w.block_count, 0);
    return l->is_linked;
}

static inline void link_ok(struct linking *l, const char *script)
{
    if (!link_run(l, script))
        fail_msg("%s", l->w.text);
}

/* The link must fail and say so in these words. */
static inline void link_fails(struct linking *l, const char *script,
                              const char *words)
{
    assert_false(link_run(l, script));
    if (!strstr(l->w.text, words))
        fail_msg("'%s' is not in: %s", words, l->w.text);
}

/* ---- Looking at the image ----------------------------------------------- */

static inline uint64_t link_address(struct linking *l, const char *symbol)
{
    return bootlink_lookup(&l->image, span_of(symbol));
}

static inline const struct bootlink_section *link_section(struct linking *l,
                                                          const char *name)
{
    for (size_t i = 0; i < l->image.section_count; i++)
        if (span_equal(l->image.sections[i].name, span_of(name)))
            return &l->image.sections[i];
    return NULL;
}

/* The 64-bit number at an offset of an output section. */
static inline uint64_t link_word(struct linking *l, const char *section,
                                 uint64_t offset)
{
    const struct bootlink_section *s = link_section(l, section);
    assert_non_null(s);
    assert_true(in_bounds(s->size, offset, 8));
    return read64((const char *)s->data + offset);
}

/* ---- Setup and teardown for cmocka -------------------------------------- */

static inline int linking_open(void **state)
{
    struct linking *l = calloc(1, sizeof(*l));
    assert_non_null(l);
    test_world_open(&l->w);
    *state = l;
    return 0;
}

static inline int linking_close(void **state)
{
    struct linking *l = *state;
    if (l->is_linked)
        bootlink_close(&l->image);
    test_world_close(&l->w);
    free(l);
    return 0;
}

#define link_test(f)                                                           \
    cmocka_unit_test_setup_teardown(f, linking_open, linking_close)

#endif
