/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The output's symbol table: first the local symbols object by object, then
 * those that a script hides, then the globals. References that stay undefined,
 * section symbols and symbols of sections that were left out are not in it, as
 * with GNU ld; but what relocations of the output name is. [gABI: Symbol Table]
 */
#include "symbol_writer.h"

#include <string.h>

/* What is not the index of a section, beyond all that are. */
enum { SPECIAL = 0x7fff0000, ABSOLUTE = SPECIAL | SHN_ABS };

enum { NAME_BLOCK = 64 << 10 };

/* ---- Which section a symbol is in ---------------------------------------- */

static uint32_t index_of(struct output_section *section,
                         const struct symbol *symbol)
{
    const struct output_section *home = section;
    if (section && section->index == 0)
        home = symbol_home(section, symbol_address(symbol));
    return home ? home->index : ABSOLUTE;
}

static struct output_section *output_of(const struct symbol *symbol)
{
    if (symbol->state == SYMBOL_SCRIPT)
        return symbol->output;
    return symbol->state == SYMBOL_DEFINED ? symbol->section->output : NULL;
}

/* ---- One entry ----------------------------------------------------------- */

static struct name_block *add_block(struct symbol_writer *writer, uint64_t size)
{
    struct arena *arena = &writer->link->arena;
    struct name_block *block = arena_new(arena, struct name_block);
    size = size < NAME_BLOCK ? NAME_BLOCK : size;
    char *bytes = arena_room(arena, size, 1);
    if (!block || !bytes)
        return NULL;
    *block = (struct name_block){.bytes = {bytes, 0}, .room = size};
    *(writer->names ? &writer->last_names->next : &writer->names) = block;
    return writer->last_names = block;
}

/* Without memory it has no name. */
static inline uint32_t add_name(struct symbol_writer *writer, span name)
{
    struct name_block *block = writer->last_names;
    uint64_t at = writer->names_size;
    if (name.size == 0)
        return 0;
    if (block->room - block->bytes.size <= name.size &&
        !(block = add_block(writer, name.size + 1)))
        return 0;
    char *to = (char *)block->bytes.data + block->bytes.size;
    memcpy(to, name.data, name.size);
    to[name.size] = 0;
    block->bytes.size += name.size + 1;
    writer->names_size += name.size + 1;
    return at;
}

/* A section index that does not fit, or looks like a special one, stands in a
 * table of its own. [gABI: Symbol Table, SHN_XINDEX] */
static inline void add(struct symbol_writer *writer, span name,
                       uint32_t section, Elf64_Sym entry)
{
    bool is_extended = section >= SHN_LORESERVE && section < SPECIAL;
    entry.st_name = add_name(writer, name);
    entry.st_shndx = is_extended ? SHN_XINDEX : section;
    if (writer->indices)
        write32(writer->indices + writer->count * sizeof(uint32_t),
                is_extended ? section : 0);
    writer->is_gnu |= ELF64_ST_BIND(entry.st_info) == STB_GNU_UNIQUE ||
                      ELF64_ST_TYPE(entry.st_info) == STT_GNU_IFUNC;
    __builtin_memcpy(writer->entries + writer->count * sizeof(entry), &entry,
                     sizeof(entry));
    writer->count++;
}

/* Names a group, and nothing else any more: its own section was discarded. */
static bool is_signature_only(const struct symbol *symbol)
{
    return symbol->is_named && !symbol_has_address(symbol) &&
           symbol->state == SYMBOL_DEFINED;
}

/* In an object values count from the section. [gABI: Symbol Table] */
static uint64_t value_of(const struct link *link, const struct symbol *symbol)
{
    const struct output_section *output = output_of(symbol);
    if (symbol->state == SYMBOL_UNDEFINED)
        return 0;
    uint64_t address;
    if (!link_is_relocatable(link))
        return symbol->type != STT_TLS && symbol_plain_address(symbol, &address)
                   ? address
                   : tls_symbol_value(link, symbol);
    if (symbol->state == SYMBOL_COMMON)
        return symbol->value;
    return symbol_address(symbol) - (output ? output->address : 0);
}

