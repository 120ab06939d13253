/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A whole link: objects, archives, script and options from one file
 * (container.h), changed by what they are made of (mutate.c) rather than byte
 * by byte.
 */
#include "container.h"
#include "mutate.h"
#include "world.h"

/* Bits of the byte in "options". */
enum {
    NO_RELAX = 1,
    NEEDS_ENTRY = 2,
    LOAD_ANYWHERE = 4,
    GROUP = 8, /* all inputs are one */
    GC_SECTIONS = 16,
    RELOCATABLE = 32,
};

static void add_inputs(struct fuzz_world *w, const struct container *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct container_part *part = &c->parts[i];
        if (strcmp(part->name, "script") && strcmp(part->name, "options"))
            fuzz_input(w, span_of(part->name),
                       (span){(const char *)part->data, part->size});
    }
}

static void set_options(struct fuzz_world *w, unsigned bits)
{
    w->request.no_relax = bits & NO_RELAX;
    w->request.needs_entry = bits & NEEDS_ENTRY;
    w->request.load_anywhere = bits & LOAD_ANYWHERE;
    w->request.gc_sections = bits & GC_SECTIONS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world w;
    struct container c;
    container_read(&c, data, size);
    const struct container_part *script = container_find(&c, "script");
    const struct container_part *options = container_find(&c, "options");
    fuzz_open(&w);
    unsigned bits = options && options->size ? options->data[0] : 0;
    set_options(&w, bits);
    if (script)
        w.request.script = (span){(const char *)script->data, script->size};
    if (bits & GROUP)
        w.files[w.file_count++].kind = BOOTLINK_GROUP_START;
    add_inputs(&w, &c);
    if (bits & GROUP && w.file_count < FUZZ_FILES)
        w.files[w.file_count++].kind = BOOTLINK_GROUP_END;
    if (bits & RELOCATABLE)
        fuzz_link(&w, BOOTLINK_RELOCATABLE);
    else
        fuzz_link_both(&w);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed)
{
    struct container c;
    struct mutation m = {.seed = seed};
    container_read(&c, data, size);
    if (!c.count)
        return LLVMFuzzerMutate(data, size, most);
    mutate_container(&m, &c, most);
    size_t written = container_write(&c, data, most);
    mutate_close(&m);
    return written ? written : size;
}
