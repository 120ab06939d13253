/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What may be in several objects, and is wanted once: COMDAT groups [gABI:
 * Section Groups] and, from before there were groups, what elf_once.c knows.
 *
 * Receives an object whose sections are read. Afterwards the members of groups
 * are in bounds, and all copies but the first are SECTION_DUPLICATE.
 */
#include "elf_reader.h"

struct section *group_claim(struct link *link,
                            const struct hashed_name *signature,
                            struct section *section)
{
    struct symbol *first =
        symbol_table_enter_hashed(&link->arena, &link->groups, signature);
    if (!first)
        return NULL;
    if (!first->section)
        first->section = section;
    return first->section;
}

/* ---- Groups -------------------------------------------------------------- */

/* The name that identifies a group: that of its symbol, or, for a section
 * symbol (as assemblers write it), that of the section. */
static bool group_signature(struct reader *r, const struct section *group,
                            struct hashed_name *signature)
{
    const struct symbol_table *groups = &r->link->groups;
    if (!r->symbol_table || group->link != r->symbol_table ||
        group->info >= r->object->symbol_count)
        return elf_corrupt(r,
                           "group (section %u): signature symbol %u does not "
                           "exist",
                           group->index, group->info);
    struct symbol_mention m;
    span *name = &signature->text;
    uint64_t at = r->symbols[group->info].is.st_name;
    if (at < r->symbol_names.size) { /* who reads symbols looks at all else */
        name->data = r->symbol_names.data + at;
        signature->seed = groups->seed;
        signature->hash = string_hash(name->data, groups->seed, &name->size);
        r->name_bytes += name->size;
        if (name->size)
            return true;
    }
    if (!elf_read_symbol(r, group->info, name, &m))
        return false;
    if (name->size == 0 && m.section)
        *name = m.section->name;
    *signature = symbol_table_hash(groups, *name);
    return true;
}

static bool is_like(const struct section *a, const struct section *b)
{
    return a->type == b->type && a->size == b->size &&
           span_equal(a->name, b->name);
}

/* What takes the place of the i-th member in the group that stays. Compilers
 * write members in one order, so large groups are not searched. */
static SELDOM APART struct section *find_like(const struct section *group,
                                              const struct section *section,
                                              uint64_t i)
{
    uint64_t count = group->size / 4;
    bool is_large = count > 64;
    for (uint64_t j = is_large ? i : 1; j < (is_large ? i + 1 : count); j++) {
        span word = span_part(group->bytes, j * 4, 4);
        uint32_t member = word.size ? read32(word.data) : UINT32_MAX;
        if (member < group->object->header_count &&
            is_like(object_section(group->object, member), section))
            return object_section(group->object, member);
    }
    return NULL;
}

/* Members of a group that lost, other than those of this object. */
static bool leave_out_member(struct reader *r, const struct section *group,
                             const struct section *first, uint64_t at)
{
    uint32_t member = read32(group->bytes.data + at);
    if (member == 0 || member >= r->object->header_count)
        return elf_corrupt(r, "group (section %u): member section %u of %u",
                           group->index, member, r->object->header_count);
    struct section *s = object_section(r->object, member);
    if (first->object != r->object && s->state == SECTION_OPEN) {
        s->state = SECTION_DUPLICATE;
        s->stays = find_like(first, s, at / 4);
    }
    return true;
}

static bool read_group(struct reader *r, struct section *group)
{
    if (group->size < 4 || group->size % 4)
        return elf_corrupt(r, "group (section %u): %llu bytes are not words",
                           group->index, (unsigned long long)group->size);
    struct hashed_name signature;
    if (!group_signature(r, group, &signature))
        return false;
    bool is_comdat = read32(group->bytes.data) & GRP_COMDAT;
    const struct section *first =
        is_comdat ? group_claim(r->link, &signature, group) : group;
    for (uint64_t at = 4; first && at < group->size; at += 4)
        if (!leave_out_member(r, group, first, at))
            return false;
    if (first == group && is_comdat && r->link->once_count)
        r->link->scripts.once_leave(r->link, group, signature.text);
    return first != NULL;
}

/* ---- The whole ---------------------------------------------------------- */

static bool is_once(const struct link *link, const struct section *section)
{
    return link->scripts.once_read && section->state == SECTION_OPEN &&
           !(section->flags & SHF_GROUP) &&
           span_starts(section->name, SPAN(".gnu.linkonce."));
}

/* A group, or what may be one of its kind. Stops at the first symbol that is
 * damaged: the next one who reads symbols would report it again. */
static bool read_shared(struct reader *r, struct section *section)
{
    const struct link *link = r->link;
    uint64_t errors = link->error_count;
    if (section->type == SHT_GROUP && !read_group(r, section))
        return false;
    if (is_once(link, section) && !link->scripts.once_read(r, section))
        return false;
    return link->error_count == errors && !link->arena.failed;
}

bool elf_read_groups(struct reader *r)
{
    struct section *section = r->object->sections + 1;
    const struct section *end = section + r->object->section_count - 1;
    for (; section < end; section++) {
        bool is_member = section->flags & SHF_GROUP;
        if ((section->type == SHT_GROUP || !is_member) &&
            !read_shared(r, section))
            return false;
    }
    return true;
}
