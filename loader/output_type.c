/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Type, flags and alignment of an output section: what its name stands for, and
 * what each input brings. [GNU ld manual: Output Section Type]
 */
#include "loader.h"

#include <elf.h>

/* Flags that an output section has if any of its inputs has them. */
enum { MERGED_FLAGS = SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_TLS };

/* Flags that it has from its first input alone: those of operating system and
 * processor, but for SHF_EXCLUDE, and that it describes others. */
enum { FIRST_FLAGS = 0x0ff00000 | 0x70000000 | SHF_LINK_ORDER };

/* Names that stand for a type and flags [gABI: Special Sections]. */
struct special_section {
    char name[16];
    uint8_t size; /* of the name */
    uint8_t type;
    uint32_t flags;
};

/* clang-format off */
/* These do so followed by a dot too, or for notes by anything. */
static const struct special_section special_families[] = {
    {".text",            5, SHT_PROGBITS,      SHF_ALLOC | SHF_EXECINSTR},
    {".rodata",          7, SHT_PROGBITS,      SHF_ALLOC},
    {".data",            5, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE},
    {".bss",             4, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE},
    {".tdata",           6, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE | SHF_TLS},
    {".tbss",            5, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE | SHF_TLS},
    {".lbss",            5, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE | SHF_X86_64_LARGE},
    {".ldata",           6, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE | SHF_X86_64_LARGE},
    {".lrodata",         8, SHT_PROGBITS,      SHF_ALLOC | SHF_X86_64_LARGE},
    {".note",            5, SHT_NOTE,          0},
    {".init_array",     11, SHT_INIT_ARRAY,    SHF_ALLOC | SHF_WRITE},
    {".fini_array",     11, SHT_FINI_ARRAY,    SHF_ALLOC | SHF_WRITE},
    {".preinit_array",  14, SHT_PREINIT_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".noinit",          7, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE},
    {".persistent",     11, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE},
    {".gnu.linkonce.b", 15, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE},
    {"",                 0, SHT_NULL,          0},
};

static const struct special_section special_names[] = {
    {".init",            5, SHT_PROGBITS,      SHF_ALLOC | SHF_EXECINSTR},
    {".fini",            5, SHT_PROGBITS,      SHF_ALLOC | SHF_EXECINSTR},
    {".rodata1",         8, SHT_PROGBITS,      SHF_ALLOC},
    {".data1",           6, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE},
    {".got",             4, SHT_PROGBITS,      SHF_ALLOC | SHF_WRITE},
    {".plt",             4, SHT_PROGBITS,      SHF_ALLOC | SHF_EXECINSTR},
    {".interp",          7, SHT_PROGBITS,      0},
    {".note.GNU-stack", 15, SHT_PROGBITS,      0},
    {".comment",         8, SHT_PROGBITS,      0},
    {".debug",           6, SHT_PROGBITS,      0},
    {".line",            5, SHT_PROGBITS,      0},
    {".persistent.bss", 15, SHT_NOBITS,        SHF_ALLOC | SHF_WRITE},
    {"",                 0, SHT_NULL,          0},
};
/* clang-format on */

/* The row of a name; the last one for names that are not special. */
const struct special_section *special_section(span name)
{
    const struct special_section *row = special_names;
    while (row->size && !span_equal(name, (span){row->name, row->size}))
        row++;
    if (row->size)
        return row;
    for (row = special_families; row->size; row++)
        if (span_starts(name, (span){row->name, row->size}) &&
            (name.size == row->size || name.data[row->size] == '.' ||
             row->type == SHT_NOTE))
            break;
    return row;
}

static bool is_array_type(uint32_t type)
{
    return type >= SHT_INIT_ARRAY && type <= SHT_PREINIT_ARRAY;
}

uint32_t output_input_type(const struct output_section *output)
{
    const struct section *first = output->first_input;
    uint32_t special = output->special->type;
    if (!first || is_array_type(special))
        return special;
    return output->is_type_lost ? SHT_NULL : first->type;
}

static bool has_data_command(const struct output_section *output)
{
    const struct command *c = output->statement->commands;
    while (c && c->kind != COMMAND_DATA)
        c = c->next;
    return c;
}

/* TYPE says what data of the script alone are, READONLY (TYPE) says it of
 * inputs beside them, too. */
static bool has_stated_type(const struct output_section *output)
{
    if (!output->statement->type_number || !output->has_contents)
        return false;
    return !output->first_input ||
           (output->statement->type == SECTION_TYPE_READONLY &&
            has_data_command(output));
}

/* A special name for an array decides, else the first input, if it has contents
 * to speak of. */
static uint32_t type_of(const struct output_section *output)
{
    if (has_stated_type(output))
        return output->statement->type_number;
    uint32_t special = output->special->type;
    if (is_array_type(special))
        return special;
    if (output->statement->type == SECTION_TYPE_NOLOAD)
        return output->flags & SHF_ALLOC ? SHT_NOBITS : SHT_PROGBITS;
    uint32_t type = output_input_type(output);
    if (output->statement->type == SECTION_TYPE_INFO && type == SHT_NULL)
        return SHT_PROGBITS;
    if (type == SHT_NULL || type == SHT_NOBITS)
        return output->has_contents ? SHT_PROGBITS : SHT_NOBITS;
    return type;
}

/* The first input gives its type unless it is not what the output section is:
 * by its statement's (TYPE), or by data of the script before it. */