static uint32_t place_of(const struct symbol *symbol)
{
    if (symbol->state == SYMBOL_COMMON)
        return SPECIAL | (symbol->is_large ? SHN_X86_64_LCOMMON : SHN_COMMON);
    if (symbol->state == SYMBOL_UNDEFINED || is_signature_only(symbol))
        return SHN_UNDEF;
    return index_of(output_of(symbol), symbol);
}

static void add_symbol(struct symbol_writer *writer, struct symbol *symbol,
                       uint8_t binding, uint8_t visibility)
{
    symbol->output_index = writer->count;
    add(writer, symbol_output_name(symbol), place_of(symbol),
        (Elf64_Sym){
            .st_info = ELF64_ST_INFO(binding, symbol->type),
            .st_other = visibility,
            .st_value = value_of(writer->link, symbol),
            .st_size = symbol->size,
        });
}

/* ---- All entries --------------------------------------------------------- */

/* Its section is in the output. */
static bool has_place(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_ABSOLUTE ||
           (symbol->state == SYMBOL_DEFINED &&
            symbol->section->state == SECTION_PLACED);
}

/* Those that the assembler made for itself. */
static bool is_made(const struct symbol *symbol)
{
    return span_starts(symbol->name, SPAN(".L"));
}

/* --retain-symbols-file wants it, or there is none. */
static bool is_listed(const struct symbol_writer *writer,
                      const struct symbol *symbol)
{
    const struct symbol_table *retained = writer->choice.retained;
    return !retained || symbol_table_find(
                            retained, symbol->binding == STB_LOCAL
                                          ? symbol->name
                                          : symbol_output_name(symbol)) != NULL;
}

/* True for a local that nobody wants to see. In an object a merged string may
 * need its own. */
static bool is_discarded(const struct symbol_writer *writer,
                         const struct symbol *symbol)
{
    if (writer->choice.strip_all || !is_listed(writer, symbol))
        return true;
    switch (writer->choice.discard) {
    case DISCARD_ALL:
        return true;
    case DISCARD_MADE:
        return is_made(symbol);
    case DISCARD_OF_MERGED:
        return symbol->section && symbol->section->flags & SHF_MERGE &&
               is_made(symbol) && !link_is_relocatable(writer->link);
    default:
        return false;
    }
}

static void add_file_symbol(struct symbol_writer *writer, span name)
{
    add(writer, name, ABSOLUTE,
        (Elf64_Sym){.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FILE)});
    writer->has_file_symbol = true;
}

/* "x.o" of "lib.a(x.o)" or "folder/x.o". */
static span short_name(const struct object *object)
{
    span name = object->member.size ? object->member : object->file;
    size_t start = name.size;
    while (start > 0 && name.data[start - 1] != '/')
        start--;
    return span_part(name, start, name.size - start);
}

static bool is_removed(const struct output_section *section)
{
    return section && section->index == 0;
}

static bool is_chosen_local(const struct symbol_writer *writer,
                            const struct symbol *symbol)
{
    return symbol->type != STT_SECTION && symbol->name.size &&
           has_place(symbol) && !is_removed(output_of(symbol)) &&
           (symbol->is_named || !is_discarded(writer, symbol));
}

static bool is_with_contents(const struct section *section)
{
    return section->state == SECTION_PLACED && !section->is_no_table &&
           !is_removed(section->output) && section->output->has_contents;
}

/* True if the output has something of the object, other than .bss; the first
 * object owns the linker's tables. */
static bool is_in_output(const struct object *object)
{
    for (uint32_t i = 1; i < object->section_count; i++)
        if (is_with_contents(&object->sections[i]))
            return true;
    for (const struct section *s = object->made; s; s = s->next_made)
        if (is_with_contents(s))
            return true;
    return false;
}

/* -z unique-symbol: f becomes f.0, the next one f.1. A local that is there
 * already as f.1 is f.1.0 then. Without memory names stay as they are. */
