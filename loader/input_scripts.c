/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What scripts want of inputs: files that they name by INPUT, GROUP and
 * STARTUP, or in an output section, and scripts that stand among the inputs.
 * [GNU ld manual: File Commands; Implicit Linker Scripts]
 */
#include "inputs.h"

/* A name by which the command line or a script opens a file. */
struct file_name {
    bool is_input;  /* the command line or an INPUT has it */
    bool is_opened; /* it was opened */
    bool is_done;   /* ... by an output section; the first of those inputs is
                       done with by that */
};

/* ---- Scripts among the inputs [GNU ld manual: Implicit Linker Scripts] --- */

/* What the assignments of a script mean to the archives behind them. */
static bool anticipate(struct link *link, struct command **next, uint32_t order)
{
    return !link->extras.script_anticipate ||
           link->extras.script_anticipate(link, next, order);
}

bool input_take_turn(struct input_reader *r, struct script_turn turn)
{
    bool ok = true;
    r->script_depth++;
    for (const struct script_input *i = turn.inputs; i; i = i->next)
        ok &= anticipate(r->link, &turn.assignments, i->order) &&
              input_open(r, &i->input, i);
    r->script_depth--;
    return ok && anticipate(r->link, &turn.assignments, UINT32_MAX);
}

/* What the layout of the request asks for comes first, STARTUP before all. */
bool input_take_first(struct input_reader *r)
{
    struct link *link = r->link;
    size_t count = link->request->input_count;
    struct script_turn startup = {.inputs = link->script.startup};
    struct script_turn layout = {.inputs = link->script_turns[count].inputs};
    return input_take_turn(r, startup) && input_take_turn(r, layout);
}

/* Text that is no script is found out by the parser. */
bool input_is_script(span bytes)
{
    for (size_t i = 0; i < bytes.size && i < 512; i++) {
        unsigned char c = bytes.data[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

/* Said once, and then no script is read any more: one that names itself twice
 * would be read, and found wrong, a thousand times. */
static bool check_script_depth(struct input_reader *r, span name)
{
    unsigned *count = &r->link->script.include_count;
    if (*count > SCRIPT_INCLUDES)
        return false;
    if (r->script_depth < SCRIPT_INCLUDE_DEPTH && ++*count <= SCRIPT_INCLUDES)
        return true;
    *count = SCRIPT_INCLUDES + 1;
    return link_error(r->link, BOOTLINK_SYNTAX,
                      "%.*s: scripts name scripts as inputs more than %d deep, "
                      "or more than %d of them in all; does one name itself?",
                      SPAN_ARGS(name), SCRIPT_INCLUDE_DEPTH, SCRIPT_INCLUDES);
}

bool input_script(struct input_reader *r, span name, span bytes)
{
    struct link *link = r->link;
    struct script *script = &link->script;
    bool had_sections = script->has_sections;
    if (!check_script_depth(r, name))
        return false;
    script->has_sections = false;
    if (!link->scripts.script_parse(link->world, &link->arena, name, bytes,
                                    script))
        return link_error(link, BOOTLINK_CORRUPT,
                          "%.*s: neither an ELF object nor an archive, so it "
                          "was read as a script",
                          SPAN_ARGS(name));
    if (script->has_sections && !r->script_depth)
        report_warning(link->world, BOOTLINK_LAYOUT,
                       "%.*s: this input is a script with output sections, "
                       "which are laid out behind all others; was -T meant?",
                       SPAN_ARGS(name));
    script->has_sections |= had_sections;
    struct script_turn turn = script_take_turn(script);
    span outer = r->script;
    r->script = name;
    bool ok =
        link_pass(link, link->scripts.link_refer) && input_take_turn(r, turn);
    r->script = outer;
    return ok;
}

/* ---- Files that output sections name ------------------------------------- */

/* What is known of a name, so far nothing if it is new; NULL if there is no
 * memory. */
static struct file_name *find_name(struct input_reader *r, span name)
{
    struct arena *arena = &r->link->passing;
    struct symbol *symbol = symbol_table_enter(arena, &r->names, name);
    if (!symbol || symbol->value)
        return symbol ? r->files[symbol->value - 1] : NULL;
    struct file_name **files = arena_grow(arena, r->files, r->file_count,
                                          &r->file_capacity, sizeof(*files));
    struct file_name *file = arena_new(arena, struct file_name);
    if (!files || !file)
        return NULL;
    r->files = files;
    files[r->file_count++] = file;
    symbol->value = r->file_count;
    return file;
}

/* Notes beforehand which files are inputs in their own right. */
static bool note_name(struct input_reader *r,
                      const struct bootlink_input *input)
{
    if (input->kind != BOOTLINK_FILE)
        return true;
    struct file_name *file = find_name(r, input->name);
    if (file)
        file->is_input = true;
    return file != NULL;
}

static bool note_names(struct input_reader *r, const struct script_input *list)
{
    bool ok = true;
    for (; ok && list; list = list->next)
        ok = list->is_pattern || note_name(r, &list->input);
    return ok;
}

bool input_opens(struct input_reader *r, span name, bool *is_done)
{
    struct file_name *file = find_name(r, name);
    if (!file)
        return false;
    *is_done = file->is_done;
    file->is_done = false;
    file->is_opened = true;
    return true;
}

/* What is an input in its own right, and what of that was opened: to be known
 * when the first output section names a file, as most scripts name none. */
static bool know_names(struct input_reader *r)
{
    const struct link *link = r->link;
    size_t count = link->request->input_count;
    bool ok = note_names(r, link->script_turns[count].inputs);
    for (size_t i = 0; ok && i < count; i++)
        ok = note_name(r, &link->request->inputs[i]) &&
             note_names(r, link->script_turns[i].inputs);
    for (uint64_t i = 0; ok && i < r->opened_count; i++) {
        bool is_done;
        ok = input_opens(r, r->opened[i], &is_done);
    }
    r->knows_names = true;
    return ok;
}

bool input_pattern(struct input_reader *r, const struct script_input *from)
{
    span name = from->input.name;
    if (!r->knows_names && !know_names(r))
        return false;
    struct file_name *file = find_name(r, name);
    if (!file || file->is_opened)
        return file != NULL;
    file->is_opened = true;
    r->has_opened_archive = false;
    bool ok = input_open_named(r, name, file->is_input ? NULL : from);
    file->is_done = file->is_input && !r->has_opened_archive;
    return ok;
}
