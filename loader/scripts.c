/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The scripts that the command line names, each -T and --defsym in order. The
 * layout of the request stands for a -T that is not there, or for one that only
 * adds to it by INSERT. Afterwards all of them are one tree.
 * [GNU ld manual: Command-line Options, -T; Commands, INSERT]
 */
#include "elf_reader.h"
#include "eval.h"
#include "inputs.h"
#include "layout.h"
#include "orphans.h"
#include "pattern_index.h"

static bool add_folders(struct link *link)
{
    const struct bootlink_request *request = link->request;
    link->script.sysroot = request->sysroot;
    for (size_t i = 0; i < request->folder_count; i++)
        if (!search_add(&link->arena, &link->script, request->folders[i]))
            return false;
    return true;
}

/* Parses one script. What it does in its turn is kept apart. */
static bool read_text(struct link *link, span name, span text,
                      struct script_turn *turn)
{
    bool ok =
        script_parse(link->world, &link->arena, name, text, &link->script);
    *turn = script_take_turn(&link->script);
    return ok;
}

static bool read_file(struct link *link, span name, struct script_turn *turn)
{
    span text;
    span path = search_file(&link->arena, &link->script, name, NULL);
    if (!path.size)
        path = name; /* the world says why it cannot be read */
    if (!link->world->file(link->world->host, path, &text))
        return link_error(link, BOOTLINK_MISSING,
                          "%.*s: no such script, neither here nor in the "
                          "folders of -L",
                          SPAN_ARGS(name));
    return read_text(link, path, text, turn);
}

/* What an input adds to the scripts, if it is one; `has_layout` tells whether
 * the request's own is out of use. */
static bool read_input(struct link *link, size_t i, bool *has_layout)
{
    const struct bootlink_input *input = &link->request->inputs[i];
    struct script_turn *turn = &link->script_turns[i];
    if (input->kind == BOOTLINK_DEFINITION)
        return read_text(link, SPAN("--defsym"), input->name, turn);
    if (input->kind != BOOTLINK_SCRIPT &&
        (input->kind != BOOTLINK_DEFAULT_SCRIPT || *has_layout))
        return true;
    link->script.has_insertion = false;
    if (!read_file(link, input->name, turn))
        return false;
    if (!*has_layout && !link->script.has_insertion)
        link->script_name = input->name;
    *has_layout |= !link->script.has_insertion;
    return true;
}

const struct link_scripts bootlink_scripts = {
    .scripts_read = scripts_read,
    .script_insert = script_insert,
    .script_parse = script_parse,
    .executable_open = executable_open,
    .executable_link = executable_link,
    .object_leave = object_leave,
    .pieces_leave = pieces_leave,
    .archives_done = archives_done,
    .patterns_sort = patterns_sort,
    .match_differs = match_differs,
    .match_arrange = match_arrange,
    .lists_keep = lists_keep,
    .image_unwritten = image_unwritten,
    .version_enter = version_enter,
    .versions_settle = versions_settle,
    .input_open_kind = input_open_kind,
    .input_search_archive = input_search_archive,
    .input_end_groups = input_end_groups,
    .input_take_turn = input_take_turn,
    .input_take_first = input_take_first,
    .input_is_script = input_is_script,
    .input_script = input_script,
    .locals_pass = locals_pass,
    .local_record = local_record,
    .local_operand = local_operand,
    .locals_list = locals_list,
    .local_put = local_put,
    .once_read = once_read,
    .once_leave = once_leave,
    .link_refer = link_refer,
    .link_find_entry = link_find_entry,
    .orphan_note_after = orphan_note_after,
    .orphan_last_note = orphan_last_note,
    .properties_merge = properties_merge,
    .merge_sections = merge_sections,
    .merged_output_offset = merged_output_offset,
    .merged_emit = merged_emit,
    .sort_between = sort_between,
    .eh_frame_edit = eh_frame_edit,
    .eh_frame_place = eh_frame_place,
    .eh_frame_run = eh_frame_run,
    .eh_frame_is_gone = eh_frame_is_gone,
    .eh_frame_emit = eh_frame_emit,
    .data_segment_find_relro = data_segment_find_relro,
    .data_segment_check = data_segment_check,
    .script_compute = script_compute,
    .script_error = script_error,
    .data_segment_move = data_segment_move,
    .data_segment_move_back = data_segment_move_back,
    .regions_declare = regions_declare,
    .region_wanted = region_wanted,
    .regions_check = regions_check,
    .warnings_collect = warnings_collect,
    .warnings_report = warnings_report,
    .phdrs_check = phdrs_check,
    .segments_list = segments_list,
    .phdrs_load_addresses = phdrs_load_addresses,
    .load_address_set = load_address_set,
    .contents_set_dot = contents_set_dot,
    .addresses_check = addresses_check,
    .crossrefs_check = crossrefs_check,
    .local_exec = local_exec_x86_64,
    .ifunc_call = ifunc_call,
};

bool scripts_read(struct link *link)
{
    const struct bootlink_request *request = link->request;
    size_t count = request->input_count;
    bool has_layout = false;
    link->script_name = request->script_name;
    link->script_turns =
        arena_array(&link->arena, count + 1, struct script_turn);
    if (!link->script_turns || !add_folders(link) ||
        !read_text(link, SPAN("--defsym"), request->definitions,
                   &link->script_turns[count]))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_input(link, i, &has_layout))
            return false;
    return has_layout || read_text(link, request->script_name, request->script,
                                   &link->script_turns[count]);
}
