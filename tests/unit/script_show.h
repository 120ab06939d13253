/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A parsed script as text, so that a test says in one line what it expects:
 *
 *     shows("a = 1 + 2 * b;", "a = (+ 1 (* 2 b))\n");
 *     fails("a = ;", "t.ld:1:5: expected ...");
 */
#ifndef BOOTLINK_SCRIPT_SHOW_H
#define BOOTLINK_SCRIPT_SHOW_H

#include "world.h"
#include "script.h"

#include <inttypes.h>
#include <stdio.h>

struct show {
    char text[16384];
    size_t size;
};

static inline void PRINTF(2, 3) show(struct show *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->text + to->size, sizeof(to->text) - to->size,
                           format, arguments);
    va_end(arguments);
    assert_true(length >= 0);
    to->size += (size_t)length;
    assert_true(to->size < sizeof(to->text));
}

/* clang-format off */
static const char *const show_names[] = {
    [EXPR_NEGATE] = "-", [EXPR_NOT] = "!", [EXPR_COMPLEMENT] = "~",
    [EXPR_MULTIPLY] = "*", [EXPR_DIVIDE] = "/", [EXPR_REMAINDER] = "%",
    [EXPR_ADD] = "+", [EXPR_SUBTRACT] = "-", [EXPR_SHIFT_LEFT] = "<<",
    [EXPR_SHIFT_RIGHT] = ">>", [EXPR_LESS] = "<", [EXPR_LESS_EQUAL] = "<=",
    [EXPR_GREATER] = ">", [EXPR_GREATER_EQUAL] = ">=", [EXPR_EQUAL] = "==",
    [EXPR_NOT_EQUAL] = "!=", [EXPR_BIT_AND] = "&", [EXPR_BIT_XOR] = "^",
    [EXPR_BIT_OR] = "|", [EXPR_AND] = "&&", [EXPR_OR] = "||",
    [EXPR_CONDITIONAL] = "?", [EXPR_ALIGN] = "ALIGN",
    [EXPR_ABSOLUTE] = "ABSOLUTE", [EXPR_MAX] = "MAX", [EXPR_MIN] = "MIN",
    [EXPR_LOG2CEIL] = "LOG2CEIL", [EXPR_NEXT] = "NEXT",
    [EXPR_ASSERT] = "ASSERT", [EXPR_DATA_SEGMENT_ALIGN] = "DS_ALIGN",
    [EXPR_DATA_SEGMENT_RELRO] = "DS_RELRO", [EXPR_DATA_SEGMENT_END] = "DS_END",
    [EXPR_SEGMENT_START] = "SEGMENT_START", [EXPR_ADDR] = "ADDR",
    [EXPR_LOADADDR] = "LOADADDR", [EXPR_SIZEOF] = "SIZEOF",
    [EXPR_ALIGNOF] = "ALIGNOF", [EXPR_DEFINED] = "DEFINED",
    [EXPR_CONSTANT] = "CONSTANT", [EXPR_ORIGIN] = "ORIGIN",
    [EXPR_LENGTH] = "LENGTH", [EXPR_SIZEOF_HEADERS] = "SIZEOF_HEADERS",
};
/* clang-format on */

static inline void show_expr(struct show *to, const struct expr *e)
{
    if (!e) {
        show(to, "_");
    } else if (e->kind == EXPR_NUMBER) {
        show(to, "%" PRIu64, e->number);
    } else if (e->kind == EXPR_SYMBOL) {
        show(to, "%.*s", SPAN_ARGS(e->name));
    } else {
        int last = 2;
        while (last >= 0 && !e->operand[last])
            last--;
        show(to, "(%s", show_names[e->kind]);
        for (int i = 0; i <= last; i++) {
            show(to, " ");
            show_expr(to, e->operand[i]);
        }
        if (e->name.size)
            show(to, " %.*s", SPAN_ARGS(e->name));
        show(to, ")");
    }
}

