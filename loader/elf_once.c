/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections that are called .gnu.linkonce.KIND.NAME, which compilers wrote
 * before there were groups: the first of a name stays, unless a group has the
 * same.
 *
 * Receives such a section, or a group that stays, with an object whose sections
 * are read. Afterwards all copies but the first are SECTION_DUPLICATE.
 */
#include "elf_reader.h"

/* A .gnu.linkonce section; those of one NAME are a list in link->once. */
struct once {
    struct section *section;
    uint64_t next; /* its place in link->once, + 1; 0: none */
};

/* ---- A group and a section of one name ----------------------------------- */

/* For each section of an object a number that stands for the names and kinds of
 * the symbols in it, whatever their order; 0: there are none. */
static bool number_symbols(struct link *link, struct object *object)
{
    struct reader r = {.link = link, .object = object};
    uint64_t *sums = arena_array(&link->arena, object->section_count, uint64_t);
    if (!sums || !elf_read_header(&r) || !elf_find_headers(&r) ||
        !elf_check_symbols(&r))
        return false;
    for (uint32_t i = 1; r.symbol_table && i < object->symbol_count; i++) {
        struct symbol_mention m;
        span name;
        if (!elf_read_symbol(&r, i, &name, &m))
            return false;
        if (m.section && m.type != STT_SECTION)
            sums[m.section - object->sections] +=
                span_hash(name, m.type | m.binding << 8 | m.visibility << 16);
    }
    object->symbol_sums = sums;
    return true;
}

/* The number of a section's symbols; 0 too after reporting. */
static uint64_t symbol_sum(struct link *link, const struct section *section)
{
    struct object *object = section->object;
    if (!object->symbol_sums && !number_symbols(link, object))
        return 0;
    return object->symbol_sums[section - object->sections];
}

/* What a function or variable was compiled to by an old and a new compiler is
 * known by the symbols, which are the same. */
static bool defines_the_same(struct link *link, const struct section *a,
                             const struct section *b)
{
    uint64_t sum = a->type == b->type ? symbol_sum(link, a) : 0;
    return sum && sum == symbol_sum(link, b);
}

/* The section takes the place of another one, if they are of one size. */
static void leave_to(struct section *section, struct section *first)
{
    section->state = SECTION_DUPLICATE;
    section->stays = first->size == section->size ? first : NULL;
}

/* The only member of a group, apart from its relocations; NULL: it has more, or
 * none. Members need not be checked yet. */
static struct section *only_member(const struct section *group)
{
    const struct object *object = group->object;
    struct section *found = NULL;
    if (group->type != SHT_GROUP || group->size > 12)
        return NULL;
    for (uint64_t at = 4; at < group->size; at += 4) {
        uint32_t index = read32(group->bytes.data + at);
        if (index >= object->header_count)
            return NULL;
        if (!object->places[index])
            continue;
        if (found)
            return NULL;
        found = object_section(object, index);
    }
    return found;
}

/* ---- .gnu.linkonce.KIND.NAME --------------------------------------------- */

/* NAME; without it, all. */
static span once_name(span section_name)
{
    size_t start = SPAN(".gnu.linkonce.").size;
    span kind = span_part(section_name, start, section_name.size - start);
    size_t dot = span_find(kind, '.');
    return dot == kind.size ? section_name
                            : span_part(kind, dot + 1, kind.size - dot - 1);
}

static bool note_once(struct link *link, struct symbol *name,
                      struct section *section)
{
    struct once *once = arena_grow(&link->arena, link->once, link->once_count,
                                   &link->once_capacity, sizeof(*once));
    if (!once)
        return false;
    link->once = once;
    once[link->once_count++] = (struct once){section, name->value};
    name->value = link->once_count;
    return true;
}

/* What another object's KIND is called. */
static bool is_once_of(const struct section *section,
                       const struct section * not, span start)
{
    return section->object != not ->object && span_starts(section->name, start);
}

/* The constants of a function (r) go with its text (t): g++ 3.4 wrote no others
 * where it inlined more. */
static void leave_constants(const struct link *link, const struct symbol *name,
                            struct section *section)
{
    if (!span_starts(section->name, SPAN(".gnu.linkonce.r.")))
        return;
    for (uint64_t at = name->value; at; at = link->once[at - 1].next)
        if (is_once_of(link->once[at - 1].section, section,
                       SPAN(".gnu.linkonce.t.")))
            section->state = SECTION_DUPLICATE;
}

bool once_read(struct reader *r, struct section *s)
{
    struct link *link = r->link;
    struct hashed_name whole = symbol_table_hash(&link->groups, s->name);
    struct section *first = group_claim(link, &whole, s);
    if (!first)
        return false;
    if (first->object != r->object) {
        leave_to(s, first);
        return true;
    }
    span key = once_name(s->name);
    struct symbol *name =
        symbol_table_enter(&link->arena, &link->once_names, key);
    if (!name)
        return false;
    const struct symbol *group = symbol_table_find(&link->groups, key);
    struct section *member = group ? only_member(group->section) : NULL;
    if (member && defines_the_same(link, member, s))
        leave_to(s, member);
    leave_constants(link, name, s);
    return note_once(link, name, s);
}

void once_leave(struct link *link, const struct section *group, span signature)
{
    const struct symbol *name =
        link->once_count ? symbol_table_find(&link->once_names, signature)
                         : NULL;
    struct section *member = name ? only_member(group) : NULL;
    for (uint64_t at = member ? name->value : 0; at;
         at = link->once[at - 1].next)
        if (member->state == SECTION_OPEN &&
            defines_the_same(link, link->once[at - 1].section, member))
            leave_to(member, link->once[at - 1].section);
}
