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
        return section_is_listed(symbol->section);
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
static uint64_t list_symbols(const struct link *link, struct object **objects,
                             struct keyed *list)
{
    struct object *object = link->objects;
    struct symbol *global = link->symbols.first, *symbol;
    struct keyed *next = list;
    bool wants_record = false;
    for (uint32_t i = 1; object || global;) {
        if (!object) {
            symbol = global;
            global = global->next;
        } else if (i >= object->first_global) {
            objects[object->number] = object;
            object = object->next;
            i = 1;
            wants_record = false;
            continue;
        } else if (local_is_bare(object, i) && !wants_record) {
            next = link->scripts.locals_list(object, &i, next);
            wants_record = true;
            continue;
        } else {
            symbol = object_symbol(object, i++);
            wants_record = false;
        }
        if (is_listed(symbol))
            *next++ =
                (struct keyed){find_address(link, symbol), (uintptr_t)symbol};
    }
    return next - list;
}

static inline void put_symbol(const struct link *link,
                              const struct symbol *symbol,
                              struct bootlink_symbol *to)
{
    to->name = symbol->name;
    to->size = size_in_image(symbol->size);
    to->is_function = symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC;
    to->is_exported = is_offered(link, symbol);
}

static bool put_table(struct link *link, struct object *const *objects,
                      const struct keyed *list, uint64_t count)
{
    struct bootlink_image *image = link->image;
    struct bootlink_symbol *to = arena_room(&link->arena, count, sizeof(*to));
    image->symbols = to;
    image->symbol_count = count;
    for (uint64_t i = 0; to && i < count; i++, to++) {
        uint64_t item = list[i].item;
        to->address = list[i].key;
        to->is_exported = false;
        if (item & 1)
            link->scripts.local_put(objects[item >> 33], (uint32_t)(item >> 1),
                                    to);
        else
            put_symbol(link, (struct symbol *)(uintptr_t)item, to);
        image->names_size += to->name.size;
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
    struct object **objects =
        arena_room(&link->passing, link->object_count, sizeof(*objects));
    const struct keyed *sorted = list;
    bool ok = list && objects;
    if (ok) {
        struct keyed *room = list + most;
        count = list_symbols(link, objects, list);
        if (link->scripts.sort_between)
            sorted = link->scripts.sort_between(list, count, room, image->low,
                                                image->high);
        else
            sort_by_key(list, count, room);
        ok = put_table(link, objects, sorted, count);
    }
    arena_close(&link->passing);
    return ok;
}