static inline void show_excluded(struct show *to, const struct wildcard *w)
{
    for (; w; w = w->next)
        show(to, "not:%.*s ", SPAN_ARGS(w->pattern));
}

static const char *const show_sorts[] = {
    "", "name:", "alignment:", "priority:", "none:"};

static inline void show_input(struct show *to, const struct input_pattern *in)
{
    show(to, "%s", in->keep ? "KEEP " : "");
    if (in->flags || in->no_flags)
        show(to, "flags:%" PRIx64 "/%" PRIx64 " ", in->flags, in->no_flags);
    show_excluded(to, in->excluded_files);
    show(to, "%s%.*s", show_sorts[in->file_sort], SPAN_ARGS(in->file));
    for (const struct section_pattern *s = in->sections; s; s = s->next) {
        show(to, s == in->sections ? "(" : ", ");
        show_excluded(to, s->excluded_files);
        show(to, "%s%s%s%.*s", s->reverse ? "reverse:" : "",
             show_sorts[s->sort], show_sorts[s->inner_sort],
             SPAN_ARGS(s->name));
        show(to, s->next ? "" : ")");
    }
}

static inline void show_fill(struct show *to, const struct fill *fill)
{
    for (size_t i = 0; i < fill->bytes.size; i++)
        show(to, "%02x", (unsigned char)fill->bytes.data[i]);
    if (!fill->bytes.size)
        show_expr(to, fill->value);
}

static inline void show_commands(struct show *to, const struct command *c);

static inline void show_attribute(struct show *to, const char *name,
                                  const struct expr *value)
{
    if (value) {
        show(to, " %s", name);
        show_expr(to, value);
    }
}

static inline void show_section(struct show *to,
                                const struct section_statement *s)
{
    static const char *const types[] = {"", " NOLOAD", " READONLY", " INFO"};
    static const char *const constraints[] = {"", " RO", " RW"};
    show(to, "%.*s", SPAN_ARGS(s->name));
    show_attribute(to, "", s->address);
    show(to, "%s", types[s->type]);
    if (s->type_number)
        show(to, " TYPE %u", s->type_number);
    else if (s->type_value)
        show(to, " TYPE %llu", (unsigned long long)s->type_value->number);
    show_attribute(to, "AT ", s->load_address);
    show_attribute(to, "ALIGN ", s->align);
    show_attribute(to, "SUBALIGN ", s->subalign);
    show(to, "%s%s {\n", s->align_with_input ? " WITH_INPUT" : "",
         constraints[s->constraint]);
    show_commands(to, s->commands);
    show(to, "}");
    if (s->region.size)
        show(to, " >%.*s", SPAN_ARGS(s->region));
    if (s->load_region.size)
        show(to, " AT>%.*s", SPAN_ARGS(s->load_region));
    for (const struct script_name *n = s->segments; n; n = n->next)
        show(to, " :%.*s", SPAN_ARGS(n->name));
    if (s->fill.value) {
        show(to, " =");
        show_fill(to, &s->fill);
    }
}

static inline void show_command(struct show *to, const struct command *c)
{
    static const char *const hows[] = {"", "HIDDEN ", "PROVIDE ",
                                       "PROVIDE_HIDDEN "};
    switch (c->kind) {
    case COMMAND_ASSIGN:
        show(to, "%s%.*s = ", hows[c->how], SPAN_ARGS(c->name));
        show_expr(to, c->value);
        break;
    case COMMAND_ASSERT:
        show_expr(to, c->value);
        break;
    case COMMAND_OUTPUT_SECTION:
        show_section(to, c->section);
        break;
    case COMMAND_INPUT:
        show_input(to, c->input);
        break;
    case COMMAND_DATA:
        show(to, "%u: ", c->size);
        show_expr(to, c->value);
        break;
    case COMMAND_FILL:
        show(to, "FILL ");
        show_fill(to, &c->fill);
        break;
    case COMMAND_CONSTRUCTORS:
        show(to, "CONSTRUCTORS");
        break;
    }
    show(to, "\n");
}

