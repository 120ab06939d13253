/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbol versions of shared objects [LSB: Symbol Versioning].
 *
 * DT_VERSYM has a number for each dynamic symbol: 0 for a local one, 1 for one
 * without a version, else that of a version which DT_VERDEF defines or
 * DT_VERNEED asks of a library. Bit 15 hides a definition from all who do not
 * ask for its version. Both lists are chains of records by distances, with a
 * chain of smaller records each.
 *
 * A library that defines no versions at all meets every wish, as for glibc's
 * dynamic linker: it was built before somebody thought of them.
 */
#include "shared.h"

enum {
    FIRST_VERSION = 2,
    NUMBERS = 0x8000,
    HIDDEN = 0x8000,
    LEAST_RECORD = 8, /* bytes of the smallest kind */
};

/* ---- Records ---------------------------------------------------------------
 */

/* A chain of records: `left` of them at most, each behind the one before. */
struct chain {
    struct shared *shared;
    const char *tag;
    uint64_t at, left;
    span library; /* of what is asked for */
};

/* The record that the chain is at; NULL after reporting. Records do not share
 * bytes, so that the size of the file bounds their number. */
static const char *record(const struct chain *chain, uint64_t size)
{
    struct shared *shared = chain->shared;
    span bytes = shared_bytes(shared, chain->at, size);
    bool is_sound =
        shared->version_records++ < shared->object->bytes.size / LEAST_RECORD;
    if (bytes.size && is_sound)
        return bytes.data;
    elf_corrupt(&shared->reader, "%s: a record at 0x%llx is %s", chain->tag,
                (unsigned long long)chain->at,
                is_sound ? "not in the file" : "one of too many: they overlap");
    return NULL;
}

/* Visits the records of a chain, which have the distance to the next one at
 * `next`. */
static bool each_record(struct chain chain, uint64_t size, size_t next,
                        bool (*visit)(const struct chain *chain,
                                      const char *record))
{
    uint32_t distance = 0;
    for (; chain.left; chain.left--, chain.at += distance) {
        const char *at = record(&chain, size);
        if (!at || !visit(&chain, at))
            return false;
        distance = read32(at + next);
        if (!distance)
            break;
    }
    return true;
}

static bool read_name(const struct chain *chain, uint32_t offset, span *name)
{
    struct shared *shared = chain->shared;
    return elf_name(&shared->reader, shared->names, offset, name) ||
           elf_corrupt(&shared->reader,
                       "%s: a name at 0x%x is outside of DT_STRTAB", chain->tag,
                       offset);
}

static bool add_version(const struct chain *chain, uint16_t number,
                        struct shared_version version)
{
    struct shared *shared = chain->shared;
    number %= NUMBERS;
    if (number < FIRST_VERSION || shared->version_numbers[number])
        return elf_corrupt(&shared->reader,
                           "%s: version '%.*s' has number %u, as another one "
                           "has, or none",
                           chain->tag, SPAN_ARGS(version.name), number);
    struct shared_version *list = arena_grow(
        &shared->link->arena, shared->version_list, shared->version_count,
        &shared->version_capacity, sizeof(*list));
    if (!list)
        return false;
    shared->version_list = list;
    list[shared->version_count++] = version;
    shared->version_numbers[number] = shared->version_count;
    return elf_names_check(&shared->reader);
}

/* ---- DT_VERDEF: what it defines ---------------------------------------------
 */

/* The first name of a definition is its own; others are of those it stands for.
 * The base version is the file itself. */
static bool read_definition(const struct chain *chain, const char *definition)
{
    struct chain names = *chain;
    struct shared_version version = {.is_defined = true};
    names.at += read32(definition + offsetof(Elf64_Verdef, vd_aux));
    const char *name = record(&names, sizeof(Elf64_Verdaux));
    if (!name ||
        read16(definition + offsetof(Elf64_Verdef, vd_flags)) & VER_FLG_BASE)
        return name != NULL;
    return read_name(chain, read32(name), &version.name) &&
           add_version(chain,
                       read16(definition + offsetof(Elf64_Verdef, vd_ndx)),
                       version);
}

/* ---- DT_VERNEED: what it asks for
 * -------------------------------------------- */

