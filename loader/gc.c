/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --gc-sections [GNU ld manual: Command-line Options].
 *
 * Receives the objects with every definition decided. Marks the sections that
 * something reaches from the roots, and discards the others. Sections are the
 * vertices of a graph; its edges are relocations, groups (which live and die
 * together) and SHF_LINK_ORDER. A list of what is still to be followed takes
 * the place of recursion.
 *
 * The roots: the entry, -u and EXTERN, _init and _fini, what others import,
 * KEEP, SHF_GNU_RETAIN, notes, and whatever runs at the start and at the end
 * without being called.
 */
#include "gc.h"

#include <elf.h>

/* ---- Marking ------------------------------------------------------------ */

static void mark_any(struct gc *gc, struct vertex *vertex)
{
    if (!vertex || vertex->is_live)
        return;
    vertex->is_live = true;
    vertex->next_to_do = gc->to_do;
    gc->to_do = vertex;
}

static void mark(struct gc *gc, struct vertex *vertex)
{
    if (vertex &&
        (!gc->is_for_debugging || section_is_debugging(vertex->section)))
        mark_any(gc, vertex);
}

/* A reference to __start_X or __stop_X is one to all sections X. */
static void mark_set(struct gc *gc, const struct symbol *symbol)
{
    span name;
    if (symbol->state != SYMBOL_UNDEFINED || gc->link->request->start_stop_gc ||
        !start_stop_names(symbol->name, &name))
        return;
    const struct symbol *set = symbol_table_find(&gc->names, name);
    struct vertex *v = set ? set->section->vertex : NULL;
    for (; v; v = v->next_namesake)
        mark(gc, v);
}

/* Marks what the symbol stands for; for a symbol of the script that is another
 * symbol, if any. */
static void mark_symbol(struct gc *gc, struct symbol *symbol)
{
    while (symbol && !symbol->is_marked) {
        symbol->is_marked = true;
        if (!symbol->is_assigned && symbol->state == SYMBOL_DEFINED)
            mark(gc, symbol->section->vertex);
        if (!symbol->is_assigned)
            mark_set(gc, symbol);
        symbol = symbol->rest ? symbol->rest->alias : NULL;
    }
}

static void mark_name(struct gc *gc, span name)
{
    mark_symbol(gc, symbol_find(gc->link, name));
}

/* ---- Following ---------------------------------------------------------- */

static void follow_relocations(struct gc *gc, const struct section *section,
                               uint32_t first, uint32_t end)
{
    const struct object *object = section->object;
    for (uint32_t i = first; i < end; i++) {
        struct relocation r = relocation_at(section, i);
        if (!r.symbol || r.symbol >= object->symbol_count)
            continue;
        if (local_is_bare(object, r.symbol))
            mark(gc, symbol_section_at(section, r.symbol)->vertex);
        else
            mark_symbol(gc, object->symbols[r.symbol].symbol);
    }
}

static void follow_record(struct gc *gc, struct frame_record *record)
{
    if (!record || record->is_followed)
        return;
    record->is_followed = true;
    follow_relocations(gc, record->section, record->first, record->end);
}

static void follow(struct gc *gc, const struct vertex *vertex)
{
    const struct section *section = vertex->section;
    mark_any(gc, vertex->next_in_group); /* a group stays as a whole */
    for (struct vertex *v = vertex->dependents; v; v = v->next_dependent)
        mark(gc, v);
    for (struct frame_record *r = vertex->records; r; r = r->next) {
        follow_record(gc, r);
        follow_record(gc, r->common);
    }
    if (!vertex->is_followed_elsewhere)
        follow_relocations(gc, section, 0, section->relocation_count);
}

static void follow_all(struct gc *gc)
{
    while (gc->to_do) {
        const struct vertex *vertex = gc->to_do;
        gc->to_do = vertex->next_to_do;
        follow(gc, vertex);
    }
}

/* ---- The graph ---------------------------------------------------------- */

/* Sections of one name, for __start_X. */
static bool enter_set(struct gc *gc, struct vertex *vertex)
{
    if (!start_stop_can_name(vertex->section->name))
        return true;
    struct symbol *set =
        symbol_table_enter(&gc->link->arena, &gc->names, vertex->section->name);
    if (!set)
        return false;
    vertex->next_namesake = set->section ? set->section->vertex : NULL;
    set->section = vertex->section;
    return true;
}

static bool add_vertex(struct gc *gc, struct vertex *vertex,
                       struct section *section)
{
    if (section->state != SECTION_OPEN)
        return true;
    vertex->section = section;
    section->vertex = vertex;
    return enter_set(gc, vertex);
}