static inline void show_commands(struct show *to, const struct command *c)
{
    for (; c; c = c->next)
        show_command(to, c);
}

static inline void show_inputs(struct show *to, const char *word,
                               const struct script_input *i)
{
    static const char *const kinds[] = {"", " (", " )", "", "", " -l", ""};
    for (; i; i = i->next)
        if (!i->is_pattern)
            show(to, "%s%s%s%.*s\n", word, kinds[i->input.kind],
                 i->input.kind == BOOTLINK_FILE ? " " : "",
                 SPAN_ARGS(i->input.name));
}

static inline void show_script(struct show *to, const struct script *s)
{
    if (s->entry.size)
        show(to, "ENTRY %.*s\n", SPAN_ARGS(s->entry));
    for (const struct segment_statement *p = s->segments; p; p = p->next) {
        show(to, "segment %.*s %" PRIu32 "%s%s", SPAN_ARGS(p->name), p->type,
             p->has_file_header ? " FILEHDR" : "",
             p->has_program_headers ? " PHDRS" : "");
        show_attribute(to, "AT ", p->load_address);
        show_attribute(to, "FLAGS ", p->flags);
        show(to, "\n");
    }
    for (const struct region_statement *r = s->regions; r; r = r->next) {
        show(to, "region %.*s +%u -%u ", SPAN_ARGS(r->name), r->attributes,
             r->excluded);
        show_expr(to, r->origin);
        show(to, " ");
        show_expr(to, r->length);
        show(to, "\n");
    }
    for (const struct script_name *f = s->folders; f; f = f->next)
        show(to, "FOLDER %.*s\n", SPAN_ARGS(f->name));
    for (const struct script_name *r = s->references; r; r = r->next)
        show(to, "EXTERN %.*s\n", SPAN_ARGS(r->name));
    show_inputs(to, "STARTUP", s->startup);
    show_inputs(to, "INPUT", s->turn.inputs);
    show_commands(to, s->commands);
    for (const struct insertion *i = s->insertions; i; i = i->next) {
        show(to, "INSERT %s %.*s:\n", i->is_before ? "BEFORE" : "AFTER",
             SPAN_ARGS(i->section));
        show_commands(to, i->commands);
    }
}

/* ---- What a test says --------------------------------------------------- */

/* Parses a copy of exactly the text's size, so that a read behind its end is
 * found. */
static inline bool parse_bytes(struct test_world *w, struct show *to,
                               const char *text, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    struct script script = {0};
    bool ok = script_parse(&w->world, &arena, SPAN("t.ld"), (span){copy, size},
                           &script);
    if (ok)
        show_script(to, &script);
    assert_int_equal(w->errors, !ok);
    arena_close(&arena);
    free(copy);
    return ok;
}

static inline void shows(const char *text, const char *expected)
{
    static struct test_world w;
    struct show to = {.size = 0};
    test_world_open(&w);
    bool ok = parse_bytes(&w, &to, text, strlen(text));
    assert_string_equal(w.text, "");
    assert_true(ok);
    assert_string_equal(to.text, expected);
    test_world_close(&w);
}

static inline void fails_as(const char *text, size_t size,
                            enum bootlink_class class_, const char *message)
{
    static struct test_world w;
    struct show to = {.size = 0};
    test_world_open(&w);
    assert_false(parse_bytes(&w, &to, text, size));
    assert_string_equal(w.text, message);
    assert_int_equal(w.classes[class_], 1);
    test_world_close(&w);
}

/* A syntax error; the final newline of the message is added. */
static inline void fails(const char *text, const char *message)
{
    char line[1024];
    snprintf(line, sizeof(line), "%s\n", message);
    fails_as(text, strlen(text), BOOTLINK_SYNTAX, line);
}

#endif
