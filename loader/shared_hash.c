/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Finds a symbol that a shared object defines, by the tables that its linker
 * made for that: DT_GNU_HASH, or else DT_HASH [gABI: Hash Table].
 *
 * DT_GNU_HASH is a filter of bits (a name that lacks one of its two is not
 * there), buckets with the first symbol of each chain, and for each symbol its
 * hash, with bit 0 set where a chain ends. Symbols below `first_symbol` are not
 * in it. DT_HASH is buckets and, for each symbol, the next one of its chain.
 *
 * When they are read every chain is followed once: its symbols exist, it ends,
 * and it is not longer than any linker makes it.
 */
#include "shared.h"

enum { LONGEST_CHAIN = 1024, BLOOM_BITS = 64 };

/* ---- Names ----------------------------------------------------------------
 */

struct shared_name shared_name(span text, span version)
{
    struct shared_name name = {.text = text, .version = version, .gnu = 5381};
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.data[i];
        name.gnu = name.gnu * 33 + c;
        name.sysv = (name.sysv << 4) + c;
        name.sysv ^= name.sysv >> 24 & 0xf0;
        name.sysv &= 0x0fffffff;
    }
    return name;
}

static bool matches(const struct shared *shared, uint32_t index,
                    const struct shared_name *name)
{
    const char *entry = shared->symbols + (size_t)index * sizeof(Elf64_Sym);
    span names = shared->names;
    uint64_t start = read32(entry), size = name->text.size;
    return read16(entry + offsetof(Elf64_Sym, st_shndx)) != SHN_UNDEF &&
           ELF64_ST_BIND(entry[offsetof(Elf64_Sym, st_info)]) != STB_LOCAL &&
           in_bounds(names.size, start, size + 1) &&
           names.data[start + size] == '\0' &&
           !memcmp(names.data + start, name->text.data, size) &&
           shared_has_version(shared, index, name->version);
}

/* ---- DT_GNU_HASH ----------------------------------------------------------
 */

static uint32_t gnu_hash_at(const struct gnu_hash *hash, uint32_t index)
{
    return read32(hash->chains + ((size_t)index - hash->first_symbol) * 4);
}

static uint32_t gnu_bucket(const struct gnu_hash *hash, uint32_t bucket)
{
    return read32(hash->buckets + (size_t)bucket * 4);
}

static bool gnu_may_have(const struct gnu_hash *hash, uint32_t value)
{
    uint32_t word = value / BLOOM_BITS % hash->bloom_words;
    uint64_t bits = read64(hash->bloom + (size_t)word * 8);
    return bits >> value % BLOOM_BITS &
           bits >> (value >> hash->bloom_shift) % BLOOM_BITS & 1;
}

static uint32_t gnu_find(const struct shared *shared,
                         const struct shared_name *name)
{
    const struct gnu_hash *hash = &shared->gnu_hash;
    if (!gnu_may_have(hash, name->gnu))
        return 0;
    uint32_t index = gnu_bucket(hash, name->gnu % hash->bucket_count), found;
    if (!index)
        return 0;
    do {
        found = gnu_hash_at(hash, index);
        if ((found | 1) == (name->gnu | 1) && matches(shared, index, name))
            return index;
        index++;
    } while (!(found & 1));
    return 0;
}

static bool check_gnu_chain(struct shared *shared, uint32_t index)
{
    const struct gnu_hash *hash = &shared->gnu_hash;
    uint32_t length = 0;
    if (index < hash->first_symbol)
        return false;
    while (index < shared->symbol_count &&
           index - hash->first_symbol < hash->chain_count &&
           length++ < LONGEST_CHAIN)
        if (gnu_hash_at(hash, index++) & 1)
            return true;
    return false;
}

static bool check_gnu_chains(struct shared *shared)
{
    const struct gnu_hash *hash = &shared->gnu_hash;
    for (uint32_t i = 0; i < hash->bucket_count; i++) {
        uint32_t index = gnu_bucket(hash, i);
        if (index && !check_gnu_chain(shared, index))
            return elf_corrupt(&shared->reader,
                               "DT_GNU_HASH: bucket %u begins a chain at "
                               "symbol %u of %u that leaves them, or is too "
                               "long",
                               i, index, shared->symbol_count);
    }
    return true;
}

