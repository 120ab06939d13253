/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections of an object [gABI: Sections], and its relocations [gABI:
 * Relocation], which hang on them.
 *
 * Receives an object whose ELF header is sound. Afterwards its sections, their
 * names and contents are in bounds. Tables that are read here once, half of all
 * sections, have a place in object->places, and no record.
 */
#include "elf_reader.h"

#include <elf.h>
#include <string.h>

span elf_section_bytes(const struct reader *r, uint32_t index)
{
    const struct elf_header_in_file *header = &r->headers[index];
    return span_part(r->object->bytes, header->is.sh_offset,
                     header->is.sh_size);
}

/* What the linker reads and does not place: tables, and groups. */
#define TABLES                                                                 \
    (1u << SHT_NULL | 1u << SHT_SYMTAB | 1u << SHT_STRTAB | 1u << SHT_RELA |   \
     1u << SHT_REL | 1u << SHT_SYMTAB_SHNDX)
#define TABLES_AND_GROUPS (TABLES | 1u << SHT_GROUP)

static inline bool is_one_of(uint32_t types, uint32_t type)
{
    return type < 32 && types >> type & 1;
}

/* Notes where the symbol table is. Half of all headers are of tables, which
 * nobody asks for again, but for those of a shared object that are in memory.
 * True for these. */
static inline bool note_table(struct reader *r, uint32_t i,
                              const struct elf_header_in_file *header)
{
    uint32_t type = header->is.sh_type;
    if (type == SHT_SYMTAB) {
        r->second_symbol_table = r->symbol_table;
        r->symbol_table = i;
    } else if (type == SHT_SYMTAB_SHNDX) {
        r->extended_indices = elf_section_bytes(r, i);
    }
    return type != SHT_NULL && header->is.sh_flags & SHF_ALLOC &&
           !r->takes_relocations;
}

/* Between all else, or where that ends if it is not in front of the headers. */
static inline void place_symbols(struct reader *r)
{
    const struct elf_header_in_file *table = &r->headers[r->symbol_table];
    r->symbols_start = r->symbols_end = r->header.e_shoff;
    r->shares_symbols =
        !in_bounds(r->header.e_shoff, table->is.sh_offset, table->is.sh_size);
    if (!r->symbol_table || r->shares_symbols)
        return;
    r->symbols_start = table->is.sh_offset;
    r->symbols_end = table->is.sh_offset + table->is.sh_size;
}

/* Gives what is recorded its place, behind the null section. */
static OFTEN bool survey(struct reader *r)
{
    struct object *object = r->object;
    const struct elf_header_in_file *header = r->headers;
    uint32_t count = 1, header_count = object->header_count;
    uint32_t *places = arena_array(&r->link->arena, header_count, uint32_t);
    if (!places)
        return false;
    for (uint32_t i = 1; i < header_count; i++)
        if (!is_one_of(TABLES, (++header)->is.sh_type) ||
            note_table(r, i, header))
            places[i] = count++;
    object->places = places;
    object->section_count = count;
    r->takes_relocations &= !r->second_symbol_table; /* whose are they? */
    place_symbols(r);
    return true;
}

/* The table, and the section that holds its names. Counts that do not fit the
 * ELF header are in the first entry [gABI: ELF Header, e_shnum]. */
SELDOM bool elf_find_headers(struct reader *r)
{
    span bytes = r->object->bytes;
    if (!r->header.e_shoff)
        return elf_corrupt(r, "no section header table (e_shoff is 0)");
    if (!in_bounds(bytes.size, r->header.e_shoff, sizeof(Elf64_Shdr)))
        return elf_corrupt(r,
                           "section header table at 0x%llx is outside the file",
                           (unsigned long long)r->header.e_shoff);
    r->headers = (const void *)(bytes.data + r->header.e_shoff);
    uint64_t count =
        r->header.e_shnum ? r->header.e_shnum : r->headers[0].is.sh_size;
    if (count > (bytes.size - r->header.e_shoff) / sizeof(Elf64_Shdr))
        return elf_corrupt(r,
                           "%llu section headers at 0x%llx run past the end of "
                           "the file",
                           (unsigned long long)count,
                           (unsigned long long)r->header.e_shoff);
    if (count > UINT32_MAX)
        return elf_corrupt(r, "%llu section headers are too many",
                           (unsigned long long)count);
    r->object->header_count = count;
    r->names_index = r->header.e_shstrndx == SHN_XINDEX
                         ? r->headers[0].is.sh_link
                         : r->header.e_shstrndx;
    if (r->names_index >= count)
        return elf_corrupt(r, "section name table index %u is not below %llu",
                           r->names_index, (unsigned long long)count);
    return survey(r);
}

/* Types that the gABI leaves to nobody else, and does not have. */
static bool is_unknown(uint32_t type)
{
    return type > SHT_RELR && type < SHT_LOOS;
}

SELDOM static bool corrupt_name(struct reader *r, uint32_t index)
{
    return elf_corrupt(r,
                       "section %u: name at 0x%x is outside the section name "
                       "table",
                       index, r->headers[index].is.sh_name);
}

