/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes the map file in the columns that readers of GNU ld's know:
 *
 *     .text           0x0000000000100000       0x2c
 *      .text          0x0000000000100000       0x20 start.o
 *                     0x0000000000100000                _start
 *      *fill*         0x0000000000100020        0x4
 *
 * Receives a finished link and changes nothing.
 */
#include "map.h"

#include <elf.h>

enum { NAME_WIDTH = 15, LONGEST_LINE = 1024 };

static void put(const struct map_sink *sink, const char *format, ...)
    PRINTF(2, 3);

static void put(const struct map_sink *sink, const char *format, ...)
{
    char line[LONGEST_LINE];
    va_list arguments;
    va_start(arguments, format);
    sink->put(sink->context,
              text_print_list(line, sizeof(line), format, arguments));
    va_end(arguments);
}

/* A name, and the column behind it: on the next line if the name is long. */
static void put_name(const struct map_sink *sink, const char *indent, span name)
{
    size_t width = span_of(indent).size + name.size;
    put(sink, "%s%.*s", indent, SPAN_ARGS(name));
    if (width > NAME_WIDTH) {
        put(sink, "\n");
        width = 0;
    }
    put(sink, "%*s", (int)(NAME_WIDTH + 1 - width), "");
}

static void put_range(const struct map_sink *sink, uint64_t address,
                      uint64_t size)
{
    char number[24];
    span text =
        text_print(number, sizeof(number), "0x%llx", (unsigned long long)size);
    put(sink, "0x%016llx %10.*s", (unsigned long long)address, SPAN_ARGS(text));
}

/* Below the size: what it was before merging. */
static void put_was(const struct map_sink *sink, uint64_t size)
{
    char number[24];
    span text =
        text_print(number, sizeof(number), "0x%llx", (unsigned long long)size);
    put(sink, "%*s %10.*s (size before merging)\n", NAME_WIDTH + 19, "",
        SPAN_ARGS(text));
}

static void put_section(const struct map_sink *sink,
                        const struct section *section, uint64_t address)
{
    put_name(sink, " ", section->name);
    put_range(sink, address, section->size);
    put(sink, " %.*s\n", SPAN_ARGS(section->object->name));
    if (section->bytes.size && section->bytes.size != section->size)
        put_was(sink, section->bytes.size);
}

/* ---- The parts ----------------------------------------------------------- */

static void put_discarded(const struct link *link, const struct map_sink *sink)
{
    put(sink, "Discarded input sections\n\n");
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++) {
            enum section_state state = o->sections[i].state;
            if (state == SECTION_DISCARDED || state == SECTION_DUPLICATE)
                put_section(sink, &o->sections[i], 0);
        }
}

static void put_inputs(const struct link *link, const struct map_sink *sink)
{
    put(sink, "\nLinker script and memory map\n\n");
    for (const struct object *o = link->objects; o; o = o->next)
        put(sink, "LOAD %.*s\n", SPAN_ARGS(o->name));
    put(sink, "\n");
}

/* The first symbol at or behind `address`; they are in ascending order. */
static size_t first_symbol(const struct bootlink_image *image, uint64_t address)
{
    size_t low = 0, high = image->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->symbols[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void put_symbols(const struct link *link, const struct map_sink *sink,
                        uint64_t address, uint64_t size)
{
    const struct bootlink_image *image = link->image;
    for (size_t i = first_symbol(image, address); i < image->symbol_count;
         i++) {
        const struct bootlink_symbol *symbol = &image->symbols[i];
        if (symbol->address - address >= size)
            break;
        put(sink, "%*s0x%016llx%16s%.*s\n", NAME_WIDTH + 1, "",
            (unsigned long long)symbol->address, "", SPAN_ARGS(symbol->name));
    }
}

static void put_unnamed(const struct map_sink *sink, span what,
                        uint64_t address, uint64_t size)
{
    put_name(sink, " ", what);
    put_range(sink, address, size);
    put(sink, "\n");
}

static void put_piece(const struct link *link, const struct map_sink *sink,
                      const struct output_section *output,
                      const struct piece *piece)
{
    const span fill = SPAN("*fill*");
    uint64_t address = output->address + piece->offset;
    if (piece->gap)
        put_unnamed(sink, fill, address - piece->gap, piece->gap);
    if (piece->size && piece->kind != PIECE_SECTION)
        put_unnamed(sink, piece->kind == PIECE_FILL ? fill : SPAN("*data*"),
                    address, piece->size);
    if (!piece->size || piece->kind != PIECE_SECTION)
        return;
    put_section(sink, piece->section, address);
    if (output->flags & SHF_ALLOC)
        put_symbols(link, sink, address, piece->size);
}

static void put_output(const struct link *link, const struct map_sink *sink,
                       const struct output_section *output)
{
    put_name(sink, "", output->name);
    put_range(sink, output->address, output->size);
    if (output->load_address != output->address)
        put(sink, " load address 0x%016llx",
            (unsigned long long)output->load_address);
    put(sink, "\n");
    struct piece_walk walk = {.content = output->contents};
    while (piece_next(&walk))
        put_piece(link, sink, output, &walk.piece);
    put(sink, "\n");
}

/* Symbols that the script made, which may lie between sections or in none. */
static void put_script_symbols(const struct link *link,
                               const struct map_sink *sink)
{
    put(sink, "Symbols of the script\n\n");
    for (const struct symbol *s = link->symbols.first; s; s = s->next)
        if (s->state == SYMBOL_SCRIPT)
            put(sink, "%*s0x%016llx%16s%.*s\n", NAME_WIDTH + 1, "",
                (unsigned long long)symbol_address(s), "", SPAN_ARGS(s->name));
}

void map_write(const struct link *link, const struct map_sink *sink)
{
    put_discarded(link, sink);
    put_inputs(link, sink);
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (o->index != 0)
            put_output(link, sink, o);
    put_script_symbols(link, sink);
}
