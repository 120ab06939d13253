/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The dynamic section of a shared object [gABI: Dynamic Section]: which tables
 * there are and where. Afterwards names, relocations and arrays of functions
 * are in bounds, and what a kernel cannot have is refused by name.
 */
#include "shared.h"

#ifndef DT_RELR
#define DT_RELRSZ  35 /* older <elf.h> lack these */
#define DT_RELR    36
#define DT_RELRENT 37
#endif

/* Which value a tag of the gABI is; those that are not here are of no use. */
static const uint8_t values[] = {
    [DT_NEEDED] = DYNAMIC_NEEDED,
    [DT_PLTRELSZ] = DYNAMIC_PLTRELSZ,
    [DT_PLTGOT] = DYNAMIC_PLTGOT,
    [DT_HASH] = DYNAMIC_HASH,
    [DT_STRTAB] = DYNAMIC_STRTAB,
    [DT_SYMTAB] = DYNAMIC_SYMTAB,
    [DT_RELA] = DYNAMIC_RELA,
    [DT_RELASZ] = DYNAMIC_RELASZ,
    [DT_RELAENT] = DYNAMIC_RELAENT,
    [DT_STRSZ] = DYNAMIC_STRSZ,
    [DT_SONAME] = DYNAMIC_SONAME,
    [DT_PLTREL] = DYNAMIC_PLTREL,
    [DT_JMPREL] = DYNAMIC_JMPREL,
    [DT_INIT_ARRAY] = DYNAMIC_INIT_ARRAY,
    [DT_FINI_ARRAY] = DYNAMIC_FINI_ARRAY,
    [DT_INIT_ARRAYSZ] = DYNAMIC_INIT_ARRAYSZ,
    [DT_FINI_ARRAYSZ] = DYNAMIC_FINI_ARRAYSZ,
    [DT_FLAGS] = DYNAMIC_FLAGS,
    [DT_RELRSZ] = DYNAMIC_RELRSZ,
    [DT_RELR] = DYNAMIC_RELR,
    [DT_RELRENT] = DYNAMIC_RELRENT,
};

/* The same for tags of GNU's and Sun's, which are far above. */
static enum dynamic_value value_of(uint64_t tag)
{
    switch (tag) {
    case DT_GNU_HASH:
        return DYNAMIC_GNU_HASH;
    case DT_VERSYM:
        return DYNAMIC_VERSYM;
    case DT_FLAGS_1:
        return DYNAMIC_FLAGS_1;
    case DT_VERDEF:
        return DYNAMIC_VERDEF;
    case DT_VERDEFNUM:
        return DYNAMIC_VERDEFNUM;
    case DT_VERNEED:
        return DYNAMIC_VERNEED;
    case DT_VERNEEDNUM:
        return DYNAMIC_VERNEEDNUM;
    default:
        return tag < sizeof(values) ? values[tag] : DYNAMIC_NONE;
    }
}

/* What a kernel cannot have, and what to do. */
static const struct refusal {
    uint32_t tag;
    const char *text;
} refusals[] = {
    {DT_INIT, "DT_INIT; give the function __attribute__((constructor))"},
    {DT_FINI, "DT_FINI; give the function __attribute__((destructor))"},
    {DT_REL, "DT_REL; x86-64 has DT_RELA"},
    {DT_TEXTREL, "DT_TEXTREL, relocations in code; compile with -fPIC"},
    {DT_PREINIT_ARRAY, "DT_PREINIT_ARRAY; give the functions "
                       "__attribute__((constructor))"},
    {DT_TLSDESC_PLT, "DT_TLSDESC_PLT; compile without thread-local variables"},
    {(uint32_t)DT_AUXILIARY, "DT_AUXILIARY; link without -f"},
    {(uint32_t)DT_FILTER, "DT_FILTER; link without -F"},
};

static bool check_tag(struct shared *shared, uint64_t tag)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
        if (refusals[i].tag == tag)
            return link_error(shared->link, BOOTLINK_UNSUPPORTED,
                              "%.*s: its dynamic section has %s",
                              SPAN_ARGS(shared->object->name),
                              refusals[i].text);
    return true;
}

/* ---- Entries ------------------------------------------------------------- */

static bool add_needed(struct shared *shared, uint64_t offset)
{
    span *needed =
        arena_grow(&shared->link->arena, shared->needed, shared->needed_count,
                   &shared->needed_capacity, sizeof(*needed));
    if (!needed)
        return false;
    shared->needed = needed;
    needed[shared->needed_count++].size = offset; /* until names are known */
    return true;
}

static bool read_entry(struct shared *shared, uint64_t tag, uint64_t number)
{
    enum dynamic_value value = value_of(tag);
    shared->dynamic[value] = number;
    shared->has[value] = true;
    return check_tag(shared, tag) &&
           (value != DYNAMIC_NEEDED || add_needed(shared, number));
}

