/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The passes that only some programs want: those that write files, leave out
 * sections or know options of symbols. Nothing but a request's `extras` leads
 * to them, so that a linker of programs, which takes from an archive what is
 * named, leaves them out of a boot loader.
 */
#include "eh_frame.h"

const struct link_extras bootlink_extras = {
    .script_anticipate = script_anticipate,
    .input_nothing = input_nothing,
    .sections_inflate = sections_inflate,
    .build_id_make = build_id_make,
    .gc_sections = gc_sections,
    .eh_frame_hdr_make = eh_frame_hdr_make,
    .eh_frame_hdr_size = eh_frame_hdr_size,
    .segments_plan = segments_plan,
    .image_allocate_for_file = image_allocate_for_file,
    .image_stream = image_stream,
    .section_check_references = section_check_references,
    .eh_frame_hdr_fill = eh_frame_hdr_fill,
    .names_enter = names_enter,
    .names_check = names_check,
    .link_object = link_object,
    .link_flat = link_flat,
};
