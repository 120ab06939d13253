/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What goes in: common symbols, and no sections that are not meant for the
 * output.
 */
#include "eh_frame.h"
#include "merge.h"

#include <elf.h>

struct section *section_make(struct link *link, struct object *object,
                             struct section section)
{
    struct section **last = &object->made;
    while (*last)
        last = &(*last)->next_made;
    *last = arena_new(&link->arena, struct section);
    if (!*last)
        return NULL;
    section.object = object;
    **last = section;
    return *last;
}

struct object *link_first_object(const struct link *link)
{
    struct object *object = link->objects;
    while (object && object->is_binary)
        object = object->next;
    return object ? object : link->objects;
}

struct section *section_make_table(struct link *link, const char *name,
                                   uint32_t type, uint64_t flags,
                                   uint64_t align, uint64_t size)
{
    return section_make(link, link->home ? link->home : link_first_object(link),
                        (struct section){.name = span_of(name),
                                         .type = type,
                                         .flags = SHF_ALLOC | flags,
                                         .align = align,
                                         .size = size,
                                         .is_no_table = size == 0});
}

/* A section of the linker's own; no object's section has the index 0. */
bool section_is_common(const struct section *section)
{
    return section->index == 0 && span_equal(section->name, SPAN("COMMON"));
}

bool is_debugging_name(span name)
{
    return span_starts(name, SPAN(".debug")) ||
           span_starts(name, SPAN(".zdebug")) ||
           span_starts(name, SPAN(".stab")) ||
           span_starts(name, SPAN(".line")) ||
           span_starts(name, SPAN(".gnu.debuglto_.debug_")) ||
           span_starts(name, SPAN(".gnu.linkonce.wi.")) ||
           span_equal(name, SPAN(".gdb_index"));
}

bool section_is_debugging(const struct section *section)
{
    return !(section->flags & SHF_ALLOC) && is_debugging_name(section->name);
}

bool section_is_member(const struct link *link, const struct section *section)
{
    return section->flags & SHF_GROUP && link_is_relocatable(link) &&
           !link->request->force_group_allocation;
}

bool section_stays_apart(const struct link *link, const struct section *section)
{
    const struct bootlink_request *request = link->request;
    for (size_t i = 0; i < request->unique_count; i++)
        if (glob_match(request->unique[i], section->name))
            return true;
    return section_is_member(link, section);
}

uint64_t section_output_offset(const struct section *section, uint64_t offset)
{
    if (section->merged)
        return merged_place(section, offset);
    return section->frame ? section->frame->place(section, offset)
                          : section->offset + offset;
}

/* `name`, or one with a priority: `name`.N */
static bool is_array_of(const struct section *section, span name)
{
    return section->name.size >= name.size &&
           (section->name.size == name.size ||
            section->name.data[name.size] == '.') &&
           span_starts(section->name, name);
}

bool words_run_backwards(const struct section *section)
{
    span to = section->output->name;
    if (to.size != SPAN(".init_array").size) /* or the other: few are */
        return false;
    if (span_equal(to, SPAN(".init_array")))
        return is_array_of(section, SPAN(".ctors"));
    return span_equal(to, SPAN(".fini_array")) &&
           is_array_of(section, SPAN(".dtors"));
}

uint64_t section_word_offset(const struct section *section, uint64_t offset)
{
    uint64_t last = section->size - 8;
    if (words_run_backwards(section) && section->size >= 8 && offset <= last)
        offset = last - offset;
    return section_output_offset(section, offset);
}

/* ---- Common symbols [gABI: Symbol Table, SHN_COMMON] -------------------- */

/* What a common symbol goes into [psABI 4.3: Special Sections]. */
static struct section common_home(const struct symbol *symbol)
{
    uint64_t flags = SHF_ALLOC | SHF_WRITE;
    if (symbol->type == STT_TLS)
        return (struct section){.name = SPAN(".tcommon"),
                                .flags = flags | SHF_TLS};
    if (symbol->is_large)
        return (struct section){.name = SPAN("LARGE_COMMON"),
                                .flags = flags | SHF_X86_64_LARGE};
    return (struct section){.name = SPAN("COMMON"), .flags = flags};
}

static struct section *common_section(struct link *link, struct object *object,
                                      struct section home)
{
    for (struct section *s = object->made; s; s = s->next_made)
        if (span_equal(s->name, home.name))
            return s;
    home.type = SHT_NOBITS;
    home.align = 1;
    return section_make(link, object, home);
}

