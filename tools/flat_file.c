/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes a flat file, such as a boot sector: receives a finished link, and
 * gives each section the place that its load address has above the lowest one.
 * What lies between is zero; what has no bytes, such as .bss, is not there.
 */
#include "flat_file.h"
#include "output_file.h"

/* Also what (INFO) says is not, if it came to be loaded: so GNU ld. */
static bool is_loaded(const struct output_section *o)
{
    return (output_is_in_memory(o) || (o->has_loaded && !o->is_removed)) &&
           output_is_in_file(o) && o->size;
}

bool flat_file_write(const struct link *link, const char *path)
{
    uint64_t low = UINT64_MAX, end = 0;
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (is_loaded(o) && o->load_address < low)
            low = o->load_address;
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (is_loaded(o) && o->load_address - low + o->size > end)
            end = o->load_address - low + o->size;

    struct output_file file;
    if (!output_open(&file, link->world, path))
        return false;
    output_resize(&file, end);
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (is_loaded(o))
            output_write(&file, o->load_address - low,
                         (span){o->data, o->size});
    return output_close(&file, true);
}