static bool add_vertices(struct gc *gc, struct object *object)
{
    struct vertex *vertices =
        arena_array(&gc->link->arena, object->section_count, struct vertex);
    if (!vertices)
        return false;
    for (uint32_t i = 1; i < object->section_count; i++)
        if (!add_vertex(gc, &vertices[i], &object->sections[i]))
            return false;
    for (struct section *s = object->made; s; s = s->next_made) {
        struct vertex *vertex = arena_new(&gc->link->arena, struct vertex);
        if (!vertex || !add_vertex(gc, vertex, s))
            return false;
    }
    return true;
}

/* The members of one group become a ring. [gABI: Section Groups] */
static void join_group(struct object *object, const struct section *group)
{
    struct vertex *first = NULL, *last = NULL;
    for (uint64_t at = 4; at < group->size; at += 4) {
        uint32_t member = read32(group->bytes.data + at);
        struct vertex *v = object_section(object, member)->vertex;
        if (!v || v->next_in_group)
            continue;
        if (!first)
            first = v;
        if (last)
            last->next_in_group = v;
        last = v;
        v->next_in_group = first;
    }
}

static bool add_edges(struct gc *gc, struct object *object, struct section *s)
{
    if (s->type == SHT_GROUP)
        join_group(object, s);
    if (!s->vertex)
        return true;
    struct vertex *linked = s->flags & SHF_LINK_ORDER
                                ? object_section(object, s->link)->vertex
                                : NULL;
    if (linked) {
        s->vertex->next_dependent = linked->dependents;
        linked->dependents = s->vertex;
    }
    return !span_equal(s->name, SPAN(".eh_frame")) ||
           gc_read_frames(gc->link, s->vertex);
}

static bool make_graph(struct gc *gc)
{
    for (struct object *o = gc->link->objects; o; o = o->next)
        if (!add_vertices(gc, o))
            return false;
    for (struct object *o = gc->link->objects; o; o = o->next)
        for (uint32_t i = 1; i < o->section_count; i++)
            if (!add_edges(gc, o, &o->sections[i]))
                return false;
    return true;
}

/* ---- Roots -------------------------------------------------------------- */

/* What runs without being called. GNU ld leaves these to KEEP. */
static bool runs_unasked(const struct section *section)
{
    static const char *const names[] = {".ctors", ".dtors", ".preinit_array",
                                        ".init_array", ".fini_array"};
    if (section->type >= SHT_INIT_ARRAY && section->type <= SHT_PREINIT_ARRAY)
        return true;
    if (span_equal(section->name, SPAN(".init")) ||
        span_equal(section->name, SPAN(".fini")))
        return true; /* but .init.text is what kernels want to forget */
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        span name = span_of(names[i]);
        if (span_starts(section->name, name) &&
            (section->name.size == name.size ||
             section->name.data[name.size] == '.'))
            return true;
    }
    return false;
}

static bool is_lone_note(const struct vertex *vertex)
{
    return vertex->section->type == SHT_NOTE && !vertex->next_in_group &&
           !(vertex->section->flags & SHF_LINK_ORDER);
}

/* What a module says of itself: whoever loads it reads that, and calls what it
 * names. */
static bool is_mark(const struct section *section)
{
    return span_starts(section->name, SPAN(".bootlink."));
}

static bool is_root(const struct vertex *vertex)
{
    return vertex->section->flags & SHF_GNU_RETAIN || is_lone_note(vertex) ||
           runs_unasked(vertex->section) || is_mark(vertex->section);
}

static void mark_root(struct gc *gc, struct section *section)
{
    if (section->vertex && is_root(section->vertex))
        mark(gc, section->vertex);
}

static void mark_root_sections(struct gc *gc)
{
    for (struct object *o = gc->link->objects; o; o = o->next) {
        for (uint32_t i = 1; i < o->section_count; i++)
            mark_root(gc, &o->sections[i]);
        for (struct section *s = o->made; s; s = s->next_made)
            mark_root(gc, s);
    }
    if (gc->link->strings)
        mark(gc, gc->link->strings->vertex);
}

/* What --gc-keep-exported keeps. */
static bool is_offered(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_DEFINED &&
           (symbol->visibility == STV_DEFAULT ||
            symbol->visibility == STV_PROTECTED);
}

static void mark_root_symbols(struct gc *gc)
{
    const struct link *link = gc->link;
    for (struct symbol *s = link->symbols.first; s; s = s->next)
        if (s->is_root || (link->request->gc_keep_exported && is_offered(s)))
            mark_symbol(gc, s);
    if (!link->request->entry.size && !link->script.entry.size)
        mark_name(gc, SPAN("start"));
    const struct bootlink_request *request = link->request;
    mark_name(gc, request->init.size ? request->init : SPAN("_init"));
    mark_name(gc, request->fini.size ? request->fini : SPAN("_fini"));
}

static void mark_kept(void *context, struct section *section)
{
    mark(context, section->vertex);
}

/* ---- Debug sections and their likes ------------------------------------- */