static bool read_gnu_hash(struct shared *shared)
{
    struct gnu_hash *hash = &shared->gnu_hash;
    uint64_t address = shared->dynamic[DYNAMIC_GNU_HASH];
    span head = shared_bytes(shared, address, 16);
    if (head.size) {
        hash->bucket_count = read32(head.data);
        hash->first_symbol = read32(head.data + 4);
        hash->bloom_words = read32(head.data + 8);
        hash->bloom_shift = read32(head.data + 12);
    }
    uint64_t bloom = (uint64_t)hash->bloom_words * 8;
    uint64_t buckets = (uint64_t)hash->bucket_count * 4;
    bool is_sound = hash->bucket_count && is_power_of_two(hash->bloom_words) &&
                    hash->bloom_shift < 32;
    span table = shared_bytes(shared, address, 16 + bloom + buckets);
    if (!is_sound || !table.size)
        return elf_corrupt(&shared->reader,
                           "DT_GNU_HASH: %u buckets and %u words of filter, "
                           "shifted by %u, cannot be",
                           hash->bucket_count, hash->bloom_words,
                           hash->bloom_shift);
    const struct shared_load *load = shared_load_at(shared, address, 16);
    hash->bloom = table.data + 16;
    hash->buckets = hash->bloom + bloom;
    hash->chains = hash->buckets + buckets;
    hash->chain_count =
        (uint64_t)(load->bytes.data + load->bytes.size - hash->chains) / 4;
    return check_gnu_chains(shared);
}

/* ---- DT_HASH --------------------------------------------------------------
 */

static uint32_t sysv_next(const struct sysv_hash *hash, uint32_t index)
{
    return read32(hash->chains + (size_t)index * 4);
}

static uint32_t sysv_bucket(const struct sysv_hash *hash, uint32_t bucket)
{
    return read32(hash->buckets + (size_t)bucket * 4);
}

static uint32_t sysv_find(const struct shared *shared,
                          const struct shared_name *name)
{
    const struct sysv_hash *hash = &shared->sysv_hash;
    uint32_t index = sysv_bucket(hash, name->sysv % hash->bucket_count);
    while (index && !matches(shared, index, name))
        index = sysv_next(hash, index);
    return index;
}

static bool check_sysv_chain(struct shared *shared, uint32_t index)
{
    const struct sysv_hash *hash = &shared->sysv_hash;
    for (uint32_t i = 0; i < LONGEST_CHAIN; i++) {
        if (!index)
            return true;
        if (index >= hash->chain_count)
            return false;
        index = sysv_next(hash, index);
    }
    return false;
}

static bool check_sysv_chains(struct shared *shared)
{
    const struct sysv_hash *hash = &shared->sysv_hash;
    for (uint32_t i = 0; i < hash->bucket_count; i++)
        if (!check_sysv_chain(shared, sysv_bucket(hash, i)))
            return elf_corrupt(&shared->reader,
                               "DT_HASH: the chain of bucket %u leaves its %u "
                               "symbols, or is too long",
                               i, hash->chain_count);
    return true;
}

static bool read_sysv_hash(struct shared *shared)
{
    struct sysv_hash *hash = &shared->sysv_hash;
    uint64_t address = shared->dynamic[DYNAMIC_HASH];
    span head = shared_bytes(shared, address, 8);
    if (head.size) {
        hash->bucket_count = read32(head.data);
        hash->chain_count = read32(head.data + 4);
    }
    uint64_t words = (uint64_t)hash->bucket_count + hash->chain_count + 2;
    span table = shared_bytes(shared, address, words * 4);
    if (!hash->bucket_count || hash->chain_count != shared->symbol_count ||
        !table.size)
        return elf_corrupt(&shared->reader,
                           "DT_HASH: %u buckets and %u chains for %u symbols "
                           "cannot be",
                           hash->bucket_count, hash->chain_count,
                           shared->symbol_count);
    hash->buckets = table.data + 8;
    hash->chains = hash->buckets + (size_t)hash->bucket_count * 4;
    return check_sysv_chains(shared);
}

/* ---- Both -----------------------------------------------------------------
 */

bool shared_read_hashes(struct shared *shared)
{
    if (!shared->has[DYNAMIC_GNU_HASH] && !shared->has[DYNAMIC_HASH])
        return elf_corrupt(&shared->reader,
                           "neither DT_GNU_HASH nor DT_HASH: nobody could find "
                           "its symbols");
    return (!shared->has[DYNAMIC_GNU_HASH] || read_gnu_hash(shared)) &&
           (!shared->has[DYNAMIC_HASH] || read_sysv_hash(shared));
}

uint32_t shared_find(const struct shared *shared,
                     const struct shared_name *name)
{
    return shared->gnu_hash.chains ? gnu_find(shared, name)
                                   : sysv_find(shared, name);
}
