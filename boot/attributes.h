/* SPDX-License-Identifier: BSD-2-Clause
 *
 * EFI_MEMORY_ATTRIBUTE_PROTOCOL, which GNU-EFI's headers do not have: which
 * pages are read-only, and which are not executable. Newer firmware has it.
 * [UEFI 2.10 37.7]
 */
#ifndef BOOTLINK_ATTRIBUTES_H
#define BOOTLINK_ATTRIBUTES_H

#include <efi.h>

#include <stdint.h>

#ifndef EFI_MEMORY_RO
#define EFI_MEMORY_RO UINT64_C(0x20000)
#endif

struct memory_attributes {
    EFI_STATUS(EFIAPI *get)
    (struct memory_attributes *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64 *);
    EFI_STATUS(EFIAPI *set)
    (struct memory_attributes *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64);
    EFI_STATUS(EFIAPI *clear)
    (struct memory_attributes *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64);
};

/* NULL if this firmware does not have it. */
static inline struct memory_attributes *
memory_attributes(EFI_BOOT_SERVICES *services)
{
    EFI_GUID guid = {0xf4560cf6,
                     0x40ec,
                     0x4b4a,
                     {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}};
    struct memory_attributes *protocol;
    return services->LocateProtocol(&guid, NULL, (void **)&protocol) ==
                   EFI_SUCCESS
               ? protocol
               : NULL;
}

#endif