static void make_unique(struct symbol_writer *writer, struct symbol *symbol)
{
    struct arena *arena = &writer->link->arena;
    struct symbol *name =
        symbol_table_enter(arena, &writer->local_names, symbol->name);
    struct symbol_rest *rest = name ? symbol_rest(arena, symbol) : NULL;
    if (rest)
        rest->versioned =
            text_format(arena, "%.*s.%llu", SPAN_ARGS(symbol->name),
                        (unsigned long long)name->value++);
}

/* True for a bare local that has no entry, and needs no record for that: of a
 * section, in one that is left out, or made for a string that is merged. */
static bool is_bare_and_left_out(const struct symbol_writer *writer,
                                 const struct object *object, uint32_t i)
{
    const char *entry = local_entry(object, i);
    if (!local_is_bare(object, i))
        return false;
    const struct section *section = local_section(object, entry);
    const char *name = local_name(object, entry);
    return local_type(entry) == STT_SECTION ||
           section->state != SECTION_PLACED ||
           (writer->choice.discard == DISCARD_OF_MERGED &&
            section->flags & SHF_MERGE && name[0] == '.' && name[1] == 'L' &&
            !link_is_relocatable(writer->link));
}

/* The locals of one object, behind its file symbol; one is made if the object
 * has none, but not for what is there only because a relocation names it. */
static void add_locals(struct symbol_writer *writer, struct object *object)
{
    bool has_file_symbol = false;
    if (!is_in_output(object))
        return;
    for (uint32_t i = 1; i < object->first_global; i++) {
        if (has_file_symbol && writer->takes_plain)
            i = plain_symbols_add_locals(writer, object, i);
        if (i == object->first_global ||
            is_bare_and_left_out(writer, object, i))
            continue;
        if (!has_file_symbol && plain_symbols_is_local(writer, object, i)) {
            add_file_symbol(writer, short_name(object));
            has_file_symbol = true;
            i--;
            continue;
        }
        struct symbol *symbol = object_symbol(object, i);
        if (!is_chosen_local(writer, symbol))
            continue;
        if (symbol->type == STT_FILE)
            writer->has_file_symbol = has_file_symbol = true;
        if (!has_file_symbol && !is_discarded(writer, symbol)) {
            add_file_symbol(writer, short_name(object));
            has_file_symbol = true;
        }
        if (writer->choice.makes_unique && symbol->type != STT_FILE)
            make_unique(writer, symbol);
        add_symbol(writer, symbol, STB_LOCAL, symbol->visibility);
    }
}

/* The linker, HIDDEN and PROVIDE_HIDDEN make symbols local to the output. */
static bool is_made_local(const struct symbol *symbol)
{
    return symbol->binding == STB_LOCAL ||
           (symbol->state == SYMBOL_SCRIPT && symbol->is_hidden);
}

/* What nobody defines is in an object if another one mentions it, other than by
 * a definition in a copy that lost. Under --gc-sections it must be used: GNU ld
 * has what is not used in an object, too, as local symbols. */
static bool has_undefined_entry(const struct symbol_writer *writer,
                                const struct symbol *symbol)
{
    const struct link *link = writer->link;
    bool is_weak = symbol->binding == STB_WEAK;
    if (symbol->is_named || symbol->is_asked_for)
        return true;
    if (!link_is_relocatable(link))
        return symbol->is_marked && !is_weak;
    return symbol->object && (is_weak || !symbol->has_lost) &&
           (!link->request->gc_sections || symbol->is_marked);
}

static bool has_entry(const struct symbol_writer *writer,
                      const struct symbol *symbol)
{
    bool is_object = link_is_relocatable(writer->link);
    bool is_wanted = !writer->choice.strip_all && is_listed(writer, symbol);
    if (symbol->has_same || !(is_wanted || symbol->is_named))
        return false;
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        return has_place(symbol) || is_signature_only(symbol);
    case SYMBOL_UNDEFINED:
        return has_undefined_entry(writer, symbol);
    case SYMBOL_COMMON:
        return is_object;
    default:
        return symbol->state != SYMBOL_IMPORTED;
    }
}

