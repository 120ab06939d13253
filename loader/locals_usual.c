/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Locals without records, where somebody comes by all of them: who reads them,
 * applies relocations, and lists symbols by address. Compiled to be fast, and
 * apart from these, as who links modules only has records for all locals.
 */
#include "elf_reader.h"

/* ---- Reading ------------------------------------------------------------- */

/* What a local has instead of a record, until a relocation names it. */
static const struct symbol_place local_unread = {.state = SYMBOL_BARE};

/* False if names cannot exceed what they may, though each were as long as the
 * table: as most objects are. Then nobody need count what locals have. */
static bool names_may_exceed(const struct reader *r)
{
    uint64_t left = r->most_name_bytes - r->name_bytes;
    return elf_names_exceed(r) ||
           r->symbol_names.size > left / r->object->symbol_count;
}

/* The usual ones are of a type that is nothing special; their binding is 0, and
 * so is st_other. So is all of the first symbol, which is none. */
uint32_t locals_pass(struct reader *r, uint32_t i)
{
    const uint32_t end = r->object->first_global;
    const uint32_t last = r->object->header_count - 1;
    const uint32_t sections =
        last < SHN_LORESERVE - 1 ? last : SHN_LORESERVE - 1;
    const struct elf_symbol_in_file *entry = &r->symbols[i];
    const span names = r->symbol_names;
    const uint64_t most = r->most_name_bytes;
    const bool may_exceed = names_may_exceed(r);
    uint64_t bytes = r->name_bytes;
    union symbol_ref *place = &r->object->symbols[i];
    for (; i < end && bytes <= most; i++, entry++) {
        uint32_t kind = read32(&entry->is.st_info), name = entry->is.st_name;
        bool is_in_section = (kind >> 16) - 1 < sections;
        if ((kind & 0xffff) > STT_SECTION || name >= names.size ||
            !(is_in_section || (kind | i) == 0))
            break;
        if (may_exceed)
            bytes += string_size(names.data + name);
        place++->at = &local_unread;
    }
    r->name_bytes = bytes;
    return i;
}

/* ---- Relocations --------------------------------------------------------- */

/* Of one that is not plain, or for which there is no room: it gets a place that
 * tells, or a record. */
static SELDOM APART struct operand settle_local(const struct section *section,
                                                const char *entry)
{
    struct object *object = section->object;
    uint32_t index = relocation_symbol(entry);
    int64_t addend = relocation_addend(entry);
    local_settle(object, index);
    const struct symbol_place *place = object->symbols[index].at;
    if (place->state != SYMBOL_BARE)
        return find_operand(object->symbols[index].symbol, addend);
    if (place->operand == OPERAND_MERGED)
        return merged_operand(place->section, 0, addend);
    return (struct operand){place->address, false};
}

/* Others are called last, so that it need not save what it knows: 12 of 50
 * instructions. */
struct operand local_operand(const struct section *section, const char *entry)
{
    struct object *object = section->object;
    uint32_t index = relocation_symbol(entry);
    const struct symbol_place *place = object->symbols[index].at;
    uint64_t address;
    if (place->operand == OPERAND_MERGED)
        return merged_operand(place->section, 0, relocation_addend(entry));
    if (!object->link->spare_places ||
        !local_plain_address(object, local_entry(object, index), &address))
        return settle_local(section, entry);
    local_place(object, index, OPERAND_PLAIN)->address = address;
    return (struct operand){address, false};
}

/* ---- The table of symbols ------------------------------------------------ */

/* is_listed() for a local that is bare. */
static inline bool is_listed_local(const struct object *object,
                                   const char *entry)
{
    const char *name = local_name(object, entry);
    return local_type(entry) != STT_SECTION && name[0] &&
           !(name[0] == '.' && name[1] == 'L') &&
           section_is_listed(local_section(object, entry));
}

struct keyed *locals_list(const struct object *object, uint32_t *index,
                          struct keyed *next)
{
    const char *entry = local_entry(object, *index);
    uint32_t i = *index;
    for (; i < object->first_global && local_is_bare(object, i);
         i++, entry += sizeof(Elf64_Sym)) {
        if (!is_listed_local(object, entry))
            continue;
        if (!local_plain_address(object, entry, &next->key))
            break;
        next++->item = local_item(object, i);
    }
    *index = i;
    return next;
}

void local_put(const struct object *object, uint32_t index,
               struct bootlink_symbol *to)
{
    const char *entry = local_entry(object, index);
    const char *name = local_name(object, entry);
    to->name = (span){name, string_size(name)};
    to->size = size_in_image(local_size(entry));
    to->is_function = local_type(entry) == STT_FUNC;
}
