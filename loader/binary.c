/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Any file as an object [GNU ld manual: --format=binary]: its bytes are .data,
 * and three symbols named after the file are their start, end and size.
 */
#include "loader.h"

#include <elf.h>

enum { SECTION_COUNT = 2, SYMBOL_COUNT = 4 };

/* _binary_dir_file_bin_start of dir/file.bin. */
static span symbol_name(struct link *link, span file, const char *what)
{
    span name =
        text_format(&link->arena, "_binary_%.*s_%s", SPAN_ARGS(file), what);
    char *to = (char *)name.data;
    for (size_t i = 0; i < name.size; i++) {
        char c = to[i];
        bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9');
        if (!is_kept)
            to[i] = '_';
    }
    return name;
}

static bool define(struct link *link, struct object *object, uint32_t index,
                   const char *what, uint64_t value, struct section *section)
{
    span name = symbol_name(link, object->file, what);
    struct symbol *symbol = name.data ? symbol_enter(link, name) : NULL;
    struct symbol_mention mention = {
        .object = object,
        .section = section,
        .value = value,
        .state = section ? SYMBOL_DEFINED : SYMBOL_ABSOLUTE,
        .binding = STB_GLOBAL,
    };
    object->symbols[index].symbol = symbol;
    return symbol && symbol_mention(link, symbol, &mention);
}

struct object *binary_open(struct link *link, span file, span bytes)
{
    struct object *object = arena_new(&link->arena, struct object);
    struct section *sections =
        arena_array(&link->arena, SECTION_COUNT, struct section);
    union symbol_ref *symbols =
        arena_array(&link->arena, SYMBOL_COUNT, union symbol_ref);
    if (!object || !sections || !symbols)
        return NULL;
    *object = (struct object){.name = file,
                              .file = file,
                              .bytes = bytes,
                              .sections = sections,
                              .section_count = SECTION_COUNT,
                              .symbols = symbols,
                              .symbol_count = SYMBOL_COUNT,
                              .first_global = 1,
                              .is_binary = true};
    symbols[0].symbol = &link->null_symbol;
    sections[0] = (struct section){.object = object, .state = SECTION_IGNORED};
    sections[1] = (struct section){.object = object,
                                   .name = SPAN(".data"),
                                   .index = 1,
                                   .type = SHT_PROGBITS,
                                   .flags = SHF_ALLOC | SHF_WRITE,
                                   .size = bytes.size,
                                   .align = 1,
                                   .bytes = bytes};
    bool ok = define(link, object, 1, "start", 0, &sections[1]) &&
              define(link, object, 2, "end", bytes.size, &sections[1]) &&
              define(link, object, 3, "size", bytes.size, NULL);
    return ok ? object : NULL;
}
