/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the firmware keeps its tables. [UEFI 2.10 4.6: EFI Configuration Table]
 */
#include "boot.h"

#include <string.h>

/* Physical address of the table, 0 if there is none. */
static uint64_t find(const struct boot *boot, EFI_GUID guid)
{
    const EFI_SYSTEM_TABLE *firmware = boot->firmware;
    for (UINTN i = 0; i < firmware->NumberOfTableEntries; i++)
        if (memcmp(&firmware->ConfigurationTable[i].VendorGuid, &guid,
                   sizeof(guid)) == 0)
            return (uint64_t)firmware->ConfigurationTable[i].VendorTable;
    return 0;
}

/* The root pointer of ACPI 2.0 and later, which knows the 64-bit XSDT, else
 * that of 1.0. [ACPI 6.5 5.2.5.3] */
uint64_t tables_rsdp(const struct boot *boot)
{
    uint64_t rsdp = find(boot, (EFI_GUID)ACPI_20_TABLE_GUID);
    return rsdp ? rsdp : find(boot, (EFI_GUID)ACPI_TABLE_GUID);
}

/* The 64-bit entry point of SMBIOS 3, else the 32-bit one. */
uint64_t tables_smbios(const struct boot *boot)
{
    uint64_t smbios = find(boot, (EFI_GUID)SMBIOS3_TABLE_GUID);
    return smbios ? smbios : find(boot, (EFI_GUID)SMBIOS_TABLE_GUID);
}
