/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The passes of link_files(), as far as they make sense, for outputs that are
 * no image: objects and flat files.
 */
#include "loader.h"

/* An object (-r): nothing gets its final address. */
bool link_object(struct link *link)
{
    /* clang-format off */
    return
        link_refer(link) &&
        names_enter(link) &&
        inputs_open(link) &&
        script_insert(link->world, &link->script) &&
        regions_open(link) &&
        sections_select(link) &&
        sections_inflate(link) &&
        build_id_make(link) &&
        stack_note_make(link) &&
        properties_merge(link) &&
        gc_sections(link) &&
        script_match(link) &&
        outputs_create(link) &&
        orphans_place(link) &&
        stack_note_finish(link) &&
        eh_frame_edit(link) &&
        layout(link) &&          /* offsets in sections, which start at 0 */
        image_allocate(link) &&
        image_emit(link);        /* relocations are checked, not applied */
    /* clang-format on */
}

/* A file of nothing but bytes. As in GNU ld, what is known of ELF is not made
 * use of: notes, strings and frames stay as they are. */
bool link_flat(struct link *link)
{
    /* clang-format off */
    return
        link_refer(link) &&
        names_enter(link) &&
        inputs_open(link) &&
        versions_settle(link) &&
        script_insert(link->world, &link->script) &&
        regions_open(link) &&
        script_claim(link) &&
        warnings_collect(link) &&
        sections_select(link) &&
        sections_inflate(link) &&
        script_foresee(link) &&
        got_plan(link) &&
        script_match(link) &&
        link_order_discard(link) &&
        outputs_create(link) &&
        orphans_place(link) &&
        layout(link) &&
        tls_place(link) &&
        crossrefs_check(link) &&
        link_find_entry(link) &&
        names_check(link) &&
        image_allocate(link) &&
        image_emit(link);
    /* clang-format on */
}
