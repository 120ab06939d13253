/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which console of the firmware's to write on. Usually the one it offers; but
 * if that one is (also) a terminal on COM1, where the log goes already, every
 * line would be there twice: then the screen alone.
 */
#include "boot.h"

enum {
    LONGEST_DEVICE_PATH = 1024,
    COM1_UNIT = 0,
};

/* PNP0501, a 16550 UART, as EISA compresses it. [UEFI 2.10 10.3.3] */
static const uint32_t HID_UART = 0x050141d0;

/* One node of a device path: type, sub-type, length of two bytes. Walks to the
 * end of `path`, over the ends of its instances. [UEFI 2.10 10.3.1] */
static bool names_com1(span path)
{
    while (path.size >= 4) {
        const unsigned char *node = (const unsigned char *)path.data;
        size_t size = read16(node + 2);
        if (size < 4 || size > path.size)
            return false;
        if (node[0] == ACPI_DEVICE_PATH && node[1] == ACPI_DP && size >= 12 &&
            read32(node + 4) == HID_UART && read32(node + 8) == COM1_UNIT)
            return true;
        path = span_part(path, size, path.size - size);
    }
    return false;
}

/* The firmware's setting for its console. [UEFI 2.10 3.3: ConOut] */
static bool is_on_com1(const struct boot *boot)
{
    EFI_GUID guid = EFI_GLOBAL_VARIABLE;
    char path[LONGEST_DEVICE_PATH];
    UINTN size = sizeof(path);
    if (boot->firmware->RuntimeServices->GetVariable(
            L"ConOut", &guid, NULL, &size, path) != EFI_SUCCESS)
        return false;
    return names_com1((span){path, size});
}

/* A text console on a screen: its handle has a graphics output as well. */
static SIMPLE_TEXT_OUTPUT_INTERFACE *on_screen(const struct boot *boot)
{
    EFI_GUID text = EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL_GUID;
    EFI_GUID graphics = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_BOOT_SERVICES *services = boot->services;
    SIMPLE_TEXT_OUTPUT_INTERFACE *console = NULL;
    EFI_HANDLE *handles = NULL;
    void *output;
    UINTN count = 0;
    if (services->LocateHandleBuffer(ByProtocol, &graphics, NULL, &count,
                                     &handles) != EFI_SUCCESS)
        return NULL;
    for (UINTN i = 0; i < count && !console; i++)
        if (handles[i] != boot->firmware->ConsoleOutHandle &&
            services->HandleProtocol(handles[i], &text, &output) == EFI_SUCCESS)
            console = output;
    services->FreePool(handles);
    return console;
}

SIMPLE_TEXT_OUTPUT_INTERFACE *console_choose(const struct boot *boot)
{
    if (boot->log.port && is_on_com1(boot))
        return on_screen(boot);
    return boot->firmware->ConOut;
}