static bool allocate_common(struct link *link, struct symbol *symbol)
{
    struct section *section =
        common_section(link, symbol->object, common_home(symbol));
    if (!section)
        return false;
    uint64_t align = symbol->value;
    uint64_t offset = align_up(section->size, align);
    if (offset < section->size ||
        __builtin_add_overflow(offset, symbol->size, &section->size))
        return link_error(link, BOOTLINK_RANGE,
                          "%.*s: common symbol '%.*s' of 0x%llx bytes does not "
                          "fit the address space",
                          SPAN_ARGS(symbol->object->name),
                          SPAN_ARGS(symbol->name),
                          (unsigned long long)symbol->size);
    if (align > section->align)
        section->align = align;
    symbol->state = SYMBOL_DEFINED;
    symbol->section = section;
    symbol->value = offset;
    if (symbol->type != STT_TLS)
        symbol->type = STT_OBJECT;
    return true;
}

static bool is_common(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_COMMON;
}

/* Of an object whose common symbols are all defined elsewhere an empty section
 * stays, which SUBALIGN aligns like any other. */
static bool make_common_sections(struct link *link)
{
    const struct symbol plain = {.type = STT_OBJECT};
    const struct symbol large = {.type = STT_OBJECT, .is_large = true};
    for (struct object *o = link->objects; o; o = o->next)
        if ((o->has_commons && !common_section(link, o, common_home(&plain))) ||
            (o->has_large_commons &&
             !common_section(link, o, common_home(&large))))
            return false;
    return true;
}

/* --sort-common goes by the alignment: 1, 2, 4, 8, 16, and more, all as one. */
static unsigned alignment_class(const struct symbol *symbol, bool is_rising)
{
    unsigned power = __builtin_ctzll(symbol->value | 1ull << 63);
    unsigned most = is_rising ? 5 : 4;
    return power < most ? power : most;
}

static bool has_turn(const struct link *link, const struct symbol *symbol,
                     unsigned turn)
{
    switch (link->request->sort_common) {
    case BOOTLINK_SORT_COMMON_RISING:
        return alignment_class(symbol, true) == turn;
    case BOOTLINK_SORT_COMMON_FALLING:
        return alignment_class(symbol, false) == 5 - turn;
    default:
        return turn == 0;
    }
}

/* GNU ld allocates them in the order of its hash table; addresses follow from
 * that, so we do the same. */
static bool allocate_commons(struct link *link)
{
    struct symbol_list *commons = &link->commons;
    if (!commons->count)
        return true;
    if (!symbols_sort_as_gnu_ld(link, commons) || !make_common_sections(link))
        return false;
    bool ok = true;
    for (unsigned turn = 0; turn <= 5; turn++)
        for (uint64_t i = 0; i < commons->count; i++)
            if (is_common(commons->items[i]) &&
                has_turn(link, commons->items[i], turn))
                ok &= allocate_common(link, commons->items[i]);
    return ok;
}

/* ---- The whole ---------------------------------------------------------- */

#define BUILD_ID SPAN(".note.gnu.build-id")

/* SHF_EXCLUDE is for sections that only an editor of objects wants; a build ID
 * of another link (`ld -r`) does not name this one. */
static bool is_for_objects(const struct section *s)
{
    return s->flags & SHF_EXCLUDE || span_equal(s->name, BUILD_ID);
}

/* Where to begin to look for all this, or 0: most objects have nothing of it,
 * or a note behind all else. */
static uint32_t first_to_leave(const struct link *link,
                               const struct object *object)
{
    const uint64_t debugging =
        name_family(SPAN(".debug")) | name_family(SPAN(".zdebug")) |
        name_family(SPAN(".stab")) | name_family(SPAN(".line")) |
        name_family(SPAN(".gnu")) | name_family(SPAN(".gdb_index"));
    bool has_any =
        object->section_flags & (SHF_EXCLUDE | SHF_LINK_ORDER) ||
        (link->request->strip_debug && object->section_names & debugging);
    return has_any ? 1 : object->first_note;
}

/* -S leaves out what only a debugger wants. */
static void leave_out(struct link *link, struct object *object, uint32_t first)
{
    const uint64_t special = SHF_EXCLUDE | SHF_LINK_ORDER;
    bool is_object = link_is_relocatable(link);
    for (uint32_t i = first; i && i < object->section_count; i++) {
        struct section *s = &object->sections[i];
        if (s->state != SECTION_OPEN ||
            !(s->flags & special || s->name.size == BUILD_ID.size ||
              link->request->strip_debug))
            continue;
        if ((is_for_objects(s) && !is_object) ||
            (link->request->strip_debug && section_is_debugging(s)))
            s->state = SECTION_DISCARDED;
        link->has_link_order |= s->flags & SHF_LINK_ORDER && !is_object;
    }
}

bool sections_select(struct link *link)
{
    bool is_object = link_is_relocatable(link);
    for (struct object *o = link->objects; o; o = o->next)
        leave_out(link, o, first_to_leave(link, o));
    return (is_object && !link->request->define_common) ||
           allocate_commons(link);
}