/* They belong to no file; an empty name ends the last file's symbols. */
static void add_hidden(struct symbol_writer *writer)
{
    const struct link *link = writer->link;
    bool is_first = true;
    for (struct symbol *s = link->symbols.first; s; s = s->next) {
        if (!is_made_local(s) || !has_entry(writer, s))
            continue;
        if (is_first && writer->has_file_symbol)
            add_file_symbol(writer, (span){NULL, 0});
        is_first = false;
        add_symbol(writer, s, STB_LOCAL, STV_DEFAULT);
    }
}

static void add_sections(struct symbol_writer *writer)
{
    for (struct output_section *o = writer->link->outputs; o; o = o->next) {
        if (!o->index || o->type == SHT_GROUP ||
            (o->type == SHT_RELA && !(o->flags & SHF_ALLOC)))
            continue;
        o->symbol_index = writer->count;
        add(writer, (span){NULL, 0}, o->index,
            (Elf64_Sym){
                .st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION),
                .st_value = link_is_relocatable(writer->link) ? 0 : o->address,
            });
    }
}

static uint64_t add_all(struct symbol_writer *writer)
{
    add(writer, (span){NULL, 0}, SHN_UNDEF, (Elf64_Sym){0});
    if (writer->has_references)
        add_sections(writer);
    for (struct object *o = writer->link->objects; o; o = o->next)
        add_locals(writer, o);
    add_hidden(writer);
    uint64_t local_count = writer->count;
    struct symbol *s = writer->link->symbols.first;
    for (; s; s = s ? s->next : NULL) {
        if (writer->takes_plain)
            s = plain_symbols_add_globals(writer, s);
        if (s && has_entry(writer, s) && !is_made_local(s))
            add_symbol(writer, s, s->binding, s->visibility);
    }
    return local_count;
}

static bool has_many_sections(const struct link *link)
{
    for (const struct output_section *o = link->outputs; o; o = o->next)
        if (o->index >= SHN_LORESERVE)
            return true;
    return false;
}

/* An object may have a file symbol in the place of its null symbol; one more
 * ends the last file. */
static uint64_t most_entries(const struct link *link)
{
    uint64_t count = 2 + link->symbols.count;
    for (const struct object *o = link->objects; o; o = o->next)
        count += 1 + (uint64_t)o->first_global;
    for (const struct output_section *o = link->outputs; o; o = o->next)
        count++;
    return count;
}

static bool make_room(struct symbol_writer *writer)
{
    struct arena *arena = &writer->link->arena;
    uint64_t most = most_entries(writer->link);
    bool is_extended = has_many_sections(writer->link);
    writer->entries = arena_room(arena, most, sizeof(Elf64_Sym));
    if (is_extended)
        writer->indices = arena_room(arena, most, sizeof(uint32_t));
    struct name_block *block = add_block(writer, 1);
    if (!writer->entries || (is_extended && !writer->indices) || !block)
        return false;
    *(char *)block->bytes.data = 0; /* the empty name */
    block->bytes.size = writer->names_size = 1;
    return true;
}

bool elf_symbols_make(struct link *link, const struct elf_extras *extras,
                      struct elf_symbols *symbols)
{
    struct symbol_writer writer = {.link = link,
                                   .choice = extras->symbols,
                                   .has_references = extras->tables != NULL};
    if (!make_room(&writer))
        return false;
    writer.takes_plain = plain_symbols_wanted(&writer);
    symbols->local_count = add_all(&writer);
    symbols->entries = (span){writer.entries, writer.count * sizeof(Elf64_Sym)};
    if (writer.indices)
        symbols->indices =
            (span){writer.indices, writer.count * sizeof(uint32_t)};
    symbols->is_gnu = writer.is_gnu;
    symbols->names = writer.names;
    symbols->names_size = writer.names_size;
    return !link->arena.failed;
}