static bool read_need(const struct chain *chain, const char *need)
{
    struct shared_version version = {.library = chain->library};
    version.is_weak =
        read16(need + offsetof(Elf64_Vernaux, vna_flags)) & VER_FLG_WEAK;
    return read_name(chain, read32(need + offsetof(Elf64_Vernaux, vna_name)),
                     &version.name) &&
           add_version(chain, read16(need + offsetof(Elf64_Vernaux, vna_other)),
                       version);
}

static bool read_library(const struct chain *chain, const char *library)
{
    struct chain needs = *chain;
    needs.at += read32(library + offsetof(Elf64_Verneed, vn_aux));
    needs.left = read16(library + offsetof(Elf64_Verneed, vn_cnt));
    return read_name(chain, read32(library + offsetof(Elf64_Verneed, vn_file)),
                     &needs.library) &&
           each_record(needs, sizeof(Elf64_Vernaux),
                       offsetof(Elf64_Vernaux, vna_next), read_need);
}

/* ---- Symbols
 * ------------------------------------------------------------------ */

bool shared_read_versions(struct shared *shared)
{
    const uint64_t *value = shared->dynamic;
    struct chain defined = {.shared = shared,
                            .tag = "DT_VERDEF",
                            .at = value[DYNAMIC_VERDEF],
                            .left = value[DYNAMIC_VERDEFNUM]};
    struct chain needed = {.shared = shared,
                           .tag = "DT_VERNEED",
                           .at = value[DYNAMIC_VERNEED],
                           .left = value[DYNAMIC_VERNEEDNUM]};
    if (!shared->versions)
        return true;
    shared->version_numbers =
        arena_array(&shared->link->arena, NUMBERS, uint16_t);
    return shared->version_numbers &&
           each_record(defined, sizeof(Elf64_Verdef),
                       offsetof(Elf64_Verdef, vd_next), read_definition) &&
           each_record(needed, sizeof(Elf64_Verneed),
                       offsetof(Elf64_Verneed, vn_next), read_library);
}

static const struct shared_version *version_of(const struct shared *shared,
                                               uint32_t index)
{
    uint16_t number = read16(shared->versions + (size_t)index * 2) % NUMBERS;
    uint16_t place = shared->version_numbers[number];
    return place ? &shared->version_list[place - 1] : NULL;
}

bool shared_has_version(const struct shared *shared, uint32_t index,
                        span version)
{
    if (!shared->versions || !shared->has[DYNAMIC_VERDEF])
        return true;
    if (!version.size)
        return !(read16(shared->versions + (size_t)index * 2) & HIDDEN);
    const struct shared_version *own = version_of(shared, index);
    return own && own->is_defined && span_equal(own->name, version);
}

span shared_wanted_version(const struct shared *shared, uint32_t index)
{
    const struct shared_version *version =
        shared->versions ? version_of(shared, index) : NULL;
    return version && !version->is_defined ? version->name : (span){NULL, 0};
}

/* ---- Libraries
 * ---------------------------------------------------------------- */

static bool defines(const struct shared *library, span version)
{
    for (uint32_t i = 0; i < library->version_count; i++)
        if (library->version_list[i].is_defined &&
            span_equal(library->version_list[i].name, version))
            return true;
    return !library->has[DYNAMIC_VERDEF];
}

static bool check_version(struct shared *shared,
                          const struct shared_version *version)
{
    const struct shared *library = shared_library(shared, version->library);
    if (version->is_defined || version->is_weak ||
        (library && defines(library, version->name)))
        return true;
    if (!library && shared_names(shared, version->library))
        return true; /* it needs this one, and is linked later */
    if (!library)
        return elf_corrupt(&shared->reader,
                           "it asks for version '%.*s' of '%.*s', which no "
                           "DT_NEEDED names",
                           SPAN_ARGS(version->name),
                           SPAN_ARGS(version->library));
    return link_error(shared->link, BOOTLINK_UNDEFINED,
                      "%.*s: version '%.*s' is not defined in %.*s; take the "
                      "library that it was built with, or build it again",
                      SPAN_ARGS(shared->object->name), SPAN_ARGS(version->name),
                      SPAN_ARGS(library->object->name));
}

bool shared_check_versions(struct shared *shared)
{
    bool ok = true;
    for (uint32_t i = 0; i < shared->version_count; i++)
        ok &= check_version(shared, &shared->version_list[i]);
    return ok;
}
