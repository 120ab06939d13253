/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Any bytes as two shared objects: a library, and a module that may name it.
 *
 * The first four bytes are the size of the library, and bit 31 asks for lazy
 * binding; then it comes, then the module. Whatever the module leaves undefined
 * and has an odd length of name, the kernel exports.
 */
#include "world.h"

#include "libraries.h"

#define BASE 0xffffffff80000000ull

static const struct bootlink_export *find_import(void *imports, span name)
{
    static const struct bootlink_export export = {.address = 0x1234};
    (void)imports;
    return name.size % 2 ? &export : NULL;
}

static bool link_one(struct fuzz_world *w, size_t file, uint64_t base,
                     const struct bootlink_image *library,
                     struct bootlink_image *image)
{
    w->errors = 0;
    w->request.inputs = &w->files[file];
    w->request.input_count = 1;
    w->request.shared = &bootlink_shared;
    w->request.module_base = base;
    w->request.load_anywhere = true;
    w->request.libraries = &library;
    w->request.library_count = library != NULL;
    w->request.find_import = find_import;
    bool is_linked = bootlink_link(&w->world, &w->request, image);
    fuzz_check(is_linked == (w->errors == 0));
    if (is_linked)
        fuzz_touch(image);
    return is_linked;
}

static void close_one(struct bootlink_image *image)
{
    image_release(image->link);
    bootlink_close(image);
}

/* A list that is not read is of one memory error at most. */
static void find_libraries(struct fuzz_world *w)
{
    const struct system_module_request module = {.path = w->files[1].name};
    const span paths[] = {SPAN(""), SPAN("lib/")};
    const struct system_request request = {.modules = &module,
                                           .module_count = 1,
                                           .library_paths = paths,
                                           .library_path_count = 2};
    struct system_request complete;
    struct arena arena = arena_open(&w->world, BOOTLINK_MEMORY_SCRATCH);
    fuzz_check(libraries_add(&w->world, &arena, &request, &complete));
    fuzz_check(complete.module_count <= 2);
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world w;
    struct bootlink_image library, module;
    if (size < 4)
        return 0;
    span all = {(const char *)data + 4, size - 4};
    size_t first = (read32(data) & INT32_MAX) % (all.size + 1);
    fuzz_open(&w);
    w.request.binds_lazily = read32(data) >> 31;
    w.request.parameters = SPAN("count=3 whom=\"a b\" list=1,-2");
    fuzz_input(&w, SPAN("lib.so"), span_part(all, 0, first));
    fuzz_input(&w, SPAN("m.so"), span_part(all, first, all.size - first));
    find_libraries(&w);
    bool has_first = link_one(&w, 0, BASE, NULL, &library);
    bool is_library = has_first && library.link->shared; /* not an object */
    if (link_one(&w, 1, BASE + (1 << 24), is_library ? &library : NULL,
                 &module))
        close_one(&module);
    if (has_first)
        close_one(&library);
    fuzz_check(w.scratch == 0 && w.others == 0);
    fuzz_check(w.most_scratch <= 3 * FUZZ_BASE + FUZZ_MULTIPLE * w.input_size);
    return 0;
}
