/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of a module: what the parser makes of loader/module.ld, made
 * without one, since a kernel that loads modules need not have it and a boot
 * need not read one text for each module. Afterwards the link has its script.
 *
 * module.ld is the source that is meant to be read; whoever changes it changes
 * the rows here. tests/unit/test_module_layout.c compares the two.
 */
#include "loader.h"

/* ---- The rows ----------------------------------------------------------- */

enum row_kind {
    ROW_PAGE_SECTION,     /* . = ALIGN(CONSTANT(MAXPAGESIZE)); name : { */
    ROW_WORD_SECTION,     /* name : ALIGN(8) { */
    ROW_DISCARD,          /* name : { */
    ROW_HIDDEN,           /* HIDDEN(name = .); */
    ROW_INPUT,            /* *(name) */
    ROW_KEEP,             /* KEEP(*(name)) */
    ROW_KEEP_BY_PRIORITY, /* KEEP(*(SORT_BY_INIT_PRIORITY(name))) */
    ROW_AND,              /* one more name in the brackets above ... */
    ROW_AND_BY_PRIORITY,  /* ... or SORT_BY_INIT_PRIORITY(name) */
};

struct row {
    char kind;
    char name[23]; /* in place: no pointer to be relocated */
};

/* clang-format off */
static const struct row rows[] = {
    {ROW_PAGE_SECTION, ".text"},
        {ROW_INPUT, ".text"}, {ROW_AND, ".text.*"},
    {ROW_PAGE_SECTION, ".rodata"},
        {ROW_INPUT, ".rodata"}, {ROW_AND, ".rodata.*"},
    {ROW_PAGE_SECTION, ".data"},
        {ROW_INPUT, ".data"}, {ROW_AND, ".data.*"},
        {ROW_INPUT, ".got"}, {ROW_AND, ".got.plt"},
    {ROW_WORD_SECTION, ".init_array"},
        {ROW_HIDDEN, "__init_array_start"},
        {ROW_KEEP_BY_PRIORITY, ".init_array.*"},
            {ROW_AND_BY_PRIORITY, ".ctors.*"},
        {ROW_KEEP, ".init_array"}, {ROW_AND, ".ctors"},
        {ROW_HIDDEN, "__init_array_end"},
    {ROW_WORD_SECTION, ".fini_array"},
        {ROW_HIDDEN, "__fini_array_start"},
        {ROW_KEEP_BY_PRIORITY, ".fini_array.*"},
            {ROW_AND_BY_PRIORITY, ".dtors.*"},
        {ROW_KEEP, ".fini_array"}, {ROW_AND, ".dtors"},
        {ROW_HIDDEN, "__fini_array_end"},
    {ROW_PAGE_SECTION, ".bss"},
        {ROW_INPUT, ".bss"}, {ROW_AND, ".bss.*"},
        {ROW_INPUT, "COMMON"},
    {ROW_DISCARD, "/DISCARD/"},
        {ROW_INPUT, ".bootlink.*"},
        {ROW_INPUT, ".comment"},
        {ROW_INPUT, ".note"}, {ROW_AND, ".note.*"},
        {ROW_INPUT, ".eh_frame"}, {ROW_AND, ".eh_frame_hdr"},
};
/* clang-format on */

/* ---- The tree ----------------------------------------------------------- */

struct builder {
    struct arena *arena;
    struct script_place place;         /* of all that is made: in no line */
    struct command **outer, **inner;   /* where the next command goes */
    struct section_pattern **patterns; /* ... and the next pattern */
};

static struct expr *make_expr(struct builder *b, enum expr_kind kind, span name,
                              struct expr *operand)
{
    struct expr *e = arena_new(b->arena, struct expr);
    if (!e)
        return NULL;
    e->kind = kind;
    e->is_literal = kind == EXPR_NUMBER;
    e->height = operand ? operand->height + 1 : 1;
    e->place = b->place;
    e->name = name;
    e->operand[0] = operand;
    return e;
}

static struct expr *make_number(struct builder *b, uint64_t number)
{
    struct expr *e = make_expr(b, EXPR_NUMBER, (span){0}, NULL);
    if (e)
        e->number = number;
    return e;
}

static struct command *append(struct builder *b, struct command ***last,
                              enum command_kind kind, span name)
{
    struct command *command = arena_new(b->arena, struct command);
    if (!command)
        return NULL;
    command->kind = kind;
    command->place = b->place;
    command->name = name;
    **last = command;
    *last = &command->next;
    return command;
}

static bool add_assignment(struct builder *b, enum assign_how how, span name,
                           struct expr *value)
{
    struct command *command = append(b, &b->inner, COMMAND_ASSIGN, name);
    if (!command)
        return false;
    command->how = how;
    command->value = value;
    return value != NULL;
}

/* . = ALIGN(CONSTANT(MAXPAGESIZE)); */
static bool add_page(struct builder *b)
{
    struct expr *size = make_expr(b, EXPR_CONSTANT, SPAN("MAXPAGESIZE"), NULL);
    struct expr *align = make_expr(b, EXPR_ALIGN, (span){0}, size);
    if (!size || !align)
        return false;
    align->operand[0] = NULL; /* the value is `.` */
    align->operand[1] = size;
    b->inner = b->outer;
    bool ok = add_assignment(b, ASSIGN_PLAIN, SPAN("."), align);
    b->outer = b->inner;
    return ok;
}