SELDOM static bool corrupt_section(struct reader *r, uint32_t index,
                                   const char *format, ...)
{
    char buffer[256];
    span name = {NULL, 0};
    va_list arguments;
    va_start(arguments, format);
    span what = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    elf_name(r, r->section_names, r->headers[index].is.sh_name, &name);
    return elf_corrupt(r, "section %u (%.*s): %.*s", index, SPAN_ARGS(name),
                       SPAN_ARGS(what));
}

static bool overlaps(const struct elf_header_in_file *h, uint64_t start,
                     uint64_t end)
{
    return h->is.sh_offset < end && start < h->is.sh_offset + h->is.sh_size;
}

/* Contents are in the file. */
static SELDOM APART bool check_place(struct reader *r, uint32_t i,
                                     const struct elf_header_in_file *h)
{
    uint64_t headers = r->header.e_shoff;
    uint64_t size = r->object->header_count * sizeof(Elf64_Shdr);
    if (!in_bounds(r->object->bytes.size, h->is.sh_offset, h->is.sh_size))
        return corrupt_section(
            r, i, "0x%llx bytes at 0x%llx run past the end of the file",
            (unsigned long long)h->is.sh_size,
            (unsigned long long)h->is.sh_offset);
    r->shares_headers |= overlaps(h, headers, headers + size);
    r->shares_symbols |=
        i != r->symbol_table && overlaps(h, r->symbols_start, r->symbols_end);
    return true;
}

/* The same in six instructions, where assemblers have written what they were
 * given, symbols, relocations of it, headers. */
static inline bool check_contents(struct reader *r, uint32_t i,
                                  const struct elf_header_in_file *h,
                                  uint64_t start, uint64_t end)
{
    if (!in_bounds(end - start, h->is.sh_offset - start, h->is.sh_size) &&
        !check_place(r, i, h))
        return false;
    r->section_bytes += h->is.sh_size;
    return true;
}

/* What is wrong with the header of a section by itself. */
static inline bool check_header(struct reader *r, uint32_t i,
                                const struct elf_header_in_file *h)
{
    uint64_t align = h->is.sh_addralign, flags = h->is.sh_flags;
    if (h->is.sh_name >= r->section_names.size)
        return corrupt_name(r, i);
    if (align & (align - 1))
        return corrupt_section(r, i, "alignment %llu is not a power of two",
                               (unsigned long long)align);
    if (flags & SHF_LINK_ORDER && h->is.sh_link >= r->object->header_count)
        return corrupt_section(r, i, "it describes section %u of %u",
                               h->is.sh_link, r->object->header_count);
    if (is_unknown(h->is.sh_type) && flags & SHF_ALLOC)
        return corrupt_section(r, i, "unknown type 0x%x", h->is.sh_type);
    if (h->is.sh_type == SHT_NOBITS)
        return true;
    if (flags & SHF_COMPRESSED && flags & SHF_ALLOC)
        return corrupt_section(r, i, "compressed and allocated");
    return check_contents(r, i, h, 0, r->symbols_start);
}

/* Texts that are merged are looked at later, when other inputs have come by. */
static void read_contents(const struct reader *r, struct section *s,
                          uint64_t offset)
{
    const uint64_t is_text = SHF_MERGE | SHF_ALLOC;
    s->bytes.data = r->object->bytes.data + offset;
    s->bytes.size = s->size;
    if ((s->flags & is_text) == is_text)
        link_keep(r->link, s->bytes);
}

/* What later passes may want to know before they go over all of them. */
static inline void note_section(struct object *object, const struct section *s)
{
    uint64_t family = name_family(s->name);
    object->section_flags |= s->flags;
    if (family == name_family(STACK_NOTE)) {
        if (span_equal(s->name, STACK_NOTE)) {
            object->stack_note = s;
            return;
        }
        if (!object->first_note)
            object->first_note = (uint32_t)(s - object->sections);
    }
    object->section_names |= family;
}

/* A section whose header is sound; all else is 0. */
static inline void read_section(struct reader *r, uint32_t index,
                                const struct elf_header_in_file *h,
                                struct section *s)
{
    s->object = r->object;
    s->index = index;
    s->type = h->is.sh_type;
    s->flags = h->is.sh_flags;
    s->size = h->is.sh_size;
    s->align = h->is.sh_addralign ? h->is.sh_addralign : 1;
    s->entry_size =
        h->is.sh_entsize > UINT32_MAX ? UINT32_MAX : h->is.sh_entsize;
    s->link = h->is.sh_link;
    s->info = h->is.sh_info;
    if (is_one_of(TABLES_AND_GROUPS, s->type)) {
        s->state = SECTION_IGNORED;
        r->has_groups |= s->type == SHT_GROUP;
    }
    elf_name(r, r->section_names, h->is.sh_name, &s->name);
    note_section(r->object, s);
    if (s->type != SHT_NOBITS)
        read_contents(r, s, h->is.sh_offset);
}

SELDOM bool elf_keep_strings(struct reader *r, span *table)
{
    bool ok = strings_keep(&r->link->arena, r->object->bytes, table);
    link_keep(r->link, *table);
    return ok;
}

