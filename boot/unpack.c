/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The first instructions of Bootlink, and all of BOOTX64.EFI that is not
 * packed.
 *
 * Receives the call of the firmware's StartImage [UEFI 2.10 2.3.4.1]: long
 * mode, identity-mapped, the Microsoft x64 calling convention.
 *
 * It unpacks Bootlink into pages of its own, adds their address to every
 * pointer in its data, and has the firmware make its code read-only and
 * everything else not executable.
 *
 * Hands over to efi_main (main.c), with the same arguments and the time of the
 * start: what it returns goes to the firmware, its pages too.
 *
 * The pages are EfiLoaderCode, as this file's own: a kernel finds both as
 * reclaimable.
 */
#define GNU_EFI_USE_MS_ABI
#include <efi.h>

#include <stddef.h>

#include "attributes.h"
#include "packed.h"

enum {
    UNIT = 4096,
    MAP_BITS = 63, /* words that a bit map of SHT_RELR is about */
};

typedef EFI_STATUS(EFIAPI *main_function)(EFI_HANDLE, EFI_SYSTEM_TABLE *,
                                          uint64_t);

/* boot.lds */
extern const struct packed packed __attribute__((visibility("hidden")));
extern const uint8_t packed_end[] __attribute__((visibility("hidden")));

EFI_STATUS EFIAPI start(EFI_HANDLE handle, EFI_SYSTEM_TABLE *firmware);

static uint64_t round_up(uint64_t size)
{
    return (size + UNIT - 1) / UNIT * UNIT;
}

/* ---- Relocations -------------------------------------------------------- */

/* Adds the load address to the words whose bits are set. */
static void relocate_mapped(uint64_t *word, uint64_t bits, uint64_t base)
{
    for (; bits; bits >>= 1, word++)
        if (bits & 1)
            *word += base;
}

/* The list of pointers is as short as can be, SHT_RELR: an even entry is the
 * address of one. An odd one is a bit map of the 63 words behind the last one
 * that an entry spoke of; bit 0 marks it. [gABI: Relative Relocation Table] */
static void relocate(uint64_t base)
{
    const struct image *image = (const struct image *)base;
    const uint64_t *entry = (const uint64_t *)(base + image->relocations);
    const uint64_t *end = (const uint64_t *)(base + image->relocations_end);
    uint64_t *word = NULL;
    for (; entry < end; entry++) {
        if (*entry & 1) {
            relocate_mapped(word, *entry >> 1, base);
            word += MAP_BITS;
        } else {
            word = (uint64_t *)(base + *entry);
            *word++ += base;
        }
    }
}

/* ---- Permissions -------------------------------------------------------- */

static void change(struct memory_attributes *attributes, uint64_t start,
                   uint64_t size, uint64_t set, uint64_t clear)
{
    if (set)
        attributes->set(attributes, start, size, set);
    if (clear)
        attributes->clear(attributes, start, size, clear);
}

/* Firmware without the protocol leaves code of a loader executable, and
 * writable. */
static void protect(struct memory_attributes *attributes, uint64_t base,
                    uint64_t size)
{
    const struct image *image = (const struct image *)base;
    uint64_t code = image->code, data = image->data;
    change(attributes, base, code, EFI_MEMORY_RO | EFI_MEMORY_XP, 0);
    change(attributes, base + code, data - code, EFI_MEMORY_RO, EFI_MEMORY_XP);
    change(attributes, base + data, size - data, EFI_MEMORY_XP, 0);
}

/* ---- The way there and back --------------------------------------------- */

static EFI_STATUS enter(uint64_t base, EFI_HANDLE handle,
                        EFI_SYSTEM_TABLE *firmware, uint64_t entered)
{
    const struct image *image = (const struct image *)base;
    return ((main_function)(base + image->entry))(handle, firmware, entered);
}

/* Pages go back as they came: whoever gets them next may want to write. */
static EFI_STATUS enter_protected(uint64_t base, uint64_t size,
                                  EFI_HANDLE handle, EFI_SYSTEM_TABLE *firmware,
                                  uint64_t entered)
{
    const uint64_t both = EFI_MEMORY_RO | EFI_MEMORY_XP;
    struct memory_attributes *attributes =
        memory_attributes(firmware->BootServices);
    uint64_t before = 0;
    if (!attributes)
        return enter(base, handle, firmware, entered);
    attributes->get(attributes, base, size, &before);
    protect(attributes, base, size);
    EFI_STATUS status = enter(base, handle, firmware, entered);
    change(attributes, base, size, before & both, ~before & both);
    return status;
}

static EFI_STATUS no_memory(EFI_SYSTEM_TABLE *firmware, EFI_STATUS status)
{
    firmware->ConOut->OutputString(
        firmware->ConOut,
        (CHAR16 *)L"Bootlink: out of memory: no pages to unpack it\r\n");
    return status;
}

static EFI_STATUS unpack(const struct packed *from, const uint8_t *end,
                         EFI_HANDLE handle, EFI_SYSTEM_TABLE *firmware,
                         uint64_t entered)
{
    EFI_BOOT_SERVICES *services = firmware->BootServices;
    uint64_t size = round_up(from->size + LZ4_SLACK);
    EFI_PHYSICAL_ADDRESS base;
    EFI_STATUS status = services->AllocatePages(AllocateAnyPages, EfiLoaderCode,
                                                size / UNIT, &base);
    if (status != EFI_SUCCESS)
        return no_memory(firmware, status);
    lz4_unpack(from->block, end, (uint8_t *)base);
    relocate(base);
    status = enter_protected(base, size, handle, firmware, entered);
    services->FreePages(base, size / UNIT);
    return status;
}

EFI_STATUS EFIAPI start(EFI_HANDLE handle, EFI_SYSTEM_TABLE *firmware)
{
    return unpack(&packed, packed_end, handle, firmware,
                  __builtin_ia32_rdtsc());
}
