/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Any text as a layout script, over three real objects.
 */
#include "world.h"

#include <stdio.h>

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    fuzz_check(file != NULL && fseek(file, 0, SEEK_END) == 0);
    *size = ftell(file);
    rewind(file);
    char *bytes = malloc(*size);
    fuzz_check(bytes && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

/* OBJECTS: the folder they are in. Read once, and given to every link. */
static const char *const names[] = {"sort.o", "glob.o", "text.o"};

static void add_objects(struct fuzz_world *w)
{
    static span objects[3];
    for (int i = 0; i < 3; i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", OBJECTS, names[i]);
        if (!objects[i].data)
            objects[i].data = read_whole(path, &objects[i].size);
        fuzz_input(w, span_of(names[i]), objects[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world w;
    fuzz_open(&w);
    add_objects(&w);
    w.request.script = (span){(const char *)data, size};
    fuzz_link_both(&w);
    return 0;
}