/* The names come first, since every message about a section shows its name. */
static SELDOM bool read_section_names(struct reader *r)
{
    const struct elf_header_in_file *h = &r->headers[r->names_index];
    if (h->is.sh_type != SHT_STRTAB)
        return elf_corrupt(r,
                           "section name table (section %u) is not a string "
                           "table",
                           r->names_index);
    r->section_names = elf_section_bytes(r, r->names_index);
    if (r->section_names.size == 0)
        return elf_corrupt(r,
                           "section name table at 0x%llx is empty or outside "
                           "the file",
                           (unsigned long long)h->is.sh_offset);
    return elf_keep_strings(r, &r->section_names);
}

/* Sections share no byte of the file [gABI: Sections], so that its size bounds
 * the work, whatever its headers say. */
static SELDOM bool check_overlap(struct reader *r)
{
    uint64_t most = r->object->bytes.size;
    if (r->section_bytes <= most)
        return true;
    return elf_corrupt(r, "sections overlap: 0x%llx bytes in a file of 0x%llx",
                       (unsigned long long)r->section_bytes,
                       (unsigned long long)most);
}

/* ---- Relocations [gABI: Relocation] ------------------------------------- */

/* What is wrong with a table of relocations, and how many they are: divided by
 * constants, as other divisions cost as much as 30 instructions. */
static inline bool check_relocations(struct reader *r, uint32_t index,
                                     const struct elf_header_in_file *table,
                                     uint32_t *count)
{
    bool has_addends = table->is.sh_type == SHT_RELA;
    uint64_t size = table->is.sh_size;
    uint64_t entry_size = has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    uint64_t entries =
        has_addends ? size / sizeof(Elf64_Rela) : size / sizeof(Elf64_Rel);
    *count = (uint32_t)entries;
    if (table->is.sh_entsize != entry_size || size != *count * entry_size)
        return elf_corrupt(r,
                           "relocations (section %u): %llu bytes in entries of "
                           "%llu, not of %llu",
                           index, (unsigned long long)size,
                           (unsigned long long)table->is.sh_entsize,
                           (unsigned long long)entry_size);
    if (table->is.sh_info == 0 || table->is.sh_info >= r->object->header_count)
        return elf_corrupt(r, "relocations (section %u): for section %u of %u",
                           index, table->is.sh_info, r->object->header_count);
    return !size || (r->symbol_table && table->is.sh_link == r->symbol_table) ||
           elf_corrupt(r,
                       "relocations (section %u): symbol table is section "
                       "%u, which is none",
                       index, table->is.sh_link);
}

/* Hangs a relocation section on the section it applies to, which may be read
 * later. */
static APART bool attach_relocations(struct reader *r, uint32_t index,
                                     const struct elf_header_in_file *table)
{
    uint32_t count;
    if (!check_relocations(r, index, table, &count))
        return false;
    struct section *target = object_section(r->object, table->is.sh_info);
    if (target == r->object->sections)
        return true; /* of a table: nobody reads them */
    if (target->relocation_count)
        return corrupt_section(r, table->is.sh_info,
                               "it has two relocation sections");
    target->relocations = r->object->bytes.data + table->is.sh_offset;
    target->relocation_count = count;
    target->has_addends = table->is.sh_type == SHT_RELA;
    return true;
}

static inline bool is_relocations(const struct reader *r,
                                  const struct elf_header_in_file *h)
{
    return (h->is.sh_type == SHT_RELA || h->is.sh_type == SHT_REL) &&
           r->takes_relocations;
}

/* ---- All ----------------------------------------------------------------- */

static inline bool read_table(struct reader *r, uint32_t i,
                              const struct elf_header_in_file *header)
{
    bool ok = header->is.sh_type == SHT_NULL ||
              check_contents(r, i, header, r->symbols_end, r->header.e_shoff);
    return ok &&
           (!is_relocations(r, header) || attach_relocations(r, i, header));
}

static OFTEN bool read_all_sections(struct reader *r)
{
    struct object *object = r->object;
    const struct elf_header_in_file *header = r->headers;
    struct section *section = object->sections;
    *section = (struct section){
        .object = object, .name = SPAN("*table*"), .state = SECTION_IGNORED};
    bool ok = true;
    for (uint32_t i = 1; i < object->header_count && !elf_names_exceed(r);
         i++) {
        header++;
        if (!object->places[i])
            ok &= read_table(r, i, header);
        else if (check_header(r, i, header))
            read_section(r, i, header, ++section);
        else
            ok = false;
    }
    r->has_groups |=
        (object->section_names & name_family(SPAN(".gnu.linkonce."))) != 0;
    return elf_names_check(r) && ok && check_overlap(r);
}

SELDOM bool elf_read_sections(struct reader *r)
{
    struct object *object = r->object;
    if (!elf_find_headers(r) || !read_section_names(r))
        return false;
    object->sections =
        arena_array(&r->link->arena, object->section_count, struct section);
    return object->sections && read_all_sections(r);
}