static bool read_entries(struct shared *shared, span table)
{
    for (uint64_t i = 0; i < table.size / sizeof(Elf64_Dyn); i++) {
        const char *entry = table.data + i * sizeof(Elf64_Dyn);
        uint64_t tag = read64(entry);
        if (tag == DT_NULL)
            break;
        if (!read_entry(shared, tag, read64(entry + offsetof(Elf64_Dyn, d_un))))
            return false;
    }
    return !(shared->dynamic[DYNAMIC_FLAGS] & DF_TEXTREL) ||
           check_tag(shared, DT_TEXTREL);
}

/* ---- Tables -------------------------------------------------------------- */

/* `size` bytes at an address, in entries of `entry` bytes. */
static bool find_table(struct shared *shared, const char *name,
                       enum dynamic_value address, enum dynamic_value size,
                       uint64_t entry, span *table)
{
    uint64_t at = shared->dynamic[address], bytes = shared->dynamic[size];
    *table = (span){NULL, 0};
    if (!shared->has[address] || bytes == 0)
        return true;
    *table = shared_bytes(shared, at, bytes);
    if (bytes % entry == 0 && table->size == bytes)
        return true;
    return elf_corrupt(
        &shared->reader,
        "%s: 0x%llx bytes at 0x%llx are not whole entries in one "
        "segment",
        name, (unsigned long long)bytes, (unsigned long long)at);
}

static bool check_entry_size(struct shared *shared, const char *name,
                             enum dynamic_value value, uint64_t wanted)
{
    return !shared->has[value] || shared->dynamic[value] == wanted ||
           elf_corrupt(&shared->reader, "%s is %llu, not %llu", name,
                       (unsigned long long)shared->dynamic[value],
                       (unsigned long long)wanted);
}

static bool find_relocations(struct shared *shared)
{
    return check_entry_size(shared, "DT_RELAENT", DYNAMIC_RELAENT,
                            sizeof(Elf64_Rela)) &&
           check_entry_size(shared, "DT_RELRENT", DYNAMIC_RELRENT, 8) &&
           check_entry_size(shared, "DT_PLTREL", DYNAMIC_PLTREL, DT_RELA) &&
           find_table(shared, "DT_RELA", DYNAMIC_RELA, DYNAMIC_RELASZ,
                      sizeof(Elf64_Rela), &shared->rela) &&
           find_table(shared, "DT_JMPREL", DYNAMIC_JMPREL, DYNAMIC_PLTRELSZ,
                      sizeof(Elf64_Rela), &shared->plt_rela) &&
           find_table(shared, "DT_RELR", DYNAMIC_RELR, DYNAMIC_RELRSZ, 8,
                      &shared->relr);
}

static bool find_functions(struct shared *shared)
{
    span unused;
    return find_table(shared, "DT_INIT_ARRAY", DYNAMIC_INIT_ARRAY,
                      DYNAMIC_INIT_ARRAYSZ, 8, &unused) &&
           find_table(shared, "DT_FINI_ARRAY", DYNAMIC_FINI_ARRAY,
                      DYNAMIC_FINI_ARRAYSZ, 8, &unused);
}

static bool name_at(struct shared *shared, const char *tag, uint64_t offset,
                    span *name)
{
    return (elf_name(&shared->reader, shared->names, offset, name) &&
            name->size) ||
           elf_corrupt(&shared->reader,
                       "%s: the name at 0x%llx is empty or outside of "
                       "DT_STRTAB",
                       tag, (unsigned long long)offset);
}

static bool find_names(struct shared *shared)
{
    if (!find_table(shared, "DT_STRTAB", DYNAMIC_STRTAB, DYNAMIC_STRSZ, 1,
                    &shared->names) ||
        !elf_keep_strings(&shared->reader, &shared->names))
        return false;
    bool ok = !shared->has[DYNAMIC_SONAME] ||
              name_at(shared, "DT_SONAME", shared->dynamic[DYNAMIC_SONAME],
                      &shared->soname);
    for (uint64_t i = 0; i < shared->needed_count && ok; i++)
        ok = name_at(shared, "DT_NEEDED", shared->needed[i].size,
                     &shared->needed[i]) &&
             elf_names_check(&shared->reader);
    return ok;
}

bool shared_read_dynamic(struct shared *shared, const Elf64_Phdr *header)
{
    span table = shared_bytes(shared, header->p_vaddr, header->p_memsz);
    if (!table.size)
        return elf_corrupt(&shared->reader,
                           "its dynamic section, at 0x%llx, is in no segment",
                           (unsigned long long)header->p_vaddr);
    return read_entries(shared, table) && find_names(shared) &&
           find_relocations(shared) && find_functions(shared);
}
