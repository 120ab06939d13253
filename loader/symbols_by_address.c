/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The symbol table of an image in memory, sorted by address, that backtraces
 * and modules use. Receives symbols whose addresses are fixed.
 */
#include "loader.h"

/* Symbols that somebody who looks at an address wants to see: not those of
 * sections and files, no compiler's local labels, and no thread-local
 * variables, of which each thread has its own. */
static inline bool is_listed(const struct symbol *symbol)
{
    const unsigned others = 1u << STT_SECTION | 1u << STT_FILE | 1u << STT_TLS;
    if (symbol->name.size == 0 || others >> symbol->type & 1 ||
        span_starts(symbol->name, SPAN(".L")))
        return false;
    if (symbol->state == SYMBOL_DEFINED)
        return symbol->section->state == SECTION_PLACED &&
               symbol->section->flags & SHF_ALLOC;
    return symbol->state == SYMBOL_SCRIPT || symbol->state == SYMBOL_ABSOLUTE;
}

static inline bool is_offered(const struct link *link,
                              const struct symbol *symbol)
{
    if (link->marks.has_exports)
        return symbol->is_exported;
    if (symbol->state == SYMBOL_SCRIPT && link_is_module(link))
        return false; /* the layout's, as every module has it */
    return symbol->binding != STB_LOCAL && symbol->visibility == STV_DEFAULT;
}

bool exports_offer(const struct link *link, const struct symbol *symbol)
{
    return is_offered(link, symbol);
}

/* The symbols of the table are no more than these. */
static uint64_t most_symbols(const struct link *link)
{
    uint64_t most = link->symbols.count;
    for (const struct object *o = link->objects; o; o = o->next)
        most += o->first_global;
    return most;
}

/* What relocations will ask for is found on the way. */
static inline uint64_t find_address(const struct link *link,
                                    struct symbol *symbol)
{
    return symbol_settle_plain(symbol) ? symbol->address
                                       : symbol_target(link, symbol);
}

/* Lists the symbols that the table has, with their addresses: local ones object
 * by object, then all others. One loop is a third of the code of two. */
static uint64_t list_symbols(const struct link *link, struct keyed *list)
{
    const struct object *object = link->objects;
    struct symbol *global = link->symbols.first, *symbol;
    struct keyed *next = list;
    for (uint32_t i = 1; object || global;) {
        if (!object) {
            symbol = global;
            global = global->next;
        } else if (i < object->first_global && i < object->symbol_count) {
            symbol = object->symbols[i++];
        } else {
            object = object->next;
            i = 1;
            continue;
        }
        if (is_listed(symbol))
            *next++ =
                (struct keyed){find_address(link, symbol), (uintptr_t)symbol};
    }
    return next - list;
}

/* As an image has it. */
static inline uint32_t size_of(const struct symbol *symbol)
{
    return symbol->size < UINT32_MAX ? (uint32_t)symbol->size : UINT32_MAX;
}

static bool put_table(struct link *link, const struct keyed *list,
                      uint64_t count)
{
    struct bootlink_image *image = link->image;
    struct bootlink_symbol *to = arena_room(&link->arena, count, sizeof(*to));
    image->symbols = to;
    image->symbol_count = count;
    for (uint64_t i = 0; to && i < count; i++, to++) {
        const struct symbol *symbol = (struct symbol *)(uintptr_t)list[i].item;
        to->name = symbol->name;
        to->address = list[i].key;
        to->size = size_of(symbol);
        to->is_function =
            symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC;
        to->is_exported = is_offered(link, symbol);
        image->names_size += symbol->name.size;
        image->export_count += to->is_exported;
    }
    return to;
}

/* Room for the sorting, where the image will be: that has been had already. */
static struct keyed *sorting_room(struct link *link, uint64_t count)
{
    struct keyed *room = NULL;
    if (link->scripts.image_unwritten)
        room = link->scripts.image_unwritten(link, count * sizeof(*room));
    return room ? room : arena_room(&link->passing, count, sizeof(*room));
}

bool symbols_by_address(struct link *link)
{
    const struct bootlink_image *image = link->image;
    uint64_t most = most_symbols(link), count;
    struct keyed *list = sorting_room(link, most + sort_room(most));
    const struct keyed *sorted = list;
    bool ok = list;
    if (ok) {
        struct keyed *room = list + most;
        count = list_symbols(link, list);
        if (link->scripts.sort_between)
            sorted = link->scripts.sort_between(list, count, room, image->low,
                                                image->high);
        else
            sort_by_key(list, count, room);
        ok = put_table(link, sorted, count);
    }
    arena_close(&link->passing);
    return ok;
}