/* Of an object that is used at all they stay, whatever they refer to. */
static bool is_special(const struct section *section)
{
    return section_is_debugging(section) ||
           (!(section->flags & SHF_ALLOC) && !section->relocation_count);
}

/* A group of nothing else stays too. */
static void mark_special_group(struct object *object,
                               const struct section *group)
{
    bool is_all_special = true;
    for (uint64_t at = 4; at < group->size; at += 4)
        is_all_special &=
            is_special(object_section(object, read32(group->bytes.data + at)));
    for (uint64_t at = 4; is_all_special && at < group->size; at += 4) {
        struct vertex *v =
            object_section(object, read32(group->bytes.data + at))->vertex;
        if (v)
            v->is_live = true;
    }
}

static bool is_used(const struct object *object)
{
    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct section *s = &object->sections[i];
        if (s->vertex && s->vertex->is_live && s->flags & SHF_ALLOC &&
            s->type != SHT_NOTE)
            return true;
    }
    for (const struct section *s = object->made; s; s = s->next_made)
        if (s->vertex && s->vertex->is_live && s->flags & SHF_ALLOC)
            return true;
    return false;
}

/* Marks the special sections; true if that leaves some out. */
static bool mark_special(struct object *object)
{
    bool leaves_some = false;
    for (uint32_t i = 1; i < object->section_count; i++) {
        struct section *s = &object->sections[i];
        if (s->type == SHT_GROUP)
            mark_special_group(object, s);
        else if (s->vertex && !s->vertex->next_in_group &&
                 !(s->flags & SHF_LINK_ORDER) && is_special(s))
            s->vertex->is_live = true;
    }
    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct section *s = &object->sections[i];
        leaves_some |=
            s->vertex && !s->vertex->is_live && section_is_debugging(s);
    }
    return leaves_some;
}

/* Debug sections that are left out stay if others of the object use them. */
static void mark_debugging(struct gc *gc, struct object *object)
{
    gc->is_for_debugging = true;
    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct section *s = &object->sections[i];
        if (s->vertex && s->vertex->is_live && section_is_debugging(s))
            follow_relocations(gc, s, 0, s->relocation_count);
    }
    follow_all(gc);
}

/* ---- The whole ---------------------------------------------------------- */

/* Where functions can be patched; a compiler says by SHF_LINK_ORDER which of
 * them a section is about, or else nobody knows whether it may go. */
static bool is_about_functions(const struct section *section)
{
    return span_equal(section->name, SPAN("__patchable_function_entries")) &&
           !(section->flags & SHF_LINK_ORDER);
}

static void sweep_section(struct link *link, struct section *section)
{
    bool stays = !section->vertex || section->vertex->is_live;
    section->vertex = NULL;
    if (stays)
        return;
    section->state = SECTION_DISCARDED;
    if (is_about_functions(section))
        link_error(link, BOOTLINK_UNSUPPORTED,
                   "%.*s:(%.*s): --gc-sections cannot know of which functions "
                   "this is; compile with gcc 11 or newer, or KEEP it in the "
                   "script, and all of them",
                   SPAN_ARGS(section->object->name), SPAN_ARGS(section->name));
    if (link->request->print_gc_sections && section->size)
        report_note(link->world,
                    "removing unused section '%.*s' in file "
                    "'%.*s'",
                    SPAN_ARGS(section->name), SPAN_ARGS(section->object->name));
}

static void sweep(struct link *link)
{
    for (struct object *o = link->objects; o; o = o->next) {
        for (uint32_t i = 1; i < o->section_count; i++)
            sweep_section(link, &o->sections[i]);
        for (struct section *s = o->made; s; s = s->next_made)
            sweep_section(link, s);
    }
}

/* An object is for somebody else: only who makes it knows what that one wants
 * of it. */
static bool check_roots(struct link *link)
{
    const struct symbol *s = link->symbols.first;
    while (s && !(s->is_root && s->state != SYMBOL_UNDEFINED))
        s = s->next;
    return s || !link_is_relocatable(link) ||
           link_error(link, BOOTLINK_UNDEFINED,
                      "--gc-sections would leave nothing of an object: no "
                      "symbol that -e, -u, ENTRY or EXTERN names is defined");
}

bool gc_sections(struct link *link)
{
    struct gc gc = {.link = link};
    if (!link->request->gc_sections)
        return true;
    if (!check_roots(link) || !make_graph(&gc) || !gc_read_script(&gc))
        return false;
    mark_root_symbols(&gc);
    mark_root_sections(&gc);
    if (!script_each_kept(link, mark_kept, &gc))
        return false;
    follow_all(&gc);
    for (struct object *o = link->objects; o; o = o->next)
        if (is_used(o) && mark_special(o))
            mark_debugging(&gc, o);
    uint64_t errors = link->error_count;
    sweep(link);
    return !link->arena.failed && link->error_count == errors;
}
