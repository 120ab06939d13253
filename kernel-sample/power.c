/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end: QEMU's isa-debug-exit, else ACPI's soft-off, else a halt.
 */
#include "kernel.h"

/* QEMU turns a value v written here into the exit status 2v + 1: 33 or 35. */
#define DEBUG_EXIT_PORT   0xf4
#define DEBUG_EXIT_PASSED 0x10
#define DEBUG_EXIT_FAILED 0x11

/* ---- ACPI tables [ACPI 6.5 5.2] ----------------------------------------- */

struct acpi_rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
} __attribute__((packed));

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t other[28];
} __attribute__((packed));

struct acpi_xsdt {
    struct acpi_header header;
    uint64_t tables[];
} __attribute__((packed));

/* The parts of the FADT that are used here. */
struct acpi_fadt {
    struct acpi_header header;
    uint32_t firmware_control;
    uint32_t dsdt;
    uint8_t unused[20];
    uint32_t pm1a_control; /* I/O port */
    uint32_t pm1b_control; /* I/O port, or 0 */
} __attribute__((packed));
_Static_assert(offsetof(struct acpi_fadt, pm1a_control) == 64, "ACPI 5.2.9");

/* The table of that signature, or NULL. */
static const void *acpi_table(const struct bootlink_info *info,
                              const char *signature)
{
    if (info->rsdp == 0)
        return NULL;
    const struct acpi_rsdp *rsdp =
        (const void *)(info->direct_map + info->rsdp);
    if (rsdp->revision < 2)
        return NULL;
    const struct acpi_xsdt *xsdt =
        (const void *)(info->direct_map + rsdp->xsdt);
    for (size_t i = 0; i < (xsdt->header.length - sizeof(*xsdt)) / 8; i++) {
        const void *table = (const void *)(info->direct_map + xsdt->tables[i]);
        if (memcmp(table, signature, 4) == 0)
            return table;
    }
    return NULL;
}

/* The SLP_TYPa of \_S5 from the DSDT's bytes; negative if it is not there.
 * Name(_S5_, Package {5, ...}) is: NameOp "_S5_" PackageOp PkgLength
 * NumElements, then the number, with a BytePrefix unless it is 0 or 1.
 * [ACPI 6.5 7.4.2, 20.2.5] */
static int sleep_type(const struct acpi_header *dsdt)
{
    const uint8_t *bytes = (const uint8_t *)dsdt;
    const uint8_t package_op = 0x12, byte_prefix = 0x0a;

    for (size_t i = sizeof(*dsdt); i + 12 < dsdt->length; i++) {
        if (memcmp(&bytes[i], "_S5_", 4) != 0 || bytes[i + 4] != package_op)
            continue;
        size_t value = i + 7 + (bytes[i + 5] >> 6);
        return bytes[value] == byte_prefix ? bytes[value + 1] : bytes[value];
    }
    return -1;
}

static void acpi_soft_off(const struct bootlink_info *info)
{
    const uint16_t sleep_enable = 1 << 13;
    const struct acpi_fadt *fadt = acpi_table(info, "FACP");
    if (fadt == NULL || fadt->dsdt == 0)
        return;
    int type = sleep_type((const void *)(info->direct_map + fadt->dsdt));
    if (type < 0)
        return;
    uint16_t value = (uint16_t)(type << 10 | sleep_enable);
    out16((uint16_t)fadt->pm1a_control, value);
    if (fadt->pm1b_control != 0)
        out16((uint16_t)fadt->pm1b_control, value);
}

_Noreturn void power_off(const struct bootlink_info *info, bool passed)
{
    out8(DEBUG_EXIT_PORT, passed ? DEBUG_EXIT_PASSED : DEBUG_EXIT_FAILED);
    acpi_soft_off(info);
    for (;;)
        __asm__ volatile("cli; hlt");
}