static bool add_section(struct builder *b, const struct row *row, span name)
{
    if (row->kind == ROW_PAGE_SECTION && !add_page(b))
        return false;
    struct command *command =
        append(b, &b->outer, COMMAND_OUTPUT_SECTION, (span){0});
    struct section_statement *s = arena_new(b->arena, struct section_statement);
    if (!command || !s)
        return false;
    command->section = s;
    s->name = name;
    s->place = b->place;
    if (row->kind == ROW_WORD_SECTION)
        s->align = make_number(b, 8);
    b->inner = &s->commands;
    return s->align || row->kind != ROW_WORD_SECTION;
}

/* One more pattern for the sections of the input above. */
static bool add_pattern(struct builder *b, const struct row *row, span name)
{
    struct section_pattern *pattern =
        arena_new(b->arena, struct section_pattern);
    if (!pattern)
        return false;
    pattern->name = name;
    if (row->kind == ROW_KEEP_BY_PRIORITY || row->kind == ROW_AND_BY_PRIORITY)
        pattern->sort = SORT_BY_INIT_PRIORITY;
    *b->patterns = pattern;
    b->patterns = &pattern->next;
    return true;
}

static bool add_input(struct builder *b, const struct row *row, span name)
{
    struct command *command = append(b, &b->inner, COMMAND_INPUT, (span){0});
    struct input_pattern *input = arena_new(b->arena, struct input_pattern);
    if (!command || !input)
        return false;
    command->input = input;
    input->file = SPAN("*");
    input->keep = row->kind != ROW_INPUT;
    b->patterns = &input->sections;
    return add_pattern(b, row, name);
}

static bool add_row(struct builder *b, const struct row *row)
{
    span name = span_of(row->name);
    switch ((enum row_kind)row->kind) {
    case ROW_PAGE_SECTION:
    case ROW_WORD_SECTION:
    case ROW_DISCARD:
        return add_section(b, row, name);
    case ROW_HIDDEN:
        return add_assignment(b, ASSIGN_HIDDEN, name,
                              make_expr(b, EXPR_SYMBOL, SPAN("."), NULL));
    case ROW_INPUT:
    case ROW_KEEP:
    case ROW_KEEP_BY_PRIORITY:
        return add_input(b, row, name);
    case ROW_AND:
    case ROW_AND_BY_PRIORITY:
        return add_pattern(b, row, name);
    }
    return false;
}

/* . = DEFINED(bootlink_module_base) ? bootlink_module_base : 0; */
static struct expr *base_if_defined(struct builder *b)
{
    span name = SPAN("bootlink_module_base");
    struct expr *is_defined = make_expr(b, EXPR_DEFINED, name, NULL);
    struct expr *choice = make_expr(b, EXPR_CONDITIONAL, (span){0}, is_defined);
    if (choice) {
        choice->operand[1] = make_expr(b, EXPR_SYMBOL, name, NULL);
        choice->operand[2] = make_number(b, 0);
    }
    return choice && is_defined && choice->operand[1] && choice->operand[2]
               ? choice
               : NULL;
}

/* The base first, as --defsym defines it for module.ld. */
bool module_layout(struct link *link)
{
    struct script *script = &link->script;
    struct script_text *text = arena_new(&link->arena, struct script_text);
    struct builder b = {.arena = &link->arena, .inner = &script->commands};
    if (!text)
        return false;
    text->name = link->script_name = SPAN("module.ld");
    b.place.text = text;
    link->module_base = make_number(&b, link->request->module_base);
    bool ok = add_assignment(&b, ASSIGN_PLAIN, SPAN("bootlink_module_base"),
                             link->module_base) &&
              add_assignment(&b, ASSIGN_PLAIN, SPAN("."), base_if_defined(&b));
    b.outer = b.inner;
    for (size_t i = 0; ok && i < sizeof(rows) / sizeof(*rows); i++)
        ok = add_row(&b, &rows[i]);
    script->has_format = script->has_sections = true;
    link->has_ibt = true; /* whatever the notes say, which are discarded */
    script->written = script->commands;
    for (struct command *c = script->commands; c; c = c->next)
        c->next_written = c->next;
    return ok;
}

/* ---- Where it goes ------------------------------------------------------- */

/* How much room the module takes wherever it begins; sections that are aligned
 * to more than a page may have to move up. */
static uint64_t room(const struct link *link)
{
    const uint64_t page = link->page_size;
    uint64_t high = 0, align = page, size;
    for (const struct output_section *o = link->outputs; o; o = o->next) {
        uint64_t end;
        if (!output_takes_memory(o))
            continue;
        if (__builtin_add_overflow(o->address, o->size, &end))
            return UINT64_MAX;
        high = end > high ? end : high;
        align = o->align > align ? o->align : align;
    }
    return __builtin_add_overflow(high, align - 1, &size)
               ? UINT64_MAX
               : align_down(size, page);
}

bool module_place(struct link *link)
{
    const struct bootlink_request *request = link->request;
    return request->place(request->placer, room(link),
                          &link->module_base->number);
}