static bool loses_type(const struct output_section *output,
                       const struct section *section)
{
    bool is_loaded = section->flags & SHF_ALLOC && section->type != SHT_NOBITS;
    if (section_is_common(section))
        return true;
    switch (output->statement->type) {
    case SECTION_TYPE_INFO:
        return section->flags & SHF_ALLOC;
    case SECTION_TYPE_NOLOAD:
        return true;
    case SECTION_TYPE_READONLY:
        return section->flags & SHF_WRITE;
    default:
        return output->has_section && !is_loaded;
    }
}

/* Of what cannot be merged nobody looks at single entries: GNU ld forgets their
 * size, but for tables of relocations. */
static uint64_t known_entry_size(const struct section *section)
{
    bool is_known = section->flags & SHF_MERGE || section->type == SHT_RELA;
    return is_known ? section->entry_size : 0;
}

/* An output section is mergeable in its turn if all inputs are, and alike; data
 * of the script does not count. */
static void add_mergeable(struct output_section *output,
                          const struct section *section)
{
    const uint64_t mask = SHF_MERGE | SHF_STRINGS;
    uint64_t entry_size = known_entry_size(section);
    bool has_other_size = output->entry_size != entry_size;
    if (!output->first_input) {
        output->flags |= section->flags & mask;
        output->entry_size = entry_size;
        return;
    }
    if (((output->flags ^ section->flags) & mask) ||
        ((section->flags & SHF_MERGE) && has_other_size)) {
        output->flags &= ~mask;
        output->entry_size = 0;
    } else if (has_other_size) {
        output->entry_size = 0;
    }
}

/* What else an object keeps for the link that it will be part of. */
static uint64_t object_flags(const struct link *link,
                             const struct section *section)
{
    uint64_t group = link->request->force_group_allocation ? 0 : SHF_GROUP;
    return section->flags & (group | SHF_EXCLUDE);
}

/* (INFO) and its likes are not loaded, (NOLOAD) has no bytes, (READONLY) is not
 * written. */
static uint64_t typed_flags(const struct output_section *output, uint64_t flags)
{
    enum section_type type = output->statement->type;
    if (type == SECTION_TYPE_INFO)
        flags &= ~(uint64_t)SHF_ALLOC;
    if (type == SECTION_TYPE_READONLY)
        flags &= ~(uint64_t)SHF_WRITE;
    return flags;
}

/* Tables that the linker makes are none, as GNU ld sees it, but the build ID
 * is. */
static bool is_data(const struct link *link, const struct section *section)
{
    return !(section->flags & SHF_EXECINSTR) &&
           (section->index || section == link->build_id);
}

static bool takes_bytes(const struct output_section *output)
{
    return output->statement->type != SECTION_TYPE_NOLOAD;
}

void output_add_section(struct link *link, struct output_section *output,
                        struct section *section)
{
    section->output = output;
    if (output->is_discard) {
        section->state = SECTION_DISCARDED;
        return;
    }
    add_mergeable(output, section);
    if (!output->first_input) {
        output->flags |= section->flags & FIRST_FLAGS;
        output->first_input = section;
        output->is_type_lost = loses_type(output, section);
    }
    output->has_link_order |= (section->flags & SHF_LINK_ORDER) != 0;
    bool has_bytes = section->type != SHT_NOBITS && takes_bytes(output);
    output->has_contents |= has_bytes;
    output->has_data |= has_bytes && is_data(link, section);
    output->has_loaded |= has_bytes && section->flags & SHF_ALLOC;
    output->flags |= typed_flags(output, section->flags & MERGED_FLAGS);
    output->type = type_of(output);
    output->has_section = true;
    output->has_input = true;
    if (link_is_relocatable(link))
        output->flags |= object_flags(link, section);
    if (section->align > output->align)
        output->align = section->align;
}

/* BYTE ... QUAD make a section loaded. */
void output_add_data(struct output_section *output)
{
    output->has_section = true;
    output->has_input = true;
    output->has_contents |= takes_bytes(output);
    output->flags |= typed_flags(output, SHF_ALLOC);
    output->type = type_of(output);
}

/* True for one that brings nothing but its bytes and its alignment, after one
 * of an object that is like it. */
static inline bool is_alike(const struct section *before,
                            const struct section *section)
{
    return before->flags == section->flags && before->type == section->type &&
           before->entry_size == section->entry_size && section->index;
}

/* Most are like those before them: 20 instructions for each, not 100. */
void output_add_sections(struct link *link, struct output_section *output,
                         const struct section_list *list)
{
    struct section *const *next = list->items;
    const struct section *like = NULL;
    for (uint64_t left = list->count; left; left--, next++) {
        struct section *section = *next;
        if (!like || !is_alike(like, section)) {
            output_add_section(link, output, section);
            like = output->is_discard || !section->index ? NULL : section;
            continue;
        }
        section->output = output;
        if (section->align > output->align)
            output->align = section->align;
    }
}

/* ---- When all inputs are there ------------------------------------------ */

/* What can only be said when all inputs are there. */
void output_settle(struct output_section *output)
{
    if (!output->first_input)
        output->special_flags = output->special->flags;
    if (!output->first_input && output->has_late_data)
        output->flags |= SHF_WRITE;
}

void output_keep_empty(struct output_section *output)
{
    if (output->has_section || output->flags & SHF_ALLOC)
        return;
    uint32_t type = output->special->type;
    output->type = type == SHT_NULL ? SHT_PROGBITS : type;
}
